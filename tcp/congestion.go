package tcp

import (
	"strconv"
	"time"

	"netlab/trace"
)

// Congestion is a way to find out how much the network carries.
type Congestion uint8

// The ways.
const (
	Cubic   Congestion = iota // RFC 9438
	NewReno                   // RFC 5681: half of it is left after a loss, and it grows by a segment for each round trip
)

// String returns "CUBIC" or "NewReno".
func (a Congestion) String() string {
	if a == NewReno {
		return "NewReno"
	}
	return "CUBIC"
}

// tenths is how much of a window a loss leaves.
func (a Congestion) tenths() int {
	if a == NewReno {
		return 5
	}
	return betaTenths
}

// congestion is the congestion window: slow start and congestion avoidance (RFC 5681, Section 3.1). What begins and ends
// recovery from losses stands in recovery.go and newreno.go. All in octets.
type congestion struct {
	mss        int
	cwnd       int
	ssthresh   int // 0: not set, "arbitrarily high"
	acked      int // in congestion avoidance: acknowledged since cwnd grew last
	initial    int // IW
	dups       int // duplicate ACKs in a row
	recovering bool
	partial    bool   // fast recovery has had a partial acknowledgment
	full       bool   // it was cwnd that stopped the sending last
	recover    Seq    // the highest number sent when fast recovery or the last timeout began (RFC 6582)
	cubic      *cubic // nil: not needed yet
	hystart    *hystart
}

// start sets cwnd to an initial window of so many segments: "min (10*MSS, max (2*MSS, 14600))" (RFC 6928,
// Section 2) for ten.
func (g *congestion) start(mss, segments int) {
	g.mss = mss
	g.cwnd = min(segments*mss, max(2*mss, segments*defaultMSS))
	g.initial = g.cwnd
}

func (g *congestion) slowStart() bool { return g.ssthresh == 0 || g.cwnd < g.ssthresh }

// grow takes an acknowledgment of n new octets outside of recovery; flight was in flight before it.
//
// A window that is not used does not grow: nothing is learnt about a path that is not filled (RFC 7661). In slow
// start, where it doubles, it is enough that half of it is used.
func (c *Conn) grow(now time.Time, n, flight int) {
	g := &c.cc
	at, unlimited := c.elapsed(now), g.full || c.cfg.NoValidation
	switch {
	case g.slowStart():
		if unlimited || 2*flight >= g.cwnd {
			c.slowStart(now, n) // "cwnd += min (N, SMSS)", equation (2)
		}
	case !unlimited && flight+g.mss <= g.cwnd:
		if g.cubic != nil {
			g.cubic.pause(at)
		}
	case c.cfg.Congestion == Cubic:
		g.cwnd = int(g.curve().grow(at, int64(n), int64(g.cwnd), int64(g.mss), c.rtt.srtt))
	default:
		// "When the number of bytes acknowledged reaches cwnd, then cwnd can be incremented by up to SMSS bytes."
		g.acked += n
		if g.acked >= g.cwnd {
			g.acked -= g.cwnd
			g.cwnd += g.mss
		}
	}
}

// curve returns CUBIC's state, which is made when it is first needed.
func (g *congestion) curve() *cubic {
	if g.cubic == nil {
		g.cubic = &cubic{}
	}
	return g.cubic
}

// reduce sets ssthresh because something was lost or marked while flight octets were outstanding: a half, "max
// (FlightSize / 2, 2*SMSS)", equation (4) of RFC 5681, or 0.7 of them (RFC 9438, Section 4.6).
func (c *Conn) reduce(now time.Time, flight int) {
	g := &c.cc
	tenths := c.cfg.Congestion.tenths()
	if c.cfg.Congestion == Cubic {
		g.curve().reduced(int64(g.cwnd))
	}
	g.ssthresh = max(flight*tenths/10, 2*g.mss)
	g.acked = 0
	c.ecn.cwr = c.ecn.on // "for any reason" (RFC 3168, Section 6.1.2)
}

// congestionWindow is how much may be in flight.
func (c *Conn) congestionWindow() int {
	if c.cfg.NoCongestionControl {
		return 1 << 30
	}
	return c.cc.cwnd
}

// congestionOnACK takes an acknowledgment of n new octets; flight was in flight before it. It reports whether
// the retransmission timer starts again: not so at later partial acknowledgments (RFC 6582, Section 3.2).
func (c *Conn) congestionOnACK(now time.Time, n, flight int) (restart bool) {
	g, before := &c.cc, c.cc
	g.dups = 0
	switch {
	case !g.recovering:
		c.grow(now, n, flight)
		// The last recovery lies behind; its number must not fall so far behind that it seems to lie ahead.
		g.recover = g.recover.max(c.snd.una.Add(-2))
		if before.slowStart() && !g.slowStart() {
			c.congestionChanged(now, before, "ends slow start: the congestion window has reached its threshold of %d octets", "5681", "3.1", int64(g.ssthresh))
		}
	case g.recover.Less(c.snd.una), c.cfg.NoNewReno && !c.sackOK:
		c.endRecovery(now)
	case !c.sackOK:
		return c.partialACK(now, n)
	}
	return true
}

// endRecovery: all is acknowledged that was in flight when fast recovery began.
func (c *Conn) endRecovery(now time.Time) {
	g, before := &c.cc, c.cc
	g.recovering, g.acked = false, 0
	if c.sackOK { // by now as much is in flight as ssthresh allows (RFC 6937, Section 3)
		g.cwnd = g.ssthresh
		c.rec.rack.recoveryOver()
		c.congestionChanged(now, before, "ends fast recovery: all that was in flight when it began is acknowledged", "6675", "5")
		return
	}
	// "Set cwnd to either (1) min (ssthresh, max(FlightSize, SMSS) + SMSS) or (2) ssthresh" (RFC 6582, Section 3.2,
	// step 3). The first avoids a burst.
	g.cwnd = min(g.ssthresh, max(c.inFlight(), g.mss)+g.mss)
	c.congestionChanged(now, before, "ends fast recovery: all that was in flight when it began is acknowledged", "6582", "3.2")
}

// congestionOnTimeout: "upon a timeout […] cwnd MUST be set to no more than the loss window, LW, which equals 1
// full-sized segment"; ssthresh is set at the first timeout of a segment and then "held constant" (RFC 5681,
// Section 3.1). "After a retransmit timeout, record the highest sequence number transmitted in the variable
// recover, and exit the fast recovery procedure if applicable." (RFC 6582, Section 3.2, step 4)
func (c *Conn) congestionOnTimeout(now time.Time, first bool) {
	g, before, flight := &c.cc, c.cc, min(c.inFlight(), c.cc.cwnd)
	if first {
		c.saveForUndo(now)
		c.reduce(now, flight)
		if g.cubic != nil {
			g.cubic.max = 0 // the next stage begins with "W_max […] set to cwnd" (RFC 9438, Section 4.8)
		}
	}
	g.cwnd = g.mss
	g.acked, g.dups, g.recovering = 0, 0, false
	g.recover = c.snd.nxt.Add(-1)
	if first {
		c.reduced(now, before, "begins slow start again: a segment was lost and only the timer noticed", "5681", "3.1", flight)
	}
}

// reduced tells of a reduction of the window by a sentence without numbers, and what it leaves of so many octets.
func (c *Conn) reduced(now time.Time, before congestion, say, rfc, section string, flight int, args ...int64) trace.ID {
	if !c.trace.On() {
		return 0
	}
	rest := "; CUBIC leaves 7 tenths of %d bytes, %d"
	if c.cfg.Congestion == NewReno {
		rest = "; NewReno leaves 5 tenths of %d bytes, %d"
	}
	return c.congestionChanged(now, before, say+rest, rfc, section, append(args, int64(flight), int64(c.cc.ssthresh))...)
}

// congestionAfterIdle: "a TCP SHOULD set cwnd to no more than RW before beginning transmission if the TCP has
// not sent data in an interval exceeding the retransmission timeout." (RFC 5681, Section 4.1)
func (c *Conn) congestionAfterIdle(now time.Time) {
	if c.cfg.NoIdleRestart || c.snd.una != c.snd.nxt || c.elapsed(now)-c.snd.sentAt <= c.rtt.rto || c.cc.cwnd <= c.cc.initial {
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
