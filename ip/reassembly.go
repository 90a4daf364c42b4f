package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Bounds of reassembly: what is kept of unfinished packets, and for how long. "There MUST be a reassembly timeout."
// "It is recommended that the value lie between 60 seconds and 120 seconds." (RFC 1122, Section 3.3.2)
const (
	maxReassemblies   = 16
	maxHoles          = 32
	reassemblyTimeout = 60 * time.Second
)

// reassembly holds the packets of which some fragments have arrived, oldest first.
type reassembly struct {
	parts []*partial
}

// partial is a packet of which some fragments have arrived. Its holes are what is still missing, as in RFC 815. Until
// the last fragment has arrived, the last hole goes on to maxPacket.
type partial struct {
	src, dst netip.Addr // with id and protocol they say which fragments belong together (RFC 791, Section 3.2)
	protocol Protocol
	id       uint32

	until time.Time
	first Delivery // the fragment at offset 0, with octets of its own; without any if it is still missing
	data  []byte
	holes []hole
}

// hole is missing data from one octet up to another, which is not part of it.
type hole struct{ from, to int }

// reassemble takes a fragment. When it completes its packet it puts that into d and reports true.
func (n *Node) reassemble(now time.Time, d *Delivery) bool {
	n.counters.FragmentsReceived++
	h := &d.Header
	end := h.FragmentOffset + len(d.Payload)
	if end > maxPacket || h.MoreFragments && len(d.Payload)%8 != 0 || len(d.Payload) == 0 {
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards a fragment that cannot be part of any packet", wire.RFC("791", "3.2"))
		return false
	}
	n.Advance(now)
	p := n.fragments.find(h)
	if p == nil {
		p = n.startReassembly(now, h)
	}
	switch p.insert(d) {
	case overlaps:
		// What lies twice in a packet can be used to smuggle data past a filter; RFC 5722, Section 4 forbids it for IPv6.
		n.fragments.remove(p)
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards all fragments of a packet: they contradict each other", wire.RFC("5722", "4"))
		return false
	case scattered:
		n.fragments.remove(p)
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards all fragments of a packet: they leave more gaps than it keeps account of", wire.RFC("1122", "3.3.2"))
		return false
	case incomplete:
		return false
	}
	n.fragments.remove(p)
	whole := p.first.Header
	whole.MoreFragments = false
	if len(p.data) > maxPacket-whole.Len()+whole.fixed6() {
		n.discard(now, d, &n.counters.FragmentsDiscarded, "discards all fragments of a packet: it would be too long", wire.RFC("791", "3.2"))
		return false
	}
	n.counters.Reassembled++
	if n.trace.On() {
		n.trace.Emit(trace.Event{
			At: now, Kind: trace.Note, Cause: d.Cause, Packet: d.Identity, Ref: wire.RFC("791", "3.2"),
			Say: "has all fragments of the packet now and puts them together: %d octets of payload", Args: [4]int64{int64(len(p.data))},
		})
	}
	whole.TotalLength = whole.Len() + len(p.data)
	d.Packet = make([]byte, whole.TotalLength)
	whole.Put(d.Packet)
	copy(d.Packet[whole.Len():], p.data)
	var err error
	if d.Header, d.Payload, err = Parse(d.Packet); err != nil {
		n.discardMalformed(now, d, err) // extension headers that were cut up
		return false
	}
	return true
}

// Deadline returns when Advance has something to do; zero if never.
func (n *Node) Deadline() time.Time {
	if len(n.fragments.parts) == 0 {
		return time.Time{}
	}
	return n.fragments.parts[0].until
}

// Advance gives up packets whose fragments did not all come in time. "If this timeout expires, the
// partially-reassembled datagram MUST be discarded and an ICMP Time Exceeded message sent to the source host (if
// fragment zero has been received)." (RFC 1122, Section 3.3.2)
func (n *Node) Advance(now time.Time) {
	for len(n.fragments.parts) > 0 && !n.fragments.parts[0].until.After(now) {
		p := n.fragments.parts[0]
		n.fragments.remove(p)
		ref := wire.RFC("1122", "3.3.2")
		id := n.discard(now, &p.first, &n.counters.FragmentsDiscarded, "gives up on a packet whose fragments did not all come in time", ref)
		if len(p.first.Packet) > 0 {
			n.sendError(now, &p.first, Message{Type: TimeExceeded, Code: ReassemblyExceeded},
				n.reason(id, "tells the sender that not all fragments came in time", 0, ref))
		}
	}
}

// fragmentKey is what of the header says, besides addresses and ID, which packet a fragment belongs to: in IPv4 the protocol;
// in IPv6 nothing (RFC 8200, Section 4.5).
func (h *Header) fragmentKey() Protocol {
	if h.Dst.Is4() {
		return h.Protocol
	}
	return FragmentHeader
}

// fixed6 is the length of the fixed header of IPv6, which its length does not count; 0 in IPv4.
func (h *Header) fixed6() int {
	if h.Dst.Is4() {
		return 0
	}
	return header6
}

// find returns the unfinished packet that a fragment belongs to.
func (r *reassembly) find(h *Header) *partial {
	for _, p := range r.parts {
		if p.src == h.Src && p.dst == h.Dst && p.protocol == h.fragmentKey() && p.id == h.ID {
			return p
		}
	}
	return nil
}

// startReassembly begins a packet. If there are too many unfinished ones, the oldest makes room.
func (n *Node) startReassembly(now time.Time, h *Header) *partial {
	if len(n.fragments.parts) == maxReassemblies {
		oldest := n.fragments.parts[0]
		n.fragments.remove(oldest)
		n.discard(now, &oldest.first, &n.counters.FragmentsDiscarded, "gives up on a packet to make room for the fragments of others", wire.RFC("1122", "3.3.2"))
	}
	p := &partial{
		src: h.Src, dst: h.Dst, protocol: h.fragmentKey(), id: h.ID,
		until: now.Add(reassemblyTimeout), holes: []hole{{0, maxPacket}},
	}
	n.fragments.parts = append(n.fragments.parts, p)
	return p
}

func (r *reassembly) remove(p *partial) {
	for i := range r.parts {
		if r.parts[i] == p {
			r.parts = append(r.parts[:i], r.parts[i+1:]...)
			return
		}
	}
}

// result of inserting a fragment.
type result int

const (
	incomplete result = iota
	complete
	overlaps
	scattered // over too many holes
)

// insert puts the data of a fragment into the hole that it belongs in.
func (p *partial) insert(d *Delivery) result {
	h, data := &d.Header, d.Payload
	from, to := h.FragmentOffset, h.FragmentOffset+len(data)
	at := -1
	for i, gap := range p.holes {
		if from >= gap.from && to <= gap.to {
			at = i
		}
	}
	if at < 0 {
		if p.has(from, data) {
			return incomplete // a second copy of a fragment changes nothing
		}
		return overlaps
	}
	gap := p.holes[at]
	var rest []hole
	if gap.from < from {
		rest = append(rest, hole{gap.from, from})
	}
	switch {
	case h.MoreFragments && to < gap.to:
		rest = append(rest, hole{to, gap.to})
	case !h.MoreFragments && gap.to != maxPacket:
		return overlaps // data beyond the end of the packet has arrived before
	}
	p.holes = append(append(append([]hole(nil), p.holes[:at]...), rest...), p.holes[at+1:]...)
	if len(p.holes) > maxHoles {
		return scattered
	}
	if len(p.data) < to {
		p.data = append(p.data, make([]byte, to-len(p.data))...)
	}
	copy(p.data[from:], data)
	if from == 0 {
		p.first = *d
		p.first.Packet = append([]byte(nil), d.Packet...)
		p.first.Payload = p.first.Packet[h.Len():]
		p.first.Header, _, _ = Parse(p.first.Packet)
	}
	if len(p.holes) > 0 {
		return incomplete
	}
	return complete
}

// has reports whether exactly these octets have arrived already.
func (p *partial) has(from int, data []byte) bool {
	for _, gap := range p.holes {
		if from < gap.to && gap.from < from+len(data) {
			return false
		}
	}
	return from+len(data) <= len(p.data) && string(p.data[from:from+len(data)]) == string(data)
}
