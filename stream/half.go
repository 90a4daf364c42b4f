package stream

import (
	"bytes"
	"slices"
	"time"

	"netlab/tcp"
)

// half is one direction of a TCP connection: what was given out of it, and what waits. Octets of data are counted from 0,
// which is the octet after the SYN.
type half struct {
	known bool    // a segment was seen, so that
	isn   tcp.Seq // is the sequence number before octet 0
	next  int64   // the octet to give out next
	acked int64   // the other end has acknowledged everything before
	fin   int64   // number of octets before the FIN, plus 1; 0: no FIN was seen
	parts []part  // what waits, in order, without overlaps
	size  int     // octets that wait
}

// part is octets that wait: from octet from to to-1. If data is shorter, the rest was not captured.
type part struct {
	from, to int64
	data     []byte
	packet   int
	at       time.Time
}

const (
	// maxJump is how far from what is expected a segment may be. No window reaches farther: "the shift count MUST be
	// limited to 14", which allows windows of 1 GiB (RFC 7323, Section 2.3).
	maxJump = 1 << 30
	// patience is how many packets of the connection a gap is kept open for after its octets were acknowledged: some
	// captures show packets that arrived on several processors slightly out of order.
	patience = 16
	// maxParts bounds the pieces that wait in one direction, however small they are.
	maxParts = 4096
)

// segment takes a segment of end dir. cut is how many of its octets were not captured.
func (a *Assembler) segment(s *Stream, dir int, p Packet, seg *tcp.Segment, cut int) {
	e, h := &s.Ends[dir], &s.Ends[dir].half
	syn := seg.Flags&tcp.SYN != 0
	if !h.known {
		h.begin(seg.Seq, syn)
	}
	if syn {
		s.SYN = true
		s.Both = s.Both || dir == 1 && seg.Flags&tcp.ACK == 0
	}
	if seg.Flags&tcp.RST != 0 {
		if s.Reset == 0 {
			s.Reset = dir + 1
		}
		return // "TCP implementations SHOULD allow a received RST segment to include data", which is for people (RFC 9293, Section 3.5.3)
	}
	from := h.offset(seg.Seq)
	if syn {
		from++
	}
	to := from + int64(len(seg.Payload)+cut)
	a.data(s, dir, part{from: from, to: to, data: seg.Payload, packet: p.Number, at: p.At})
	if seg.Flags&tcp.FIN != 0 && h.fin == 0 && to >= h.next {
		h.fin = to + 1
	}
	if seg.Flags&tcp.ACK != 0 {
		a.acknowledged(s, 1-dir, seg.Ack)
	}
	for d := range s.Ends {
		a.review(s, d)
	}
	e.Finished = h.fin > 0 && h.next >= h.fin-1
}

// begin fixes what octets are counted from. Of a connection that was open already, the first segment tells.
func (h *half) begin(seq tcp.Seq, syn bool) {
	h.known, h.isn = true, seq-1
	if syn {
		h.isn = seq
	}
}

// offset returns which octet a sequence number is. The distance to the next one tells how often it has wrapped.
func (h *half) offset(seq tcp.Seq) int64 {
	return h.next + int64(int32(seq-(h.isn+1+tcp.Seq(h.next))))
}

// data takes octets of end dir: it gives out what is next, and lets wait what is not.
func (a *Assembler) data(s *Stream, dir int, p part) {
	e, h := &s.Ends[dir], &s.Ends[dir].half
	switch {
	case p.to == p.from:
		// RFC 9293, Section 3.8.4: keep-alives are sent with a sequence number of one below the next.
		if p.from == h.next-1 && h.acked >= h.next {
			e.KeepAlives++
		}
		return
	case p.from-h.next > maxJump || h.next-p.to > maxJump:
		e.Strays++
		return
	case p.to <= h.next:
		e.Again++
		if p.to == h.next && p.to-p.from == 1 && h.acked >= h.next {
			e.KeepAlives++ // with one octet of garbage
		}
		return
	case p.from < h.next:
		e.Overlaps++
		p = p.after(h.next)
	}
	if p.from == h.next && (len(h.parts) == 0 || p.to <= h.parts[0].from) {
		a.give(s, dir, p)
	} else if e.insert(p, a) {
		e.Again++
	}
	for len(h.parts) > 0 && h.parts[0].from == h.next {
		a.giveFirst(s, dir)
	}
	for len(h.parts) > 0 && (h.size > a.cfg.MaxWaiting || a.waiting > a.cfg.MaxTotal || len(h.parts) > maxParts) {
		a.counts.GivenUp++
		a.giveFirst(s, dir)
	}
}

// after returns what is left of p from octet from on.
func (p part) after(from int64) part {
	skip := from - p.from
	p.from = from
	p.data = p.data[min(skip, int64(len(p.data))):]
	return p
}

// before returns what is left of p before octet to.
func (p part) before(to int64) part {
	p.to = to
	p.data = p.data[:min(to-p.from, int64(len(p.data)))]
	return p
}

// insert lets p wait, but for the octets that wait already: those that were captured first are kept. It reports whether
// nothing of p was new.
func (e *End) insert(p part, a *Assembler) (again bool) {
	h := &e.half
	again = true
	overlap := false
	i, _ := slices.BinarySearchFunc(h.parts, p.from, func(have part, from int64) int {
		if have.to <= from {
			return -1
		}
		return 1
	})
	for ; p.from < p.to; i++ {
		piece := p
		if i < len(h.parts) {
			have := h.parts[i]
			if have.from <= p.from {
				end := min(have.to, p.to)
				e.Conflicts += differing(have.after(p.from).data, p.before(end).data)
				overlap = true
				p = p.after(end)
				continue
			}
			piece = p.before(min(p.to, have.from))
		}
		p = p.after(piece.to)
		piece.data = bytes.Clone(piece.data)
		h.parts = slices.Insert(h.parts, i, piece)
		h.size += len(piece.data)
		a.waiting += len(piece.data)
		again = false
	}
	if overlap && !again {
		e.Overlaps++
	}
	return again
}

// differing counts the octets in which a and b differ, as far as both reach.
func differing(a, b []byte) (n int) {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			n++
		}
	}
	return n
}

// giveFirst gives out the first part that waits, with whatever is missing before it.
func (a *Assembler) giveFirst(s *Stream, dir int) {
	h := &s.Ends[dir].half
	p := h.parts[0]
	h.parts[0] = part{}
	h.parts = h.parts[1:]
	h.size -= len(p.data)
	a.waiting -= len(p.data)
	if len(h.parts) == 0 {
		h.parts = nil // so that the pieces given out are not held by it
	}
	a.give(s, dir, p)
}

// give gives out p, which is next but for what is missing before it.
func (a *Assembler) give(s *Stream, dir int, p part) {
	e, h := &s.Ends[dir], &s.Ends[dir].half
	c := Chunk{Stream: s, Dir: dir, At: p.at, Packet: p.packet, Offset: h.next, Missing: p.from - h.next, Octets: p.data}
	if c.Missing > 0 || len(p.data) > 0 {
		a.cfg.Data(c)
	}
	cut := p.to - p.from - int64(len(p.data))
	if cut > 0 {
		a.cfg.Data(Chunk{Stream: s, Dir: dir, At: p.at, Packet: p.packet, Offset: p.to - cut, Missing: cut})
	}
	for _, missing := range []int64{c.Missing, cut} {
		if missing > 0 {
			e.Missing += missing
			e.Gaps++
		}
	}
	h.next = p.to
	e.Octets = h.next
	s.sinceAcked[dir] = 0
}

// acknowledged notes that the other end has acknowledged what end dir sent.
func (a *Assembler) acknowledged(s *Stream, dir int, ack tcp.Seq) {
	h := &s.Ends[dir].half
	if !h.known {
		h.begin(ack, false)
		return
	}
	if n := h.offset(ack); n > h.acked && n-h.next <= maxJump {
		h.acked = n
	}
}

// review gives up gaps of end dir whose octets the other end has received.
func (a *Assembler) review(s *Stream, dir int) {
	h := &s.Ends[dir].half
	if len(h.parts) == 0 || h.acked < h.parts[0].from {
		s.sinceAcked[dir] = 0
		return
	}
	if s.sinceAcked[dir]++; s.sinceAcked[dir] <= patience {
		return
	}
	for len(h.parts) > 0 && h.parts[0].from <= h.acked {
		a.giveFirst(s, dir)
	}
}

// settle gives out everything that waits in a stream of which nothing more comes.
func (a *Assembler) settle(s *Stream) {
	for dir := range s.Ends {
		e, h := &s.Ends[dir], &s.Ends[dir].half
		for len(h.parts) > 0 {
			a.giveFirst(s, dir)
		}
		end := h.acked // the FIN has a sequence number too, so an acknowledgement may be one beyond the data
		if h.fin > 0 {
			end = h.fin - 1
		} else if end > h.next {
			end--
		}
		if h.known && end > h.next {
			a.cfg.Data(Chunk{Stream: s, Dir: dir, At: s.Last, Offset: h.next, Missing: end - h.next})
			e.Missing += end - h.next
			e.Gaps++
			h.next = end
			e.Octets = end
		}
		e.Finished = h.fin > 0
	}
}
