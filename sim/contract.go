package sim

import (
	"time"

	"netlab/link"
	"netlab/stack"
	"netlab/timeline"
	"netlab/trace"
)

// Topology is a parsed lab file: hosts, links with faults, scripted applications.
type Topology struct {
	Name, Title, About string
	Hosts              []HostSpec
	Links              []LinkSpec
	Apps               []AppSpec
}

type HostSpec struct {
	Name, Role string // role: client, server, router (forwards)
	Interfaces []InterfaceSpec
	Routes     []RouteSpec
	// X, Y: place on the map, 0: laid out by the screen
}
type InterfaceSpec struct{ Link, Addr string }
type RouteSpec struct{ To, Via string }
type LinkSpec struct {
	A, B string      // host names; the link's name is "A-B"
	Up   link.Faults // A to B
	Down link.Faults // B to A
	MTU  int
}

// AppSpec is a scripted application: which host, when, what (serve http, fetch, upload, ping, udp …), with its arguments.
type AppSpec struct {
	Host string
	At   time.Duration
	Do   string
	Args map[string]string
}

// Parse reads a lab file (YAML, strict). name is for error messages, which show line and caret.
func Parse(name string, b []byte) (*Topology, error) { panic("contract") }

// Input is a timed change by the user: part of what determines a run.
type Input struct {
	After  trace.ID     // applied right after this event (0: before the first)
	Link   string       // "r1-r2" both directions, "r1>r2" one
	Faults *link.Faults // set; nil: leave
	Drop   int          // drop the next Drop packets
	Filter string       // …that match; empty: any
}

type Options struct {
	Seed   uint64 // 0: 1
	Inputs []Input
	Faults map[string]link.Faults // from --fault, before the start
}

// Network is a running simulation. Its methods are for one goroutine.
type Network struct{ contract int }

func New(t *Topology, o Options) (*Network, error) { return nil, nil }
func (n *Network) Step() bool                      { return false } // runs until at least one more event is stored; false: nothing more will happen
func (n *Network) RunUntil(t time.Duration) bool   { return false } // virtual time since the start; false: ended before
func (n *Network) Now() time.Duration              { return 0 }
func (n *Network) Done() bool                      { return false }
func (n *Network) Store() *timeline.Store          { return nil }
func (n *Network) Seed() uint64                    { return 0 }
func (n *Network) Topology() *Topology             { return nil }
func (n *Network) Links() []LinkState              { return nil }
func (n *Network) Host(name string) *stack.Host    { return nil }
func (n *Network) Input(in Input) error            { return nil } // now: In.After is set to the last event
func (n *Network) Inputs() []Input                 { return nil } // so far; with topology and seed they are the run
func (n *Network) Close()                          {}             // ends the application goroutines

// LinkState is a link as it stands: for the map and the fault line.
type LinkState struct {
	Name       string // "r1-r2"
	A, B       string
	Up, Down   link.Faults
	Sent, Lost [2]uint64 // per direction: A to B, B to A
}
