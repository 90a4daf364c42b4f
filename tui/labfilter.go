package tui

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/filter"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// sieved is which packets of a run the list shows.
type sieved struct {
	filter  filter.Filter
	active  bool  // otherwise all are shown
	numbers []int // of all that is recorded, in order
	next    int   // number of the first packet that is to be asked about: what became of those before it is settled
	gen     int
	seen    trace.ID // so far the run was recorded then
}

// beginTyping opens the line in which a filter is typed.
func (s *screen) beginTyping(text string) {
	if s.vocabulary == nil {
		s.vocabulary = newVocabulary(capture.FileFields())
		hosts := map[string][]netip.Addr{}
		for _, h := range s.hosts {
			hosts[h.Name] = h.Addrs
		}
		var links []string
		for _, l := range s.src.Links(0) {
			links = append(links, l.Name)
		}
		s.vocabulary.gathered(hosts, nil, links, nil)
	}
	s.typing = newTyping(text, s.vocabulary)
}

// typeKey handles a key while a filter is typed.
func (s *screen) typeKey(name, text string) tea.Cmd {
	switch name {
	case "esc":
		if !s.typing.unpick() {
			s.typing = nil
		}
	case "ctrl+c":
		return s.do(interrupt)
	case "enter":
		s.applyFilter()
	default:
		s.typing.edit(name, text)
	}
	return nil
}

// applyFilter shows the packets that the typed expression chooses. If it is none, the list stays as it was.
func (s *screen) applyFilter() {
	expr := strings.TrimSpace(string(s.typing.text))
	f, err := s.vocabulary.words().Parse(expr)
	if errors.As(err, &s.typing.wrong) {
		return
	}
	s.typing, s.sieved = nil, sieved{filter: f, active: expr != "", gen: s.gen}
	if !s.sieved.active {
		return
	}
	s.sieve()
	shown := s.chosen()
	s.notice = fmt.Sprintf("%d of %s so far", len(shown), count(s.now().Packets(), "packet"))
	if i, ok := slices.BinarySearch(shown, s.packet); !ok && len(shown) > 0 {
		s.selectPacket(shown[max(0, i-1)])
	}
}

// sieve asks the filter about the packets that are new, and about those of which it was not settled yet what becomes of them.
func (s *screen) sieve() {
	c := &s.sieved
	if !c.active || c.gen == s.gen && c.seen == s.all.Last() && c.next > 0 {
		return
	}
	if c.gen != s.gen {
		c.gen, c.numbers, c.next = s.gen, nil, 0
	}
	oldest, ok := s.all.Packet(0)
	if !ok {
		return
	}
	c.seen, c.next = s.all.Last(), max(c.next, oldest.Number)
	i, _ := slices.BinarySearch(c.numbers, c.next)
	c.numbers = c.numbers[:i]
	settled := true
	for number := c.next; ; number++ {
		p, ok := s.all.Packet(number - oldest.Number)
		r, known := s.rows.get(number)
		if ok && !known {
			c.seen = 0 // go on when it is
		}
		if !ok || !known {
			break
		}
		if c.filter.Match(append(labLayers(p, r), ways(s.all, p)...), p.First.Octets) {
			c.numbers = append(c.numbers, number)
		}
		settled = settled && (p.Lost != nil || p.Received != nil || p.Discarded != nil)
		if settled {
			c.next = number + 1
		}
	}
}

// labLayers are the packet of a run as a filter sees it, with what became of it.
func labLayers(p timeline.Packet, r row) []wire.Node {
	sum := r.Summary
	sum.Lost, sum.Again = p.Lost != nil && p.Received == nil, sum.Again || p.Replaces != 0
	rec := capture.Record{Number: p.Number, LinkType: narrate.LinkType(p.First), Packet: p.First.Octets, Length: len(p.First.Octets)}
	return slices.DeleteFunc(capture.FileLayers(&rec, &sum), func(n wire.Node) bool { return n.Key == filter.LinkKey })
}

// ways returns over which links a packet went, and which way.
func ways(v timeline.View, p timeline.Packet) []wire.Node {
	var all []wire.Node
	for _, id := range p.Events {
		e, ok := v.Event(id)
		if !ok || e.Link == "" || e.Kind != trace.Sent && e.Kind != trace.Forwarded {
			continue
		}
		way := e.Host + ">" + other(e.Link, e.Host)
		if !slices.ContainsFunc(all, func(n wire.Node) bool { return n.Value == way }) {
			all = append(all, wire.Node{Name: "Link", Key: filter.LinkKey, Value: way})
		}
	}
	return all
}

// moveChosen selects another packet of those that are shown.
func (s *screen) moveChosen(by int) {
	shown := s.chosen()
	if len(shown) == 0 {
		return
	}
	i, there := slices.BinarySearch(shown, s.packet)
	if !there && by > 0 { // the one before its place
		i--
	}
	i = min(max(i+by, 0), len(shown)-1)
	s.packet, s.follow, s.scroll = shown[i], false, 0
}

// chosen returns the numbers of the packets that are shown: those that the filter chooses of what has been sent by now.
func (s *screen) chosen() []int {
	now := s.now()
	oldest, ok := now.Packet(0)
	if !ok {
		return nil
	}
	end := oldest.Number + now.Packets()
	from, _ := slices.BinarySearch(s.sieved.numbers, oldest.Number)
	to, _ := slices.BinarySearch(s.sieved.numbers, end)
	shown := s.sieved.numbers[min(from, to):to]
	if n := s.sieved.filter.Nth(); n > 0 {
		shown = shown[min(n-1, len(shown)):min(n, len(shown))]
	}
	return shown
}
