package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// View draws the screen.
func (r *replay) View() tea.View {
	v := tea.NewView(r.text())
	v.AltScreen, v.MouseMode = true, r.mode()
	v.WindowTitle = "netlab " + r.name
	return v
}

func (r *replay) layout() layout { return r.shape.of(r.width, r.height) }

// text returns exactly height lines of exactly width columns.
func (r *replay) text() string {
	if r.width <= 0 || r.height <= 0 {
		return ""
	}
	if r.over != nil {
		return r.over.View(r.width, r.height, r.look)
	}
	if r.layout() == tiny {
		return r.tiny()
	}
	top := []string{r.title()}
	for _, bar := range r.bars() {
		top = append(top, bar().String())
	}
	rows := strings.Split(compose(r.areas(), r.look, r.draw), "\n")
	bottom := []string{r.said(), keyLine(r.liveKeys(), r.width, r.look).String()}
	if r.typing != nil {
		bottom = r.typing.lines(r.width, r.look)
		r.typing.over(rows, r.width, r.height, r.look)
	}
	if r.question != nil {
		bottom = r.question.lines(r.width, r.look)
	}
	return strings.Join(slices.Concat(top, rows, bottom), "\n")
}

// areas returns where the panes stand: in the wide layout packets, findings and stream on the left, the ladder or the layers, and the
// explanation or the octets on the right; in the stacked one the packets, and one of the other panes, chosen by tab.
func (r *replay) areas() []area {
	l := r.layout()
	if l == tiny {
		return nil
	}
	y := 1 + len(r.bars())
	height := r.height - y - 2
	switch {
	case r.zoomed || l == single:
		return []area{{r.focus, 0, y, r.width, height}}
	case l == stacked:
		return column(0, y, r.width, height, area{pane: scenes()[r.scene].main}, area{pane: r.tab, height: max(7, (height+1)/2)})
	case r.scene != asList:
		return r.sceneAreas(y, height)
	}
	left := r.width * 29 / 50
	return append(
		column(0, y, left, height, area{pane: inList}, area{pane: inFindings, height: min(max(height/5, 4), 10)},
			area{pane: inStream, height: min(max(height/4, 5), 14)}),
		column(left+1, y, r.width-left-1, height, area{pane: r.upper}, area{pane: r.lower, height: min(max(height*2/5, 6), 18)})...)
}

// draw draws a pane in its place.
func (r *replay) draw(a area) string {
	if r.sharesPlace(a) {
		return r.tabs().over(r.pane(a.pane, a.width, a.height), a.width, r.look)
	}
	return r.pane(a.pane, a.width, a.height)
}

// sharesPlace reports whether a pane shares its place with others, which tab switches.
func (r *replay) sharesPlace(a area) bool {
	return r.layout() == stacked && !r.zoomed && a.pane == r.tab
}

// beside returns the pane that shares its place with another in the wide layout; 0: none.
func (r *replay) beside(p pane) pane {
	if r.layout() != wide || r.zoomed || r.scene != asList {
		return 0
	}
	return map[pane]pane{inLadder: inLayers, inLayers: inLadder, inExplain: inBytes, inBytes: inExplain}[p]
}

// numberOf is the key of a pane in the scene that is seen.
func (r *replay) numberOf(p pane) pane { return pane(slices.Index(r.panes(), p) + 1) }

// paneName is the number and title of a pane; empty for none.
func (r *replay) paneName(p pane) string {
	if p == 0 {
		return ""
	}
	return decimal(int(r.numberOf(p))) + " " + paneTitle(p)
}

// tabs are the panes of the scene but for the main one, by their numbers.
func (r *replay) tabs() tabs {
	names := make([]string, len(r.panes())+1)
	for _, p := range r.panes() {
		if p != scenes()[r.scene].main {
			names[r.numberOf(p)] = r.paneName(p)
		}
	}
	return tabs{names, r.numberOf(r.tab), r.focus == r.tab}
}

// sees reports whether a pane is on the screen now.
func (r *replay) sees(p pane) bool {
	_, ok := areaOf(r.areas(), p)
	return ok
}

// tiny says where one is, and how to leave, on a screen too small for panes.
func (r *replay) tiny() string {
	c := newCanvas(r.width, r.height, r.look)
	c.put(0, 0, bold, fmt.Sprintf("%d/%d %s", r.selected, r.packets, seconds(r.since(r.selected))))
	if r.selected > 0 {
		for i, l := range wrap(r.sentence(), r.width) {
			if i < r.height-2 {
				c.put(0, 1+i, plain, l)
			}
		}
	}
	if r.height > 1 {
		c.put(0, r.height-1, plain, cut("q back", r.width))
	}
	return c.String()
}

// since is the time of a packet on the screen's clock: from the marked packet on, or else from the first.
func (r *replay) since(number int) time.Duration {
	p, ok := r.file.Place(number)
	if !ok {
		return 0
	}
	from := max(1, r.mark)
	first, _ := r.file.Place(from)
	return p.At.Sub(first.At)
}

func (r *replay) title() string {
	c := newCanvas(r.width, 1, r.look)
	x := c.put(1, 0, bold, "netlab ")
	begin, end := r.file.Span()
	where := ""
	if r.scene != asList {
		where = scenes()[r.scene].name + " ▸ "
	}
	about := fmt.Sprintf("▸ Replay ▸ %s%s   %s · %s", where, r.name, count(r.packets, "packet"), short(end.Sub(begin)))
	right := fmt.Sprintf("%s %s  t %s s", r.sign(), r.pace(), seconds(r.since(r.selected)+r.elapsed))
	if r.mark > 0 {
		right += " after packet " + decimal(r.mark)
	}
	if r.width < 60 {
		about = "▸ " + where + r.name
	}
	c.putIn(x, 0, r.width-x-textWidth(right)-2, plain, about)
	st := bold
	if r.playing {
		st |= good
	}
	c.right(r.width-1, 0, st, right)
	return c.String()
}

// said is what happened, or else what the selected packet is.
func (r *replay) said() string {
	c := newCanvas(r.width, 1, r.look)
	st, text := plain, ""
	switch {
	case r.notice != "":
		st, text = bold, r.notice
	case r.work != nil:
		text = r.work.words()
	case r.busy != "":
		text = r.busy
	case r.damage != nil:
		st, text = lost, "! "+r.damage.Error()
	case r.selected > 0:
		text = r.sentence()
	}
	c.putIn(1, 0, r.width-2, st, text)
	return c.String()
}

// sentence says what the selected packet is.
func (r *replay) sentence() string {
	sum := r.line(r.selected)
	if sum.Src == "" {
		return fmt.Sprintf("Packet %d: %s.", r.selected, sum.What)
	}
	return fmt.Sprintf("Packet %d: %s to %s: %s.", r.selected, sum.Src, sum.Dst, sum.What)
}
