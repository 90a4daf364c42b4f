package timeline

import (
	"netlab/tcp"
	"netlab/trace"
)

// Store keeps the events of a run, their packets' octets and the snapshots of connections. The stack appends, screens take a View.
// A store with a limit is a ring: it forgets its oldest events and counts them.
type Store struct{ contract int }

// New returns a store that keeps about limit octets of memory; 0: no limit (a simulated run).
func New(limit int) *Store { return nil }

// Append stores e (copying its octets) and returns its ID: 1, 2, 3 … without gaps. It is the function to give to trace.New.
func (s *Store) Append(e trace.Event) trace.ID { return 0 }

// Conn stores the state of a connection of host after event id.
func (s *Store) Conn(host string, id trace.ID, f trace.Flow, snap tcp.Snapshot) {}

// View is the store as it was at one moment; it never changes (what the ring forgot meanwhile is reported as not there).
func (s *Store) View() View { return View{} }

type View struct{ contract int }

func (v View) First() trace.ID                        { return 0 } // oldest event still there; 1 normally
func (v View) Last() trace.ID                         { return 0 } // newest event; 0: none
func (v View) Forgotten() uint64                      { return 0 }
func (v View) Event(id trace.ID) (*trace.Event, bool) { return nil, false }
func (v View) Until(id trace.ID) View                 { return v }               // the same view as if id were the last event: for a cursor that was stepped back
func (v View) Packets() int                           { return 0 }               // how many packets were sent or arrived from outside up to Last
func (v View) Packet(i int) (Packet, bool)            { return Packet{}, false } // i from 0, oldest kept first
func (v View) PacketOf(id trace.ID) (Packet, bool)    { return Packet{}, false } // the packet that event id is about
func (v View) NextMilestone(after trace.ID) trace.ID  { return 0 }               // 0: none
func (v View) PrevMilestone(before trace.ID) trace.ID { return 0 }
func (v View) Milestones() []trace.ID                 { return nil }
func (v View) Conns() []ConnKey                       { return nil } // in order of first appearance
func (v View) Conn(k ConnKey) (now tcp.Snapshot, before tcp.Snapshot, ok bool) {
	return tcp.Snapshot{}, tcp.Snapshot{}, false
} // state at Last and before the last change

type ConnKey struct {
	Host string
	Flow trace.Flow
}

// Packet is one packet and what became of it up to the view's last event.
type Packet struct {
	Number   int          // 1, 2, 3 … in order of sending
	ID       trace.ID     // event of its first sending or arrival from outside
	Sent     *trace.Event // that event (Octets as sent)
	Events   []trace.ID   // all events about it, in order
	Lost     *trace.Event // nil: not lost (so far)
	Received *trace.Event // nil: not arrived at its destination (so far)
	Replaces int          // number of the packet it replaces; 0: none
}
