package flow

import "sort"

// sent is a segment that was not yet acknowledged.
type sent struct {
	from, to int64
	at       int64 // when it was sent last
	packet   int32 // and in which packet
	ts       uint32
	times    uint8 // how often it was sent
	sacked   bool
	piece    bool // of a segment, not all of it
}

const (
	maxFlight = 4096 // segments of one end; more are not remembered
	maxFree   = 256  // flights that are kept for reuse
)

// outstanding returns the segments in flight.
func (e *end) outstanding() []sent { return e.flight[e.head:] }

// push remembers a segment after all others.
func (t *Tracker) push(e *end, s sent) {
	switch {
	case e.flight == nil && len(t.free) > 0:
		e.flight = t.free[len(t.free)-1]
		t.free = t.free[:len(t.free)-1]
	case len(e.flight) == cap(e.flight) && int(e.head) > len(e.flight)/2:
		e.flight = e.flight[:copy(e.flight, e.outstanding())]
		e.head = 0
	case len(e.outstanding()) >= maxFlight:
		return
	case e.flight == nil:
		e.flight = make([]sent, 0, 16)
	}
	e.flight = append(e.flight, s)
}

// insert remembers a segment that others have overtaken.
func (t *Tracker) insert(e *end, s sent) {
	if len(e.outstanding()) >= maxFlight {
		return
	}
	t.push(e, s)
	all := e.outstanding()
	i := e.find(s.from)
	if i < len(all)-1 {
		copy(all[i+1:], all[i:len(all)-1])
		all[i] = s
	}
}

// split makes two of the segment that goes beyond number n on both sides: it is sent again in other pieces.
func (t *Tracker) split(e *end, n int64) {
	i := e.find(n)
	all := e.outstanding()
	if i == len(all) || all[i].from >= n {
		return
	}
	second := all[i]
	second.from, second.piece = n, true
	if len(all) < maxFlight {
		all[i].to, all[i].piece = n, true
		t.insert(e, second)
	}
}

// find returns the index in outstanding of the first segment that ends after number n.
func (e *end) find(n int64) int {
	all := e.outstanding()
	if len(all) == 0 || all[len(all)-1].to <= n {
		return len(all)
	}
	return sort.Search(len(all), func(i int) bool { return all[i].to > n })
}

// arrived takes what is acknowledged out of flight. It returns the latest segment of it that was sent only once, whose time is a
// round trip's (RFC 6298, Section 3), and zero if there is none.
func (t *Tracker) arrived(e *end, ack int64) (timed sent) {
	all := e.outstanding()
	n := 0
	for n < len(all) && all[n].to <= ack {
		if s := &all[n]; s.times == 1 {
			e.bigArrived = max(e.bigArrived, int32(min(s.to-s.from, 1<<30)))
			if !s.sacked {
				timed = *s
			}
		}
		n++
	}
	if n == len(all) {
		t.release(e)
		return timed
	}
	e.head += int32(n)
	if first := &e.flight[e.head]; first.from < ack {
		first.from = ack
	}
	return timed
}

// release gives an empty flight back.
func (t *Tracker) release(e *end) {
	if e.flight != nil && len(t.free) < maxFree {
		t.free = append(t.free, e.flight[:0])
	}
	e.flight, e.head = nil, 0
}
