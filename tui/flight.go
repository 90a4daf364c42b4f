package tui

import (
	"strings"
	"time"

	"netlab/timeline"
	"netlab/trace"
)

// flight is a packet on a link, or one that the link has just lost.
type flight struct {
	number   int
	from, to string  // host names
	along    float64 // how far it is: 0 at from, 1 at to
	lost     bool
	again    bool
}

// lookBack is how many packets before the cursor are looked at for those still on their way.
const lookBack = 400

// inFlight returns the packets on links at a moment: right after event cursor, when the run's clock
// shows clock. The recorded future tells when each will arrive. A loss is shown while it is the latest thing
// that happened, or for as long as linger.
func inFlight(all timeline.View, cursor trace.ID, clock time.Time, linger time.Duration) []flight {
	var flights []flight
	now := all.Until(cursor)
	last := now.Packets()
	for i := max(0, last-lookBack); i < last; i++ {
		p, ok := all.Packet(i)
		if !ok {
			continue
		}
		for _, h := range hops(all, p, cursor) {
			f := flight{number: p.Number, from: h.from.Host, to: other(h.from.Link, h.from.Host), again: p.Replaces != 0}
			switch {
			case h.lost != nil:
				f.lost, f.along = true, 0.5
				recent := h.lost.ID == cursor || (linger > 0 && clock.Sub(h.lost.At) < linger)
				if recent && f.to != "" {
					flights = append(flights, f)
				}
			case h.arrival != nil && h.arrival.ID > cursor:
				if whole := h.arrival.At.Sub(h.from.At); whole > 0 {
					f.along = min(1, max(0, float64(clock.Sub(h.from.At))/float64(whole)))
				}
				flights = append(flights, f)
			}
		}
	}
	return flights
}

// recently is how long a packet of a live host is shown: its way over the link took no time worth showing, so the map
// draws the latest packets one after the other, as far behind each other as they were in time.
const recently = 100 * time.Millisecond

// passedBy returns the latest packets of a live host, whose other side is called peer.
func passedBy(now timeline.View, clock time.Time, peer string) []flight {
	var flights []flight
	n := now.Packets()
	for i := n - 1; i >= max(0, n-lookBack); i-- {
		p, ok := now.Packet(i)
		if !ok {
			break
		}
		age := clock.Sub(p.First.At)
		if age >= recently {
			break
		}
		f := flight{number: p.Number, from: p.First.Host, to: peer, along: float64(age) / float64(recently), again: p.Replaces != 0}
		if p.First.Kind == trace.Received {
			f.from, f.to = f.to, f.from
		}
		if p.Lost != nil {
			f.lost, f.along = true, 0.5
		}
		flights = append(flights, f)
	}
	return flights
}

// hop is a packet that a host handed to a link, and what became of it there.
type hop struct {
	from          *trace.Event
	arrival, lost *trace.Event
}

// hops returns where packet p was put on links at or before the cursor, and what became of it on each: a switch can put it on
// several.
func hops(all timeline.View, p timeline.Packet, cursor trace.ID) []hop {
	var list []hop
	for _, id := range p.Events {
		e, ok := all.Event(id)
		if !ok {
			continue
		}
		switch e.Kind {
		case trace.Sent, trace.Forwarded:
			if id <= cursor {
				list = append(list, hop{from: e})
			}
		case trace.Lost:
			for i := range list {
				if h := &list[i]; h.arrival == nil && h.lost == nil && id <= cursor && e.Link == h.from.Host+">"+other(h.from.Link, h.from.Host) {
					h.lost = e
				}
			}
		case trace.Received:
			for i := range list {
				if h := &list[i]; h.arrival == nil && h.lost == nil && e.Host == other(h.from.Link, h.from.Host) {
					h.arrival = e
				}
			}
		}
	}
	return list
}

// other returns the end of a link ("r1-r2" or, in one direction, "r1>r2") that is not host.
func other(link, host string) string {
	a, b, ok := strings.Cut(link, ">")
	if !ok {
		a, b, ok = strings.Cut(link, "-")
	}
	switch {
	case ok && a == host:
		return b
	case ok && b == host:
		return a
	}
	return ""
}
