package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// View draws the run that is open, or the menu.
func (h *home) View() tea.View {
	if h.open != nil {
		return h.open.View()
	}
	v := tea.NewView(h.text())
	v.AltScreen, v.MouseMode = true, h.mode()
	v.WindowTitle = "netlab"
	return v
}

func (h *home) text() string { return h.paint().String() }

// keys are those of the key line, numbered from 1.
func (h *home) keys() []binding {
	return []binding{
		{[]string{"?"}, "?", "help", "", 1},
		{[]string{"enter"}, "Enter", "start", "", 2},
		{[]string{"down"}, "↑↓", "choose", "", 3},
		{[]string{":"}, ":", "all commands", "", 4},
		{[]string{"q"}, "q", "quit", "", 5},
	}
}

// paint draws the menu. A click on an entry means its index, on the key line that of the key, both counted from 1.
func (h *home) paint() *canvas {
	if h.over != nil {
		return h.over.paint(h.width, h.height, h.look)
	}
	if h.choosing != nil {
		return h.choosing.paint(h.width, h.height, h.look, h.notice)
	}
	c := newCanvas(h.width, h.height, h.look)
	x := c.put(1, 0, bold, "netlab")
	c.put(x+2, 0, plain, "watch a network think")
	if h.width >= 60 {
		c.right(h.width-1, 0, dim, h.opts.Version)
	}
	c.fill(0, h.width, 1, dim, '─')
	bottom := h.height - 3 // the line under the last that the menu may use
	if h.height < 12 {
		bottom = h.height - 1
	}
	left := h.width
	if h.width >= 76 {
		left = h.menuWidth()
	}
	if h.helping {
		h.helpText(c, bottom)
	} else {
		h.menu(c, left, bottom)
		if left < h.width {
			for y := 2; y < bottom; y++ {
				c.put(left, y, dim, "│")
			}
			h.preview(c, left+2, h.width-1, 3, bottom)
		}
	}
	if bottom < h.height-1 {
		c.putIn(1, h.height-3, h.width-2, bold, h.notice)
		c.fill(0, h.width, h.height-2, dim, '─')
	}
	c.fill(0, h.width, h.height-1, plain, 0)
	c.keyLine(h.height-1, h.keys())
	return c
}

// menuWidth is how wide the menu is beside the preview: as wide as its longest line, if that leaves the preview enough.
func (h *home) menuWidth() int {
	widest := 0
	for _, e := range h.entries {
		widest = max(widest, h.titleAt()+textWidth(e.Title)+2)
	}
	return min(max(widest, h.width*9/20), h.width*5/8)
}

// nameAt is the column where the names of the entries begin.
const nameAt = 5

// titleAt is the column where their titles begin.
func (h *home) titleAt() int {
	longest := 0
	for _, e := range h.entries {
		longest = max(longest, textWidth(e.Name))
	}
	return nameAt + min(longest, 16) + 2
}

// menu draws the entries in their sections, scrolled so that the selected one is seen.
func (h *home) menu(c *canvas, width, bottom int) {
	type item struct {
		entry int // -1: a heading or an empty line
		text  string
	}
	var items []item
	at, section := 0, ""
	for i, e := range h.entries {
		if e.Section != section {
			section = e.Section
			items = append(items, item{-1, ""}, item{-1, section})
		}
		if i == h.selected {
			at = len(items)
		}
		items = append(items, item{i, ""})
	}
	visible := bottom - 2
	first := max(0, min(at-visible/2, len(items)-visible))
	if len(items) <= visible {
		first = 0
	}
	for n := first; n < len(items) && n-first < visible; n++ {
		it, y := items[n], 2+n-first
		if it.entry < 0 {
			c.putIn(2, y, width-3, bold, it.text)
			continue
		}
		e := h.entries[it.entry]
		name := e.Name
		if e.Key != "" {
			c.put(3, y, bold, e.Key)
		}
		at := h.titleAt()
		c.putIn(nameAt, y, min(at-nameAt-1, width-nameAt-1), plain, name)
		if width > 40 {
			c.putIn(at, y, width-at-1, plain, e.Title)
		}
		c.spot(0, width, y, it.entry+1)
		if it.entry == h.selected {
			c.put(1, y, bold, "▶")
			c.restyle(3, width-1, y, reverse)
		}
	}
}

// preview says what the selected entry is, from column x up to column end.
func (h *home) preview(c *canvas, x, end, y, bottom int) {
	if h.selected >= len(h.entries) {
		return
	}
	e := h.entries[h.selected]
	c.putIn(x, y, end-x, bold, e.Title)
	y += 2
	about := e.About
	if r, ok := h.reports[h.selected]; ok {
		about = r
	}
	for _, paragraph := range strings.Split(about, "\n") {
		text := strings.TrimLeft(paragraph, " ")
		indent := len(paragraph) - len(text) // commands stand apart
		lines := wrap(text, end-x-indent)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, l := range lines {
			if y < bottom {
				c.put(x+indent, y, plain, l)
			}
			y++
		}
	}
	hint := "Enter starts it."
	switch {
	case h.opening:
		hint = "starting…"
	case e.Report != nil:
		hint = "Enter looks."
	case e.Capture != nil:
		hint = "Enter opens it."
	case e.Replay:
		hint = "Enter chooses one."
	}
	if y+1 < bottom {
		c.put(x, y+1, dim, hint)
	}
}

func (h *home) helpText(c *canvas, bottom int) {
	lines := []string{
		"↑ ↓       choose", "Enter     start the chosen line", "a letter  start the line that it stands before", ":         search all that can be started, and all commands", "q         quit", "",
		"In a lab, ? lists every key. Lower case changes your view, CAPITALS change the network.", "",
		"Without a terminal, or with --plain, each command prints what the screen shows as text.", "", "? or Esc closes this.",
	}
	for i, l := range lines {
		if 3+i < bottom {
			c.putIn(3, 3+i, h.width-4, plain, l)
		}
	}
}
