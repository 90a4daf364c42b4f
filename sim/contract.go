package sim

import (
	"time"

	"netlab/link"
	"netlab/stack"
	"netlab/timeline"
	"netlab/trace"
)

// Input is a change by the user: with topology and seed, all that a run depends on.
type Input struct {
	After  trace.ID     // applied right after this event; 0: before the first
	Link   string       // "r1-r2" for both directions, "r1>r2" for one; a drop also takes "", any link
	Faults *link.Faults // the new faults; nil: leave them
	Drop   int          // drop so many packets
	Filter string       // only those that match; empty: any
}

// Options are what a run depends on besides its topology.
type Options struct {
	Seed   uint64  // 0: 1
	Inputs []Input // what the user did, ordered by After

	// Faults are changes before the start, as --fault takes them: "r1-r2:loss=10%". They come on top of what the
	// topology says, and become the first inputs.
	Faults []string

	// Matcher reads the Filter of an Input. nth is which of the matching packets is meant, 0 for all. nil: inputs with a
	// Filter are refused.
	Matcher func(filter string) (match func(octets []byte) bool, nth int, err error)
}

// Network is a running simulation. Its methods are for one goroutine at a time.
type Network struct{ contract int }

func New(t *Topology, o Options) (*Network, error)           { return nil, nil }
func (n *Network) Step() bool                                { return false } // runs until at least one more event is stored; false: nothing more will happen
func (n *Network) RunUntil(t time.Duration) bool             { return false } // virtual time since the start; false: ended before
func (n *Network) Now() time.Duration                        { return 0 }
func (n *Network) Done() bool                                { return false }
func (n *Network) Store() *timeline.Store                    { return nil }
func (n *Network) Seed() uint64                              { return 0 }
func (n *Network) Topology() *Topology                       { return nil }
func (n *Network) Links() []LinkState                        { return nil }
func (n *Network) Host(name string) *stack.Host              { return nil }
func (n *Network) Input(in Input) error                      { return nil } // now: In.After is set to the last event
func (n *Network) Inputs() []Input                           { return nil } // so far; with topology and seed they are the run
func (n *Network) Close()                                    {}             // ends the application goroutines
func (n *Network) Err() error                                { return nil } // what applications failed with, joined; nil if none did
func (n *Network) Save() []byte                              { return nil } // the run as a .netlab file
func Load(name string, b []byte) (*Topology, Options, error) { return nil, Options{}, nil }

// Go starts an application on a host, in virtual time: f may block in calls of h and nothing else.
func (n *Network) Go(host, name string, f func(h *stack.Host) error) error { return nil }

// Branch runs the network again from the start to event at, with the inputs up to there and in as one more.
func (n *Network) Branch(at trace.ID, in Input) (*Network, error) { return nil, nil }

// Epoch is the time at which every run starts: 2026-01-01 00:00:00 UTC.
func Epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// LinkState is a link as it stands: for the map and the fault line.
type LinkState struct {
	Name       string // "r1-r2"
	A, B       string
	Up, Down   link.Faults
	Sent, Lost [2]uint64 // packets per direction: A to B, B to A
}
