package flow

import (
	"netlab/tcp"
	"netlab/wire"
)

// again looks at a segment that covers numbers below the highest so far.
func (p *pass) again(record sent) {
	me, peer := p.me, p.peer
	hole := me.hole(p.from, p.to)
	switch {
	case hole != nil:
		p.late(*hole)
		acked := hole.acked
		me.fill(p.from, p.to)
		if !acked {
			record.to = min(record.to, me.next)
			p.t.insert(me, record)
		}
	case p.to <= peer.ack:
		p.unnecessary()
	default:
		p.repeated()
	}
	if p.to > me.next { // the end of it is new
		record.from, record.to = me.next, p.to
		me.next = p.to
		p.t.push(me, record)
	}
	me.slow.end(p, false)
}

// late looks at a segment that fills a hole: it was overtaken, or what it carries was lost before the place of capture and is sent again.
func (p *pass) late(h hole) {
	me, peer := p.me, p.peer
	waited := p.s.At - h.at
	overtaken := waited < p.soonest()
	if h.hasTS && p.s.HasTS && h.ts != p.s.TSVal {
		overtaken = int32(p.s.TSVal-h.ts) < 0 // its sender's clock says which was sent first
	}
	if overtaken || h.acked {
		f := p.found(OutOfOrder, wire.RFC("9293", "3.10.7.4"), "sent octets %d..%d before packet %p, which overtook them by %t", p.from, p.to, waited)
		f.about(h.packet)
		return
	}
	kind := TimedOut
	switch {
	case peer.reported(p.to) || peer.dups >= 2:
		kind = Fast
	case p.to == me.next && waited <= 2*me.rtt.probeTimeout(true):
		kind = TailProbe
	}
	p.sentAgain(kind, sent{from: h.from, to: h.to, at: h.at}, waited)
}

// soonest returns within what time after a hole its octets cannot have been sent again: the sender would have to hear of the loss first,
// and that takes what the other end's segments take from here to the sender and back.
func (p *pass) soonest() int64 {
	if p.peer.rtt.n == 0 {
		return 3_000_000
	}
	return int64(p.peer.rtt.min) * 900
}

// unnecessary reports a segment of which the other end has acknowledged everything.
func (p *pass) unnecessary() {
	peer := p.peer
	f := p.found(Unnecessary, wire.RFC("3522", "1"), "sends octets %d..%d again, though its peer has acknowledged them in packet %p", p.from, p.to)
	if f.about(peer.ackPacket); len(f.Related) == 0 {
		f.Say = "sends octets %d..%d again, though its peer has acknowledged them"
	}
	p.me.remember(p)
}

// remember keeps what was sent again, so that a report of its second arrival can name it.
func (e *end) remember(p *pass) {
	o := e.trouble()
	o.again[o.agains%len(o.again)] = span{p.from, p.to, int32(p.s.Packet)}
	o.agains++
}

// repeated reports a segment that was sent before and is not acknowledged.
func (p *pass) repeated() {
	me := p.me
	all := me.outstanding()
	i := me.find(p.from)
	if i == len(all) { // it was forgotten
		p.sentAgain(TimedOut, sent{from: p.from, to: p.to}, 0)
		return
	}
	before := all[i]
	waited := p.s.At - before.at
	switch {
	case p.twice(&before, waited):
		f := p.found(Duplicated, wire.RFC("9293", "3.10.7.4"), "is seen to send octets %d..%d a second time, %t after packet %p: too soon to be a retransmission, so the packet was duplicated", p.from, p.to, waited)
		f.about(before.packet)
		return
	case before.sacked && me.sackedUpTo(i, p.to):
		f := p.found(Unnecessary, wire.RFC("2018", "5"), "sends octets %d..%d again, though its peer has reported with SACK that they have arrived", p.from, p.to)
		f.about(before.packet)
		me.remember(p)
	default:
		p.sentAgain(p.cause(&before, waited), before, waited)
	}
	for ; i < len(all) && all[i].from < p.to; i++ {
		all[i].at, all[i].packet, all[i].ts = p.s.At, int32(p.s.Packet), p.s.TSVal
		if all[i].times < 255 {
			all[i].times++
		}
	}
}

// sackedUpTo reports whether all in flight from index i to number to was reported to have arrived.
func (e *end) sackedUpTo(i int, to int64) bool {
	for _, s := range e.outstanding()[i:] {
		if s.from < to && !s.sacked {
			return false
		}
	}
	return to <= e.next
}

// twice reports whether the segment is the same packet again: the same numbers and time stamp, and no time to hear of a loss.
func (p *pass) twice(before *sent, waited int64) bool {
	soon := int64(p.me.rtt.min) * 500
	if p.me.rtt.n == 0 {
		soon = 1_000_000
	}
	return before.from == p.from && before.to == p.to && waited < soon && p.peer.dups == 0 && !p.peer.reported(p.to) && (!p.s.HasTS || before.ts == p.s.TSVal)
}

// reported reports whether the end has told with SACK of the arrival of something after number n of the other.
func (e *end) reported(n int64) bool {
	return e.odd != nil && e.odd.sackHigh >= n && e.odd.sackHigh > e.ack
}

// cause infers why the segment was sent again, from how long its sender had waited and what it had heard.
func (p *pass) cause(before *sent, waited int64) Kind {
	me, peer := p.me, p.peer
	timeout := me.rtt.timeout() * 9 / 10
	// The retransmission timer starts again with what is newly acknowledged (RFC 6298, Section 5.3).
	alone := min(waited, p.s.At-peer.ackAt)
	told := peer.reported(p.to) || peer.dups >= 3 || me.odd != nil && p.from < me.odd.recover
	switch {
	case p.s.Flags&tcp.SYN != 0:
		return TimedOut
	case told && before.times == 1 && p.s.At-peer.at < timeout:
		return Fast
	case told && waited < timeout:
		return Fast
	case p.to >= me.next && before.times == 1 && !told && p.tail(alone):
		return TailProbe
	case peer.dups > 0 && p.from == peer.ack && p.s.At-peer.at < timeout/2:
		return Fast // early retransmit: too little is in flight for three duplicates (RFC 5827, Section 3.2)
	}
	return TimedOut
}

// tail reports whether a segment at the end of a flight may be a tail-loss probe, after nothing has happened for a while.
func (p *pass) tail(alone int64) bool {
	if p.me.rtt.n == 0 || p.s.Flags&tcp.SYN != 0 {
		return false
	}
	wait := p.me.rtt.probeTimeout(len(p.me.outstanding()) == 1)
	return alone <= wait+wait/4+5_000_000
}

// sentAgain reports a retransmission of what was sent before.
func (p *pass) sentAgain(kind Kind, before sent, waited int64) {
	me := p.me
	o := me.trouble()
	me.remember(p)
	what := []int64{p.from, p.to, waited}
	switch {
	case kind == Fast:
		o.recover = max(o.recover, me.next)
		p.found(kind, wire.RFC("5681", "3.2"), "sends octets %d..%d again after %t: acknowledgments have told that something after them has arrived", what...).about(before.packet, p.peer.latest)
	case kind == TailProbe:
		p.found(kind, wire.RFC("8985", "7.3"), "sends octets %d..%d again after %t as a probe: they were the end of what it had sent, and nothing came back", what...).about(before.packet)
	case p.s.Flags&tcp.SYN != 0:
		p.found(kind, wire.RFC("6298", "5"), "sends its SYN again: no acknowledgment within %t", waited).about(before.packet)
	case p.from < o.backTo && waited < me.rtt.timeout()*9/10 || before.at == 0:
		p.found(kind, wire.RFC("5681", "3.1"), "sends octets %d..%d again: they follow what was sent again after a time-out", what...).about(before.packet, o.timedOut)
	default:
		o.backTo, o.timedOut = me.next, int32(p.s.Packet)
		p.found(kind, wire.RFC("6298", "5"), "sends octets %d..%d again: no acknowledgment within %t", what...).about(before.packet)
		p.blackHole(before)
	}
}

// blackHole reports that what is big does not arrive, while what is small does.
func (p *pass) blackHole(before sent) {
	me := p.me
	if before.times < 2 || me.is&holed != 0 || p.peer.is&acks == 0 || p.s.Len < 500 || int32(p.s.Len) <= me.bigArrived {
		return
	}
	me.is |= holed
	p.found(BlackHole, wire.RFC("2923", "2"),
		"sends a segment of %d octets for the third time, and none of that size has arrived, while up to %d octets have: a router on the way may throw big packets away without a word",
		int64(p.s.Len), int64(me.bigArrived)).about(before.packet)
}
