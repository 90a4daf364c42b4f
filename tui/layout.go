package tui

import (
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// layout is how the panes share the screen.
type layout int

const (
	tiny    layout = iota // a line that says where one is
	single                // one pane
	stacked               // the map in one line, the packets, and one more pane
	wide                  // everything
)

func (s *screen) layout() layout { return layoutOf(s.width, s.height) }

// layoutOf is how a screen of a size is laid out.
func layoutOf(width, height int) layout {
	switch {
	case width >= 100 && height >= 28:
		return wide
	case width >= 60 && height >= 20:
		return stacked
	case width >= 40 && height >= 12:
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
	sentences := 1 // lines for what happened
	if l == wide {
		sentences = 2
	}
	bottom := []string{s.said(sentences), s.rule(), keyLine(s.liveKeys(), s.width, s.look)}
	if l == wide {
		bottom = slices.Insert(bottom, 0, s.faults())
	}
	if l == single {
		top, bottom = top[:1], []string{bottom[0], bottom[2]}
	}
	room := s.height - len(top) - len(bottom) - (sentences - 1)
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

func (s *screen) leftWidth() int { return s.width * 3 / 5 }

// wide draws map, packets and octets on the left, layers and explanation on the right.
func (s *screen) wide(height int) string {
	left := s.leftWidth()
	right := s.width - left - 1
	mapHeight := 6
	octetsHeight := 1 + min(max((height-mapHeight)/4, 3), 12)
	layersHeight := min(max(height*17/30, 12), 24)
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
	tabHeight := max(7, (height+1)/2)
	return strings.Join([]string{
		s.drawn.line.draw(s.networkVersion(), s.look, s.width, 1, func() networkLine { return networkLine{s.networkPane()} }),
		s.pane(packets, s.width, height-1-tabHeight),
		s.tabs(s.pane(s.tab, s.width, tabHeight)),
	}, "\n")
}

// tabs puts the names of the panes that share a place over the head of the one that is seen.
func (s *screen) tabs(text string) string {
	c := newCanvas(s.width, 1, s.look)
	rule, st := '─', dim
	if s.focus == s.tab {
		rule, st = '━', bold
	}
	c.fill(0, s.width, 0, st, rule)
	x := c.put(2, 0, plain, " ")
	for p, name := range []string{octets: "3 Bytes", layers: "4 Layers", explain: "5 Explain"} {
		switch {
		case name == "":
		case pane(p) != s.tab:
			x = c.put(x, 0, plain, name+"  ")
		case s.focus == s.tab:
			x = c.put(x, 0, bold|reverse, "["+name+"]") + 2
			c.put(x-2, 0, plain, "  ")
		default:
			x = c.put(x, 0, bold, "["+name+"]  ")
		}
	}
	c.put(x, 0, dim, "  tab switches ")
	_, rest, _ := strings.Cut(text, "\n")
	return c.String() + "\n" + rest
}

func stackLines(parts ...string) []string { return strings.Split(strings.Join(parts, "\n"), "\n") }

// tiny says where one is, and how to leave, on a screen too small for panes.
func (s *screen) tiny() string {
	c := newCanvas(s.width, s.height, s.look)
	c.put(0, 0, bold, fmt.Sprintf("%s %d/%d %s", s.sign(), s.cursor, s.all.Last(), seconds(s.clock)))
	if e, ok := s.all.Event(s.cursor); ok {
		for i, l := range wrap(s.eventSentence(e), s.width) {
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
