package ip

import (
	"time"

	"netlab/trace"
)

// Send queues a packet of our own. It fills in what h leaves open: the source address (that of the interface
// which leads to Dst), TTL, identification, length. A packet that is too big for the link is sent in fragments,
// unless h.DontFragment. The error is ErrNoRoute, ErrTooBig, or ErrSource: "the IP source address MUST be one of
// its own IP addresses" (RFC 1122, Section 3.2.1.3).
func (n *Node) Send(now time.Time, h Header, payload []byte, why trace.Reason) error {
	r, ok := n.table.Lookup(h.Dst)
	if !ok || !h.Dst.Is4() {
		return ErrNoRoute
	}
	if !h.Src.IsValid() {
		h.Src = n.interfaces[r.Interface].addr
	} else if !n.own(h.Src) {
		return ErrSource
	}
	return n.queuePacket(now, r.Interface, h, payload, why)
}

// queuePacket queues a packet for an interface, if need be in fragments.
func (n *Node) queuePacket(now time.Time, iface int, h Header, payload []byte, why trace.Reason) error {
	if h.TTL == 0 {
		h.TTL = n.cfg.TTL
	}
	h.ID = n.nextID
	n.nextID++
	total, mtu := h.Len()+len(payload), n.interfaces[iface].MTU
	if total > maxPacket || total > mtu && h.DontFragment {
		return ErrTooBig
	}
	if total > mtu {
		if !n.fragment(iface, h, payload, why, false) {
			return ErrTooBig
		}
		n.counters.Sent++
		return nil
	}
	h.TotalLength = uint16(total)
	out := n.out.add(iface, total, why)
	h.Put(out.Octets)
	copy(out.Octets[h.Len():], payload)
	n.counters.Sent++
	return nil
}
