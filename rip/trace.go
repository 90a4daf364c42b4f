package rip

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// name returns what to call a neighbour.
func (r *Router) name(a netip.Addr) string {
	if r.cfg.Name != nil {
		if name := r.cfg.Name(a); name != "" {
			return name
		}
	}
	return a.String()
}

// hops returns a distance in words.
func hops(metric uint32) string {
	switch {
	case metric >= Infinity:
		return "not reachable"
	case metric == 1:
		return "1 hop"
	}
	return fmt.Sprintf("%d hops", metric)
}

// tell tells of something that leaves the routes as they are.
func (r *Router) tell(now time.Time, cause trace.ID, say, section string) {
	if r.trace.On() {
		r.trace.Emit(trace.Event{At: now, Kind: trace.Note, Cause: cause, Say: literal(say), Ref: wire.RFC("2453", section)})
	}
}

// emit tells of a change of a route.
func (r *Router) emit(now time.Time, cause trace.ID, say, section string, before, after *route) {
	if !r.trace.On() {
		return
	}
	r.cause = r.trace.Emit(trace.Event{
		At: now, Kind: trace.Route, Cause: cause, Say: literal(say), Ref: wire.RFC("2453", section),
		Changes: []trace.Change{{Name: "route to " + after.prefix.String(), Old: r.describe(before), New: r.describe(after)}},
	})
}

// describe says where a route leads.
func (r *Router) describe(rt *route) string {
	if rt.metric >= Infinity {
		return "none"
	}
	return "via " + r.name(rt.via) + ", " + hops(rt.metric)
}

// reason is why a message is sent, if somebody listens.
func (r *Router) reason(cause trace.ID, say, section string) trace.Reason {
	if !r.trace.On() {
		return trace.Reason{}
	}
	return trace.Reason{Cause: cause, Say: literal(say), Ref: wire.RFC("2453", section)}
}

// literal returns text as it is written in Event.Say, where a percent sign starts a verb.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }
