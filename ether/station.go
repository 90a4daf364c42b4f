package ether

import (
	"container/list"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Defaults of Config.
const (
	DefaultNeighbors = 1024
	DefaultQueue     = 16
)

// Config of a Station; its zero fields mean the defaults.
type Config struct {
	MAC       MAC
	Router    bool   // it forwards packets, and says so in neighbor advertisements
	Seed      uint64 // of the random delays
	Neighbors int    // that are remembered at most, besides those entered by hand; 0: DefaultNeighbors
	Queue     int    // packets that wait for one neighbour at most; 0: DefaultQueue
}

// Station is the Ethernet side of one interface: it puts packets into frames for the neighbour that is to get them, and asks
// for the neighbour's hardware address where it does not know it. Packets to send go in through Send and frames that arrived
// through Receive; what is to go out comes out of Next, which is to be called until it has no more after each call.
type Station struct {
	cfg       Config
	trace     *trace.Tracer
	rng       *rand.Rand
	addrs     []*address
	cache     map[netip.Addr]*neighbor
	order     list.List // of *neighbor: the one used last is at the back
	alarms    alarms
	out       outputs
	failures  []Failure
	outcomes  []Outcome
	counters  Counters
	lastClash time.Time // when an address of ours was defended last
}

// Counters say what became of frames and packets. They only grow.
type Counters struct {
	Received, Sent                                      uint64 // frames
	Malformed, NotOurs, WrongType, Tagged, BroadcastIP  uint64 // frames discarded
	Requests, Replies, BadARP, ARPIgnored, Conflicts    uint64 // messages of ARP and neighbor discovery sent; discarded
	Queued, QueueDrops, Unreachable, Evicted, Confirmed uint64 // packets; neighbours
}

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *Counters) Each(f func(name string, n uint64)) {
	f("frames received", c.Received)
	f("frames sent", c.Sent)
	f("frames discarded: malformed", c.Malformed)
	f("frames ignored: for another station", c.NotOurs)
	f("frames discarded: of a type that nobody here reads", c.WrongType)
	f("frames discarded: of another virtual network", c.Tagged)
	f("frames discarded: broadcast, but not the packet in them", c.BroadcastIP)
	f("questions for neighbours sent", c.Requests)
	f("answers to neighbours sent", c.Replies)
	f("ARP and ND messages discarded: malformed", c.BadARP)
	f("ARP and ND messages ignored", c.ARPIgnored)
	f("addresses that another station has too", c.Conflicts)
	f("packets that waited for a neighbour", c.Queued)
	f("packets discarded while they waited for a neighbour", c.QueueDrops)
	f("packets discarded: the neighbour does not answer", c.Unreachable)
	f("neighbours forgotten: too many", c.Evicted)
	f("neighbours that answered", c.Confirmed)
}

// NewStation returns a station without addresses.
func NewStation(cfg Config, t *trace.Tracer) *Station {
	if cfg.Neighbors == 0 {
		cfg.Neighbors = DefaultNeighbors
	}
	if cfg.Queue == 0 {
		cfg.Queue = DefaultQueue
	}
	return &Station{
		cfg: cfg, trace: t, cache: map[netip.Addr]*neighbor{},
		rng: rand.New(rand.NewPCG(cfg.Seed, binary.BigEndian.Uint64(append(cfg.MAC[:], 0, 0)))),
	}
}

// MAC returns the station's hardware address.
func (s *Station) MAC() MAC { return s.cfg.MAC }

// Counters returns what became of frames and packets so far.
func (s *Station) Counters() Counters { return s.counters }

// Next returns the next frame to hand to the link.
func (s *Station) Next() (Output, bool) { return s.out.next() }

// Deadline returns when Advance has something to do; zero: never.
func (s *Station) Deadline() time.Time { return s.alarms.next() }

// Advance does what is due at now. Calling it early does nothing.
func (s *Station) Advance(now time.Time) { s.alarms.advance(now) }

// Send takes a packet for a neighbour. If the neighbour's hardware address is known the frame comes out of Next; otherwise
// the packet waits for it, and waits is the event that says so (0 if nobody listens).
func (s *Station) Send(now time.Time, p Packet) (waits trace.ID) {
	if mac, many := s.macOfMany(p.NextHop); many {
		s.put(mac, &p)
		return 0
	}
	n := s.lookUp(now, p.NextHop)
	if n == nil {
		n = s.add(now, p.NextHop)
	}
	if n.state == Incomplete {
		waits = s.wait(now, n, p)
		if n.asked == 0 {
			s.ask(now, n, waits)
		}
		return waits
	}
	if n.state == Stale {
		s.delay(now, n, p.Why.Cause)
	}
	s.put(n.mac, &p)
	return 0
}

// put puts a packet into a frame.
func (s *Station) put(to MAC, p *Packet) {
	h := Header{Dst: to, Src: s.cfg.MAC, Type: TypeIPv4}
	if len(p.Octets) > 0 && p.Octets[0]>>4 == 6 {
		h.Type = TypeIPv6
	}
	s.counters.Sent++
	s.out.add(h, p.Octets, Output{Flow: p.Flow, Why: p.Why, Forwarded: p.Forwarded, Identity: p.Identity})
}

// wait lets a packet wait for the neighbour to answer: the link layer "SHOULD save (rather than discard) at least one (the
// latest) packet of each set of packets destined to the same unresolved IP address, and transmit the saved packet when
// the address has been resolved" (RFC 1122, Section 2.3.2.2).
func (s *Station) wait(now time.Time, n *neighbor, p Packet) trace.ID {
	s.counters.Queued++
	w := waiting{Packet: p}
	w.Octets = slices.Clone(p.Octets)
	if s.trace.On() {
		w.told = s.trace.Emit(trace.Event{
			At: now, Kind: trace.Waiting, Flow: p.Flow, Cause: p.Why.Cause, Ref: wire.RFC("1122", "2.3.2.2"),
			Say: "keeps a packet for " + n.addr.String() + " until it knows that neighbour's hardware address",
		})
	}
	if len(n.waiting) >= s.cfg.Queue {
		s.dropOne(now, &n.waiting[0], "discards the packet that has waited longest for a neighbour: too many wait for it")
		n.waiting = slices.Delete(n.waiting, 0, 1)
	}
	n.waiting = append(n.waiting, w)
	return w.told
}

// macOfMany returns the hardware address for an IP address of many; false if a is that of one host.
func (s *Station) macOfMany(a netip.Addr) (MAC, bool) {
	switch {
	case a.IsMulticast():
		return Group(a), true
	case s.broadcast(a):
		return Broadcast(), true
	}
	return MAC{}, false
}

// Takes reports whether a frame is for this station, as a network card does that is not told to show everything. cause is
// the latest event of the frame's way.
func (s *Station) Takes(now time.Time, frame []byte, cause trace.ID) bool {
	if len(frame) < HeaderLen {
		return true // Receive tells what is wrong with it
	}
	if dst := MAC(frame[:6]); dst == s.cfg.MAC || dst.ToMany() {
		return true
	}
	s.counters.NotOurs++
	s.note(now, cause, "ignores a frame that is for another network card", ref())
	return false
}

// Receive takes a frame that arrived and is for this station (Takes); cause is the event of its arrival, identity names it. ok
// means that it carries an IP packet for the network layer above, which may be followed by padding.
func (s *Station) Receive(now time.Time, frame []byte, cause, identity trace.ID) (packet []byte, ok bool) {
	s.counters.Received++
	h, payload, err := Parse(frame)
	switch {
	case err != nil || h.Src.ToMany():
		s.discard(now, cause, identity, &s.counters.Malformed, "discards a frame whose header makes no sense", ref())
	case h.Tagged && h.VLAN() != 0:
		s.discard(now, cause, identity, &s.counters.Tagged, "discards a frame of a virtual network that it is not on", wire.Ref{Doc: "IEEE 802.1Q", Section: "6.9"})
	case h.Type == TypeARP:
		s.receiveARP(now, payload, cause, identity)
	case h.Type != TypeIPv4 && h.Type != TypeIPv6:
		s.discard(now, cause, identity, &s.counters.WrongType, "discards a frame that carries neither IP nor ARP", wire.RFC("1122", "2.3.3"))
	case h.Dst.ToMany() && !s.packetToMany(payload):
		// "A host SHOULD silently discard a datagram that is received via a link-layer broadcast [...] but does not specify an
		// IP multicast or broadcast destination address."
		s.discard(now, cause, identity, &s.counters.BroadcastIP, "discards a packet for one host that came in a frame for many", wire.RFC("1122", "3.3.6"))
	default:
		return payload, true
	}
	return nil, false
}

// packetToMany reports whether the packet in b is for many hosts, as far as its header tells.
func (s *Station) packetToMany(b []byte) bool {
	switch {
	case len(b) >= 40 && b[0]>>4 == 6:
		return b[24] == 0xff
	case len(b) >= 20 && b[0]>>4 == 4:
		_, many := s.macOfMany(netip.AddrFrom4([4]byte(b[16:20])))
		return many
	}
	return true // whatever is wrong with it, the network layer tells
}

// discard counts a frame that is thrown away and tells of it.
func (s *Station) discard(now time.Time, cause, identity trace.ID, counter *uint64, say string, ref wire.Ref) {
	*counter++
	if s.trace.On() {
		s.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: cause, Packet: identity, Say: say, Ref: ref})
	}
}

// note tells of something; it returns the event, or cause if nobody listens.
func (s *Station) note(now time.Time, cause trace.ID, say string, ref wire.Ref, changes ...trace.Change) trace.ID {
	if !s.trace.On() {
		return cause
	}
	return s.trace.Emit(trace.Event{At: now, Kind: trace.Note, Cause: cause, Say: say, Ref: ref, Changes: changes})
}

// reason returns why a frame is sent; nothing if nobody listens.
func (s *Station) reason(cause trace.ID, say string, ref wire.Ref) trace.Reason {
	if !s.trace.On() {
		return trace.Reason{}
	}
	return trace.Reason{Cause: cause, Say: say, Ref: ref}
}
