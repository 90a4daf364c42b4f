package tui

import (
	"slices"

	"netlab/sim"
)

// swarm is packets that are drawn at the same place, going the same way.
type swarm struct {
	tip         int   // the column of its head
	link        place // that it stays on
	right       bool
	first, last int // numbers
	n           int
	lost, again bool
	selected    bool
}

// overlay draws the packets over the links; those that find no room there in row spare, which may be the links' own.
func (p networkPane) overlay(c *canvas, places []place, spare int) {
	marks := newCanvas(c.width, c.height, c.look)
	p.fly(marks, places, spare)
	for i, m := range marks.cells {
		if m.r != 0 {
			c.set(i%c.width, i/c.width, m)
		}
	}
}

// fly draws the packets on their links.
func (p networkPane) fly(c *canvas, places []place, spare int) {
	var swarms []swarm
	for _, f := range p.flights {
		link := slices.IndexFunc(p.links, func(l sim.LinkState) bool { return joins(l, f.from, f.to) })
		if link < 0 {
			continue
		}
		s := swarm{link: places[link], right: f.from == places[link].left, first: f.number, last: f.number, n: 1, lost: f.lost, again: f.again, selected: f.number == p.packet}
		along := f.along
		if !s.right {
			along = 1 - along
		}
		s.tip = s.link.from + int(along*float64(s.link.to-s.link.from-1)+0.5)
		swarms = join(swarms, s)
	}
	// The one with the selected packet first, then the newest: what comes later may find its place taken.
	slices.SortStableFunc(swarms, func(a, b swarm) int {
		if a.selected != b.selected {
			if a.selected {
				return -1
			}
			return 1
		}
		return b.last - a.last
	})
	for _, s := range swarms {
		s.draw(c, spare)
	}
}

// join adds a packet to the swarm that it flies with.
func join(swarms []swarm, s swarm) []swarm {
	for i := range swarms {
		w := &swarms[i]
		if w.tip == s.tip && w.link == s.link && w.right == s.right && w.lost == s.lost {
			w.first, w.last, w.n = min(w.first, s.first), max(w.last, s.last), w.n+1
			w.selected = w.selected || s.selected
			w.again = w.again && s.again
			return swarms
		}
	}
	return append(swarms, s)
}

// free reports whether nothing is drawn from column x up to column to.
func (c *canvas) free(x, to, y int) bool {
	if y < 0 || y >= c.height {
		return false
	}
	for ; x < to; x++ {
		if x >= 0 && x < c.width && c.cells[y*c.width+x].r != 0 {
			return false
		}
	}
	return true
}

// numbers names the packets: "44", "7–13", or "13+2" for 13 and two others.
func (s swarm) numbers() string {
	switch {
	case s.n == 1:
		return decimal(s.last)
	case s.n == s.last-s.first+1:
		return decimal(s.first) + "–" + decimal(s.last)
	}
	return decimal(s.last) + "+" + decimal(s.n-1)
}

// draw draws packets on their way: "44▸", "◂45", "7–13▸", or "33✗" for a lost one; in another row where they have no room
// on the link, and without numbers where they have none there either.
func (s swarm) draw(c *canvas, spare int) {
	on := s.link.row
	number := s.numbers()
	sign, st := "▸", toServer
	if !s.right {
		sign, st = "◂", toClient
	}
	switch {
	case s.lost:
		sign, st = "✗", lost
	case s.again:
		st = again
	}
	if s.selected {
		st |= bold
	}
	text, x := number+sign, s.tip-textWidth(number)
	if !s.right {
		text, x = sign+number, s.tip
	}
	if s.again && !s.lost {
		text += "↻"
	}
	width := textWidth(text)
	x = max(min(x, s.link.to-width), s.link.from)
	for _, y := range []int{on, spare} {
		if c.free(x-1, x+width+1, y) && width <= s.link.to-s.link.from {
			c.put(x, y, st, text)
			return
		}
	}
	if c.free(s.tip, s.tip+1, on) {
		c.put(s.tip, on, st, sign)
	}
}
