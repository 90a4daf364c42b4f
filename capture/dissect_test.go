package capture_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/wire"
)

// find returns the first field with the given key in any layer.
func find(t testing.TB, nodes []wire.Node, key string) *wire.Node {
	t.Helper()
	for i := range nodes {
		if n := nodes[i].Find(key); n != nil {
			return n
		}
	}
	require.Failf(t, "no such field", "%s", key)
	return nil
}

// shape is the names of the layers, with their octets: "IPv4 0-20, ...".
func shape(nodes []wire.Node) string {
	var parts []string
	for i := range nodes {
		from, to := nodes[i].Octets()
		parts = append(parts, fmt.Sprintf("%s %d-%d", nodes[i].Name, from, to))
	}
	return strings.Join(parts, ", ")
}

func addr(ip net.IP) uint64 { return uint64(binary.BigEndian.Uint32(ip.To4())) }

func bitOf(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// agree checks the fields that Dissect gives a packet against those that gopacket reads.
func agree(t testing.TB, link capture.LinkType, first gopacket.Decoder, b []byte) {
	t.Helper()
	nodes := capture.Dissect(link, b)
	packet := gopacket.NewPacket(b, first, gopacket.DecodeOptions{})
	want := map[string]uint64{}
	if e, ok := packet.LinkLayer().(*layers.Ethernet); ok {
		want["eth.type"] = uint64(e.EthernetType)
	}
	network, ok := packet.NetworkLayer().(*layers.IPv4)
	if !ok {
		return
	}
	want["ip.version"], want["ip.hdr_len"], want["ip.len"] = 4, uint64(network.IHL), uint64(network.Length)
	want["ip.id"], want["ip.frag_offset"], want["ip.ttl"] = uint64(network.Id), uint64(network.FragOffset), uint64(network.TTL)
	want["ip.proto"], want["ip.checksum"] = uint64(network.Protocol), uint64(network.Checksum)
	want["ip.src"], want["ip.dst"] = addr(network.SrcIP), addr(network.DstIP)
	switch l := packet.TransportLayer().(type) {
	case *layers.TCP:
		want["tcp.srcport"], want["tcp.dstport"] = uint64(l.SrcPort), uint64(l.DstPort)
		want["tcp.seq_raw"], want["tcp.ack_raw"], want["tcp.hdr_len"] = uint64(l.Seq), uint64(l.Ack), uint64(l.DataOffset)
		want["tcp.window_size_value"], want["tcp.checksum"], want["tcp.urgent_pointer"] = uint64(l.Window), uint64(l.Checksum), uint64(l.Urgent)
		want["tcp.flags.syn"], want["tcp.flags.ack"], want["tcp.flags.fin"] = bitOf(l.SYN), bitOf(l.ACK), bitOf(l.FIN)
		want["tcp.flags.reset"], want["tcp.flags.push"], want["tcp.flags.urg"] = bitOf(l.RST), bitOf(l.PSH), bitOf(l.URG)
	case *layers.UDP:
		want["udp.srcport"], want["udp.dstport"] = uint64(l.SrcPort), uint64(l.DstPort)
		want["udp.length"], want["udp.checksum"] = uint64(l.Length), uint64(l.Checksum)
	}
	for key, v := range want {
		require.Equal(t, v, find(t, nodes, key).Uint, "%s of % x", key, b)
	}
}

func TestDissectAgreesWithGopacketOnCaptures(t *testing.T) {
	for name, first := range map[string]gopacket.Decoder{
		"http.pcap": layers.LayerTypeEthernet, "mixed.pcap": layers.LayerTypeEthernet, "dns.pcapng": layers.LayerTypeEthernet, "ping.pcap": layers.LayerTypeLinuxSLL2,
	} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		for _, rec := range records {
			agree(t, rec.LinkType, first, rec.Packet)
		}
	}
}

func TestDissectAgreesWithGopacketOnRandomPackets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		network := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolTCP)
		network.Id, network.TTL, network.TOS = uint16(rng.Uint32()), uint8(rng.Uint32()), uint8(rng.Uint32())
		network.SrcIP, network.DstIP = random4(rng), random4(rng)
		payload := gopacket.Payload(make([]byte, rng.IntN(50)))
		var transport gopacket.SerializableLayer
		if rng.IntN(2) == 0 {
			seg := &layers.TCP{
				SrcPort: layers.TCPPort(rng.Uint32()), DstPort: layers.TCPPort(rng.Uint32()), Seq: rng.Uint32(), Ack: rng.Uint32(),
				Window: uint16(rng.Uint32()), Urgent: uint16(rng.Uint32()),
				SYN: rng.IntN(2) == 0, ACK: rng.IntN(2) == 0, FIN: rng.IntN(2) == 0, RST: rng.IntN(2) == 0, PSH: rng.IntN(2) == 0, URG: rng.IntN(2) == 0,
			}
			if rng.IntN(2) == 0 {
				seg.Options = []layers.TCPOption{scale(byte(rng.IntN(15)))}
			}
			require.NoError(t, seg.SetNetworkLayerForChecksum(network))
			transport = seg
		} else {
			network.Protocol = layers.IPProtocolUDP
			datagram := &layers.UDP{SrcPort: layers.UDPPort(rng.Uint32()), DstPort: layers.UDPPort(rng.Uint32())}
			require.NoError(t, datagram.SetNetworkLayerForChecksum(network))
			transport = datagram
		}
		b := build(t, network, transport, payload)
		agree(t, capture.RawIP, layers.LayerTypeIPv4, b)
		require.Empty(t, notes(capture.Dissect(capture.RawIP, b)), "% x", b)
	}
}

func random4(rng *rand.Rand) net.IP {
	return binary.BigEndian.AppendUint32(nil, rng.Uint32())
}

// notes collects everything that Dissect finds wrong.
func notes(nodes []wire.Node) []string {
	var all []string
	var walk func(n *wire.Node)
	walk = func(n *wire.Node) {
		if n.Note != "" {
			all = append(all, n.Name+": "+n.Note)
		}
		for i := range n.Children {
			walk(&n.Children[i])
		}
	}
	for i := range nodes {
		walk(&nodes[i])
	}
	return all
}

// covers checks that layers follow each other without gaps, and that fields lie within the packet.
func covers(t testing.TB, nodes []wire.Node, size int) {
	t.Helper()
	next := 0
	for i := range nodes {
		from, to := nodes[i].Octets()
		require.Equal(t, next, from, shape(nodes))
		require.LessOrEqual(t, to, size, shape(nodes))
		next = to
		nodes[i].Leaves(func(n *wire.Node) {
			from, to := n.Octets()
			require.GreaterOrEqual(t, from, 0)
			require.LessOrEqual(t, to, size, "%s in %s", n.Name, shape(nodes))
		})
	}
	require.Equal(t, size, next, shape(nodes))
}

func TestLayersCoverEachPacket(t *testing.T) {
	step := 1
	if testing.Short() {
		step = 17
	}
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		for _, rec := range records {
			for n := 0; n <= len(rec.Packet); n += step {
				covers(t, capture.Dissect(rec.LinkType, rec.Packet[:n:n]), n)
			}
		}
	}
}

func TestLinkTypes(t *testing.T) {
	ethernet := func(next ...byte) []byte { return append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, next...) }
	for _, c := range []struct {
		name string
		link capture.LinkType
		b    []byte
		want string
		key  string
		text string
	}{
		{"raw", capture.RawIP, packet(), "Internet Protocol Version 4 0-20, Internet Control Message Protocol 20-28", "ip.dst", "10.0.0.2"},
		{"raw IPv4", capture.IPv4, packet(), "Internet Protocol Version 4 0-20, Internet Control Message Protocol 20-28", "ip.dst", "10.0.0.2"},
		{"Ethernet", capture.Ether, append(ethernet(8, 0), packet()...), "Ethernet 0-14, Internet Protocol Version 4 14-34, Internet Control Message Protocol 34-42", "eth.dst", "02:00:00:00:00:02"},
		{
			"Ethernet, padded", capture.Ether, append(append(ethernet(8, 0), packet()...), 0, 0),
			"Ethernet 0-14, Internet Protocol Version 4 14-34, Internet Control Message Protocol 34-42, Padding 42-44", "eth.type", "IPv4 (0x0800)",
		},
		{
			"VLAN", capture.Ether, append(ethernet(0x81, 0, 0, 5, 8, 0), packet()...),
			"Ethernet 0-14, VLAN tag 14-18, Internet Protocol Version 4 18-38, Internet Control Message Protocol 38-46", "eth.type", "802.1Q VLAN (0x8100)",
		},
		{"loopback", capture.Null, append([]byte{2, 0, 0, 0}, packet()...), "Loopback 0-4, Internet Protocol Version 4 4-24, Internet Control Message Protocol 24-32", "ip.src", "10.0.0.1"},
		{
			"cooked", capture.LinuxSLL, append([]byte{0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0}, packet()...),
			"Linux cooked capture 0-16, Internet Protocol Version 4 16-36, Internet Control Message Protocol 36-44", "sll.pkttype", "sent by us (4)",
		},
		{"unknown", 105, []byte{1, 2, 3}, "Data 0-3", "data", "3 octets"},
		{"too short", capture.Ether, []byte{1, 2, 3}, "Ethernet 0-3", "eth", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			nodes := capture.Dissect(c.link, c.b)
			require.Equal(t, c.want, shape(nodes))
			require.Equal(t, c.text, find(t, nodes, c.key).Value)
			if c.link != 105 {
				require.Equal(t, c.name == "too short", capture.NewSummarizer().Add(c.link, c.b).Problem != "")
			}
		})
	}
	require.Empty(t, capture.Dissect(capture.RawIP, nil))
}

func TestWhatIsNotOursSaysSo(t *testing.T) {
	lldp := []byte{1, 0x80, 0xc2, 0, 0, 14, 2, 0, 0, 0, 0, 1, 0x88, 0xcc, 2, 7, 4, 2, 0, 0, 0, 0, 1, 4, 2, 7, 49, 6, 2, 0, 120, 0, 0}
	nodes := capture.Dissect(capture.Ether, lldp)
	require.Contains(t, nodes[1].Value, "(read by gopacket)")
	require.NotEmpty(t, nodes[1].Children)
}

func TestTCPOverIPv6(t *testing.T) {
	network := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: layers.IPProtocolTCP, SrcIP: net.ParseIP("fd00::1"), DstIP: net.ParseIP("fd00::2")}
	seg := &layers.TCP{SrcPort: 40001, DstPort: 80, Seq: 5, SYN: true}
	require.NoError(t, seg.SetNetworkLayerForChecksum(network))
	b := build(t, network, seg)
	nodes := capture.Dissect(capture.RawIP, b)
	require.Empty(t, notes(nodes))
	require.Equal(t, uint64(40001), find(t, nodes, "tcp.srcport").Uint)
	sum := capture.NewSummarizer().Add(capture.RawIP, b)
	require.Equal(t, capture.Summary{Src: "[fd00::1]:40001", Dst: "[fd00::2]:80", Proto: "TCP", Transport: "TCP", What: "SYN", Numbers: capture.Sequence{Len: 1, Known: true}}, sum)

	b[56] ^= 1 // the checksum
	require.NotEmpty(t, notes(capture.Dissect(capture.RawIP, b)))
	require.Equal(t, "wrong TCP checksum", capture.NewSummarizer().Add(capture.RawIP, b).Problem)
}

// Linux leaves the checksum of what it sends over loopback, or through a network card, to the card.
func TestChecksumOffloadIsNotAnError(t *testing.T) {
	records, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	s := capture.NewSummarizer()
	for _, rec := range records {
		require.Empty(t, s.Add(rec.LinkType, rec.Packet).Problem)
		nodes := capture.Dissect(rec.LinkType, rec.Packet)
		require.Empty(t, notes(nodes))
		require.Contains(t, find(t, nodes, "tcp.checksum").Value, "left to the network card")
	}
}

func TestWhatIsWrongIsNoted(t *testing.T) {
	network := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolUDP)
	datagram := &layers.UDP{SrcPort: 7, DstPort: 8}
	require.NoError(t, datagram.SetNetworkLayerForChecksum(network))
	good := build(t, network, datagram, gopacket.Payload("hello"))
	for _, c := range []struct {
		name    string
		octet   int
		value   byte
		problem string
	}{
		{"nothing", 0, 0x45, ""},
		{"version", 0, 0x55, "not an IPv4 header"},
		{"header length", 0, 0x41, "header length below 20"},
		{"header cut", 0, 0x4f, "header cut short"},
		{"total length", 3, 10, "total length below header length"},
		{"header checksum", 8, 1, "wrong header checksum"},
		{"UDP checksum", 32, 'H', "wrong UDP checksum"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := bytes.Clone(good)
			b[c.octet] = c.value
			require.Equal(t, c.problem, capture.NewSummarizer().Add(capture.RawIP, b).Problem)
			require.Equal(t, c.problem == "", len(notes(capture.Dissect(capture.RawIP, b))) == 0, "%v", notes(capture.Dissect(capture.RawIP, b)))
		})
	}
}

// Whatever Dissect finds by a name, a filter may ask for by that name.
func TestKeysNamesEveryFieldOfACapture(t *testing.T) {
	keys := capture.Keys()
	require.True(t, slices.IsSorted(keys))
	for _, name := range []string{"http.pcap", "ping.pcap", "mixed.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		for _, rec := range records {
			var walk func(n *wire.Node)
			walk = func(n *wire.Node) {
				if n.Key != "" && !strings.HasPrefix(n.Key, "http.") {
					require.Contains(t, keys, n.Key, "%s", n.Name)
				}
				for i := range n.Children {
					walk(&n.Children[i])
				}
			}
			nodes := capture.Dissect(rec.LinkType, rec.Packet)
			for i := range nodes {
				walk(&nodes[i])
			}
		}
	}
	require.Contains(t, keys, "http.request.method")
}

func TestTsharkAgreesOnWords(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	name := filepath.Join("..", "testdata", "captures", "http.pcap")
	out, err := exec.Command(tshark, "-r", name, "-T", "fields", "-E", "separator=|", "-e", "tcp.stream", "-e", "tcp.seq", "-e", "tcp.nxtseq", "-e", "tcp.len", "-e", "tcp.ack").Output()
	require.NoError(t, err)
	records, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	s := capture.NewSummarizer()
	for i, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		f := strings.Split(line, "|")
		sum := s.Add(records[i].LinkType, records[i].Packet)
		require.Equal(t, f[0], fmt.Sprint(sum.Stream))
		if f[3] != "0" {
			require.Contains(t, sum.What, "data "+f[1]+".."+f[2], line)
		} else if strings.HasPrefix(sum.What, "ack") {
			require.Equal(t, "ack "+f[4], sum.What)
		}
	}
}

func TestUnknownAddresses(t *testing.T) {
	sum := capture.NewSummarizer().Add(capture.RawIP, build(t, ipv4("10.0.0.1", "224.0.0.5", 253), gopacket.Payload("12345")))
	require.Equal(t, capture.Summary{Src: "10.0.0.1", Dst: "224.0.0.5", Proto: "protocol 253", What: "5 octets", Stream: -1}, sum)
	require.True(t, netip.MustParseAddr(sum.Dst).IsMulticast())
}

func FuzzDissect(f *testing.F) {
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap"} {
		records, err := readAll(file(f, name))
		require.NoError(f, err)
		for _, rec := range records {
			f.Add(int(rec.LinkType), rec.Packet)
		}
	}
	for _, b := range sixes() {
		f.Add(int(capture.RawIP), b)
	}
	f.Fuzz(func(t *testing.T, link int, b []byte) {
		if len(b) > 2000 {
			return
		}
		covers(t, capture.Dissect(capture.LinkType(link), b), len(b))
		s := capture.NewSummarizer()
		for range 2 {
			sum := s.Add(capture.LinkType(link), b)
			require.NotEmpty(t, sum.Proto)
			require.NotEmpty(t, sum.What)
		}
	})
}

func BenchmarkSummarizer(b *testing.B) {
	records, err := readAll(file(b, "http.pcap"))
	require.NoError(b, err)
	s := capture.NewSummarizer()
	b.ReportAllocs()
	for b.Loop() {
		for i := range records {
			s.Add(records[i].LinkType, records[i].Packet)
		}
	}
}
