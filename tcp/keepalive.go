package tcp

import (
	"time"

	"netlab/trace"
)

// keepAlive finds out whether a silent peer is still there (RFC 9293, Section 3.8.4). Off by default.
type keepAlive struct {
	probe bool          // Next gives a probe
	tries int           // probes without an answer
	at    time.Duration // when the timer is due, since the connection was made; 0: it does not run
	sent  time.Duration // when the last probe was sent
}

// startKeepAlive starts or stops the timer.
func (c *Conn) startKeepAlive(now time.Time) {
	if c.keepAlive == nil {
		return
	}
	c.keepAlive.tries, c.keepAlive.at = 0, 0
	if c.state != Closed && c.state != TimeWait {
		c.keepAlive.at = c.elapsed(now) + c.cfg.KeepAliveIdle
	}
}

// keepAliveExpired probes if the peer was silent for all that time. "Keep-alive packets MUST only be sent when
// no sent data is outstanding, and no data or acknowledgment packets have been received for the connection
// within an interval (MUST-26)." Only several probes without an answer mean a dead connection (MUST-29).
func (c *Conn) keepAliveExpired(now time.Time) {
	k, at := c.keepAlive, c.elapsed(now)
	if k.tries > 0 && c.rcv.at >= k.sent {
		k.tries = 0 // it was answered
	}
	if heard := c.rcv.at + c.cfg.KeepAliveIdle; at < heard {
		k.at = heard
		return
	}
	if c.snd.una != c.snd.nxt || !c.state.Synchronized() { // the retransmission timer watches the peer
		k.at = at + c.cfg.KeepAliveIdle
		return
	}
	if next := k.sent + keepAliveInterval; k.tries > 0 && at < next {
		k.at = next
		return
	}
	if k.tries >= keepAliveProbes {
		c.timedOut(now, "gives the connection up: no keep-alive probe was answered", "3.8.4")
		return
	}
	k.tries++
	k.probe = true
	k.sent = at
	k.at = at + min(keepAliveInterval, c.cfg.KeepAliveIdle) // to see whether it was answered
	c.cause = c.event(now, trace.TimerExpired, "has heard nothing for a long time: keep-alive probe number %d", "9293", "3.8.4", int64(k.tries))
}
