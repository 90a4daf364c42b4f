package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// tooBig gives the host an error that says that a packet of size octets was too big for a link that takes mtu.
func (r *rig) tooBig(now time.Time, dst netip.Addr, size, mtu int, change func(*Header)) {
	r.t.Helper()
	src, router, m, p := server, far, Message{Type: Unreachable, Code: FragmentationNeeded, Rest: uint32(mtu)}, ICMP
	if dst.Is6() {
		src, router, m, p = server6, netip.MustParseAddr("2001:db8:2::1"), Message{Type: PacketTooBig, Rest: uint32(mtu)}, ICMPv6
	}
	about := Header{TTL: 9, Protocol: UDP, Src: src, Dst: dst, DontFragment: true}
	if change != nil {
		change(&about)
	}
	m.Data = packet(about, make([]byte, size-about.Len()))[:100]
	b := make([]byte, m.Len())
	m.Put(b, router, src)
	_, ok := r.Receive(now, 0, packet(Header{TTL: 9, Protocol: p, Src: router, Dst: src}, b), 7, 3)
	require.True(r.t, ok, "the layer above is told, whatever becomes of the path MTU")
}

// both is a host with addresses of both families.
func both(t testing.TB, cfg Config) *rig {
	h := &rig{t: t}
	h.Node = New(cfg, trace.New("server", h.emit))
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24), netip.PrefixFrom(server6, 64)}, MTU: 1500})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: far})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("::/0"), Via: netip.MustParseAddr("2001:db8:2::1")})
	return h
}

// RFC 1191, Section 3, and RFC 8201, Section 4: what ICMP says makes packets smaller, in both versions, for a time.
func TestPathMTUIsLearnt(t *testing.T) {
	for _, dst := range []netip.Addr{distant, client6} {
		h := both(t, Config{})
		require.Equal(t, 1500, h.PathMTU(start, dst))
		h.tooBig(start, dst, 1500, 1300, nil)
		require.Equal(t, 1300, h.PathMTU(start, dst))
		require.Equal(t, uint64(1), h.Counters().PathMTULearnt)
		require.Equal(t, "sends no packets of more than 1300 octets there for ten minutes: the way does not take them", h.events[0].Text())

		require.ErrorIs(t, h.Send(start, Header{Protocol: UDP, Dst: dst, DontFragment: true}, make([]byte, 1290), trace.Reason{}), ErrTooBig)
		require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: dst}, make([]byte, 1290), trace.Reason{}))
		out, first, _ := h.sent()
		require.True(t, first.MoreFragments)
		require.LessOrEqual(t, len(out.Octets), 1300)
		h.sent()
		h.silent()

		h.tooBig(start, dst, 1500, 1400, nil)
		require.Equal(t, 1300, h.PathMTU(start, dst), "it does not grow")
		require.Equal(t, 1300, h.PathMTU(start.Add(10*time.Minute-1), dst))
		require.Equal(t, 1500, h.PathMTU(start.Add(10*time.Minute), dst), "RFC 1191, Section 6.3; RFC 8201, Section 5.3")
		require.Equal(t, 1500, h.PathMTU(start, near6), "other destinations have other paths")
	}
}

// RFC 1191, Section 8, and RFC 8201, Section 4: what cannot be about a packet of this host, or makes no sense, changes nothing.
func TestPathMTUIsNotBelieved(t *testing.T) {
	for name, c := range map[string]struct {
		dst       netip.Addr
		size, mtu int
		change    func(*Header)
	}{
		"the packet would have fit":                  {distant, 1000, 1000, nil},
		"larger than the first link takes":           {distant, 1600, 1300, nil},
		"routers could have cut it up":               {distant, 1500, 1300, func(h *Header) { h.DontFragment = false }},
		"less than IPv6's least":                     {client6, 1500, 1279, nil},
		"the packet would have fit, IPv6":            {client6, 1400, 1400, nil},
		"larger than the first link takes, IPv6":     {client6, 1501, 1300, nil},
		"a group":                                    {netip.MustParseAddr("ff0e::7"), 1500, 1300, nil},
		"TCP, whose connections look for themselves": {distant, 1500, 1300, func(h *Header) { h.Protocol = TCP }},
	} {
		h := both(t, Config{})
		h.tooBig(start, c.dst, c.size, c.mtu, c.change)
		require.Empty(t, h.paths.all, name)
	}
	h := both(t, Config{NoPathMTU: true})
	h.tooBig(start, distant, 1500, 1300, nil)
	require.Empty(t, h.paths.all)
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: distant, DontFragment: true}, make([]byte, 100), trace.Reason{}))
	_, sent, _ := h.sent()
	require.False(t, sent.DontFragment)
}

// RFC 1191, Section 7: a router that does not say what fits makes the packets as small as the next common size of links.
func TestPlateaus(t *testing.T) {
	for size, mtu := range map[int]int{1500: 1492, 1492: 1006, 65535: 32000, 1006: 508, 508: 296, 296: 68, 100: 68} {
		m := Message{Type: Unreachable, Code: FragmentationNeeded}
		require.Equal(t, mtu, m.PathMTU(&Quote{Header: Header{TotalLength: size}}), size)
		m.Rest = 67
		require.Equal(t, mtu, m.PathMTU(&Quote{Header: Header{TotalLength: size}}), "less than any link takes")
		m.Rest = 68
		require.Equal(t, 68, m.PathMTU(&Quote{Header: Header{TotalLength: size}}))
	}
	h := both(t, Config{})
	h.tooBig(start, distant, 1500, 0, nil)
	require.Equal(t, 1492, h.PathMTU(start, distant))
}

// Where a path takes less than ICMP is believed, routers must be allowed to cut packets up.
func TestLeastPathMTU(t *testing.T) {
	h := both(t, Config{})
	h.tooBig(start, distant, 1500, 100, nil)
	require.Equal(t, 552, h.PathMTU(start, distant))
	require.NoError(t, h.Send(start, Header{Protocol: UDP, Dst: distant, DontFragment: true}, make([]byte, 532), trace.Reason{}))
	out, sent, _ := h.sent()
	require.Len(t, out.Octets, 552)
	require.False(t, sent.DontFragment)
	h = both(t, Config{LeastPathMTU: 68})
	h.tooBig(start, distant, 1500, 100, nil)
	require.Equal(t, 100, h.PathMTU(start, distant))
}

// What is remembered is bounded: the destination learnt first makes room.
func TestPathsAreBounded(t *testing.T) {
	h := both(t, Config{Paths: 10})
	dst := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}) }
	for i := range 25 {
		h.tooBig(start, dst(i), 1500, 1300, nil)
		require.LessOrEqual(t, len(h.paths.all), 10)
		require.LessOrEqual(t, len(h.paths.at), 10)
	}
	for i := range 25 {
		want := 1500
		if i >= 15 {
			want = 1300
		}
		require.Equal(t, want, h.PathMTU(start, dst(i)), i)
	}
	require.Equal(t, DefaultPaths, both(t, Config{}).cfg.Paths)
}
