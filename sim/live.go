package sim

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"netlab/link"
	"netlab/timeline"
)

// Live is a network in real time: its clock is that of the machine, and packets leave it and come in over links to the
// outside. It is a Network all the same: one goroutine runs it up to the present moment, again and again, and lets packets from outside in
// between. What comes from outside is not to be had a second time, so a run cannot be branched or stored.
type Live struct {
	n     *Network
	start time.Time
	calls chan func() // what others want done in the network's goroutine
	notes chan note   // what links to the outside have to tell
	done  chan struct{}

	ended   sync.WaitGroup
	closing sync.Once
}

// note is an event of a link to the outside.
type note struct{ host, say string }

// stepsPerTurn is how many things happen in the network before others get their turn.
const stepsPerTurn = 1000

// NewLive returns a network that does not run yet. The store keeps the latest events in so many octets of memory.
func NewLive(t *Topology, o Options, memory int) (*Live, error) {
	live := *t
	live.Ends = 0 // a run in real time goes on until its user ends it
	start := time.Now()
	w := world{store: timeline.New(memory), epoch: start, live: true}
	rand.Read(w.macs[:])
	n, err := newNetwork(&live, o, w)
	if err != nil {
		return nil, err
	}
	return &Live{n: n, start: start, calls: make(chan func()), notes: make(chan note, 64), done: make(chan struct{})}, nil
}

// Attach puts a link to the outside behind a way out. It is called before Run; the link is then the network's.
func (l *Live) Attach(name string, carrier link.Link) error {
	g := l.n.gates[name]
	if g == nil {
		return fmt.Errorf("sim: %s is not a way out of the lab", name)
	}
	g.carrier = carrier
	return nil
}

// Run runs the network until ctx ends, then closes it and its links to the outside. It returns why ctx ended.
func (l *Live) Run(ctx context.Context) error {
	for _, g := range l.n.gates {
		if g.carrier != nil {
			l.ended.Go(func() { l.read(g) })
		}
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		due, some := l.turn()
		var wake <-chan time.Time
		if some {
			timer.Reset(due)
			wake = timer.C
		}
		select {
		case <-ctx.Done():
		case f := <-l.calls:
			l.turn() // up to the moment of the call
			f()
		case n := <-l.notes:
			l.n.gates[n.host].tell(0, n.say)
		case <-wake:
		}
	}
	l.Close()
	return context.Cause(ctx)
}

// turn lets what is due happen, and returns after which time the next thing is, if there is one.
func (l *Live) turn() (due time.Duration, some bool) {
	s := l.n.sched
	now := time.Since(l.start)
	for range stepsPerTurn {
		if !l.n.advance(now) {
			break
		}
	}
	if len(s.ready) > 0 {
		return 0, true
	}
	next := s.queue.next()
	if next == nil || next.at > now {
		s.now = max(s.now, now)
	}
	if next == nil {
		return 0, false
	}
	return max(0, next.at-time.Since(l.start)), true
}

// read lets in what comes from outside. While the network has no time for it, the link has to wait or drop.
func (l *Live) read(g *gate) {
	for {
		packets, err := g.carrier.Read()
		if err != nil {
			return
		}
		if l.Do(func(*Network) { g.enter(packets) }) != nil {
			return
		}
	}
}

// Do calls f in the goroutine that runs the network, and returns when f has. The error says that the network has ended.
func (l *Live) Do(f func(n *Network)) error {
	finished := make(chan struct{})
	select {
	case l.calls <- func() { f(l.n); close(finished) }:
		<-finished
		return nil
	case <-l.done:
		return link.ErrClosed
	}
}

// Tell stores an event about a way out. It returns at once; where nobody has time for it, it is forgotten.
func (l *Live) Tell(name, say string) {
	select {
	case l.notes <- note{name, say}:
	default:
	}
}

// Met compares what the other lab says of its end of the link with what this lab says of it.
func (l *Live) Met(name, greeting string) {
	if want := l.n.topology.addresses(name, true); greeting != "" && want != greeting {
		l.Tell(name, fmt.Sprintf("the other lab's end of the link is %s, but this lab takes it for %s: give the link the same addresses in both", greeting, want))
	}
}

// Greeting is what this lab says of its end of the link to a way out.
func (l *Live) Greeting(name string) string { return l.n.topology.addresses(name, false) }

// addresses returns the addresses of the outside's end of a link, or of the other one, in words.
func (t *Topology) addresses(name string, outside bool) string {
	l, addrs, ok := t.OutsideLink(name)
	if !ok {
		return ""
	}
	if !outside {
		addrs = nil
		h, _ := t.Host(map[bool]string{true: l.B, false: l.A}[l.A == name])
		for _, i := range h.Interfaces {
			if i.Link == l.Name() {
				addrs = i.Addrs
			}
		}
	}
	return joinPrefixes(addrs)
}

func joinPrefixes(prefixes []netip.Prefix) string {
	var all []string
	for _, p := range prefixes {
		all = append(all, p.String())
	}
	return strings.Join(all, " ")
}

// Store returns the timeline. It may be read by any goroutine.
func (l *Live) Store() *timeline.Store { return l.n.store }

// Start is when the run's time is 0.
func (l *Live) Start() time.Time { return l.start }

// Topology returns what the network was made of.
func (l *Live) Topology() *Topology { return l.n.topology }

// Changes returns what has become of the faults of links so far. It may be called by any goroutine.
func (l *Live) Changes() []Input { return l.n.Changes() }

// Close ends the network and its links to the outside. Run does so too: it is for a network that never ran.
func (l *Live) Close() {
	l.closing.Do(func() {
		close(l.done)
		for _, g := range l.n.gates {
			if g.carrier != nil {
				_ = g.carrier.Close()
			}
		}
		l.ended.Wait()
		l.n.Close()
	})
}
