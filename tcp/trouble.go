package tcp

import (
	"fmt"
	"time"

	"netlab/trace"
)

// Unreachable tells the connection of an ICMP error about a segment of its own that began at seq; err says which. One about
// a segment that is not in flight is ignored (RFC 5927, Section 4.1). A hard error ends an attempt to open; later it is
// treated as a soft one, since anybody could have sent it (RFC 5927, Section 5.2). A soft error ends nothing, "TCP
// implementations MUST NOT abort the connection (MUST-56)" (RFC 9293, Section 3.9.2.2), but is kept: Trouble tells it, and
// if the connection times out it is a part of the reason.
func (c *Conn) Unreachable(now time.Time, seq Seq, err error, hard bool) {
	if c.state == Closed {
		return
	}
	if seq.Less(c.snd.una) || !seq.Less(c.snd.nxt) {
		c.event(now, trace.Note, "ignores an ICMP error: the segment that it quotes is not under way, so it is late or forged", "5927", "4.1")
		return
	}
	if hard && !c.state.Synchronized() {
		c.fail(now, ErrRefused, "closes the connection: an ICMP message says that nobody listens there", "3.9.2.2")
		return
	}
	c.soft = err
	c.event(now, trace.Note, "hears from ICMP that byte %d could not be delivered, and goes on trying", "9293", "3.9.2.2", c.sndRel(seq))
}

// NoNeighbor tells the connection that the next hop on the way of a segment of its own that began at seq does not answer. The
// host has found that out itself, so nobody can have forged it: an attempt to open ends, and a connection that is open goes
// on trying, since the neighbour may come back (RFC 9293, Section 3.9.2.2).
func (c *Conn) NoNeighbor(now time.Time, seq Seq, err error) {
	if c.state != Closed && !c.state.Synchronized() {
		c.fail(now, fmt.Errorf("%w: %w", ErrUnreachable, err), "closes the connection: nobody answers for the next hop", "3.9.2.2")
		return
	}
	c.Unreachable(now, seq, err, false)
}

// Trouble is the error report of RFC 9293, Section 3.9.1.8 for whoever asks: how often in a row something was sent again
// without an answer, and the soft ICMP error that has come meanwhile, if any. From three times on, R1, something may be wrong
// (RFC 9293, Section 3.8.3, SHLD-9 and SHLD-10).
func (c *Conn) Trouble() (retransmissions int, soft error) {
	if c.timer.kind == retransmit {
		retransmissions = int(c.timer.tries)
	}
	return retransmissions, c.soft
}

// SetUserTimeout sets how long something may go unacknowledged before the connection is given up: "an application MUST be
// able to set the value for R2 for a particular connection (MUST-21)" (RFC 9293, Section 3.8.3). 0: as Config has it by
// default. It holds from the next timeout on.
func (c *Conn) SetUserTimeout(d time.Duration) {
	if d <= 0 {
		d = Config{}.withDefaults().UserTimeout
	}
	c.cfg.UserTimeout = d
}

// timedOut ends the connection at R2.
func (c *Conn) timedOut(now time.Time, say, section string) {
	err := ErrTimeout
	if c.soft != nil {
		err = fmt.Errorf("%w: %w", ErrTimeout, c.soft)
	}
	c.fail(now, err, say, section)
}
