package ip

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// SetNAT makes the node, which must be a router, translate between the networks inside and the one outside. The outside
// interface must have an IPv4 address.
func (n *Node) SetNAT(cfg NATConfig) error {
	outside := n.natAddress(cfg.Outside)
	if !outside.IsValid() {
		return fmt.Errorf("ip: interface %d, outside the NAT, has no IPv4 address", cfg.Outside)
	}
	n.nat = newNAT(cfg, outside)
	return nil
}

// natAddress returns the address that those outside see.
func (n *Node) natAddress(iface int) netip.Addr {
	return n.interfaces[iface].source(netip.IPv4Unspecified())
}

// translateIn takes a packet to an address of the router's own, and reports whether it was for somebody inside: it is
// forwarded or discarded then.
//
// Fragments are put together first, because only the first has the ports: a NAT "MUST support receiving in-order and
// out-of-order fragments" (RFC 4787, requirement 14).
func (n *Node) translateIn(now time.Time, d *Delivery) bool {
	if d.Header.Dst != n.natAddress(n.nat.cfg.Outside) {
		return false
	}
	if d.Header.IsFragment() && !n.reassemble(now, d) {
		return true
	}
	n.endSilent(now)
	var tr translation
	var mine bool
	if d.Interface == n.nat.cfg.Outside {
		tr, mine = n.nat.inbound(now, &d.Header, d.Payload)
	} else {
		tr, mine = n.nat.hairpin(now, &d.Header, d.Payload)
	}
	if mine {
		return false
	}
	if n.natPasses(now, d, &tr) {
		n.forwardTo(now, d, tr.rewrite.dst.Addr(), &tr.rewrite)
	}
	return true
}

// translateOut takes a packet that is about to be forwarded through an interface. It returns what is to be rewritten, nil
// for nothing, and reports whether the packet may leave.
func (n *Node) translateOut(now time.Time, d *Delivery, iface int) (w *rewrite, ok bool) {
	if n.nat == nil || iface != n.nat.cfg.Outside || d.Interface == iface || !d.Header.Dst.Is4() {
		return nil, true
	}
	if d.Header.IsFragment() && !n.reassemble(now, d) {
		return nil, false
	}
	n.endSilent(now)
	tr := n.nat.outbound(now, &d.Header, d.Payload, n.natAddress(iface))
	return &tr.rewrite, n.natPasses(now, d, &tr)
}

// natPasses tells what becomes of a packet, and reports whether it goes on.
func (n *Node) natPasses(now time.Time, d *Delivery, tr *translation) bool {
	switch tr.refusal {
	case passes:
		n.counters.Translated++
		n.tellTranslation(now, d, tr)
		return true
	case unsolicited:
		n.discard(now, d, &n.counters.NATUnsolicited, "discards the packet: nobody inside has a session that it could belong to", wire.RFC("4787", "5"))
	case filtered:
		n.discard(now, d, &n.counters.NATFiltered, "discards the packet: the endpoint inside has never sent anything to its sender", wire.RFC("4787", "5"))
	case unknownError:
		n.discard(now, d, &n.counters.NATUnknown, "discards an ICMP error about a packet of no session", wire.RFC("5508", ""))
	case noRoom, noPort:
		id := n.discard(now, d, &n.counters.NATFull, "discards the packet: it can keep no more sessions", wire.RFC("5508", ""))
		n.prohibit(now, d, id)
	default:
		id := n.discard(now, d, &n.counters.NATUnknown, "discards the packet: it cannot be told whose answer would be whose", wire.RFC("3022", "4.1"))
		n.prohibit(now, d, id)
	}
	return false
}

// prohibit tells a sender inside that its packet may not leave: with "a code of 13 (Communication administratively
// prohibited)", RFC 5508, requirement 8.
func (n *Node) prohibit(now time.Time, d *Delivery, cause trace.ID) {
	if d.Interface == n.nat.cfg.Outside {
		return // strangers are told nothing
	}
	n.sendError(now, d, Message{Type: Unreachable, Code: CommunicationProhibited},
		n.reason(cause, "tells the sender that the packet may not leave", 0, wire.RFC("5508", "")))
}

// tellTranslation tells what a packet's addresses become, and makes that the cause of what follows.
func (n *Node) tellTranslation(now time.Time, d *Delivery, tr *translation) {
	if !n.trace.On() {
		return
	}
	e := trace.Event{At: now, Kind: trace.Translated, Cause: d.Cause, Packet: d.Identity, Ref: wire.RFC("3022", "4.1")}
	seen := tr.rewrite
	header := &d.Header
	if seen.quoted != nil {
		e.Say, e.Ref = "translates an ICMP error and the packet that it quotes", wire.RFC("3022", "4.3")
		e.Changes = append(e.Changes, change("destination", 0, seen.dst, header.Dst, 0), change("source", 0, seen.src, header.Src, 0))
	} else {
		f, _ := natFlow(header, d.Payload)
		source, destination := change("source", f.protocol, seen.src, f.src.Addr(), f.src.Port()), change("destination", f.protocol, seen.dst, f.dst.Addr(), f.dst.Port())
		switch {
		case source.New != "" && destination.New != "":
			e.Say, e.Ref = fmt.Sprintf("translates both ends, because both are inside: %s to %s becomes %s to %s", source.Old, destination.Old, source.New, destination.New), wire.RFC("4787", "6")
		case source.New != "":
			e.Say = fmt.Sprintf("translates the source %s into %s", source.Old, source.New)
		default:
			e.Say = fmt.Sprintf("translates the destination %s into %s", destination.Old, destination.New)
		}
		if tr.opened {
			e.Say += ": " + n.session(tr.session)
		}
		e.Changes = append(e.Changes, source, destination)
	}
	e.Changes = withoutUnchanged(e.Changes)
	d.Cause = n.trace.Emit(e)
}

// session says what a new session is.
func (n *Node) session(s *session) string {
	if s.mapping.forward {
		return fmt.Sprintf("a new session through the forwarded port %d", s.mapping.outside.Port())
	}
	return fmt.Sprintf("a new session with %s", natEnd(s.flow.protocol, s.flow.dst))
}

// change is one end of a packet before and after; New is empty if it stays.
func change(name string, p Protocol, now netip.AddrPort, before netip.Addr, port uint16) trace.Change {
	if !now.IsValid() {
		return trace.Change{Name: name}
	}
	return trace.Change{Name: name, Old: natEnd(p, netip.AddrPortFrom(before, port)), New: natEnd(p, now)}
}

func withoutUnchanged(changes []trace.Change) (changed []trace.Change) {
	for _, c := range changes {
		if c.New != "" {
			changed = append(changed, c)
		}
	}
	return changed
}

// natEnd writes one end of a flow: with its port, or with which ping it is if it is the one that pings.
func natEnd(p Protocol, a netip.AddrPort) string {
	switch {
	case p == ICMP && a.Port() > 0:
		return fmt.Sprintf("ping %d of %s", a.Port(), a.Addr())
	case p == ICMP || p == 0:
		return a.Addr().String()
	}
	return a.String()
}

// endSilent ends the sessions that were silent for too long.
func (n *Node) endSilent(now time.Time) {
	for s := n.nat.expired(now); s != nil; s = n.nat.expired(now) {
		n.nat.close(s)
		if n.trace.On() {
			n.trace.Emit(trace.Event{
				At: now, Kind: trace.Note, Ref: wire.RFC("4787", "4.3"),
				Say: fmt.Sprintf("forgets that %s speaks %s with %s as %s: nothing was heard of it for %s", natEnd(s.flow.protocol, s.mapping.key.local),
					s.flow.protocol, natEnd(s.flow.protocol, s.flow.dst), natEnd(s.flow.protocol, s.mapping.outside), n.nat.timeoutOf(s.timeout)),
			})
		}
	}
}

// NATSession is a session of a translation, for screens and tests.
type NATSession struct {
	Protocol                Protocol
	Inside, Outside, Remote netip.AddrPort
}

// NATSessions returns the sessions, those that were silent longest first, of UDP, of pings, of TCP. It is empty without a
// NAT.
func (n *Node) NATSessions() []NATSession {
	if n.nat == nil {
		return nil
	}
	var all []NATSession
	for k := range n.nat.idle {
		for e := n.nat.idle[k].Front(); e != nil; e = e.Next() {
			s := e.Value.(*session)
			all = append(all, NATSession{s.flow.protocol, s.mapping.key.local, s.mapping.outside, s.flow.dst})
		}
	}
	return all
}
