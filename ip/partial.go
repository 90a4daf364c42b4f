package ip

import (
	"net/netip"
	"slices"
	"time"
)

// fragmentKey says which fragments belong together: those with the same source, destination, protocol and identification
// (RFC 791, Section 2.3); in IPv6 the protocol does not count (RFC 8200, Section 4.5).
type fragmentKey struct {
	src, dst netip.Addr
	protocol Protocol
	id       uint32
}

func (h *Header) fragmentKey() fragmentKey {
	k := fragmentKey{h.Src, h.Dst, FragmentHeader, h.ID}
	if h.Dst.Is4() {
		k.protocol = h.Protocol
	}
	return k
}

// partial is a packet of which some fragments have arrived.
type partial struct {
	key          fragmentKey
	until        time.Time // when it is given up
	older, newer *partial  // in the order in which they began

	first  Delivery       // the fragment at offset 0, with octets of its own; without any if it is still missing
	pieces map[int][]byte // the data of the fragments, by their offset
	runs   []run          // what is there, in order; between them are holes
	end    int            // of the packet's data; -1 as long as the last fragment is missing
	octets int            // that are kept for it
	ecn    uint8          // a bit for each ECN field that was seen
	refuse bool           // it was discarded, and so is all of it that is still to come
}

// run is data without holes, from one octet up to another, which is not part of it.
type run struct{ from, to int }

// Octets that are counted for the accounts of an unfinished packet, and for those of each of its fragments.
const (
	partialOverhead = 400
	pieceOverhead   = 80
)

// result of inserting a fragment.
type result int

const (
	incomplete result = iota
	complete
	overlaps
	scattered // over too many holes
)

// insert takes the data of a fragment. It finds the place by halving, and looks at its two neighbors only. maxHoles is how many
// holes the packet may have.
func (p *partial) insert(d *Delivery, maxHoles int) result {
	from := d.Header.FragmentOffset
	to := from + len(d.Payload)
	if piece, ok := p.pieces[from]; ok && string(piece) == string(d.Payload) {
		return incomplete // a second copy of a fragment changes nothing
	}
	at, _ := slices.BinarySearchFunc(p.runs, from, func(r run, from int) int { return r.to - from })
	// runs[at] is the first that ends at from or later: at from it is continued, later the fragment must come before it.
	joins := at < len(p.runs) && p.runs[at].to == from
	next := at
	if joins {
		next++
	}
	switch {
	case next < len(p.runs) && p.runs[next].from < to:
		return overlaps
	case p.end >= 0 && to > p.end:
		return overlaps // the packet has ended before
	case !d.Header.MoreFragments && len(p.runs) > 0 && p.runs[len(p.runs)-1].to > to:
		return overlaps // data beyond the end of the packet has arrived before
	}
	reaches := next < len(p.runs) && p.runs[next].from == to
	switch {
	case joins && reaches:
		p.runs[at].to = p.runs[next].to
		p.runs = slices.Delete(p.runs, next, next+1)
	case joins:
		p.runs[at].to = to
	case reaches:
		p.runs[next].from = from
	default:
		p.runs = slices.Insert(p.runs, at, run{from, to})
	}
	if !d.Header.MoreFragments {
		p.end = to
	}
	if p.holes() > maxHoles {
		return scattered
	}
	p.keep(d)
	if p.holes() > 0 {
		return incomplete
	}
	return complete
}

// holes returns how many gaps there are in the data, the one before the first fragment and that after the last too.
func (p *partial) holes() int {
	n := len(p.runs) + 1
	if p.runs[0].from == 0 {
		n--
	}
	if p.end >= 0 {
		n-- // the last run ends there
	}
	return n
}

// keep copies the fragment.
func (p *partial) keep(d *Delivery) {
	p.octets += len(d.Payload) + pieceOverhead
	p.ecn |= 1 << (d.Header.TOS & 3)
	if d.Header.FragmentOffset > 0 {
		p.pieces[d.Header.FragmentOffset] = append([]byte(nil), d.Payload...)
		return
	}
	p.first = *d
	p.first.Packet = append([]byte(nil), d.Packet...)
	p.first.Header, p.first.Payload, _ = Parse(p.first.Packet)
	p.pieces[0] = p.first.Payload
	p.octets += len(d.Packet) - len(d.Payload)
}

// packet returns the header of the packet, all of which is there, and its octets. It reports false if the packet would be too
// long.
func (p *partial) packet() (h Header, b []byte, ok bool) {
	h = p.first.Header
	h.MoreFragments = false
	h.TotalLength = h.Len() + p.end
	if h.TotalLength > maxPacket+h.fixed6() {
		return Header{}, nil, false
	}
	if p.ecn&(1<<congested) != 0 && h.TOS&3 != 0 {
		h.TOS |= congested // one fragment that was marked marks the packet (RFC 3168, Section 5.3)
	}
	b = make([]byte, h.TotalLength)
	h.Put(b)
	for at := 0; at < p.end; {
		at += copy(b[h.Len()+at:], p.pieces[at])
	}
	return h, b, true
}

const congested = 3 // the ECN field CE (RFC 3168, Section 5)
