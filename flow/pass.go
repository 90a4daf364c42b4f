package flow

import (
	"netlab/tcp"
	"netlab/wire"
)

// pass is one segment on its way through the Tracker.
type pass struct {
	t   *Tracker
	s   *Segment
	st  *stream
	dir int

	me, peer *end  // who sent it, and the other end
	from, to int64 // the numbers it covers, SYN and FIN included
	data     int64 // of its first octet of data
}

func (p *pass) run() {
	s, me := p.s, p.me
	if p.st.packet == 0 {
		p.st.packet, p.st.firstAt = int32(s.Packet), s.At
	} else {
		p.idle()
	}
	p.from = me.relative(s.Seq, s.Flags&tcp.SYN != 0)
	p.data = p.from
	if s.Flags&tcp.SYN != 0 {
		p.data++
		p.open()
	}
	p.to = p.data + int64(s.Len)
	if s.Flags&tcp.FIN != 0 {
		p.to++
	}
	if s.Flags&tcp.RST != 0 {
		p.reset()
	} else {
		p.sequence()
		if s.Flags&tcp.ACK != 0 {
			p.acknowledge()
		}
	}
	if s.Flags&tcp.FIN != 0 {
		me.is |= ended
	}
	me.is = me.is&^atEnd | speaks
	if p.to == me.next {
		me.is |= atEnd
	}
	me.packets++
	me.octets += int64(s.Len)
	me.at, me.latest, me.latestLen = s.At, int32(s.Packet), int32(min(p.to-p.from, 1<<30))
	p.st.at, p.st.latest = s.At, int32(s.Packet)
}

// found reports a finding of the segment's sender.
func (p *pass) found(k Kind, ref wire.Ref, say string, args ...int64) *Finding {
	f := Finding{Kind: k, Packet: p.s.Packet, Stream: p.st.number, At: p.s.At, Who: p.st.names[p.dir], Say: say, Ref: ref}
	copy(f.Args[:], args)
	p.t.add(f)
	return &p.t.found[len(p.t.found)-1]
}

// about names further packets that a finding is about. Those of which the number is not known are left out.
func (f *Finding) about(packets ...int32) {
	for _, n := range packets {
		if n > 0 {
			f.Related = append(f.Related, int(n))
		}
	}
}

// quiet reports whether the segment carries nothing but an acknowledgment.
func (p *pass) quiet() bool { return p.from == p.to && p.s.Flags&(tcp.ACK|tcp.RST) == tcp.ACK }

// open takes what a SYN says.
func (p *pass) open() {
	me, s := p.me, p.s
	me.is |= opened
	if s.Flags&tcp.ACK == 0 {
		me.is |= asked
	}
	me.shift = int8(s.Shift)
	if s.MSS > 0 {
		me.mss = uint16(s.MSS)
	}
}

// silence is how long a connection must say nothing for it to be told.
const silence = 1_000_000_000

// idle reports that nobody had anything to say for a while. Waiting for an acknowledgment is something else.
func (p *pass) idle() {
	st := p.st
	gap := p.s.At - st.at
	if gap < silence || p.s.Len < 2 && p.s.Flags&tcp.FIN == 0 || p.s.Flags&tcp.RST != 0 || len(p.me.outstanding())+len(p.peer.outstanding()) > 0 || (p.me.is|p.peer.is)&closed != 0 {
		return
	}
	f := p.found(Idle, wire.RFC("5681", "4.1"), "ends a silence of %t, in which nothing waited for an acknowledgment; the last packet before was %p", gap)
	f.about(st.latest)
}

// sequence looks at the numbers that the segment covers.
func (p *pass) sequence() {
	me, peer := p.me, p.peer
	me.is &^= probed | alive
	if p.probe() {
		return
	}
	if p.to == p.from {
		// "<SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>" (RFC 9293, Section 3.10.7.4): an acknowledgment tells how far its sender has sent.
		if p.quiet() && me.is&speaks != 0 && p.from > me.next {
			p.missing()
			me.next = p.from
		}
		return
	}
	p.size()
	record := sent{from: p.from, to: p.to, at: p.s.At, packet: int32(p.s.Packet), ts: p.s.TSVal, times: 1}
	switch {
	case me.is&speaks == 0:
		me.next = max(p.to, me.next) // whatever it has sent before the capture began
	case p.from < me.next:
		p.again(record)
		return
	case p.from > me.next:
		p.missing()
		me.next = p.to
	default:
		me.next = p.to
	}
	p.t.push(me, record)
	p.full()
	if me.slow.phase != slowDone && p.s.Len > 0 {
		me.slow.sent(me, peer, p.s.Packet)
	}
}

// missing reports that octets before the segment were not seen.
func (p *pass) missing() {
	me := p.me
	p.found(Missing, wire.RFC("9293", "3.4"), "has sent octets %d..%d before this packet, and the capture does not hold them: they were lost on the way to the place of capture, are late, or were not captured", me.next, p.from)
	me.skip(hole{from: me.next, to: p.from, at: p.s.At, packet: int32(p.s.Packet), ts: p.s.TSVal, hasTS: p.s.HasTS})
}

// size notes how big the segment is.
func (p *pass) size() {
	me, peer := p.me, p.peer
	me.big = max(me.big, int32(min(p.s.Len, 1<<30)))
	if peer.mss == 0 || p.s.Len <= int(peer.mss) || me.is&offloads != 0 {
		return
	}
	me.is |= offloads
	p.found(Offloaded, wire.RFC("9293", "3.7.1"),
		"sends %d octets in one segment, though its peer takes %d: the packet was captured before the sender's network card cut it up, or after the receiver's put several together", int64(p.s.Len), int64(peer.mss))
}

// quietBefore is how long an end says nothing before it sends a keep-alive, at least: sooner, the segment is an older one that was overtaken.
const quietBefore = 200_000_000

// probe finds out whether the segment is only there to provoke an answer, and reports it.
func (p *pass) probe() bool {
	me, peer := p.me, p.peer
	if peer.is&acks == 0 || p.to-p.from > 1 || p.s.Flags&(tcp.SYN|tcp.FIN) != 0 {
		return false
	}
	switch {
	case peer.window == 0 && (p.to > p.from && p.from == peer.ack && p.from >= me.next-1 || p.to == p.from && p.from == me.next-1 && me.next == peer.ack):
		me.is |= probed
		p.found(WindowProbe, wire.RFC("9293", "3.8.6.1"), "probes the closed window of its peer").about(peer.closer())
	case p.from == me.next-1 && peer.ack == me.next && p.s.At-me.at >= quietBefore:
		me.is |= alive
		p.found(KeepAlive, wire.RFC("9293", "3.8.4"), "sends a keep-alive: a number that its peer has acknowledged long ago, to see whether it still answers").about(peer.ackPacket)
	default:
		return false
	}
	return true
}

// closer returns the packet in which an end closed its window; 0 if that is not known.
func (e *end) closer() int32 {
	if e.odd == nil {
		return 0
	}
	return e.odd.closedIn
}

// full reports that the segment fills the window of the other end.
func (p *pass) full() {
	peer := p.peer
	if peer.is&roomKnown == 0 || peer.room == 0 || p.s.Len == 0 || p.data+int64(p.s.Len) != peer.ack+int64(peer.room) {
		return
	}
	p.found(WindowFull, wire.RFC("9293", "3.8.6"), "fills the window of its peer: octets up to %d are all that %d octets of window allow", p.data+int64(p.s.Len), int64(peer.room)).about(peer.latest)
}
