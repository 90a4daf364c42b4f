package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"netlab/link"
	"netlab/sim"
	"netlab/trace"
	"netlab/wire"
)

// layout is how the panes share the screen.
type layout int

const (
	tiny    layout = iota // a line that says where one is
	single                // one pane
	stacked               // the map in one line, the packets, and one more pane
	wide                  // everything
)

func (s *screen) layout() layout {
	switch {
	case s.width >= 100 && s.height >= 28:
		return wide
	case s.width >= 60 && s.height >= 20:
		return stacked
	case s.width >= 40 && s.height >= 12:
		return single
	}
	return tiny
}

// View draws the screen.
func (s *screen) View() tea.View {
	v := tea.NewView(s.text())
	v.AltScreen = true
	v.WindowTitle = "netlab " + s.src.Title()
	return v
}

// text returns exactly height lines of exactly width columns.
func (s *screen) text() string {
	if s.width <= 0 || s.height <= 0 {
		return ""
	}
	if s.help != nil {
		return s.help.View(s.width, s.height, s.look)
	}
	l := s.layout()
	if l == tiny {
		return s.tiny()
	}
	top := []string{s.title(), s.bar()}
	bottom := []string{s.said(), s.rule(), keyLine(s.liveKeys(), s.width, s.look)}
	if l == wide {
		bottom = slices.Insert(bottom, 0, s.faults())
	}
	if l == single {
		top, bottom = top[:1], bottom[2:]
	}
	room := s.height - len(top) - len(bottom)
	var body string
	switch {
	case s.zoomed || l == single:
		body = s.pane(s.focus, s.width, room)
	case l == wide:
		body = s.wide(room)
	default:
		body = s.stacked(room)
	}
	return strings.Join(slices.Concat(top, []string{body}, bottom), "\n")
}

// liveKeys is the keymap with the words that fit now.
func (s *screen) liveKeys() []binding {
	keys := slices.Clone(s.keys)
	for i := range keys {
		switch {
		case keys[i].do == playPause && s.playing:
			keys[i].brief = "pause"
		case s.src.Live() && (keys[i].do == faster || keys[i].do == slower):
			keys[i].brief = ""
		}
	}
	return keys
}

func (s *screen) leftWidth() int { return s.width * 3 / 5 }

// wide draws map, packets and octets on the left, layers and explanation on the right.
func (s *screen) wide(height int) string {
	left := s.leftWidth()
	right := s.width - left - 1
	mapHeight := 6
	octetsHeight := 1 + min(max((height-mapHeight)/4, 3), 12)
	layersHeight := min(max(height*3/5, 12), 24)
	a := stackLines(
		s.pane(network, left, mapHeight),
		s.pane(packets, left, height-mapHeight-octetsHeight),
		s.pane(octets, left, octetsHeight))
	b := stackLines(s.pane(layers, right, layersHeight), s.pane(explain, right, height-layersHeight))
	edge := newCanvas(1, 1, s.look)
	edge.put(0, 0, dim, "│")
	bar := edge.String()
	for i := range a {
		a[i] += bar + b[i]
	}
	return strings.Join(a, "\n")
}

// stacked draws the map in one line, the packets, and one of the other panes, chosen by tab.
func (s *screen) stacked(height int) string {
	tabHeight := 10
	if height < 20 {
		tabHeight = max(7, height/2)
	} else {
		tabHeight = max(10, height*2/5)
	}
	return strings.Join([]string{
		s.drawn.line.draw(s.networkVersion(), s.look, s.width, 1, func() networkLine { return networkLine{s.networkPane()} }),
		s.pane(packets, s.width, height-1-tabHeight),
		s.pane(s.tab, s.width, tabHeight),
	}, "\n")
}

func stackLines(parts ...string) []string { return strings.Split(strings.Join(parts, "\n"), "\n") }

// tiny says where one is, and how to leave, on a screen too small for panes.
func (s *screen) tiny() string {
	c := newCanvas(s.width, s.height, s.look)
	c.put(0, 0, bold, fmt.Sprintf("%s %d/%d %s", s.sign(), s.cursor, s.all.Last(), seconds(s.clock)))
	if e, ok := s.all.Event(s.cursor); ok {
		for i, l := range wrap(sentence(e), s.width) {
			if i < s.height-2 {
				c.put(0, 1+i, plain, l)
			}
		}
	}
	if s.height > 1 {
		c.put(0, s.height-1, plain, cut("q back", s.width))
	}
	return c.String()
}

// sign says whether time goes on.
func (s *screen) sign() string {
	switch {
	case s.playing && s.waiting:
		return "▶▶"
	case s.playing:
		return "▶"
	}
	return "‖"
}

func (s *screen) title() string {
	c := newCanvas(s.width, 1, s.look)
	state := map[bool]string{true: "▶ PLAYING", false: "‖ PAUSED"}[s.playing]
	if s.playing && s.waiting {
		state = "▶▶ WAITING"
	}
	right := fmt.Sprintf("%s  t %s s  speed %gx", state, seconds(s.clock), s.speed)
	switch {
	case s.src.Live() && s.playing:
		right = fmt.Sprintf("▶ LIVE  t %s s", seconds(s.clock))
	case s.src.Live():
		right = fmt.Sprintf("‖ PAUSED  t %s s  %d new", seconds(s.clock), s.all.Last()-s.cursor)
	case s.width < 60:
		right = fmt.Sprintf("%s t %s", s.sign(), seconds(s.clock))
	}
	x := c.put(1, 0, bold, "netlab ")
	c.putIn(x, 0, s.width-x-textWidth(right)-2, plain, "▸ "+s.src.Title())
	st := bold
	if s.playing {
		st |= good
	}
	c.right(s.width-1, 0, st, right)
	return c.String()
}

func (s *screen) bar() string {
	type version struct {
		gen    int
		cursor trace.ID
		last   trace.ID
		first  trace.ID
	}
	return s.drawn.bar.draw(version{s.gen, s.cursor, s.all.Last(), s.all.First()}, s.look, s.width, 1, func() timeBar {
		return timeBar{s.look, s.all, s.cursor}
	})
}

func (s *screen) rule() string {
	c := newCanvas(s.width, 1, s.look)
	c.fill(0, s.width, 0, dim, '─')
	return c.String()
}

// faults draws the selected link's faults with their keys.
func (s *screen) faults() string {
	c := newCanvas(s.width, 1, s.look)
	l, ok := s.selectedLink()
	if !ok {
		return c.String()
	}
	x := c.put(1, 0, bold, l.Name+": ")
	both := func(f func(link.Faults) string) string {
		up, down := f(l.Up), f(l.Down)
		if up == down {
			return up
		}
		return up + "/" + down
	}
	item := func(key, name string, f func(link.Faults) string) {
		x = c.put(x+1, 0, bold, key)
		x = c.put(x+1, 0, plain, name)
		if f != nil {
			v, st := both(f), dim
			if v != "0" && v != "no limit" {
				st = bold
			}
			x = c.put(x+1, 0, st, v)
		}
		x++
	}
	item("L", "loss", func(f link.Faults) string { return percent(f.Loss) })
	item("D", "delay", func(f link.Faults) string { return short(f.Delay) })
	item("O", "reorder", func(f link.Faults) string { return percent(f.Reorder) })
	item("U", "duplicate", func(f link.Faults) string { return percent(f.Duplicate) })
	item("C", "corrupt", func(f link.Faults) string { return percent(f.Corrupt) })
	item("W", "bandwidth", func(f link.Faults) string { return bandwidth(f.Rate) })
	item("X", "drop next", nil)
	item("K", "clear", nil)
	return c.String()
}

// said is one sentence: what a key just did, or else what the latest event is.
func (s *screen) said() string {
	c := newCanvas(s.width, 1, s.look)
	if s.notice != "" {
		c.putIn(1, 0, s.width-2, bold, s.notice)
		return c.String()
	}
	e, ok := s.all.Event(s.cursor)
	if !ok {
		text := "Nothing has happened yet. space plays, . takes one step, ? shows every key."
		if s.src.Live() {
			text = "Nothing has happened yet: send something to this host."
		}
		c.putIn(1, 0, s.width-2, plain, text)
		return c.String()
	}
	x := c.put(1, 0, bold, seconds(e.At.Sub(s.start())))
	text := s.eventSentence(e)
	ref := e.Ref.Short()
	if e.Ref.IsZero() || x+4+textWidth(text)+textWidth(ref) > s.width {
		ref = ""
	}
	x = c.putIn(x+2, 0, min(textWidth(text), max(0, s.width-x-3)), plain, text)
	c.put(x+2, 0, dim, ref)
	return c.String()
}

// eventSentence says what an event is, with the packet that it is about.
func (s *screen) eventSentence(e *trace.Event) string {
	p, ok := s.all.PacketOf(e.ID)
	if !ok || !e.Kind.OfPacket() {
		return sentence(e)
	}
	packet := fmt.Sprintf("packet %d", p.Number)
	if r, known := s.rows.get(p.Number); known {
		packet += " (" + r.What + ")"
	}
	switch {
	case e.ID == e.Packet:
		return fmt.Sprintf("Packet %d: %s", p.Number, sentence(e))
	case e.Kind == trace.Received:
		return e.Host + " receives " + packet + "."
	case e.Host == "": // a link did something to it
		return fmt.Sprintf("%s On %s, %s %s.", milestoneOf(e), linkName(e.Link), packet, e.Text())
	}
	return sentence(e) + " That is " + packet + "."
}

func milestoneOf(e *trace.Event) string {
	if e.Kind == trace.Lost {
		return "✗"
	}
	return "!"
}

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
	}
	return version{s.gen, s.cursor, s.clock, s.link, s.packet, s.focus, s.tab, s.playing, s.all.Last()}
}

func (s *screen) packetsVersion() any {
	type version struct {
		gen, rows, packet int
		first, cursor     trace.ID
		focused, follow   bool
		last              trace.ID
	}
	return version{s.gen, s.rows.first + len(s.rows.list), s.packet, s.all.First(), s.cursor, s.focus == packets, s.follow, s.all.Last()}
}

func (s *screen) fieldVersion() any {
	type version struct {
		gen, packet, octet int
		field              string
		focus              pane
		raw, known         bool
	}
	_, known := s.rows.get(s.packet)
	return version{s.gen, s.packet, s.octet, s.field, s.focus, s.raw, known}
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
	return head{which, title, about, s.focus == which}
}

// flights returns the packets on links at the cursor.
func (s *screen) flights() []flight {
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
	return packetsPane{s.head(packets, "Packets", about), s.look, now, s.rows, s.start(), order, s.packet}
}

func (s *screen) octetsPane() octetsPane {
	d := s.dissect()
	about := ""
	var n *wire.Node
	if f, ok := s.selectedField(d.layers); ok {
		n = f.Node
		about = fmt.Sprintf("packet %d   %s: %s", s.packet, position(n), n.Name)
	}
	return octetsPane{s.head(octets, "Bytes", about), s.look, d.octets, n, s.octet}
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
	p.link, p.physical = "from "+from+" to "+to+", without a frame", "simulated"
	if s.src.Live() {
		p.link, p.physical = "TUN: packets without frames", "inside this machine"
	}
	return p
}

func (s *screen) explainPane() explainPane {
	d := s.dissect()
	p := explainPane{head: s.head(explain, "Explain", ""), look: s.look, view: s.now(), raw: s.raw, start: s.start(), scroll: s.scroll}
	f, ok := s.selectedField(d.layers)
	packet, there := s.selected()
	if !ok || !there {
		return p
	}
	p.about = f.layer.Name
	p.selected, p.packet = f.Node, packet
	p.row, _ = s.rows.get(packet.Number)
	return p
}
