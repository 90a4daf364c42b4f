package tui

import (
	"fmt"
	"slices"

	"netlab/flow"
)

// arrange carries out the keys that say which panes are seen, and which has the focus.
func (r *replay) arrange(a action) {
	switch a {
	case nextPane:
		r.setFocus(r.paneAfter(1))
	case prevPane:
		r.setFocus(r.paneAfter(-1))
	case zoomPane:
		r.zoomed = !r.zoomed
	case nextLayout:
		r.zoomed = false
		r.shape.next(r.width, r.height)
	}
}

func (r *replay) setFocus(p pane) {
	if !slices.Contains(r.panes(), p) {
		r.show(asList) // which has all that the keys of any scene speak of
	}
	if r.focus != p {
		r.focus, r.scroll = p, 0
	}
	if r.scene == asList {
		switch p {
		case inLadder, inLayers:
			r.upper = p
		case inExplain, inBytes:
			r.lower = p
		}
	}
	if p != scenes()[r.scene].main {
		r.tab = p
	}
}

// paneAfter returns the pane so many after the one that has the focus.
func (r *replay) paneAfter(n int) pane {
	all := r.panes()
	return all[(slices.Index(all, r.focus)+n+len(all))%len(all)]
}

// move carries out the keys that move in the pane which has the focus.
func (r *replay) move(a action) {
	page := max(1, r.height/3)
	by := map[action]int{moveUp: -1, moveDown: 1, pageUp: -page, pageDown: page}[a]
	switch {
	case r.scene == asTCP && r.moveInTCP(a, by), r.scene == asTLS && r.moveInTLS(a, by), r.scene == asHTTP && r.moveInHTTP(a, by), r.scene == asMap && r.moveInMap(a, by):
	case a == nextField || a == moveRight:
		r.moveField(1)
	case a == prevField || a == moveLeft:
		r.moveField(-1)
	case a == toStart:
		r.moveTo(0)
	case a == toEnd:
		r.moveTo(r.count() - 1)
	case by == 0:
	case r.focus == inList || r.focus == inLadder && !r.moveInStream(by):
		r.moveTo(r.position(r.selected) + by)
	case r.focus == inFindings:
		r.moveFinding(by)
	case r.focus == inLayers:
		r.moveField(by)
	case r.focus == inBytes:
		r.choice.moveOctet(fields(r.openPacket().layers), len(r.openPacket().octets), by*r.octetsPerLine())
	case slices.Contains([]pane{inStream, inExplain, inAgreed, inSchedule, inFields, inClear, inExchange, inFlows}, r.focus):
		r.scroll = max(0, r.scroll+by)
	}
}

// moveTo selects a packet by its place among those shown.
func (r *replay) moveTo(i int) {
	if n := r.count(); n > 0 {
		r.selectPacket(r.shownAt(min(max(i, 0), n-1)))
	}
}

// selectPacket selects a packet by its number, and stops the playing there.
func (r *replay) selectPacket(number int) {
	if number != r.selected {
		r.pause()
		r.pass(number)
	}
}

// pass selects a packet as time passes.
func (r *replay) pass(number int) {
	r.selected = number
	if r.focus != inStream && r.focus != inAgreed && r.focus != inSchedule {
		r.scroll = 0
	}
}

// moveInStream selects another packet of the same stream. It reports false if there are none but this one.
func (r *replay) moveInStream(by int) bool {
	near := r.file.Near(r.selected, max(0, -by), max(0, by))
	if len(near) < 2 {
		return len(near) == 1 && r.inStream(r.selected)
	}
	to := near[0]
	if by > 0 {
		to = near[len(near)-1]
	}
	r.selectPacket(to)
	return true
}

// octetsPerLine is how many octets the pane shows on a line as it is laid out now.
func (r *replay) octetsPerLine() int {
	a, _ := areaOf(r.areas(), inBytes)
	return perLine(a.width)
}

func (r *replay) inStream(number int) bool {
	p, ok := r.file.Place(number)
	return ok && p.Stream >= 0
}

func (r *replay) moveField(by int) {
	r.choice.move(fields(r.openPacket().layers), by)
	r.scroll = 0
}

// finding returns the index of the finding that is looked at: the last one about the selected packet or one before it; -1 if there is none.
func (r *replay) finding() int { return r.findingsUpTo(r.selected) }

// findingsUpTo returns the index of the last finding about a packet or one before it; -1 if there is none.
func (r *replay) findingsUpTo(number int) int {
	low, high := 0, len(r.findings)
	for low < high {
		if mid := (low + high) / 2; r.findings[mid].Packet <= number {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low - 1
}

// moveFinding goes so many findings on.
func (r *replay) moveFinding(by int) {
	if len(r.findings) == 0 {
		return
	}
	i := r.finding()
	if by < 0 && i >= 0 && r.findings[i].Packet == r.selected {
		// From the first about this packet to the one before.
		for i > 0 && r.findings[i-1].Packet == r.selected {
			i--
		}
	} else if by < 0 {
		i++
	}
	r.selectPacket(r.findings[min(max(i+by, 0), len(r.findings)-1)].Packet)
}

// jump goes to the next or previous finding that is no mere note; if there are none but notes, to the next of those.
func (r *replay) jump(forward bool) {
	notes := true
	for i := range r.findings {
		notes = notes && r.findings[i].Kind.Note()
	}
	wanted := func(f *flow.Finding) bool { return notes || !f.Kind.Note() }
	i := r.finding()
	if forward {
		for i++; i < len(r.findings); i++ {
			if wanted(&r.findings[i]) {
				r.selectPacket(r.findings[i].Packet)
				return
			}
		}
		r.notice = "no finding after this packet"
		return
	}
	for ; i >= 0; i-- {
		if f := &r.findings[i]; f.Packet < r.selected && wanted(f) {
			r.selectPacket(f.Packet)
			return
		}
	}
	r.notice = "no finding before this packet"
}

// setMark marks the selected packet, or takes its mark away.
func (r *replay) setMark() {
	if r.mark == r.selected {
		r.mark, r.notice = 0, "no mark: times count from the first packet"
		return
	}
	r.mark, r.notice = r.selected, fmt.Sprintf("packet %d is marked: times count from it; ' comes back here", r.selected)
}

// goMark goes to the marked packet and leaves the mark where it was, so that the same key goes back.
func (r *replay) goMark() {
	if r.mark == 0 {
		r.notice = "no packet is marked: m marks one"
		return
	}
	from := r.selected
	r.selectPacket(r.mark)
	r.mark = from
}
