package flow

import (
	"netlab/tcp"
	"netlab/wire"
)

// reset looks at a RST.
func (p *pass) reset() {
	me, peer, s := p.me, p.peer, p.s
	if me.is&reset != 0 {
		return // each segment that still arrives is answered by another
	}
	me.is |= reset
	if me.is&(opened|acks) == 0 && peer.is&opened != 0 && s.Flags&tcp.ACK != 0 && peer.relative(s.Ack, false) == peer.next {
		p.found(Refused, wire.RFC("9293", "3.10.7.1"), "refuses the connection: nobody listens on that port. The reset is valid, because it acknowledges the SYN of packet %p").about(peer.latest)
		return
	}
	why, ref := p.whyReset()
	p.found(Reset, ref, "resets the connection, "+why+". "+p.validity()).about(peer.latest)
}

// whyReset infers why an end resets a connection.
func (p *pass) whyReset() (string, wire.Ref) {
	me, peer := p.me, p.peer
	switch {
	case me.is&speaks == 0 && peer.is&acks != 0:
		return "of which it knows nothing", wire.RFC("9293", "3.5.2")
	case me.is&ended != 0 && peer.octets > 0 && peer.at > me.at:
		return "because octets arrived that nobody will read: its application has closed", wire.RFC("9293", "3.6.1")
	case me.is&acks != 0 && me.ack < peer.next:
		return "though octets of its peer are not yet acknowledged: its application has closed or aborted without reading them", wire.RFC("9293", "3.6.1")
	}
	return "because its application aborts it, or closes it without reading all that arrived", wire.RFC("9293", "3.10.5")
}

// validity says whether a peer that follows RFC 9293, Section 3.5.3, as RFC 5961, Section 3.2 amends it, believes the reset.
func (p *pass) validity() string {
	me, peer := p.me, p.peer
	switch {
	case peer.is&acks == 0:
		return "Whether the reset is valid does not show: its peer has acknowledged nothing"
	case p.from == peer.ack || p.from == me.next:
		return "The reset is valid: its number is the next that its peer expects"
	case p.from > peer.ack && p.from < peer.ack+int64(peer.room):
		return "Its number is in the window but not the next, so its peer answers with a challenge ACK"
	}
	return "Its number is outside the window, so its peer must ignore it"
}

// patience is for how long an answer must fail to come, or else something must be sent again, for that to be told.
const patience = 1_000_000_000

// unfinished reports what a connection never came to, when no more of it will be seen.
func (t *Tracker) unfinished(st *stream, at int64) {
	a, b := &st.ends[0], &st.ends[1]
	if a.is&opened == 0 || b.is&reset != 0 || a.is&reset != 0 {
		return
	}
	f := Finding{Packet: int(st.packet), Stream: st.number, At: st.firstAt, Who: st.names[0]}
	f.Args[0] = at - st.firstAt
	switch {
	case b.is&speaks == 0 && a.is&acks == 0 && (at-st.at >= patience || a.packets > 1):
		f.Kind, f.Ref = Unanswered, wire.RFC("9293", "3.8.3")
		f.Say = "wants to open a connection, and nobody answers, to the end of the capture %t later"
		t.add(f)
	case b.is&opened != 0 && a.is&acks == 0 && (at-st.at >= patience || b.packets > 1):
		f.Kind, f.Ref = HalfOpen, wire.RFC("4987", "2")
		f.Say = "never completes the handshake: the SYN-ACK of packet %p stays without an answer to the end of the capture"
		f.about(b.latest)
		t.add(f)
	}
}
