package tcp

import (
	"time"

	"netlab/trace"
)

// selective is what a sender knows by SACK options (RFC 2018, RFC 6675, Section 3). Each block costs a few binary
// searches, and each segment is marked once: nothing walks over all that is in flight.
type selective struct {
	arrived  ranges
	octets   int // of the segments that are marked
	segments int // so many they are
	judged   Seq // segments before it have been taken to be lost or not, by what arrived after them
	highest  Seq // where the highest of the blocks ends, if segments > 0
}

// reset forgets everything: nothing after next has arrived.
func (s *selective) reset(next Seq) {
	s.arrived.blocks = s.arrived.blocks[:0]
	s.octets, s.segments, s.judged = 0, 0, next
}

// takeSACK marks what the blocks of an acknowledgment say has arrived. It returns the block that tells of octets which
// arrived twice, if there is one (D-SACK, RFC 2883, Section 4).
func (c *Conn) takeSACK(now time.Time, seg *Segment) (repeated Block) {
	o := &seg.Options
	if !c.sackOK {
		return Block{}
	}
	s := &c.rec.sack
	s.arrived.advance(c.snd.una)
	for i, b := range o.SACK[:o.SACKs] {
		switch {
		case i == 0 && c.isRepeated(seg):
			repeated = b
			c.counters.Repeated++
		case !b.Left.Less(b.Right) || b.Left.Less(c.snd.una) || c.snd.nxt.Less(b.Right):
			c.counters.BadSACKs++ // what was never sent, or is acknowledged already: a lie, or late
		default:
			c.takeBlock(now, seg, b)
		}
	}
	return repeated
}

// isRepeated: the first block is a D-SACK if it lies below the cumulative acknowledgment, or within the second block
// (RFC 2883, Section 4). It is about something that was sent.
func (c *Conn) isRepeated(seg *Segment) bool {
	o := &seg.Options
	first := o.SACK[0]
	sent := int64(c.snd.una.Sub(first.Left)) < c.snd.acked && first.Right.LessEq(c.snd.nxt)
	return sent && first.Left.Less(first.Right) && (first.Right.LessEq(seg.Ack) ||
		o.SACKs > 1 && o.SACK[1].Left.LessEq(first.Left) && first.Right.LessEq(o.SACK[1].Right))
}

// takeBlock marks the segments of a block that are not marked yet: those in the gaps between what is known.
func (c *Conn) takeBlock(now time.Time, seg *Segment, b Block) {
	s := &c.rec.sack
	if known, ok := s.arrived.contains(b.Left); ok && b.Right.LessEq(known.Right) {
		return // mostly
	}
	i, j := s.arrived.touched(b.Left, b.Right)
	whole := b // what the block and those it touches make together
	if i < j {
		if first := s.arrived.blocks[i].Left; first.Less(whole.Left) {
			whole.Left = first
		}
		whole.Right = whole.Right.max(s.arrived.blocks[j-1].Right)
	} else if len(s.arrived.blocks) >= maxRanges {
		return // it is only advice: nothing is wrong if it is forgotten
	}
	left := b.Left
	for ; i < j && left.Less(b.Right); i++ {
		known := s.arrived.blocks[i]
		c.markArrived(now, seg, left, known.Left, whole)
		left = left.max(known.Right)
	}
	c.markArrived(now, seg, left, b.Right, whole)
	s.arrived.add(b.Left, b.Right)
}

// markArrived marks the segments that have octets in [left, right) and lie wholly in a block.
func (c *Conn) markArrived(now time.Time, seg *Segment, left, right Seq, whole Block) {
	if !left.Less(right) {
		return
	}
	r := c.rec
	for i := c.sent.find(left); i < c.sent.len() && c.sent.at(i).seq.Less(right); i++ {
		rec := c.sent.at(i)
		if rec.sacked || rec.seq.Less(whole.Left) || whole.Right.Less(rec.end()) {
			continue
		}
		rec.sacked = true
		if rec.lost {
			rec.lost = false
			r.lost -= int(rec.n)
		}
		if r.sack.segments == 0 || r.sack.highest.Less(rec.end()) {
			r.sack.highest = rec.end()
		}
		r.sack.octets += int(rec.n)
		r.sack.segments++
		c.delivered(now, seg, rec, int(rec.n))
	}
}

// taken is called for the first n octets of a segment that are acknowledged now.
func (c *Conn) taken(now time.Time, seg *Segment, rec *sent, n int) {
	r := c.rec
	if rec.lost {
		r.lost -= n
	}
	if rec.sacked {
		r.sack.octets -= n
		if n == int(rec.n) {
			r.sack.segments--
		}
		return
	}
	if n == int(rec.n) {
		c.delivered(now, seg, rec, n)
	} else {
		r.rack.delivered += n
	}
}

// judgeBySACK takes to be lost what IsLost of RFC 6675, Section 4 says: "DupThresh discontiguous SACKed sequences have
// arrived above SeqNum or more than (DupThresh - 1) * SMSS bytes with sequence numbers greater than SeqNum have been
// SACKed". The edge below which that holds lies at one of the last three blocks.
func (c *Conn) judgeBySACK(now time.Time) {
	s := &c.rec.sack
	blocks, above := s.arrived.blocks, 0
	for i := len(blocks) - 1; i >= 0; i-- {
		above += blocks[i].Right.Sub(blocks[i].Left)
		if above <= (duplicateThreshold-1)*c.snd.mss && len(blocks)-i < duplicateThreshold {
			continue
		}
		edge := blocks[i].Left
		for k := c.sent.find(s.judged.max(c.snd.una)); k < c.sent.len() && c.sent.at(k).end().LessEq(edge); k++ {
			if rec := c.sent.at(k); !rec.sacked && !rec.lost && !rec.again {
				c.markLost(rec, againSACK)
			}
		}
		s.judged = s.judged.max(edge)
		return
	}
}

// reneged forgets all SACKs if the first segment that is not acknowledged is said to have arrived although the timer has
// run out: the receiver has thrown it away. "The data receiver is permitted to discard data in its queue that has not been
// acknowledged to the data sender, even if the data has already been reported in a SACK option." (RFC 2018, Section 8)
func (c *Conn) reneged(now time.Time) {
	if c.rec == nil || c.sent.len() == 0 || !c.sent.at(0).sacked {
		return
	}
	for i := range c.sent.len() {
		c.sent.at(i).sacked = false
	}
	c.rec.sack.reset(c.snd.una)
	c.counters.Reneged++
	c.event(now, trace.Note, "believes the peer's SACKs no more: it said that byte %d had arrived, and does not acknowledge it", "2018", "8", c.sndRel(c.snd.una))
}
