package rip

import (
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// network is some routers, the links between them, and the time.
type network struct {
	now     time.Time
	routers []*node
	cut     map[string]bool // links that carry nothing
	events  []string
}

type node struct {
	*Router
	name  string
	links []string                // of each interface
	table map[netip.Prefix]Change // what NextChange made of the routing table
}

func newNetwork() *network {
	return &network{now: time.Unix(1_000_000, 0), cut: map[string]bool{}}
}

// add adds a router with an interface for each of "link address".
func (n *network) add(cfg Config, name string, interfaces ...string) *node {
	rng := rand.New(rand.NewPCG(uint64(len(n.routers)), 1))
	cfg.Name = n.nameOf
	tracer := trace.New(name, func(e trace.Event) trace.ID {
		n.events = append(n.events, e.Host+" "+e.Text())
		return trace.ID(len(n.events))
	})
	r := &node{Router: New(cfg, rng.Uint32, tracer), name: name, table: map[netip.Prefix]Change{}}
	for _, text := range interfaces {
		link, addr, _ := strings.Cut(text, " ")
		r.AddInterface(Interface{Name: link, Prefix: prefix(addr)})
		r.links = append(r.links, link)
	}
	n.routers = append(n.routers, r)
	return r
}

func (n *network) nameOf(a netip.Addr) string {
	for _, r := range n.routers {
		if r.own(a) {
			return r.name
		}
	}
	return ""
}

// ring is four routers r1 to r4 in a circle; each has a network of its own, 10.0.1.0/24 and so on.
func ring(cfg Config) *network {
	n := newNetwork()
	n.add(cfg, "r1", "h1-r1 10.0.1.1/24", "r1-r2 10.0.12.1/24", "r4-r1 10.0.41.1/24")
	n.add(cfg, "r2", "h2-r2 10.0.2.1/24", "r1-r2 10.0.12.2/24", "r2-r3 10.0.23.2/24")
	n.add(cfg, "r3", "h3-r3 10.0.3.1/24", "r2-r3 10.0.23.3/24", "r3-r4 10.0.34.3/24")
	n.add(cfg, "r4", "h4-r4 10.0.4.1/24", "r3-r4 10.0.34.4/24", "r4-r1 10.0.41.4/24")
	return n
}

func (n *network) start() {
	for _, r := range n.routers {
		r.Start(n.now)
	}
	n.settle()
}

// settle carries all messages there are, without delay, and takes the changes into the tables.
func (n *network) settle() {
	for again := true; again; {
		again = false
		for _, r := range n.routers {
			for out, ok := r.Next(); ok; out, ok = r.Next() {
				again = true
				n.carry(r, out)
			}
		}
	}
	for _, r := range n.routers {
		for c, ok := r.NextChange(); ok; c, ok = r.NextChange() {
			r.table[c.Prefix] = c
			if c.Removed {
				delete(r.table, c.Prefix)
			}
		}
	}
}

func (n *network) carry(from *node, out Output) {
	link := from.links[out.Interface]
	if n.cut[link] {
		return
	}
	src := netip.AddrPortFrom(from.interfaces[out.Interface].Prefix.Addr(), Port)
	for _, r := range n.routers {
		for i, l := range r.links {
			if l == link && r != from && (out.To.Addr() == Group() || out.To.Addr() == r.interfaces[i].Prefix.Addr()) {
				r.Receive(n.now, i, src, out.Octets, 0)
			}
		}
	}
}

// run lets so much time pass.
func (n *network) run(d time.Duration) {
	for end := n.now.Add(d); ; {
		next := end
		for _, r := range n.routers {
			if at := r.Deadline(); !at.IsZero() && at.Before(next) {
				next = at
			}
		}
		n.now = next
		for _, r := range n.routers {
			r.Advance(n.now)
		}
		n.settle()
		if next.Equal(end) {
			return
		}
	}
}

// path follows the tables from a router to a network.
func (n *network) path(from, to string) string {
	at, way := n.router(from), from
	for range 20 {
		for _, i := range at.interfaces {
			if i.Prefix.Masked() == prefix(to) {
				return way
			}
		}
		c, ok := at.table[prefix(to)]
		if !ok {
			return way + " nowhere"
		}
		at = n.router(n.nameOf(c.Via))
		way += " " + at.name
	}
	return way + " for ever"
}

func (n *network) router(name string) *node {
	for _, r := range n.routers {
		if r.name == name {
			return r
		}
	}
	panic("no router " + name)
}

func TestConverges(t *testing.T) {
	n := ring(Config{})
	n.start()
	n.run(15 * time.Second)
	require.Equal(t, "r1 r2", n.path("r1", "10.0.2.0/24"))
	require.Equal(t, "r1 r4", n.path("r1", "10.0.4.0/24"))
	require.Len(t, strings.Fields(n.path("r1", "10.0.3.0/24")), 3)
	for _, r := range n.routers {
		require.Len(t, r.Routes(), 8, "all eight networks")
		require.Len(t, r.table, 5, "three are its own")
	}
	require.Contains(t, n.events, "r1 learns 10.0.2.0/24 from r2: 2 hops")
}

// The other way round the ring is found once the route through the cut link has timed out, 180 seconds after the last
// update (RFC 2453, Section 3.8).
func TestSurvivesACutLink(t *testing.T) {
	n := ring(Config{})
	n.start()
	n.run(10 * time.Minute)
	n.cut["r1-r2"] = true
	n.run(145 * time.Second)
	require.Equal(t, "r1 r2", n.path("r1", "10.0.2.0/24"), "not yet")
	n.run(2 * time.Minute)
	require.Equal(t, "r1 r4 r3 r2", n.path("r1", "10.0.2.0/24"))
	require.Equal(t, "r2 r3 r4 r1", n.path("r2", "10.0.1.0/24"))
	require.Contains(t, n.events, "r1 loses 10.0.2.0/24: r2 has not told of it for 3m0s")

	n.cut["r1-r2"] = false
	n.run(time.Minute)
	require.Equal(t, "r1 r2", n.path("r1", "10.0.2.0/24"), "the shorter way again")
	require.Contains(t, strings.Join(n.events, "\n"), "r1 goes to 10.0.2.0/24 through r2 now, which is nearer: 2 hops")
}

// Config.Update makes all the times shorter.
func TestTimesFollowUpdate(t *testing.T) {
	n := ring(Config{Update: 3 * time.Second})
	n.start()
	n.run(time.Minute)
	n.cut["r1-r2"] = true
	n.run(25 * time.Second)
	require.Equal(t, "r1 r4 r3 r2", n.path("r1", "10.0.2.0/24"))
}

// A network is behind a link that is cut. Without split horizon the two routers that are left may tell each other stale news, if
// they speak in the wrong order, and count to infinity (RFC 2453, Section 3.4.2).
func TestCountingToInfinity(t *testing.T) {
	for _, c := range []struct {
		horizon Horizon
		counts  bool
	}{{PoisonedReverse, false}, {SplitHorizon, false}, {NoHorizon, true}} {
		counted := false
		for wait := range 10 {
			n := newNetwork()
			cfg := Config{Horizon: c.horizon, NoTriggered: true}
			n.add(cfg, "r1", "h1-r1 10.0.1.1/24", "r1-r2 10.0.12.1/24")
			n.add(cfg, "r2", "r1-r2 10.0.12.2/24", "r2-r3 10.0.23.2/24")
			n.add(cfg, "r3", "r2-r3 10.0.23.3/24", "h3-r3 10.0.3.1/24")
			n.start()
			n.run(5*time.Minute + time.Duration(wait)*30*time.Second)
			require.Equal(t, "r3 r2 r1", n.path("r3", "10.0.1.0/24"))
			n.cut["r1-r2"] = true
			n.run(30 * time.Minute)
			require.Equal(t, "r3 nowhere", n.path("r3", "10.0.1.0/24"), "infinity ends it")
			counted = counted || strings.Contains(strings.Join(n.events, "\n"), "10.0.1.0/24 is at another distance through r2: 9 hops")
		}
		require.Equal(t, c.counts, counted, c.horizon)
	}
}
