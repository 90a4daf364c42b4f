package rip

import (
	"net/netip"
	"time"

	"netlab/trace"
)

// answer sends what a request asks for to whoever asks (RFC 2453, Section 3.9.1).
func (r *Router) answer(iface int, to netip.AddrPort, request *Message, cause trace.ID) {
	if len(request.Entries) == 0 {
		return // "If there are no entries, no response is given."
	}
	if request.wantsAll() {
		r.tellRoutes(iface, to, false, r.reason(cause, "tells "+r.name(to.Addr())+", which asked, all its routes", "3.9.1"))
		return
	}
	// Single networks are asked for by who wants to know what is in the table: they are answered without split horizon.
	answer := Message{Command: Response, Password: r.cfg.Password, Entries: request.Entries}
	for i := range answer.Entries {
		e := &answer.Entries[i]
		e.Metric = Infinity
		if rt := r.routes[e.Prefix]; rt != nil {
			e.Metric = rt.metric
		}
	}
	r.send(iface, to, &answer, r.reason(cause, "tells "+r.name(to.Addr())+" the routes that it asked for", "3.9.1"))
}

// regularUpdate tells all neighbours everything (RFC 2453, Section 3.8).
func (r *Router) regularUpdate() {
	for i := range r.interfaces {
		r.tellRoutes(i, netip.AddrPortFrom(Group(), Port), false,
			r.reason(0, "tells its neighbours on "+r.interfaces[i].Name+" all its routes, as it does every "+r.cfg.Update.String(), "3.8"))
	}
	r.told()
}

// trigger sends a triggered update if something has changed and it is not too early: "After a triggered update is sent, a
// timer should be set for a random interval between 1 and 5 seconds. If other changes that would trigger updates occur
// before the timer expires, a single update is triggered when the timer expires." (RFC 2453, Section 3.10.1) The
// seconds go with Config.Update.
func (r *Router) trigger(now time.Time) {
	if !r.changed || r.cfg.NoTriggered || now.Before(r.triggered) {
		return
	}
	for i := range r.interfaces {
		r.tellRoutes(i, netip.AddrPortFrom(Group(), Port), true,
			r.reason(r.cause, "tells its neighbours on "+r.interfaces[i].Name+" at once what has changed", "3.10.1"))
	}
	r.told()
	r.triggered = now.Add(r.cfg.Update/30 + r.chance(r.cfg.Update*4/30))
}

// told says that all neighbours know of all changes.
func (r *Router) told() {
	r.changed, r.cause = false, 0
	for _, rt := range r.routes {
		rt.changed = false
	}
}

// tellRoutes sends the routes, or only those that have changed, as they are to be seen from an interface.
func (r *Router) tellRoutes(iface int, to netip.AddrPort, onlyChanged bool, why trace.Reason) {
	room := MaxEntries
	if r.cfg.Password != "" {
		room--
	}
	m := Message{Command: Response, Password: r.cfg.Password}
	for _, rt := range r.sorted() {
		if onlyChanged && !rt.changed {
			continue
		}
		metric := rt.metric
		if !rt.attached && rt.iface == iface {
			// RFC 2453, Section 3.4.3: a route is not told to those from whom it was learnt.
			switch r.cfg.Horizon {
			case SplitHorizon:
				continue
			case PoisonedReverse:
				metric = Infinity
			}
		}
		if rt.attached && rt.iface == iface {
			continue // neighbours are on that network themselves
		}
		m.Entries = append(m.Entries, Entry{Family: familyIP, Tag: rt.tag, Prefix: rt.prefix, Metric: metric})
		if len(m.Entries) == room {
			r.send(iface, to, &m, why)
			m.Entries = nil
		}
	}
	if len(m.Entries) > 0 {
		r.send(iface, to, &m, why)
	}
}

func (r *Router) send(iface int, to netip.AddrPort, m *Message, why trace.Reason) {
	r.counters.Sent++
	r.out = append(r.out, Output{Interface: iface, To: to, Octets: m.Append(nil), Why: why})
}
