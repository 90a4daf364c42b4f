package tcp

import "time"

// receiveWindow is RCV.WND: how many octets from RCV.NXT on the peer may send.
func (c *Conn) receiveWindow() int { return max(0, c.rcv.edge.Sub(c.rcv.nxt)) }

// offerWindow moves the right edge of the receive window as far as it should, and returns SEG.WND.
//
// "The suggested SWS avoidance algorithm for the receiver is to keep RCV.NXT+RCV.WND fixed until the
// reduction satisfies: RCV.BUFF - RCV.USER - RCV.WND >= min( Fr * RCV.BUFF, Eff.snd.MSS )" (RFC 9293,
// Section 3.8.6.2.2). The edge never goes back: "The total of RCV.NXT and RCV.WND should not be reduced."
func (c *Conn) offerWindow() uint16 {
	if edge := c.possibleEdge(); edge.Sub(c.rcv.edge) >= c.worthwhile() {
		c.rcv.edge = edge
	}
	return uint16(c.receiveWindow() >> c.rcv.shift)
}

// possibleEdge is where the right edge could be: the free space of the buffer behind RCV.NXT, as far as
// the window field can say it.
func (c *Conn) possibleEdge() Seq {
	if c.rcv.finished {
		return c.rcv.edge
	}
	return c.rcv.nxt.Add(min(c.cfg.ReceiveBuffer-c.in.len(), maxUnscaledWindow<<c.rcv.shift))
}

// worthwhile is the least by which the right edge moves.
func (c *Conn) worthwhile() int {
	if c.cfg.NoSWSAvoidance {
		return 1
	}
	return min(c.cfg.ReceiveBuffer/2, c.snd.mss)
}

// windowUpdate is called after octets were read: an acknowledgment of its own tells the peer of the new
// window only if the peer may be waiting for it. Otherwise the next acknowledgment tells it anyway.
func (c *Conn) windowUpdate() {
	more, open := c.possibleEdge().Sub(c.rcv.edge), c.receiveWindow()
	if more < c.worthwhile() || !c.state.receives() {
		return
	}
	if open < 2*c.snd.mss || more >= c.cfg.ReceiveBuffer/2 || c.cfg.NoSWSAvoidance {
		c.owe(ackWindow)
	}
}

// owe makes Next give an acknowledgment at once, for the reason w.
func (c *Conn) owe(w why) {
	c.owed.now = true
	c.owed.why = w
}

// OwesDuplicateACK reports that a segment arrived out of order. A host that passes several segments in a row
// to Receive calls Next before the one after it: each such segment is owed an acknowledgment of its own, because
// the peer counts them (RFC 5681, Section 4.2).
func (c *Conn) OwesDuplicateACK() bool { return c.owed.now && c.owed.why == ackOutOfOrder }

// OwesACK reports that an acknowledgment is due at once.
func (c *Conn) OwesACK() bool { return c.owed.now }

// oweForData counts n octets that arrived in order. "An ACK SHOULD be generated for at least every second
// full-sized segment" (SHLD-19, RFC 9293, Section 3.8.6.3); until then it waits for the delayed-ACK timer.
// Full-sized is what the peer sends: "The receiver will generate stretch ACKs" if it waits for twice its own
// MSS while the peer's segments are smaller (RFC 5681, Section 4.2).
func (c *Conn) oweForData(now time.Time, n int) {
	c.owed.octets += n
	switch {
	case c.cfg.NoDelayedACK || c.owed.octets >= 2*c.rcv.largest || c.rcv.quick > 0:
		c.rcv.quick = max(0, c.rcv.quick-1)
		c.owe(ackData)
	case c.ackTimer == 0:
		c.ackTimer = c.elapsed(now) + delayedACKTimeout
	}
}

// acknowledged notes that the segment that Next gives tells the peer all it is owed.
func (c *Conn) acknowledged() {
	c.owed = owed{}
	c.ackTimer = 0
}
