package ip

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// carry returns the packet with message m, and the header and message as a receiver reads them.
func carry(t *testing.T, src, dst netip.Addr, ttl uint8, m Message) ([]byte, *Header, *Message) {
	t.Helper()
	h := Header{Src: src, Dst: dst, TTL: ttl, Protocol: ICMPv6, TotalLength: header6 + m.Len()}
	b := make([]byte, h.TotalLength)
	h.Put(b)
	m.Put(b[header6:], src, dst)
	got, payload, err := Parse(b)
	require.NoError(t, err)
	back, err := ParseICMP(got.Src, got.Dst, payload)
	require.NoError(t, err)
	return b, &got, &back
}

// RFC 4861, Sections 4.3, 4.4, 7.1.1 and 7.1.2.
func TestNeighborMessages(t *testing.T) {
	a, b := netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	ask := Neighbor{Target: b, Link: [6]byte{2, 0, 0, 0, 0, 1}, HasLink: true}
	octets, h, m := carry(t, a, SolicitedNode(b), 255, ask.Solicitation())
	got, err := ParseNeighbor(h, m)
	require.NoError(t, err)
	require.Equal(t, ask, got)
	p := gopacket.NewPacket(octets, layers.LayerTypeIPv6, gopacket.Default)
	theirs := p.Layer(layers.LayerTypeICMPv6NeighborSolicitation).(*layers.ICMPv6NeighborSolicitation)
	require.Equal(t, net.IP(b.AsSlice()), theirs.TargetAddress)
	require.Equal(t, ask.Link[:], theirs.Options[0].Data)

	tell := Neighbor{Target: b, Link: [6]byte{2, 0, 0, 0, 0, 2}, HasLink: true, Solicited: true, Override: true}
	_, h, m = carry(t, b, a, 255, tell.Advertisement())
	got, err = ParseNeighbor(h, m)
	require.NoError(t, err)
	require.Equal(t, tell, got)

	for name, change := range map[string]func(h *Header, m *Message){
		"hop limit below 255":                 func(h *Header, _ *Message) { h.TTL = 254 },
		"code":                                func(_ *Header, m *Message) { m.Code = 1 },
		"cut short":                           func(_ *Header, m *Message) { m.Data = m.Data[:15] },
		"target is a group":                   func(_ *Header, m *Message) { m.Data[0] = 0xff },
		"option of length zero":               func(_ *Header, m *Message) { m.Data[17] = 0 },
		"option beyond the end":               func(_ *Header, m *Message) { m.Data[17] = 2 },
		"solicited, but to a group":           func(h *Header, _ *Message) { h.Dst = netip.IPv6LinkLocalAllNodes() },
		"asks from nowhere with link address": func(h *Header, m *Message) { h.Src, m.Type = netip.IPv6Unspecified(), NeighborSolicitation },
	} {
		_, h, m := carry(t, b, a, 255, tell.Advertisement())
		change(h, m)
		_, err := ParseNeighbor(h, m)
		require.ErrorIs(t, err, ErrNeighbor, name)
	}
}

// RFC 4861, Sections 4.2 and 6.1.2.
func TestRouterAdvertisement(t *testing.T) {
	want := Advert{
		HopLimit: 64, Lifetime: 1800 * time.Second, Link: [6]byte{2, 0, 0, 0, 0, 9}, HasLink: true, MTU: 1400,
		Prefixes: []AdvertPrefix{{Prefix: netip.MustParsePrefix("fd00:0:0:1::/64"), OnLink: true, Autonomous: true, Valid: time.Hour, Preferred: time.Minute}},
	}
	octets, h, m := carry(t, netip.MustParseAddr("fe80::9"), netip.IPv6LinkLocalAllNodes(), 255, want.Message())
	got, err := ParseAdvert(h, m)
	require.NoError(t, err)
	require.Equal(t, want, got)
	p := gopacket.NewPacket(octets, layers.LayerTypeIPv6, gopacket.Default)
	theirs := p.Layer(layers.LayerTypeICMPv6RouterAdvertisement).(*layers.ICMPv6RouterAdvertisement)
	require.Equal(t, uint16(1800), theirs.RouterLifetime)
	require.Len(t, theirs.Options, 3)
	h.Src = netip.MustParseAddr("2001:db8::9")
	_, err = ParseAdvert(h, m)
	require.ErrorIs(t, err, ErrNeighbor)
}

// What the codecs write is what the layouts say.
func TestLayoutsOfIPv6(t *testing.T) {
	a, b := netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	n := Neighbor{Target: b, Link: [6]byte{2, 0, 0, 0, 0, 2}, HasLink: true, Router: true, Override: true}
	octets, _, _ := carry(t, a, b, 255, n.Advertisement())
	node, h, payload, ok := Dissect(octets, 0)
	require.True(t, ok)
	require.Equal(t, "fe80::1", node.Find("ipv6.src").Value)
	require.Equal(t, uint64(255), node.Find("ipv6.hlim").Uint)
	require.Equal(t, uint64(len(payload)), node.Find("ipv6.plen").Uint)
	message, _, _, _ := DissectICMPv6(payload, 8*header6, h.Src, h.Dst)
	require.Empty(t, message.Find("icmpv6.checksum").Note)
	require.Equal(t, "fe80::2", message.Find("icmpv6.nd.na.target_address").Value)
	require.Equal(t, "set", message.Find("icmpv6.nd.na.flag.r").Value)
	require.Equal(t, "not set", message.Find("icmpv6.nd.na.flag.s").Value)
	require.Equal(t, "02:00:00:00:00:02", message.Find("icmpv6.opt.linkaddr").Value)
	payload[30] ^= 1
	message, _, _, _ = DissectICMPv6(payload, 0, h.Src, h.Dst)
	require.Contains(t, message.Find("icmpv6.checksum").Note, "wrong")
}

// Whatever comes, it is taken apart; and what Parse accepts can be written again.
func FuzzIPv6(f *testing.F) {
	a, b := netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
	for _, m := range []Message{Echo(a, 1, 2, []byte("data")), (&Neighbor{Target: b, HasLink: true}).Solicitation(), (&Advert{MTU: 1500, HasLink: true}).Message()} {
		h := Header{Src: a, Dst: b, TTL: 255, Protocol: ICMPv6, TotalLength: header6 + m.Len()}
		p := make([]byte, h.TotalLength)
		h.Put(p)
		m.Put(p[header6:], a, b)
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, octets []byte) {
		var all []wire.Node
		n, h, payload, ok := Dissect(octets, 0)
		all = append(all, n)
		if ok && h.Dst.Is6() {
			n, _, _, _ = DissectICMPv6(payload, 0, h.Src, h.Dst)
			all = append(all, n)
		}
		for _, n := range all {
			require.GreaterOrEqual(t, n.Width, 0)
		}
		got, rest, err := Parse(octets)
		if err != nil || !got.Dst.Is6() {
			return
		}
		again := make([]byte, got.Len())
		got.Put(again)
		require.Equal(t, got.TotalLength, got.Len()+len(rest))
		if m, err := ParseICMP(got.Src, got.Dst, rest); err == nil {
			_, _ = ParseNeighbor(&got, &m)
			_, _ = ParseAdvert(&got, &m)
			m.Quoted()
		}
	})
}
