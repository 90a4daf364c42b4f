package tui

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
)

// View draws the screen.
func (r *replay) View() tea.View {
	v := tea.NewView(r.text())
	v.AltScreen = true
	v.WindowTitle = "netlab " + r.name
	return v
}

func (r *replay) layout() layout { return layoutOf(r.width, r.height) }

// text returns exactly height lines of exactly width columns.
func (r *replay) text() string {
	if r.width <= 0 || r.height <= 0 {
		return ""
	}
	if r.help != nil {
		return r.help.View(r.width, r.height, r.look)
	}
	l := r.layout()
	if l == tiny {
		return r.tiny()
	}
	top := []string{r.title()}
	if l != single || !r.loaded {
		top = append(top, r.bar())
	}
	if l == wide {
		top = append(top, r.timeLine())
	}
	bottom := []string{r.said(), keyLine(r.keys, r.width, r.look)}
	if r.typing != nil {
		bottom = r.typing.lines(r.width, r.look)
	}
	room := r.height - len(top) - len(bottom)
	var body string
	switch {
	case r.zoomed || l == single:
		body = r.pane(r.focus, r.width, room)
	case l == wide:
		body = r.wide(room)
	default:
		body = r.stacked(room)
	}
	return strings.Join(append(append(top, body), bottom...), "\n")
}

// sees reports whether a pane is on the screen now.
func (r *replay) sees(p pane) bool {
	switch l := r.layout(); {
	case l == tiny:
		return false
	case l == single || r.zoomed:
		return r.focus == p
	case l == wide:
		return p <= inStream || p == r.upper || p == r.lower
	}
	return p == inList || p == r.tab
}

func (r *replay) leftWidth() int { return r.width * 29 / 50 }

// paneWidth is how wide a pane is drawn.
func (r *replay) paneWidth(p pane) int {
	switch {
	case r.layout() != wide || r.zoomed:
		return r.width
	case p <= inStream:
		return r.leftWidth()
	}
	return r.width - r.leftWidth() - 1
}

// wide draws packets, findings and stream on the left, the ladder or the layers, and the explanation or the octets on the right.
func (r *replay) wide(height int) string {
	left := r.leftWidth()
	right := r.width - left - 1
	findings := min(max(height/5, 4), 10)
	talk := min(max(height/4, 5), 14)
	lower := min(max(height*2/5, 6), 18)
	a := stackLines(r.pane(inList, left, height-findings-talk), r.pane(inFindings, left, findings), r.pane(inStream, left, talk))
	b := stackLines(r.pane(r.upper, right, height-lower), r.pane(r.lower, right, lower))
	edge := newCanvas(1, 1, r.look)
	edge.put(0, 0, dim, "│")
	bar := edge.String()
	for i := range a {
		a[i] += bar + b[i]
	}
	return strings.Join(a, "\n")
}

// stacked draws the packets, and one of the other panes, chosen by tab.
func (r *replay) stacked(height int) string {
	lower := max(7, (height+1)/2)
	text := r.pane(r.tab, r.width, lower)
	_, rest, _ := strings.Cut(text, "\n")
	return strings.Join([]string{r.pane(inList, r.width, height-lower), r.tabs() + "\n" + rest}, "\n")
}

// tabs is the head of the panes that share a place: their names, the one that is seen in brackets.
func (r *replay) tabs() string {
	c := newCanvas(r.width, 1, r.look)
	rule, st := '─', dim
	if r.focus == r.tab {
		rule, st = '━', bold
	}
	c.fill(0, r.width, 0, st, rule)
	x := c.put(2, 0, plain, " ")
	for p := inFindings; p <= inBytes; p++ {
		name := decimal(int(p)) + " " + paneTitle(p)
		switch {
		case p != r.tab:
			x = c.put(x, 0, plain, name+" ")
		case r.focus == r.tab:
			x = c.put(x, 0, bold|reverse, "["+name+"]") + 1
			c.put(x-1, 0, plain, " ")
		default:
			x = c.put(x, 0, bold, "["+name+"] ")
		}
	}
	return c.String()
}

func paneTitle(p pane) string {
	return [...]string{inList: "Packets", inFindings: "Findings", inStream: "Stream", inLadder: "Ladder", inExplain: "Explain", inLayers: "Layers", inBytes: "Bytes"}[p]
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
	about := fmt.Sprintf("▸ Replay ▸ %s   %s · %s", r.name, count(r.packets, "packet"), short(end.Sub(begin)))
	right := fmt.Sprintf("t %s s", seconds(r.since(r.selected)))
	if r.mark > 0 {
		right += " after packet " + decimal(r.mark)
	}
	if r.width < 60 {
		about = "▸ " + r.name
	}
	c.putIn(x, 0, r.width-x-textWidth(right)-2, plain, about)
	c.right(r.width-1, 0, bold, right)
	return c.String()
}

// said is what happened, or else what the selected packet is.
func (r *replay) said() string {
	c := newCanvas(r.width, 1, r.look)
	st, text := plain, ""
	switch {
	case r.notice != "":
		st, text = bold, r.notice
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

// lines are the last lines of the screen while a filter is typed.
func (t *typing) lines(width int, l *look) []string {
	c := newCanvas(width, 2, l)
	x := c.put(1, 0, bold, "filter: ")
	text := t.text
	if room := width - x - 3; len(text) > room {
		text = text[len(text)-max(room, 0):]
	}
	end := c.put(x, 0, plain, string(text))
	c.put(end, 0, reverse, " ")
	if t.wrong == nil {
		c.putIn(1, 1, width-2, dim, "Enter applies  tab completes  Esc leaves it; empty shows all")
		return strings.Split(c.String(), "\n")
	}
	at := x + t.wrong.Pos - (len(t.text) - len(text))
	if room := width - max(at, x) - 4; textWidth(t.wrong.Want) <= room {
		c.put(max(at, x), 1, lost|bold, "^ "+t.wrong.Want)
	} else {
		c.putIn(1, 1, width-2, lost|bold, "^ at "+decimal(t.wrong.Pos+1)+": "+t.wrong.Want)
	}
	return strings.Split(c.String(), "\n")
}
