package tcp

import (
	"time"

	"netlab/trace"
)

// Fast retransmit and fast recovery by counting duplicate ACKs (RFC 5681, Section 3.2), with the partial
// acknowledgments of NewReno (RFC 6582): what a sender does whose peer does not say by SACK what has arrived.

// limitedTransmit is how much new data may go beyond cwnd: "On the first and second duplicate ACKs received at
// a sender, a TCP SHOULD send a segment of previously unsent data" (RFC 5681, Section 3.2, step 1). This is the
// limited transmit of RFC 3042, Section 2: a small window has too few segments in flight for three duplicate ACKs, and what
// is sent beyond it brings the missing ones. With SACK the same comes of itself: what has arrived is not in flight.
func (c *Conn) limitedTransmit() int {
	switch {
	case c.cc.recovering:
		return 0
	case c.sackOK && c.rec != nil && c.cfg.NoLimitedTransmit:
		return -c.rec.sack.octets
	case c.sackOK || c.cfg.NoLimitedTransmit:
		return 0
	}
	return min(c.cc.dups, 2) * c.cc.mss
}

// duplicatesNeeded is how many duplicate ACKs begin fast retransmit: three, unless fewer than four segments are in
// flight and no new one can go, so that three would never come. Then "the duplicate ACK threshold used to trigger a
// retransmission MUST be reduced to: ER_thresh = oseg - 1" (early retransmit, RFC 5827, Section 3.2).
func (c *Conn) duplicatesNeeded() int {
	oseg := c.sent.len()
	window := c.snd.una.Add(c.snd.wnd).Sub(c.snd.nxt)
	if oseg < 2 || oseg > duplicateThreshold || c.unsent() > 0 && window > 0 {
		return duplicateThreshold
	}
	return oseg - 1
}

// duplicateACK is RFC 5681, Section 3.2, with the check of RFC 6582, Section 3.2, step 2: duplicate ACKs begin a
// fast retransmit only if more is acknowledged than was in flight at the last one, or at the last timeout: after a
// timeout all goes again, and each segment that the peer had already brings a duplicate ACK that means no loss.
func (c *Conn) duplicateACK(now time.Time) {
	g := &c.cc
	g.dups++
	c.counters.DuplicateACKs++
	c.cause = c.event(now, trace.DuplicateACK, "receives duplicate ACK number %d, which asks for byte %d", "5681", "2", int64(g.dups), c.sndRel(c.snd.una))
	switch {
	case c.cfg.NoFastRetransmit, c.sackOK:
	case g.recovering:
		// "For each additional duplicate ACK received (after the third), cwnd MUST be incremented by SMSS. […] A TCP MAY
		// therefore limit the number of times cwnd is artificially inflated during loss recovery to the number of
		// outstanding segments".
		if g.dups*g.mss <= c.snd.nxt.Sub(c.snd.una) {
			g.cwnd += g.mss
		}
	case g.dups >= c.duplicatesNeeded() && g.recover.Less(c.snd.una.Add(-1)):
		c.fastRetransmit(now)
	}
}

// fastRetransmit begins fast recovery and sends the first unacknowledged segment again (RFC 5681, Section 3.2,
// steps 2 and 3).
func (c *Conn) fastRetransmit(now time.Time) {
	g, before := &c.cc, c.cc
	c.saveForUndo(now)
	g.recovering, g.partial, g.recover = true, false, c.snd.nxt.Add(-1)
	// What limited transmit has sent "MUST NOT be included in this calculation".
	flight := min(c.inFlight(), g.cwnd)
	c.reduce(now, flight)
	g.cwnd = g.ssthresh + g.dups*g.mss
	why, say, rfc, section := againDuplicates, "begins fast recovery: three duplicate ACKs asked for byte %d", "5681", "3.2"
	if g.dups < duplicateThreshold {
		why, say, rfc = againEarly, "begins fast recovery early: byte %d is asked for, and too little is in flight for three duplicate ACKs", "5827"
	}
	c.counters.Recoveries++
	c.cause = c.reduced(now, before, say, rfc, section, flight, c.sndRel(c.snd.una))
	c.sendAgain(c.snd.una, c.sent.at(0).end(), why, true)
	c.timer.at = c.elapsed(now) + c.rtt.rto
}

// partialACK: "retransmit the first unacknowledged segment. Deflate the congestion window by the amount of new data
// acknowledged […]. If the partial ACK acknowledges at least one SMSS of new data, then add back SMSS bytes to the congestion
// window." (RFC 6582, Section 3.2, step 3) It reports whether the retransmission timer starts again: only the first time.
func (c *Conn) partialACK(now time.Time, n int) (restart bool) {
	g, before := &c.cc, c.cc
	g.cwnd = max(g.cwnd-n, g.mss)
	if n >= g.mss {
		g.cwnd += g.mss
	}
	c.cause = c.congestionChanged(now, before, "sees that the segment at %d is lost too: the acknowledgment stops before %d", "6582", "3.2", c.sndRel(c.snd.una), c.sndRel(g.recover)+1)
	c.sendAgain(c.snd.una, c.sent.at(0).end(), againPartial, true)
	restart = !g.partial
	g.partial = true
	return restart
}
