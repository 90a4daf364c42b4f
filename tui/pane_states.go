package tui

import (
	"netlab/flow"
)

// statesPane tells through which states both ends of a connection went, as far as segments show it, and what they offered each other.
type statesPane struct {
	head
	look     *look
	empty    string
	ends     [2]string
	said     [2]flow.Said
	states   []stateChange
	selected int
}

// View draws it.
func (p statesPane) View(width, height int) string { return p.paint(width, height).String() }

func (p statesPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c
	}
	offers := p.offers()
	room := max(1, height-2-len(offers))
	half := (width - 3) / 2
	for end := range p.ends {
		x := 2 + end*half
		c.putIn(x, 1, half-1, [...]style{toServer, toClient}[end]|bold, cutLeft(p.ends[end], half-1))
		p.course(c, end, x, half-1, room)
	}
	for i, o := range offers {
		y := 2 + room + i
		x := c.put(2, y, dim, o.name)
		c.putIn(max(x+1, 18), y, width-max(x+1, 18)-1, plain, o.value)
	}
	return c
}

// course lists the states of an end: the one it is in now is marked, and those that follow are dim.
func (p statesPane) course(c *canvas, end, x, width, lines int) {
	var list []stateChange
	now := -1
	for _, s := range p.states {
		if s.end != end {
			continue
		}
		if s.packet <= p.selected {
			now = len(list)
		}
		list = append(list, s)
	}
	first := max(0, min(now-lines/2, len(list)-lines))
	for i := first; i < len(list) && i-first < lines; i++ {
		y, st := 2+i-first, dim
		switch {
		case i == now:
			c.put(x, y, bold, "▶")
			st = bold | reverse
		case i < now:
			st = plain
		}
		c.putIn(x+2, y, min(width-2, 12), st, list[i].state.String())
		c.putIn(x+15, y, width-15, dim, decimal(list[i].packet))
		c.spot(x, x+width, y, list[i].packet)
	}
}

// offer is what was settled in the handshake.
type offer struct{ name, value string }

func (p statesPane) offers() []offer {
	if !p.said[0].Seen && !p.said[1].Seen {
		return []offer{{"handshake", "not captured: options unknown"}}
	}
	both := func(f func(flow.Said) string) string {
		var words [2]string
		for i, s := range p.said {
			if words[i] = "unknown"; s.Seen {
				words[i] = f(s)
			}
		}
		return words[0] + " · " + words[1]
	}
	agreed := func(has func(flow.Said) bool) string {
		switch a, b := has(p.said[0]), has(p.said[1]); {
		case !p.said[0].Seen || !p.said[1].Seen:
			return "unknown: one SYN was not captured"
		case a && b:
			return "✓ both"
		case a != b:
			return "one alone: not used"
		}
		return "no"
	}
	return []offer{
		{"MSS", both(func(s flow.Said) string {
			if s.MSS < 0 {
				return "none: 536"
			}
			return decimal(s.MSS)
		})},
		{"window scale", both(func(s flow.Said) string {
			if s.Shift < 0 {
				return "none"
			}
			return "×" + decimal(1<<s.Shift)
		})},
		{"SACK", agreed(func(s flow.Said) bool { return s.SACK })},
		{"timestamps", agreed(func(s flow.Said) bool { return s.Timestamps })},
	}
}
