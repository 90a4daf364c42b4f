package ip

import (
	"cmp"
	"net/netip"
	"slices"
)

// SortDestinations puts the addresses of a destination into the order in which they should be tried (RFC 6724, Section 6).
func (n *Node) SortDestinations(dst []netip.Addr) {
	if len(dst) < 2 {
		return
	}
	slices.SortStableFunc(dst, func(a, b netip.Addr) int {
		sa, oka := n.Source(a)
		sb, okb := n.Source(b)
		if oka != okb || !oka { // Rule 1: Avoid unusable destinations
			return first(oka, okb)
		}
		return cmp.Or(
			first(scope(a) == scope(sa), scope(b) == scope(sb)), // Rule 2: Prefer matching scope
			first(label(a) == label(sa), label(b) == label(sb)), // Rule 5: Prefer matching label
			cmp.Compare(n.precedence(b), n.precedence(a)),       // Rule 6: Prefer higher precedence
			cmp.Compare(scope(a), scope(b)),                     // Rule 8: Prefer smaller scope
			longer(a, sa, b, sb),                                // Rule 9: Use longest matching prefix
		)
	})
}

// first orders what holds of one of two before what does not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// longer compares how much of two IPv6 destinations their sources share; those of IPv4 are all alike.
func longer(a, sa, b, sb netip.Addr) int {
	if a.Is4() || b.Is4() {
		return 0
	}
	return cmp.Compare(commonBits(b, sb), commonBits(a, sa))
}

// policy is a row of the policy table.
type policy struct {
	prefix            netip.Prefix
	precedence, label int
}

// policyOf returns the row of the default policy table for an address (RFC 6724, Section 2.1).
func policyOf(a netip.Addr) policy {
	mapped := netip.AddrFrom16(a.As16())
	best := policy{}
	for _, p := range [...]policy{
		{netip.PrefixFrom(netip.IPv6Loopback(), 128), 50, 0},
		{netip.PrefixFrom(netip.IPv6Unspecified(), 0), 40, 1},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{10: 0xff, 11: 0xff}), 96), 35, 4},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x02}), 16), 30, 2},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{0x20, 0x01}), 32), 5, 5},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfc}), 7), 3, 13},
		{netip.PrefixFrom(netip.IPv6Unspecified(), 96), 1, 3},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{0xfe, 0xc0}), 10), 1, 11},
		{netip.PrefixFrom(netip.AddrFrom16([16]byte{0x3f, 0xfe}), 16), 1, 12},
	} {
		if containsMapped(p.prefix, mapped) && (!best.prefix.IsValid() || p.prefix.Bits() > best.prefix.Bits()) {
			best = p
		}
	}
	return best
}

// containsMapped is Contains that takes an IPv4-mapped address for the IPv6 address that it is.
func containsMapped(p netip.Prefix, a netip.Addr) bool { return commonBits(p.Addr(), a) >= p.Bits() }

func label(a netip.Addr) int { return policyOf(a).label }

// precedence returns how much a destination is preferred. Unique local addresses of the site that this host is in come
// before IPv4, as RFC 6724, Section 10.6 shows how to configure: its /48 is known from the host's own addresses.
func (n *Node) precedence(a netip.Addr) int {
	p := policyOf(a)
	if p.label != 13 {
		return p.precedence
	}
	for i := range n.interfaces {
		for _, own := range n.interfaces[i].addresses {
			if own.addr.Is6() && commonBits(own.addr, a) >= 48 {
				return 41
			}
		}
	}
	return p.precedence
}
