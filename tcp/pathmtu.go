package tcp

import (
	"time"

	"netlab/trace"
)

// The least that an ICMP message makes of a segment's data: what a packet of 552 octets carries in IPv4, which is what
// most systems take for their least path MTU, and of 1280 octets in IPv6, which every link takes (RFC 8200, Section 5). A
// forged message cannot make segments smaller.
const (
	leastMSS4 = 552 - 40
	leastMSS6 = 1280 - 60
)

func (c *Conn) leastMSS() int {
	if c.flow.Local.Addr().Is4() {
		return leastMSS4
	}
	return leastMSS6
}

// TooBig tells the connection of an ICMP message that a packet of its own was too big: octets of TCP header and data is what
// would have passed, and seq the sequence number that the message quotes. The segments become smaller, and what was
// dropped is sent again at once (RFC 1191, Section 6.4): the network is not overloaded, so cwnd stays. A message about what
// is not in flight is ignored (RFC 5927, Section 4.1).
func (c *Conn) TooBig(now time.Time, seq Seq, octets int) {
	if c.state == Closed || c.cfg.NoPathMTU || c.snd.mayFragment {
		return
	}
	if seq.Less(c.snd.una) || !seq.Less(c.snd.nxt) {
		c.event(now, trace.Note, "ignores an ICMP error: the segment that it quotes is not under way, so it is late or forged", "5927", "4.1")
		return
	}
	mss := octets - minHeader
	if least := c.leastMSS(); mss < least {
		mss = least
		c.snd.mayFragment = c.flow.Local.Addr().Is4() // such a path exists: routers may cut the packets up
	}
	if c.ts.on {
		mss -= timestampOctets
	}
	if mss >= c.snd.mss && !c.snd.mayFragment {
		c.event(now, trace.Note, "ignores an ICMP error: it speaks of packets of %d octets, and its own are no larger", "1191", "3", int64(octets))
		return
	}
	c.lowerMSS(now, min(mss, c.snd.mss), "makes its segments smaller: a router has no room for more than %d octets of data", "1191", "6.4")
}

// lowerMSS makes segments smaller. Those in flight that were larger are cut up and sent again.
func (c *Conn) lowerMSS(now time.Time, mss int, say, rfc, section string) {
	c.cause = c.event(now, trace.Note, say, rfc, section, int64(mss))
	c.snd.mss, c.cc.mss = mss, mss
	c.cc.cwnd = max(c.cc.cwnd, mss)
	c.counters.PathMTU++
	if !c.state.Synchronized() || c.sent.len() == 0 {
		return
	}
	c.recovery()
	old := c.sent
	c.rec.sack.segments = 0
	c.sent = scoreboard{records: make([]sent, 0, 2*old.len())}
	for i := range old.len() {
		rec := *old.at(i)
		tooBig := !rec.sacked && (int(rec.n) > mss || c.snd.mayFragment)
		for int(rec.n) > mss {
			piece := rec
			piece.n = int32(mss)
			rec.seq, rec.n = rec.seq.Add(mss), rec.n-int32(mss)
			c.push(piece, tooBig)
		}
		c.push(rec, tooBig)
	}
}

// push puts a piece of a segment back on the scoreboard; tooBig: it is lost.
func (c *Conn) push(piece sent, tooBig bool) {
	c.sent.push(piece)
	if piece.lost || tooBig {
		c.markLost(c.sent.at(c.sent.len()-1), againTooBig)
	}
	if piece.sacked {
		c.rec.sack.segments++
	}
}

// blackHole suspects that large segments vanish without an ICMP message, as RFC 4821, Section 7.7 does: after some timeouts in
// a row of a full-sized segment, smaller ones are tried. If segments of its size have arrived before, it takes more timeouts:
// the path may have changed, but a bad one is likelier.
func (c *Conn) blackHole(now time.Time) {
	if c.cfg.NoBlackHole || !c.state.Synchronized() || c.sent.len() == 0 {
		return
	}
	mss := max(c.leastMSS(), min(1024, c.snd.mss/2))
	n, enough := int(c.sent.at(0).n), 2
	if n <= int(c.snd.proven) {
		enough = 5
	}
	if n <= mss || int(c.timer.tries) != enough && int(c.timer.tries) != 2*enough {
		return
	}
	c.lowerMSS(now, mss, "tries segments of %d octets of data: larger ones may vanish on the way without a word", "4821", "7.7")
}
