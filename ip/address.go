package ip

import (
	"net/netip"
	"slices"
)

// attachment is an interface as the node keeps it.
type attachment struct {
	name      string
	mtu       int
	shared    bool
	loopback  bool
	addresses []address // in the order in which they were added
}

// address is an address of an interface with what is asked of it for every packet.
type address struct {
	addr      netip.Addr
	prefix    netip.Prefix // its network
	broadcast netip.Addr   // of all hosts on its network; invalid if that has none
}

// AddAddress gives an interface one more address, with the network that it is on, and adds the route to that. It reports
// false if the host has the address already, or if the address is of IPv6 and the link takes too little for that: "IPv6
// requires that every link in the Internet have an MTU of 1280 octets or greater" (RFC 8200, Section 5).
func (n *Node) AddAddress(iface int, p netip.Prefix) bool {
	i := &n.interfaces[iface]
	if n.own(p.Addr()) || p.Addr().Is6() && i.mtu < minMTU6 {
		return false
	}
	i.addresses = append(i.addresses, address{p.Addr(), p.Masked(), BroadcastOf(p)})
	n.table.Add(Route{Prefix: p, Interface: iface})
	return true
}

// RemoveAddress takes an address away from an interface, and the route to its network with the last address on it. It
// reports false if the interface does not have it.
func (n *Node) RemoveAddress(iface int, a netip.Addr) bool {
	i := &n.interfaces[iface]
	at := slices.IndexFunc(i.addresses, func(own address) bool { return own.addr == a })
	if at < 0 {
		return false
	}
	network := i.addresses[at].prefix
	i.addresses = slices.Delete(i.addresses, at, at+1)
	if !slices.ContainsFunc(i.addresses, func(own address) bool { return own.prefix == network }) {
		n.table.Remove(Route{Prefix: network, Interface: iface})
	}
	return true
}

// Addresses returns the addresses of an interface, each with its network.
func (n *Node) Addresses(iface int) []netip.Prefix {
	var all []netip.Prefix
	for _, own := range n.interfaces[iface].addresses {
		all = append(all, netip.PrefixFrom(own.addr, own.prefix.Bits()))
	}
	return all
}

// own reports whether a is an address of this host, on whichever interface.
func (n *Node) own(a netip.Addr) bool {
	for i := range n.interfaces {
		for j := range n.interfaces[i].addresses {
			if n.interfaces[i].addresses[j].addr == a {
				return true
			}
		}
	}
	return false
}

// broadcast reports whether a means every host of a network: of the link, or of one that we are attached to
// (RFC 1122, Section 3.2.1.3, cases c and d). IPv6 has no broadcasts.
func (n *Node) broadcast(a netip.Addr) bool {
	if !a.Is4() {
		return false
	}
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	for i := range n.interfaces {
		for j := range n.interfaces[i].addresses {
			if n.interfaces[i].addresses[j].broadcast == a {
				return true
			}
		}
	}
	return false
}

// oldBroadcast reports whether a is what 4.2BSD sent broadcasts to: 0 in place of the host's number. It is an
// address of no host. Routers "SHOULD silently discard on receipt [...] any packet addressed to 0.0.0.0 or {
// <Network-prefix>, 0 }" (RFC 1812, Section 4.2.3.1).
func (n *Node) oldBroadcast(a netip.Addr) bool {
	for i := range n.interfaces {
		for _, own := range n.interfaces[i].addresses {
			if own.broadcast.IsValid() && own.prefix.Addr() == a {
				return true
			}
		}
	}
	return false
}

// badSource reports whether a cannot be the source of a packet that arrives: "A host MUST silently discard an
// incoming datagram containing an IP source address that is invalid by the rules of this section"
// (RFC 1122, Section 3.2.1.3); "Martian Address Filtering" (RFC 1812, Section 5.3.7). An address of our own is
// forged, since the packet comes from a link.
func (n *Node) badSource(a netip.Addr) bool {
	if a.IsMulticast() || n.own(a) {
		return true
	}
	if a.Is6() {
		return badDestination(a)
	}
	return special(a) || n.broadcast(a) || n.oldBroadcast(a)
}

// leadsBack reports whether one of the best routes to a packet's source is through the interface that it arrived on. Who has no
// address yet, or only one for the link, cannot be asked for that.
func (n *Node) leadsBack(d *Delivery) bool {
	src := d.Header.Src
	if src.IsUnspecified() || src.IsLinkLocalUnicast() || n.interfaces[d.Interface].loopback {
		return true
	}
	e, _ := n.table.find(src)
	if e == nil {
		return false
	}
	set := &n.table.sets.sets[e.value]
	return slices.ContainsFunc(set.paths[:set.best], func(p path) bool { return p.iface == d.Interface })
}

// forged reports whether the source of a packet that came over a link cannot be true.
func (n *Node) forged(d *Delivery) bool {
	return n.badSource(d.Header.Src) && !n.interfaces[d.Interface].loopback
}

// badDestination reports whether a is an IPv6 address that no packet on a link may be from or to: the unspecified one
// (RFC 4291, Section 2.5.2), loopback, which stays within a node (RFC 4291, Section 2.5.3), those that stand for IPv4
// addresses inside a program (RFC 4291, Section 2.5.5.2), and groups that reach no farther than an interface
// (RFC 4291, Section 2.7).
func badDestination(a netip.Addr) bool {
	if !a.Is6() {
		return false
	}
	return a.IsUnspecified() || a.IsLoopback() || a.Is4In6() || a.IsMulticast() && scope(a) <= 1
}

// seeksAddress reports whether the packet may come from 0.0.0.0: that is "this host on this network", which "MUST NOT be
// sent, except as a source address as part of an initialization procedure by which the host learns its own IP address"
// (RFC 1122, Section 3.2.1.3, case a), such as DHCP. In IPv6 it is the source of a host that asks whether its address is free
// (RFC 4862, Section 5.4.2).
func (n *Node) seeksAddress(h *Header) bool {
	if h.Src == netip.IPv6Unspecified() {
		return h.Protocol == ICMPv6 && h.Dst.IsLinkLocalMulticast()
	}
	return h.Src == netip.IPv4Unspecified() && h.Protocol == UDP && n.broadcast(h.Dst)
}

// special reports whether the IPv4 address a is on network 0, on the loopback network 127 or of class E. No packet on a
// link is from or to such an address, except the limited broadcast's.
func special(a netip.Addr) bool {
	first := a.As4()[0]
	return first == 0 || first == 127 || first >= 240
}

// BroadcastOf returns the address of all hosts of an IPv4 network: its last. Networks of one or two addresses have
// none.
func BroadcastOf(p netip.Prefix) netip.Addr {
	if !p.Addr().Is4() || p.Bits() > 30 {
		return netip.Addr{}
	}
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b)
}
