package capture

import (
	"encoding/binary"
	"net/netip"

	"netlab/flow"
	"netlab/ip"
	"netlab/tcp"
	"netlab/wire"
)

// Finder finds what is worth a sentence in the packets of a capture: in TCP's by a flow.Tracker, and in those of names, errors,
// web requests and damage by itself. Packets are given in order.
type Finder struct {
	tracker   *flow.Tracker
	segment   *flow.Segment // of the packet that is being looked at, if it has one
	packet    place
	found     []flow.Finding
	sums      map[netip.Addr]*senderSums
	otherSums senderSums              // of those for whom there is no room in sums
	right     [recentRight]rightSums  // connections of late, whose ends have right ones
	senders   [recentSenders]struct { // those of late, by a quick hash: it spares most look-ups in sums
		addr netip.Addr
		sums *senderSums
	}
	names    questions
	requests map[int]*exchange
	secured  map[int]*secured
	cut      bool   // it was told that packets are cut short
	own      parsed // for Add
}

// place is the packet that is being looked at.
type place struct {
	number int
	at     int64 // nanoseconds
	stream int   // of its TCP connection; -1: none
	dir    int   // which end of that sent it
}

// NewFinder returns a Finder that has seen nothing yet.
func NewFinder() *Finder {
	return &Finder{tracker: flow.NewTracker(), sums: map[netip.Addr]*senderSums{}, names: questions{open: map[question]asked{}}, requests: map[int]*exchange{}, secured: map[int]*secured{}}
}

// Tracker returns what follows the TCP connections. It is not to be given segments.
func (f *Finder) Tracker() *flow.Tracker { return f.tracker }

// Add returns what is found in the next packet, or shown by it. The result is good until the next call.
func (f *Finder) Add(rec *Record) []flow.Finding {
	if p := rec.view(); p != nil {
		if a := rec.borrowed.ahead; a != nil && a.finder == f {
			return p.found
		}
		return f.addParsed(p, rec.Number)
	}
	f.own.RawPacket = RawPacket{At: rec.At.UnixNano(), Data: rec.Packet, Length: rec.Length, LinkType: rec.LinkType}
	f.own.parse()
	return f.addParsed(&f.own, rec.Number)
}

// addParsed is Add for a packet that is parsed, and has a number. It keeps nothing of p.
func (f *Finder) addParsed(p *parsed, number int) []flow.Finding {
	r := &p.row
	f.begin(number, r.at, int(r.captured), int(r.length))
	switch {
	case p.sound: // most are
		f.tcp(p)
	case p.ip != nil:
		f.ip(p)
	}
	return f.found
}

// begin takes the next packet, of which so many octets were captured.
func (f *Finder) begin(number int, at int64, captured, length int) {
	f.found = f.found[:0]
	f.packet = place{number: number, at: at, stream: -1}
	if length > captured && !f.cut {
		f.cut = true
		f.add(flow.CutShort, netip.AddrPort{}, wire.Ref{Doc: "https://www.tcpdump.org/manpages/tcpdump.1.html"}, "the capture kept only the first %d of %d octets of this packet (its snap length): the packet itself was whole", int64(captured), int64(length))
	}
}

// End returns what shows only at the end: questions without an answer, connections that were never opened.
func (f *Finder) End() []flow.Finding {
	f.found = f.found[:0]
	f.packet.stream = -1
	f.namesEnd()
	f.sumsEnd()
	return append(f.found, f.tracker.End()...)
}

// add reports a finding of the packet that is being looked at.
func (f *Finder) add(k flow.Kind, who netip.AddrPort, ref wire.Ref, say string, args ...int64) *flow.Finding {
	one := flow.Finding{Kind: k, Packet: f.packet.number, Stream: f.packet.stream, At: f.packet.at, Who: who, Say: say, Ref: ref}
	copy(one.Args[:], args)
	f.found = append(f.found, one)
	return &f.found[len(f.found)-1]
}

// host names an address without a port as the one who does something.
func host(a netip.Addr) netip.AddrPort { return netip.AddrPortFrom(a, 0) }

// malformed reports damage.
func (f *Finder) malformed(who netip.AddrPort, ref wire.Ref, what string) {
	say := "sends a malformed packet: %s"
	if !who.IsValid() {
		say = "the packet is malformed: %s"
	}
	f.add(flow.Malformed, who, ref, say).Name = what
}

// ip looks at an IP packet of either version.
func (f *Finder) ip(p *parsed) {
	h := &p.header
	if !p.readable {
		if p.Length <= len(p.Data) {
			f.malformed(netip.AddrPort{}, wire.RFC("791", ""), "not an IP header")
		}
		return
	}
	if h.problem != "" && (h.cut == 0 || h.problem == wrongHeaderSum) {
		f.headerProblem(p.ip, h)
	}
	if h.offset > 0 {
		return
	}
	switch {
	case h.protocol == ip.TCP:
		f.tcp(p)
	case h.protocol == ip.UDP:
		f.udp(h, p.sum)
	case h.protocol == ip.ICMP && h.dst.Is4() || h.protocol == ip.ICMPv6 && h.dst.Is6():
		f.icmp(h)
		f.rightHeader(h, f.sender(h.src))
	default:
		f.rightHeader(h, f.sender(h.src))
	}
}

func (f *Finder) tcp(p *parsed) {
	h, s := &p.header, &p.segment
	if !p.segmented {
		if h.cut == 0 && !h.more {
			f.malformed(host(h.src), wire.RFC("9293", "3.1"), "its data offset does not fit into the segment")
		}
		return
	}
	f.segment, s.Packet, s.At = s, f.packet.number, f.packet.at
	at, found := f.tracker.Add(s)
	f.packet.stream, f.packet.dir = at.Stream, at.Dir
	f.found = append(f.found, found...)
	if s.Odd {
		f.malformed(s.Src, wire.RFC("9293", "3.1"), tcp.OptionProblem(h.payload[segmentHeader:segmentHeaderLen(h.payload)]))
	}
	if p.sum != sumRight || !f.isRight(at) {
		f.checksum(h, s.Src, "TCP", wire.RFC("9293", "3.1"), p.sum)
	}
	if p.row.data > 0 && len(s.Payload) > 0 && !sentBefore(found) {
		f.payload(p, at)
	}
}

// sentBefore reports whether a segment was seen before, or is out of its order.
func sentBefore(found []flow.Finding) bool {
	for i := range found {
		if k := found[i].Kind; k.Again() || k == flow.OutOfOrder || k == flow.Duplicated || k == flow.KeepAlive || k == flow.WindowProbe {
			return true
		}
	}
	return false
}

// payload looks at what a segment carries.
func (f *Finder) payload(p *parsed, at flow.Place) {
	s := f.segment
	switch {
	case p.begins == namesMessage:
		if len(s.Payload) > 2 && int(binary.BigEndian.Uint16(s.Payload)) <= len(s.Payload)-2 {
			f.name(s.Src, s.Dst, s.Payload[2:])
		}
	case f.secure(at, p.begins == tlsRecord):
	case p.begins == httpMessage:
		f.web(at, p.words)
	}
}

func (f *Finder) udp(h *header, sum sumState) {
	b := h.payload
	if len(b) < 8 {
		if h.cut == 0 && !h.more {
			f.malformed(host(h.src), wire.RFC("768", ""), "a datagram of "+octets(len(b))+" has no room for its header")
		}
		return
	}
	src, dst := endpoints(h)
	length := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case h.more || h.cut > 0:
	case length < 8 || length > len(b):
		f.malformed(src, wire.RFC("768", ""), "its UDP length does not fit into the packet")
	default:
		f.checksum(h, src, "UDP", wire.RFC("768", ""), sum)
	}
	if usesPort(h, namesPort) {
		f.name(src, dst, b[8:max(8, min(length, len(b)))])
	}
}
