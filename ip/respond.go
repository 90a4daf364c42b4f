package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// maxError is the size of the largest packet that carries an ICMP error: it "SHOULD contain as much of the original
// datagram as possible without the length of the ICMP datagram exceeding 576 bytes" (RFC 1812, Section 4.3.2.3).
const maxError = 576

// receiveICMP takes a message to this host and reports whether it is for a layer above: echo replies and errors
// about packets of ours. It answers echo requests.
func (n *Node) receiveICMP(now time.Time, d *Delivery) bool {
	m, err := ParseICMP(d.Header.Src, d.Header.Dst, d.Payload)
	if err != nil {
		say := "discards an ICMP message whose checksum is wrong"
		if err == ErrTruncated {
			say = "discards an ICMP message that is cut short"
		}
		n.discard(now, d, &n.counters.BadICMP, say, wire.RFC("792", ""))
		return false
	}
	if d.Header.Src.IsUnspecified() && m.Type != NeighborSolicitation && m.Type != RouterSolicitation {
		n.discard(now, d, &n.counters.BadSource, "discards an ICMP message from nobody", wire.RFC("4291", "2.5.2"))
		return false
	}
	switch m.Type {
	case EchoReply, EchoReply6:
		return true
	case NeighborSolicitation, NeighborAdvertisement:
		if n.interfaces[d.Interface].shared {
			return true // for the cache of neighbours
		}
		n.discard(now, d, &n.counters.ICMPIgnored, "ignores a message of neighbor discovery: its link has two ends, and nobody needs to be found", wire.RFC("4861", "3"))
	case EchoRequest, EchoRequest6:
		n.answerEcho(now, d, &m)
		return false
	case Unreachable, TimeExceeded, ParameterProblem, Unreachable6, PacketTooBig, TimeExceeded6, ParameterProblem6:
		// "A Destination Unreachable message that is received MUST be reported to the transport layer."
		// (RFC 1122, Section 3.2.2.1) Sections 3.2.2.4 and 3.2.2.5 say the same of the others.
		if q, ok := m.Quoted(); ok && n.own(q.Header.Src) {
			if m.saysTooBig() && q.Header.Protocol != TCP { // connections see for themselves whether it is true
				n.learnPathMTU(now, d, &m, &q)
			}
			return true
		}
		n.discard(now, d, &n.counters.ICMPIgnored, "discards an ICMP error that is about no packet of this host", wire.RFC("5927", "4"))
	case Redirect, Redirect6:
		n.discard(now, d, &n.counters.ICMPIgnored, "ignores a redirect: its routes are given by hand", wire.RFC("1122", "3.2.2.2"))
	case SourceQuench:
		n.discard(now, d, &n.counters.ICMPIgnored, "ignores a source quench, as hosts now must", wire.RFC("6633", "3"))
	default:
		// "If an ICMP message of unknown type is received, it MUST be silently discarded." (RFC 1122, Section 3.2.2) In ICMPv6 that
		// holds for those that are no errors; an error goes to the layer above (RFC 4443, Section 2.4, points a and b).
		if q, ok := m.Quoted(); ok && m.Type >= version6 && n.own(q.Header.Src) {
			return true
		}
		n.discard(now, d, &n.counters.ICMPIgnored, "discards an ICMP message of a type that it does not know", wire.RFC("1122", "3.2.2"))
	}
	return false
}

// answerEcho sends the reply: "Data received in an ICMP Echo Request MUST be entirely included in the resulting Echo
// Reply." "The IP source address in an ICMP Echo Reply MUST be the same as the specific-destination address [...] of
// the corresponding ICMP Echo Request message." (RFC 1122, Section 3.2.2.6)
func (n *Node) answerEcho(now time.Time, d *Delivery, request *Message) {
	h := Header{Protocol: ICMP, TOS: d.Header.TOS, Src: d.Header.Dst, Dst: d.Header.Src}
	reply := Message{Type: EchoReply, Rest: request.Rest, Data: request.Data}
	if h.Dst.Is6() {
		h.Protocol, reply.Type = ICMPv6, EchoReply6
	}
	if h.Src.IsMulticast() {
		h.Src = netip.Addr{} // then "the source address of the reply MUST be a unicast address belonging to the interface" (RFC 4443, Section 4.2)
	}
	if len(d.Header.Options) > 0 {
		// "If a Record Route and/or Time Stamp option is received in an ICMP Echo Request, this option (these options)
		// SHOULD be updated to include the current host and included in the IP header of the Echo Reply message".
		h.Options = append(h.Options, d.Header.Options...)
		updateOptions(h.Options, h.Src, n.own, now)
		if route := sourceRoute(h.Options); route != nil {
			h.Dst = reverseRoute(route, h.Dst)
		}
	}
	var why trace.Reason
	if n.trace.On() {
		why = trace.Reason{
			Cause: d.Cause, Say: "answers echo request %d of ping %d with the same data",
			Args: [4]int64{int64(request.Seq()), int64(request.ID())}, Ref: EchoRef(d.Header.Dst),
		}
	}
	if n.sendMessage(now, d.Interface, h, reply, why) {
		n.counters.EchoesAnswered++
		return
	}
	n.discard(now, d, &n.counters.NoRoute, "discards an echo request: no route leads back to its sender", EchoRef(d.Header.Dst))
}

// Unreachable queues the ICMP error that a delivery could not be handed on: code is PortUnreachable or
// ProtocolUnreachable. None is sent where that is forbidden, or if there were too many; then it is only told here.
func (n *Node) Unreachable(now time.Time, d Delivery, code uint8, why trace.Reason) {
	switch n.sendError(now, &d, Message{Type: Unreachable, Code: code}, why) {
	case errorForbidden:
		n.tell(now, &d, "discards a packet that nobody here wants, and does not say so: no ICMP error may be sent about it", wire.RFC("1122", "3.2.2"))
	case errorSilent:
		n.tell(now, &d, "discards a packet that nobody here wants, and does not say so: it sends no ICMP errors", wire.RFC("1122", "3.2.2"))
	case errorLimited:
		n.tell(now, &d, "discards a packet that nobody here wants, and does not say so: it has just sent too many ICMP errors", wire.RFC("1812", "4.3.2.8"))
	case errorUnroutable:
		n.tell(now, &d, "discards a packet that nobody here wants, and does not say so: no route leads back to its sender", wire.RFC("1122", "3.3.1.1"))
	}
}

// fate of an ICMP error that was to be sent.
type fate int

const (
	errorSent fate = iota
	errorForbidden
	errorSilent     // this host sends none
	errorLimited    // there were too many
	errorUnroutable // no route leads to its destination
)

// sendError queues an ICMP error about the packet d, if one may be sent. m.Data is filled in.
func (n *Node) sendError(now time.Time, d *Delivery, m Message, why trace.Reason) fate {
	if d.Header.Dst.Is6() {
		m = version6Of(m, d)
	}
	if !n.mayReport(d, &m) {
		n.counters.ErrorsForbidden++
		return errorForbidden
	}
	if n.cfg.Silent {
		n.counters.ErrorsSilent++
		return errorSilent
	}
	if !n.errors.allow(now) {
		n.counters.ErrorsLimited++
		return errorLimited
	}
	// "All other ICMP error messages [...] SHOULD have their precedence value set to 6 (INTERNETWORK CONTROL)"
	// (RFC 1812, Section 4.3.2.5).
	h := Header{Protocol: ICMP, TOS: 6 << 5, Dst: d.Header.Src}
	if n.own(d.Header.Dst) {
		h.Src = d.Header.Dst
	} // else that of the interface "over which the ICMP message is transmitted" (RFC 1812, Section 4.3.2.4)
	size := maxError - minHeader
	if h.Dst.Is6() {
		// "As much of invoking packet as possible without the ICMPv6 packet exceeding the minimum IPv6 MTU"
		// (RFC 4443, Section 3.1).
		h.Protocol, h.TOS = ICMPv6, 0
		size = minMTU6 - header6
	}
	m.Data = d.Packet[:min(len(d.Packet), size-icmpHeader)]
	if !n.sendMessage(now, d.Interface, h, m, why) {
		n.counters.ErrorsUnroutable++
		return errorUnroutable
	}
	n.counters.ErrorsSent++
	return errorSent
}

// mayReport reports whether the ICMP error about may be sent for a packet (RFC 1122, Section 3.2.2; RFC 1812, Section 4.3.2.7).
// "THESE RESTRICTIONS TAKE PRECEDENCE OVER ANY REQUIREMENT ELSEWHERE IN THIS DOCUMENT FOR SENDING ICMP ERROR MESSAGES."
func (n *Node) mayReport(d *Delivery, about *Message) bool {
	h := &d.Header
	if h.Dst.Is6() {
		return n.mayReport6(d, about)
	}
	switch {
	case h.Dst.IsMulticast() || n.broadcast(h.Dst):
		return false
	case h.FragmentOffset != 0:
		return false
	case n.forged(d):
		return false
	case h.Protocol == ICMP:
		// "An ICMP error message MUST NOT be sent as the result of receiving: an ICMP error message". One of which not even
		// the type is there could be one.
		if len(d.Payload) == 0 {
			return false
		}
		m := Message{Type: MessageType(d.Payload[0])}
		return !m.IsError()
	}
	return true
}

// mayReport6 is mayReport for IPv6 (RFC 4443, Section 2.4, point e). Of packets for a group it may be said that they are too
// big, so that the path MTU can be found, and that they have an option which asks for it.
func (n *Node) mayReport6(d *Delivery, about *Message) bool {
	h := &d.Header
	exception := about.Type == PacketTooBig || about.Type == ParameterProblem6 && about.Code == UnknownOption
	if h.Dst.IsMulticast() && !exception || n.forged(d) {
		return false
	}
	if h.Protocol == ICMPv6 && h.FragmentOffset == 0 {
		if len(d.Payload) == 0 {
			return false
		}
		m := Message{Type: version6 + MessageType(d.Payload[0])}
		return !m.IsError() && m.Type != Redirect6
	}
	return true
}

// version6Of returns the ICMPv6 error that says of the packet d what the ICMP error m would say.
func version6Of(m Message, d *Delivery) Message {
	switch {
	case m.Type == TimeExceeded:
		m.Type = TimeExceeded6
	case m.Type == ParameterProblem:
		m.Type, m.Rest = ParameterProblem6, m.Rest>>24
	case m.Type != Unreachable:
	case m.Code == FragmentationNeeded:
		m.Type, m.Code = PacketTooBig, 0
	case m.Code == ProtocolUnreachable:
		// "unrecognized Next Header type encountered", with a pointer to it (RFC 4443, Section 3.4).
		m.Type, m.Code, m.Rest = ParameterProblem6, UnknownNextHeader, uint32(nextHeaderAt(d.Packet))
	case m.Code == NetUnreachable:
		m.Type, m.Code = Unreachable6, NoRoute6
	case m.Code == HostUnreachable:
		m.Type, m.Code = Unreachable6, AddressUnreachable6
	case m.Code == PortUnreachable:
		m.Type, m.Code = Unreachable6, PortUnreachable6
	}
	return m
}

// nextHeaderAt returns which octet of an IPv6 packet says what it carries behind its extension headers.
func nextHeaderAt(b []byte) int {
	at, next := 6, Protocol(b[6])
	for n := header6; next.extension() && n+8 <= len(b) && !(next == HopByHopOptions && n > header6); {
		length := extensionLen(next, b[n:])
		at, next, n = n, Protocol(b[n]), n+length
	}
	return at
}

// sendMessage queues an ICMP message, the answer to a packet that arrived on an interface, and reports whether a way leads to its
// destination. A link-local address means nothing but on that link (RFC 4291, Section 2.5.6).
func (n *Node) sendMessage(now time.Time, iface int, h Header, m Message, why trace.Reason) bool {
	n.message = append(n.message[:0], make([]byte, m.Len())...)
	local := h.Dst.Is6() && h.Dst.IsLinkLocalUnicast()
	switch {
	case h.Src.IsValid():
	case local:
		h.Src = n.SourceOn(iface, h.Dst)
	default:
		h.Src, _ = n.Source(h.Dst)
	}
	if !h.Src.IsValid() {
		return false
	}
	m.Put(n.message, h.Src, h.Dst)
	if local {
		return n.SendOn(now, iface, h, n.message, why) == nil
	}
	return n.Send(now, h, n.message, why) == nil
}
