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
	case p.s.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN|tcp.ACK && me.is&acks == 0 && me.is&asked != 0 && peer.is&asked != 0:
		p.found(BothOpen, wire.RFC("9293", "3.5"), "answers the SYN of packet %p, though its own is on the way: both ends have opened the connection").about(peer.latest)
	case hole != nil:
		p.late(*hole)
		acked := hole.acked
		me.fill(p.from, p.to)
		if !acked {
			record.to = min(record.to, me.next)
			p.t.insert(me, record)
		}
	case me.is&atEnd != 0 && p.to == me.next && p.to-p.from == int64(me.latestLen) && p.s.At-me.at < p.soon() && peer.dups == 0:
		p.double(p.s.At-me.at, me.latest)
	case peer.is&acks != 0 && p.to <= peer.ack:
		p.unnecessary()
	default:
		p.repeated()
	}
	if p.to > me.next { // the end of it is new
		record.from, record.to = me.next, p.to
		me.next = p.to
		p.t.push(me, record)
	}
	p.full()
	me.slow.end(p, false)
}

// late looks at a segment that fills a hole: it was overtaken, or what it carries was lost before the place of capture and is sent again.
func (p *pass) late(h hole) {
	waited := p.s.At - h.at
	overtaken := waited < p.soonest()
	if h.hasTS && p.s.HasTS && h.ts != p.s.TSVal {
		overtaken = int32(p.s.TSVal-h.ts) < 0 // its sender's clock says which was sent first
	}
	if overtaken || h.acked {
		p.overtaken(waited).about(h.packet)
		return
	}
	before := sent{from: h.from, to: h.to, at: h.at, packet: h.packet, times: 1}
	kind := p.cause(&before, waited)
	before.packet = 0 // it was not seen
	p.sentAgain(kind, before, waited)
}

// overtaken reports a segment that comes after one that was sent later.
func (p *pass) overtaken(waited int64) *Finding {
	say, args := p.what("sent ", " before packet %p, which overtook them by %t", waited)
	return p.found(OutOfOrder, wire.RFC("9293", "3.10.7.4"), say, args...)
}

// what puts together a sentence about what the segment carries: its octets, or its FIN alone.
func (p *pass) what(before, after string, args ...int64) (say string, all []int64) {
	if p.s.Len == 0 {
		if p.s.Flags&tcp.SYN != 0 {
			return before + "its SYN" + after, args
		}
		return before + "its FIN" + after, args
	}
	return before + "octets %d..%d" + after, append([]int64{p.data, p.data + int64(p.s.Len)}, args...)
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
	say, args := p.what("sends ", " again, though its peer has acknowledged that in packet %p")
	p.found(Unnecessary, wire.RFC("3522", "1"), say, args...).about(peer.ackPacket)
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
	p.t.split(me, p.from)
	p.t.split(me, p.to)
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
		p.double(waited, before.packet)
		return
	case before.sacked && me.sackedUpTo(i, p.to):
		say, args := p.what("sends ", " again, though its peer has reported with SACK that it has arrived")
		p.found(Unnecessary, wire.RFC("2018", "5"), say, args...).about(before.packet)
		me.remember(p)
	default:
		p.sentAgain(p.cause(&before, waited), before, waited)
	}
	for ; i < len(all) && all[i].from < p.to; i++ {
		all[i].at, all[i].packet, all[i].ts, all[i].piece = p.s.At, int32(p.s.Packet), p.s.TSVal, false
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
	return before.from == p.from && before.to == p.to && !before.piece && waited < p.soon() && p.peer.dups == 0 && !p.peer.reported(p.to) && (!p.s.HasTS || before.ts == p.s.TSVal)
}

// soon returns within what time a sender cannot have heard of a loss.
func (p *pass) soon() int64 { return max(int64(p.me.rtt.min)*500, 200_000) }

// double reports the same segment a second time.
func (p *pass) double(waited int64, packet int32) {
	say, args := p.what("is seen to send ", " a second time, %t after packet %p: too soon to be a retransmission, so the packet was duplicated", waited)
	p.found(Duplicated, wire.RFC("9293", "3.10.7.4"), say, args...).about(packet)
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
	case p.follows(before):
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

// follows reports whether the segment is one of those that a sender takes for lost because of a time-out, and sends again after the first.
func (p *pass) follows(before *sent) bool {
	o := p.me.odd
	return o != nil && p.from < o.backTo && before.packet < o.timedOut && p.s.At-max(p.peer.at, p.me.at) < p.me.rtt.timeout()*9/10
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
	related, ref := []int32{before.packet}, wire.RFC("6298", "5")
	var say string
	var args []int64
	switch {
	case o.tooBig > 0 && p.from < o.backTo && p.s.Len > 0:
		kind, ref, related = TooBig, wire.RFC("1191", "6.4"), append(related, o.tooBig)
		say, args = p.what("sends ", " again: a router has said that the packet before was too big")
	case kind == Fast:
		o.recover = max(o.recover, me.next)
		ref, related = wire.RFC("5681", "3.2"), append(related, p.peer.latest)
		say, args = p.what("sends ", " again after %t: acknowledgments have told that something after it has arrived", waited)
	case kind == TailProbe:
		ref = wire.RFC("8985", "7.3")
		say, args = p.what("sends ", " again after %t as a probe: it was the end of what had been sent, and nothing came back", waited)
	case p.follows(&before) || before.times == 0:
		ref = wire.RFC("5681", "3.1")
		if o.timedOut != before.packet {
			related = append(related, o.timedOut)
		}
		say, args = p.what("sends ", " again: it follows what was sent again after a time-out")
	default:
		o.backTo, o.timedOut, o.tooBig = me.next, int32(p.s.Packet), 0
		say, args = p.what("sends ", " again: no acknowledgment within %t", waited)
		if p.peer.is&closed != 0 && before.packet > 0 {
			ref, related = wire.RFC("9293", "3.8.6.1"), append(related, p.peer.closer())
			say, args = p.what("sends ", " again, %t after packet %p: it found no room, and the window that packet %p closed is still closed", waited)
		}
	}
	f := p.found(kind, ref, say, args...)
	f.about(related...)
	f.Lost = int(before.packet)
	if kind == TimedOut && o.timedOut == int32(p.s.Packet) {
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
	say := "sends a segment of %d octets for the third time, and none of that size has arrived, while up to %d octets have: a router on the way may throw big packets away without a word"
	if me.bigArrived <= 1 {
		say = "sends a segment of %d octets for the third time, and it does not arrive, while the small ones of the handshake have: a router on the way may throw big packets away without a word"
	}
	p.found(BlackHole, wire.RFC("2923", "2"), say, int64(p.s.Len), int64(me.bigArrived)).about(before.packet)
}
