package ip

import (
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Bounds of reassembly: what is kept of unfinished packets, and for how long. "There MUST be a reassembly timeout."
// "It is recommended that the value lie between 60 seconds and 120 seconds." (RFC 1122, Section 3.3.2) RFC 8200, Section 4.5
// says 60 seconds.
const (
	DefaultReassemblyMemory = 4 << 20 // octets, of all unfinished packets
	DefaultReassemblyHoles  = 64      // in one packet
	reassemblyTimeout       = 60 * time.Second
)

// reassembly holds the packets of which some fragments have arrived.
type reassembly struct {
	parts          map[fragmentKey]*partial
	oldest, newest *partial
	octets         int // that are kept
}

// reassemble takes a fragment. When it completes its packet it puts that into d and reports true.
func (n *Node) reassemble(now time.Time, d *Delivery) bool {
	n.counters.FragmentsReceived++
	if !n.acceptFragment(now, d) {
		return false
	}
	n.Advance(now)
	p := n.fragments.parts[d.Header.fragmentKey()]
	if p == nil {
		p = n.fragments.start(now, &d.Header)
	}
	if p.refuse {
		// "(and any constituent fragments, including those not yet received) MUST be silently discarded" (RFC 5722, Section 4)
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards a fragment of a packet that it has discarded already", wire.RFC("5722", "4"))
		return false
	}
	before := p.octets
	switch p.insert(d, n.cfg.ReassemblyHoles) {
	case overlaps:
		// What lies twice in a packet can be used to smuggle data past a filter; RFC 5722, Section 4 forbids it for IPv6.
		n.fragments.refuse(p)
		n.discard(now, d, &n.counters.FragmentsOverlapping, "discards all fragments of a packet: they contradict each other", wire.RFC("5722", "4"))
		return false
	case scattered:
		n.fragments.refuse(p)
		n.discard(now, d, &n.counters.FragmentsScattered, "discards all fragments of a packet: they leave more gaps than it keeps account of", wire.RFC("1122", "3.3.2"))
		return false
	case incomplete:
		n.fragments.octets += p.octets - before
		n.makeRoom(now)
		return false
	}
	n.fragments.octets += p.octets - before
	n.fragments.remove(p)
	return n.complete(now, d, p)
}

// acceptFragment reports whether a fragment can be a part of a packet. Of one of IPv6 that cannot the sender is told.
func (n *Node) acceptFragment(now time.Time, d *Delivery) bool {
	h := &d.Header
	tooLong := h.FragmentOffset+len(d.Payload) > maxPacket
	uneven := h.MoreFragments && len(d.Payload)%8 != 0
	if !tooLong && !uneven && len(d.Payload) > 0 {
		if h.Dst.Is6() && h.FragmentOffset == 0 && !wholeChain(h.Protocol, d.Payload) {
			id := n.discard(now, d, &n.counters.FragmentsDiscarded, "discards a first fragment that does not hold all headers", wire.RFC("8200", "4.5"))
			n.problem(now, d, id, IncompleteChain, 0, "tells the sender that the first fragment does not hold all headers", wire.RFC("8200", "4.5"))
			return false
		}
		return true
	}
	id := n.discard(now, d, &n.counters.FragmentsDiscarded, "discards a fragment that cannot be part of any packet", wire.RFC("791", "3.2"))
	switch ref := wire.RFC("8200", "4.5"); {
	case h.Dst.Is4():
	case uneven:
		const payloadLength = 4
		n.problem(now, d, id, ErroneousField, payloadLength, "tells the sender that the fragment's length, octet %d, is no multiple of 8", ref)
	case tooLong:
		n.problem(now, d, id, ErroneousField, h.Len()-fragmentHeader+2, "tells the sender that the fragment, by its offset in octet %d, goes beyond any packet", ref)
	}
	return false
}

// wholeChain reports whether the data of a first fragment, which begins with a header of kind p, holds all headers up to that
// of the upper layer, as it must (RFC 8200, Section 4.5).
func wholeChain(p Protocol, b []byte) bool {
	for range maxExtensions {
		if !p.extension() {
			break
		}
		if len(b) < 8 || len(b) < extensionLen(p, b) {
			return false
		}
		p, b = Protocol(b[0]), b[extensionLen(p, b):]
	}
	switch p {
	case TCP:
		return len(b) >= 20 && len(b) >= int(b[12]>>4)*4
	case UDP, ICMPv6:
		return len(b) >= 8
	}
	return true
}

// complete puts a packet, all of which is there, into d.
func (n *Node) complete(now time.Time, d *Delivery, p *partial) bool {
	_, b, ok := p.packet()
	if !ok {
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards all fragments of a packet: it would be too long", wire.RFC("791", "3.2"))
		return false
	}
	n.counters.Reassembled++
	if n.trace.On() {
		n.trace.Emit(trace.Event{
			At: now, Kind: trace.Note, Cause: d.Cause, Packet: d.Identity, Ref: wire.RFC("791", "3.2"),
			Say: "has all fragments of the packet now and puts them together: %d octets of payload", Args: [4]int64{int64(p.end)},
		})
	}
	d.Packet = b
	var err error
	if d.Header, d.Payload, err = Parse(b); err != nil {
		n.discardMalformed(now, d, err)
		return false
	}
	return true
}

// Deadline returns when Advance has something to do; zero if never.
func (n *Node) Deadline() time.Time {
	var first time.Time
	if n.nat != nil {
		first = n.nat.deadline()
	}
	if oldest := n.fragments.oldest; oldest != nil && (first.IsZero() || oldest.until.Before(first)) {
		first = oldest.until
	}
	return first
}

// Advance ends the sessions of a NAT that were silent for too long, and gives up packets whose fragments did not all come in time. "If this timeout expires, the
// partially-reassembled datagram MUST be discarded and an ICMP Time Exceeded message sent to the source host (if
// fragment zero has been received)." (RFC 1122, Section 3.3.2)
func (n *Node) Advance(now time.Time) {
	if n.nat != nil {
		n.endSilent(now)
	}
	for p := n.fragments.oldest; p != nil && !p.until.After(now); p = n.fragments.oldest {
		n.fragments.remove(p)
		if p.refuse {
			continue // it was told of
		}
		ref := wire.RFC("1122", "3.3.2")
		id := n.discard(now, &p.first, &n.counters.FragmentsLate, "gives up on a packet whose fragments did not all come in time", ref)
		if len(p.first.Packet) > 0 {
			n.sendError(now, &p.first, Message{Type: TimeExceeded, Code: ReassemblyExceeded},
				n.reason(id, "tells the sender that not all fragments came in time", 0, ref))
		}
	}
}

// makeRoom gives up the oldest unfinished packets as long as more is kept of all than may be.
func (n *Node) makeRoom(now time.Time) {
	for n.fragments.octets > n.cfg.ReassemblyMemory {
		p := n.fragments.oldest
		n.fragments.remove(p)
		n.discard(now, &p.first, &n.counters.FragmentsEvicted, "gives up on a packet to make room for the fragments of others", wire.RFC("1122", "3.3.2"))
	}
}

// start begins a packet.
func (r *reassembly) start(now time.Time, h *Header) *partial {
	p := &partial{
		key: h.fragmentKey(), until: now.Add(reassemblyTimeout), pieces: make(map[int][]byte, 4), end: -1,
		octets: partialOverhead, older: r.newest,
	}
	if r.parts == nil {
		r.parts = make(map[fragmentKey]*partial)
	}
	r.parts[p.key] = p
	r.octets += p.octets
	if r.newest == nil {
		r.oldest = p
	} else {
		r.newest.newer = p
	}
	r.newest = p
	return p
}

// refuse forgets what is there of a packet, but not that no more of it is wanted.
func (r *reassembly) refuse(p *partial) {
	r.octets -= p.octets
	p.octets, p.pieces, p.runs, p.first, p.refuse = partialOverhead, nil, nil, Delivery{}, true
	r.octets += p.octets
}

// remove takes a packet out.
func (r *reassembly) remove(p *partial) {
	delete(r.parts, p.key)
	r.octets -= p.octets
	if p.older == nil {
		r.oldest = p.newer
	} else {
		p.older.newer = p.newer
	}
	if p.newer == nil {
		r.newest = p.older
	} else {
		p.newer.older = p.older
	}
}

// fixed6 is the length of the fixed header of IPv6, which its length does not count; 0 in IPv4.
func (h *Header) fixed6() int {
	if h.Dst.Is4() {
		return 0
	}
	return header6
}
