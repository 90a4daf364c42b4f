package capture_test

import (
	"context"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// sharedFilters are expressions that Wireshark understands as netlab does, and that choose packets of the captures of TestFiltersAreThoseOfTshark.
func sharedFilters() []string {
	return []string{
		"frame", "frame.number == 7", "frame.number >= 10 and frame.number < 20", "frame.len > 100", "frame.cap_len <= 60",
		"eth", "eth.type == 0x0806", "eth.src == 02:00:00:00:00:01 or eth", "vlan", "vlan.id == 7", "vlan.id == 8 or arp",
		"arp", "arp.opcode == 1", "arp.opcode == 2", "arp.src.proto_ipv4 == 10.0.1.1",
		"ip", "ip.addr == 127.0.0.1", "ip.src == 10.0.0.0/8", "ip.dst == 10.0.1.2", "not ip", "ip.ttl == 64", "ip.ttl < 64", "ip.proto == 6",
		"ip.flags.df == 1", "ip.flags.mf == 1", "ip.frag_offset > 0", "ip.len > 500", "ip.hdr_len == 20 or ip", "ip.id == 0",
		"ipv6", "ipv6.hlim == 255", "ipv6.nxt == 58", "ipv6.addr == fe80::1", "ipv6.fraghdr.offset > 0",
		"icmp", "icmp.type == 8", "icmp.type == 3 and icmp.code == 3", "icmp.seq == 1", "icmpv6", "icmpv6.type == 135", "icmpv6.type == 128",
		"udp.port == 53", "udp.srcport == 53", "udp.stream == 0",
		"tcp", "tcp.port == 8080", "tcp.dstport == 8080", "tcp.srcport != 8080", "tcp.flags.syn == 1", "tcp.flags.syn == 1 and tcp.flags.ack == 0",
		"tcp.flags.fin == 1", "tcp.flags.reset == 1", "tcp.flags.push == 1 && tcp.len > 0", "tcp.len > 0", "tcp.len == 0", "tcp.stream == 0", "tcp.stream == 2",
		"tcp.options.mss_val == 1460", "tcp.options.mss", "tcp.options.sack_perm", "tcp.options.wscale.shift > 6", "tcp.options.timestamp.tsecr == 0",
		"tcp.window_size_value == 0 or tcp.window_size_value > 60000", "tcp.urgent_pointer == 0", "tcp.checksum > 0x8000",
		"dns", "dns.flags.response == 1", "dns.flags.response == 0", "dns.qry.type == 1", "dns.count.answers > 0", "dns.flags.rcode == 3", "dns.a == 10.77.0.2",
		"http.request", "http.response.code == 404", "http.request.method == \"GET\"",
		"tls.handshake.type == 1", "tls.handshake.type == 2",
		"tcp and not (tcp.flags.syn == 1 or tcp.len > 0)", "not arp and not ip and not ipv6",
	}
}

// Of the same packets, netlab's filters choose as many as Wireshark's.
func TestFiltersAreThoseOfTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	var records []capture.Record
	for _, source := range sources(t) {
		records = append(records, source...)
	}
	name := write(t, records)
	f := load(t, name)
	all := sharedFilters()
	out := tool(t, "tshark", "-n", "-q", "-r", name, "-d", "tcp.port==8443,tls", "-z", "io,stat,0,"+strings.Join(all, ","))
	row := regexp.MustCompile(`(?m)^\|\s*[\d.]+ <> .*$`).FindString(out)
	cells := strings.FieldsFunc(row, func(r rune) bool { return r == '|' })
	require.Greater(t, len(cells), 2*len(all), out)
	for i, expr := range all {
		if strings.HasPrefix(expr, "http") {
			expr = "(" + expr + ") and not retx" // Wireshark takes no messages apart that it has seen before
		}
		fl, err := filter.Parse(expr, capture.FileKeys())
		require.NoError(t, err)
		numbers, _, err := f.Filter(context.Background(), fl, 1)
		require.NoError(t, err)
		require.Equal(t, strings.TrimSpace(cells[1+2*i]), strconv.Itoa(len(numbers)), expr)
	}
}
