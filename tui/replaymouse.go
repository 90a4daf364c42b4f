package tui

import tea "charm.land/bubbletea/v2"

// click answers a click: of the key line with what the key does, of the time line with that time, of a pane with the focus, and of
// what stands in it by selecting it.
func (r *replay) click(x, y int) tea.Cmd {
	switch {
	case r.over != nil:
		return r.obey(r.over.click(x, y, r.width, r.height, r.look))
	case r.layout() == tiny:
		return nil
	case y >= r.height-2 && (r.typing != nil || r.question != nil):
		return nil
	case r.typing != nil && r.typing.click(x, y, r.width, r.height, r.look):
		return nil
	case y == r.height-1:
		a := action(keyLine(r.liveKeys(), r.width, r.look).spotAt(x, 0))
		if r.picking {
			if r.picking = false; a == escape {
				return nil
			}
		}
		return r.do(a)
	case r.onTimeScale(y):
		r.dragging = true
		return r.drag(x)
	}
	a, ok := areaAt(r.areas(), x, y)
	if !ok {
		return nil
	}
	r.notice = ""
	if r.sharesPlace(a) && y == a.y {
		if n := r.tabs().paint(a.width, r.look).spotAt(x-a.x, 0); n != 0 {
			r.setFocus(r.panes()[n-1])
		}
		return r.listen()
	}
	if other := r.beside(a.pane); other != 0 && y == a.y && x >= a.x+a.width-textWidth(r.paneName(other))-2 {
		r.setFocus(other)
		return r.listen()
	}
	r.setFocus(a.pane)
	spot := spotIn(a, r.viewOf(a.pane, a.height), x, y)
	switch {
	case spot == 0:
	case a.pane == inList, a.pane == inFindings, a.pane == inLadder, a.pane == inSequence, a.pane == inWindows, a.pane == inStates:
		r.selectPacket(spot)
	case a.pane == inMessages:
		r.pickMessage(spot - 1)
	case a.pane == inRequests:
		r.pickExchange(spot - 1)
	case a.pane == inMap, a.pane == inTraffic:
		r.selectPacket(r.traffic.got.pairs[spot-1].First)
	case a.pane == inLayers, a.pane == inBytes:
		r.choice.pick(fields(r.openPacket().layers), spot-1)
	}
	return r.listen()
}

// drag goes to the time of a column of the time line.
func (r *replay) drag(x int) tea.Cmd {
	r.notice = ""
	r.goToColumn(x)
	return r.listen()
}

// wheel scrolls the pane under the pointer.
func (r *replay) wheel(x, y, by int) tea.Cmd {
	if r.over != nil {
		r.over.move(notch * by)
		return nil
	}
	a, ok := areaAt(r.areas(), x, y)
	if !ok {
		return nil
	}
	r.setFocus(a.pane)
	lines := notch
	if a.pane == inLayers {
		lines = 1
	}
	for range lines {
		r.move(turn(by))
	}
	return r.listen()
}
