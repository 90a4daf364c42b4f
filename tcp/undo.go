package tcp

import "time"

// undo is what is needed to take back a reduction of the window that was not called for: nothing was lost, segments or
// acknowledgments were only late (RFC 9438, Section 4.9).
type undo struct {
	active         bool
	cwnd, ssthresh int
	cubic          cubic
	from, after    Seq    // SND.UNA and SND.NXT when the window was reduced: what is sent again lies between
	first          Seq    // where the segment ends that was sent again first
	clock          uint32 // our timestamp in it
	again          int    // segments sent again, less those that the peer says it had already
	some           bool   // first and clock are set
}

// saveForUndo keeps the window as it is before it is reduced. A second reduction in the same trouble changes nothing.
func (c *Conn) saveForUndo(now time.Time) {
	u := &c.recovery().undo
	if c.cfg.NoUndo || u.active && c.snd.una.Less(u.after) {
		return
	}
	*u = undo{active: true, cwnd: c.cc.cwnd, ssthresh: c.cc.ssthresh, from: c.snd.una, after: c.snd.nxt}
	if c.cc.cubic != nil {
		u.cubic = *c.cc.cubic
	}
}

// sentForUndo counts a segment that is sent again.
func (c *Conn) sentForUndo(now time.Time, rec *sent) {
	u := &c.rec.undo
	if !u.active {
		return
	}
	if !u.some {
		u.some, u.first, u.clock = true, rec.end(), c.clock(now)
	}
	u.again++
}

// undoIfSpurious takes the reduction back if the acknowledgment shows that no segment was lost. It does so if it echoes a
// timestamp from before the first retransmission and acknowledges what that one carried (the Eifel algorithm, RFC 3522,
// Section 3.2), or if D-SACKs have told of all that was sent again that it had arrived before (RFC 3708, Section 3).
func (c *Conn) undoIfSpurious(now time.Time, seg *Segment, repeated Block) {
	u := &c.rec.undo
	if !u.active || !u.some {
		return
	}
	told := repeated != (Block{}) && u.from.LessEq(repeated.Left) && repeated.Right.LessEq(u.after)
	if told {
		u.again--
	}
	switch {
	case told && u.again <= 0:
		c.takeBack(now, "takes back its reduction: all that it sent again had arrived; cwnd is %d once more", "3708", "3")
	case c.ts.on && seg.Options.Timestamps && seg.Options.TSEcr != 0 && u.first.LessEq(seg.Ack) && earlier(seg.Options.TSEcr, u.clock):
		c.takeBack(now, "takes back its reduction: the acknowledgment answers what was sent first, not what was sent again; cwnd is %d once more", "3522", "3.2")
	}
}

// takeBack restores the window and ends recovery.
func (c *Conn) takeBack(now time.Time, say, rfc, section string) {
	g, before, u := &c.cc, c.cc, &c.rec.undo
	g.cwnd, g.ssthresh = max(g.cwnd, u.cwnd), max(g.ssthresh, u.ssthresh)
	if u.ssthresh == 0 {
		g.ssthresh = 0
	}
	if g.cubic != nil {
		*g.cubic = u.cubic
	}
	g.recovering, g.partial, g.dups = false, false, 0
	g.recover = c.snd.una.Add(-2)
	c.timer.tries = 0
	u.active = false
	c.forgetLosses()
	c.rec.rack.judged, c.rec.sack.judged = c.snd.una, c.snd.una
	c.counters.Undone++
	c.cause = c.congestionChanged(now, before, say, rfc, section, int64(g.cwnd))
}
