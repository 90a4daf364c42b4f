package ether

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/trace"
	"netlab/wire"
)

// ndpHopLimit is the hop limit of every message of neighbor discovery: a router takes one off, so that a message with this one
// can only come from the same link (RFC 4861, Section 7.1).
const ndpHopLimit = 255

// putNeighbor puts a message of neighbor discovery into a packet and a frame.
func (s *Station) putNeighbor(to MAC, src, dst netip.Addr, m ip.Message, why trace.Reason) {
	h := ip.Header{Src: src, Dst: dst, TTL: ndpHopLimit, Protocol: ip.ICMPv6}
	h.TotalLength = h.Len() + m.Len()
	b := make([]byte, h.TotalLength)
	h.Put(b)
	m.Put(b[h.Len():], src, dst)
	s.put(to, &Packet{Octets: b, Why: why})
}

// solicit asks for an IPv6 neighbour: those who may have the address, which ends like the group that they are in, or the
// neighbour itself if its hardware address is known (RFC 4861, Section 7.2.2).
func (s *Station) solicit(to MAC, target netip.Addr, why trace.Reason) {
	q := ip.Neighbor{Target: target, Link: s.cfg.MAC, HasLink: true}
	dst := target
	if to.IsZero() {
		dst = ip.SolicitedNode(target)
		to = Group(dst)
	}
	s.putNeighbor(to, s.speaker(target), dst, q.Solicitation(), why)
}

// ReceiveNeighbor takes a neighbor solicitation or advertisement with the header of its packet; cause is the event of its
// arrival, identity names it.
func (s *Station) ReceiveNeighbor(now time.Time, h *ip.Header, m *ip.Message, cause, identity trace.ID) {
	q, err := ip.ParseNeighbor(h, m)
	switch {
	case err != nil || q.HasLink && MAC(q.Link).ToMany():
		s.discard(now, cause, identity, &s.counters.BadARP, "discards a message of neighbor discovery that is malformed, or comes from another link", wire.RFC("4861", "7.1"))
	case m.Type == ip.NeighborSolicitation:
		s.solicited(now, h, &q, cause)
	case m.Type == ip.NeighborAdvertisement:
		s.advertised(now, &q, cause)
	}
}

// solicited takes a neighbor solicitation (RFC 4861, Section 7.2.3).
func (s *Station) solicited(now time.Time, h *ip.Header, q *ip.Neighbor, cause trace.ID) {
	a := s.find(q.Target)
	switch {
	case a == nil:
		s.counters.ARPIgnored++
		return
	case a.tentative && h.Src.IsUnspecified():
		// Two nodes check the same address at the same time: neither may use it (RFC 4862, Section 5.4.3).
		s.clash(now, a, "another station that checks it too", cause)
		return
	case a.tentative:
		s.counters.ARPIgnored++ // somebody asks for the address, which is not ours yet
		return
	}
	answer := ip.Neighbor{Target: q.Target, Link: s.cfg.MAC, HasLink: true, Solicited: true, Override: true, Router: s.cfg.Router}
	if h.Src.IsUnspecified() {
		// The sender checks the address and has none yet: everybody is told (RFC 4861, Section 7.2.4).
		answer.Solicited = false
		s.advertise(Group(netip.IPv6LinkLocalAllNodes()), netip.IPv6LinkLocalAllNodes(), &answer, cause)
		return
	}
	n := s.lookUp(now, h.Src)
	if q.HasLink && (n == nil || n.mac != MAC(q.Link)) && (n == nil || !n.static) {
		before := ""
		if n == nil {
			n = s.add(now, h.Src)
		} else {
			before = n.state.String()
		}
		s.learn(now, n, MAC(q.Link))
		cause = s.learned(now, n, cause, "learns from the question that %s is at %s", before)
	}
	if n == nil || n.state == Incomplete {
		s.counters.ARPIgnored++ // where to answer is not known: the question came without a hardware address
		return
	}
	s.advertise(n.mac, h.Src, &answer, cause)
}

// advertise answers a solicitation.
func (s *Station) advertise(to MAC, dst netip.Addr, answer *ip.Neighbor, cause trace.ID) {
	s.counters.Replies++
	var why trace.Reason
	if s.trace.On() {
		why = s.reason(cause, fmt.Sprintf("answers that %s is at %s", answer.Target, s.cfg.MAC), wire.RFC("4861", "7.2.4"))
	}
	s.putNeighbor(to, answer.Target, dst, answer.Advertisement(), why)
}

// advertised takes a neighbor advertisement, in the order of RFC 4861, Section 7.2.5.
func (s *Station) advertised(now time.Time, q *ip.Neighbor, cause trace.ID) {
	if a := s.find(q.Target); a != nil {
		s.clash(now, a, MAC(q.Link).String(), cause)
		return
	}
	n := s.cache[q.Target]
	if n == nil || n.static {
		s.counters.ARPIgnored++ // nobody here has asked for it, so nobody wants to know
		return
	}
	s.age(now, n)
	before := n.state
	differs := q.HasLink && n.mac != MAC(q.Link)
	switch {
	case before == Incomplete && !q.HasLink:
		s.counters.ARPIgnored++
		return
	case before != Incomplete && differs && !q.Override:
		// "If the Override flag is clear and the supplied link-layer address differs from that in the cache, then one of two
		// actions takes place": the address is not taken over, and a REACHABLE entry is no longer trusted.
		if before == Reachable {
			n.state = Stale
			s.change(now, n, cause, "is told another hardware address for %s by somebody who is not sure: it keeps the one it has, and will ask", Reachable)
		}
		return
	}
	if q.HasLink {
		n.mac = MAC(q.Link)
	}
	switch {
	case q.Solicited:
		s.counters.Confirmed++
		s.confirm(now, n)
	case before == Incomplete || differs:
		s.learn(now, n, n.mac)
	default:
		return
	}
	s.learned(now, n, cause, "learns that %s is at %s", before.String())
}
