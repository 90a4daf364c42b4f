package capture

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/flow"
	"netlab/ip"
	"netlab/wire"
)

// around returns b in an IPv4 packet.
func around(protocol byte, b []byte) []byte {
	h := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2}
	binary.BigEndian.PutUint16(h[2:], uint16(20+len(b)))
	sum := 0
	for i := 0; i < 20; i += 2 {
		sum += int(binary.BigEndian.Uint16(h[i:]))
	}
	binary.BigEndian.PutUint16(h[10:], ^uint16(sum+sum>>16))
	return append(h, b...)
}

// frame returns b in a frame of Ethernet, and datagram in one of UDP to a port.
func frame(b []byte) []byte { return append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, b...) }

func datagram(port uint16, b []byte) []byte {
	h := binary.BigEndian.AppendUint16([]byte{0xc0, 0}, port)
	h = binary.BigEndian.AppendUint16(h, uint16(8+len(b)))
	return append(append(h, 0, 0), b...)
}

// A connection in a tunnel has the same number in the list of packets, in the findings, in the index and in the streams: that of its place among all connections.
func TestTCPInTunnels(t *testing.T) {
	syn := func(port byte) []byte {
		return []byte{1, port, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0}
	}
	six := append([]byte{0x60, 0, 0, 0, 0, 20, 6, 64}, make([]byte, 32)...)
	six[23], six[39] = 1, 2
	packets := []struct {
		name string
		b    []byte
		at   int // octet of the innermost IP header
	}{
		{"plain", around(6, syn(0)), 0},
		{"IP in IP", around(4, around(6, syn(1))), 20},
		{"IPv6 in IP", around(41, append(six, syn(2)...)), 20},
		{"GRE", around(47, append([]byte{0, 0, 8, 0}, around(6, syn(3))...)), 24},
		{"GRE with checksum, key and number", around(47, append([]byte{0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2}, around(6, syn(4))...)), 36},
		{"GRE with a frame", around(47, append([]byte{0, 0, 0x65, 0x58}, frame(around(6, syn(5)))...)), 38},
		{"GRE with PPP", around(47, append([]byte{0x30, 1, 0x88, 0x0b, 0, 0, 0, 1, 0, 0, 0, 1, 0xff, 3, 0, 0x21}, around(6, syn(6))...)), 36},
		{"ERSPAN", around(47, append([]byte{0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 1, 0, 1, 0, 0, 0, 0}, frame(around(6, syn(7)))...)), 50},
		{"EtherIP", around(97, append([]byte{0x30, 0}, frame(around(6, syn(8)))...)), 36},
		{"VXLAN", around(17, datagram(4789, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame(around(6, syn(9)))...))), 50},
		{"VXLAN of old Linux", around(17, datagram(8472, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame(around(6, syn(10)))...))), 50},
		{"Geneve", around(17, datagram(6081, append([]byte{1, 0, 0x65, 0x58, 0, 0, 7, 0, 1, 2, 3, 0}, frame(around(6, syn(11)))...))), 54},
		{"Geneve without a frame", around(17, datagram(6081, append([]byte{0, 0, 8, 0, 0, 0, 7, 0}, around(6, syn(12))...))), 36},
		{"GTP", around(17, datagram(2152, append([]byte{0x30, 255, 0, 40, 0, 0, 0, 1}, around(6, syn(13))...))), 36},
		{"GTP with an extension header", around(17, datagram(2152, append([]byte{0x34, 255, 0, 48, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 1, 0}, around(6, syn(14))...))), 44},
		{"Teredo", around(17, datagram(3544, append([]byte{0, 0, 1, 2, 3, 4, 5, 6}, append(six, syn(15)...)...))), 36},
		{"one in another", around(4, around(47, append([]byte{0, 0, 8, 0}, around(4, around(6, syn(16)))...))), 64},
	}
	s, f, x := NewSummarizer(), NewFinder(), newSorter()
	for i, p := range packets {
		rec := Record{Number: i + 1, At: time.Unix(int64(i), 0), LinkType: RawIP, Packet: p.b, Length: len(p.b)}
		sum := s.Summarize(&rec)
		require.Equal(t, "TCP", sum.Proto, p.name)
		require.Equal(t, i, sum.Stream, p.name)
		require.Equal(t, i > 0, strings.HasSuffix(sum.What, "in a tunnel from 192.0.2.1 to 192.0.2.2"), sum.What)
		f.Add(&rec)
		require.Equal(t, i, f.packet.stream, p.name)
		one := parsed{RawPacket: RawPacket{Data: p.b, Length: len(p.b), LinkType: RawIP}}
		one.parse()
		var r row
		x.sort(&one, i+1, &r)
		require.EqualValues(t, i, x.pairs.list[r.pair].number, p.name)
		require.Equal(t, i == 0, r.kind&regular != 0, "of others a dissection tells: %s", p.name)
		c, ok := CarriedBy(RawIP, p.b)
		require.True(t, ok)
		require.EqualValues(t, 256+i, c.Src.Port(), p.name)
		nodes := Dissect(RawIP, p.b)
		require.Equal(t, "tcp", nodes[len(nodes)-1].Key, p.name)
		require.Equal(t, 8*p.at, nodes[len(nodes)-2].Bit, p.name)
	}
	at, ok := f.Tracker().Connection(netip.MustParseAddrPort("192.0.2.1:259"), netip.MustParseAddrPort("192.0.2.2:80"))
	require.True(t, ok)
	require.Equal(t, flow.Place{Stream: 3}, at)
	require.Equal(t, "GRE", ip.Protocol(47).String())

	deep := around(6, syn(0))
	for range 100 {
		deep = around(4, deep)
	}
	require.Equal(t, "IPv4 in IP", NewSummarizer().Add(RawIP, deep).Proto, "nobody digs for ever")
}

// A tunnel over UDP is a flow of its own, which comes before those that it carries.
func TestTunnelsAreNumberedAsFlows(t *testing.T) {
	inner := around(17, datagram(9, []byte("hello")))
	packets := [][]byte{
		around(17, datagram(4789, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame(inner)...))),
		around(17, datagram(10, []byte("hello"))),
		around(17, datagram(4789, append([]byte{8, 0, 0, 0, 0, 0, 7, 0}, frame(around(1, []byte{8, 0, 0xf7, 0xff, 0, 0, 0, 0}))...))),
	}
	s, x := NewSummarizer(), newSorter()
	for i, want := range []int{1, 2, -1} {
		require.Equal(t, want, s.Add(RawIP, packets[i]).Stream)
		one := parsed{RawPacket: RawPacket{Data: packets[i], Length: len(packets[i]), LinkType: RawIP}}
		one.parse()
		var r row
		x.sort(&one, i+1, &r)
		require.EqualValues(t, want, x.pairs.list[r.pair].number)
		for _, layer := range []string{"ip", "udp", "icmp", "eth"} {
			require.Equal(t, i != 1, r.kind&regular == 0 && r.mayHave(layer), "%s of packet %d", layer, i)
		}
	}
	require.Len(t, CarriersOf(RawIP, packets[0]), 1)
	require.Empty(t, CarriersOf(RawIP, packets[1]))
}

// What is behind an authentication header is the packet's own, with its streams and checksums.
func TestAuthenticationHeader(t *testing.T) {
	syn := []byte{1, 0, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0}
	ah := func(next byte) []byte {
		return []byte{next, 4, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}
	}
	six := append([]byte{0x60, 0, 0, 0, 0, 44, 51, 64}, make([]byte, 32)...)
	six[23], six[39] = 1, 2
	for name, b := range map[string][]byte{
		"IPv4": around(51, append(ah(6), syn...)), "IPv6": append(append(six, ah(6)...), syn...),
		"two": around(51, append(ah(51), append(ah(6), syn...)...)), "tunnel": around(51, append(ah(4), around(6, syn)...)),
	} {
		sum := NewSummarizer().Add(RawIP, b)
		require.Equal(t, "TCP", sum.Proto, name)
		require.Zero(t, sum.Stream, name)
		c, ok := CarriedBy(RawIP, b)
		require.True(t, ok, name)
		require.EqualValues(t, 256, c.Src.Port(), name)
		nodes := Dissect(RawIP, b)
		require.Equal(t, "ah", nodes[1].Key, name)
		require.Empty(t, nodes[1].Note)
		require.Equal(t, "0102030405060708090a0b0c", nodes[1].Find("ah.icv").Value, name)
		require.Equal(t, "tcp", nodes[len(nodes)-1].Key, name)
		for n := range b {
			Dissect(RawIP, b[:n:n])
			NewSummarizer().Add(RawIP, b[:n:n])
		}
	}
	short := NewSummarizer().Add(RawIP, around(51, ah(6)[:20]))
	require.Equal(t, Summary{Src: "192.0.2.1", Dst: "192.0.2.2", Proto: "AH", What: "20 octets", Stream: -1}, short)
}

// A packet whose source route is not at its end goes to the last address of it: of that are its stream and its checksum.
func TestSourceRoutes(t *testing.T) {
	b := []byte{0x48, 0, 0, 52, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 192, 0, 2, 9, 131, 11, 8, 192, 0, 2, 7, 192, 0, 2, 2, 0}
	b = append(b, 1, 0, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0)
	seal := func() {
		b[10], b[11] = 0, 0
		binary.BigEndian.PutUint16(b[10:], wire.Checksum(b[:32]))
	}
	binary.BigEndian.PutUint16(b[48:], ^wire.Sum(wire.PseudoSum(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), 6, 20), b[32:]))
	seal()
	sum := NewSummarizer().Add(RawIP, b)
	require.Equal(t, []string{"192.0.2.1:256", "192.0.2.2:80", "SYN", ""}, []string{sum.Src, sum.Dst, sum.What, sum.Problem})
	one := parsed{RawPacket: RawPacket{Data: b, Length: len(b), LinkType: RawIP}}
	one.parse()
	require.Zero(t, one.row.kind&regular, "of its destination only a dissection tells")
	nodes := Dissect(RawIP, b)
	require.Equal(t, "192.0.2.9", nodes[0].Find("ip.dst").Value, "the field is as it is")
	require.Empty(t, nodes[1].Find("tcp.checksum").Note)
	b[22] = 12 // at its end
	seal()
	require.Equal(t, "192.0.2.9:80", NewSummarizer().Add(RawIP, b).Dst)
}
