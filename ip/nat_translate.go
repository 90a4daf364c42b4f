package ip

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// refusal says why a NAT does not let a packet through.
type refusal uint8

const (
	passes refusal = iota
	notTranslatable
	unsolicited
	filtered
	noRoom
	noPort
	unknownError // an ICMP error about no packet of a session
)

// translation is what a NAT makes of a packet.
type translation struct {
	rewrite rewrite
	refusal refusal
	session *session
	opened  bool // the session is new
}

// natFlow returns the two ends of a packet, as far as a NAT can tell them apart: of TCP, UDP and of pings. It is whole.
func natFlow(h *Header, payload []byte) (f flow, ok bool) {
	f.protocol = h.Protocol
	switch h.Protocol {
	case TCP:
		ok = len(payload) >= 20
	case UDP:
		ok = len(payload) >= 8
	case ICMP:
		if len(payload) < icmpHeader {
			return f, false
		}
		id := binary.BigEndian.Uint16(payload[4:])
		switch MessageType(payload[0]) {
		case EchoRequest:
			f.src, f.dst = netip.AddrPortFrom(h.Src, id), netip.AddrPortFrom(h.Dst, 0)
			return f, true
		case EchoReply:
			f.src, f.dst = netip.AddrPortFrom(h.Src, 0), netip.AddrPortFrom(h.Dst, id)
			return f, true
		}
		return f, false
	}
	if !ok {
		return f, false
	}
	f.src = netip.AddrPortFrom(h.Src, binary.BigEndian.Uint16(payload))
	f.dst = netip.AddrPortFrom(h.Dst, binary.BigEndian.Uint16(payload[2:]))
	return f, true
}

// outbound translates a packet from inside that leaves through the outside interface, whose address is outside.
func (t *nat) outbound(now time.Time, h *Header, payload []byte, outside netip.Addr) translation {
	if isICMPError(h, payload) {
		return t.errorFromInside(payload, outside)
	}
	f, ok := natFlow(h, payload)
	if !ok || f.protocol == ICMP && f.src.Port() == 0 && f.dst.Port() != 0 {
		return translation{refusal: notTranslatable} // also the reply to a ping that nobody can have sent
	}
	tr := t.sessionFor(now, f, outside)
	if tr.refusal == passes {
		t.follow(now, tr.session, fromInside, payload)
		tr.rewrite.src = tr.session.mapping.outside
	}
	return tr
}

// sessionFor returns the session of a flow from inside, a new one if there is none.
func (t *nat) sessionFor(now time.Time, f flow, outside netip.Addr) translation {
	if s := t.sessions[f]; s != nil {
		return translation{session: s}
	}
	if len(t.sessions) >= t.cfg.MaxSessions {
		return translation{refusal: noRoom}
	}
	m := t.mappingFor(f, outside)
	if m == nil {
		return translation{refusal: noPort}
	}
	return translation{session: t.open(now, f, m), opened: true}
}

// inbound translates a packet to the outside address. mine means that it is not for anybody inside, but for the router.
func (t *nat) inbound(now time.Time, h *Header, payload []byte) (tr translation, mine bool) {
	if isICMPError(h, payload) {
		return t.errorFromOutside(payload)
	}
	f, ok := natFlow(h, payload)
	if !ok || f.protocol == ICMP && f.dst.Port() == 0 && f.src.Port() != 0 {
		return tr, true // what has no ports, and pings of the router itself
	}
	m := t.outside[natPort{f.protocol, f.dst.Port()}]
	if m == nil {
		if f.protocol == ICMP || t.cfg.Local == nil || t.cfg.Local(f.protocol, f.dst, f.src) {
			return tr, true
		}
		return translation{refusal: unsolicited}, false
	}
	if !t.lets(m, f.src) {
		return translation{refusal: filtered}, false
	}
	back := flow{f.protocol, m.key.local, f.src}
	if tr.session = t.sessions[back]; tr.session == nil {
		if len(t.sessions) >= t.cfg.MaxSessions {
			return translation{refusal: noRoom}, false
		}
		tr.session, tr.opened = t.open(now, back, m), true
	}
	t.follow(now, tr.session, fromOutside, payload)
	tr.rewrite.dst = m.key.local
	return tr, false
}

// hairpin translates a packet from inside to the outside address: both ends are inside, and each must see the other as
// anybody outside would ("External source IP address and port", RFC 4787, Section 6).
func (t *nat) hairpin(now time.Time, h *Header, payload []byte) (tr translation, mine bool) {
	f, ok := natFlow(h, payload)
	if !ok || f.protocol == ICMP || t.outside[natPort{f.protocol, f.dst.Port()}] == nil {
		return tr, true
	}
	out := t.sessionFor(now, f, h.Dst)
	if out.refusal != passes {
		return out, false
	}
	t.follow(now, out.session, fromInside, payload)
	seen := *h
	seen.Src = out.session.mapping.outside.Addr()
	again := append([]byte(nil), payload...) // as it would come from outside
	binary.BigEndian.PutUint16(again, out.session.mapping.outside.Port())
	if tr, mine = t.inbound(now, &seen, again); mine || tr.refusal != passes {
		return tr, mine
	}
	tr.rewrite.src = out.session.mapping.outside
	return tr, false
}
