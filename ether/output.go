package ether

import (
	"net/netip"

	"netlab/trace"
)

// Packet is an IP packet to send to a neighbour.
type Packet struct {
	Octets  []byte
	NextHop netip.Addr // the neighbour, or the address of many
	Flow    trace.Flow // for events
	Why     trace.Reason

	Forwarded bool     // another host's packet
	Identity  trace.ID // of a packet that is forwarded: which it is
}

// Output is a frame to hand to the link. Its octets are valid until the next packet or frame is given to the Station.
type Output struct {
	Frame     []byte
	Flow      trace.Flow
	Why       trace.Reason // filled only if the Station is traced
	Forwarded bool
	Identity  trace.ID
}

// outputs holds the frames that wait to be handed on, and the buffers that they lie in, which are used again once all were
// handed on.
type outputs struct {
	items []Output
	head  int
}

// add appends a frame and what is to be said of it.
func (q *outputs) add(h Header, payload []byte, out Output) {
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	var buf []byte
	if len(q.items) < cap(q.items) {
		buf = q.items[:len(q.items)+1][len(q.items)].Frame[:0]
	}
	out.Frame = h.Append(buf, payload)
	q.items = append(q.items, out)
}

// next takes the oldest frame.
func (q *outputs) next() (Output, bool) {
	if q.head == len(q.items) {
		return Output{}, false
	}
	q.head++
	return q.items[q.head-1], true
}
