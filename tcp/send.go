package tcp

import (
	"time"

	"netlab/trace"
)

// Next fills seg with the next segment to send and reports whether there is one. The host calls it until
// there is none after every other call, and builds each packet before the next call.
func (c *Conn) Next(now time.Time, seg *Segment) bool {
	*seg = Segment{SrcPort: c.flow.Local.Port(), DstPort: c.flow.Remote.Port()}
	c.last = -1
	switch {
	case c.reset.pending:
		c.putReset(now, seg)
	case c.state == Closed:
		return false
	case c.putLost(now, seg), c.putNew(now, seg), c.putKeepAlive(now, seg), c.putACK(now, seg):
		c.acknowledged()
	default:
		c.startPersist(now)
		return false
	}
	c.counters.SegmentsOut++
	return true
}

// Traced tells the connection the event under which the host has sent the segment that Next gave last, so
// that a later segment can name it as the one that it replaces.
func (c *Conn) Traced(id trace.ID) {
	if c.last >= 0 {
		c.sent.at(int(c.last)).id = id
	}
}

// putReset fills seg with the RST that waits.
func (c *Conn) putReset(now time.Time, seg *Segment) {
	seg.Seq, seg.Ack, seg.Flags = c.reset.seq, c.reset.ack, c.reset.flags
	if c.ts.on { // "SHOULD be sent in an <RST> segment" (RFC 7323, Section 3.2)
		c.stamp(now, seg)
	}
	c.explain(seg, c.reset.why, c.cause, nil)
	c.reset.pending = false
}

// putLost fills seg with the next segment that is to be sent again: the same octets as before, and new
// ones if there is room behind the last.
func (c *Conn) putLost(now time.Time, seg *Segment) bool {
	i, entry := c.nextLost()
	if i < 0 {
		return false
	}
	rec := c.sent.at(i)
	flight := c.inFlight()
	if !c.rec.atOnce && !c.rec.first && flight > 0 && flight+int(rec.n) > c.congestionWindow() {
		return false
	}
	// If the peer has shrunk its window, the sender "SHOULD retransmit normally the old unacknowledged data between
	// SND.UNA and SND.UNA+SND.WND (SHLD-16)" (RFC 9293, Section 3.8.6); beyond it goes only the first segment, as a probe.
	room := c.snd.una.Add(c.snd.wnd).Sub(rec.end())
	if room < 0 && i > 0 {
		return false
	}
	if more := min(c.unsent(), c.snd.mss-int(rec.n), room); more > 0 && rec.end() == c.snd.nxt && c.state.sends() {
		rec.n += int32(more)
		c.snd.nxt = rec.end()
		c.rec.lost += more
		c.counters.OctetsOut += int64(more)
	}
	c.fill(now, seg, rec.seq, int(rec.n))
	c.explain(seg, entry.why, entry.cause, rec)
	c.counters.Retransmissions++
	rec.again, rec.lost, rec.at = true, false, c.elapsed(now)
	c.rec.sentOne(rec)
	if c.sackOK && !c.cfg.NoRACK {
		c.rec.rack.retransmitted(rec.seq, rec.at)
	}
	c.sentForUndo(now, rec)
	c.snd.sentAt = rec.at
	c.last = int32(i)
	if c.timer.kind == stopped {
		c.startRetransmission(now)
	}
	return true
}

// putNew fills seg with what was never sent: our SYN, data, a FIN.
func (c *Conn) putNew(now time.Time, seg *Segment) bool {
	n, w := 1, sendSYN
	seg.Cut = 0
	if c.state.Synchronized() {
		var fin bool
		if n, seg.Cut, fin = c.sendable(now); n == 0 && !fin {
			return false
		}
		w = sendData
		if c.snd.forced {
			w = sendProbe
		}
		c.counters.OctetsOut += int64(n)
		if fin {
			w = c.sendFIN(now, n)
			n++
		}
	} else if c.snd.nxt != c.snd.iss {
		return false
	}
	if c.timer.kind == stopped || c.timer.kind == persist && c.snd.wnd > 0 {
		c.startRetransmission(now)
	}
	c.fill(now, seg, c.snd.nxt, n)
	c.explain(seg, w, c.cause, nil)
	c.snd.sentAt = c.elapsed(now)
	c.pushSent(n, seg.Cut)
	c.last = int32(c.sent.len() - 1)
	c.snd.nxt = c.snd.nxt.Add(n)
	c.snd.forced = false
	if c.rec != nil {
		c.rec.sentNew(c.snd.nxt, n)
	}
	if c.timer.kind == retransmit && c.sackOK || c.timer.kind == lossProbe && c.sent.len() == 2 { // no longer a single one
		c.scheduleProbe(now)
	}
	return true
}

// sendable returns how many octets the next new segment carries, 0 if none may be sent now, into segments of which size
// they are to be cut, 0 if they are those of one, and whether our FIN goes with them.
func (c *Conn) sendable(now time.Time) (n, size int, fin bool) {
	if c.snd.finSent || !c.state.sends() || c.rec != nil && c.rec.lost > 0 { // what is lost goes first
		return 0, 0, false
	}
	queued := c.unsent() // D
	if queued == 0 && !c.closing {
		return 0, 0, false
	}
	c.congestionAfterIdle(now)
	window := c.snd.una.Add(c.snd.wnd).Sub(c.snd.nxt) // U = SND.UNA + SND.WND - SND.NXT
	if c.snd.forced {
		window = max(window, 1)
	}
	most := c.snd.mss - c.sackOctets()
	room := c.congestionWindow() + c.limitedTransmit() - c.inFlight()
	if c.rec != nil && c.rec.probe.due { // beyond the congestion window, RFC 8985, Section 7.3
		room = max(room, most)
	}
	n = max(0, min(queued, most, window, room))
	c.cc.full = room < min(queued, most, window)
	if c.closing && n == queued && window > n {
		return n, 0, true
	}
	if n == 0 || !c.worthSending(n, queued, most) {
		return 0, 0, false
	}
	if n == most && c.offload > 0 {
		n, size = c.several(min(queued, window, room), most)
	}
	return n, size, false
}

// worthSending is the sender's side of silly window avoidance (RFC 9293, Section 3.8.6.2.1) with the Nagle
// algorithm (RFC 9293, Section 3.7.4) as its bracketed condition.
func (c *Conn) worthSending(n, queued, most int) bool {
	nagle := c.cfg.NoDelay || c.snd.nxt == c.snd.una
	switch {
	case n == most: // (1) "if a maximum-sized segment can be sent"
	case n == queued && (nagle || c.closing): // (2) "if the data is pushed and all queued data can be sent now"
	case n >= c.snd.maxWnd/2 && nagle: // (3) "if at least a fraction Fs of the maximum window can be sent"
	case c.snd.forced || c.rec != nil && c.rec.probe.due: // (4) "if the override timeout occurs"
	case c.cfg.NoSWSAvoidance && nagle:
	default:
		return false
	}
	return true
}

// sendFIN notes that our FIN goes out behind n octets. "Queue this request until all preceding SENDs have
// been segmentized; then send a FIN segment, enter LAST-ACK state." (RFC 9293, Section 3.10.4, CLOSE-WAIT)
func (c *Conn) sendFIN(now time.Time, n int) why {
	c.snd.finSent = true
	c.snd.fin = c.snd.nxt.Add(n)
	if c.state == CloseWait {
		c.enter(now, LastAck, "goes from CLOSE-WAIT to LAST-ACK: both sides have closed", "3.10.4")
	}
	if n > 0 {
		return sendDataFIN
	}
	return sendFIN
}

// putKeepAlive fills seg with a probe "designed to elicit a response from the TCP peer. Such a segment
// generally contains SEG.SEQ = SND.NXT-1" (RFC 9293, Section 3.8.4).
func (c *Conn) putKeepAlive(now time.Time, seg *Segment) bool {
	if c.keepAlive == nil || !c.keepAlive.probe {
		return false
	}
	c.keepAlive.probe = false
	c.fill(now, seg, c.snd.nxt, 0)
	seg.Seq = c.snd.nxt.Add(-1)
	c.explain(seg, sendKeepAlive, c.cause, nil)
	return true
}

// putACK fills seg with the acknowledgment that is owed: <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>.
func (c *Conn) putACK(now time.Time, seg *Segment) bool {
	if !c.owed.now || !c.state.Synchronized() && c.state != SynReceived {
		return false
	}
	c.fill(now, seg, c.snd.nxt, 0)
	c.explain(seg, c.owed.why, c.cause, nil)
	return true
}

// fill makes seg carry the n sequence numbers from seq on: a SYN, octets of the send buffer, a FIN behind
// them, or nothing but an acknowledgment.
func (c *Conn) fill(now time.Time, seg *Segment, seq Seq, n int) {
	seg.Seq = seq
	if n > 0 && !c.state.Synchronized() {
		seg.Flags = SYN | c.synFlags(c.snd.nxt != c.snd.iss)
		seg.Options = c.synOptions()
		seg.Window = uint16(min(c.cfg.ReceiveBuffer, maxUnscaledWindow)) // that of a SYN is not scaled
		if c.state == SynReceived {
			seg.Flags, seg.Ack = seg.Flags|ACK, c.rcv.nxt
			c.ts.lastACK = seg.Ack
		}
		if c.ts.on || c.state == SynSent && !c.cfg.NoTimestamps {
			c.stamp(now, seg)
		}
		return
	}
	seg.Flags = ACK
	seg.Ack = c.rcv.nxt
	seg.Window = c.offerWindow()
	c.ts.lastACK = seg.Ack
	if c.ts.on {
		c.stamp(now, seg)
	}
	if c.sackOK && (len(c.late.blocks) > 0 || c.late.twice != (Block{})) {
		c.late.report(&seg.Options, c.sackRoom(c.snd.mss-n))
	}
	if c.snd.urgent {
		c.pointUrgent(seg)
	}
	seg.MayFragment = c.snd.mayFragment
	if n > 0 {
		c.carry(seg, n)
	}
	if c.ecn.on {
		c.markFor(seg)
	}
}

// carry makes seg carry the n sequence numbers from SEG.SEQ on.
func (c *Conn) carry(seg *Segment, n int) {
	from, queued := c.sendOffset(seg.Seq), c.out.len()
	to := from + n
	if to > queued {
		seg.Flags |= FIN
		to = queued
	}
	if to > from {
		seg.Payload = c.out.bytes(from, to)
		// "MUST set the PSH bit in the last buffered segment (i.e., when there is no more queued data to be sent)"
		// (MUST-61, RFC 9293, Section 3.9.1.2)
		if to == queued {
			seg.Flags |= PSH
		}
	}
}
