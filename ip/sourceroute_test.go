package ip

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// routed returns a packet from the client to the router that is to go on to stops.
func routed(kind OptionKind, stops ...netip.Addr) []byte {
	option := []byte{byte(kind), byte(3 + 4*len(stops)), 4}
	for _, a := range stops {
		option = append(option, a.AsSlice()...)
	}
	return packet(Header{TTL: 64, Protocol: UDP, Src: client, Dst: near, Options: option}, make([]byte, 8))
}

// RFC 791, Section 3.1: with each stop the next address moves into the header, and the one that the packet left from into the
// list. RFC 7126, Sections 4.3.5 and 4.4.5: nobody does so unless told to.
func TestSourceRoutes(t *testing.T) {
	for _, kind := range []OptionKind{OptionLooseRoute, OptionStrictRoute} {
		r := newRouter6(t, Config{SourceRoutes: true})
		b := routed(kind, server, distant)
		before := append([]byte(nil), b...)
		_, ok := r.give(0, b)
		require.False(t, ok)
		out, h, payload := r.sent()
		require.Equal(t, before, b, "the packet that arrived is not touched")
		require.Equal(t, [4]any{1, server, client, uint8(63)}, [4]any{out.Interface, h.Dst, h.Src, h.TTL})
		require.Len(t, payload, 8)
		route := sourceRoute(h.Options)
		require.Equal(t, byte(8), route[2])
		require.Equal(t, far.AsSlice(), route[3:7], "the address that it left from")
		require.Equal(t, distant.AsSlice(), route[7:11])

		r = newRouter6(t, Config{})
		r.give(0, b)
		r.discarded("discards a packet that wants to choose its own way (source route)")
		require.Equal(t, uint64(1), r.Counters().SourceRoute)
		r.silent()
	}
}

// RFC 791, Section 3.1: at its end a packet with a source route is for who has its destination address.
func TestSourceRouteEnds(t *testing.T) {
	h := &rig{t: t}
	h.Node = New(Config{SourceRoutes: true}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	option := append([]byte{byte(OptionLooseRoute), 7, 8}, far.AsSlice()...)
	d, ok := h.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: client, Dst: server, Options: option}, make([]byte, 8)))
	require.True(t, ok)
	require.Len(t, d.Payload, 8)
}

// RFC 1812, Section 5.2.7.1: a route that cannot be followed is told of with code 5.
func TestSourceRouteFails(t *testing.T) {
	for name, b := range map[string][]byte{
		"no route there":         routed(OptionLooseRoute, netip.MustParseAddr("198.51.100.7")),
		"strict, but not beside": routed(OptionStrictRoute, distant),
	} {
		r := newRouter6(t, Config{SourceRoutes: true})
		r.AddRoute(Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Via: server, Interface: 1})
		r.give(0, b)
		_, h, m := r.sentError()
		require.Equal(t, [3]any{Unreachable, SourceRouteFailed, client}, [3]any{m.Type, m.Code, h.Dst}, name)
		r.silent()
	}
	for name, option := range map[string][]byte{
		"two of them":     {131, 7, 4, 10, 0, 2, 20, 137, 7, 4, 10, 0, 2, 20},
		"pointer below 4": {131, 7, 3, 10, 0, 2, 20},
		"no pointer":      {131, 2},
	} {
		r := newRouter6(t, Config{SourceRoutes: true})
		r.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: client, Dst: near, Options: option}, make([]byte, 8)))
		_, _, m := r.sentError()
		require.Equal(t, ParameterProblem, m.Type, name)
	}
}

// RFC 1122, Section 3.2.2.6: the reply to an echo that came by a source route goes back by the same way.
func TestEchoReplyReversesTheRoute(t *testing.T) {
	h := &rig{t: t}
	h.Node = New(Config{SourceRoutes: true}, nil)
	h.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24)}, MTU: 1500})
	h.AddRoute(Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: far})
	option := append(append([]byte{byte(OptionLooseRoute), 11, 12}, distant.AsSlice()...), far.AsSlice()...)
	_, ok := h.give(0, packet(Header{TTL: 64, Protocol: ICMP, Src: client, Dst: server, Options: option}, message(Echo(server, 1, 2, nil))))
	require.False(t, ok)
	_, reply, payload := h.sent()
	require.Equal(t, uint8(EchoReply), payload[0])
	require.Equal(t, [2]netip.Addr{server, far}, [2]netip.Addr{reply.Src, reply.Dst}, "to the last stop first")
	route := sourceRoute(reply.Options)
	require.Equal(t, append(append([]byte{byte(OptionLooseRoute), 11, 4}, distant.AsSlice()...), client.AsSlice()...), route)
}
