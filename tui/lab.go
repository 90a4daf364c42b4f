package tui

import (
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"netlab/link"
	"netlab/sim"
	"netlab/timeline"
	"netlab/tls"
	"netlab/trace"
)

// Lab is a simulated network as a Source. It simulates ahead of the cursor: what will happen follows from the
// lab, its seed and what the user did, and can be looked at in any order. A change at the cursor simulates again
// from the start to there, and goes on with the change.
type Lab struct {
	hosts []Host

	working sync.Mutex // held while the network runs: its methods are for one goroutine at a time

	mu      sync.Mutex // guards the rest
	futures []*future
	seen    int // index of the one that is seen
	gen     int
	keys    []byte // a TLS key log
}

// future is one way in which the run can go on.
type future struct {
	net    *sim.Network
	inputs []sim.Input
	ended  bool
}

// maxFutures is how many are kept; the oldest is forgotten.
const maxFutures = 4

// extendSteps is how long Extend works at most: often enough for a key to get in between.
const extendSteps = 2000

// NewLab makes a network of a topology and simulates the beginning.
func NewLab(t *sim.Topology, o sim.Options) (*Lab, error) {
	l := &Lab{hosts: hostsOf(t)}
	o.KeyLog = l.keepKeys(o.KeyLog)
	n, err := sim.New(t, o)
	if err != nil {
		return nil, err
	}
	l.futures = []*future{{net: n, inputs: n.Inputs()}}
	l.Extend(ahead)
	return l, nil
}

// keepKeys returns what keeps the secrets of TLS connections, and tells another of them.
func (l *Lab) keepKeys(other func(label string, clientRandom, secret []byte)) func(label string, clientRandom, secret []byte) {
	return func(label string, clientRandom, secret []byte) {
		l.mu.Lock()
		l.keys = tls.AppendKeyLogLine(l.keys, label, clientRandom, secret)
		l.mu.Unlock()
		if other != nil {
			other(label, clientRandom, secret)
		}
	}
}

// KeyLog returns the secrets of all connections so far, in whatever future.
func (l *Lab) KeyLog() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.keys)
}

// hostsOf returns the hosts of a lab as the map shows them.
func hostsOf(t *sim.Topology) []Host {
	var hosts []Host
	for _, h := range t.Hosts {
		host := Host{Name: h.Name, Role: string(h.Role)}
		for _, i := range h.Interfaces {
			for _, a := range i.Addrs {
				host.Addrs = append(host.Addrs, a.Addr())
			}
		}
		hosts = append(hosts, host)
	}
	return hosts
}

func (l *Lab) network() *sim.Network {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.futures[l.seen].net
}

// Title is the lab's title and the seed of the run.
func (l *Lab) Title() string {
	n := l.network()
	return fmt.Sprintf("%s   seed %d", n.Topology().Title, n.Seed())
}

// Live is false: a lab has a time of its own.
func (l *Lab) Live() bool { return false }

// View returns what is simulated so far.
func (l *Lab) View() timeline.View { return l.network().Store().View() }

// Generation counts the changes that replaced the future.
func (l *Lab) Generation() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.gen
}

// Start is when the run's time is 0.
func (l *Lab) Start() time.Time { return sim.Epoch() }

// Ended reports whether the simulation has come to its end.
func (l *Lab) Ended() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.futures[l.seen].ended
}

// Hosts returns the hosts in the order of the lab's file.
func (l *Lab) Hosts() []Host { return l.hosts }

// Links returns the links as they stand after an event.
func (l *Lab) Links(after trace.ID) []sim.LinkState {
	l.mu.Lock()
	specs, inputs := l.futures[l.seen].net.Topology().Links, l.futures[l.seen].net.Changes()
	l.mu.Unlock()
	return linksAfter(specs, inputs, after)
}

// linksAfter returns links as changes have made them up to an event.
func linksAfter(specs []sim.LinkSpec, changes []sim.Input, after trace.ID) []sim.LinkState {
	var links []sim.LinkState
	for _, spec := range specs {
		state := sim.LinkState{Name: spec.Name(), A: spec.A, B: spec.B, Up: spec.Up, Down: spec.Down}
		for _, in := range changes {
			if in.Faults == nil || in.After > 0 && in.After >= after {
				continue
			}
			switch in.Link {
			case state.Name:
				state.Up, state.Down = *in.Faults, *in.Faults
			case state.A + ">" + state.B:
				state.Up = *in.Faults
			case state.B + ">" + state.A:
				state.Down = *in.Faults
			}
		}
		links = append(links, state)
	}
	return links
}

// Save returns the run that is seen as a .netlab file, with what the user did.
func (l *Lab) Save() ([]byte, error) {
	l.working.Lock()
	defer l.working.Unlock()
	return l.network().Save()
}

// Extend simulates until there are so many events, or nothing more happens, or it has worked for a while.
func (l *Lab) Extend(wanted trace.ID) {
	l.working.Lock()
	defer l.working.Unlock()
	l.extend(wanted)
}

func (l *Lab) extend(wanted trace.ID) {
	n := l.network()
	for range extendSteps {
		if n.Store().View().Last() >= wanted {
			return
		}
		if !n.Step() {
			l.mu.Lock()
			l.futures[l.seen].ended = true
			l.mu.Unlock()
			return
		}
	}
}

// Change changes the network right after an event.
func (l *Lab) Change(after trace.ID, c Change) (notice string, err error) {
	l.working.Lock()
	defer l.working.Unlock()
	var state sim.LinkState
	for _, s := range l.Links(after + 1) {
		if s.Name == c.Link {
			state = s
		}
	}
	if state.Name == "" {
		return "", fmt.Errorf("tui: there is no link %q", c.Link)
	}
	inputs, notice := plan(state, l.Links(0), c)
	for i, in := range inputs {
		if err := l.apply(after, in, i > 0); err != nil {
			return "", err
		}
	}
	l.extend(after + ahead)
	return notice, nil
}

// plan turns a change of a link into the simulation's terms, and into words. made are the links as the lab made them.
func plan(s sim.LinkState, made []sim.LinkState, c Change) (inputs []sim.Input, notice string) {
	if c.Drop {
		return []sim.Input{{Link: s.Name, Drop: 1}}, "the next packet on " + s.Name + " will be dropped"
	}
	up, down := cycle(s.Up, c.Cycle), cycle(s.Down, c.Cycle)
	if c.Clear {
		for _, m := range made {
			if m.Name == s.Name {
				up, down = cleared(m.Up), cleared(m.Down)
			}
		}
	}
	notice = changeWords(s.Name, up, c)
	if up == down {
		return []sim.Input{{Link: s.Name, Faults: &up}}, notice
	}
	return []sim.Input{{Link: s.A + ">" + s.B, Faults: &up}, {Link: s.B + ">" + s.A, Faults: &down}}, notice
}

// cleared is a link without faults, as long and as fast as the lab made it.
func cleared(f link.Faults) link.Faults {
	return link.Faults{Delay: f.Delay, Rate: f.Rate, Queue: f.Queue}
}

// changeWords says what a change made of a link.
func changeWords(name string, f link.Faults, c Change) string {
	if c.Clear {
		return name + ": no more faults"
	}
	if c.Cycle == Down {
		return name + map[bool]string{true: " is down: nothing gets through", false: " is up again"}[f.Down]
	}
	words := map[Fault]string{
		Loss: "loss " + percent(f.Loss), Delay: "delay " + short(f.Delay), Reorder: "reorder " + percent(f.Reorder),
		Duplicate: "duplicate " + percent(f.Duplicate), Corrupt: "corrupt " + percent(f.Corrupt), Bandwidth: "bandwidth " + bandwidth(f.Rate),
	}
	return name + ": " + words[c.Cycle]
}

// apply makes the run go on from right after an event with an input. If a future was recorded there, this makes
// another one, or, with same, changes the one that is seen.
func (l *Lab) apply(after trace.ID, in sim.Input, same bool) error {
	n := l.network()
	if same || after >= n.Store().View().Last() {
		if err := n.Input(in); err != nil {
			return err
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		f := l.futures[l.seen]
		f.inputs, f.ended = n.Inputs(), false
		return nil
	}
	b, err := n.Branch(after, in)
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.futures) == maxFutures {
		oldest := 0
		if l.seen == 0 {
			oldest = 1
		}
		l.futures[oldest].net.Close()
		l.futures = slices.Delete(l.futures, oldest, oldest+1)
	}
	l.futures = append(l.futures, &future{net: b, inputs: b.Inputs()})
	l.seen = len(l.futures) - 1
	l.gen++
	return nil
}

// Futures returns which future is seen, and how many are kept.
func (l *Lab) Futures() (seen, kept int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.seen, len(l.futures)
}

// NextFuture goes to the next future. The two are alike up to the first input that they do not share.
func (l *Lab) NextFuture() (parting trace.ID, err error) {
	l.working.Lock()
	defer l.working.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.futures) == 1 {
		return 0, errOneFuture
	}
	a := l.futures[l.seen]
	l.seen = (l.seen + 1) % len(l.futures)
	l.gen++
	return parted(a.inputs, l.futures[l.seen].inputs), nil
}

// parted returns the event after which runs with these inputs differ.
func parted(a, b []sim.Input) trace.ID {
	i := 0
	for i < len(a) && i < len(b) && reflect.DeepEqual(a[i], b[i]) {
		i++
	}
	switch {
	case i < len(a) && i < len(b):
		return min(a[i].After, b[i].After)
	case i < len(a):
		return a[i].After
	case i < len(b):
		return b[i].After
	}
	return 0
}

// Close ends the simulation.
func (l *Lab) Close() {
	l.working.Lock()
	defer l.working.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.futures {
		f.net.Close()
	}
}
