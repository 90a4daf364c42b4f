package ip

import (
	"encoding/binary"
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// forward passes on a packet that is for another host, in the order of RFC 1812, Section 5.2.1.2: next hop,
// permission, time to live, options, fragmentation.
func (n *Node) forward(now time.Time, d *Delivery) { n.forwardTo(now, d, d.Header.Dst, nil) }

// forwardTo passes on a packet to dst, with what a NAT rewrites in it, if that is not nil. Until it leaves it stays as it
// came, so that an ICMP error quotes what its sender knows.
func (n *Node) forwardTo(now time.Time, d *Delivery, dst netip.Addr, w *rewrite) {
	h := &d.Header
	if h.Dst.Is4() && special(h.Dst) {
		n.discard(now, d, &n.counters.BadDestination, "discards a packet for an address that is no host's", wire.RFC("1812", "5.3.7"))
		return
	}
	if h.Dst.IsLinkLocalUnicast() || h.Src.IsLinkLocalUnicast() {
		id := n.discard(now, d, &n.counters.BadDestination, "discards a packet from or to a link-local address: such packets stay on their link", wire.RFC("4291", "2.5.6"))
		if h.Src.Is6() && !h.Dst.IsLinkLocalUnicast() {
			n.sendError(now, d, Message{Type: Unreachable6, Code: BeyondScope6},
				n.reason(id, "tells the sender that its address is no good beyond the link", 0, wire.RFC("4443", "3.1")))
		}
		return
	}
	if len(h.Options) > 0 && !n.acceptOptions(now, d) {
		return
	}
	r, ok := n.choose(dst, h, d.Payload)
	if !ok {
		id := n.discard(now, d, &n.counters.NoRoute, "discards the packet: no route leads to its destination", h.unreachableRef())
		n.sendError(now, d, Message{Type: Unreachable, Code: NetUnreachable},
			n.reason(id, "tells the sender that no route leads to the destination's network", 0, h.unreachableRef()))
		return
	}
	if r.Interface == d.Interface && !r.Via.IsValid() && !n.interfaces[r.Interface].shared && w == nil {
		// The link has two ends: whoever sent the packet is the only other host on this network.
		id := n.discard(now, d, &n.counters.NoHost, "discards the packet: its destination is not on the network that it came from", h.unreachableRef())
		n.sendError(now, d, Message{Type: Unreachable, Code: HostUnreachable},
			n.reason(id, "tells the sender that there is no such host on the network", 0, h.unreachableRef()))
		return
	}
	if h.TTL <= 1 {
		n.outOfHops(now, d)
		return
	}
	if w == nil {
		if w, ok = n.translateOut(now, d, r.Interface); !ok {
			return
		}
	}
	mtu := n.interfaces[r.Interface].mtu
	if len(d.Packet) > mtu && (h.DontFragment || h.Dst.Is6()) {
		id := n.discard(now, d, &n.counters.TooBig, "discards the packet: it is too big for the next link and must not be fragmented", h.tooBigRef())
		n.sendError(now, d, Message{Type: Unreachable, Code: FragmentationNeeded, Rest: uint32(min(mtu, maxPacket))},
			n.reason(id, "tells the sender that the next link takes only %d octets", int64(mtu), h.tooBigRef()))
		return
	}
	if len(d.Packet) > mtu {
		n.forwardFragments(now, d, dst, r, w)
		return
	}
	say, ref := "forwards the packet and takes one off its time to live: %d is left", wire.RFC("1812", "5.3.1")
	if h.Dst.Is6() {
		say, ref = "forwards the packet and takes one off its hop limit: %d is left", wire.RFC("8200", "3")
	}
	out := n.out.add(r.Interface, r.NextHop(dst), len(d.Packet), n.reason(d.Cause, say, int64(h.TTL-1), ref))
	out.Forwarded = true
	copy(out.Octets, d.Packet)
	if h.Dst.Is6() {
		out.Octets[7]-- // the hop limit; no checksum covers it
		n.counters.Forwarded++
		return
	}
	decrementTTL(out.Octets)
	if len(h.Options) > 0 {
		header := out.Octets[:h.Len()]
		updateOptions(header[minHeader:], n.interfaces[r.Interface].source(h.Dst), n.own, now)
		header[10], header[11] = 0, 0
		binary.BigEndian.PutUint16(header[10:], wire.Checksum(header))
	}
	if w != nil {
		w.apply(out.Octets)
	}
	n.counters.Forwarded++
}

// outOfHops discards a packet that may not be passed on once more, and says so.
//
// "If the TTL is reduced to zero (or less), the packet MUST be discarded, and if the destination is not a multicast
// address the router MUST send an ICMP Time Exceeded message" (RFC 1812, Section 5.3.1). RFC 4443, Section 3.3 asks the same
// of the hop limit.
func (n *Node) outOfHops(now time.Time, d *Delivery) {
	discards, tells, ref := "discards the packet: its time to live has run out", "tells the sender that the packet's time to live ran out here", wire.RFC("1812", "5.3.1")
	if d.Header.Dst.Is6() {
		discards, tells, ref = "discards the packet: its hop limit has run out", "tells the sender that the packet's hop limit ran out here", wire.RFC("4443", "3.3")
	}
	id := n.discard(now, d, &n.counters.TTLExceeded, discards, ref)
	n.sendError(now, d, Message{Type: TimeExceeded, Code: TTLExceeded}, n.reason(id, tells, 0, ref))
}

// unreachableRef is what asks a router to tell of a packet that it has no way for.
func (h *Header) unreachableRef() wire.Ref {
	if h.Dst.Is6() {
		return wire.RFC("4443", "3.1")
	}
	return wire.RFC("1812", "4.3.3.1")
}

// tooBigRef is what asks a router to tell of a packet that does not fit the next link.
func (h *Header) tooBigRef() wire.Ref {
	if h.Dst.Is6() {
		return wire.RFC("4443", "3.2")
	}
	return wire.RFC("1191", "4")
}

// forwardFragments passes on a packet in pieces, since it is too big for the next link.
func (n *Node) forwardFragments(now time.Time, d *Delivery, dst netip.Addr, r Route, w *rewrite) {
	h, payload := d.Header, d.Payload
	if w != nil {
		translated := append([]byte(nil), d.Packet...)
		w.apply(translated)
		h.read4(translated, h.Len())
		payload = translated[h.Len():]
	}
	h.TTL--
	h.Options = append([]byte(nil), h.Options...)
	updateOptions(h.Options, n.interfaces[r.Interface].source(h.Dst), n.own, now)
	why := n.reason(d.Cause, "forwards the packet in fragments: the next link takes only %d octets", int64(n.interfaces[r.Interface].mtu), wire.RFC("1812", "4.2.2.7"))
	if !n.fragment(r.Interface, n.interfaces[r.Interface].mtu, r.NextHop(dst), h, payload, why, true) {
		n.discard(now, d, &n.counters.TooBig, "discards the packet: not even fragments of it fit the next link", wire.RFC("791", "3.2"))
		return
	}
	n.counters.Forwarded++
}

// decrementTTL takes one off the time to live of the packet in b and corrects the header checksum for it, without
// summing the header again: HC' = ~(~HC + ~m + m'), where m is the 16-bit word that changes (RFC 1624, Section 3, Eqn. 3).
func decrementTTL(b []byte) {
	sum := binary.BigEndian.Uint16(b[10:])
	before := binary.BigEndian.Uint16(b[8:]) // time to live and protocol
	b[8]--
	after := binary.BigEndian.Uint16(b[8:])
	binary.BigEndian.PutUint16(b[10:], ^wire.Add16(wire.Add16(^sum, ^before), after))
}

// reason returns why a packet is sent; nothing if nobody listens.
func (n *Node) reason(cause trace.ID, say string, arg int64, ref wire.Ref) trace.Reason {
	if !n.trace.On() {
		return trace.Reason{}
	}
	return trace.Reason{Cause: cause, Say: say, Args: [4]int64{arg}, Ref: ref}
}
