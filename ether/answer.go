package ether

import (
	"fmt"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// lockTime is how long after an answer another one that contradicts it is not believed: two stations that both have the
// address answer at about the same time, and packets should not go to the one and then to the other.
const lockTime = time.Second

// receiveARP takes an ARP message, in the order of RFC 826, Packet Reception: what it says of its sender is noted, then the
// question is answered.
func (s *Station) receiveARP(now time.Time, b []byte, cause, identity trace.ID) {
	m, err := ParseARP(b)
	if err != nil {
		s.discard(now, cause, identity, &s.counters.BadARP, "discards an ARP message that is not about Ethernet and IPv4, or is cut short", wire.RFC("826", ""))
		return
	}
	if _, many := s.macOfMany(m.Sender); many || m.SenderMAC.ToMany() || m.SenderMAC.IsZero() || m.Sender.IsLoopback() {
		s.discard(now, cause, identity, &s.counters.BadARP, "discards an ARP message whose sender cannot be a single station", wire.RFC("826", ""))
		return
	}
	if m.SenderMAC == s.cfg.MAC {
		s.counters.ARPIgnored++
		return // one of our own that has come back
	}
	if s.clashes(now, &m, cause) {
		return
	}
	forUs := s.owns(m.Target)
	if !m.Sender.IsUnspecified() {
		cause = s.heard(now, &m, forUs, cause)
	}
	if m.Operation == Request && forUs {
		s.answer(&m, cause)
	}
}

// heard notes what a message says of its sender. An entry is made only if the message is for us: a question means that we will
// soon send something back. Nobody is entered who only says so to everybody, nor by an answer that we did not ask for.
// It returns the event that tells of it, or cause.
func (s *Station) heard(now time.Time, m *Message, forUs bool, cause trace.ID) trace.ID {
	n := s.cache[m.Sender]
	if n == nil {
		if m.Operation != Request || !forUs || m.IsAnnouncement() {
			s.counters.ARPIgnored++
			return cause
		}
		n = s.add(now, m.Sender)
		s.learn(now, n, m.SenderMAC)
		return s.learned(now, n, cause, "learns from the question that %s is at %s", "")
	}
	s.age(now, n)
	before := n.state
	answer := m.Operation == Reply && forUs
	switch {
	case n.static:
		s.counters.ARPIgnored++
		return cause
	case before == Incomplete && answer:
		s.counters.Confirmed++
		n.mac = m.SenderMAC
		s.confirm(now, n)
		return s.learned(now, n, cause, "learns that %s is at %s", before.String())
	case before == Incomplete:
		s.learn(now, n, m.SenderMAC)
		return s.learned(now, n, cause, "learns that %s is at %s, though that was no answer to its question", before.String())
	case n.mac == m.SenderMAC && before == Probe && answer:
		s.counters.Confirmed++
		s.confirm(now, n)
		return s.learned(now, n, cause, "hears that %s is still at %s", before.String())
	case n.mac == m.SenderMAC:
		return cause
	case before == Reachable && now.Sub(n.confirmed) < lockTime:
		s.counters.Conflicts++
		return s.note(now, cause, fmt.Sprintf("does not believe that %s is at %s: %s has answered just now. Two stations have this address", n.addr, m.SenderMAC, n.mac), wire.RFC("5227", "1"))
	}
	s.learn(now, n, m.SenderMAC)
	return s.learned(now, n, cause, "learns that %s has moved to %s", before.String())
}

// learned tells what was learned of a neighbour.
func (s *Station) learned(now time.Time, n *neighbor, cause trace.ID, say, before string) trace.ID {
	if !s.trace.On() {
		return cause
	}
	return s.note(now, cause, fmt.Sprintf(say, n.addr, n.mac), refOf(n.addr), trace.Change{Name: "neighbour " + n.addr.String(), Old: before, New: n.state.String()})
}

// answer answers the question who has an address of ours.
func (s *Station) answer(m *Message, cause trace.ID) {
	s.counters.Replies++
	var why trace.Reason
	if s.trace.On() {
		why = s.reason(cause, fmt.Sprintf("answers that %s is at %s", m.Target, s.cfg.MAC), wire.RFC("826", ""))
	}
	s.putARP(m.SenderMAC, Message{Operation: Reply, SenderMAC: s.cfg.MAC, Sender: m.Target, TargetMAC: m.SenderMAC, Target: m.Sender}, why)
}
