package tcp

import (
	"time"

	"netlab/trace"
)

// probe is the tail loss probe of RFC 8985, Section 7: if the last segments of a flight are lost, nothing after them
// makes the peer ask for them. One segment more, two round trips later, brings an acknowledgment that does.
type probe struct {
	end   Seq  // TLP.end_seq: SND.NXT after the probe, if sent
	sent  bool // a probe waits for its answer
	again bool // TLP.is_retrans: it was a retransmission
	due   bool // Next gives it
}

// probeDelay is the probe timeout, RFC 8985, Section 7.2: "PTO = 2 * SRTT", and longer if the peer may delay the
// acknowledgment of a single segment. Two ticks of our clock are added, as timers are late.
func (c *Conn) probeDelay() time.Duration {
	if c.rtt.srtt == 0 {
		return time.Second
	}
	delay := 2*c.rtt.srtt + 2*granularity
	if c.snd.nxt.Sub(c.snd.una) <= c.snd.mss {
		delay += delayedACKTimeout
	}
	return delay
}

// probing reports whether a loss probe may be scheduled: "unless it is already in fast recovery, RTO recovery, or the sender
// has segments delivered out of order (i.e., RACK.segs_sacked is not zero)" (RFC 8985, Section 7.2).
func (c *Conn) probing() bool {
	if !c.sackOK || c.cfg.NoTLP || c.cfg.NoRACK || c.cc.recovering || !c.state.sends() || c.snd.wnd == 0 || c.timer.tries > 0 {
		return false
	}
	r := c.rec
	return r == nil || r.sack.segments == 0 && r.lost == 0 && !r.probe.sent && !c.snd.una.LessEq(c.cc.recover)
}

// scheduleProbe lets the probe timer run instead of the retransmission timer, which would run out later.
func (c *Conn) scheduleProbe(now time.Time) {
	if !c.probing() {
		return
	}
	at := min(c.timer.since+c.rtt.rto, c.snd.sentAt+c.probeDelay())
	c.timer.kind, c.timer.at = lossProbe, max(at, c.elapsed(now))
}

// probeTimeout makes Next give a probe: "a previously unsent segment if available", else "the highest-sequence segment
// sent so far" (RFC 8985, Section 7.3). Then the retransmission timer runs.
//
// The probe timeout starts again with each new segment; that is looked at only here, when it runs out.
func (c *Conn) probeTimeout(now time.Time) {
	if c.scheduleProbe(now); c.elapsed(now) < c.timer.at {
		return
	}
	p := &c.recovery().probe
	c.cause = c.event(now, trace.TimerExpired, "has heard nothing for two round trips: it probes whether the last bytes are lost", "8985", "7.3")
	p.due, p.sent, p.again, p.end = true, true, false, c.snd.nxt
	if room := c.snd.una.Add(c.snd.wnd).Sub(c.snd.nxt); c.unsent() == 0 || room < min(c.unsent(), c.snd.mss) {
		p.due, p.again = false, true
		last := c.sent.at(c.sent.len() - 1)
		c.sendAgain(last.seq, last.end(), againProbeTail, true)
	}
	c.counters.LossProbes++
	c.timer.kind, c.timer.at = retransmit, c.elapsed(now)+c.rtt.rto
}

// probeAnswered looks what the acknowledgment says of the probe: RFC 8985, Section 7.4.2. If the probe has repaired a loss,
// and nothing else would tell of it, the window is reduced all the same.
func (c *Conn) probeAnswered(now time.Time, seg *Segment, repeated Block) {
	p := &c.rec.probe
	if !p.sent || seg.Ack.Less(p.end) {
		return
	}
	switch {
	case !p.again, repeated != (Block{}):
	case p.end.Less(seg.Ack):
		if !c.cc.recovering {
			c.reduceForProbe(now)
		}
	case seg.Len() > 0 || seg.Options.SACKs > 0 || seg.Ack != c.snd.una || c.rec.rack.delivered > 0:
		return // it may still be one or the other
	}
	*p = probe{}
}

func (c *Conn) reduceForProbe(now time.Time) {
	before := c.cc
	c.reduce(now, c.cc.cwnd) // what was lost was a part of an earlier flight
	c.cc.cwnd = c.cc.ssthresh
	c.cause = c.congestionChanged(now, before, "was told of a loss by its probe, which has repaired it: cwnd is now %d", "8985", "7.4.2", int64(c.cc.cwnd))
}
