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
		{"one in another", around(4, around(47, append([]byte{0, 0, 8, 0}, around(4, around(6, syn(5)))...))), 64},
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
