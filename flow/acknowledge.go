package flow

import (
	"netlab/tcp"
	"netlab/wire"
)

// acknowledge looks at the acknowledgment and the window of the segment.
func (p *pass) acknowledge() {
	me, peer, s := p.me, p.peer, p.s
	ack := peer.relative(s.Ack, false)
	if me.is&acks != 0 && ack < me.ack {
		return // an older one, overtaken
	}
	first, same := me.is&acks == 0, me.is&acks != 0 && ack == me.ack
	if peer.is&speaks == 0 {
		peer.next = max(peer.next, ack) // it has sent that much before the capture began
	} else if ack > peer.next {
		p.unseen(ack)
	}
	fresh := p.sack(ack)
	if same && p.quiet() {
		p.duplicate(fresh)
	}
	if !same {
		me.dups = 0
		me.ackAt, me.ackPacket = s.At, int32(s.Packet)
		if !first {
			p.skipped(ack)
		}
		if timed := p.t.arrived(peer, ack); timed.times == 1 {
			peer.rtt.measure(s.At - timed.at)
		}
		if peer.slow.phase != slowDone {
			peer.slow.acked(p, ack)
		}
	}
	me.is |= acks
	me.ack = ack
	p.window()
}

// unseen reports an acknowledgment of what the capture does not hold.
func (p *pass) unseen(ack int64) {
	peer := p.peer
	from := peer.next
	peer.next = ack
	if peer.is&probed != 0 && ack == from+1 {
		return // the octet of a window probe was accepted
	}
	p.found(UnseenACK, wire.RFC("9293", "3.10.7.4"), "acknowledges octets %d..%d, which the capture does not hold: they arrived, but were not captured, or are captured late", from, ack)
	peer.skip(hole{from: from, to: ack, at: p.s.At, packet: int32(p.s.Packet), acked: true})
}

// skipped looks for holes in what is acknowledged: they arrived, so it was the capture that missed them.
func (p *pass) skipped(ack int64) {
	if p.peer.odd == nil {
		return
	}
	for i := range p.peer.odd.holes {
		h := &p.peer.odd.holes[i]
		if h.acked || h.to > ack {
			continue
		}
		h.acked = true
		p.found(UnseenACK, wire.RFC("9293", "3.10.7.4"), "acknowledges octets %d..%d, which are missing since packet %p: they arrived, so it was the capture that missed them", h.from, h.to).about(h.packet)
	}
}

// duplicate looks at an acknowledgment that acknowledges nothing new. RFC 5681, Section 2 calls it a duplicate when "(a) the receiver of the
// ACK has outstanding data, (b) the incoming acknowledgment carries no data, (c) the SYN and FIN bits are both off, (d) the acknowledgment
// number is equal to the greatest acknowledgment received on the given connection and (e) the advertised window in the incoming
// acknowledgment equals the advertised window in the last incoming acknowledgment." One that brings a new SACK block counts
// whatever its window is (RFC 6675, Section 2).
func (p *pass) duplicate(fresh bool) {
	me, peer, s := p.me, p.peer, p.s
	switch {
	case peer.is&alive != 0:
		peer.is &^= alive
		p.found(KeepAliveACK, wire.RFC("9293", "3.8.4"), "answers the keep-alive: the connection still stands").about(peer.latest)
	case peer.is&probed != 0 && me.window == 0 && s.Window == 0:
		p.found(WindowProbeACK, wire.RFC("9293", "3.8.6.1"), "answers the window probe: its window is still closed").about(peer.latest)
	case (uint32(s.Window) == me.window || fresh) && peer.next > me.ack:
		if me.dups < 1<<16-1 {
			me.dups++
		}
		p.found(DuplicateACK, wire.RFC("5681", "2"), "asks for octet %d again: duplicate acknowledgment %d", me.ack, int64(me.dups)).about(me.ackPacket)
	}
}

// sack takes the blocks of the SACK option, and reports whether they tell of something new.
func (p *pass) sack(ack int64) (fresh bool) {
	if p.s.SACKs == 0 {
		return false
	}
	peer, o := p.peer, p.me.trouble()
	for i, edges := range p.s.SACK[:min(p.s.SACKs, len(p.s.SACK))] {
		left, right := peer.relative(edges[0], false), peer.relative(edges[1], false)
		if left >= right || right > peer.next || i == 0 && p.twiceArrived(ack, left, right) {
			continue
		}
		if right > o.sackHigh {
			o.sackHigh, fresh = right, true
		}
		all := peer.outstanding()
		for j := peer.find(left); j < len(all) && all[j].to <= right; j++ {
			if all[j].from >= left && !all[j].sacked {
				all[j].sacked, fresh = true, true
			}
		}
	}
	return fresh
}

// twiceArrived reports whether the first block of a SACK option tells of something that arrived twice: it lies below the acknowledgment,
// or in the second block (RFC 2883, Section 4).
func (p *pass) twiceArrived(ack, left, right int64) bool {
	s, peer := p.s, p.peer
	if left >= ack {
		if s.SACKs < 2 || left < peer.relative(s.SACK[1][0], false) || right > peer.relative(s.SACK[1][1], false) {
			return false
		}
	}
	f := p.found(Duplicate, wire.RFC("2883", "4"), "reports that octets %d..%d have arrived twice", left, right)
	if peer.odd != nil {
		for i := range peer.odd.again {
			if again := peer.odd.again[(peer.odd.agains+i)%len(peer.odd.again)]; again.packet > 0 && again.from < right && left < again.to {
				f.Say = "reports that octets %d..%d have arrived twice: sending them again in packet %p was not necessary"
				f.Related = append(f.Related[:0], int(again.packet))
			}
		}
	}
	return true
}

// window takes the window that the segment offers.
func (p *pass) window() {
	me, peer, s := p.me, p.peer, p.s
	window := uint32(s.Window)
	me.room = window
	// "The window field in a segment where the SYN bit is set (i.e., a <SYN> or <SYN,ACK>) MUST NOT be scaled."
	// (RFC 7323, Section 2.2)
	if s.Flags&tcp.SYN == 0 && me.is&peer.is&opened != 0 && me.shift >= 0 && peer.shift >= 0 {
		me.room <<= uint(me.shift)
	}
	me.is &^= roomKnown
	if me.is&peer.is&opened != 0 {
		me.is |= roomKnown
	}
	switch {
	case s.Flags&(tcp.SYN|tcp.FIN) != 0:
	case window == 0 && me.is&closed == 0:
		me.is |= closed
		o := me.trouble()
		o.closedAt, o.closedIn = s.At, int32(s.Packet)
		p.found(ZeroWindow, wire.RFC("9293", "3.8.6"), "closes its window: its application has not read what arrived, so its peer must wait")
	case window > 0 && me.is&closed != 0:
		me.is &^= closed
		p.found(WindowOpen, wire.RFC("9293", "3.8.6"), "opens its window again, which packet %p had closed, after %t", s.At-me.odd.closedAt).about(me.odd.closedIn)
	}
	me.window = window
}
