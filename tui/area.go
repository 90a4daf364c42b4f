package tui

import "strings"

// layout is how the panes share the screen.
type layout int

const (
	tiny    layout = iota // a line that says where one is
	single                // one pane
	stacked               // a list, and one more pane
	wide                  // everything
)

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

// shape is how the user wants the panes to share the screen.
type shape struct {
	fewer int // steps from the layout that shows most
}

// of is how a screen of a size is laid out.
func (s shape) of(width, height int) layout {
	most := layoutOf(width, height)
	if most == tiny {
		return tiny
	}
	return max(single, most-layout(s.fewer))
}

// next goes to the next layout that this size has, and from the last to the first.
func (s *shape) next(width, height int) {
	if s.fewer++; s.of(width, height)+layout(s.fewer) != layoutOf(width, height) {
		s.fewer = 0
	}
}

// area is where on the screen a pane stands.
type area struct {
	pane          pane
	x, y          int // of its upper left corner
	width, height int
}

// column stacks panes below each other from a corner on. The one without a height takes what the others leave.
func column(x, y, width, height int, stack ...area) []area {
	for _, a := range stack {
		height -= a.height
	}
	for i := range stack {
		a := &stack[i]
		if a.height == 0 {
			a.height = height
		}
		a.x, a.y, a.width = x, y, width
		y += a.height
	}
	return stack
}

// areaOf returns where a pane stands; it is nowhere if it is not seen.
func areaOf(areas []area, p pane) (area, bool) {
	for _, a := range areas {
		if a.pane == p {
			return a, true
		}
	}
	return area{}, false
}

// areaAt returns what stands at a place of the screen.
func areaAt(areas []area, x, y int) (area, bool) {
	for _, a := range areas {
		if x >= a.x && x < a.x+a.width && y >= a.y && y < a.y+a.height {
			return a, true
		}
	}
	return area{}, false
}

// compose draws the panes, those of the left column first, with an edge between the columns.
func compose(areas []area, l *look, draw func(area) string) string {
	if len(areas) == 0 {
		return ""
	}
	edge := newCanvas(1, 1, l)
	edge.put(0, 0, dim, "│")
	bar, top := edge.String(), areas[0].y
	var rows []string
	for _, a := range areas {
		for i, line := range strings.Split(draw(a), "\n") {
			switch y := a.y - top + i; {
			case a.x == 0:
				rows = append(rows, line)
			default:
				rows[y] += bar + line
			}
		}
	}
	return strings.Join(rows, "\n")
}

// tabs are the panes that share a place.
type tabs struct {
	names   []string // by pane; empty: not one of them
	seen    pane
	focused bool
}

// paint draws the head of the place: the names, that of the pane that is seen in brackets. Each name answers a click with its pane.
func (t tabs) paint(width int, l *look) *canvas {
	c := newCanvas(width, 1, l)
	rule, st, seen := '─', dim, bold
	if t.focused {
		rule, st, seen = '━', bold, bold|reverse
	}
	c.fill(0, width, 0, st, rule)
	const hint = "  tab switches "
	long := 3 + len("[]")
	for _, name := range t.names {
		if name != "" {
			long += textWidth(name) + 2
		}
	}
	gap := "  "
	if long > width {
		gap = " "
	}
	x := c.put(2, 0, plain, " ")
	for p, name := range t.names {
		if name == "" {
			continue
		}
		from := x
		if pane(p) == t.seen {
			x = c.put(x, 0, seen, "["+name+"]")
		} else {
			x = c.put(x, 0, plain, name)
		}
		c.spot(from, x, 0, p)
		x = c.put(x, 0, plain, gap)
	}
	if x+len(hint) < width {
		c.put(x, 0, dim, hint)
	}
	return c
}

// over puts the names over the head of the pane that is seen.
func (t tabs) over(text string, width int, l *look) string {
	_, rest, _ := strings.Cut(text, "\n")
	return t.paint(width, l).String() + "\n" + rest
}
