package ether

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netlab/ip"
	"netlab/trace"
	"netlab/wire"
)

// Constants of RFC 5227, Section 1.1.
const (
	probeWait        = time.Second     // PROBE_WAIT
	probeNum         = 3               // PROBE_NUM
	probeMin         = time.Second     // PROBE_MIN
	probeMax         = 2 * time.Second // PROBE_MAX
	announceWait     = 2 * time.Second // ANNOUNCE_WAIT
	announceNum      = 2               // ANNOUNCE_NUM
	announceInterval = 2 * time.Second // ANNOUNCE_INTERVAL
	defendInterval   = 10 * time.Second
)

// dupAddrDetectTransmits is how many neighbor solicitations check an IPv6 address: DupAddrDetectTransmits
// (RFC 4862, Section 5.1).
const dupAddrDetectTransmits = 1

// address is an address of the station.
type address struct {
	prefix    netip.Prefix
	broadcast netip.Addr // of all hosts on its network; invalid if it has none
	tentative bool       // it is being checked, and not used yet
	asked     int        // probes sent
	announced int        // announcements still to be sent
	cause     trace.ID
	alarm     alarm
}

// Outcome says how the check of an address has ended.
type Outcome struct {
	Prefix netip.Prefix
	InUse  bool     // another station has the address: it must not be used
	Cause  trace.ID // the event that says so
}

// NextOutcome returns the next address whose check has ended.
func (s *Station) NextOutcome() (Outcome, bool) {
	if len(s.outcomes) == 0 {
		return Outcome{}, false
	}
	o := s.outcomes[0]
	s.outcomes = s.outcomes[1:]
	return o, true
}

// AddAddress gives the station an address with its network. It is used at once.
func (s *Station) AddAddress(p netip.Prefix) {
	s.RemoveAddress(p.Addr())
	s.addrs = append(s.addrs, &address{prefix: p, broadcast: ip.BroadcastOf(p)})
}

// RemoveAddress takes an address away, also one that is being checked.
func (s *Station) RemoveAddress(addr netip.Addr) {
	s.addrs = slices.DeleteFunc(s.addrs, func(a *address) bool {
		if a.prefix.Addr() == addr {
			s.alarms.stop(&a.alarm)
			return true
		}
		return false
	})
}

// owns reports whether the station uses an address.
func (s *Station) owns(addr netip.Addr) bool {
	a := s.find(addr)
	return a != nil && !a.tentative
}

func (s *Station) find(addr netip.Addr) *address {
	for _, a := range s.addrs {
		if a.prefix.Addr() == addr {
			return a
		}
	}
	return nil
}

// speaker returns the address to ask for a neighbour from: one on its network, or else any of its family; the unspecified one
// if there is none.
func (s *Station) speaker(to netip.Addr) netip.Addr {
	speaker := unspecified(to)
	for _, a := range s.addrs {
		switch {
		case a.tentative || a.prefix.Addr().Is4() != to.Is4():
		case a.prefix.Contains(to):
			return a.prefix.Addr()
		case speaker.IsUnspecified():
			speaker = a.prefix.Addr()
		}
	}
	return speaker
}

// unspecified returns the address of a's family that is nobody's.
func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// broadcast reports whether a means all hosts of a network of ours, or of the link.
func (s *Station) broadcast(a netip.Addr) bool {
	if a == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return true
	}
	return slices.ContainsFunc(s.addrs, func(own *address) bool { return own.broadcast.IsValid() && own.broadcast == a })
}

// Check finds out whether an address is free before it is used: "Before beginning to use an IPv4 address [...] a host
// implementing this specification MUST test to see if the address is already in use" (RFC 5227, Section 2.1).
// Of IPv6 addresses RFC 4862, Section 5.4 says the same. NextOutcome tells how it ended, after some seconds.
func (s *Station) Check(now time.Time, p netip.Prefix) {
	s.AddAddress(p)
	a := s.find(p.Addr())
	a.tentative = true
	a.alarm.fire = func(now time.Time) { s.checkOn(now, a) }
	s.alarms.set(&a.alarm, now.Add(time.Duration(s.rng.Int64N(int64(probeWait)))))
}

// checkOn sends the next probe, or the next announcement.
func (s *Station) checkOn(now time.Time, a *address) {
	addr := a.prefix.Addr()
	switch {
	case a.tentative && addr.Is6() && a.asked < dupAddrDetectTransmits:
		s.alarms.set(&a.alarm, now.Add(retransmit))
		s.probe(a, dupAddrDetectTransmits, wire.RFC("4862", "5.4.2"))
	case a.tentative && addr.Is4() && a.asked < probeNum:
		next := announceWait
		if a.asked+1 < probeNum {
			next = probeMin + time.Duration(s.rng.Int64N(int64(probeMax-probeMin)))
		}
		s.alarms.set(&a.alarm, now.Add(next))
		s.probe(a, probeNum, wire.RFC("5227", "2.1.1"))
	case a.tentative:
		a.tentative = false
		a.announced = announceNum
		if s.trace.On() {
			a.cause = s.note(now, 0, fmt.Sprintf("uses %s: nobody else has it", addr), wire.RFC("5227", "2.3"))
		}
		s.outcomes = append(s.outcomes, Outcome{Prefix: a.prefix, Cause: a.cause})
		if addr.Is4() {
			s.announce(now, a)
		}
	default:
		s.announce(now, a)
	}
}

// probe asks whether anybody has an address that the station would like to use.
func (s *Station) probe(a *address, of int, ref wire.Ref) {
	a.asked++
	s.counters.Requests++
	addr := a.prefix.Addr()
	var why trace.Reason
	if s.trace.On() {
		why = s.reason(0, fmt.Sprintf("asks whether anybody has %s already, before it uses the address (probe %d of %d)", addr, a.asked, of), ref)
	}
	if addr.Is4() {
		s.putARP(Broadcast(), Message{Operation: Request, SenderMAC: s.cfg.MAC, Sender: unspecified(addr), Target: addr}, why)
		return
	}
	q := ip.Neighbor{Target: addr} // without a hardware address: nobody is to remember who asks (RFC 4861, Section 4.3)
	group := ip.SolicitedNode(addr)
	s.putNeighbor(Group(group), unspecified(addr), group, q.Solicitation(), why)
}

// Announce tells everybody that the station has an address, so that they forget who had it before (RFC 5227, Section 2.3).
func (s *Station) Announce(now time.Time, addr netip.Addr) {
	if a := s.find(addr); a != nil && !a.tentative && addr.Is4() {
		a.announced = announceNum
		a.alarm.fire = func(now time.Time) { s.checkOn(now, a) }
		s.announce(now, a)
	}
}

func (s *Station) announce(now time.Time, a *address) {
	if a.announced--; a.announced > 0 {
		s.alarms.set(&a.alarm, now.Add(announceInterval))
	}
	var why trace.Reason
	if s.trace.On() {
		why = s.reason(a.cause, fmt.Sprintf("tells everybody on the link that it has %s", a.prefix.Addr()), wire.RFC("5227", "2.3"))
	}
	s.putAnnouncement(a.prefix.Addr(), why)
}

func (s *Station) putAnnouncement(addr netip.Addr, why trace.Reason) {
	s.putARP(Broadcast(), Message{Operation: Request, SenderMAC: s.cfg.MAC, Sender: addr, Target: addr}, why)
}

// clashes reports whether another station's message shows that it has, or wants, an address of ours.
func (s *Station) clashes(now time.Time, m *Message, cause trace.ID) bool {
	a := s.find(m.Sender)
	if wanted := s.find(m.Target); m.IsProbe() && wanted != nil && wanted.tentative {
		// Somebody else is checking the same address at this moment: that is a conflict too (RFC 5227, Section 2.1.1).
		a = wanted
	}
	if a == nil {
		return false
	}
	s.clash(now, a, m.SenderMAC.String(), cause)
	return true
}

// clash is called when another station has an address of ours. One that is being checked is not used; one that is in use is
// defended.
func (s *Station) clash(now time.Time, a *address, other string, cause trace.ID) {
	s.counters.Conflicts++
	addr, ref := a.prefix.Addr(), wire.RFC("5227", "2.4")
	switch {
	case addr.Is6():
		ref = wire.RFC("4862", "5.4.5")
	case a.tentative:
		ref = wire.RFC("5227", "2.1.1")
	}
	if a.tentative {
		id := s.failed(now, cause, fmt.Sprintf("does not use %s: %s has it already", addr, other), ref)
		s.RemoveAddress(addr)
		s.outcomes = append(s.outcomes, Outcome{Prefix: a.prefix, InUse: true, Cause: id})
		return
	}
	id := s.failed(now, cause, fmt.Sprintf("sees that %s has its address %s too", other, addr), ref)
	// The address was given by hand, so it is kept and defended, as case (c) has it; but not more often than every
	// DEFEND_INTERVAL, or two stations that do so would never end (RFC 5227, Section 2.4).
	if addr.Is4() && (s.lastClash.IsZero() || now.Sub(s.lastClash) >= defendInterval) {
		s.lastClash = now
		s.putAnnouncement(addr, s.reason(id, "defends the address: it tells everybody that it has it", ref))
	}
}

// failed tells of an address that another station has.
func (s *Station) failed(now time.Time, cause trace.ID, say string, ref wire.Ref) trace.ID {
	if !s.trace.On() {
		return cause
	}
	return s.trace.Emit(trace.Event{At: now, Kind: trace.Failed, Cause: cause, Say: say, Ref: ref})
}
