package ip

import (
	"net/netip"

	"netlab/trace"
)

// Output is a packet to hand to a link. Octets are valid until the next packet is given to the Node.
type Output struct {
	Interface int
	NextHop   netip.Addr // the neighbour on the link that is to get it; of a packet for many hosts its destination
	Octets    []byte
	Forwarded bool         // another host's packet; Why.Cause is the event of its arrival
	Why       trace.Reason // filled only if the Node is traced
}

// queue holds the packets that wait to be handed to a link, and the buffers that they lie in, which are used
// again once all were handed on.
type queue struct {
	items []Output
	head  int
}

// add appends a packet of n octets, which the caller fills in.
func (q *queue) add(iface int, nextHop netip.Addr, n int, why trace.Reason) *Output {
	if q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	}
	var buf []byte
	if len(q.items) < cap(q.items) {
		q.items = q.items[:len(q.items)+1]
		buf = q.items[len(q.items)-1].Octets[:0]
	} else {
		q.items = append(q.items, Output{})
	}
	if cap(buf) < n {
		buf = make([]byte, n, max(n, 2048))
	}
	out := &q.items[len(q.items)-1]
	*out = Output{Interface: iface, NextHop: nextHop, Octets: buf[:n], Why: why}
	return out
}

// next takes the oldest packet.
func (q *queue) next() (Output, bool) {
	if q.head == len(q.items) {
		return Output{}, false
	}
	q.head++
	return q.items[q.head-1], true
}
