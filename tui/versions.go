package tui

import (
	"fmt"
	"slices"
	"time"

	"netlab/sim"
	"netlab/trace"
	"netlab/wire"
)

// pane draws one pane with a size.
func (s *screen) pane(which pane, width, height int) string {
	d := &s.drawn
	switch which {
	case network:
		return d.network.draw(s.networkVersion(), s.look, width, height, s.networkPane)
	case packets:
		return d.packets.draw(s.packetsVersion(), s.look, width, height, s.packetsPane)
	case octets:
		return d.octets.draw(s.fieldVersion(), s.look, width, height, s.octetsPane)
	case layers:
		return d.layers.draw(s.fieldVersion(), s.look, width, height, s.layersPane)
	case labVariables, labSequence, labWindow:
		return d.tcp[which-labVariables].draw(s.tcpVersion(), s.look, width, height, func() view { return s.tcpPane(which) })
	}
	return d.explain.draw(s.explainVersion(), s.look, width, height, s.explainPane)
}

// The versions of the panes: everything that their pictures depend on.

func (s *screen) networkVersion() any {
	type version struct {
		gen           int
		cursor        trace.ID
		clock         time.Duration
		link, packet  int
		focus, tab    pane
		playing       bool
		recordedUntil trace.ID
		jobsDone      int
	}
	return version{s.gen, s.cursor, s.clock, s.link, s.packet, s.focus, s.tab, s.playing, s.all.Last(), s.jobsDone}
}

func (s *screen) packetsVersion() any {
	type version struct {
		gen, rows, packet int
		first, cursor     trace.ID
		focused, follow   bool
		last              trace.ID
		filtered          bool
		filter            string
	}
	return version{
		s.gen, s.rows.first + len(s.rows.list), s.packet, s.all.First(), s.cursor, s.focus == packets, s.follow, s.all.Last(),
		s.sieved.active, s.sieved.filter.String(),
	}
}

func (s *screen) fieldVersion() any {
	type version struct {
		gen, packet, octet int
		field              string
		picked             bool
		focus              pane
		raw, known         bool
	}
	_, known := s.rows.get(s.packet)
	return version{s.gen, s.packet, s.octet, s.field, s.picked, s.focus, s.raw, known}
}

func (s *screen) explainVersion() any {
	type version struct {
		field  any
		cursor trace.ID
		scroll int
	}
	return version{s.fieldVersion(), s.cursor, s.scroll}
}

func (s *screen) head(which pane, title, about string) head {
	return head{number: pane(slices.Index(s.panes(), which) + 1), title: title, about: about, focused: s.focus == which}
}

// flights returns the packets on links at the cursor.
func (s *screen) flights() []flight {
	if s.src.Live() {
		return passedBy(s.now(), s.start().Add(s.clock), s.hosts[0].Name)
	}
	linger := time.Duration(0)
	if s.playing {
		linger = time.Duration(0.5 * s.speed * float64(time.Second))
	}
	return inFlight(s.all, s.cursor, s.start().Add(s.clock), linger)
}

func (s *screen) networkPane() networkPane {
	about := ""
	if l, ok := s.selectedLink(); ok {
		about = "link " + l.Name
		if n := s.lostOn(l); n > 0 {
			about += fmt.Sprintf(": %d lost so far", n)
		}
	}
	return networkPane{s.head(network, "Network", about), s.look, s.hosts, s.links(), s.link, s.flights(), s.packet}
}

// lostOn counts the packets that a link has lost by now.
func (s *screen) lostOn(l sim.LinkState) int {
	n := 0
	for _, id := range s.now().Milestones() {
		if e, ok := s.all.Event(id); ok && e.Kind == trace.Lost && (e.Link == l.A+">"+l.B || e.Link == l.B+">"+l.A || e.Link == l.Name) {
			n++
		}
	}
	return n
}

func (s *screen) packetsPane() packetsPane {
	now := s.now()
	about := fmt.Sprintf("%d so far", now.Packets())
	if n := s.all.Packets() - now.Packets(); n > 0 {
		about += fmt.Sprintf(", %d recorded ahead", n)
	}
	if n := s.all.Forgotten(); n > 0 {
		about += fmt.Sprintf(", %d older events forgotten", n)
	}
	if !s.follow {
		about += "   not following"
	}
	order := map[string]int{}
	hosts := s.hosts
	if inLine, ok := chain(s.hosts, s.links()); ok {
		hosts = inLine
	}
	for i, h := range hosts {
		order[h.Name] = i
	}
	p := packetsPane{look: s.look, view: now, rows: s.rows, start: s.start(), order: order, selected: s.packet}
	if s.sieved.active {
		p.filtered, p.chosen = true, s.chosen()
		about = fmt.Sprintf("%d of %d so far: %s", len(p.chosen), now.Packets(), s.sieved.filter.String())
	}
	p.head = s.head(packets, "Packets", about)
	return p
}

func (s *screen) octetsPane() octetsPane {
	d := s.dissect()
	about := ""
	var n *wire.Node
	if f, ok := s.selectedField(d.layers); ok {
		n = f.Node
		about = fmt.Sprintf("packet %d   %s: %s", s.packet, position(n), n.Name)
	}
	return octetsPane{s.head(octets, "Bytes", about), s.look, d.octets, n, s.octet, 0}
}

func (s *screen) layersPane() layersPane {
	d := s.dissect()
	p := layersPane{head: s.head(layers, "Layers", ""), look: s.look, layers: d.layers, octets: d.octets, raw: s.raw}
	if f, ok := s.selectedField(d.layers); ok {
		p.selected = f.Node
	}
	if r, ok := s.rows.get(s.packet); ok {
		p.numbers = r.numbers
	}
	packet, ok := s.selected()
	if !ok {
		return p
	}
	p.about = fmt.Sprintf("packet %d", packet.Number)
	from, to := firstHop(packet)
	p.link, p.physical = "from "+from+" to "+to+", no frame header", "simulated"
	for _, l := range s.links() {
		if joins(l, from, to) {
			p.physical = "simulated, " + short(l.Up.Delay)
		}
	}
	if _, tun := s.src.(*Live); tun { // a lab in real time has links of its own
		p.link, p.physical = "TUN: packets without frames", "inside this machine"
	}
	return p
}

func (s *screen) explainPane() explainPane {
	d := s.dissect()
	p := explainPane{head: s.head(explain, "Explain", ""), look: s.look, view: s.now(), raw: s.raw, picked: s.picked, start: s.start(), scroll: s.scroll}
	f, ok := s.selectedField(d.layers)
	packet, there := s.selected()
	if !ok || !there {
		p.latest = []line{{plain, "Nothing has happened yet."}}
		if e, ok := s.all.Event(s.cursor); ok {
			p.latest = []line{{plain, s.eventSentence(e)}, {dim, e.Ref.Short()}}
		}
		return p
	}
	p.about = f.layer.Name
	p.selected, p.packet = f.Node, packet
	p.row, _ = s.rows.get(packet.Number)
	return p
}
