package rip

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/trace"
)

// Receive takes a message that arrived on an interface. cause is the event of its arrival.
func (r *Router) Receive(now time.Time, iface int, from netip.AddrPort, octets []byte, cause trace.ID) {
	m, err := Parse(octets)
	switch {
	case err != nil:
		r.ignore(now, cause, "ignores a message from "+r.name(from.Addr())+": "+err.Error()[len("rip: "):], "3.9")
	case r.own(from.Addr()):
		// "It is also worth checking to see whether the response is from one of the router's own addresses."
		r.ignore(now, cause, "ignores a message of its own", "3.9.2")
	case !r.interfaces[iface].Prefix.Contains(from.Addr()):
		// "The datagram's IPv4 source address should be checked to see whether the datagram is from a valid neighbor; the
		// source of the datagram must be on a directly-connected network."
		r.ignore(now, cause, "ignores a message from "+from.Addr().String()+", which is no neighbour on "+r.interfaces[iface].Name, "3.9.2")
	case m.Password != r.cfg.Password:
		r.ignore(now, cause, "ignores a message from "+r.name(from.Addr())+" without the right password", "4.1")
	case m.Command == Request:
		r.counters.Requests++
		r.answer(iface, from, &m, cause)
	case from.Port() != Port:
		// "The Response must be ignored if it is not from the RIP port."
		r.ignore(now, cause, fmt.Sprintf("ignores routes from port %d of %s: routers speak from port %d", from.Port(), from.Addr(), Port), "3.9.2")
	default:
		r.counters.Responses++
		for i := range m.Entries {
			r.learn(now, iface, from.Addr(), &m.Entries[i], cause)
		}
		r.trigger(now)
	}
}

func (r *Router) ignore(now time.Time, cause trace.ID, say, section string) {
	r.counters.BadMessages++
	r.tell(now, cause, say, section)
}

// learn takes what a neighbour says of one network, as RFC 2453, Section 3.9.2 asks.
func (r *Router) learn(now time.Time, iface int, from netip.Addr, e *Entry, cause trace.ID) {
	if wrong := e.wrong(); wrong != "" {
		// "If any check fails, ignore that entry and proceed to the next."
		r.counters.BadEntries++
		r.tell(now, cause, "ignores what "+r.name(from)+" says of a network: "+wrong, "3.9.2")
		return
	}
	metric := min(e.Metric+r.interfaces[iface].Cost, Infinity)
	via := from
	if hop := e.NextHop; hop.IsValid() && !hop.IsUnspecified() && r.interfaces[iface].Prefix.Contains(hop) && !r.own(hop) {
		via = hop // "If the received Next Hop is not directly reachable, it should be treated as 0.0.0.0." (RFC 2453, Section 4.4)
	}
	rt := r.routes[e.Prefix]
	switch {
	case rt == nil:
		if metric == Infinity {
			return
		}
		if len(r.routes) >= r.cfg.MaxRoutes {
			r.counters.TooMany++
			r.tell(now, cause, "does not learn "+e.Prefix.String()+": it remembers no more networks", "3.9.2")
			return
		}
		rt = &route{prefix: e.Prefix, metric: Infinity}
		r.routes[e.Prefix] = rt
		r.adopt(now, rt, iface, from, via, metric, e.Tag, cause, "learns %s from %s: %s")
	case rt.attached:
		// Nothing is nearer than a network of one's own.
	case rt.from == from && rt.iface == iface:
		r.hearAgain(now, rt, iface, from, via, metric, e.Tag, cause)
	case metric < rt.metric && rt.metric == Infinity:
		r.adopt(now, rt, iface, from, via, metric, e.Tag, cause, "finds another way to %s through %s: %s")
	case metric < rt.metric:
		r.adopt(now, rt, iface, from, via, metric, e.Tag, cause, "goes to %s through %s now, which is nearer: %s")
	case metric == rt.metric && metric < Infinity && rt.until.Sub(now) <= r.cfg.Timeout/2:
		// Of two ways that are equally long the one is taken of which one has heard lately.
		r.adopt(now, rt, iface, from, via, metric, e.Tag, cause, "goes to %s through %s now, since its neighbour is silent: %s")
	}
}

// hearAgain takes what the neighbour says through which a route leads: it is believed whatever it is.
func (r *Router) hearAgain(now time.Time, rt *route, iface int, from, via netip.Addr, metric uint32, tag uint16, cause trace.ID) {
	switch {
	case metric == Infinity && rt.metric == Infinity:
		// Its end has begun when it was first heard to be unreachable, and goes on.
	case metric == Infinity:
		r.unreachable(now, rt, cause, "loses "+rt.prefix.String()+": "+r.name(from)+" says that it cannot be reached any more", "3.9.2")
	case metric != rt.metric || via != rt.via || tag != rt.tag:
		r.adopt(now, rt, iface, from, via, metric, tag, cause, "hears that %s is at another distance through %s: %s")
	default:
		rt.until = now.Add(r.cfg.Timeout)
	}
}

// adopt makes a route what a neighbour said it is.
func (r *Router) adopt(now time.Time, rt *route, iface int, from, via netip.Addr, metric uint32, tag uint16, cause trace.ID, say string) {
	old := *rt
	rt.iface, rt.from, rt.via, rt.metric, rt.tag = iface, from, via, metric, tag
	rt.until = now.Add(r.cfg.Timeout)
	r.touch(rt)
	r.changes = append(r.changes, Change{Prefix: rt.prefix, Via: via, Interface: iface, Metric: metric})
	if r.trace.On() {
		r.emit(now, cause, fmt.Sprintf(say, rt.prefix, r.name(from), hops(metric)), "3.9.2", &old, rt)
	}
}

// unreachable begins the end of a route: neighbours are told of it for a while.
func (r *Router) unreachable(now time.Time, rt *route, cause trace.ID, say, section string) {
	old := *rt
	rt.metric = Infinity
	rt.until = now.Add(r.cfg.Garbage)
	r.touch(rt)
	r.changes = append(r.changes, Change{Prefix: rt.prefix, Removed: true, Via: old.via, Interface: old.iface})
	r.emit(now, cause, say, section, &old, rt)
}

// touch marks a route as changed, so that an update tells of it.
func (r *Router) touch(rt *route) { rt.changed, r.changed = true, true }

// wrong says what is wrong with an entry: "is the destination address valid (e.g., unicast; not net 0 or 127)", "is the
// metric valid (i.e., between 1 and 16, inclusive)" (RFC 2453, Section 3.9.2).
func (e *Entry) wrong() string {
	switch {
	case e.Family != familyIP:
		return fmt.Sprintf("its address is of family %d", e.Family)
	case !e.Prefix.IsValid():
		return "its mask does not fit its address"
	case e.Metric < 1 || e.Metric > Infinity:
		return fmt.Sprintf("its metric is %d", e.Metric)
	}
	first := e.Prefix.Addr().As4()[0]
	if first == 0 && e.Prefix.Bits() > 0 || first == 127 || first >= 224 {
		return e.Prefix.String() + " is a network of no hosts"
	}
	return ""
}

// own reports whether a is an address of this router.
func (r *Router) own(a netip.Addr) bool {
	for _, i := range r.interfaces {
		if i.Prefix.Addr() == a {
			return true
		}
	}
	return false
}
