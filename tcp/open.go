package tcp

import (
	"crypto/sha256"
	"encoding/binary"
	"net/netip"
	"time"

	"netlab/trace"
)

// Dial is the OPEN call, active: it returns a connection in SYN-SENT whose first Next gives the SYN
// (RFC 9293, Section 3.10.1).
func Dial(now time.Time, cfg Config, local, remote netip.AddrPort, t *trace.Tracer) *Conn {
	c := newConn(now, cfg, local, remote, t)
	c.enter(now, SynSent, "goes from CLOSED to SYN-SENT: the application opens a connection", "3.10.1")
	return c
}

// accept is what LISTEN does with a SYN: it returns a connection in SYN-RECEIVED whose first Next gives
// the SYN-ACK (RFC 9293, Section 3.10.7.2).
func accept(now time.Time, cfg Config, local, remote netip.AddrPort, t *trace.Tracer, seg *Segment) *Conn {
	c := newConn(now, cfg, local, remote, t)
	c.passive = true
	c.cause = seg.Cause
	c.synchronize(now, seg)
	c.enter(now, SynReceived, "goes from LISTEN to SYN-RECEIVED: a SYN arrived", "3.10.7.2")
	c.keepEarly(seg)
	return c
}

// keepEarly keeps data and a FIN that came with the peer's SYN: "any other incoming control or data (combined with SYN) will
// be processed in the SYN-RECEIVED state" (RFC 9293, Section 3.10.7.2). It is delivered, and acknowledged, once the
// connection is established: until then anybody could have sent it.
func (c *Conn) keepEarly(seg *Segment) {
	n := min(len(seg.Payload), c.receiveWindow())
	if n > 0 && c.late.arrived(c.rcv.nxt, c.rcv.nxt.Add(n)) {
		c.in.place(0, seg.Payload[:n])
	}
	if seg.Flags&FIN != 0 && n == len(seg.Payload) {
		c.rcv.finSeen, c.rcv.fin = true, c.rcv.nxt.Add(n)
	}
}

// takeEarly takes what keepEarly has kept.
func (c *Conn) takeEarly(now time.Time) {
	if n := c.late.advance(c.rcv.nxt).Sub(c.rcv.nxt); n > 0 {
		c.watchBuffers(now)
		c.in.extend(n)
		c.advanceReceive(n)
		c.owe(ackData)
	}
}

// synchronize takes the peer's initial sequence number and the options of its SYN.
func (c *Conn) synchronize(now time.Time, seg *Segment) {
	c.rcv.irs = seg.Seq
	c.rcv.nxt = seg.Seq.Add(1)
	c.rcv.taken = 1
	c.rcv.edge = c.rcv.nxt.Add(min(c.cfg.ReceiveBuffer, maxUnscaledWindow)) // a SYN's window is not scaled
	// "Once TSopt has been successfully negotiated, that is both <SYN> and <SYN,ACK> contain TSopt, the TSopt MUST be
	// sent in every non-<RST> segment for the duration of the connection". (RFC 7323, Section 3.2)
	if seg.Options.Timestamps && !c.cfg.NoTimestamps {
		c.ts.on, c.ts.recent, c.ts.at = true, seg.Options.TSVal, c.elapsed(now)
	}
	c.sackOK = seg.Options.SACKPermitted && !c.cfg.NoSACK
	c.negotiateECN(seg)
	c.peerMSS(int(seg.Options.MSS))
	// "Upon receiving a <SYN> segment with a Window Scale option containing shift.cnt = S, a TCP MUST set
	// Snd.Wind.Shift to S and MUST set Rcv.Wind.Shift to R; otherwise, it MUST set both Snd.Wind.Shift and
	// Rcv.Wind.Shift to zero." (RFC 7323, Section 2.3)
	if seg.Options.WindowScale != 0 && !c.cfg.NoWindowScale {
		c.scaling = true
		c.snd.shift = uint8(seg.Options.WindowScale - 1)
		c.rcv.shift = uint8(c.cfg.shift())
	}
	c.snd.wl1 = seg.Seq
}

// synOptions are the options of our SYN or SYN-ACK.
func (c *Conn) synOptions() (o Options) {
	o.MSS = uint16(c.cfg.MSS)
	// A SYN-ACK has the option only if the SYN had it (RFC 7323, Section 1.3).
	if !c.cfg.NoWindowScale && (c.state == SynSent || c.scaling) {
		o.WindowScale = int8(c.cfg.shift()) + 1
	}
	o.SACKPermitted = c.sackOK || c.state == SynSent && !c.cfg.NoSACK // RFC 2018, Section 2
	return o
}

// established is where both handshakes end. Rule (5.7) of RFC 6298, Section 5 on the RTO and RFC 5681,
// Section 3.1 on the window hold if the SYN had to be sent again.
func (c *Conn) established(now time.Time, seg *Segment) {
	c.rec = nil
	if c.sent.len() > 0 && c.sent.at(0).again {
		c.rtt.rto = max(3*time.Second, c.cfg.MinRTO)
		c.cc.start(c.snd.mss, 1)
	}
	c.snd.wnd = c.offered(seg)
	c.snd.maxWnd = max(c.snd.maxWnd, c.snd.wnd)
	c.snd.wl1, c.snd.wl2 = seg.Seq, seg.Ack
	c.startKeepAlive(now)
	c.takeEarly(now)
}

// putFlow writes both ends to b, 36 octets.
func putFlow(b []byte, flow trace.Flow) {
	for i, end := range [...]netip.AddrPort{flow.Local, flow.Remote} {
		addr := end.Addr().As16()
		copy(b[18*i:], addr[:])
		binary.BigEndian.PutUint16(b[18*i+16:], end.Port())
	}
}

// initialSequence implements RFC 6528, Section 3: "ISN = M + F(localip, localport, remoteip, remoteport,
// secretkey)", where M is a timer that counts every 4 microseconds and F a pseudorandom function. Another part of F is
// the offset of the connection's timestamps: they tell nobody how long the host has been up (RFC 7323, Section 7.1), and
// still go on from one connection to the next between the same two ends.
func initialSequence(now time.Time, cfg *Config, flow trace.Flow) (iss Seq, offset uint32) {
	var b [16 + 2*18]byte
	copy(b[:], cfg.Secret[:])
	putFlow(b[16:], flow)
	f := sha256.Sum256(b[:])
	m := now.UnixNano() / int64(4*time.Microsecond)
	if cfg.NoSecretISN {
		return Seq(m), 0
	}
	return Seq(m) + Seq(binary.BigEndian.Uint32(f[:])), binary.BigEndian.Uint32(f[4:])
}
