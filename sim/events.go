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

// event reads an element of events: {at: 30s, link: r1-r2, down: true}.
func (p *labParser) event(v value) {
	var e EventSpec
	var link value
	changes := changeReader{}
	for _, entry := range v.entries("an event") {
		switch entry.name {
		case "at":
			e.At = entry.duration()
		case "link":
			e.Link, link = entry.text(), entry.value
		default:
			changes.read(entry)
		}
	}
	if link.node == nil || changes.text == "" {
		v.fail("an event needs a link and what becomes of it, as in {at: 30s, link: r1-r2, down: true}")
	}
	names := p.linkNames()
	if !slices.Contains(names, e.Link) {
		link.fail("there is no link %q%s", e.Link, suggest(e.Link, names))
	}
	e.Faults = changes.text
	p.Events = append(p.Events, e)
}

// changeReader collects changes of a link's faults in the form of link.Faults.Apply.
type changeReader struct{ text string }

func (c *changeReader) read(e entry) {
	var f link.Faults
	e.fault(&f, "at", "link")
	if c.text != "" {
		c.text += ","
	}
	c.text += e.name + "=" + e.text()
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
