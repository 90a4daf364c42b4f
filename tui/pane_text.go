package tui

import (
	"slices"
	"strings"
)

// textPane shows lines, as many as fit.
type textPane struct {
	head
	look   *look
	lines  func(width int) []line
	scroll int
	follow bool // scroll by itself to the line that is marked
}

// View draws the lines from the scrolled one on.
func (p textPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	lines := p.lines(width - 3)
	if p.follow {
		at := slices.IndexFunc(lines, func(l line) bool { return strings.HasPrefix(l.text, "▶") })
		p.scroll = max(0, at-height/2)
	}
	first := min(p.scroll, max(0, len(lines)-(height-1)))
	for i := first; i < len(lines) && i-first < height-1; i++ {
		c.put(1, 1+i-first, lines[i].st, lines[i].text)
	}
	if len(lines)-first > height-1 {
		c.right(width-1, height-1, dim, " ↓ more ")
	}
	return c.String()
}
