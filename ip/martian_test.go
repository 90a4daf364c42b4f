package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// newRouter6 has client6's network on interface 0 and server6's on interface 1; both have link-local addresses.
func newRouter6(t testing.TB, cfg Config) *rig {
	r := &rig{t: t}
	cfg.Forward = true
	r.Node = New(cfg, trace.New("r1", r.emit))
	r.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{
		netip.PrefixFrom(near6, 64), netip.MustParsePrefix("fe80::1/64"), netip.PrefixFrom(near, 24),
	}, MTU: 1500})
	r.AddInterface(Interface{Name: "eth1", Prefixes: []netip.Prefix{
		netip.MustParsePrefix("2001:db8:2::1/64"), netip.MustParsePrefix("fe80::2/64"), netip.PrefixFrom(far, 24),
	}, MTU: 1500})
	return r
}

// RFC 4291, Sections 2.5.2, 2.5.3, 2.5.5.2 and 2.7; RFC 4443, Section 2.4 (e): from nobody, from groups, from inside a program,
// from this host itself.
func TestMartians6(t *testing.T) {
	for _, src := range []string{"::", "::1", "ff02::5", "ff0e::1", "::ffff:10.0.0.1", near6.String(), "2001:db8:2::1"} {
		for _, dst := range []netip.Addr{near6, server6} {
			r := newRouter6(t, Config{})
			_, ok := r.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: netip.MustParseAddr(src), Dst: dst}, make([]byte, 8)))
			require.False(t, ok, src)
			r.discarded("discards a packet whose source is no address of a single other host")
			require.Equal(t, uint64(1), r.Counters().BadSource)
			r.silent()
		}
	}
	for _, dst := range []string{"::", "::1", "::ffff:10.0.0.1", "ff00::1", "ff01::1"} {
		r := newRouter6(t, Config{})
		_, ok := r.give(0, packet(Header{TTL: 64, Protocol: UDP, Src: client6, Dst: netip.MustParseAddr(dst)}, make([]byte, 8)))
		require.False(t, ok, dst)
		r.discarded("discards a packet for an address that no packet on a link is for")
		r.silent()
	}
}

// RFC 1812, Section 5.3.8: a source that no route leads to where the packet came from is forged, if the router is told to check.
func TestReversePath(t *testing.T) {
	for _, c := range []struct {
		iface    int
		src, dst netip.Addr
		forged   bool
	}{
		{0, client6, server6, false},
		{1, client6, server6, true},
		{0, client, server, false},
		{1, client, near, true},
		{0, distant, server, true},
		{0, netip.MustParseAddr("fe80::9"), near6, false},
	} {
		b := packet(Header{TTL: 64, Protocol: UDP, Src: c.src, Dst: c.dst}, make([]byte, 8))
		r := newRouter6(t, Config{ReversePath: true})
		r.give(c.iface, b)
		require.Equal(t, c.forged, r.Counters().ReversePath == 1, "%v", c)
		if c.forged {
			r.discarded("discards a packet whose source is not reached where it came from: it may be forged")
			r.silent()
		}
		r = newRouter6(t, Config{})
		r.give(c.iface, b)
		require.Zero(t, r.Counters().ReversePath)
	}
	r := newRouter6(t, Config{ReversePath: true})
	r.AddRoute(Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Via: client})
	r.table.Add(Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Via: server, Interface: 1})
	for iface := range 2 {
		r.give(iface, packet(Header{TTL: 64, Protocol: UDP, Src: distant, Dst: near}, make([]byte, 8)))
	}
	require.Zero(t, r.Counters().ReversePath, "each of several equal routes will do")
}

// RFC 4291, Section 2.5.6: link-local addresses stay on their link, and answers to them too. RFC 4443, Section 3.1: who sends
// farther from such an address is told so.
func TestLinkLocalStaysOnItsLink(t *testing.T) {
	local := netip.MustParseAddr("fe80::9")
	for iface, own := range []string{"fe80::1", "fe80::2"} {
		r := newRouter6(t, Config{})
		m := Echo(local, 1, 1, nil)
		b := make([]byte, m.Len())
		m.Put(b, local, netip.MustParseAddr(own))
		r.give(iface, packet(Header{TTL: 64, Protocol: ICMPv6, Src: local, Dst: netip.MustParseAddr(own)}, b))
		out, h, _ := r.sent()
		require.Equal(t, [3]any{iface, local, own}, [3]any{out.Interface, out.NextHop, h.Src.String()})

		r.give(iface, packet(Header{TTL: 64, Protocol: UDP, Src: local, Dst: netip.MustParseAddr("2001:db8:9::1")}, make([]byte, 8)))
		out, h, payload := r.sent()
		back, err := ParseICMP(h.Src, h.Dst, payload)
		require.NoError(t, err)
		require.Equal(t, [4]any{Unreachable6, BeyondScope6, iface, own}, [4]any{back.Type, back.Code, out.Interface, h.Src.String()})

		r.give(iface, packet(Header{TTL: 64, Protocol: UDP, Src: client6, Dst: local}, make([]byte, 8)))
		r.silent()
	}
}

// RFC 8200, Section 5: a link that takes less than 1280 octets has no IPv6.
func TestLeastMTU6(t *testing.T) {
	n := New(Config{}, nil)
	i := n.AddInterface(Interface{Prefixes: []netip.Prefix{netip.PrefixFrom(server, 24), netip.PrefixFrom(server6, 64)}, MTU: 1279})
	require.Len(t, n.Addresses(i), 1)
	require.False(t, n.AddAddress(i, netip.PrefixFrom(server6, 64)))
	i = n.AddInterface(Interface{MTU: 1280})
	require.True(t, n.AddAddress(i, netip.PrefixFrom(server6, 64)))
}

// RFC 6724, Section 5, Rule 6: unique local addresses speak to their like.
func TestSourceLabels(t *testing.T) {
	n := New(Config{}, nil)
	i := n.AddInterface(Interface{MTU: 1500, Prefixes: []netip.Prefix{
		netip.MustParsePrefix("2001:db8::2/64"), netip.MustParsePrefix("fd00::2/64"), netip.MustParsePrefix("2002:a00:1::2/64"),
	}})
	for dst, src := range map[string]string{
		"fc00::9": "fd00::2", "2002:b00:1::9": "2002:a00:1::2", "2600::9": "2001:db8::2", "3fff::1": "2001:db8::2",
	} {
		require.Equal(t, src, n.SourceOn(i, netip.MustParseAddr(dst)).String(), dst)
	}
}

// RFC 4443, Section 2.4, point f: errors are limited by a token bucket, of both versions together.
func TestErrorsAreLimited6(t *testing.T) {
	r := newRouter6(t, Config{ErrorRate: 10, ErrorBurst: 3})
	for i := range 20 {
		b := packet(Header{TTL: 1, Protocol: UDP, Src: client6, Dst: server6}, make([]byte, 8))
		r.Receive(start.Add(time.Duration(i)*50*time.Millisecond), 0, b, 0, 0)
	}
	c := r.Counters()
	require.Equal(t, uint64(20), c.ErrorsSent+c.ErrorsLimited)
	require.InDelta(t, 3+10, c.ErrorsSent, 1)
}
