package rip

import (
	"net/netip"
	"slices"
	"time"

	"netlab/trace"
)

// Interface is where a router meets its neighbours.
type Interface struct {
	Name   string
	Prefix netip.Prefix // the router's address with its network: 10.0.12.1/24
	Cost   uint32       // hops that it counts; 0: 1
}

// Router is one router's part in the protocol.
type Router struct {
	cfg        Config
	random     func() uint32
	trace      *trace.Tracer
	interfaces []Interface
	routes     map[netip.Prefix]*route
	counters   Counters

	started   bool
	update    time.Time // the next regular update
	triggered time.Time // no triggered update before; zero: there may be one at once
	changed   bool      // a route has changed that no update has told of
	cause     trace.ID  // the event that changed one last

	out     []Output
	changes []Change
}

// route is what is known of one network. Those of the router's own interfaces are known for good.
type route struct {
	prefix   netip.Prefix
	attached bool
	iface    int
	from     netip.Addr // who told of it
	via      netip.Addr // where packets go: from, or another router that it named
	metric   uint32
	tag      uint16
	changed  bool      // since the last update
	until    time.Time // it is believed; of an unreachable one it is remembered. Zero: for good
}

// Counters say what became of the messages so far. They only grow.
type Counters struct {
	Requests, Responses, Sent uint64 // messages

	BadMessages uint64 // ignored: malformed, of another version, from elsewhere than a neighbour's port 520, without the password
	BadEntries  uint64 // ignored: metric, address or mask make no sense
	TooMany     uint64 // ignored: more routes than are remembered
}

// Output is a message to send.
type Output struct {
	Interface int
	To        netip.AddrPort // the multicast group, or whoever asked
	Octets    []byte
	Why       trace.Reason // filled only if the Router is traced
}

// Change is what becomes of the route to a network. It is complete: a route that is not removed takes the place of the
// one that there was.
type Change struct {
	Prefix    netip.Prefix
	Removed   bool
	Via       netip.Addr
	Interface int
	Metric    uint32 // hops
}

// New returns a router without interfaces. random gives the chance that keeps routers from speaking at the same time.
func New(cfg Config, random func() uint32, t *trace.Tracer) *Router {
	return &Router{cfg: cfg.withDefaults(), random: random, trace: t, routes: map[netip.Prefix]*route{}}
}

// AddInterface adds an interface and the route to its network, and returns its index. All come before Start.
func (r *Router) AddInterface(i Interface) int {
	if i.Cost == 0 {
		i.Cost = 1
	}
	index := len(r.interfaces)
	r.interfaces = append(r.interfaces, i)
	network := i.Prefix.Masked()
	if r.routes[network] == nil {
		r.routes[network] = &route{prefix: network, attached: true, iface: index, metric: i.Cost, changed: true}
	}
	return index
}

// Start asks the neighbours for their routes (RFC 2453, Section 3.9.1) and tells them its own.
func (r *Router) Start(now time.Time) {
	r.started = true
	for i := range r.interfaces {
		m := Message{Command: Request, Entries: []Entry{all()}, Password: r.cfg.Password}
		r.send(i, netip.AddrPortFrom(Group(), Port), &m, r.reason(0, "asks its neighbours for all their routes", "3.9.1"))
	}
	r.changed = true
	r.trigger(now)
	r.update = now.Add(r.interval())
}

// interval returns the time to the next regular update: the 30 seconds are "offset by a small random time (+/- 0 to 5
// seconds) each time" (RFC 2453, Section 3.8).
func (r *Router) interval() time.Duration {
	spread := r.cfg.Update / 3 // 10 of the 30 seconds
	return r.cfg.Update - spread/2 + r.chance(spread)
}

// chance returns a time from 0 up to d.
func (r *Router) chance(d time.Duration) time.Duration {
	return time.Duration(uint64(r.random()) * (uint64(d) >> 10) >> 22)
}

// Deadline returns when Advance has something to do; zero if never.
func (r *Router) Deadline() time.Time {
	if !r.started {
		return time.Time{}
	}
	first := r.update
	if r.changed && !r.cfg.NoTriggered && !r.triggered.IsZero() && r.triggered.Before(first) {
		first = r.triggered
	}
	for _, rt := range r.routes {
		if !rt.until.IsZero() && rt.until.Before(first) {
			first = rt.until
		}
	}
	return first
}

// Advance does what is due.
func (r *Router) Advance(now time.Time) {
	if !r.started {
		return
	}
	for _, rt := range r.sorted() {
		if rt.until.IsZero() || now.Before(rt.until) {
			continue
		}
		if rt.metric == Infinity {
			delete(r.routes, rt.prefix)
			r.tell(now, 0, "forgets "+rt.prefix.String()+": all neighbours have been told that it cannot be reached", "3.8")
			continue
		}
		r.unreachable(now, rt, 0, "loses "+rt.prefix.String()+": "+r.name(rt.from)+" has not told of it for "+r.cfg.Timeout.String(), "3.8")
	}
	if !now.Before(r.update) {
		r.update = now.Add(r.interval())
		r.regularUpdate()
		return
	}
	r.trigger(now)
}

// Next returns the next message to send.
func (r *Router) Next() (Output, bool) {
	if len(r.out) == 0 {
		return Output{}, false
	}
	out := r.out[0]
	r.out = r.out[1:]
	return out, true
}

// NextChange returns the next change of the routing table.
func (r *Router) NextChange() (Change, bool) {
	if len(r.changes) == 0 {
		return Change{}, false
	}
	c := r.changes[0]
	r.changes = r.changes[1:]
	return c, true
}

// Counters returns what became of the messages so far.
func (r *Router) Counters() Counters { return r.counters }

// Route is a route as a screen or a test sees it.
type Route struct {
	Prefix   netip.Prefix
	Attached bool       // a network of the router's own
	Via      netip.Addr // invalid if attached
	Metric   uint32     // hops; Infinity: not reachable any more
	Tag      uint16
}

// Routes returns what is known, in the order of the networks.
func (r *Router) Routes() []Route {
	var routes []Route
	for _, rt := range r.sorted() {
		routes = append(routes, Route{rt.prefix, rt.attached, rt.via, rt.metric, rt.tag})
	}
	return routes
}

// sorted returns the routes in the order of the networks: that of a map would make runs differ.
func (r *Router) sorted() []*route {
	routes := make([]*route, 0, len(r.routes))
	for _, rt := range r.routes {
		routes = append(routes, rt)
	}
	slices.SortFunc(routes, func(a, b *route) int { return a.prefix.Compare(b.prefix) })
	return routes
}
