package tcp

import (
	"time"

	"netlab/trace"
)

// startPersist starts the persist timer if something is queued, nothing is in flight, and the window lets
// nothing out. "The transmitting host SHOULD send the first zero-window probe when a zero window has existed
// for the retransmission timeout period (SHLD-29)" (RFC 9293, Section 3.8.6.1). A window that is open but too
// small waits no longer than "0.1 - 1.0 seconds" (RFC 9293, Section 3.8.6.2.1).
func (c *Conn) startPersist(now time.Time) {
	if c.cfg.NoWindowProbes || c.timer.kind != stopped || !c.state.sends() || c.snd.una != c.snd.nxt {
		return
	}
	if c.unsent() == 0 && (!c.closing || c.snd.finSent) {
		return
	}
	c.timer = timer{kind: persist, since: c.elapsed(now)}
	c.timer.at = c.timer.since + c.persistInterval()
}

// persistInterval is the time to the next probe. The sender "SHOULD increase exponentially the interval
// between successive probes (SHLD-30)" (RFC 9293, Section 3.8.6.1).
func (c *Conn) persistInterval() time.Duration {
	interval := c.rtt.rto << min(c.timer.tries, 16)
	if c.snd.wnd > 0 {
		return min(interval, time.Second)
	}
	return min(interval, maxRTO)
}

// persistTimeout makes Next give a probe: one octet, or as much as a small window takes. If the octet of an
// earlier probe is still in flight, that one goes again.
func (c *Conn) persistTimeout(now time.Time) {
	c.cause = c.event(now, trace.TimerExpired, "has waited long enough for more room than %d octets: it probes the window", "9293", "3.8.6.1", int64(c.snd.wnd))
	if c.snd.una == c.snd.nxt {
		c.snd.forced = true
	} else {
		c.sendAgain(c.snd.una, c.snd.nxt, againProbe, true)
	}
	c.timer.tries++
	c.restartAfterTimeout(now, c.persistInterval())
}

// windowOpened ends the probing.
func (c *Conn) windowOpened(now time.Time) {
	c.timer = timer{}
	if c.snd.una != c.snd.nxt { // the octet of the probe found no room
		c.sendAgain(c.snd.una, c.snd.nxt, againOpen, true)
		c.startRetransmission(now)
	}
}
