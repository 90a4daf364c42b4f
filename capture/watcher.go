package capture

import (
	"strings"

	"netlab/filter"
	"netlab/wire"
)

// Watcher matches packets with a filter as they go over the links of a network, one after the other. What was sent again, and relative sequence numbers, it knows from the
// packets before on the same link: the same segment on the next link is not another.
type Watcher struct {
	filter  filter.Filter
	follows bool // the filter asks for what only the packets before tell
	links   map[string]*Summarizer
}

// NewWatcher returns a Watcher that has seen nothing yet.
func NewWatcher(f filter.Filter) *Watcher {
	return &Watcher{filter: f, follows: f.Uses(filter.SpanKey, "tcp.seq", "tcp.ack", retxKey, lateKey), links: map[string]*Summarizer{}}
}

// Match reports whether the filter describes the next packet. link is over which link it goes, and which way: "r1>r2".
func (w *Watcher) Match(link string, t LinkType, packet []byte) bool {
	nodes := []wire.Node{{Name: "Link", Key: filter.LinkKey, Value: link}}
	if w.follows {
		a, b, _ := strings.Cut(link, ">")
		both := min(a, b) + " " + max(a, b) // directions of one link
		if w.links[both] == nil {
			w.links[both] = NewSummarizer()
			w.links[both].Terse = true
		}
		sum := w.links[both].Add(t, packet)
		nodes = append(nodes, sum.nodes()...)
	}
	return w.filter.Match(append(nodes, Dissect(t, packet)...), packet)
}
