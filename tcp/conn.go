package tcp

import (
	"net/netip"
	"time"

	"netlab/trace"
)

// Conn is a Transmission Control Block (RFC 9293, Section 3.3.1): one end of one connection. See the
// package's documentation for how a host drives it. It is not safe for concurrent use.
type Conn struct {
	cfg   Config
	trace *trace.Tracer
	flow  trace.Flow
	begin time.Time // when it was made; the scoreboard's times count from it

	state   State
	passive bool // made by a Listener
	closing bool // CLOSE was called: a FIN follows what is queued
	deaf    bool // CloseRead was called: nobody takes what arrives
	scaling bool // both SYNs had the Window Scale option
	sackOK  bool // both SYNs had the SACK Permitted option
	err     error
	soft    error // the last soft ICMP error since something was acknowledged

	snd  sendVariables
	rcv  receiveVariables
	out  buffer     // octets from SND.UNA on: unacknowledged, then unsent
	in   buffer     // octets for Read, then what arrived out of order
	sent scoreboard // what is in flight
	late reassembly // which octets of in arrived out of order
	ts   timestamps
	ecn  marking

	rec       *recovery // nil: nothing was lost or out of order for a while
	reset     reset
	owed      owed
	cc        congestion
	rtt       roundTrip
	timer     timer
	ackTimer  time.Duration // the delayed ACK: when it is due, since the connection was made; 0: not running
	keepAlive *keepAlive    // nil: off
	idle      time.Duration // when to look whether buffers lie unused, since the connection was made; 0: not needed
	challenge throttle

	counters Counters
	cause    trace.ID // the event of what drove the connection last: an arrival, a timer, a call
	offload  int32    // octets of data that Next may give at once; 0: one segment
	last     int32    // index in the scoreboard of the segment that Next gave last; -1: it is not there
}

// sendVariables are the send sequence variables of RFC 9293, Section 3.3.1.
type sendVariables struct {
	una      Seq   // SND.UNA, send unacknowledged
	nxt      Seq   // SND.NXT, send next; it never goes back
	wnd      int   // SND.WND, octets from SND.UNA on that the peer takes
	wl1, wl2 Seq   // SEG.SEQ and SEG.ACK of the last window update
	iss      Seq   // initial send sequence number
	fin      Seq   // the number of our FIN, if finSent
	acked    int64 // SND.UNA - ISS without wrapping
	maxWnd   int   // the largest SND.WND so far
	mss      int   // Eff.snd.MSS
	finSent  bool

	mayFragment bool  // the path takes less than the least that is believed: routers may cut packets up
	urgent      bool  // up is set
	proven      int32 // the largest segment that was ever acknowledged
	up          Seq   // SND.UP, the send urgent pointer
	shift       uint8 // Snd.Wind.Shift
	forced      bool  // the persist timer ran out: send what the window or its probe allows
	sentAt      time.Duration
}

// receiveVariables are the receive sequence variables of RFC 9293, Section 3.3.1.
type receiveVariables struct {
	nxt      Seq           // RCV.NXT, receive next
	edge     Seq           // RCV.NXT + RCV.WND, the right edge of the window; it never goes back
	irs      Seq           // initial receive sequence number
	fin      Seq           // the number of the peer's FIN, if finSeen
	up       Seq           // RCV.UP, if urgent
	taken    int64         // RCV.NXT - IRS without wrapping
	finSeen  bool          // a FIN arrived, perhaps ahead of octets that are missing
	finished bool          // RCV.NXT has passed the FIN
	urgent   bool          // there was an urgent pointer
	shift    uint8         // Rcv.Wind.Shift
	quick    int8          // so many segments are acknowledged at once: the peer is recovering from a loss
	largest  int           // the largest segment so far: what "full-sized" means to the peer
	at       time.Duration // when something has arrived last, since the connection was made
}

// reset is an RST that waits for Next.
type reset struct {
	pending  bool
	seq, ack Seq
	flags    Flags
	why      why
}

// owed is the acknowledgment that the peer is owed.
type owed struct {
	now    bool // send it at once
	octets int  // received since the last acknowledgment was sent
	why    why
}

// newConn returns a connection without a state: the beginning of OPEN.
func newConn(now time.Time, cfg Config, local, remote netip.AddrPort, t *trace.Tracer) *Conn {
	c := new(Conn)
	c.init(now, cfg, local, remote, t)
	return c
}

func (c *Conn) init(now time.Time, cfg Config, local, remote netip.AddrPort, t *trace.Tracer) {
	*c = Conn{cfg: cfg.withDefaults(), trace: t, flow: trace.Flow{Local: local, Remote: remote}, begin: now, last: -1}
	iss, offset := initialSequence(now, &c.cfg, c.flow)
	c.ts.base = offset + uint32(now.UnixMilli())
	c.snd.una, c.snd.nxt, c.snd.iss = iss, iss, iss
	c.cc.recover = iss - 1
	c.rtt.rto = max(initialRTO, c.cfg.MinRTO)
	if c.cfg.KeepAlive {
		c.keepAlive = &keepAlive{}
	}
	c.peerMSS(0)
}

// peerMSS sets Eff.snd.MSS from the peer's option; 0: it sent none. "If an MSS Option is not received at
// connection setup, TCP implementations MUST assume a default send MSS of 536 (576 - 40) for IPv4 or
// 1220 (1280 - 60) for IPv6 (MUST-15)." (RFC 9293, Section 3.7.1)
func (c *Conn) peerMSS(option int) {
	switch {
	case option != 0:
		option = max(option, smallestMSS)
	case c.flow.Local.Addr().Is4():
		option = defaultPeerMSS4
	default:
		option = defaultPeerMSS6
	}
	c.snd.mss = min(option, c.cfg.MSS)
	if c.ts.on { // the options of every segment count (RFC 6691, Section 2)
		c.snd.mss -= timestampOctets
	}
	c.cc.start(c.snd.mss, c.cfg.InitialWindow)
}

// State returns the state. Once it is Closed the connection is over: it has a last RST for Next perhaps,
// and what Read still gives.
func (c *Conn) State() State { return c.state }

// Flow returns the two ends.
func (c *Conn) Flow() trace.Flow { return c.flow }

// Err returns what ended the connection; nil while it lives and after an orderly end.
func (c *Conn) Err() error { return c.err }

// Cause tells the connection the event of the call that follows (Write, Close, Unreachable …), so that segments can
// name what they are sent for.
func (c *Conn) Cause(id trace.ID) { c.cause = id }

// SetNoDelay turns the Nagle algorithm off or on: "there MUST be a way for an application to disable the
// Nagle algorithm on an individual connection (MUST-17)" (RFC 9293, Section 3.7.4).
func (c *Conn) SetNoDelay(off bool) { c.cfg.NoDelay = off }

// SetKeepAlive turns keep-alives on or off; idle is the silence before the first probe, 0: as it was.
func (c *Conn) SetKeepAlive(now time.Time, on bool, idle time.Duration) {
	if idle > 0 {
		c.cfg.KeepAliveIdle = idle
	}
	c.keepAlive = nil
	if on {
		c.keepAlive = &keepAlive{}
	}
	c.startKeepAlive(now)
}

// Advance does what is due at now. Call it when Deadline is reached; calling it early does nothing.
func (c *Conn) Advance(now time.Time) {
	at := c.elapsed(now)
	if due(c.timer.at, at) {
		c.cause = 0
		c.timerExpired(now)
	}
	if due(c.ackTimer, at) {
		c.cause = 0
		c.delayedACKExpired()
	}
	if c.keepAlive != nil && due(c.keepAlive.at, at) {
		c.cause = 0
		c.keepAliveExpired(now)
	}
	if due(c.idle, at) {
		c.releaseBuffers(now)
	}
}

// Deadline returns when Advance is to be called next; zero: not needed.
func (c *Conn) Deadline() time.Time {
	d := sooner(c.timer.at, c.ackTimer)
	if c.keepAlive != nil {
		d = sooner(d, c.keepAlive.at)
	}
	if d = sooner(d, c.idle); d == 0 {
		return time.Time{}
	}
	return c.begin.Add(d)
}

// sooner returns the earlier of two times, of which a zero one never comes. Like all that a connection remembers they count
// since it was made.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func due(t, at time.Duration) bool { return t != 0 && t <= at }

// stopTimers stops all of them.
func (c *Conn) stopTimers() {
	c.timer, c.ackTimer, c.keepAlive = timer{}, 0, nil
}

// watchBuffers makes sure that memory is given back some time after it was taken.
func (c *Conn) watchBuffers(now time.Time) {
	if c.idle == 0 {
		c.idle = c.elapsed(now) + idleBeforeRelease
	}
}

// releaseBuffers gives back buffers that are empty once nothing was sent or received for a while.
func (c *Conn) releaseBuffers(now time.Time) {
	c.idle = 0
	if at := c.elapsed(now); at-c.rcv.at < idleBeforeRelease || at-c.snd.sentAt < idleBeforeRelease {
		c.watchBuffers(now)
		return
	}
	c.out.release()
	if c.in.release(); c.in.ring == nil {
		c.late = reassembly{}
	}
	if c.sent.len() == 0 {
		c.sent, c.rec = scoreboard{}, nil
	}
}

// sendOffset returns how many octets seq is behind the first octet of the send buffer.
func (c *Conn) sendOffset(seq Seq) int {
	first := c.snd.una
	if !c.state.Synchronized() {
		first++ // the SYN comes before it
	}
	return seq.Sub(first)
}

// unsent returns how many queued octets were never sent.
func (c *Conn) unsent() int {
	if c.snd.finSent {
		return 0
	}
	return c.out.len() - c.sendOffset(c.snd.nxt)
}

// sndRel and rcvRel return sequence numbers of the two directions relative to their initial ones, so that
// the first octet of data is 1.
func (c *Conn) sndRel(seq Seq) int64 { return c.snd.acked + int64(seq.Sub(c.snd.una)) }
func (c *Conn) rcvRel(seq Seq) int64 { return c.rcv.taken + int64(seq.Sub(c.rcv.nxt)) }

// elapsed is the time as the scoreboard counts it.
func (c *Conn) elapsed(now time.Time) time.Duration { return now.Sub(c.begin) }
