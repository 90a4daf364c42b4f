package sim

import (
	"slices"
	"time"

	"netlab/link"
	"netlab/trace"
	"netlab/wire"
)

// EventSpec is a change of a link that the lab file foresees: a cable that is cut in the middle of a run.
type EventSpec struct {
	At     time.Duration // since the start of the run
	Link   string        // "r1-r2" for both directions, "r1>r2" for one
	Faults string        // the change, as for link.Faults.Apply: "down=true"
}

// eventReading is an event while it is read.
type eventReading struct {
	EventSpec
	p      *labParser
	faults link.Faults // what the changes make of a perfect link
}

// eventKeys are the keys of an event: {at: 30s, link: r1-r2, down: true}. The first two are its own, the others those of faults.
func eventKeys() []key[eventReading] {
	keys := []key[eventReading]{
		{"at", "when, counted from the start of the run; 0s", optional, durationSchema(), func(r *eventReading, e entry) { r.At = e.duration() }},
		{"link", "which link, `r1-r2`, or direction of one, `r1>r2`", required, textSchema(), func(r *eventReading, e entry) {
			names := r.p.linkNames()
			if !slices.Contains(names, e.text()) {
				e.fail("there is no link %q%s", e.text(), suggest(e.text(), names))
			}
			r.Link = e.text()
		}},
	}
	for _, k := range faultKeys(func(r *eventReading) *link.Faults { return &r.faults }) {
		check := k.read
		k.read = func(r *eventReading, e entry) {
			check(r, e)
			if r.Faults != "" {
				r.Faults += ","
			}
			r.Faults += e.name + "=" + e.text()
		}
		keys = append(keys, k)
	}
	return keys
}

func (p *labParser) event(v value) {
	r := eventReading{p: p}
	before := len(v.doc.mistakes)
	readKeys(v, v, "an event", eventKeys(), &r)
	if r.Faults == "" && len(v.doc.mistakes) == before {
		v.fail("an event needs something that becomes of the link, as in {at: 30s, link: r1-r2, down: true}")
	}
	p.Events = append(p.Events, r.EventSpec)
}

// linkNames returns what links and their directions are called.
func (t *Topology) linkNames() []string {
	var names []string
	for _, l := range t.Links {
		names = append(names, l.Name(), l.A+">"+l.B, l.B+">"+l.A)
	}
	return names
}

// happen makes an event of the lab file happen. What it does not speak of stays as it is.
func (n *Network) happen(e EventSpec) {
	for _, d := range n.directions(e.Link) {
		if f, err := d.impairment.Faults().Apply(e.Faults); err == nil { // the parser saw to it
			d.impairment.Set(f)
			n.record(Input{After: n.last, Link: d.name, Faults: &f})
		}
	}
	n.emit(trace.Event{At: n.sched.Now(), Kind: trace.Fault, Link: e.Link, Say: literal("changes, as the lab has it: " + e.Faults), Ref: wire.RFC("791", "1.4")})
}

// record remembers a change of a link.
func (n *Network) record(in Input) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.changes = append(n.changes, in)
}

// Changes returns what has become of the faults of links so far, through the user and through the lab file, each right after
// an event. It may be called by any goroutine.
func (n *Network) Changes() []Input {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clip(n.changes)
}
