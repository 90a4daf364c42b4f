package ip

import (
	"math/bits"
	"net/netip"
)

// source returns the address of the interface to speak to dst from; invalid if it has none of dst's family. Of several it is
// the best by the rules of RFC 6724, Section 5 that can make a difference on one interface: the same address, an
// appropriate scope, a matching label, the longest matching prefix; of equals the one added first.
func (i *attachment) source(dst netip.Addr) netip.Addr {
	var best netip.Addr
	for j := range i.addresses {
		if a := i.addresses[j].addr; a.Is4() == dst.Is4() && (!best.IsValid() || betterSource(a, best, dst)) {
			best = a
		}
	}
	return best
}

// betterSource reports whether a is a better source than b for packets to dst.
func betterSource(a, b, dst netip.Addr) bool {
	if a == dst || b == dst { // Rule 1: Prefer same address.
		return a == dst
	}
	if x, y := scope(a), scope(b); x != y { // Rule 2: Prefer appropriate scope.
		if x < y {
			return x >= scope(dst)
		}
		return y < scope(dst)
	}
	if x, y := label(a) == label(dst), label(b) == label(dst); x != y { // Rule 6: Prefer matching label.
		return x
	}
	return commonBits(a, dst) > commonBits(b, dst) // Rule 8: Use longest matching prefix.
}

// scope returns how far an address reaches: the scope values of multicast addresses (RFC 4291, Section 2.7), to which
// unicast addresses are mapped (RFC 6724, Section 3.1).
func scope(a netip.Addr) int {
	const (
		linkLocal = 2
		global    = 14
	)
	switch {
	case a.Is6() && a.IsMulticast():
		return int(a.As16()[1] & 15)
	case a.IsLinkLocalUnicast() || a.IsLoopback() || a.IsLinkLocalMulticast():
		return linkLocal
	}
	return global
}

// commonBits returns how many leading bits two addresses of one family have in common.
func commonBits(a, b netip.Addr) int {
	x, y := a.As16(), b.As16()
	for i := range x {
		if x[i] != y[i] {
			return 8*i + bits.LeadingZeros8(x[i]^y[i])
		}
	}
	return 128
}
