package tui

import tea "charm.land/bubbletea/v2"

// click answers a click: of the key line and the faults with what their keys do, of the time line with that time, of a pane with the
// focus, and of what stands in it by selecting it.
func (s *screen) click(x, y int) tea.Cmd {
	l := s.layout()
	switch {
	case s.over != nil:
		return s.obey(s.over.click(x, y, s.width, s.height, s.look))
	case l == tiny:
		return nil
	case s.typing != nil && (y >= s.height-2 || s.typing.click(x, y+s.below()-2, s.width, s.height, s.look)):
		return nil
	case y == s.height-1:
		return s.do(action(keyLine(s.liveKeys(), s.width, s.look).spotAt(x, 0)))
	case l == wide && y == s.height-5:
		return s.do(action(s.faults().spotAt(x, 0)))
	case y == 1 && l != single:
		s.dragging = true
		return s.drag(x)
	}
	a, ok := areaAt(s.areas(), x, y)
	if !ok {
		return nil
	}
	s.notice = ""
	if s.sharesPlace(a) && y == a.y {
		if n := s.tabs().paint(a.width, s.look).spotAt(x-a.x, 0); n != 0 {
			s.setFocus(s.panes()[n-1])
		}
		return nil
	}
	s.setFocus(a.pane)
	spot := spotIn(a, s.viewOf(a), x, y)
	switch {
	case spot == 0:
	case a.pane == network:
		s.link = spot - 1
	case a.pane == packets:
		s.selectPacket(spot)
	case a.pane == labSequence, a.pane == labWindow:
		s.selectPacket(spot)
	case a.pane == octets, a.pane == layers:
		s.choice.pick(fields(s.dissect().layers), spot-1)
		s.scroll = 0
	}
	return nil
}

// viewOf makes the pane that stands at a place.
func (s *screen) viewOf(a area) view {
	switch {
	case s.isLine(a):
		return networkLine{s.networkPane()}
	case a.pane >= labVariables:
		return s.tcpPane(a.pane)
	case a.pane == network:
		return s.networkPane()
	case a.pane == packets:
		return s.packetsPane()
	case a.pane == octets:
		return s.octetsPane()
	case a.pane == layers:
		return s.layersPane()
	}
	return s.explainPane()
}

// selectPacket selects a packet by its number.
func (s *screen) selectPacket(number int) {
	if s.sieved.active {
		s.packet, s.follow, s.scroll = number, false, 0
		return
	}
	s.movePacket(number - s.packet)
}

// drag goes to the time of a column of the time line.
func (s *screen) drag(x int) tea.Cmd {
	s.notice, s.playing, s.follow = "", false, true
	s.moveTo(timeBar{s.look, s.all, s.cursor}.at(x, s.width))
	return tea.Batch(s.tick(), s.record())
}

// wheel scrolls the pane under the pointer.
func (s *screen) wheel(x, y, by int) tea.Cmd {
	if s.over != nil {
		s.over.move(notch * by)
		return nil
	}
	a, ok := areaAt(s.areas(), x, y)
	if !ok {
		return nil
	}
	s.setFocus(a.pane)
	lines := notch
	if a.pane == network || a.pane == layers {
		lines = 1
	}
	for range lines {
		s.move(turn(by))
	}
	return nil
}
