package tcp

import (
	"time"

	"netlab/trace"
)

// The urgent mechanism (RFC 9293, Section 3.8.5). Applications SHOULD NOT use it (SHLD-13), but a TCP must have it
// (MUST-30). The urgent pointer says where urgent data ends, not where it begins; the octets are delivered in line with
// all others (RFC 6093, Section 3.1 says why).

// WriteUrgent is the SEND call with the URGENT flag: what is queued now, with p at its end, is urgent. Like Write it takes
// what fits; the pointer stands behind what it took.
func (c *Conn) WriteUrgent(now time.Time, p []byte) (n int, err error) {
	n, err = c.Write(now, p)
	if n == 0 || err != nil {
		return n, err
	}
	c.snd.urgent, c.snd.up = true, c.snd.una.Add(c.out.len())
	if !c.state.Synchronized() {
		c.snd.up = c.snd.up.Add(1) // our SYN comes first
	}
	if c.state.Synchronized() && c.snd.una.Add(c.snd.wnd).LessEq(c.snd.nxt) {
		c.owe(ackUrgent) // no data may be sent, but this may
	}
	return n, nil
}

// pointUrgent puts the urgent pointer into a segment that comes before its end: "the sequence number of the octet following
// the urgent data" (RFC 9293, Section 3.8.5, MUST-62). One that is out of the field's reach is announced as far as
// the field goes.
func (c *Conn) pointUrgent(seg *Segment) {
	if c.snd.up.LessEq(c.snd.una) {
		c.snd.urgent = false
		return
	}
	if ahead := c.snd.up.Sub(seg.Seq); ahead > 0 {
		seg.Flags |= URG
		seg.Urgent = uint16(min(ahead, 0xffff))
	}
}

// checkURG: "If the URG bit is set, RCV.UP <- max(RCV.UP,SEG.UP), and signal the user". Urgent tells how many octets
// before the pointer are still unread.
func (c *Conn) checkURG(now time.Time, seg *Segment) {
	if seg.Flags&URG == 0 || c.cfg.NoUrgent || !c.state.receives() {
		return
	}
	up := seg.Seq.Add(int(seg.Urgent))
	if c.rcv.urgent && up.LessEq(c.rcv.up) || up.LessEq(c.rcv.nxt) {
		return
	}
	c.rcv.urgent, c.rcv.up = true, up
	c.event(now, trace.Note, "is told that the bytes before %d are urgent", "9293", "3.8.5", c.rcvRel(up))
}

// Urgent returns how many of the octets that the application has not read come before the urgent pointer,
// arrived or not: the "way for the application to learn how much urgent data remains to be read" (MUST-33,
// RFC 9293, Section 3.8.5).
func (c *Conn) Urgent() int {
	if !c.rcv.urgent {
		return 0
	}
	end := c.rcv.nxt // of what has arrived
	if c.rcv.finished {
		end = c.rcv.fin
	}
	return max(0, c.rcv.up.Sub(end)+c.in.len())
}
