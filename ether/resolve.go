package ether

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Failure is a packet whose next hop has not answered. Whoever sent it is to be told: a router sends ICMP host unreachable,
// a host gives the error to the application.
type Failure struct {
	Packet
	Cause trace.ID // the event that says so
}

// NextFailure returns the next packet that could not be sent.
func (s *Station) NextFailure() (Failure, bool) {
	if len(s.failures) == 0 {
		return Failure{}, false
	}
	f := s.failures[0]
	s.failures = s.failures[1:]
	return f, true
}

// refOf is where the search for a neighbour is described.
func refOf(a netip.Addr) wire.Ref {
	if a.Is4() {
		return wire.RFC("826", "")
	}
	return wire.RFC("4861", "7.2.2")
}

// ask asks who has the address of a neighbour: everybody while its hardware address is not known, and then itself.
func (s *Station) ask(now time.Time, n *neighbor, cause trace.ID) {
	n.asked++
	s.counters.Requests++
	s.alarms.set(&n.alarm, now.Add(retransmit))
	say := "asks everybody on the link who has %s"
	switch {
	case n.state == Probe && n.asked > 1:
		say = "asks %s again whether it is still there: nothing has come back"
	case n.state == Probe:
		say = "asks %s whether it is still there: nothing has shown so for a while"
	case n.asked > 1:
		say = "asks again who has %s: nobody has answered within a second"
	}
	if s.trace.On() {
		say = fmt.Sprintf(say, n.addr)
	}
	why := s.reason(cause, say, refOf(n.addr))
	switch {
	case n.addr.Is6():
		s.solicit(n.mac, n.addr, why) // the hardware address of one that is INCOMPLETE is zero
	case n.state == Probe:
		s.putARP(n.mac, s.question(n.addr), why)
	default:
		s.putARP(Broadcast(), s.question(n.addr), why)
	}
}

// question asks who has an IPv4 address.
func (s *Station) question(target netip.Addr) Message {
	return Message{Operation: Request, SenderMAC: s.cfg.MAC, Sender: s.speaker(target), Target: target}
}

// putARP puts an ARP message into a frame.
func (s *Station) putARP(to MAC, m Message, why trace.Reason) {
	s.counters.Sent++
	s.out.add(Header{Dst: to, Src: s.cfg.MAC, Type: TypeARP}, m.Append(nil), Output{Why: why})
}

// expire is called when a neighbour has had its time.
func (s *Station) expire(now time.Time, n *neighbor) {
	switch {
	case n.state == Delay:
		n.state, n.asked = Probe, 0
		s.ask(now, n, s.change(now, n, 0, "wants to know whether %s is still there: it was sent packets, and nothing has shown that they arrived", Delay))
	case n.asked < maxSolicit:
		s.ask(now, n, n.told())
	default:
		s.giveUp(now, n)
	}
}

// told is the event of the latest packet that waits for n; 0 if there is none.
func (n *neighbor) told() trace.ID {
	if len(n.waiting) == 0 {
		return 0
	}
	return n.waiting[len(n.waiting)-1].told
}

// giveUp ends the search for a neighbour that does not answer: "If no Neighbor Advertisement is received after
// MAX_MULTICAST_SOLICIT solicitations, address resolution has failed. The sender MUST return ICMP destination unreachable
// indications" (RFC 4861, Section 7.2.2). "The link layer MUST NOT report a Destination Unreachable error to IP solely
// because there is no ARP cache entry for a destination" (RFC 1122, Section 2.4): three questions come first.
func (s *Station) giveUp(now time.Time, n *neighbor) {
	var id trace.ID
	if s.trace.On() {
		id = s.trace.Emit(trace.Event{
			At: now, Kind: trace.Failed, Cause: n.told(), Ref: wire.RFC("4861", "7.2.2"),
			Say: fmt.Sprintf("gives up on %s: it has not answered %d questions", n.addr, n.asked),
		})
	}
	for i := range n.waiting {
		s.counters.Unreachable++
		s.failures = append(s.failures, Failure{n.waiting[i].Packet, id})
	}
	n.waiting = nil
	s.remove(n)
}

// delay is called when a packet is sent to a neighbour that is STALE: "the sender changes the state to DELAY and sets a timer to
// expire in DELAY_FIRST_PROBE_TIME seconds" (RFC 4861, Section 7.3.3).
func (s *Station) delay(now time.Time, n *neighbor, cause trace.ID) {
	n.state = Delay
	s.alarms.set(&n.alarm, now.Add(delayFirstProbe))
	s.change(now, n, cause, "sends to %s without knowing whether it is still there, and waits 5 seconds for a sign of it", Stale)
}

// change tells of a neighbour that is in another state; it returns the event.
func (s *Station) change(now time.Time, n *neighbor, cause trace.ID, say string, before State) trace.ID {
	if !s.trace.On() {
		return cause
	}
	return s.note(now, cause, fmt.Sprintf(say, n.addr), wire.RFC("4861", "7.3.3"), trace.Change{Name: "neighbour " + n.addr.String(), Old: before.String(), New: n.state.String()})
}
