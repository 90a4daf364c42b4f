package flow

import "netlab/wire"

// slowStart watches how much an end has in flight in each round trip. In slow start that doubles from one round trip to the next
// (RFC 5681, Section 3.1); when it grows by less than half, slow start is over.
type slowStart struct {
	phase       slowPhase
	rounds      uint8
	packet      int32 // the first with data
	round       int64 // the number whose acknowledgment ends this round trip; 0: not known yet
	begin       int32 // octets in flight in the first round trip,
	before, now int32 // in the last, and in this
}

type slowPhase uint8

const (
	slowNot  slowPhase = iota // nothing was sent yet
	slowOn                    // it may be in slow start
	slowDone                  // it is over, and was told
)

// sent takes a segment of new data.
func (w *slowStart) sent(me, peer *end, packet int) {
	if w.phase == slowNot {
		*w = slowStart{phase: slowOn, packet: int32(packet)}
	}
	w.now = max(w.now, int32(min(me.next-peer.ack, 1<<30)))
}

// acked takes an acknowledgment that the other end, p.me, sends. A round trip ends when all is acknowledged that was in flight at the
// first acknowledgment in it.
func (w *slowStart) acked(p *pass, ack int64) {
	e := p.peer
	if w.phase != slowOn {
		return
	}
	if w.round == 0 {
		w.round = e.next
	}
	if ack < w.round {
		return
	}
	switch {
	case w.begin == 0:
		w.begin = w.now
	case w.now < w.before+w.before/2:
		w.end(p, true)
		return
	default:
		w.rounds++
	}
	w.before, w.now, w.round = w.now, int32(min(e.next-ack, 1<<30)), 0
}

// end reports that slow start is over, if there was one: p is what shows it, either something sent again or an acknowledgment.
func (w *slowStart) end(p *pass, slower bool) {
	if w.phase != slowOn {
		return
	}
	w.phase = slowDone
	e := p.me
	if slower {
		e = p.peer
	}
	if w.rounds < 2 || max(w.before, w.now) < 4*e.big { // a few small segments are none
		return
	}
	say := "has been in slow start since packet %p: in %d round trips what it had in flight grew from %d to %d octets; now it has to send again, which ends it"
	if slower {
		say = "has been in slow start since packet %p: in %d round trips what it had in flight grew from %d to %d octets; now it grows no more so fast"
	}
	f := p.found(SlowStart, wire.RFC("5681", "3.1"), say, int64(w.rounds), int64(w.begin), int64(max(w.before, w.now)))
	if slower {
		f.Who = p.st.names[1-p.dir]
	}
	f.about(w.packet)
}
