package tcp

import (
	"time"

	"netlab/trace"
)

// hystart is HyStart++ (RFC 9406): it ends slow start when round trips begin to take longer, before something is lost.
// First the window grows only a quarter as fast for some rounds (conservative slow start), lest the longer round trips
// were chance.
type hystart struct {
	windowEnd Seq           // a round is over when this is acknowledged
	current   time.Duration // currentRoundMinRTT; 0: none yet
	last      time.Duration // lastRoundMinRTT
	samples   int
	baseline  time.Duration // cssBaselineMinRtt
	css       bool          // in conservative slow start
	rounds    int           // of it
}

// RFC 9406, Section 4.3.
const (
	minRTTThresh   = 4 * time.Millisecond
	maxRTTThresh   = 16 * time.Millisecond
	minRTTDivisor  = 8
	rttSamples     = 8 // N_RTT_SAMPLE
	cssGrowth      = 4 // CSS_GROWTH_DIVISOR
	cssRounds      = 5 // CSS_ROUNDS
	growthAtMost   = 8 // L, segments for one acknowledgment
	noRTT          = time.Duration(1<<63 - 1)
	noGrowthDivide = 1
)

// slowStart grows the window by an acknowledgment of n octets.
func (c *Conn) slowStart(now time.Time, n int) {
	g := &c.cc
	if !c.cfg.HyStart || g.ssthresh != 0 { // only "the initial slow start" has it by default (RFC 9406, Section 4.3)
		g.cwnd += min(n, g.mss)
		return
	}
	h := g.hystart
	if h == nil {
		h = &hystart{windowEnd: c.snd.nxt, current: noRTT, last: noRTT, baseline: noRTT}
		g.hystart = h
	}
	divisor := noGrowthDivide
	if h.css {
		divisor = cssGrowth
	}
	g.cwnd += min(n, growthAtMost*g.mss) / divisor
	h.current, h.samples = min(h.current, c.rtt.latest), h.samples+1
	c.judgeRound(now, h)
	if h.windowEnd.LessEq(c.snd.una) {
		c.nextRound(now, h)
	}
}

// judgeRound compares this round with the one before.
func (c *Conn) judgeRound(now time.Time, h *hystart) {
	if h.samples < rttSamples || h.current == noRTT || h.last == noRTT {
		return
	}
	thresh := max(minRTTThresh, min(h.last/minRTTDivisor, maxRTTThresh))
	switch {
	case !h.css && h.current >= h.last+thresh:
		h.css, h.rounds, h.baseline = true, 0, h.current
		c.event(now, trace.Congestion, "slows slow start down: a round trip takes %d ms, and took %d ms in the round before", "9406", "4.2",
			h.current.Milliseconds(), h.last.Milliseconds())
	case h.css && h.current < h.baseline:
		h.css, h.baseline = false, noRTT
		c.event(now, trace.Congestion, "goes on with slow start: round trips are shorter again", "9406", "4.2")
	}
}

// nextRound begins a round. After some of conservative slow start, slow start ends: "ssthresh = cwnd".
func (c *Conn) nextRound(now time.Time, h *hystart) {
	h.last, h.current, h.samples, h.windowEnd = h.current, noRTT, 0, c.snd.nxt
	if !h.css {
		return
	}
	if h.rounds++; h.rounds >= cssRounds {
		before := c.cc
		c.cc.ssthresh, c.cc.hystart = c.cc.cwnd, nil
		c.congestionChanged(now, before, "ends slow start before something is lost: round trips have become longer; ssthresh is %d", "9406", "4.2", int64(c.cc.ssthresh))
	}
}
