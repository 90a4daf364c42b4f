package tcp

import (
	"time"

	"netlab/trace"
)

// ECN says whether a connection uses Explicit Congestion Notification (RFC 3168): routers that are about to become
// overloaded mark packets instead of dropping them.
type ECN uint8

// What a connection does with ECN.
const (
	ECNIfAsked ECN = iota // a peer that asks for it gets it; we do not ask
	ECNAlways             // our SYN asks for it
	ECNNever
)

// The ECN field of the IP header (RFC 3168, Section 5). Segment.ECN holds it.
const (
	NotECT uint8 = 0 // the packet is dropped if a router is overloaded
	ECT1   uint8 = 1 // it may be marked
	ECT0   uint8 = 2 // the same
	CE     uint8 = 3 // it is marked: congestion experienced
)

// marking is a connection's part in ECN.
type marking struct {
	on     bool // both ends understand it
	echo   bool // a marked packet has arrived, and the peer has not answered with CWR
	cwr    bool // our window was reduced, and the next new data says so
	paused bool // until is set
	until  Seq  // the window was reduced for a mark; it is not again before this is acknowledged
}

// negotiateECN takes the peer's SYN or SYN-ACK: an "ECN-setup SYN packet" has both ECE and CWR, an "ECN-setup SYN-ACK
// packet" ECE alone (RFC 3168, Section 6.1.1).
func (c *Conn) negotiateECN(seg *Segment) {
	switch seg.Flags & (ACK | ECE | CWR) {
	case ECE | CWR:
		c.ecn.on = c.cfg.ECN != ECNNever && c.state != SynSent // both ask at once: neither has answered
	case ACK | ECE:
		c.ecn.on = c.cfg.ECN == ECNAlways && !c.sent.at(0).again
	}
}

// synFlags adds the bits of ECN to our SYN or SYN-ACK. A SYN that is sent again does not ask any more: something on
// the way may drop such SYNs (RFC 3168, Section 6.1.1.1).
func (c *Conn) synFlags(again bool) Flags {
	switch {
	case c.state == SynSent && c.cfg.ECN == ECNAlways && !again:
		return ECE | CWR
	case c.state == SynReceived && c.ecn.on:
		return ECE
	}
	return 0
}

// markArrives is the receiver: "If the sender of the data packet has set CWR", the echo ends; if a data packet arrives with
// CE, "TCP receiver sets the ECE bit" in all acknowledgments until then (RFC 3168, Section 6.1.3).
func (c *Conn) markArrives(now time.Time, seg *Segment) {
	if seg.Flags&CWR != 0 {
		c.ecn.echo = false
	}
	if seg.ECN == CE && len(seg.Payload) > 0 {
		c.counters.Marked++
		if !c.ecn.echo {
			c.event(now, trace.Note, "receives a packet that a router has marked instead of dropping it, and tells the peer with ECE", "3168", "6.1.3")
		}
		c.ecn.echo = true
	}
}

// markFor fills in what a segment other than a SYN says of ECN. Only new data may be marked on its way: no acknowledgment
// (RFC 3168, Section 6.1.4), no retransmission (Section 6.1.5), no window probe (Section 6.1.6).
func (c *Conn) markFor(seg *Segment) {
	if c.ecn.echo {
		seg.Flags |= ECE
	}
	if seg.Seq != c.snd.nxt || len(seg.Payload) == 0 || c.snd.forced {
		return
	}
	seg.ECN = ECT0
	if c.ecn.cwr {
		seg.Flags |= CWR
		c.ecn.cwr = false
	}
}

// echoArrives is the sender: the echo of a mark reduces the window as a loss would, but nothing is sent again; "TCP should
// not react to congestion indications more than once every window of data" (RFC 3168, Section 6.1.2).
//
// flight was outstanding before.
func (c *Conn) echoArrives(now time.Time, flight int) {
	g := &c.cc
	if c.ecn.paused && c.snd.una.LessEq(c.ecn.until) || g.recovering || c.snd.una.LessEq(g.recover) {
		return
	}
	before := c.cc
	c.reduce(now, flight)
	g.cwnd = g.ssthresh
	c.ecn.paused, c.ecn.until = true, c.snd.nxt
	c.counters.MarksEchoed++
	c.cause = c.reduced(now, before, "hears that a router has marked a packet", "3168", "6.1.2", flight)
}
