package ip

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

var (
	client6 = netip.MustParseAddr("2001:db8:1::2")
	near6   = netip.MustParseAddr("2001:db8:1::1")
	server6 = netip.MustParseAddr("2001:db8:2::9")
)

// newHost6 is server6, with a default route.
func newHost6(t testing.TB) *rig {
	h := &rig{t: t}
	h.Node = New(Config{ID: 500}, trace.New("server", h.emit))
	h.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{netip.PrefixFrom(server6, 64)}, MTU: 1500})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("::/0"), Via: netip.MustParseAddr("2001:db8:2::1")})
	return h
}

// sentError6 returns the ICMPv6 error that the node sends.
func (r *rig) sentError6() (Header, Message) {
	r.t.Helper()
	_, h, payload := r.sent()
	m, err := ParseICMP(h.Src, h.Dst, payload)
	require.NoError(r.t, err)
	require.True(r.t, m.IsError())
	return h, m
}

// with6 returns a packet to dst with extension headers, each behind its kind and with its first octet still to be filled in.
func with6(dst netip.Addr, payload []byte, last Protocol, extensions ...any) []byte {
	h := Header{Src: client6, Dst: dst, TTL: 64, Protocol: last, FirstExtension: last}
	before := -1
	for i := 0; i < len(extensions); i += 2 {
		kind, b := extensions[i].(Protocol), extensions[i+1].([]byte)
		if before < 0 {
			h.FirstExtension = kind
		} else {
			h.Extensions[before] = byte(kind)
		}
		before = len(h.Extensions)
		h.Extensions = append(h.Extensions, b...)
	}
	return packet(h, payload)
}

func TestExtensionHeadersAreProcessed(t *testing.T) {
	pad := []byte{0, 0, 1, 4, 0, 0, 0, 0}
	option := func(kind byte) []byte { return []byte{0, 0, 1, 0, kind, 2, 0, 0} }
	group := netip.IPv6LinkLocalAllNodes()
	for name, c := range map[string]struct {
		b         []byte
		delivered bool
		code      int // of the Parameter Problem; -1: there is none
		pointer   int
	}{
		"padding in all":                            {with6(server6, make([]byte, 8), UDP, HopByHopOptions, pad, DestinationOptions, pad), true, -1, 0},
		"RFC 2711, Section 2.1: a router alert":     {with6(server6, make([]byte, 8), UDP, HopByHopOptions, option(5)), true, -1, 0},
		"RFC 8200, Section 4.2: 00, skip":           {with6(server6, make([]byte, 8), UDP, DestinationOptions, option(0x1e)), true, -1, 0},
		"RFC 8200, Section 4.2: 01, discard":        {with6(server6, nil, UDP, DestinationOptions, option(0x5e)), false, -1, 0},
		"RFC 8200, Section 4.2: 10, report":         {with6(server6, nil, UDP, HopByHopOptions, pad, DestinationOptions, option(0x9e)), false, 2, 52},
		"RFC 8200, Section 4.2: 11, report":         {with6(server6, nil, UDP, DestinationOptions, option(0xde)), false, 2, 44},
		"RFC 8200, Section 4.2: 10, to a group":     {with6(group, nil, UDP, DestinationOptions, option(0x9e)), false, 2, 44},
		"RFC 8200, Section 4.2: 11, to a group":     {with6(group, nil, UDP, DestinationOptions, option(0xde)), false, -1, 0},
		"an option beyond its header":               {with6(server6, nil, UDP, DestinationOptions, []byte{0, 0, 1, 9, 0, 0, 0, 0}), false, 0, 43},
		"RFC 5095, Section 3: routing type 0":       {with6(server6, nil, UDP, RoutingHeader, append([]byte{0, 2, 0, 1, 0, 0, 0, 0}, near6.AsSlice()...)), false, 0, 42},
		"RFC 8200, Section 4.4: unknown type":       {with6(server6, nil, UDP, RoutingHeader, []byte{0, 0, 9, 3, 0, 0, 0, 0}), false, 0, 42},
		"RFC 8200, Section 4.4: no segments left":   {with6(server6, make([]byte, 8), UDP, RoutingHeader, []byte{0, 0, 0, 0, 0, 0, 0, 0}), true, -1, 0},
		"RFC 8200, Section 4.7: no next header":     {with6(server6, []byte("ignored"), NoNextHeader), false, -1, 0},
		"no next header behind options":             {with6(server6, nil, NoNextHeader, DestinationOptions, pad), false, -1, 0},
		"more headers than any packet needs":        {with6(server6, nil, UDP, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad, DestinationOptions, pad), false, -1, 0},
		"RFC 8200, Section 4: hop-by-hop not first": {with6(server6, nil, UDP, DestinationOptions, pad, HopByHopOptions, pad), true, -1, 0}, // as protocol 0
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost6(t)
			d, ok := h.give(0, c.b)
			require.Equal(t, c.delivered, ok)
			if !ok {
				require.Equal(t, trace.Discarded, h.events[0].Kind)
			}
			if c.code < 0 {
				h.silent()
				return
			}
			back, m := h.sentError6()
			require.Equal(t, [2]any{server6, client6}, [2]any{back.Src, back.Dst})
			require.Equal(t, [3]any{ParameterProblem6, uint8(c.code), c.pointer}, [3]any{m.Type, m.Code, m.Pointer()})
			require.Equal(t, c.b, m.Data)
			_ = d
		})
	}
}

// RFC 8200, Section 4, and RFC 4443, Section 3.4: the pointer is to the field that says what is unknown.
func TestUnknownNextHeader(t *testing.T) {
	pad := []byte{0, 0, 1, 4, 0, 0, 0, 0}
	for pointer, b := range map[int][]byte{
		6:  with6(server6, []byte("????"), 99),
		40: with6(server6, []byte("????"), 99, DestinationOptions, pad),
		48: with6(server6, []byte("????"), 99, HopByHopOptions, pad, DestinationOptions, pad),
		41: nil,
	} {
		if pointer == 41 {
			pointer, b = 40, with6(server6, nil, UDP, DestinationOptions, pad, HopByHopOptions, pad)
		}
		h := newHost6(t)
		d, ok := h.give(0, b)
		require.True(t, ok)
		h.Unreachable(start, d, ProtocolUnreachable, trace.Reason{})
		_, m := h.sentError6()
		require.Equal(t, [3]any{ParameterProblem6, UnknownNextHeader, pointer}, [3]any{m.Type, m.Code, m.Pointer()})
	}
}

// RFC 4443, Section 2.4, points a and b.
func TestUnknownICMP6(t *testing.T) {
	h := newHost6(t)
	about := packet(Header{Src: server6, Dst: client6, TTL: 64, Protocol: UDP}, make([]byte, 8))
	for typ, delivered := range map[MessageType]bool{version6 + 100: true, version6 + 200: false} {
		m := Message{Type: typ, Data: about}
		b := make([]byte, m.Len())
		m.Put(b, client6, server6)
		_, ok := h.give(0, packet(Header{Src: client6, Dst: server6, TTL: 64, Protocol: ICMPv6}, b))
		require.Equal(t, delivered, ok)
		h.silent()
	}
}

// RFC 4291, Section 2.5.2: who has no address yet looks for neighbors and routers, and asks nothing else.
func TestMessagesFromNobody(t *testing.T) {
	unspecified, all := netip.IPv6Unspecified(), netip.IPv6LinkLocalAllNodes()
	h := newHost6(t)
	m := Echo(server6, 1, 1, nil)
	b := make([]byte, m.Len())
	m.Put(b, unspecified, all)
	_, ok := h.give(0, packet(Header{Src: unspecified, Dst: all, TTL: 255, Protocol: ICMPv6}, b))
	require.False(t, ok)
	h.discarded("discards an ICMP message from nobody")
	_, ok = h.give(0, packet(Header{Src: unspecified, Dst: server6, TTL: 255, Protocol: UDP}, make([]byte, 8)))
	require.False(t, ok)
	h.discarded("discards a packet whose source is no address of a single other host")
	h.silent()
}
