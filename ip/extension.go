package ip

import (
	"time"

	"netlab/trace"
	"netlab/wire"
)

// extended reports whether there is more to look at than the fixed header of IPv6, before what the packet carries.
func (h *Header) extended() bool {
	return len(h.Extensions) > 0 || h.Protocol == NoNextHeader && h.Dst.Is6()
}

// acceptExtensions goes through the extension headers of a packet for this host and reports whether it goes on. "Extension
// headers must be processed strictly in the order they appear in the packet" (RFC 8200, Section 4).
func (n *Node) acceptExtensions(now time.Time, d *Delivery) bool {
	h := &d.Header
	kind := h.FirstExtension
	for at, end := header6, header6+len(h.Extensions); at < end; {
		b := d.Packet[at : at+extensionLen(kind, d.Packet[at:])]
		switch kind {
		case HopByHopOptions, DestinationOptions:
			if !n.acceptOptions6(now, d, b, at) {
				return false
			}
		case RoutingHeader:
			if !n.acceptRouting(now, d, b, at) {
				return false
			}
		}
		kind, at = Protocol(b[0]), at+len(b)
	}
	if h.Protocol == NoNextHeader {
		n.discard(now, d, &n.counters.NoNextHeader, "discards a packet that carries nothing behind its headers", wire.RFC("8200", "4.7"))
		return false
	}
	return true
}

// acceptRouting looks at the routing header b, at octet at of the packet. netlab knows no type of them. Where nodes are left to
// be visited, "the node must discard the packet and send an ICMP Parameter Problem, Code 0, message to the packet's Source
// Address, pointing to the unrecognized Routing Type" (RFC 8200, Section 4.4). Type 0 is to be treated so too
// (RFC 5095, Section 3).
func (n *Node) acceptRouting(now time.Time, d *Delivery, b []byte, at int) bool {
	const routingType, segmentsLeft = 2, 3
	if b[segmentsLeft] == 0 {
		return true
	}
	id := n.discard(now, d, &n.counters.SourceRoute, "discards a packet that wants to choose its own way (routing header)", wire.RFC("5095", "3"))
	n.problem(now, d, id, ErroneousField, at+routingType, "tells the sender that it knows no such routing header: octet %d", wire.RFC("8200", "4.4"))
	return false
}

// acceptOptions6 looks at the options in the extension header b, at octet at of the packet. What becomes of a packet with an
// option that is unknown, the option's first two bits say (RFC 8200, Section 4.2).
func (n *Node) acceptOptions6(now time.Time, d *Delivery, b []byte, at int) bool {
	for rest := b[2:]; len(rest) > 0; {
		pointer := at + len(b) - len(rest)
		option, next, err := nextOption6(rest)
		if err != nil {
			id := n.discard(now, d, &n.counters.BadOption, "discards a packet with an option that goes beyond its header", wire.RFC("8200", "4.2"))
			n.problem(now, d, id, ErroneousField, pointer+1, "tells the sender that the option's length, octet %d, makes no sense", wire.RFC("4443", "3.4"))
			return false
		}
		kind := Option6Kind(option[0])
		if !kind.known() && kind.action() != actionSkip {
			id := n.discard(now, d, &n.counters.BadOption, "discards a packet with an option that it does not know, as the option itself asks", wire.RFC("8200", "4.2"))
			if kind.action() == actionReport || kind.action() == actionReportSingle && !d.Header.Dst.IsMulticast() {
				n.problem(now, d, id, UnknownOption, pointer, "tells the sender that it does not know the option at octet %d", wire.RFC("8200", "4.2"))
			}
			return false
		}
		rest = next
	}
	return true
}

// problem queues a Parameter Problem message that points at an octet of the packet d; discarded is the event that it follows
// from.
func (n *Node) problem(now time.Time, d *Delivery, discarded trace.ID, code uint8, pointer int, say string, ref wire.Ref) {
	n.sendError(now, d, Message{Type: ParameterProblem6, Code: code, Rest: uint32(pointer)}, n.reason(discarded, say, int64(pointer), ref))
}
