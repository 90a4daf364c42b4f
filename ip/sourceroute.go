package ip

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"time"

	"netlab/wire"
)

// A source route lists the addresses that a packet must pass. It goes to the first; whoever has that address puts the next into
// the header and, in its place in the list, the address that it passes the packet on from (RFC 791, Section 3.1). It helps to
// get around filters, so netlab refuses it unless Config.SourceRoutes allows it, to show just that.

// sourceRoute returns the source route among the options in b, which were checked; nil if there is none.
func sourceRoute(b []byte) []byte {
	for len(b) > 0 {
		o, rest, err := NextOption(b)
		if err != nil || o.Kind == OptionEnd {
			return nil
		}
		if o.sourceRoute() {
			return o.Octets
		}
		b = rest
	}
	return nil
}

// nextStop returns the address that a source route goes to next. It reports false at its end, where the pointer is beyond the
// list: then the packet is for who has its destination address.
func nextStop(route []byte) (netip.Addr, bool) {
	at := int(route[2]) - 1
	if at+4 > len(route) {
		return netip.Addr{}, false
	}
	return netip.AddrFrom4([4]byte(route[at:])), true
}

// followSourceRoute sends a packet for an address of this host on to where its source route says. It reports false if the packet
// has none, or is at its end.
func (n *Node) followSourceRoute(now time.Time, d *Delivery) bool {
	route := sourceRoute(d.Header.Options)
	if route == nil {
		return false
	}
	next, ok := nextStop(route)
	if !ok {
		return false
	}
	d.Packet = append([]byte(nil), d.Packet...) // what arrived is not touched
	d.Header.read4(d.Packet, d.Header.len4())
	route = sourceRoute(d.Header.Options)
	r, found := n.table.Lookup(next)
	if !found || OptionKind(route[0]) == OptionStrictRoute && r.Via.IsValid() {
		// Code 5, Source Route Failed (RFC 1812, Section 5.2.7.1).
		id := n.discard(now, d, &n.counters.SourceRoute, "discards a packet: its source route leads to where it cannot send it", wire.RFC("1812", "5.2.7.1"))
		n.sendError(now, d, Message{Type: Unreachable, Code: SourceRouteFailed},
			n.reason(id, "tells the sender that the source route fails here", 0, wire.RFC("1812", "5.2.7.1")))
		return true
	}
	own := n.interfaces[r.Interface].source(next).As4()
	copy(route[int(route[2])-1:], own[:])
	route[2] += 4
	header := d.Packet[:d.Header.len4()]
	to := next.As4()
	copy(header[16:], to[:])
	header[10], header[11] = 0, 0
	binary.BigEndian.PutUint16(header[10:], wire.Checksum(header))
	d.Header.Dst = next
	d.Payload = d.Packet[len(header):]
	n.forward(now, d)
	return true
}

// reverseRoute turns a source route that has come to its end into the way back to src, and returns its first stop: the answer
// passes the same addresses the other way round, as RFC 1122, Section 3.2.2.6 wants it of echo replies.
func reverseRoute(route []byte, src netip.Addr) netip.Addr {
	stops := [][]byte{src.AsSlice()}
	for at := 3; at+4 <= len(route); at += 4 {
		stops = append(stops, append([]byte(nil), route[at:at+4]...))
	}
	slices.Reverse(stops)
	first, _ := netip.AddrFromSlice(stops[0])
	route[2] = 4
	for i, stop := range stops[1:] {
		copy(route[3+4*i:], stop)
	}
	return first
}
