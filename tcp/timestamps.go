package tcp

import (
	"time"

	"netlab/trace"
)

// timestamps are the variables of the Timestamps option (RFC 7323, Section 3): a clock that each segment carries and
// whose echo the peer sends back. It measures round trips also of what was sent twice (Section 4) and tells an old
// duplicate from a new segment whose sequence number is the same after wrapping around (PAWS, Section 5).
type timestamps struct {
	on      bool          // Snd.TS.OK: both SYNs had the option
	base    uint32        // what our clock said when the connection was made
	recent  uint32        // TS.Recent, the peer's clock that we echo
	at      time.Duration // when TS.Recent was taken
	lastACK Seq           // Last.ACK.sent
}

const (
	tick            = time.Millisecond    // of our clock: "between 1 ms and 1 sec per tick", RFC 7323, Section 5.4
	timestampsFor   = 24 * 24 * time.Hour // how long TS.Recent is good for, RFC 7323, Section 5.5
	timestampOctets = 12                  // of header that the option takes
)

// earlier compares two timestamps "in the sense of modular 32-bit arithmetic" (RFC 7323, Section 5.2).
func earlier(s, t uint32) bool { return int32(s-t) < 0 }

// clock is SEG.TSval of a segment that is sent now.
func (c *Conn) clock(now time.Time) uint32 { return c.ts.base + uint32(c.elapsed(now)/tick) }

// stamp puts the option into seg. In a SYN nothing is echoed yet: "When the ACK bit is not set in the outgoing
// TCP header, the sender of that segment SHOULD set the TSecr field to zero." (RFC 7323, Section 3.2)
func (c *Conn) stamp(now time.Time, seg *Segment) {
	seg.Options.Timestamps, seg.Options.TSVal = true, c.clock(now)
	if seg.Flags&ACK != 0 {
		seg.Options.TSEcr = c.ts.recent
	}
}

// checkTimestamp is the test that PAWS puts before the sequence number (RFC 7323, Section 5.3, R1). An RST is not
// tested: it "MUST NOT be subjected to the PAWS check".
func (c *Conn) checkTimestamp(now time.Time, seg *Segment) bool {
	o := &seg.Options
	switch {
	case !c.ts.on || seg.Flags&RST != 0:
		return true
	case !o.Timestamps:
		// "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop the segment." (RFC 7323,
		// Section 3.2) A SYN may come from a peer that knows nothing of this connection any more; it is challenged.
		if seg.Flags&SYN == 0 {
			c.discard(now, "drops a segment without timestamps: both ends had agreed on them", "7323", "3.2")
			return false
		}
		return true
	case c.cfg.NoPAWS || !earlier(o.TSVal, c.ts.recent) || c.elapsed(now)-c.ts.at > timestampsFor:
		return true
	}
	c.counters.OldTimestamps++
	c.discard(now, "drops a segment that is too old: its timestamp is %d, and %d has arrived before", "7323", "5.3", int64(o.TSVal), int64(c.ts.recent))
	if seg.Len() > 0 || c.challenge.allow(c.elapsed(now)) { // "Send an acknowledgment in reply"
		c.owe(ackOldTimestamp)
	}
	return false
}

// takeTimestamp is R3 of RFC 7323, Section 5.3: the timestamp of a segment that begins no later than Last.ACK.sent is
// echoed from now on; one that is older than TS.Recent has not come so far. The segment is in the window, or is a late
// copy of something in the last window before it (as in RFC 7323, Appendix D): what a retransmission is answered with
// must tell of its own round trip. Anything else could be a forgery that makes PAWS drop all that is genuine.
func (c *Conn) takeTimestamp(now time.Time, seg *Segment) {
	if c.ts.on && seg.Options.Timestamps && seg.Flags&RST == 0 && seg.Seq.LessEq(c.ts.lastACK) && c.rcv.nxt.Sub(seg.Seq) <= c.cfg.ReceiveBuffer {
		c.ts.recent, c.ts.at = seg.Options.TSVal, c.elapsed(now)
	}
}

// echoed returns the round trip that the echo in an acknowledgment tells of, in whole ticks of our clock: one within a tick
// counts as a tick. ok is false if there is none that makes sense.
func (c *Conn) echoed(now time.Time, seg *Segment) (r time.Duration, ok bool) {
	if !c.ts.on || !seg.Options.Timestamps || seg.Options.TSEcr == 0 {
		return 0, false
	}
	r = time.Duration(int32(c.clock(now)-seg.Options.TSEcr)) * tick
	return max(r, tick), r >= 0 && r <= c.elapsed(now)+tick
}

// Reopens reports whether seg is a SYN that may open the connection anew although it is in TIME-WAIT: "it MAY
// accept a new SYN from the remote TCP endpoint to reopen the connection directly from TIME-WAIT state (MAY-2)"
// (RFC 9293, Section 3.6.1). It must be newer than all that went before: by its timestamp, else by its sequence
// number (RFC 6191, Section 2).
func (c *Conn) Reopens(seg *Segment) bool {
	if c.cfg.NoReopen || c.state != TimeWait || seg.Flags&(SYN|ACK|RST|FIN) != SYN {
		return false
	}
	if c.ts.on && seg.Options.Timestamps && seg.Options.TSVal != c.ts.recent {
		return earlier(c.ts.recent, seg.Options.TSVal)
	}
	return c.rcv.nxt.LessEq(seg.Seq)
}

// Reopen ends TIME-WAIT because of a SYN that Reopens. It returns the first sequence number that the next connection
// may use: it must be "larger than the largest sequence number it used on the previous connection incarnation".
// (RFC 9293, Section 3.6.1)
func (c *Conn) Reopen(now time.Time, cause trace.ID) Seq {
	c.cause = cause
	next := c.snd.nxt.Add(1)
	c.end(now, "goes from TIME-WAIT to CLOSED: a SYN that is newer opens the connection again", "3.6.1")
	return next
}

// NotBefore makes a connection that has sent nothing begin with the sequence number least, or a later one.
func (c *Conn) NotBefore(least Seq) {
	if !c.snd.iss.Less(least) {
		return
	}
	c.snd.una, c.snd.nxt, c.snd.iss = least, least, least
	c.cc.recover = least - 1
}
