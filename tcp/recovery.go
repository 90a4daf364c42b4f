package tcp

import (
	"time"

	"netlab/trace"
)

// recovery is what a sender keeps while something is lost or has arrived out of order. A connection gets one when it
// first needs it, and gives it back when nothing has been sent for a while.
type recovery struct {
	queue []lostSegment // what is to be sent again, in this order; entries before head are done
	head  int
	lost  int // octets of the segments in the queue that are not sent again yet

	atOnce bool          // the queue goes whatever the congestion window says
	first  bool          // its first segment does: (4.3) of RFC 6675, Section 5
	waited time.Duration // the timeout that ran out, if one did

	sack  selective
	rack  rack
	probe probe
	prr   proportional
	undo  undo
}

// lostSegment is an entry of the queue. If seq is acknowledged meanwhile, or sent again, it means nothing any more.
type lostSegment struct {
	seq   Seq
	why   why
	cause trace.ID
}

// recovery returns the connection's recovery, which is made if there is none.
func (c *Conn) recovery() *recovery {
	if c.rec == nil {
		c.rec = &recovery{}
		c.rec.rack.judged = c.snd.una
		c.rec.sack.judged = c.snd.una
	}
	return c.rec
}

// sendAgain makes Next give the segments from from to end once more, but for those that have arrived by SACK: atOnce, or
// as the congestion window allows.
func (c *Conn) sendAgain(from, end Seq, w why, atOnce bool) {
	r := c.recovery()
	r.atOnce = atOnce
	if from == c.snd.una && end == c.snd.nxt {
		r.queue, r.head = r.queue[:0], 0 // all of it goes, in order
	}
	for i := c.sent.find(from); i < c.sent.len() && c.sent.at(i).seq.Less(end); i++ {
		if rec := c.sent.at(i); !rec.sacked {
			c.markLost(rec, w)
		}
	}
}

// markLost puts a segment into the queue.
func (c *Conn) markLost(rec *sent, w why) {
	r := c.rec
	if !rec.lost {
		rec.lost = true
		r.lost += int(rec.n)
	}
	r.queue = append(r.queue, lostSegment{rec.seq, w, c.cause})
}

// nextLost returns the segment that is to be sent again next, and its entry in the queue; -1: there is none. Entries that
// are done with are removed.
func (c *Conn) nextLost() (i int, entry lostSegment) {
	r := c.rec
	if r == nil {
		return -1, entry
	}
	for ; r.head < len(r.queue); r.head++ {
		entry = r.queue[r.head]
		if r.lost > 0 && entry.seq.Less(c.snd.nxt) {
			if i = c.sent.find(entry.seq); c.sent.at(i).lost {
				return i, entry
			}
		}
	}
	r.queue, r.head, r.atOnce = r.queue[:0], 0, false
	return -1, entry
}

// forgetLosses takes nothing to be lost any more: it was only late.
func (c *Conn) forgetLosses() {
	c.rec.queue, c.rec.head, c.rec.lost, c.rec.atOnce = c.rec.queue[:0], 0, 0, false
	for i := range c.sent.len() {
		c.sent.at(i).lost = false
	}
}

// inFlight is what was sent and is neither acknowledged, nor has arrived by SACK, nor is taken to be lost: the "pipe" of
// RFC 6675, Section 2. It is kept, not counted.
func (c *Conn) inFlight() int {
	n := c.snd.nxt.Sub(c.snd.una)
	if c.rec != nil {
		n -= c.rec.lost + c.rec.sack.octets
	}
	return n
}

// outstanding is FlightSize, "the amount of data that has been sent but not yet cumulatively acknowledged" (RFC 5681,
// Section 2), without what limited transmit has sent beyond cwnd.
func (c *Conn) outstanding() int { return min(c.snd.nxt.Sub(c.snd.una), c.cc.cwnd) }

// sackRecovery is what an acknowledgment leads to if both ends use SACK: RFC 6675, Section 5, with losses told by time
// (RFC 8985) unless that is turned off. advanced says that it acknowledges something new.
func (c *Conn) sackRecovery(now time.Time, seg *Segment, advanced bool) {
	if c.rec == nil && seg.Options.SACKs == 0 {
		return
	}
	r := c.recovery()
	repeated := c.takeSACK(now, seg)
	c.undoIfSpurious(now, seg, repeated)
	if c.snd.una == c.snd.nxt {
		c.probeAnswered(now, seg, repeated)
		c.allArrived()
		return
	}
	lostBefore, recovering := r.lost, c.cc.recovering
	if c.cfg.NoRACK {
		c.judgeBySACK(now)
	} else {
		c.rackReordering(seg, repeated)
		c.judgeByTime(now)
	}
	c.lossesFound(now, r.lost-lostBefore)
	c.probeAnswered(now, seg, repeated)
	if recovering && c.cc.recovering { // the acknowledgment that began it was counted there
		c.proportionalRate(now, advanced && r.lost <= lostBefore)
	}
	r.rack.delivered = 0
}

// allArrived tidies up when nothing is outstanding.
func (c *Conn) allArrived() {
	r := c.rec
	r.queue, r.head, r.lost, r.atOnce = r.queue[:0], 0, 0, false
	r.sack.reset(c.snd.una)
	r.rack.again, r.rack.head = r.rack.again[:0], 0
	r.rack.judged, r.rack.delivered = c.snd.una, 0
}

// lossesFound begins fast recovery if octets of new losses were found and this is no more than one reduction in a
// round trip: "recovery" lasts until all is acknowledged that was in flight when it began.
func (c *Conn) lossesFound(now time.Time, octets int) {
	if octets <= 0 || c.cfg.NoFastRetransmit || c.cc.recovering || !c.cc.recover.Less(c.snd.una) {
		return
	}
	c.beginRecovery(now, "begins fast recovery: %d bytes are lost", "6675", "5", int64(octets))
}

// beginRecovery reduces the window because of a loss: RFC 6675, Section 5, (4.1) and (4.2).
func (c *Conn) beginRecovery(now time.Time, say, rfc, section string, arg int64) {
	g, before := &c.cc, c.cc
	c.saveForUndo(now)
	flight := c.outstanding()
	g.recovering, g.recover = true, c.snd.nxt.Add(-1)
	c.reduce(now, flight)
	c.rec.prr = proportional{fs: c.snd.nxt.Sub(c.snd.una)}
	c.rec.first = true
	if c.cfg.NoPRR {
		g.cwnd = g.ssthresh
	} else {
		c.proportionalRate(now, false)
	}
	c.counters.Recoveries++
	c.cause = c.reduced(now, before, say, rfc, section, flight, arg)
	for i := c.rec.head; i < len(c.rec.queue); i++ { // they go because of this
		c.rec.queue[i].cause = c.cause
	}
	c.restartRetransmission(now)
}

// sentOne notes that a segment of the queue has gone out.
func (r *recovery) sentOne(rec *sent) {
	r.lost -= int(rec.n)
	r.head++
	r.first = false
	r.prr.out += int(rec.n)
}

// sentNew notes that n octets went out for the first time, up to next.
func (r *recovery) sentNew(next Seq, n int) {
	r.prr.out += n
	if r.probe.due {
		r.probe.due, r.probe.end = false, next
	}
}
