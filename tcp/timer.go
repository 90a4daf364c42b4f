package tcp

import (
	"time"

	"netlab/trace"
)

// timer is the connection's one main timer. The retransmission timer, the persist timer and the timers of
// FIN-WAIT-2 and TIME-WAIT never run together, so they are one.
type timer struct {
	kind  timerKind
	tries int32         // how often it ran out since the peer answered last
	at    time.Duration // when it is due, since the connection was made; 0: it does not run
	since time.Duration // retransmit, persist: since when the peer has not answered, since the connection was made
}

type timerKind uint8

const (
	stopped    timerKind = iota
	retransmit           // something is unacknowledged (RFC 6298)
	lossProbe            // the same, and the end of it may be lost (RFC 8985, Section 7)
	reordering           // the same, and something may be lost that others have overtaken (RFC 8985, Section 6)
	persist              // something is queued, nothing is in flight and the window is closed (RFC 9293, Section 3.8.6.1)
	finWait2             // the application reads no more and the peer has not sent its FIN
	timeWait             // 2 MSL (RFC 9293, Section 3.4.2)
)

// roundTrip estimates the round-trip time (RFC 6298, Section 2).
type roundTrip struct {
	srtt, rttvar, rto time.Duration // srtt is 0 until the first measurement
	latest, least     time.Duration // the last measurement, and the least of the last minutes
	since             time.Duration // when least was measured
}

// granularity is G: time is measured in nanoseconds, but nothing is gained by a variance below this.
const granularity = time.Millisecond

// measure takes a round-trip time r, one of so many samples in a round trip.
func (e *roundTrip) measure(r, least time.Duration, samples int) {
	if e.srtt == 0 { // (2.2)
		e.srtt, e.rttvar = max(r, 1), r/2
	} else { // (2.3), in this order
		variance, round := ((e.srtt-r).Abs()-e.rttvar)/4, (r-e.srtt)/8
		if samples > 1 { // mostly not, and division is slow
			variance, round = variance/time.Duration(samples), round/time.Duration(samples)
		}
		e.rttvar += variance
		e.srtt += round
	}
	e.latest = r
	rto := e.srtt + max(granularity, 4*e.rttvar)
	e.rto = min(max(rto, least), maxRTO) // (2.4), (2.5)
}

// leastFor is how long a least round trip is believed: the way may have become longer.
const leastFor = 5 * time.Minute

// keepLeast keeps the least round trip of the last minutes, RACK.min_rtt (RFC 8985, Section 6.2, step 1).
func (e *roundTrip) keepLeast(at, r time.Duration) {
	if e.least == 0 || r <= e.least || at-e.since > leastFor {
		e.least, e.since = max(r, 1), at
	}
}

// expectedSamples is how many measurements one round trip gives if each acknowledgment gives one: "ExpectedSamples =
// ceiling(FlightSize / (SMSS * 2))", by which alpha and beta are divided (RFC 7323, Appendix G).
func (c *Conn) expectedSamples(flight int) int {
	if flight <= 2*c.snd.mss {
		return 1
	}
	return (flight + 2*c.snd.mss - 1) / (2 * c.snd.mss)
}

// backOff doubles the timeout: "(5.5) The host MUST set RTO <- RTO * 2" (RFC 6298, Section 5).
func (e *roundTrip) backOff() { e.rto = min(2*e.rto, maxRTO) }

// startRetransmission starts the retransmission timer, or starts it again because the peer has answered.
func (c *Conn) startRetransmission(now time.Time) {
	c.timer.tries = 0
	kind, wait := retransmit, c.rtt.rto
	if c.probing() {
		kind, wait = lossProbe, min(wait, c.probeDelay())
	}
	at := c.elapsed(now)
	c.timer = timer{kind: kind, at: at + wait, since: at}
}

// restartRetransmission lets the retransmission timer begin anew with what is sent again now.
func (c *Conn) restartRetransmission(now time.Time) {
	c.timer.kind, c.timer.at = retransmit, c.elapsed(now)+c.rtt.rto
}

// giveUp is R2: how long the peer may stay silent (RFC 9293, Section 3.8.3). What a Listener made waits no
// longer than it must: there can be many.
func (c *Conn) giveUp() time.Duration {
	if c.state == SynReceived && c.passive {
		return min(c.cfg.UserTimeout, synTimeout)
	}
	return c.cfg.UserTimeout
}

// timerExpired does what the main timer waited for.
func (c *Conn) timerExpired(now time.Time) {
	switch c.timer.kind {
	case retransmit, persist, lossProbe, reordering:
		if c.elapsed(now)-c.timer.since >= c.giveUp() {
			c.timedOut(now, "gives the connection up: the peer has not answered for too long", "3.8.3")
			return
		}
		switch c.timer.kind {
		case retransmit:
			c.retransmissionTimeout(now)
		case persist:
			c.persistTimeout(now)
		case lossProbe:
			c.probeTimeout(now)
		case reordering:
			c.reorderingTimeout(now)
		}
	case finWait2:
		c.end(now, "goes from FIN-WAIT-2 to CLOSED: the peer has not closed its side, and nobody reads any more", "3.6.1")
	case timeWait:
		c.end(now, "goes from TIME-WAIT to CLOSED: twice the maximum segment lifetime has passed", "3.10.8")
	}
}

// retransmissionTimeout: "(5.4) Retransmit the earliest segment that has not been acknowledged by the TCP
// receiver." (RFC 6298, Section 5). All that is in flight is taken to be lost and follows in slow start.
func (c *Conn) retransmissionTimeout(now time.Time) {
	rto := c.rtt.rto
	if !c.cfg.NoBackOff {
		c.rtt.backOff()
	}
	c.counters.Timeouts++
	c.cause = c.event(now, trace.TimerExpired, "has no acknowledgment of byte %d within %d ms: the timeout is now %d ms", "6298", "5",
		c.sndRel(c.snd.una), rto.Milliseconds(), c.rtt.rto.Milliseconds())
	if c.state.Synchronized() {
		c.congestionOnTimeout(now, c.timer.tries == 0)
	}
	c.reneged(now)
	c.blackHole(now)
	c.sendAgain(c.snd.una, c.snd.nxt, againTimeout, false)
	c.rec.waited, c.rec.probe = rto, probe{}
	if c.timer.tries++; c.timer.tries == retransmissionsR1 {
		c.event(now, trace.Note, "has sent byte %d again %d times: something on the way may be broken", "9293", "3.8.3", c.sndRel(c.snd.una), retransmissionsR1)
	}
	c.restartAfterTimeout(now, c.rtt.rto)
}

// restartAfterTimeout starts the timer again, but not beyond the time to give up.
func (c *Conn) restartAfterTimeout(now time.Time, interval time.Duration) {
	c.timer.at = min(c.elapsed(now)+interval, c.timer.since+c.giveUp())
}

// startTimeWait starts the 2 MSL timeout, or starts it again, and turns off the other timers.
func (c *Conn) startTimeWait(now time.Time) {
	c.stopTimers()
	c.timer = timer{kind: timeWait, at: c.elapsed(now) + 2*c.cfg.MSL}
}

// limitFinWait2 bounds the wait for the peer's FIN once nobody reads any more.
func (c *Conn) limitFinWait2(now time.Time) {
	if c.deaf && c.state == FinWait2 {
		c.timer = timer{kind: finWait2, at: c.elapsed(now) + finWait2Timeout}
	}
}

// delayedACKExpired sends the acknowledgment that waited for company.
func (c *Conn) delayedACKExpired() {
	c.ackTimer = 0
	c.owe(ackDelayed)
}
