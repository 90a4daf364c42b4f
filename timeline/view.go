package timeline

import (
	"slices"

	"netlab/tcp"
	"netlab/trace"
)

// View is a store as it was at one moment. Views are values; taking one copies no events.
// What the store has forgotten since then is reported as not there.
type View struct {
	store      *Store
	chunks     []*chunk
	forgotten  trace.ID
	last       trace.ID
	packetsOff int
}

// View returns the store as it is now.
func (s *Store) View() View {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return View{s, s.chunks, s.forgotten, s.last, s.packetsOff}
}

// First returns the ID of the oldest event that is still there; Last()+1 if there is none.
func (v View) First() trace.ID { return v.forgotten + 1 }

// Last returns the ID of the newest event; 0 if there is none.
func (v View) Last() trace.ID { return v.last }

// Forgotten returns how many events the store had forgotten.
func (v View) Forgotten() uint64 { return uint64(v.forgotten) }

// Until returns the view as it was right after event id, for a cursor that was stepped back.
func (v View) Until(id trace.ID) View {
	v.last = min(v.last, max(id, v.forgotten))
	return v
}

// Event returns the event with the given ID. It must not be changed.
func (v View) Event(id trace.ID) (*trace.Event, bool) {
	if id <= v.forgotten || id > v.last {
		return nil, false
	}
	i := int(id - v.forgotten - 1)
	return &v.chunks[i/chunkEvents].events[i%chunkEvents], true
}

// Milestones returns the events worth stopping at, in order (trace.Event.Milestone).
func (v View) Milestones() []trace.ID {
	if v.store == nil {
		return nil
	}
	v.store.mu.RLock()
	all := v.store.milestones
	v.store.mu.RUnlock()
	from, _ := slices.BinarySearch(all, v.First())
	to, _ := slices.BinarySearch(all, v.last+1)
	return all[from:max(from, to)]
}

// NextMilestone returns the first milestone after an event; 0 if there is none.
func (v View) NextMilestone(after trace.ID) trace.ID {
	all := v.Milestones()
	if i, _ := slices.BinarySearch(all, after+1); i < len(all) {
		return all[i]
	}
	return 0
}

// PrevMilestone returns the last milestone before an event; 0 if there is none.
func (v View) PrevMilestone(before trace.ID) trace.ID {
	all := v.Milestones()
	if i, _ := slices.BinarySearch(all, before); i > 0 {
		return all[i-1]
	}
	return 0
}

// Packet is one packet and what had become of it by the view's last event.
type Packet struct {
	Number int          // 1, 2, 3 … in the order of sending
	ID     trace.ID     // the event of its first sending, or of its arrival from outside
	First  *trace.Event // that event; its Octets are the packet as it was sent
	Events []trace.ID   // every event about it, in order

	Lost      *trace.Event // set if a link lost it
	Discarded *trace.Event // set if a host threw it away: the first event that says so
	Received  *trace.Event // set if it arrived at a host that did not forward it
	Replaces  int          // the number of the packet whose octets it carries again; 0: none
	Replaced  int          // the number of the first packet that carries its octets again; 0: none so far
}

// Packets returns how many packets had been sent, or had arrived from outside, and are still there.
func (v View) Packets() int {
	if v.store == nil {
		return 0
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	to, _ := v.store.findPacket(v.last + 1)
	return max(0, v.store.packetsOff+to-v.packetsOff)
}

// Packet returns packet i of the view, counted from 0. It reports false if there is no such packet
// or the store has forgotten it.
func (v View) Packet(i int) (Packet, bool) {
	if v.store == nil || i < 0 {
		return Packet{}, false
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	return v.packet(v.packetsOff + i - v.store.packetsOff)
}

// PacketOf returns the packet that event id is about.
func (v View) PacketOf(id trace.ID) (Packet, bool) {
	e, ok := v.Event(id)
	if !ok || e.Packet == 0 {
		return Packet{}, false
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	i, ok := v.store.findPacket(e.Packet)
	if !ok {
		return Packet{}, false
	}
	return v.packet(i)
}

// Index returns the index of packet p in the view, to be given to Packet.
func (v View) Index(p Packet) int { return p.Number - 1 - v.packetsOff }

// packet returns what the store's packet i was by the end of the view. The store is locked.
func (v View) packet(i int) (Packet, bool) {
	s := v.store
	if i < 0 || i >= len(s.packets) || s.packets[i].id > v.last {
		return Packet{}, false
	}
	p := Packet{Number: s.packetsOff + i + 1, ID: s.packets[i].id}
	p.Events = s.packets[i].events
	for len(p.Events) > 0 && p.Events[len(p.Events)-1] > v.last {
		p.Events = p.Events[:len(p.Events)-1]
	}
	p.First, _ = v.Event(p.ID)
	if p.First == nil {
		return Packet{}, false
	}
	if j, ok := s.findPacket(p.First.Replaces); ok {
		p.Replaces = s.packetsOff + j + 1
	}
	if again := s.replacedBy[p.ID]; again != 0 && again <= v.last {
		if j, ok := s.findPacket(again); ok {
			p.Replaced = s.packetsOff + j + 1
		}
	}
	for _, id := range p.Events {
		e, ok := v.Event(id)
		if !ok {
			continue
		}
		switch e.Kind {
		case trace.Lost:
			p.Lost = e
		case trace.Discarded:
			if p.Discarded == nil {
				p.Discarded = e
			}
		case trace.Received:
			p.Received = e
		case trace.Forwarded:
			p.Received = nil // that was a router on the way
		}
	}
	return p, true
}

// ConnKey names a connection by the host that holds it and its two ends as that host sees them.
type ConnKey struct {
	Host string
	Flow trace.Flow
}

// Conns returns the connections that had come into being, in order of their first event.
func (v View) Conns() []ConnKey {
	if v.store == nil {
		return nil
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	var keys []ConnKey
	for _, c := range v.store.conns {
		if c.states.at(0).after <= v.last {
			keys = append(keys, c.key)
		}
	}
	return keys
}

// Conn returns a connection's state at the end of the view, and the one before its last change
// (the same if there was only one). It reports false if the connection had not come into being.
func (v View) Conn(k ConnKey) (now, before tcp.Snapshot, ok bool) {
	if v.store == nil {
		return now, before, false
	}
	v.store.mu.RLock()
	defer v.store.mu.RUnlock()
	c := v.store.connIndex[k]
	if c == nil {
		return now, before, false
	}
	n := c.states.upTo(v.last)
	if n == 0 {
		return now, before, false
	}
	return c.states.at(n - 1).snapshot, c.states.at(max(0, n-2)).snapshot, true
}
