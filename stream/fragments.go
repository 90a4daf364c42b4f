package stream

import (
	"bytes"
	"net/netip"
	"slices"

	"netlab/capture"
	"netlab/ip"
	"netlab/tcp"
)

// Bounds of what is kept of packets that were cut up.
const (
	maxPartials = 256     // packets of which fragments are missing; the oldest is given up
	maxPieces   = 1024    // fragments of one packet
	maxWhole    = 1 << 16 // octets of one packet
	maxDone     = 64      // packets that are complete, of which a fragment may come again
)

// partial is a packet that was cut up, as far as its fragments are there.
type partial struct {
	stream *Stream // known once the first fragment is there, which has the ports
	dir    int
	packet Packet // without its octets: that of the first fragment
	first  capture.Carried
	pieces []piece
	total  int // octets of the whole; -1: the last fragment is not there yet
}

type piece struct {
	at     int
	octets []byte
}

type fragmentKey struct {
	src, dst netip.Addr
	protocol ip.Protocol
	id       uint32
}

// fragments are the packets that are being put together again (RFC 791, Section 3.2). Unlike a receiver, nobody waits for a time: the capture shows what
// there is.
type fragments struct {
	partials map[fragmentKey]*partial
	order    []fragmentKey
	done     []fragmentKey // the latest that became whole
}

// fragment takes a packet that is a fragment and reports whether it was one.
func (a *Assembler) fragment(p Packet) bool {
	f, ok := capture.FragmentOf(p.LinkType, p.Octets)
	if !ok {
		return false
	}
	k := fragmentKey{f.Src, f.Dst, f.Protocol, f.ID}
	v := a.fragments.partials[k]
	if v == nil && slices.Contains(a.fragments.done, k) {
		if f.Offset == 0 {
			a.firstFragment(&partial{}, p) // it came again: a packet of its stream, but nothing new
		}
		return true
	}
	if v == nil {
		if len(a.fragments.order) == maxPartials {
			a.giveUpFragments()
		}
		v = &partial{total: -1}
		if a.fragments.partials == nil {
			a.fragments.partials = map[fragmentKey]*partial{}
		}
		a.fragments.partials[k] = v
		a.fragments.order = append(a.fragments.order, k)
	}
	if f.Offset == 0 && v.stream == nil {
		a.firstFragment(v, p)
	}
	if f.Cut == 0 && f.Offset+len(f.Octets) <= maxWhole && len(v.pieces) < maxPieces {
		v.pieces = append(v.pieces, piece{f.Offset, bytes.Clone(f.Octets)})
		if !f.More {
			v.total = f.Offset + len(f.Octets)
		}
	}
	if whole := v.whole(); whole != nil && v.stream != nil {
		delete(a.fragments.partials, k)
		a.fragments.order = slices.DeleteFunc(a.fragments.order, func(other fragmentKey) bool { return other == k })
		if a.fragments.done = append(a.fragments.done, k); len(a.fragments.done) > maxDone {
			a.fragments.done = a.fragments.done[1:]
		}
		v.first.Octets, v.first.Cut = whole, 0
		a.carried(v.stream, v.dir, v.packet, v.first)
	}
	return true
}

// firstFragment finds the stream of a packet that was cut up.
func (a *Assembler) firstFragment(v *partial, p Packet) {
	c, ok := capture.CarriedBy(p.LinkType, p.Octets)
	if !ok {
		a.counts.Others++
		return
	}
	k := key{c.Protocol, c.Src, c.Dst}
	if c.Protocol == ip.TCP {
		seg, err := tcp.Parse(c.Octets)
		if err != nil {
			a.counts.Others++
			return
		}
		v.stream, v.dir = a.find(k, &seg, p)
	} else {
		v.stream, v.dir = a.find(k, nil, p)
	}
	v.first = c
	v.first.Octets = bytes.Clone(c.Octets)
	v.packet = p
	v.packet.Octets = nil
}

// whole returns what was cut up, if all of it is there.
func (v *partial) whole() []byte {
	if v.total < 0 {
		return nil
	}
	slices.SortStableFunc(v.pieces, func(a, b piece) int { return a.at - b.at })
	b := make([]byte, 0, v.total)
	for _, p := range v.pieces {
		if p.at > len(b) {
			return nil
		}
		b = append(b, p.octets[min(len(b)-p.at, len(p.octets)):]...) // of octets that came twice the first are kept
	}
	if len(b) < v.total {
		return nil
	}
	return b[:v.total]
}

// giveUpFragments gives out what there is of the oldest packet that is not complete: its first fragment.
func (a *Assembler) giveUpFragments() {
	k := a.fragments.order[0]
	a.fragments.order = a.fragments.order[1:]
	v := a.fragments.partials[k]
	delete(a.fragments.partials, k)
	if v.stream != nil {
		a.carried(v.stream, v.dir, v.packet, v.first)
	}
}

// carried takes the segment or datagram of a stream.
func (a *Assembler) carried(s *Stream, dir int, p Packet, c capture.Carried) {
	if c.Protocol == ip.UDP {
		a.datagram(s, dir, p, c)
		return
	}
	if seg, err := tcp.Parse(c.Octets); err == nil {
		a.segment(s, dir, p, &seg, c.Cut)
	}
}
