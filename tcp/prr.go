package tcp

import "time"

// proportional is Proportional Rate Reduction (RFC 6937, RFC 9937): in fast recovery as much is sent, for what arrives, as
// makes the window have its new size when recovery ends; neither a burst nor half a round trip of silence.
type proportional struct {
	delivered int // prr_delivered: octets that have arrived since recovery began
	out       int // prr_out: octets sent since then
	fs        int // RecoverFS: what was outstanding when it began
}

// proportionalRate sets cwnd so that as much goes out as this acknowledgment allows. progress says that it acknowledges
// new octets and tells of no new loss.
func (c *Conn) proportionalRate(now time.Time, progress bool) {
	if c.cfg.NoPRR || !c.sackOK {
		return
	}
	p, g := &c.rec.prr, &c.cc
	delivered := c.rec.rack.delivered
	p.delivered += delivered
	pipe, n := c.inFlight(), 0
	if pipe > g.ssthresh { // proportional: sndcnt = CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out
		n = (p.delivered*g.ssthresh+p.fs-1)/p.fs - p.out
	} else { // the window has shrunk below the threshold: grow no faster than in slow start, and only if all goes well
		n = max(p.delivered-p.out, delivered)
		if progress {
			n += g.mss
		}
		n = min(n, g.ssthresh-pipe)
	}
	if p.out == 0 { // "Force a fast retransmit upon entering recovery"
		n = max(n, g.mss)
	}
	g.cwnd = max(pipe+max(n, 0), g.mss)
}
