package capture

import (
	"net/netip"
	"slices"

	"netlab/ip"
	"netlab/tcp"
)

// streamKey names a TCP connection or a flow of UDP datagrams by its two ends.
type streamKey struct {
	protocol ip.Protocol
	a, b     netip.AddrPort
}

// stream is what the summaries remember of one connection: little, and the same for each.
type stream struct {
	number int
	name   [2]string // both ends in words
	end    [2]end    // TCP only
	talk   *talk     // nil: nothing was said yet
}

// end is one end of a TCP connection as its segments show it.
type end struct {
	seen   bool
	isn    tcp.Seq // sequence number of its SYN; relative numbers count from it
	next   int64   // highest relative number so far, plus 1
	gaps   []span  // below next, but not seen: captured out of order, or not at all
	acked  bool    // it has acknowledged something:
	ack    int64   // up to here
	window int     // and offered so much beyond, as the header says,
	room   int     // or in octets,
	// if both SYNs were seen; otherwise nobody knows how windows are scaled.
	roomKnown bool
	syn       bool // its SYN was seen:
	shift     int  // of its window scale option; -1: not offered
	dups      int  // duplicate acknowledgements since ack moved
}

// span is the relative sequence numbers from to to-1.
type span struct{ from, to int64 }

// maxGaps bounds what is remembered of one end; the oldest gap is forgotten.
const maxGaps = 32

// stream returns the stream of a packet that goes from k.a to k.b, and which of its two ends sends:
// that is, dir 0 for the end that was seen sending first. A SYN with another sequence number begins a
// new connection between the same ends.
func (s *Summarizer) stream(k streamKey, seg *tcp.Segment) (st *stream, dir int) {
	st, dir = s.find(k)
	if st != nil && !(seg != nil && seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN && st.end[dir].seen && st.end[dir].isn != seg.Seq) {
		return st, dir
	}
	if st == nil {
		if len(s.order) == maxStreams {
			if old := s.streams[s.order[0]]; old != nil && old.talk != nil {
				old.talk.release(&s.memory)
			}
			delete(s.streams, s.order[0])
			s.latest = nil
			s.order = s.order[1:]
		}
		s.order = append(s.order, k)
	} else if st.talk != nil {
		st.talk.release(&s.memory)
	}
	if st != nil && dir == 1 {
		k = streamKey{k.protocol, k.b, k.a}
	}
	count := &s.tcps
	if k.protocol == ip.UDP {
		count = &s.udps
	}
	st = &stream{number: *count, name: [2]string{k.a.String(), k.b.String()}}
	*count++
	s.streams[k] = st
	s.latestKey, s.latest = k, st
	return st, dir
}

// find returns the stream of a packet that goes from k.a to k.b, mostly that of the packet before, and which of its two ends sends; nil if there is none.
func (s *Summarizer) find(k streamKey) (st *stream, dir int) {
	back := streamKey{k.protocol, k.b, k.a}
	switch st = s.latest; {
	case st != nil && k == s.latestKey:
		return st, 0
	case st != nil && back == s.latestKey:
		return st, 1
	}
	if st = s.streams[k]; st != nil {
		s.latestKey, s.latest = k, st
		return st, 0
	}
	if st = s.streams[back]; st != nil {
		s.latestKey, s.latest = back, st
		return st, 1
	}
	return nil, 0
}

// relative returns seq as a relative number. The first number seen of an end fixes what it counts
// from: a SYN is 0, and in a connection that was already open the next octet is 1.
func (e *end) relative(seq tcp.Seq, syn bool) int64 {
	if !e.seen {
		e.seen = true
		e.isn = seq - 1
		e.next = 1
		if syn {
			e.isn, e.next = seq, 0
		}
	}
	// The distance to next, which is never more than a window, tells how often seq has wrapped.
	return e.next + int64(int32(seq-(e.isn+tcp.Seq(e.next))))
}

// advance notes that the end sent from to to-1. again: all of it had been sent before. late: some of
// it had been skipped before.
func (e *end) advance(from, to int64) (again, late bool) {
	if from > e.next {
		if len(e.gaps) == maxGaps {
			e.gaps = append(e.gaps[:0], e.gaps[1:]...)
		}
		e.gaps = append(e.gaps, span{e.next, from})
		e.next = to
		return false, false
	}
	late = e.fill(from, to)
	again = to <= e.next && !late
	e.next = max(e.next, to)
	return again, late
}

// fill takes from to to-1 out of the gaps and reports whether any of it was missing.
func (e *end) fill(from, to int64) (missing bool) {
	overlaps := func(g span) bool { return from < g.to && g.from < to }
	if !slices.ContainsFunc(e.gaps, overlaps) {
		return false
	}
	var left []span
	for _, g := range e.gaps {
		if !overlaps(g) {
			left = append(left, g)
			continue
		}
		if g.from < from {
			left = append(left, span{g.from, from})
		}
		if to < g.to {
			left = append(left, span{to, g.to})
		}
	}
	e.gaps = left[max(0, len(left)-maxGaps):]
	return true
}

// offer notes an acknowledgement of dir and the window that came with it.
func (st *stream) offer(dir int, ack int64, seg *tcp.Segment) {
	e, other := &st.end[dir], &st.end[1-dir]
	e.acked, e.ack, e.window, e.room = true, ack, int(seg.Window), int(seg.Window)
	// "The window field in a segment where the SYN bit is set (i.e., a <SYN> or <SYN,ACK>) MUST NOT be scaled."
	// RFC 7323, Section 2.2
	if seg.Flags&tcp.SYN == 0 && e.shift >= 0 && other.shift >= 0 {
		e.room <<= e.shift
	}
	e.roomKnown = e.syn && other.syn
}
