package tcp

import "time"

// reduction is what is needed to take back a reduction of the window that was not called for: nothing was lost, segments
// or acknowledgments were only late (RFC 9438, Section 4.9).
type reduction struct {
	cwnd, ssthresh int
	cubic          cubic
	from, after    Seq    // SND.UNA and SND.NXT when the window was reduced: what is sent again lies between
	first          Seq    // where the segment ends that was sent again first
	clock          uint32 // our timestamp in it
	again          int    // segments sent again, less those that the peer says it had already
	some           bool   // first and clock are set
}

// undo are the latest reductions, oldest first. A segment that others overtake by many round trips is told of by D-SACK
// when the window has been reduced again for the next such segment: each reduction has its own account.
type undo struct {
	reductions []reduction
}

// reductionsKept is how many reductions may still be taken back.
const reductionsKept = 32

// latest returns the last reduction; nil: there is none.
func (u *undo) latest() *reduction {
	if len(u.reductions) == 0 {
		return nil
	}
	return &u.reductions[len(u.reductions)-1]
}

// remove forgets reduction i.
func (u *undo) remove(i int) { u.reductions = append(u.reductions[:i], u.reductions[i+1:]...) }

// saveForUndo keeps the window as it is before it is reduced. A second reduction in the same trouble changes nothing.
func (c *Conn) saveForUndo(now time.Time) {
	u := &c.recovery().undo
	if last := u.latest(); c.cfg.NoUndo || last != nil && c.snd.una.Less(last.after) {
		return
	}
	if len(u.reductions) == reductionsKept {
		u.remove(0)
	}
	r := reduction{cwnd: c.cc.cwnd, ssthresh: c.cc.ssthresh, from: c.snd.una, after: c.snd.nxt}
	if c.cc.cubic != nil {
		r.cubic = *c.cc.cubic
	}
	u.reductions = append(u.reductions, r)
}

// sentForUndo counts a segment that is sent again. What was sent after the reduction, and is lost before the recovery ends,
// belongs to it too.
func (c *Conn) sentForUndo(now time.Time, rec *sent) {
	r := c.rec.undo.latest()
	if r == nil {
		return
	}
	if !r.some {
		r.some, r.first, r.clock = true, rec.end(), c.clock(now)
	}
	r.after = r.after.max(rec.end())
	r.again++
}

// undoIfSpurious takes a reduction back if the acknowledgment shows that no segment was lost. It does so if it echoes a
// timestamp from before the first retransmission and acknowledges what that one carried (the Eifel algorithm, RFC 3522,
// Section 3.2), or if D-SACKs have told of all that was sent again that it had arrived before (RFC 3708, Section 3).
func (c *Conn) undoIfSpurious(now time.Time, seg *Segment, repeated Block) {
	u := &c.rec.undo
	last := u.latest()
	if last == nil {
		return
	}
	if repeated != (Block{}) && c.undoRepeated(now, repeated) {
		return
	}
	if last.some && c.ts.on && seg.Options.Timestamps && seg.Options.TSEcr != 0 && last.first.LessEq(seg.Ack) && earlier(seg.Options.TSEcr, last.clock) {
		c.takeBack(now, "takes back its reduction: the acknowledgment answers what was sent first, not what was sent again; cwnd is %d once more", "3522", "3.2")
	}
}

// undoRepeated counts what arrived twice for the reduction because of which it was sent again, and takes that back if it was
// the last that was missing in the account.
func (c *Conn) undoRepeated(now time.Time, repeated Block) bool {
	u := &c.rec.undo
	for i := len(u.reductions) - 1; i >= 0; i-- {
		r := &u.reductions[i]
		if !r.some || repeated.Left.Less(r.from) || r.after.Less(repeated.Right) {
			continue
		}
		if r.again--; r.again > 0 {
			return false
		}
		if i == len(u.reductions)-1 {
			c.takeBack(now, "takes back its reduction: all that it sent again had arrived; cwnd is %d once more", "3708", "3")
		} else {
			c.takeBackEarlier(now, i)
		}
		return true
	}
	return false
}

// takeBack takes back the last reduction: it restores the window and ends recovery.
func (c *Conn) takeBack(now time.Time, say, rfc, section string) {
	u := &c.rec.undo
	g, before, r := &c.cc, c.cc, u.latest()
	g.cwnd, g.ssthresh = max(g.cwnd, r.cwnd), max(g.ssthresh, r.ssthresh)
	if r.ssthresh == 0 {
		g.ssthresh = 0
	}
	if g.cubic != nil {
		*g.cubic = r.cubic
	}
	g.recovering, g.partial, g.dups = false, false, 0
	g.recover = c.snd.una.Add(-2)
	c.timer.tries = 0
	u.remove(len(u.reductions) - 1)
	c.forgetLosses()
	c.rec.rack.judged, c.rec.sack.judged = c.snd.una, c.snd.una
	c.counters.Undone++
	c.cause = c.congestionChanged(now, before, say, rfc, section, int64(g.cwnd))
}

// takeBackEarlier takes back reduction i, which others have followed: they multiplied a window that was too small, so it
// becomes larger by the factor by which it had become smaller, and so does what they would restore.
func (c *Conn) takeBackEarlier(now time.Time, i int) {
	u := &c.rec.undo
	g, before := &c.cc, c.cc
	grown := func(octets int) int { return octets * 10 / c.cfg.Congestion.tenths() }
	g.cwnd, g.ssthresh = grown(g.cwnd), grown(g.ssthresh)
	if g.cubic != nil {
		g.cubic.max, g.cubic.growing = int64(grown(int(g.cubic.max))), false
	}
	u.remove(i)
	for k := i; k < len(u.reductions); k++ {
		r := &u.reductions[k]
		r.cwnd, r.ssthresh, r.cubic.max = grown(r.cwnd), grown(r.ssthresh), int64(grown(int(r.cubic.max)))
	}
	c.counters.Undone++
	c.cause = c.congestionChanged(now, before, "takes back an earlier reduction: all that it sent again then had arrived; cwnd is now %d", "3708", "3", int64(g.cwnd))
}
