package capture_test

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/ip"
	"netlab/udp"
	"netlab/wire"
)

// packet6 returns a packet from fe80::1 to fe80::2.
func packet6(h ip.Header, payload []byte) []byte {
	h.Src, h.Dst = netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	if h.TTL == 0 {
		h.TTL = 64
	}
	h.TotalLength = h.Len() + len(payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	copy(b[h.Len():], payload)
	return b
}

func message6(m ip.Message) []byte {
	b := make([]byte, m.Len())
	m.Put(b, netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2"))
	return b
}

func datagram6(data string) []byte {
	b := make([]byte, 8+len(data))
	udp.Put(b, netip.MustParseAddrPort("[fe80::1]:4000"), netip.MustParseAddrPort("[fe80::2]:4001"), []byte(data))
	return b
}

// options6 are an extension header of options that is followed by another.
func options6(next ip.Protocol) []byte { return []byte{byte(next), 0, 5, 2, 0, 0, 1, 0} }

// sixes are packets of all kinds, each with its summary.
func sixes() map[string][]byte {
	target := netip.MustParseAddr("fe80::2")
	solicitation := ip.Neighbor{Target: target, HasLink: true, Link: [6]byte{2, 0, 0, 0, 0, 1}}
	advertisement := ip.Neighbor{Target: target, Solicited: true, Override: true, HasLink: true, Link: [6]byte{2, 0, 0, 0, 0, 2}}
	router := ip.Advert{
		HopLimit: 64, Lifetime: 30 * time.Minute, MTU: 1400,
		Prefixes: []ip.AdvertPrefix{{Prefix: netip.MustParsePrefix("2001:db8::/64"), OnLink: true, Valid: time.Hour, Preferred: time.Minute}},
	}
	advert := router.Message()
	copy(advert.Data, []byte{0, 0, 3, 232, 0, 0, 7, 208}) // reachable time and retransmission timer
	better := append(target.AsSlice(), netip.MustParseAddr("2001:db8::5").AsSlice()...)
	icmp := ip.Header{Protocol: ip.ICMPv6, TTL: 255}
	about := packet6(ip.Header{Protocol: ip.UDP}, datagram6("hello"))
	return map[string][]byte{
		"datagram of 5 octets":                    about,
		"echo request id 7 seq 9":                 packet6(icmp, message6(ip.Echo(target, 7, 9, []byte("data")))),
		"router solicitation":                     packet6(icmp, message6(ip.Message{Type: ip.RouterSolicitation})),
		"router advertisement":                    packet6(icmp, message6(advert)),
		"neighbor solicitation  who has fe80::2?": packet6(icmp, message6(solicitation.Solicitation())),
		"neighbor advertisement  fe80::2 is here": packet6(icmp, message6(advertisement.Advertisement())),
		"redirect  better through fe80::2":        packet6(icmp, message6(ip.Message{Type: ip.Redirect6, Data: better})),
		"packet too big, the next link takes 1280 octets  about UDP [fe80::1]:4000 to [fe80::2]:4001": packet6(icmp, message6(ip.Message{Type: ip.PacketTooBig, Rest: 1280, Data: about})),
		"port unreachable  about UDP [fe80::1]:4000 to [fe80::2]:4001":                                packet6(icmp, message6(ip.Message{Type: ip.Unreachable6, Code: 4, Data: about})),
		"time exceeded in transit  about UDP [fe80::1]:4000 to [fe80::2]:4001":                        packet6(icmp, message6(ip.Message{Type: ip.TimeExceeded6, Data: about})),
		"unknown next header at octet 6  about UDP [fe80::1]:4000 to [fe80::2]:4001":                  packet6(icmp, message6(ip.Message{Type: ip.ParameterProblem6, Code: 1, Rest: 6, Data: about})),
		"datagram of 2 octets": packet6(ip.Header{
			Protocol: ip.UDP, FirstExtension: ip.HopByHopOptions, Extensions: append(options6(ip.DestinationOptions), options6(ip.UDP)...),
		}, datagram6("hi")),
		"fragment 1448..1452 of packet id 77":                  packet6(ip.Header{Protocol: ip.UDP, ID: 77, FragmentOffset: 1448}, []byte("tail")),
		"datagram of 8 octets  first fragment of packet id 78": packet6(ip.Header{Protocol: ip.UDP, ID: 78, MoreFragments: true}, datagram6("8 octets")),
		"4 octets": packet6(ip.Header{Protocol: 253}, []byte("test")),
	}
}

// Layers, summaries and keys of IPv6: no octet is left out, nothing is wrong, all fields can be asked for.
func TestIPv6(t *testing.T) {
	for want, b := range sixes() {
		nodes := capture.Dissect(capture.RawIP, b)
		require.Empty(t, notes(nodes), want)
		require.Equal(t, "Internet Protocol Version 6", nodes[0].Name)
		sum := capture.NewSummarizer().Add(capture.RawIP, b)
		require.Equal(t, want, sum.What)
		require.Empty(t, sum.Problem)
		for n := range len(b) + 1 {
			covers(t, capture.Dissect(capture.RawIP, b[:n:n]), n)
			capture.NewSummarizer().Add(capture.RawIP, b[:n:n])
		}
		for i := range nodes {
			nodes[i].Leaves(func(n *wire.Node) {
				if n.Key != "" {
					require.Contains(t, capture.Keys(), n.Key)
				}
			})
		}
		flipped := append([]byte(nil), b...)
		flipped[len(b)-1] ^= 1
		if p := capture.NewSummarizer().Add(capture.RawIP, flipped); p.Proto == "ICMPv6" {
			require.Equal(t, "wrong ICMPv6 checksum", p.Problem)
		}
	}
}

// tshark reads the same in the fields of the same names.
func TestTsharkAgreesOnIPv6(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	fields := []string{
		"ipv6.plen", "ipv6.nxt", "ipv6.hlim", "ipv6.flow", "ipv6.src", "ipv6.dst", "ipv6.hopopts.nxt", "ipv6.dstopts.nxt",
		"ipv6.fraghdr.offset", "ipv6.fraghdr.ident", "ipv6.fraghdr.more", "ipv6.opt.length", "icmpv6.type", "icmpv6.code", "icmpv6.checksum", "icmpv6.mtu",
		"icmpv6.pointer", "icmpv6.echo.identifier", "icmpv6.echo.sequence_number", "icmpv6.nd.ra.cur_hop_limit", "icmpv6.nd.ra.router_lifetime",
		"icmpv6.nd.ra.reachable_time", "icmpv6.nd.ra.retrans_timer", "icmpv6.nd.ns.target_address", "icmpv6.nd.na.target_address", "icmpv6.nd.na.flag.s",
		"icmpv6.nd.na.flag.o", "icmpv6.nd.rd.target_address", "icmpv6.rd.na.destination_address", "icmpv6.opt.linkaddr",
		"icmpv6.opt.prefix", "icmpv6.opt.prefix.length", "icmpv6.opt.prefix.flag.l", "icmpv6.opt.prefix.valid_lifetime", "icmpv6.opt.mtu",
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "six.pcapng"))
	require.NoError(t, err)
	w, err := capture.NewWriter(file, capture.Raw("link")...)
	require.NoError(t, err)
	var packets [][]byte
	r := rand.New(rand.NewPCG(6, 6))
	for _, b := range sixes() {
		b[1], b[2], b[3] = byte(r.IntN(16)), byte(r.Uint32()), byte(r.Uint32()) // traffic class and flow label
		packets = append(packets, b)
		require.NoError(t, w.Write(time.Unix(int64(len(packets)), 0), 0, b, ""))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, file.Close())
	args := []string{"-r", file.Name(), "-T", "fields", "-E", "separator=|", "-E", "occurrence=f"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	out, err := exec.Command(tshark, args...).Output()
	require.NoError(t, err)
	lines := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
	require.Len(t, lines, len(packets))
	seen := map[string]bool{}
	for i, line := range lines {
		nodes := capture.Dissect(capture.RawIP, packets[i])
		for j, theirs := range strings.Split(line, "|") {
			if theirs == "" {
				continue
			}
			seen[fields[j]] = true
			ours := find(t, nodes, fields[j])
			switch number, err := strconv.ParseUint(theirs, 0, 64); {
			case theirs == "True" || theirs == "False":
				require.Equal(t, theirs == "True", ours.Uint == 1, fields[j])
			case err == nil && fields[j] == "ipv6.fraghdr.offset":
				require.Contains(t, []uint64{number, number / 8}, ours.Uint, "versions of tshark count octets or units of 8")
			case err == nil:
				require.Equal(t, number, ours.Uint, "%s of %s", fields[j], hex.EncodeToString(packets[i]))
			default:
				require.Equal(t, theirs, ours.Value, fields[j])
			}
		}
	}
	require.Len(t, seen, len(fields), "each field is in one of the packets")
}
