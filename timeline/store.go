package timeline

import (
	"bytes"
	"slices"
	"sync"
	"unsafe"

	"netlab/tcp"
	"netlab/trace"
)

// chunkEvents is how many events are stored, and forgotten, together.
const chunkEvents = 256

// chunk holds the events with the IDs first to first+chunkEvents-1, as far as they have happened.
type chunk struct {
	events [chunkEvents]trace.Event
	octets int // of the packets that its events hold or begin
}

// packet collects the events about one packet.
type packet struct {
	id     trace.ID
	events []trace.ID
}

// conn is a connection and what it was like.
type conn struct {
	key    ConnKey
	states history
}

// packetOctets is what the store needs for a packet besides its octets: its entry, and the list of its events.
const packetOctets = int(unsafe.Sizeof(packet{})) + 8*int(unsafe.Sizeof(trace.ID(0)))

// Store keeps the events of a run. Its methods may be called from any goroutine.
type Store struct {
	limit int

	mu         sync.RWMutex
	chunks     []*chunk // the first holds the events from forgotten+1 on
	last       trace.ID
	forgotten  trace.ID              // events 1 to forgotten are gone; a multiple of chunkEvents
	octets     int                   // memory used, roughly
	packets    []packet              // in the order of their IDs
	packetsOff int                   // how many packets were forgotten
	replacedBy map[trace.ID]trace.ID // packet to the first packet that carries its octets again
	waited     map[trace.ID]trace.ID // the event that a packet waits to the event that it is sent
	milestones []trace.ID
	conns      []*conn
	connIndex  map[ConnKey]*conn
}

// New returns an empty store that keeps about limit octets of memory, at least one chunk of events.
// 0 means no limit, for simulated runs, in which everything is kept.
func New(limit int) *Store {
	return &Store{limit: limit, connIndex: map[ConnKey]*conn{}, replacedBy: map[trace.ID]trace.ID{}, waited: map[trace.ID]trace.ID{}}
}

// Append stores e with a copy of its octets and returns its ID: 1, 2, 3 … without gaps.
// It is the function that trace.New wants.
func (s *Store) Append(e trace.Event) trace.ID {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	e.ID = s.last
	if e.Packet == 0 && (e.Kind == trace.Sent || e.Kind == trace.Received) {
		e.Packet = e.ID // a packet is named by the event that first saw it
	}
	if e.Kind == trace.Sent {
		s.endWait(&e)
	}
	if e.Packet == 0 && e.Kind == trace.Discarded {
		e.Packet = s.arrived(e.Cause) // a connection knows the event of a segment's arrival, not its packet
	}
	slot := int((e.ID - 1) % chunkEvents)
	if slot == 0 {
		s.chunks = append(s.chunks, new(chunk))
		s.octets += int(unsafe.Sizeof(chunk{}))
		s.forget()
	}
	c := s.chunks[len(s.chunks)-1]
	if e.Kind.OfPacket() && e.Packet != 0 {
		s.addToPacket(c, &e)
	} else {
		e.Octets = nil
	}
	c.events[slot] = e
	if e.Kind == trace.Sent && e.Replaces != 0 && s.replacedBy[e.Replaces] == 0 {
		s.replacedBy[e.Replaces] = e.Packet
	}
	if e.Milestone() {
		s.milestones = append(s.milestones, e.ID)
	}
	return e.ID
}

// endWait notes that a packet is sent that had to wait, and under which event its sender knew it meanwhile: packets that carry
// the same again name that one.
func (s *Store) endWait(e *trace.Event) {
	if sent := s.waited[e.Replaces]; sent != 0 {
		e.Replaces = sent
	} else if replaced, ok := s.event(e.Replaces); ok && replaced.Kind == trace.Waiting {
		e.Replaces = 0 // it waited in vain
	}
	if cause, ok := s.event(e.Cause); ok && cause.Kind == trace.Waiting && cause.Flow == e.Flow && !e.Flow.IsZero() {
		s.waited[e.Cause] = e.ID
	}
}

// arrived returns the packet that event id says has arrived; 0 if it says no such thing.
func (s *Store) arrived(id trace.ID) trace.ID {
	if e, ok := s.event(id); ok && e.Kind == trace.Received {
		return e.Packet
	}
	return 0
}

// addToPacket notes e under its packet. A packet that crosses a link unchanged is stored once.
func (s *Store) addToPacket(c *chunk, e *trace.Event) {
	var p *packet
	if e.Packet == e.ID {
		s.packets = append(s.packets, packet{id: e.ID})
		p = &s.packets[len(s.packets)-1]
		c.octets += packetOctets
		s.octets += packetOctets
	} else if i, ok := s.findPacket(e.Packet); ok {
		p = &s.packets[i]
	}
	var before []byte
	var frame bool
	if p != nil {
		if n := len(p.events); n > 0 {
			if last, ok := s.event(p.events[n-1]); ok {
				before, frame = last.Octets, last.Frame
			}
		}
		p.events = append(p.events, e.ID)
	}
	switch {
	case before != nil && (e.Octets == nil || bytes.Equal(before, e.Octets)):
		e.Octets, e.Frame = before, frame
	case e.Octets != nil:
		e.Octets = bytes.Clone(e.Octets)
		c.octets += len(e.Octets)
		s.octets += len(e.Octets)
	}
}

func (s *Store) findPacket(id trace.ID) (int, bool) {
	return slices.BinarySearchFunc(s.packets, id, func(p packet, id trace.ID) int {
		switch {
		case p.id < id:
			return -1
		case p.id > id:
			return 1
		}
		return 0
	})
}

func (s *Store) event(id trace.ID) (*trace.Event, bool) {
	if id <= s.forgotten || id > s.last {
		return nil, false
	}
	i := int(id - s.forgotten - 1)
	return &s.chunks[i/chunkEvents].events[i%chunkEvents], true
}

// Conn stores the state of a connection of host as it is after event id.
func (s *Store) Conn(host string, id trace.ID, f trace.Flow, snapshot tcp.Snapshot) {
	key := ConnKey{host, f}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.connIndex[key]
	if c == nil {
		c = &conn{key: key}
		s.connIndex[key] = c
		s.conns = append(s.conns, c)
	}
	if latest := c.states.latest(); latest != nil && latest.after == id {
		latest.snapshot = snapshot
		return
	}
	s.octets += c.states.add(state{id, snapshot})
}

// forget drops the oldest chunks until the store is within its limit.
func (s *Store) forget() {
	for s.limit > 0 && s.octets > s.limit && len(s.chunks) > 1 {
		s.octets -= int(unsafe.Sizeof(chunk{})) + s.chunks[0].octets
		for i := range s.chunks[0].events {
			delete(s.waited, s.chunks[0].events[i].ID)
		}
		// A new slice each time: views hold the old one.
		s.chunks = slices.Clone(s.chunks[1:])
		s.forgotten += chunkEvents

		gone, _ := s.findPacket(s.forgotten + 1)
		for i := range s.packets[:gone] {
			delete(s.replacedBy, s.packets[i].id)
			s.packets[i].events = nil
		}
		s.packets = s.packets[gone:]
		s.packetsOff += gone
		gone, _ = slices.BinarySearch(s.milestones, s.forgotten+1)
		s.milestones = s.milestones[gone:]
		s.forgetConns()
	}
}

// forgetConns drops the states that came before the oldest event, but each connection's latest,
// and the connections of which that is all there is and which have ended.
func (s *Store) forgetConns() {
	s.conns = slices.DeleteFunc(s.conns, func(c *conn) bool {
		latest := c.states.latest()
		if latest.after <= s.forgotten && latest.snapshot.State == tcp.Closed {
			s.octets -= c.states.forget(c.states.count)
			delete(s.connIndex, c.key)
			return true
		}
		if n := c.states.upTo(s.forgotten); n > 1 {
			s.octets -= c.states.forget(n - 1)
		}
		return false
	})
}
