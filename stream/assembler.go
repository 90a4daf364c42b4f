package stream

import (
	"net/netip"

	"netlab/capture"
	"netlab/ip"
	"netlab/tcp"
)

// Assembler puts the streams of a capture together, packet by packet.
type Assembler struct {
	cfg       Config
	streams   map[key]*Stream
	latest    *Stream // of the packet before, if that is known, and its key
	latestKey key
	order     []*Stream // in order of creation, from which the oldest is ended
	count     [2]int    // TCP connections and UDP flows so far
	waiting   int       // octets behind gaps
	fragments fragments
	counts    Counters
}

// Counters count what an Assembler left out.
type Counters struct {
	Packets int // added
	Others  int // of these, neither TCP nor UDP, or cut short before the ports
	Evicted int // streams that were ended early because there were too many
	GivenUp int // gaps that were given up because too much waited behind them
}

type key struct {
	protocol ip.Protocol
	a, b     netip.AddrPort
}

// New returns an Assembler that has seen nothing yet.
func New(cfg Config) *Assembler {
	return &Assembler{cfg: cfg.withDefaults(), streams: map[key]*Stream{}}
}

// Counters returns what was left out so far.
func (a *Assembler) Counters() Counters { return a.counts }

// Add takes the next packet of the capture. It calls Config.Data with what is complete by it. It keeps nothing of p.
func (a *Assembler) Add(p Packet) {
	a.counts.Packets++
	if a.fragment(p) {
		return
	}
	for _, c := range capture.CarriersOf(p.LinkType, p.Octets) {
		a.whole(p, c)
	}
	c, ok := capture.CarriedBy(p.LinkType, p.Octets)
	if !ok {
		a.counts.Others++
		return
	}
	a.whole(p, c)
}

// AddRecord is Add for a record of a capture. It is quicker for one that a Reader lends.
func (a *Assembler) AddRecord(rec *capture.Record) {
	c, ok := rec.Carried()
	if !ok {
		a.Add(PacketOf(rec))
		return
	}
	a.counts.Packets++
	a.whole(PacketOf(rec), c)
}

// whole takes a packet that was not cut up, with what it carries.
func (a *Assembler) whole(p Packet, c capture.Carried) {
	if c.Protocol == ip.UDP {
		s, dir := a.find(key{c.Protocol, c.Src, c.Dst}, nil, p)
		a.datagram(s, dir, p, c)
		return
	}
	seg, err := tcp.Parse(c.Octets)
	if err != nil {
		a.counts.Others++
		return
	}
	s, dir := a.find(key{c.Protocol, c.Src, c.Dst}, &seg, p)
	a.segment(s, dir, p, &seg, c.Cut)
}

// find returns the stream of a packet that goes from k.a to k.b, and which of its two ends sends.
func (a *Assembler) find(k key, seg *tcp.Segment, p Packet) (s *Stream, dir int) {
	s, dir = a.known(k)
	if s != nil && !s.reused(dir, seg) {
		s.seen(dir, p)
		return s, dir
	}
	a.latest = nil
	if s != nil {
		a.settle(s)
		if dir == 1 {
			delete(a.streams, key{k.protocol, k.b, k.a})
		}
	}
	if len(a.order) == a.cfg.MaxStreams {
		a.counts.Evicted++
		a.end(0)
	}
	s = &Stream{Transport: "TCP", Start: p.At, First: p.Number}
	kind := 0
	if k.protocol == ip.UDP {
		s.Transport, kind = "UDP", 1
	}
	s.Number = a.count[kind]
	a.count[kind]++
	s.Ends[0].Addr, s.Ends[1].Addr = k.a, k.b
	s.seen(0, p)
	a.streams[k] = s
	a.order = append(a.order, s)
	return s, 0
}

// known returns the stream of a packet that goes from k.a to k.b, mostly that of the packet before, and which of its two ends sends; nil if there is none.
func (a *Assembler) known(k key) (s *Stream, dir int) {
	back := key{k.protocol, k.b, k.a}
	switch s = a.latest; {
	case s != nil && k == a.latestKey:
		return s, 0
	case s != nil && back == a.latestKey:
		return s, 1
	}
	if s = a.streams[k]; s != nil {
		a.latest, a.latestKey = s, k
		return s, 0
	}
	if s = a.streams[back]; s != nil {
		a.latest, a.latestKey = s, back
		return s, 1
	}
	return nil, 0
}

// reused reports whether a segment of end dir begins another connection between the same two ends: a SYN with another
// sequence number than the one that was seen first.
func (s *Stream) reused(dir int, seg *tcp.Segment) bool {
	h := &s.Ends[dir].half
	return seg != nil && seg.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN && h.known && h.isn != seg.Seq
}

// seen counts a packet of end dir.
func (s *Stream) seen(dir int, p Packet) {
	s.Ends[dir].Packets++
	s.Last = p.At
	s.Replied = s.Ends[0].Packets > 0 && s.Ends[1].Packets > 0
}

// datagram gives out a UDP datagram: a stream of datagrams is nothing but these.
func (a *Assembler) datagram(s *Stream, dir int, p Packet, c capture.Carried) {
	e := &s.Ends[dir]
	data := c.Octets[8:]
	if len(data) == 0 {
		return
	}
	a.cfg.Data(Chunk{Stream: s, Dir: dir, At: p.At, Packet: p.Number, Offset: e.Octets, Octets: data, UDP: true})
	e.Octets += int64(len(data))
	if c.Cut > 0 {
		e.Missing += int64(c.Cut)
		e.Gaps++
		a.cfg.Data(Chunk{Stream: s, Dir: dir, At: p.At, Packet: p.Number, Offset: e.Octets, Missing: int64(c.Cut), UDP: true})
		e.Octets += int64(c.Cut)
	}
}

// end ends the stream at place i of order: what waits is given out.
func (a *Assembler) end(i int) {
	s := a.order[i]
	a.settle(s)
	for _, k := range []key{{ip.TCP, s.Ends[0].Addr, s.Ends[1].Addr}, {ip.UDP, s.Ends[0].Addr, s.Ends[1].Addr}} {
		if a.streams[k] == s {
			delete(a.streams, k)
			a.latest = nil
		}
	}
	a.cfg.Ended(s)
	a.order[i] = nil
	a.order = a.order[i+1:]
}

// Close gives out what still waits, and ends all streams. Nothing may be added any more.
func (a *Assembler) Close() {
	for len(a.fragments.order) > 0 {
		a.giveUpFragments()
	}
	for len(a.order) > 0 {
		a.end(0)
	}
}
