package ip

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 6724, Section 6, rule by rule.
func TestSortDestinations(t *testing.T) {
	list := func(all ...string) (addrs []netip.Addr) {
		for _, a := range all {
			addrs = append(addrs, netip.MustParseAddr(a))
		}
		return addrs
	}
	for _, c := range []struct {
		rule string
		own  []string
		in   []netip.Addr
		want []netip.Addr
	}{
		{"1: avoid unusable destinations", []string{"10.0.0.1/24"}, list("2001:db8::2", "192.0.2.1", "10.0.0.2"), list("10.0.0.2", "2001:db8::2", "192.0.2.1")},
		{"2: prefer matching scope", []string{"fe80::1/64", "10.0.0.1/8", "::/0"}, list("2001:db8::2", "10.0.0.2"), list("10.0.0.2", "2001:db8::2")},
		{"5: prefer matching label", []string{"2002:a00:1::1/64", "10.0.0.1/8", "::/0"}, list("2600::2", "10.0.0.2"), list("10.0.0.2", "2600::2")},
		{"6: prefer higher precedence", []string{"2600::1/64", "10.0.0.1/8"}, list("10.0.0.2", "2600::2"), list("2600::2", "10.0.0.2")},
		{"6: unique local addresses of elsewhere after IPv4", []string{"fd01::1/64", "10.0.0.1/8", "::/0"}, list("fd02::2", "10.0.0.2"), list("10.0.0.2", "fd02::2")},
		{"6: those of one's own site before it (Section 10.6)", []string{"fd00:0:0:1::1/64", "10.0.0.1/8", "::/0"}, list("10.0.0.2", "fd00:0:0:2::2"), list("fd00:0:0:2::2", "10.0.0.2")},
		{"8: prefer smaller scope", []string{"2600::1/64", "fe80::1/64"}, list("2600::2", "fe80::2"), list("fe80::2", "2600::2")},
		{"9: use longest matching prefix", []string{"2600::1/64", "::/0"}, list("2610::1", "2600:0:0:1::1"), list("2600:0:0:1::1", "2610::1")},
		{"10: otherwise leave the order", []string{"10.0.0.1/8"}, list("10.9.0.2", "10.0.0.2"), list("10.9.0.2", "10.0.0.2")},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := New(Config{}, (*trace.Tracer)(nil))
			n.AddInterface(Interface{Name: "eth0", MTU: 1500})
			for _, own := range c.own {
				p := netip.MustParsePrefix(own)
				if p.Bits() == 0 {
					n.AddRoute(Route{Prefix: p, Via: netip.MustParseAddr("fe80::9")})
					continue
				}
				n.AddAddress(0, p)
			}
			n.SortDestinations(c.in)
			require.Equal(t, c.want, c.in)
		})
	}
}
