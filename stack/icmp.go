package stack

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/wire"
)

// ICMPError is an ICMP error message that came back instead of a reply.
type ICMPError struct {
	From netip.Addr // the router or host that sent it
	To   netip.Addr // where the packet was to go
	Type ip.MessageType
	Code uint8
	MTU  int           // what the next link takes, if the packet was too big for it and the router says so
	RTT  time.Duration // from the packet to the message, of an Echo or Probe; else 0

	// Local says that no message has come: this host, From, has found out itself that the next hop does not answer.
	Local bool
}

// Error says who sent what: "stack: 10.0.1.1 answers: time exceeded (code 0)".
func (e *ICMPError) Error() string {
	if e.Local {
		return fmt.Sprintf("stack: nobody on the link answers for %v", e.To)
	}
	return fmt.Sprintf("stack: %v answers: %v (code %d)", e.From, e.Type, e.Code)
}

// Meaning is what an ICMP error means, whatever its family calls it.
type Meaning uint8

// The meanings.
const (
	OtherError          Meaning = iota
	HopLimitExceeded            // the time to live ran out at a router
	PacketTooBig                // for a link, and it must not be fragmented; ICMPError.MTU says what fits
	NetUnreachable              // a router knows no way to the network
	HostUnreachable             // a router on its network does not find the host
	ProtocolUnreachable         // the host does not speak it
	PortUnreachable             // nobody listens there
	SourceRouteFailed
	Prohibited // a router does not let it pass
)

// Meaning returns what the error means.
func (e *ICMPError) Meaning() Meaning {
	switch {
	case e.From.Is6():
		return e.meaning6()
	case e.Type == ip.TimeExceeded && e.Code == ip.TTLExceeded:
		return HopLimitExceeded
	case e.Type != ip.Unreachable:
		return OtherError
	}
	switch e.Code {
	case ip.FragmentationNeeded:
		return PacketTooBig
	case ip.NetUnreachable:
		return NetUnreachable
	case ip.HostUnreachable:
		return HostUnreachable
	case ip.ProtocolUnreachable:
		return ProtocolUnreachable
	case ip.PortUnreachable:
		return PortUnreachable
	case ip.SourceRouteFailed:
		return SourceRouteFailed
	case ip.NetProhibited, ip.HostProhibited, ip.CommunicationProhibited:
		return Prohibited
	}
	return OtherError
}

// meaning6 is Meaning for ICMPv6.
func (e *ICMPError) meaning6() Meaning {
	switch {
	case e.Type == ip.TimeExceeded6 && e.Code == ip.TTLExceeded:
		return HopLimitExceeded
	case e.Type == ip.PacketTooBig:
		return PacketTooBig
	case e.Type == ip.ParameterProblem6 && e.Code == ip.UnknownNextHeader:
		return ProtocolUnreachable
	case e.Type != ip.Unreachable6:
		return OtherError
	}
	switch e.Code {
	case ip.NoRoute6:
		return NetUnreachable
	case ip.Prohibited6:
		return Prohibited
	case ip.AddressUnreachable6:
		return HostUnreachable
	case ip.PortUnreachable6:
		return PortUnreachable
	}
	return OtherError
}

// TooBigError says that a packet of ours does not fit the way to its destination and must not be fragmented.
type TooBigError struct{ MTU int }

// Error says what fits.
func (e *TooBigError) Error() string {
	return fmt.Sprintf("stack: packet too big, MTU %d, and it must not be fragmented", e.MTU)
}

// Unwrap makes errors.Is(err, ip.ErrTooBig) hold.
func (e *TooBigError) Unwrap() error { return ip.ErrTooBig }

// receiveICMP takes a message that the network layer has checked but does not deal with itself: an echo
// reply, or an error about a packet of ours. h.mu is held.
func (h *Host) receiveICMP(now time.Time, i *iface, d *ip.Delivery) {
	m, err := ip.ParseICMP(d.Header.Src, d.Header.Dst, d.Payload)
	if err != nil {
		return
	}
	if m.Type == ip.EchoReply || m.Type == ip.EchoReply6 {
		waited := h.finishEcho(echoKey{d.Header.Src, m.ID(), m.Seq()}, func(e *echo) {
			e.reply = EchoReply{From: d.Header.Src, TTL: d.Header.TTL, RTT: now.Sub(e.sent), Size: len(m.Data)}
		})
		if !waited {
			h.discards.echo.Add(1)
			h.discarded(now, d.Cause, d.Identity, "discards an echo reply that nobody waits for", ip.EchoRef(d.Header.Dst))
		}
		return
	}
	if m.Type == ip.NeighborSolicitation || m.Type == ip.NeighborAdvertisement {
		h.receiveNeighbor(now, i, d, &m)
		return
	}
	if !h.reportError(now, i, d, &m) {
		h.discards.unreachable.Add(1)
		h.discarded(now, d.Cause, d.Identity, "discards an ICMP error that no connection, connected socket or ping of this host can use", wire.RFC("5927", "4"))
	}
}

// reportError passes an ICMP error to whoever sent the packet that it quotes, and reports whether that is still
// there. h.mu is held.
func (h *Host) reportError(now time.Time, i *iface, d *ip.Delivery, m *ip.Message) bool {
	q, ok := m.Quoted()
	if !ok {
		return false
	}
	e := &ICMPError{From: d.Header.Src, To: q.Header.Dst, Type: m.Type, Code: m.Code, Local: d.Header.Src == q.Header.Src}
	if e.Meaning() == PacketTooBig {
		e.MTU = m.MTU()
	}
	switch q.Header.Protocol {
	case ip.ICMP, ip.ICMPv6:
		request := ip.Echo(q.Header.Dst, 0, 0, nil)
		if len(q.Payload) < 8 || q.Payload[0] != uint8(request.Type) {
			return false
		}
		id, seq := binary.BigEndian.Uint16(q.Payload[4:]), binary.BigEndian.Uint16(q.Payload[6:])
		return h.finishEcho(echoKey{q.Header.Dst, id, seq}, func(waiting *echo) {
			e.RTT = now.Sub(waiting.sent)
			waiting.err = e
		})
	case ip.TCP:
		if m.Type == ip.SourceQuench && d.Header.Src.Is4() {
			return false // "TCP implementations MUST silently discard any received ICMP Source Quench messages (MUST-55)"
		}
		src, dst, ok := q.Ends()
		c := h.conns[keyOf(src, dst)]
		if !ok || c == nil {
			return false
		}
		if e.Meaning() == PacketTooBig {
			e.MTU = m.PathMTU(&q)
		}
		i.arrivals = append(i.arrivals, arrival{conn: c, octets: q.Payload, cause: d.Cause, icmp: e})
		return true
	case ip.UDP:
		return h.unreachableDatagram(i.index, &q, e)
	}
	return false
}

// hard reports whether the error means that trying again is useless: "Destination Unreachable -- codes
// 2-4: These are hard error conditions" (RFC 1122, Section 4.2.3.9), of which code 4, fragmentation
// needed, has since got another meaning (RFC 1191).
func (e *ICMPError) hard() bool {
	m := e.Meaning()
	return m == ProtocolUnreachable || m == PortUnreachable
}
