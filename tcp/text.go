package tcp

import (
	"time"

	"netlab/trace"
)

// processText is the seventh step of RFC 9293, Section 3.10.7.4: it takes the octets of seg that lie in the
// window and are new, and notes where the peer's FIN is.
func (c *Conn) processText(now time.Time, seg *Segment) {
	if !c.state.receives() || seg.Len() == 0 {
		return // after the peer's FIN: "This should not occur […]. Ignore the segment text."
	}
	begin, text := seg.Seq, seg.Payload
	if old := c.rcv.nxt.Sub(begin); old > 0 { // "only the new parts are processed"
		old = min(old, len(text))
		c.arrivedTwice(begin, begin.Add(old))
		begin, text = begin.Add(old), text[old:]
	}
	edge := c.rcv.edge
	if c.rcv.finSeen && c.rcv.fin.Less(edge) {
		edge = c.rcv.fin // nothing comes after a FIN
	}
	cut := 0 // octets beyond the window
	if room := edge.Sub(begin); room < len(text) {
		cut = len(text) - max(room, 0)
		text = text[:len(text)-cut]
	}
	c.rcv.largest = max(c.rcv.largest, min(len(seg.Payload), c.cfg.MSS))
	if c.deaf && len(text) > 0 {
		// "If […] new data is received after CLOSE is called, its TCP SHOULD send a RST to show that data was lost
		// (SHLD-3)" (RFC 9293, Section 3.6.1)
		c.abort(now, ErrClosed, rstAfterClose)
		return
	}
	if seg.Flags&FIN != 0 && cut == 0 && !c.rcv.finSeen {
		c.rcv.finSeen, c.rcv.fin = true, seg.Seq.Add(len(seg.Payload))
	}
	switch {
	case len(text) == 0:
		c.owe(ackNothingNew)
	case begin != c.rcv.nxt:
		c.textOutOfOrder(now, begin, text)
	default:
		c.textInOrder(now, text)
	}
	if cut > 0 {
		c.owe(ackBeyondWindow)
	}
}

// textInOrder takes octets that begin at RCV.NXT.
func (c *Conn) textInOrder(now time.Time, text []byte) {
	c.watchBuffers(now)
	if len(c.late.blocks) == 0 {
		c.in.append(text)
		c.advanceReceive(len(text))
		c.oweForData(now, len(text))
		return
	}
	c.arrivedTwice(c.late.blocks[0].Left, c.late.blocks[0].Right.min(c.rcv.nxt.Add(len(text))))
	c.in.place(0, text)
	n := c.late.advance(c.rcv.nxt.Add(len(text))).Sub(c.rcv.nxt)
	c.in.extend(n)
	c.advanceReceive(n)
	// "a TCP receiver SHOULD send an immediate ACK when the incoming segment fills in all or part of a gap in the
	// sequence space." (RFC 5681, Section 3.2)
	c.owe(ackFilled)
}

// textOutOfOrder keeps octets that begin after RCV.NXT. "A TCP receiver SHOULD send an immediate duplicate ACK
// when an out-of-order segment arrives." (RFC 5681, Section 3.2)
func (c *Conn) textOutOfOrder(now time.Time, begin Seq, text []byte) {
	c.counters.OutOfOrder++
	c.rcv.quick = quickACKs
	c.owe(ackOutOfOrder)
	if i := c.late.after(begin); i < len(c.late.blocks) {
		c.arrivedTwice(begin.max(c.late.blocks[i].Left), c.late.blocks[i].Right.min(begin.Add(len(text))))
	}
	if !c.late.arrived(begin, begin.Add(len(text))) {
		c.discard(now, "drops bytes %d..%d: too many gaps before them", "9293", "3.10.7.4", c.rcvRel(begin), c.rcvRel(begin)+int64(len(text)))
		return
	}
	c.watchBuffers(now)
	c.in.place(begin.Sub(c.rcv.nxt), text)
	c.event(now, trace.Note, "keeps bytes %d..%d: the bytes from %d on are still missing", "9293", "3.10.7.4",
		c.rcvRel(begin), c.rcvRel(begin)+int64(len(text)), c.rcvRel(c.rcv.nxt))
}

// arrivedTwice notes octets for the next acknowledgment to tell of (RFC 2883, Section 4).
func (c *Conn) arrivedTwice(left, right Seq) {
	if c.sackOK && !c.cfg.NoDSACK && left.Less(right) {
		c.late.duplicate(left, right)
	}
}

// advanceReceive moves RCV.NXT over n octets. The window's right edge stays.
func (c *Conn) advanceReceive(n int) {
	c.rcv.nxt = c.rcv.nxt.Add(n)
	c.rcv.taken += int64(n)
	c.counters.OctetsIn += int64(n)
}

// checkFIN is the eighth step of RFC 9293, Section 3.10.7.4. The FIN counts once everything before it is there.
func (c *Conn) checkFIN(now time.Time) {
	if !c.rcv.finSeen || c.rcv.finished || c.rcv.nxt != c.rcv.fin {
		return
	}
	c.rcv.finished = true
	c.rcv.nxt = c.rcv.nxt.Add(1)
	c.rcv.taken++
	c.owe(ackFIN)
	switch c.state {
	case Established:
		c.enter(now, CloseWait, "goes from ESTABLISHED to CLOSE-WAIT: the peer has sent its FIN", "3.10.7.4")
	case FinWait1: // "If our FIN has been ACKed (perhaps in this segment)", the state is FIN-WAIT-2 by now
		c.enter(now, Closing, "goes from FIN-WAIT-1 to CLOSING: the peer has sent its FIN before it acknowledged ours", "3.10.7.4")
	case FinWait2:
		c.enter(now, TimeWait, "goes from FIN-WAIT-2 to TIME-WAIT: the peer has sent its FIN", "3.10.7.4")
		c.startTimeWait(now)
	}
}
