package flow

import "net/netip"

// stream is what is remembered of one connection: little, and the same for each that goes well.
type stream struct {
	number  int
	key     key
	swapped bool // the end that was seen first is the second of the key
	names   [2]netip.AddrPort
	ends    [2]end
	firstAt int64
	at      int64 // of its latest segment
	packet  int32 // number of its first packet
	latest  int32 // and of its latest
}

// dir returns which end has sent a segment, of which its key says whether its sender is the second end.
func (st *stream) dir(swapped bool) int {
	if swapped != st.swapped {
		return 1
	}
	return 0
}

// end is one end of a connection as its segments show it. Sequence numbers are relative: its SYN is 0, its first octet 1.
type end struct {
	next  int64 // the highest number it has sent, plus 1
	ack   int64 // the highest acknowledgment it has sent, in numbers of the other end
	at    int64 // when it sent its latest segment
	ackAt int64 // when it first sent ack

	octets  int64 // of data, whatever is sent again included
	packets int32

	latest    int32 // its latest packet
	ackPacket int32 // the packet that first brought ack

	isn          uint32 // what relative numbers count from
	window, room uint32 // as its latest header says, and in octets
	is           state
	mss          uint16 // of its SYN; 0: not known
	shift        int8   // of its SYN's window scale option; -1: it had none
	dups         uint16 // duplicate acknowledgments since ack moved

	latestLen       int32 // how many numbers its latest segment covers
	big, bigArrived int32 // octets of its biggest segment, and of the biggest that was acknowledged

	head   int32  // flight[head:] is what is in flight
	flight []sent // what the other end has not acknowledged, by number
	rtt    roundTrip
	slow   slowStart
	odd    *odd // nil as long as nothing odd has happened
}

// state is what is known of an end, one bit each.
type state uint16

const (
	known     state = 1 << iota // isn is: it, or the other's acknowledgment, was seen
	speaks                      // it was seen sending
	opened                      // its SYN was seen
	acks                        // it has acknowledged something
	ended                       // its FIN was seen
	reset                       // it has sent RST
	roomKnown                   // room is right: both SYNs were seen, so how windows are scaled is known
	offloads                    // it was found sending segments that are bigger than the MSS
	probed                      // its latest segment was a window probe
	alive                       // its latest segment was a keep-alive
	closed                      // its window is
	asked                       // its SYN was seen without ACK
	atEnd                       // its latest segment was the end of what it has sent
	holed                       // it was found sending into a black hole
)

// odd is what is remembered of an end once something odd has happened.
type odd struct {
	holes []hole // what it has sent but the capture does not hold, oldest first

	sackHigh int64 // the right edge of the highest block it has reported, in numbers of the other end

	recover  int64 // what it had sent when it began to send again after a loss was reported
	backTo   int64 // the same after a time-out
	timedOut int32 // the packet with which that began
	tooBig   int32 // the latest packet in which a router said that the way takes no packets so big

	again    [16]span // what it has sent again lately, a ring
	agains   int
	closedAt int64 // when it closed its window
	closedIn int32 // and in which packet
}

// hole is the numbers from to to-1, which were skipped by a packet.
type hole struct {
	from, to int64
	at       int64
	packet   int32
	ts       uint32 // TSVal of the packet that skipped it
	hasTS    bool
	acked    bool // acknowledged all the same
}

// span is the numbers from to to-1, sent in a packet.
type span struct {
	from, to int64
	packet   int32
}

// maxHoles bounds what is remembered of one end; the oldest is forgotten first.
const maxHoles = 32

// trouble returns what is remembered of odd things, and begins to remember.
func (e *end) trouble() *odd {
	if e.odd == nil {
		e.odd = &odd{}
	}
	return e.odd
}

// relative returns seq as a relative number. The first number seen of an end fixes what it counts from: a SYN is 0, and in a connection
// that was already open the next octet is 1.
func (e *end) relative(seq uint32, syn bool) int64 {
	if e.is&known == 0 {
		e.is |= known
		e.isn, e.next = seq-1, 1
		if syn {
			e.isn, e.next = seq, 0
		}
	}
	// The distance to next, which is never more than a window, tells how often seq has wrapped.
	return e.next + int64(int32(seq-(e.isn+uint32(e.next))))
}

// hole returns the first hole that has some of from to to-1; nil if there is none.
func (e *end) hole(from, to int64) *hole {
	if e.odd == nil {
		return nil
	}
	for i := range e.odd.holes {
		if h := &e.odd.holes[i]; from < h.to && h.from < to {
			return h
		}
	}
	return nil
}

// skip remembers a hole.
func (e *end) skip(h hole) {
	o := e.trouble()
	if len(o.holes) == maxHoles {
		o.holes = append(o.holes[:0], o.holes[1:]...)
	}
	o.holes = append(o.holes, h)
}

// fill takes from to to-1 out of the holes.
func (e *end) fill(from, to int64) {
	o := e.odd
	kept := make([]hole, 0, len(o.holes)+1)
	for _, h := range o.holes {
		left, right := h, h
		left.to, right.from = min(h.to, from), max(h.from, to)
		switch {
		case to <= h.from || h.to <= from:
			kept = append(kept, h)
			continue
		case left.from < left.to:
			kept = append(kept, left)
		}
		if right.from < right.to {
			kept = append(kept, right)
		}
	}
	o.holes = kept[max(0, len(kept)-maxHoles):]
}
