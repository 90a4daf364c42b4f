package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
)

// Owns reports whether a is an address of this host, on whichever interface.
func (n *Node) Owns(a netip.Addr) bool { return n.own(a) }

// Send queues a packet of our own. It fills in what h leaves open: the source address (that of the interface
// which leads to Dst), TTL, identification, length. A packet that is too big for the link is sent in fragments,
// unless h.DontFragment. The error is ErrNoRoute, ErrTooBig, or ErrSource: "the IP source address MUST be one of
// its own IP addresses" (RFC 1122, Section 3.2.1.3).
func (n *Node) Send(now time.Time, h Header, payload []byte, why trace.Reason) error {
	r, ok := n.Route(h.Dst)
	if !ok {
		return ErrNoRoute
	}
	if !h.Src.IsValid() {
		if h.Src, ok = n.Source(h.Dst); !ok {
			return ErrNoRoute // the interface has no address of this family
		}
	}
	if !n.own(h.Src) && !(h.Src.IsLoopback() && n.interfaces[r.Interface].loopback) {
		return ErrSource
	}
	return n.queuePacket(now, r.Interface, r.NextHop(h.Dst), h, payload, why)
}

// queuePacket queues a packet for a neighbour on an interface, if need be in fragments: what the link does not take, or what
// the way to the destination is known not to take.
func (n *Node) queuePacket(now time.Time, iface int, nextHop netip.Addr, h Header, payload []byte, why trace.Reason) error {
	if h.TTL == 0 {
		h.TTL = n.cfg.TTL
	}
	h.ID = n.nextID
	n.nextID++
	total, mtu := h.Len()+len(payload), n.interfaces[iface].mtu
	if p := n.paths.find(now, h.Dst); p != nil {
		mtu = min(mtu, p.mtu)
		h.DontFragment = h.DontFragment && !p.mayFragment
	}
	if n.cfg.NoPathMTU && h.Dst.Is4() {
		h.DontFragment = false
	}
	if total > maxPacket+h.fixed6() || total > mtu && h.DontFragment {
		return ErrTooBig
	}
	if total > mtu {
		if !n.fragment(iface, mtu, nextHop, h, payload, why, false) {
			return ErrTooBig
		}
		n.counters.Sent++
		return nil
	}
	h.TotalLength = total
	out := n.out.add(iface, nextHop, total, why)
	h.Put(out.Octets)
	copy(out.Octets[h.Len():], payload)
	n.counters.Sent++
	return nil
}
