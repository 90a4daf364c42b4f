package ip

import "net/netip"

// own reports whether a is an address of this host, on whichever interface.
func (n *Node) own(a netip.Addr) bool {
	for i := range n.interfaces {
		if n.interfaces[i].addr == a && a.IsValid() {
			return true
		}
	}
	return false
}

// broadcast reports whether a means every host of a network: of the link, or of one that we are attached to
// (RFC 1122, Section 3.2.1.3, cases c and d).
func (n *Node) broadcast(a netip.Addr) bool {
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for i := range n.interfaces {
		if n.interfaces[i].broadcast == a {
			return true
		}
	}
	return false
}

// oldBroadcast reports whether a is what 4.2BSD sent broadcasts to: 0 in place of the host's number. It is an
// address of no host. Routers "SHOULD silently discard on receipt [...] any packet addressed to 0.0.0.0 or {
// <Network-prefix>, 0 }" (RFC 1812, Section 4.2.3.1).
func (n *Node) oldBroadcast(a netip.Addr) bool {
	for i := range n.interfaces {
		if n.interfaces[i].broadcast.IsValid() && n.interfaces[i].Prefix.Masked().Addr() == a {
			return true
		}
	}
	return false
}

// badSource reports whether a cannot be the source of a packet that arrives: "A host MUST silently discard an
// incoming datagram containing an IP source address that is invalid by the rules of this section"
// (RFC 1122, Section 3.2.1.3); "Martian Address Filtering" (RFC 1812, Section 5.3.7). An address of our own is
// forged, since the packet comes from a link.
func (n *Node) badSource(a netip.Addr) bool {
	return special(a) || a.IsMulticast() || n.own(a) || n.broadcast(a) || n.oldBroadcast(a)
}

// seeksAddress reports whether the packet may come from 0.0.0.0: that is "this host on this network", which "MUST NOT be
// sent, except as a source address as part of an initialization procedure by which the host learns its own IP address"
// (RFC 1122, Section 3.2.1.3, case a), such as DHCP.
func (n *Node) seeksAddress(h *Header) bool {
	return h.Src == netip.IPv4Unspecified() && h.Protocol == UDP && n.broadcast(h.Dst)
}

// special reports whether a is on network 0, on the loopback network 127 or of class E. No packet on a link
// is from or to such an address, except the limited broadcast's.
func special(a netip.Addr) bool {
	first := a.As4()[0]
	return first == 0 || first == 127 || first >= 240
}

// broadcastOf returns the address of all hosts of an IPv4 network: its last. Networks of one or two addresses have
// none.
func broadcastOf(p netip.Prefix) netip.Addr {
	if !p.Addr().Is4() || p.Bits() > 30 {
		return netip.Addr{}
	}
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}
