package ip

import "net/netip"

// isICMPError reports whether a packet is an ICMP error: one that quotes another packet.
func isICMPError(h *Header, payload []byte) bool {
	if h.Protocol != ICMP || len(payload) < icmpHeader {
		return false
	}
	m := Message{Type: MessageType(payload[0])}
	return m.IsError()
}

// errorFromOutside translates an ICMP error about a packet that was sent from inside. It quotes the packet as it was seen
// outside: who sent it is known from its source port. The quoted packet is translated back, so that the host inside
// recognizes it (RFC 3022, Section 4.3; RFC 5508, requirement 4).
func (t *nat) errorFromOutside(payload []byte) (tr translation, mine bool) {
	f, ok := quotedFlow(payload)
	if !ok {
		return tr, true
	}
	m := t.outside[natPort{f.protocol, f.src.Port()}]
	if m == nil {
		return tr, true // about a packet of the router's own, or nobody's
	}
	s := t.sessions[flow{f.protocol, m.key.local, f.dst}]
	if s == nil {
		return translation{refusal: unknownError}, false
	}
	tr.session = s
	tr.rewrite = rewrite{dst: netip.AddrPortFrom(m.key.local.Addr(), 0), quoted: &rewrite{src: m.key.local}}
	return tr, false
}

// errorFromInside translates an ICMP error about a packet that came in. It quotes the packet as it was seen inside.
func (t *nat) errorFromInside(payload []byte, outside netip.Addr) translation {
	f, ok := quotedFlow(payload)
	if !ok {
		return translation{refusal: unknownError}
	}
	s := t.sessions[flow{f.protocol, f.dst, f.src}]
	if s == nil {
		return translation{refusal: unknownError}
	}
	return translation{session: s, rewrite: rewrite{src: netip.AddrPortFrom(outside, 0), quoted: &rewrite{dst: s.mapping.outside}}}
}

// quotedFlow returns the two ends of the packet that an ICMP error quotes.
func quotedFlow(payload []byte) (f flow, ok bool) {
	m := Message{Type: MessageType(payload[0]), Data: payload[icmpHeader:]}
	q, ok := m.Quoted()
	if !ok || q.Header.FragmentOffset != 0 || !q.Header.Src.Is4() || len(q.Payload) < 8 {
		return f, false
	}
	padded := q.Payload
	if len(padded) < 20 {
		padded = make([]byte, 20) // an error quotes as little as 8 octets behind the header: the ports are among them
		copy(padded, q.Payload)
	}
	return natFlow(&q.Header, padded)
}
