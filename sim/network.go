package sim

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"

	"netlab/labca"
	"netlab/link"
	"netlab/stack"
	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
)

// Options are what a run depends on besides its topology.
type Options struct {
	Seed   uint64  // 0: 1
	Inputs []Input // what the user did, in the order of After

	// Faults are changes before the start as the --fault flag writes them: "r1-r2:loss=10%". They come
	// on top of what the topology says, and become the first inputs.
	Faults []string

	// KeyLog is told of the secrets of TLS connections, as SSLKEYLOGFILE has them; nil: nobody.
	KeyLog func(label string, clientRandom, secret []byte)

	// Matcher reads the Filter of an Input. nil: inputs with a Filter are refused.
	Matcher Matcher
}

// Matcher reads a filter. match chooses packets, and is shown each that goes over the links in question: which way it goes, as "r1>r2", and whether it begins with an
// Ethernet frame. nth is which of the matching ones is meant, 0 for all.
type Matcher func(filter string) (match func(way string, frame bool, octets []byte) bool, nth int, err error)

// Network is a running simulation. Its methods are for one goroutine at a time.
type Network struct {
	topology  *Topology
	seed      uint64
	matcher   Matcher
	sched     *scheduler
	store     *timeline.Store
	hosts     []*stack.Host // as in the topology; nil for what is none
	switches  map[string]*simSwitch
	names     []resolver           // of the hosts, as in the topology
	links     []*simLink           // as in the topology
	gates     map[string]*gate     // by the name of what stands for the outside
	recorders map[string]*recorder // by the name of a host of role Recorded
	recorded  []trace.ID           // the packets of the recording that were sent, as in the topology
	world     world
	keyLog    func(label string, clientRandom, secret []byte)

	authority *labca.Authority // nil: nobody has asked for it yet

	clients []*app // applications that will end by themselves, and have not
	outside bool   // Go started one: the topology does not say all

	last    trace.ID  // the newest event
	lastAt  time.Time // when it happened
	inputs  []Input   // ordered by After
	applied int       // how many of them have been
	drops   []*order  // those not yet carried out

	mu      sync.Mutex // guards changes
	changes []Input    // those of faults that have been applied

	errs    []error // what applications failed with
	crashed bool    // an application panicked: the run ends here
	ended   bool    // nothing more happened, and this was told
	closed  bool
	free    *delivery
}

// New returns a network at rest at time 0. Close ends it. Errors are about the options: a fault on a link
// that is not there, an input that cannot be.
func New(t *Topology, o Options) (*Network, error) {
	return newNetwork(t, o, world{store: timeline.New(0), epoch: Epoch()})
}

// world is what a simulation has that a run in real time has of its own.
type world struct {
	store *timeline.Store
	epoch time.Time
	macs  [2]byte // of all its hardware addresses: two labs that are joined must not have the same
	live  bool    // in real time
}

func newNetwork(t *Topology, o Options, w world) (*Network, error) {
	n := &Network{topology: t, seed: o.Seed, matcher: o.Matcher, keyLog: o.KeyLog, store: w.store, world: w, gates: map[string]*gate{}, switches: map[string]*simSwitch{}, recorders: map[string]*recorder{}}
	if n.seed == 0 {
		n.seed = 1
	}
	n.sched = newScheduler(w.epoch, n.panicked)
	n.lastAt = n.sched.Now()
	names := map[string][]netip.Addr{}
	for _, h := range t.Hosts {
		names[h.Name] = h.Addrs()
	}
	for _, h := range t.Hosts {
		if h.Role == Outside || h.Role == Switch || h.Role == Recorded {
			n.hosts, n.names = append(n.hosts, nil), append(n.names, nil)
			switch h.Role {
			case Switch:
				n.switches[h.Name] = n.newSwitch(h)
			case Recorded:
				n.recorders[h.Name] = &recorder{network: n, name: h.Name}
			}
			continue
		}
		if h.DNS != "" {
			n.hosts = append(n.hosts, n.newHost(h, nil))
		} else {
			n.hosts = append(n.hosts, n.newHost(h, names))
		}
		n.names = append(n.names, n.newResolver(h))
	}
	for _, l := range t.Links {
		n.links = append(n.links, n.newLink(l))
	}
	for i, h := range t.Hosts {
		for _, r := range h.Routes {
			if err := n.hosts[i].AddRoute(r.To, r.Via); err != nil {
				return nil, fmt.Errorf("sim: host %s: %w", h.Name, err)
			}
		}
	}
	inputs, err := n.faultInputs(o.Faults)
	if err != nil {
		return nil, err
	}
	for _, in := range append(inputs, o.Inputs...) {
		if err := n.check(in); err != nil {
			return nil, err
		}
		n.inputs = append(n.inputs, in)
	}
	for _, h := range t.Hosts {
		if h.NAT != nil {
			if err := n.translate(h); err != nil {
				return nil, fmt.Errorf("sim: host %s: %w", h.Name, err)
			}
		}
	}
	for _, e := range t.Events {
		n.sched.at(e.At, func() { n.happen(e) })
	}
	n.playRecording(0)
	for _, h := range t.Hosts {
		if h.RIP != nil {
			n.speakRIP(h)
		}
	}
	slices.SortStableFunc(n.inputs, func(a, b Input) int { return int(a.After) - int(b.After) })
	for _, a := range t.Apps {
		if err := n.script(a); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Network) newHost(h HostSpec, names map[string][]netip.Addr) *stack.Host {
	cfg := h.TCP
	cfg.ReceiveBuffer = h.ReceiveBuffer
	return stack.New(stack.Config{
		Name: h.Name, Runtime: n.sched, Seed: mix(n.seed, "host", h.Name),
		Forward: h.Role == Router, PerPacket: h.PerPacket, Silent: h.Silent, Hosts: names,
		TCP:   cfg,
		IP:    h.IP,
		Trace: trace.New(h.Name, n.emit),
		Snap: func(id trace.ID, f trace.Flow, s tcp.Snapshot) {
			if !n.closed {
				n.store.Conn(h.Name, id, f, s)
			}
		},
	})
}

// mix returns a seed for one part of a network, so that no part's luck depends on another part. It is
// FNV-1a over the names, with SplitMix64's last step to spread the bits. It is never 0.
func mix(seed uint64, names ...string) uint64 {
	h := uint64(14695981039346656037) ^ seed
	for _, name := range names {
		for _, c := range []byte(name + "\x00") {
			h = (h ^ uint64(c)) * 1099511628211
		}
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return max(1, h^h>>31)
}

// emit stores an event of a host or link. Inputs that come before it are applied first.
func (n *Network) emit(e trace.Event) trace.ID {
	n.applyInputs()
	return n.append(e)
}

func (n *Network) append(e trace.Event) trace.ID {
	if n.closed {
		return 0 // what hosts do while they are taken down is not part of the run
	}
	n.last = n.store.Append(e)
	n.lastAt = e.At
	return n.last
}

// Step runs the network until at least one more event is stored. It reports false when nothing more
// will happen.
func (n *Network) Step() bool {
	before := n.last
	for n.last == before {
		if !n.advance(math.MaxInt64) {
			return n.last != before
		}
	}
	return true
}

// RunUntil runs the network up to a time since the start. It reports false if nothing more will happen
// then or later.
func (n *Network) RunUntil(t time.Duration) bool {
	for n.advance(t) {
	}
	if !n.Done() {
		n.sched.now = max(n.sched.now, t)
	}
	return !n.Done()
}

// advance lets one thing happen, no later than limit.
func (n *Network) advance(limit time.Duration) bool {
	n.applyInputs()
	if n.crashed || n.closed {
		return false
	}
	if n.topology.Ends > 0 {
		limit = min(limit, n.topology.Ends)
	}
	if n.sched.step(limit) {
		n.ended = false
		n.applyInputs()
		return true
	}
	if n.over() && !n.ended && !n.world.live {
		n.ended = true
		n.stuck()
	}
	return false
}

// Now returns the virtual time since the start.
func (n *Network) Now() time.Duration { return n.sched.now }

// Done reports whether nothing more will happen: no packet is on its way, no timer is set, and the
// applications have ended or wait for what will not come; or the lab has come to its end.
func (n *Network) Done() bool { return n.crashed || n.closed || n.over() }

// over reports whether nothing more happens, or not before the lab ends.
func (n *Network) over() bool {
	return n.sched.idle() || n.topology.Ends > 0 && n.sched.quiet(n.topology.Ends)
}

// Err returns what applications failed with, joined; nil if none has.
func (n *Network) Err() error { return errors.Join(n.errs...) }

// Store returns the timeline. It may be read by any goroutine.
func (n *Network) Store() *timeline.Store { return n.store }

// Seed returns the seed of the run.
func (n *Network) Seed() uint64 { return n.seed }

// Topology returns what the network was made of. It must not be changed.
func (n *Network) Topology() *Topology { return n.topology }

// Host returns the host with the given name; nil if there is none, or if it is a switch. To make calls on it that block, use Go.
func (n *Network) Host(name string) *stack.Host {
	for i, h := range n.topology.Hosts {
		if h.Name == name {
			return n.hosts[i]
		}
	}
	return nil
}

// LinkState is a link as it stands: for the map and the fault line.
type LinkState struct {
	Name       string // "r1-r2"
	A, B       string
	Up, Down   link.Faults
	Sent, Lost [2]uint64 // packets per direction: A to B, B to A
}

// Links returns the links as they stand, in the order of the topology.
func (n *Network) Links() []LinkState {
	states := make([]LinkState, len(n.links))
	for i, l := range n.links {
		up, down := &l.ways[0], &l.ways[1]
		states[i] = LinkState{
			Name: l.spec.Name(), A: l.spec.A, B: l.spec.B,
			Up: up.impairment.Faults(), Down: down.impairment.Faults(),
			Sent: [2]uint64{up.sent, down.sent}, Lost: [2]uint64{up.lost, down.lost},
		}
	}
	return states
}

// Close takes the network down: calls of its applications that wait fail with net.ErrClosed, and its
// goroutines end. What was stored stays.
func (n *Network) Close() {
	if n.closed {
		return
	}
	n.closed = true
	if !n.crashed { // one that panicked in the middle of a call may hold a host's locks
		for _, h := range n.hosts {
			if h != nil {
				h.Close()
			}
		}
	}
	n.sched.close()
}
