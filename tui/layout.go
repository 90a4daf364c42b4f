package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

func (s *screen) layout() layout { return s.shape.of(s.width, s.height) }

// View draws the screen.
func (s *screen) View() tea.View {
	if s.inner != nil {
		return s.inner.View()
	}
	v := tea.NewView(s.text())
	v.AltScreen, v.MouseMode = true, s.mode()
	v.WindowTitle = "netlab " + s.src.Title()
	return v
}

// text returns exactly height lines of exactly width columns.
func (s *screen) text() string {
	if s.width <= 0 || s.height <= 0 {
		return ""
	}
	if s.over != nil {
		return s.over.View(s.width, s.height, s.look)
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
	bottom := []string{s.said(sentences), s.rule(), keyLine(s.liveKeys(), s.width, s.look).String()}
	if l == wide {
		bottom = slices.Insert(bottom, 0, s.faults().String())
	}
	if l == single {
		top, bottom = top[:1], []string{bottom[0], bottom[2]}
	}
	rows := strings.Split(compose(s.areas(), s.look, s.draw), "\n")
	if s.typing != nil {
		bottom = append(bottom[:len(bottom)-2], s.typing.lines(s.width, s.look)...)
		s.typing.over(rows, s.width, s.height, s.look)
	}
	return strings.Join(slices.Concat(top, rows, bottom), "\n")
}

// below is how many lines there are under the panes.
func (s *screen) below() int {
	switch s.layout() {
	case single:
		return 2
	case wide:
		return 5
	}
	return 3
}

// areas returns where the panes stand: in the wide layout map, packets and octets on the left, layers and explanation on the right; in
// the stacked one the map in one line, the packets, and one of the other panes, chosen by tab.
func (s *screen) areas() []area {
	l, y, below := s.layout(), 2, s.below() // the lines above the panes and below them
	switch l {
	case tiny:
		return nil
	case single:
		y = 1
	}
	height := s.height - y - below
	switch {
	case s.zoomed || l == single:
		return []area{{s.focus, 0, y, s.width, height}}
	case l == stacked && s.seesTCP:
		return column(0, y, s.width, height, area{pane: labSequence}, area{pane: s.tab, height: max(7, (height+1)/2)})
	case s.seesTCP:
		return s.tcpAreas(y, height)
	case l == stacked:
		return column(0, y, s.width, height, area{pane: network, height: 1}, area{pane: packets}, area{pane: s.tab, height: max(7, (height+1)/2)})
	}
	const mapHeight = 6
	left := s.width * 3 / 5
	return append(
		column(0, y, left, height, area{pane: network, height: mapHeight}, area{pane: packets},
			area{pane: octets, height: 1 + min(max((height-mapHeight)/4, 3), 12)}),
		column(left+1, y, s.width-left-1, height, area{pane: layers, height: min(max(height*17/30, 12), 24)}, area{pane: explain})...)
}

// draw draws a pane in its place.
func (s *screen) draw(a area) string {
	switch {
	case s.isLine(a):
		return s.drawn.line.draw(s.networkVersion(), s.look, a.width, a.height, func() networkLine { return networkLine{s.networkPane()} })
	case s.sharesPlace(a):
		return s.tabs().over(s.pane(a.pane, a.width, a.height), a.width, s.look)
	}
	return s.pane(a.pane, a.width, a.height)
}

// isLine reports whether a pane is the map in one line.
func (s *screen) isLine(a area) bool { return a.pane == network && a.height == 1 }

// sharesPlace reports whether a pane shares its place with others, which tab switches.
func (s *screen) sharesPlace(a area) bool {
	return s.layout() == stacked && !s.zoomed && a.pane == s.tab
}

func (s *screen) tabs() tabs {
	if s.seesTCP {
		names := make([]string, len(s.panes())+1)
		for i, p := range s.panes() {
			if p != labSequence {
				names[i+1] = decimal(i+1) + " " + cmp.Or(labPaneTitle(p), "Explain")
			}
		}
		return tabs{names, pane(slices.Index(s.panes(), s.tab) + 1), s.focus == s.tab}
	}
	return tabs{[]string{octets: "3 Bytes", layers: "4 Layers", explain: "5 Explain"}, s.tab, s.focus == s.tab}
}

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
