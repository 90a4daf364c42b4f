package tcp

import (
	"time"

	"netlab/trace"
	"netlab/wire"
)

// why says what a segment is sent for. The sentences are made only when somebody listens.
type why uint8

const (
	sendSYN why = iota
	sendData
	sendDataFIN
	sendFIN
	sendProbe
	sendKeepAlive

	againTimeout
	againDuplicates
	againEarly
	againPartial
	againSACK
	againRACK
	againProbeTail
	againTooBig
	againProbe
	againOpen
	againSYN

	ackData
	ackDelayed
	ackOutOfOrder
	ackFilled
	ackNothingNew
	ackBeyondWindow
	ackSYN
	ackFIN
	ackFINAgain
	ackWindow
	ackUrgent
	ackUnacceptable
	ackOldTimestamp
	challengeRST
	challengeSYN
	challengeACK

	rstAbort
	rstUnread
	rstAfterClose
	rstBadACK
	rstSYN
)

// explain fills seg.Why if the connection is traced. rec is the record of a segment that is sent again.
func (c *Conn) explain(seg *Segment, w why, cause trace.ID, rec *sent) {
	if !c.trace.On() {
		return
	}
	seg.Why.Cause = cause
	if rec != nil {
		seg.Why.Replaces = rec.id
	}
	switch {
	case w >= rstAbort:
		c.explainRST(&seg.Why, w)
	case w >= ackData:
		c.explainACK(seg, w)
	case w >= againTimeout:
		c.explainAgain(seg, w)
	default:
		c.explainNew(seg, w)
	}
}

// because fills r with a sentence, its numbers and its place in a standard.
func because(r *trace.Reason, say, rfc, section string, args ...int64) {
	r.Say, r.Ref = say, wire.RFC(rfc, section)
	copy(r.Args[:], args)
}

func (c *Conn) explainNew(seg *Segment, w why) {
	from := c.sndRel(seg.Seq)
	to := from + int64(len(seg.Payload))
	r := &seg.Why
	switch {
	case w == sendSYN && seg.Flags&ACK == 0:
		because(r, "sends SYN to open the connection", "9293", "3.5")
	case w == sendSYN:
		because(r, "sends SYN-ACK: it acknowledges the peer's SYN and sends its own", "9293", "3.5")
	case w == sendDataFIN:
		because(r, "sends bytes %d..%d and FIN: the application has closed its side", "9293", "3.10.4", from, to)
	case w == sendFIN:
		because(r, "sends FIN: the application has closed its side", "9293", "3.10.4")
	case w == sendKeepAlive:
		because(r, "sends a keep-alive probe: nothing has arrived for a long time", "9293", "3.8.4")
	case w == sendProbe:
		because(r, "sends bytes %d..%d to probe the peer's window of %d octets", "9293", "3.8.6.1", from, to, int64(c.snd.wnd))
	default:
		because(r, "sends bytes %d..%d", "9293", "3.10.2", from, to)
	}
}

func (c *Conn) explainAgain(seg *Segment, w why) {
	from := c.sndRel(seg.Seq)
	to := from + int64(len(seg.Payload))
	waited := c.rec.waited.Milliseconds()
	r := &seg.Why
	switch {
	case w == againSYN:
		because(r, "sends its SYN again, now with ACK: both ends have opened the connection", "9293", "3.5")
	case w == againDuplicates:
		because(r, "sends bytes %d..%d again: three duplicate ACKs asked for %d", "5681", "3.2", from, to, from)
	case w == againEarly:
		because(r, "sends bytes %d..%d again: duplicate ACKs asked for %d, and too little is in flight for three", "5827", "3.2", from, to, from)
	case w == againPartial:
		because(r, "sends bytes %d..%d again: the acknowledgment stops at %d, before what was in flight when recovery began", "6582", "3.2", from, to, from)
	case w == againSACK:
		because(r, "sends bytes %d..%d again: enough has arrived that was sent after them", "6675", "4", from, to)
	case w == againRACK:
		because(r, "sends bytes %d..%d again: what was sent after them has arrived, and they had time enough", "8985", "6.2", from, to)
	case w == againTooBig:
		because(r, "sends bytes %d..%d again: they were part of a packet that was too big for the path", "1191", "6.4", from, to)
	case w == againProbeTail && len(seg.Payload) == 0:
		because(r, "sends FIN again as a probe: if it was lost, nothing else would show it soon", "8985", "7.3")
	case w == againProbeTail:
		because(r, "sends bytes %d..%d again as a probe: if they were lost, nothing else would show it soon", "8985", "7.3", from, to)
	case w == againProbe:
		because(r, "sends bytes %d..%d again to probe the peer's window of %d octets", "9293", "3.8.6.1", from, to, int64(c.snd.wnd))
	case w == againOpen:
		because(r, "sends bytes %d..%d again: they found no room, and the window is open now", "9293", "3.8.6.1", from, to)
	case seg.Flags&(SYN|ACK) == SYN|ACK:
		because(r, "sends SYN-ACK again: no acknowledgment within %d ms", "6298", "5", waited)
	case seg.Flags&SYN != 0:
		because(r, "sends SYN again: no acknowledgment within %d ms", "6298", "5", waited)
	case len(seg.Payload) == 0:
		because(r, "sends FIN again: no acknowledgment within %d ms", "6298", "5", waited)
	default:
		because(r, "sends bytes %d..%d again: no acknowledgment within %d ms", "6298", "5", from, to, waited)
	}
}

func (c *Conn) explainACK(seg *Segment, w why) {
	next := c.rcvRel(seg.Ack)
	r := &seg.Why
	switch w {
	case ackData:
		because(r, "acknowledges the bytes before %d", "9293", "3.8.6.3", next)
	case ackDelayed:
		because(r, "acknowledges the bytes before %d: the acknowledgment has waited %d ms for more", "9293", "3.8.6.3", next, delayedACKTimeout.Milliseconds())
	case ackOutOfOrder:
		because(r, "asks for byte %d: bytes after it have arrived, but not that one", "5681", "3.2", next)
	case ackFilled:
		because(r, "acknowledges the bytes before %d: a gap is filled", "5681", "3.2", next)
	case ackNothingNew:
		because(r, "acknowledges the bytes before %d again: it had all that arrived", "9293", "3.10.7.4", next)
	case ackBeyondWindow:
		because(r, "acknowledges the bytes before %d: those that arrived beyond its window are dropped", "9293", "3.10.7.4", next)
	case ackSYN:
		because(r, "acknowledges the peer's SYN: the connection is established", "9293", "3.5")
	case ackFIN:
		because(r, "acknowledges the peer's FIN", "9293", "3.10.7.4")
	case ackFINAgain:
		because(r, "acknowledges the peer's FIN again: it has arrived again", "9293", "3.10.7.4")
	case ackWindow:
		because(r, "opens its window to %d octets: the application has read", "9293", "3.8.6.2.2", int64(c.receiveWindow()))
	case ackUrgent:
		because(r, "says that urgent data waits: the peer's window has no room for it", "9293", "3.8.5")
	case ackUnacceptable:
		because(r, "asks for byte %d: a segment outside the window has arrived", "9293", "3.10.7.4", next)
	case ackOldTimestamp:
		because(r, "asks for byte %d: a segment has arrived that is too old by its timestamp", "7323", "5.3", next)
	case challengeRST:
		because(r, "sends a challenge ACK: an RST has arrived whose number is in the window, but not the next", "5961", "3.2")
	case challengeSYN:
		because(r, "sends a challenge ACK: a SYN has arrived although the connection is open", "5961", "4.2")
	case challengeACK:
		because(r, "sends a challenge ACK: an acknowledgment has arrived that cannot be right", "5961", "5.2")
	}
}

func (c *Conn) explainRST(r *trace.Reason, w why) {
	switch w {
	case rstAbort:
		because(r, "sends RST: the application aborts the connection", "9293", "3.10.5")
	case rstUnread:
		because(r, "sends RST: the application has closed without reading all that arrived", "9293", "3.6.1")
	case rstAfterClose:
		because(r, "sends RST: bytes have arrived that nobody will read", "9293", "3.6.1")
	case rstBadACK:
		because(r, "sends RST: a segment has arrived that acknowledges what was never sent", "9293", "3.5.2")
	case rstSYN:
		because(r, "sends RST: a SYN has arrived in the window", "9293", "3.10.7.4")
	}
}

// event reports something that happened to the connection, and returns its ID; 0 if nobody listens.
func (c *Conn) event(now time.Time, kind trace.Kind, say, rfc, section string, args ...int64) trace.ID {
	if !c.trace.On() {
		return 0
	}
	return c.emit(now, kind, say, rfc, section, nil, args)
}

// discard counts and reports a segment that is not acceptable.
func (c *Conn) discard(now time.Time, say, rfc, section string, args ...int64) {
	c.counters.Discarded++
	c.event(now, trace.Discarded, say, rfc, section, args...)
}

func (c *Conn) emit(now time.Time, kind trace.Kind, say, rfc, section string, changes []trace.Change, args []int64) trace.ID {
	e := trace.Event{At: now, Kind: kind, Flow: c.flow, Cause: c.cause, Say: say, Ref: wire.RFC(rfc, section), Changes: changes}
	copy(e.Args[:], args)
	return c.trace.Emit(e)
}
