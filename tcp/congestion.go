package tcp

import (
	"strconv"
	"time"

	"netlab/trace"
)

// congestion is NewReno: slow start and congestion avoidance (RFC 5681, Section 3.1), fast retransmit and
// fast recovery (Section 3.2) with the partial acknowledgments of RFC 6582. All in octets.
type congestion struct {
	mss        int
	cwnd       int
	ssthresh   int // 0: not set, "arbitrarily high"
	acked      int // in congestion avoidance: acknowledged since cwnd grew last
	initial    int // IW
	dups       int // duplicate ACKs in a row
	recovering bool
	partial    bool // fast recovery has had a partial acknowledgment
	recover    Seq  // the highest number sent when fast recovery or the last timeout began (RFC 6582)
}

// start sets cwnd to an initial window of so many segments: "min (10*MSS, max (2*MSS, 14600))" (RFC 6928,
// Section 2) for ten.
func (g *congestion) start(mss, segments int) {
	g.mss = mss
	g.cwnd = min(segments*mss, max(2*mss, segments*defaultMSS))
	g.initial = g.cwnd
}

func (g *congestion) slowStart() bool { return g.ssthresh == 0 || g.cwnd < g.ssthresh }

// grow takes an acknowledgment of n new octets outside of recovery.
func (g *congestion) grow(n int) {
	if g.slowStart() { // "cwnd += min (N, SMSS)", equation (2)
		g.cwnd += min(n, g.mss)
		return
	}
	// "When the number of bytes acknowledged reaches cwnd, then cwnd can be incremented by up to SMSS bytes."
	g.acked += n
	if g.acked >= g.cwnd {
		g.acked -= g.cwnd
		g.cwnd += g.mss
	}
}

// half is "max (FlightSize / 2, 2*SMSS)", equation (4) of RFC 5681.
func (g *congestion) half(flight int) int { return max(flight/2, 2*g.mss) }

// inFlight is FlightSize: what was sent and is neither acknowledged nor taken to be lost.
func (c *Conn) inFlight() int { return c.snd.nxt.Sub(c.snd.una) - c.lost.end.Sub(c.lost.next) }

// congestionWindow is how much may be in flight.
func (c *Conn) congestionWindow() int {
	if c.cfg.NoCongestionControl {
		return 1 << 30
	}
	return c.cc.cwnd
}

// limitedTransmit is how much new data may go beyond cwnd: "On the first and second duplicate ACKs received at
// a sender, a TCP SHOULD send a segment of previously unsent data" (RFC 5681, Section 3.2, step 1). This is the
// limited transmit of RFC 3042, Section 2: a small window has too few segments in flight for three duplicate ACKs, and what
// is sent beyond it brings the missing ones.
func (c *Conn) limitedTransmit() int {
	if c.cc.recovering || c.cfg.NoLimitedTransmit {
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

// congestionOnACK takes an acknowledgment of n new octets; flight was in flight before it. It reports whether
// the retransmission timer starts again: not so at later partial acknowledgments (RFC 6582, Section 3.2).
func (c *Conn) congestionOnACK(now time.Time, n, flight int) (restart bool) {
	g, before := &c.cc, c.cc
	g.dups = 0
	switch {
	case !g.recovering:
		// A window that is not used does not grow: nothing is learnt about a path that is not filled.
		if 2*flight >= g.cwnd {
			g.grow(n)
		}
		// The last recovery lies behind; its number must not fall so far behind that it seems to lie ahead.
		g.recover = g.recover.max(c.snd.una.Add(-2))
		if before.slowStart() && !g.slowStart() {
			c.congestionChanged(now, before, "ends slow start: the congestion window has reached its threshold of %d octets", "5681", "3.1", int64(g.ssthresh))
		}
	case g.recover.Less(c.snd.una):
		// Full acknowledgment: "Set cwnd to either (1) min (ssthresh, max(FlightSize, SMSS) + SMSS) or (2) ssthresh"
		// (RFC 6582, Section 3.2, step 3). The first avoids a burst.
		g.recovering, g.acked = false, 0
		g.cwnd = min(g.ssthresh, max(c.inFlight(), g.mss)+g.mss)
		c.congestionChanged(now, before, "ends fast recovery: all that was in flight when it began is acknowledged", "6582", "3.2")
	default:
		// Partial acknowledgment: "retransmit the first unacknowledged segment. Deflate the congestion window by the
		// amount of new data acknowledged […]. If the partial ACK acknowledges at least one SMSS of new data, then
		// add back SMSS bytes to the congestion window." (RFC 6582, Section 3.2, step 3)
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
	return true
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
	case c.cfg.NoFastRetransmit:
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
	g.recovering, g.partial, g.recover = true, false, c.snd.nxt.Add(-1)
	// What limited transmit has sent "MUST NOT be included in this calculation".
	g.ssthresh = g.half(min(c.inFlight(), g.cwnd))
	g.cwnd = g.ssthresh + g.dups*g.mss
	why, say, rfc, section := againDuplicates, "begins fast recovery: three duplicate ACKs asked for byte %d", "5681", "3.2"
	if g.dups < duplicateThreshold {
		why, say, rfc = againEarly, "begins fast recovery early: byte %d is asked for, and too little is in flight for three duplicate ACKs", "5827"
	}
	c.cause = c.congestionChanged(now, before, say, rfc, section, c.sndRel(c.snd.una))
	c.sendAgain(c.snd.una, c.sent.at(0).end(), why, true)
	c.timer.at = now.Add(c.rtt.rto)
}

// congestionOnTimeout: "upon a timeout […] cwnd MUST be set to no more than the loss window, LW, which equals 1
// full-sized segment"; ssthresh is set at the first timeout of a segment and then "held constant" (RFC 5681,
// Section 3.1). "After a retransmit timeout, record the highest sequence number transmitted in the variable
// recover, and exit the fast recovery procedure if applicable." (RFC 6582, Section 3.2, step 4)
func (c *Conn) congestionOnTimeout(now time.Time, first bool) {
	g, before := &c.cc, c.cc
	if first {
		g.ssthresh = g.half(min(c.inFlight(), g.cwnd))
	}
	g.cwnd = g.mss
	g.acked, g.dups, g.recovering = 0, 0, false
	g.recover = c.snd.nxt.Add(-1)
	c.congestionChanged(now, before, "begins slow start again: a segment was lost and only the timer noticed", "5681", "3.1")
}

// congestionAfterIdle: "a TCP SHOULD set cwnd to no more than RW before beginning transmission if the TCP has
// not sent data in an interval exceeding the retransmission timeout." (RFC 5681, Section 4.1)
func (c *Conn) congestionAfterIdle(now time.Time) {
	if c.snd.una != c.snd.nxt || c.elapsed(now)-c.snd.sentAt <= c.rtt.rto || c.cc.cwnd <= c.cc.initial {
		return
	}
	before := c.cc
	c.cc.cwnd = c.cc.initial
	c.congestionChanged(now, before, "begins slow start again: nothing was sent for longer than the retransmission timeout", "5681", "4.1")
}

// congestionChanged tells of a change of cwnd or ssthresh.
func (c *Conn) congestionChanged(now time.Time, before congestion, say, rfc, section string, args ...int64) trace.ID {
	if !c.trace.On() {
		return 0
	}
	var changes []trace.Change
	if before.cwnd != c.cc.cwnd {
		changes = append(changes, trace.Change{Name: "cwnd", Old: strconv.Itoa(before.cwnd), New: strconv.Itoa(c.cc.cwnd)})
	}
	if before.ssthresh != c.cc.ssthresh {
		changes = append(changes, trace.Change{Name: "ssthresh", Old: threshold(before.ssthresh), New: threshold(c.cc.ssthresh)})
	}
	return c.emit(now, trace.Congestion, say, rfc, section, changes, args)
}

func threshold(octets int) string {
	if octets == 0 {
		return "not set"
	}
	return strconv.Itoa(octets)
}
