package tcp

import (
	"time"

	"netlab/trace"
)

// checkACK is the fifth step of RFC 9293, Section 3.10.7.4.
func (c *Conn) checkACK(now time.Time, seg *Segment) bool {
	if seg.Flags&ACK == 0 {
		c.discard(now, "drops a segment without ACK", "9293", "3.10.7.4")
		return false
	}
	if c.state == SynReceived {
		if !c.snd.una.Less(seg.Ack) || c.snd.nxt.Less(seg.Ack) {
			// "If the segment acknowledgment is not acceptable, form a reset segment <SEQ=SEG.ACK><CTL=RST> and send it."
			c.discard(now, "drops a segment that acknowledges what it never sent", "9293", "3.10.7.4")
			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}
			return false
		}
		c.established(now, seg)
		c.acknowledge(now, seg)
		c.enter(now, Established, "goes from SYN-RECEIVED to ESTABLISHED: its SYN is acknowledged", "3.10.7.4")
		if c.closing { // a CLOSE in SYN-RECEIVED was queued "for processing after entering ESTABLISHED state"
			c.enter(now, FinWait1, "goes from ESTABLISHED to FIN-WAIT-1: the application had closed already", "3.10.4")
		}
		return true
	}
	if !c.plausibleACK(now, seg) {
		return false
	}
	advanced, flight := c.snd.una.Less(seg.Ack), c.outstanding()
	switch {
	case advanced:
		c.acknowledge(now, seg)
	case c.isDuplicate(seg):
		c.duplicateACK(now)
	}
	if c.sackOK {
		c.sackRecovery(now, seg, advanced)
	} else if c.rec != nil {
		c.undoIfSpurious(now, seg, Block{})
	}
	if c.ecn.on && seg.Flags&ECE != 0 {
		c.echoArrives(now, flight)
	}
	c.updateWindow(now, seg, advanced)
	return c.finAcknowledged(now)
}

// plausibleACK: "TCP stacks that implement RFC 5961 MUST add an input check that the ACK value is acceptable
// only if it is in the range of ((SND.UNA - MAX.SND.WND) =< SEG.ACK =< SND.NXT). All incoming segments whose
// ACK value doesn't satisfy the above condition MUST be discarded and an ACK sent back." (RFC 9293,
// Section 3.10.7.4)
func (c *Conn) plausibleACK(now time.Time, seg *Segment) bool {
	tooNew := c.snd.nxt.Less(seg.Ack)
	tooOld := seg.Ack.Less(c.snd.una.Add(-c.snd.maxWnd)) && !c.cfg.NoChallengeACK
	if !tooNew && !tooOld {
		return true
	}
	c.challengeACK(now, challengeACK)
	return false
}

// acknowledge takes an acknowledgment of something new: SND.UNA < SEG.ACK =< SND.NXT.
func (c *Conn) acknowledge(now time.Time, seg *Segment) {
	n := seg.Ack.Sub(c.snd.una)
	data := n
	if !c.state.Synchronized() {
		data-- // our SYN
	}
	if c.snd.finSent && c.snd.fin.Less(seg.Ack) {
		data-- // our FIN
	}
	flight := c.inFlight()
	c.removeAcknowledged(now, seg, flight)
	c.out.discard(data)
	c.snd.una = seg.Ack
	c.soft = nil
	c.snd.acked += int64(n)
	restart := true
	if c.state.Synchronized() { // "the SYN/ACK and the acknowledgment of the SYN/ACK MUST NOT increase" cwnd: RFC 5681, Section 3.1
		restart = c.congestionOnACK(now, n, flight)
	}
	// "(5.2) When all outstanding data has been acknowledged, turn off the retransmission timer. (5.3) When an ACK
	// is received that acknowledges new data, restart the retransmission timer" (RFC 6298, Section 5)
	switch {
	case c.snd.una == c.snd.nxt:
		c.timer = timer{}
	case restart:
		c.startRetransmission(now)
	default: // a partial acknowledgment: the timer runs on, but the peer has answered
		c.timer.since, c.timer.tries = c.elapsed(now), 0
	}
}

// removeAcknowledged takes from the scoreboard what is acknowledged, and measures the round trip. "RTT samples
// MUST NOT be made using segments that were retransmitted" (RFC 6298, Section 3, Karn's algorithm), nor using
// segments that waited at the peer behind one that was; then only an echoed timestamp tells which of the two arrived.
// flight was in flight before.
func (c *Conn) removeAcknowledged(now time.Time, seg *Segment, flight int) {
	again, at, full, ack := false, time.Duration(0), false, seg.Ack
	for c.sent.len() > 0 {
		first := c.sent.at(0)
		n := min(ack.Sub(first.seq), int(first.n))
		if c.rec != nil {
			c.taken(now, seg, first, n)
		}
		if n < int(first.n) { // a part of it
			first.seq, first.n = first.seq.Add(n), first.n-int32(n)
			break
		}
		again = again || first.again
		at, full, c.snd.proven = first.at, true, max(c.snd.proven, first.n)
		c.sent.pop()
	}
	r, ok := c.elapsed(now)-at, full && (!again || c.cfg.NoKarn)
	if !ok {
		r, ok = c.echoed(now, seg)
	}
	if ok {
		c.rtt.measure(r, c.cfg.MinRTO, c.expectedSamples(flight))
		c.rtt.keepLeast(c.elapsed(now), r)
	}
}

// isDuplicate: "An acknowledgment is considered a "duplicate" in the following algorithms when (a) the
// receiver of the ACK has outstanding data, (b) the incoming acknowledgment carries no data, (c) the SYN and
// FIN bits are both off, (d) the acknowledgment number is equal to the greatest acknowledgment received on
// the given connection (TCP.UNA from [RFC793]) and (e) the advertised window in the incoming acknowledgment
// equals the advertised window in the last incoming acknowledgment." (RFC 5681, Section 2). The answers to
// window probes look like that too, but are none.
func (c *Conn) isDuplicate(seg *Segment) bool {
	return c.snd.una != c.snd.nxt && c.timer.kind != persist && seg.Len() == 0 && seg.Ack == c.snd.una && c.offered(seg) == c.snd.wnd
}

// offered returns the window that seg offers, in octets. That of a SYN is not scaled.
func (c *Conn) offered(seg *Segment) int {
	if seg.Flags&SYN != 0 {
		return int(seg.Window)
	}
	return int(seg.Window) << c.snd.shift
}

// updateWindow: "If SND.UNA =< SEG.ACK =< SND.NXT, the send window should be updated. If (SND.WL1 < SEG.SEQ
// or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)), set SND.WND <- SEG.WND, set SND.WL1 <- SEG.SEQ, and set
// SND.WL2 <- SEG.ACK." (RFC 9293, Section 3.10.7.4) It is updated as well if SND.UNA has advanced: the window counts from
// there, and the old one would reach further than the peer ever allowed. A segment that acknowledges more than all before
// was sent after them, even if it carries octets that were sent before.
func (c *Conn) updateWindow(now time.Time, seg *Segment, advanced bool) {
	if seg.Ack.Less(c.snd.una) || !(advanced || c.snd.wl1.Less(seg.Seq) || c.snd.wl1 == seg.Seq && c.snd.wl2.LessEq(seg.Ack)) {
		return
	}
	before := c.snd.wnd
	c.snd.wnd, c.snd.wl1, c.snd.wl2 = c.offered(seg), c.snd.wl1.max(seg.Seq), seg.Ack
	c.snd.maxWnd = max(c.snd.maxWnd, c.snd.wnd)
	switch {
	case before > 0 && c.snd.wnd == 0:
		c.event(now, trace.Window, "learns that the peer's window is closed", "9293", "3.8.6")
	case before == 0 && c.snd.wnd > 0:
		c.event(now, trace.Window, "learns that the peer's window is open again: %d octets", "9293", "3.8.6", int64(c.snd.wnd))
	}
	if c.snd.wnd == 0 { // "the sending TCP peer MUST allow the connection to stay open (MUST-37)", Section 3.8.6.1
		c.timer.since = c.elapsed(now)
	} else if c.timer.kind == persist {
		c.windowOpened(now)
	}
}

// finAcknowledged changes the state if our FIN is acknowledged, and reports whether to go on to the sixth
// step (RFC 9293, Section 3.10.7.4, fifth step).
func (c *Conn) finAcknowledged(now time.Time) bool {
	if !c.snd.finSent || !c.snd.fin.Less(c.snd.una) {
		return true
	}
	switch c.state {
	case FinWait1:
		c.enter(now, FinWait2, "goes from FIN-WAIT-1 to FIN-WAIT-2: its FIN is acknowledged", "3.10.7.4")
		c.limitFinWait2(now)
	case Closing:
		c.enter(now, TimeWait, "goes from CLOSING to TIME-WAIT: its FIN is acknowledged", "3.10.7.4")
		c.startTimeWait(now)
	case LastAck:
		c.end(now, "goes from LAST-ACK to CLOSED: its FIN is acknowledged", "3.10.7.4")
		return false
	}
	return true
}
