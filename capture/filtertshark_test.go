package capture_test

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
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

// newerFilters are further ones: of operators, sets, octets and functions. Those with a comma cannot be asked for together with others.
func newerFilters() (together, alone []string) {
	together = []string{
		"tcp.port eq 8080", "tcp.len gt 100 and tcp.len le 1460", "ip.ttl lt 64 or ip.ttl ge 128", "tcp.dstport ne 8080", "ip.src ne 10.0.1.2",
		"tcp.port === 8080", "ip.ttl === 64", "all tcp.port > 1024", "any tcp.port == 8080", "ip.addr == 10.0.0.0/8 && !tcp", "not (ip.src == 127.0.0.0/8) && ip",
		"tcp.port in {8080}", "tcp.port not in {8080}", "not tcp.port in {443..9000}", "ip.src in {10.0.1.1..10.0.1.20}", "ip.dst in {10.77.0.0/16}", "frame.number in {3..9}",
		`http.request.method matches "^g"`, `http.request.uri ~ "html?$"`, `http.request.method contains "GE"`, `dns.qry.name matches "TEST$"`, `dns.qry.name contains "netlab"`,
		`frame contains "HTTP/1.1"`, `frame matches "http/1\\.[01]"`, `tcp contains "Host"`, `tcp contains 47:45:54`, `udp contains "netlab"`, `ip contains "netlab"`, `frame[6:6] == 02:00:00:00:00:01`,
		"frame[12:2] == 08:00", "eth.src[0:3] == 02:00:00", "eth.dst[0:3] != 02:00:00", "frame[0-1] == 02:00", "tcp[13] & 0x02", "tcp[13] & 0x12 == 0x12", "tcp[0:2] == 1f:90", "frame[-1] == 0a", "frame[:2] == 02:00", "ip[8] < 40",
		"tcp.flags & 0x12 == 0x12", "tcp.flags & 2", "ip.id & 1 == 0", "len(dns.qry.name) > 12", "count(ip.addr) > 2", "count(tcp.options.nop) == 2",
		`lower(http.request.method) contains "get"`, `upper(dns.qry.name) contains "NETLAB"`, `string(frame.number) matches "[13579]$"`,
		"ip.src == ip.dst", "tcp.srcport < tcp.dstport", "udp.srcport == udp.dstport", "eth.src == eth.dst", "eth.addr == ff:ff:ff:ff:ff:ff", "tcp.window_size_value > tcp.len",
		"tcp.seq == 1", "tcp.seq > 1000 and tcp.seq < 5000", "tcp.ack == 1", "tcp.ack > 100", `frame.interface_name == "a"`, "frame.interface_id == 1",
		"ip.proto == TCP", "eth.type == IPv4", "arp.opcode == request",
	}
	return together, []string{"tcp.port in {53, 443, 8000..8080}", "frame[0,5] == 02:02", "icmp.type in {0, 8}"}
}

// Of the same packets, netlab's filters choose those that Wireshark's do.
func TestFiltersAreThoseOfTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	var records []capture.Record
	for _, source := range sources(t) {
		records = append(records, source...)
	}
	records = append(records, records[len(records)-1])
	name := write(t, records)
	f := load(t, name)
	newer, alone := newerFilters()
	all := append(sharedFilters(), newer...)
	// The packets are a millisecond apart, so that each has a row of its own: how many packets and octets of it each filter chooses.
	out := tool(t, "tshark", "-n", "-q", "-r", name, "-d", "tcp.port==8443,tls", "-z", "io,stat,0.001,"+strings.Join(all, ","))
	rows := regexp.MustCompile(`(?m)^\|\s*[\d.]+ <> .*$`).FindAllString(out, -1)
	require.Len(t, rows, len(records)-1) // tshark gives the last one no row of its own
	of := make([][]int32, len(all))
	for number, row := range rows {
		cells := strings.Split(row, "|")
		for i := range all {
			if strings.TrimSpace(cells[2+2*i]) == "1" {
				of[i] = append(of[i], int32(number+1))
			}
		}
	}
	for _, expr := range alone {
		var numbers []int32
		for _, line := range strings.Fields(tool(t, "tshark", "-n", "-r", name, "-Y", expr, "-T", "fields", "-e", "frame.number")) {
			n, err := strconv.Atoi(line)
			require.NoError(t, err)
			numbers = append(numbers, int32(n))
		}
		all, of = append(all, expr), append(of, numbers)
	}
	chosen := 0
	for i, expr := range all {
		if strings.Contains(expr, "http.") {
			expr = "(" + expr + ") and not retx" // Wireshark takes no messages apart that it has seen before
		}
		fl, err := filter.Parse(expr, capture.FileKeys())
		require.NoError(t, err)
		numbers, _, err := f.Filter(context.Background(), fl, 1)
		require.NoError(t, err)
		last := func(n int32) bool { return int(n) == len(records) }
		if of[i], numbers = slices.DeleteFunc(of[i], last), slices.DeleteFunc(numbers, last); !slices.Equal(of[i], numbers) && !(strings.HasPrefix(all[i], "http.response") && len(of[i]) == len(numbers)) {
			// An answer over several segments is for Wireshark where it is whole, for netlab where it begins.
			t.Errorf("%s: tshark %v, netlab %v", all[i], of[i], numbers)
		}
		chosen += len(numbers)
	}
	require.Greater(t, chosen, 5000)
}
