package tcp

import "time"

// segmentInSynSent is RFC 9293, Section 3.10.7.3, in its order.
func (c *Conn) segmentInSynSent(now time.Time, seg *Segment) {
	// First, check the ACK bit
	acked := seg.Flags&ACK != 0
	if acked && (seg.Ack.LessEq(c.snd.iss) || c.snd.nxt.Less(seg.Ack)) {
		// "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the RST bit is set, if so drop the segment
		// and return) <SEQ=SEG.ACK><CTL=RST> and discard the segment."
		c.discard(now, "drops a segment that acknowledges what it never sent", "9293", "3.10.7.3")
		if seg.Flags&RST == 0 {
			c.reset = reset{pending: true, seq: seg.Ack, flags: RST, why: rstBadACK}
		}
		return
	}
	// Second, check the RST bit
	if seg.Flags&RST != 0 {
		if acked {
			c.fail(now, ErrRefused, "goes from SYN-SENT to CLOSED: the peer refused the connection", "3.10.7.3")
		} else {
			c.discard(now, "drops an RST that does not acknowledge its SYN", "9293", "3.10.7.3")
		}
		return
	}
	// Third, check the security: there is none
	// Fourth, check the SYN bit; fifth, "if neither of the SYN or RST bits is set, then drop the segment and return."
	if seg.Flags&SYN == 0 {
		c.discard(now, "drops a segment without SYN: it waits for one", "9293", "3.10.7.3")
		return
	}
	c.synchronize(now, seg)
	if !acked {
		// Both ends have sent a SYN (RFC 9293, Section 3.5, Figure 7). Ours is sent again, now as a SYN-ACK.
		c.snd.wnd, c.snd.wl1, c.snd.wl2 = c.offered(seg), seg.Seq, seg.Ack
		c.enter(now, SynReceived, "goes from SYN-SENT to SYN-RECEIVED: the peer has sent a SYN too", "3.10.7.3")
		c.sendAgain(c.snd.una, c.snd.nxt, againSYN, true)
		c.keepEarly(seg)
		return
	}
	c.established(now, seg)
	c.acknowledge(now, seg)
	c.enter(now, Established, "goes from SYN-SENT to ESTABLISHED: the peer has answered with a SYN-ACK", "3.10.7.3")
	c.owe(ackSYN)
	// "If there are other controls or text in the segment, then continue processing at the sixth step under
	// Section 3.10.7.4 where the URG bit is checked; otherwise, return."
	if seg.Len() > 1 || seg.Flags&URG != 0 {
		text := *seg
		text.Seq, text.Flags = seg.Seq.Add(1), seg.Flags&^SYN
		c.checkURG(now, &text)
		c.processText(now, &text)
		c.checkFIN(now)
	}
}
