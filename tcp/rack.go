package tcp

import (
	"time"

	"netlab/trace"
)

// rack tells losses by time (RFC 8985): a segment is lost if one that was sent sufficiently later has arrived. Segments
// that were sent once are judged in the order of their numbers, which is that of their sending; those that were sent
// again wait in a queue in that order. So each is judged about once, and no acknowledgment walks over all of them.
type rack struct {
	at        time.Duration // RACK.xmit_ts: when the segment was sent that was sent last of all that have arrived
	end       Seq           // RACK.end_seq: where it ends
	rtt       time.Duration // RACK.rtt: how long it took
	fack      Seq           // RACK.fack: the highest number that has arrived
	judged    Seq           // segments before it, sent once, are judged
	again     []sentAgain   // in the order of sending; those before head are judged
	head      int
	delivered int // octets that the acknowledgment at hand tells of for the first time

	known      bool // at, end, rtt and fack are set
	reordering bool // RACK.reordering_seen
	mult       int  // RACK.reo_wnd_mult - 1
	persist    int  // RACK.reo_wnd_persist: recoveries until mult goes back
	round      Seq  // RACK.dsack_round, if inRound
	inRound    bool
}

// sentAgain is a segment that was retransmitted.
type sentAgain struct {
	seq Seq
	at  time.Duration
}

// sentAfter is RACK_sent_after of RFC 8985, Section 6.2.
func sentAfter(at time.Duration, end Seq, at2 time.Duration, end2 Seq) bool {
	return at > at2 || at == at2 && end2.Less(end)
}

// retransmitted notes a segment that goes out again.
func (r *rack) retransmitted(seq Seq, at time.Duration) {
	if len(r.again) == cap(r.again) && r.head > 0 && r.head >= len(r.again)/2 {
		r.again = r.again[:copy(r.again, r.again[r.head:])]
		r.head = 0
	}
	r.again = append(r.again, sentAgain{seq, at})
}

// delivered takes a segment that has arrived, n octets of it as news: RFC 8985, Section 6.2, steps 2 and 3.
func (c *Conn) delivered(now time.Time, seg *Segment, rec *sent, n int) {
	r := &c.rec.rack
	r.delivered += n
	rtt := c.elapsed(now) - rec.at
	switch {
	case !rec.again:
		if r.known && rec.end().Less(r.fack) && !r.reordering {
			r.reordering = true
			c.event(now, trace.Note, "sees that segments overtake each other: it waits a little before it takes one to be lost", "8985", "6.2")
		}
	case rtt < c.rtt.least, c.ts.on && seg.Options.Timestamps && earlier(seg.Options.TSEcr, c.ts.base+uint32(rec.at/tick)):
		return // what arrived may be the first one
	}
	if !r.known || r.fack.Less(rec.end()) {
		r.fack = rec.end()
	}
	if !r.known || sentAfter(rec.at, rec.end(), r.at, r.end) {
		r.at, r.end, r.rtt = rec.at, rec.end(), rtt
	}
	r.known = true
}

// rackReordering adapts the reordering window to retransmissions that were not needed: "RACK.reo_wnd_mult is incremented
// if a round with DSACK is detected" (RFC 8985, Section 6.2, step 4).
func (c *Conn) rackReordering(seg *Segment, repeated Block) {
	r := &c.rec.rack
	if r.inRound && !c.snd.una.Less(r.round) {
		r.inRound = false
	}
	if repeated != (Block{}) && !r.inRound {
		r.inRound, r.round = true, c.snd.nxt
		r.mult, r.persist = r.mult+1, 16
	}
}

// recoveryOver is the other half: the window is small again after sixteen recoveries without a D-SACK.
func (r *rack) recoveryOver() {
	if r.persist--; r.persist <= 0 {
		r.persist, r.mult = 0, 0
	}
}

// reorderingWindow is RACK.reo_wnd: how much later a segment may come than one that was sent after it.
func (c *Conn) reorderingWindow() time.Duration {
	r := &c.rec.rack
	if !r.reordering && (c.cc.recovering || c.rec.sack.segments >= duplicateThreshold) {
		return 0
	}
	return min(time.Duration(r.mult+1)*c.rtt.least/4, c.rtt.srtt)
}

// judgeByTime is RACK_detect_loss of RFC 8985, Section 6.2, step 5: lost is what was sent before the latest segment that
// has arrived, and more than a round trip and the reordering window ago. What is not that old yet is judged when the
// reordering timer runs out.
func (c *Conn) judgeByTime(now time.Time) {
	r := &c.rec.rack
	if !r.known {
		return
	}
	window := c.reorderingWindow()
	wait := c.judgeFirst(now, window) // not short-circuited: both have their losses
	wait = c.judgeAgain(now, window) || wait
	switch {
	case wait:
		// All that is not judged yet was sent no later than r.at.
		c.timer.kind, c.timer.at = reordering, max(r.at+r.rtt+window+1, c.elapsed(now))
	case c.timer.kind == reordering:
		c.timer.kind = retransmit
		c.timer.at = max(c.timer.since+c.rtt.rto, c.elapsed(now))
	}
}

// overdue reports whether a segment that was sent at, with its end, is lost; wait: not yet, but it may be soon.
func (c *Conn) overdue(now time.Time, at time.Duration, end Seq, window time.Duration) (lost, wait bool) {
	r := &c.rec.rack
	if !sentAfter(r.at, r.end, at, end) {
		return false, false
	}
	lost = c.elapsed(now) >= at+r.rtt+window
	return lost, !lost
}

// judgeFirst judges the segments that were sent once.
func (c *Conn) judgeFirst(now time.Time, window time.Duration) (wait bool) {
	r := &c.rec.rack
	for i := c.sent.find(r.judged.max(c.snd.una)); i < c.sent.len(); i++ {
		rec := c.sent.at(i)
		if !rec.sacked && !rec.lost && !rec.again {
			lost, wait := c.overdue(now, rec.at, rec.end(), window)
			if !lost {
				return wait
			}
			c.markLost(rec, againRACK)
		}
		r.judged = rec.end()
	}
	return false
}

// judgeAgain judges those that were sent again: so a lost retransmission is noticed, too.
func (c *Conn) judgeAgain(now time.Time, window time.Duration) (wait bool) {
	r := &c.rec.rack
	for ; r.head < len(r.again); r.head++ {
		entry := r.again[r.head]
		if entry.seq.Less(c.snd.una) || !entry.seq.Less(c.snd.nxt) {
			continue
		}
		rec := c.sent.at(c.sent.find(entry.seq))
		if rec.sacked || rec.lost || !rec.again || rec.at != entry.at {
			continue
		}
		lost, wait := c.overdue(now, rec.at, rec.end(), window)
		if !lost {
			return wait
		}
		c.markLost(rec, againRACK)
	}
	r.again, r.head = r.again[:0], 0
	return false
}

// reorderingTimeout: what was waited for has not come.
func (c *Conn) reorderingTimeout(now time.Time) {
	c.timer.kind = retransmit
	c.timer.at = max(c.timer.since+c.rtt.rto, c.elapsed(now)+granularity)
	if c.rec == nil {
		return
	}
	c.cause = c.event(now, trace.TimerExpired, "has waited long enough for segments that others may have overtaken", "8985", "6.2")
	before := c.rec.lost
	c.judgeByTime(now)
	c.lossesFound(now, c.rec.lost-before)
}
