package tcp

import "time"

// Receive is SEGMENT ARRIVES (RFC 9293, Section 3.10.7). seg and its payload are not kept.
func (c *Conn) Receive(now time.Time, seg *Segment) {
	c.cause = seg.Cause
	c.last = -1
	switch c.state {
	case Closed: // the host answers with ReplyClosed
		return
	case SynSent:
		c.segmentInSynSent(now, seg)
	default:
		c.segment(now, seg)
	}
	c.counters.SegmentsIn++
	c.rcv.at = c.elapsed(now)
}

// segment is the order of RFC 9293, Section 3.10.7.4, "Other States". Each step handles the states that
// the RFC lists under it; the first four say whether the segment goes on to the next.
func (c *Conn) segment(now time.Time, seg *Segment) {
	if !c.checkTimestamp(now, seg) || // before all others (RFC 7323, Section 5.3)
		!c.checkSequence(now, seg) || // First, check sequence number
		!c.checkRST(now, seg) || // Second, check the RST bit
		// Third, check security: no IP implementation here has compartments (RFC 9293, Appendix A.1)
		!c.checkSYN(now, seg) || // Fourth, check the SYN bit
		!c.checkACK(now, seg) { // Fifth, check the ACK field
		return
	}
	if c.ecn.on {
		c.markArrives(now, seg)
	}
	c.checkURG(now, seg)    // Sixth, check the URG bit
	c.processText(now, seg) // Seventh, process the segment text
	c.checkFIN(now)         // Eighth, check the FIN bit
}

// acceptable is the "Segment Acceptability Test" of RFC 9293, Section 3.10.7.4, Table 6. For a zero window,
// "special allowance should be made to accept valid ACKs, URGs, and RSTs": a segment at RCV.NXT passes,
// and its text is cut off later.
func (c *Conn) acceptable(seg *Segment) bool {
	begin, wnd, n := seg.Seq.Sub(c.rcv.nxt), c.receiveWindow(), seg.Len()
	if wnd == 0 || n == 0 {
		return begin == 0 || begin > 0 && begin < wnd
	}
	return begin >= 0 && begin < wnd || begin+n > 0 && begin+n <= wnd || begin <= 0 && begin+n > wnd
}

func (c *Conn) checkSequence(now time.Time, seg *Segment) bool {
	c.takeTimestamp(now, seg)
	if c.acceptable(seg) || c.crossingSYNACK(seg) {
		return true
	}
	c.discard(now, "drops a segment of bytes %d..%d: the receive window is %d..%d", "9293", "3.10.7.4",
		c.rcvRel(seg.Seq), c.rcvRel(seg.Seq)+int64(seg.Len()), c.rcvRel(c.rcv.nxt), c.rcvRel(c.rcv.nxt)+int64(c.receiveWindow()))
	switch {
	// "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the RST bit is
	// set, if so drop the segment and return)". Two ends that disagree must not answer each other's empty
	// segments for ever, so those answers are counted like challenges.
	case seg.Flags&RST != 0:
	case c.state == TimeWait && seg.Flags&FIN != 0 && seg.Seq.Add(seg.Len()) == c.rcv.nxt:
		// "The only thing that can arrive in this state is a retransmission of the remote FIN. Acknowledge it, and
		// restart the 2 MSL timeout."
		c.startTimeWait(now)
		c.owe(ackFINAgain)
	case seg.Len() > 0 || c.challenge.allow(c.elapsed(now)):
		if end := seg.Seq.Add(len(seg.Payload)); end.LessEq(c.rcv.nxt) {
			c.arrivedTwice(seg.Seq, end)
		}
		c.owe(ackUnacceptable)
	}
	return false
}

// crossingSYNACK recognises the SYN-ACK of a simultaneous open. It repeats a SYN that has arrived, so by its number it lies before the window;
// but it opens the connection in line 6 of Figure 7 of RFC 9293, Section 3.5, as its ACK would alone.
func (c *Conn) crossingSYNACK(seg *Segment) bool {
	return c.state == SynReceived && !c.passive && seg.Flags&(SYN|ACK|FIN|RST) == SYN|ACK && len(seg.Payload) == 0 &&
		seg.Seq.Add(1) == c.rcv.nxt && seg.Ack == c.snd.nxt
}

func (c *Conn) checkRST(now time.Time, seg *Segment) bool {
	if seg.Flags&RST == 0 {
		return true
	}
	// "If the RST bit is set and the sequence number does not exactly match the next expected sequence value, yet
	// is within the current receive window, TCP endpoints MUST send an acknowledgment (challenge ACK)". (RFC 9293,
	// Section 3.10.7.4, after RFC 5961, Section 3.2)
	if seg.Seq != c.rcv.nxt && !c.cfg.NoChallengeACK {
		c.challengeACK(now, challengeRST)
		return false
	}
	switch c.state {
	case SynReceived:
		if c.passive { // "return this connection to LISTEN state and return. The user need not be informed."
			c.fail(now, ErrReset, "returns to LISTEN from SYN-RECEIVED: the peer reset the connection", "3.10.7.4")
		} else {
			c.fail(now, ErrRefused, "goes from SYN-RECEIVED to CLOSED: the peer refused the connection", "3.10.7.4")
		}
	case TimeWait:
		if c.cfg.NoTimeWaitGuard {
			c.end(now, "goes from TIME-WAIT to CLOSED: an RST arrived", "3.10.7.4")
			break
		}
		// "Ignore RST segments in TIME-WAIT state." (RFC 1337, Section 3, (F1)): an old one must not end it early.
		c.discard(now, "ignores an RST in TIME-WAIT", "1337", "3")
	case Closing, LastAck:
		c.end(now, "closes the connection: the peer reset it when both had closed", "3.10.7.4")
	default:
		c.fail(now, ErrReset, "closes the connection: the peer reset it", "3.10.7.4")
	}
	return false
}

func (c *Conn) checkSYN(now time.Time, seg *Segment) bool {
	if seg.Flags&SYN == 0 || c.crossingSYNACK(seg) {
		return true
	}
	switch {
	case c.state == SynReceived && c.passive:
		c.fail(now, ErrReset, "returns to LISTEN from SYN-RECEIVED: another SYN arrived", "3.10.7.4")
	case c.cfg.NoChallengeACK:
		// "If the SYN is in the window it is an error: send a reset, any outstanding RECEIVEs and SEND should receive
		// "reset" responses" (RFC 9293, Section 3.10.7.4, as it was before RFC 5961)
		c.abort(now, ErrReset, rstSYN)
	default:
		c.challengeACK(now, challengeSYN)
	}
	return false
}

// challengeACK answers what may be an attack. "An implementation SHOULD include an ACK throttling mechanism
// to be conservative." (RFC 5961, Section 7)
func (c *Conn) challengeACK(now time.Time, w why) {
	if c.challenge.allow(c.elapsed(now)) {
		c.counters.Challenges++
		c.discard(now, "drops a segment and challenges the peer", "5961", "7")
		c.owe(w)
		return
	}
	c.counters.ChallengesWithheld++
	c.discard(now, "drops a segment: it has sent %d challenge ACKs in five seconds", "5961", "7", challengesAtMost)
}

// throttle counts challenge ACKs: "a timestamp and a counter can be used" (RFC 5961, Section 7).
type throttle struct {
	since time.Duration // the connection was made
	n     int
}

func (t *throttle) allow(at time.Duration) bool {
	if at-t.since >= challengeInterval {
		t.since, t.n = at, 0
	}
	t.n++
	return t.n <= challengesAtMost
}
