package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// membership is a multicast group on an interface.
type membership struct {
	iface int
	group netip.Addr
}

// Join makes the node take packets for a multicast group that arrive on an interface (RFC 1112, Section 7.1). Who joins
// twice has to leave twice. No neighbour is told: links here carry every packet to their other end, and switches pass on
// packets for groups to everybody.
func (n *Node) Join(iface int, group netip.Addr) {
	if n.groups == nil {
		n.groups = make(map[membership]int)
	}
	n.groups[membership{iface, group}]++
}

// Leave ends what Join began.
func (n *Node) Leave(iface int, group netip.Addr) {
	m := membership{iface, group}
	if n.groups[m]--; n.groups[m] <= 0 {
		delete(n.groups, m)
	}
}

// Member reports whether packets for a group that arrive on an interface are for this host: if it has joined the group, or
// if every host is a member.
func (n *Node) Member(iface int, group netip.Addr) bool {
	return n.everyones(iface, group) || n.groups[membership{iface, group}] > 0
}

// everyones reports whether every host on an interface is a member of a group: of all hosts, 224.0.0.1 (RFC 1112, Section 4);
// of all nodes, ff02::1, routers of all routers, ff02::2, and whoever has an address of the group that it gives
// (RFC 4291, Section 2.8).
func (n *Node) everyones(iface int, group netip.Addr) bool {
	if group.Is4() {
		return group == netip.AddrFrom4([4]byte{224, 0, 0, 1})
	}
	if group == netip.IPv6LinkLocalAllNodes() || group == netip.IPv6LinkLocalAllRouters() && n.cfg.Forward {
		return true
	}
	for _, a := range n.interfaces[iface].addresses {
		if a.addr.Is6() && group == SolicitedNode(a.addr) {
			return true
		}
	}
	return false
}

// SolicitedNode returns the group that everybody joins who has an IPv6 address that ends like a: those who look for the
// neighbour with the address ask there (RFC 4291, Section 2.7.1).
func SolicitedNode(a netip.Addr) netip.Addr {
	b := a.As16()
	return netip.AddrFrom16([16]byte{0: 0xff, 1: 2, 11: 1, 12: 0xff, 13: b[13], 14: b[14], 15: b[15]})
}

// ToMany reports whether a is the address of many hosts: of a group, or of all on a network.
func (n *Node) ToMany(a netip.Addr) bool { return a.IsMulticast() || n.broadcast(a) }

// SendOn queues a packet of our own for an interface, whatever the routes say: one for a multicast group or for all hosts
// on the link, or one from an interface that has no address yet. It fills in what h leaves open, as Send does; but
// without an address on the interface the source is 0.0.0.0, as long as a host does not know its address (RFC 1122,
// Section 3.2.1.3), and a packet for a group has a time to live of 1: "If the upper-layer protocol chooses not to
// specify a time-to-live, it should default to 1 for all multicast IP datagrams" (RFC 1112, Section 6.1).
func (n *Node) SendOn(now time.Time, iface int, h Header, payload []byte, why trace.Reason) error {
	if h.TTL == 0 && h.Dst.IsMulticast() {
		h.TTL = 1
	}
	switch own := n.interfaces[iface].source(h.Dst); {
	case h.Src.IsValid() && !h.Src.IsUnspecified() && !n.own(h.Src):
		return ErrSource
	case !h.Src.IsValid() && own.IsValid():
		h.Src = own
	case !h.Src.IsValid() && h.Dst.Is6():
		h.Src = netip.IPv6Unspecified()
	case !h.Src.IsValid():
		h.Src = netip.IPv4Unspecified()
	}
	return n.queuePacket(now, iface, h.Dst, h, payload, why)
}

// SourceOn returns the address that SendOn speaks to dst from; invalid if the interface has none yet.
func (n *Node) SourceOn(iface int, dst netip.Addr) netip.Addr { return n.interfaces[iface].source(dst) }

// deliverToMany takes a packet that is for a group that this host is a member of, or for every host on a network. Only
// UDP has a use for it: "A TCP implementation MUST silently discard an incoming SYN segment that is addressed to a
// broadcast or multicast address" (RFC 1122, Section 4.2.3.10), and an echo request "MAY be silently discarded"
// (RFC 1122, Section 3.2.2.6). ICMPv6 is for groups too: neighbours find each other so (RFC 4861, Section 4).
func (n *Node) deliverToMany(now time.Time, d *Delivery) bool {
	if d.Header.Protocol != UDP && d.Header.Protocol != ICMPv6 && !d.Header.IsFragment() {
		n.discard(now, d, &n.counters.Broadcast, "discards a packet for many hosts, of a protocol that has no use for it", wire.RFC("1122", "3.2.2.6"))
		return false
	}
	return n.deliver(now, d)
}
