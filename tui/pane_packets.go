package tui

import (
	"sort"
	"time"

	"netlab/timeline"
)

// packetsPane is the list of the packets sent so far, in plain words.
type packetsPane struct {
	head
	look     *look
	view     timeline.View // up to the cursor
	rows     *rows
	start    time.Time
	order    map[string]int // place of each host on the map
	selected int            // number of the selected packet
	filtered bool           // only those are shown whose numbers are chosen
	chosen   []int
}

// columns of the list.
type columns struct {
	number, sent, host, proto int // widths
	fate                      int // width of what is said about lost and repeated packets
	narrow                    bool
}

func (p packetsPane) columns(width int) columns {
	c := columns{number: 4, sent: 9, host: 2, proto: 5}
	if last, ok := p.view.Packet(p.view.Packets() - 1); ok {
		c.number = max(c.number, len(decimal(last.Number)))
	}
	for name := range p.order {
		c.host = max(c.host, min(textWidth(name), 12))
	}
	c.narrow = width < 66
	if width < 50 {
		c.sent = 0
	}
	c.fate = max(textWidth("✗ lost on →")+2*c.host, textWidth("✗ dropped, ↻ of 00"))
	if long := textWidth("↻ again, replaces 00000"); width >= 90 {
		c.fate = max(c.fate, long)
	}
	// What the packet is needs room before them.
	before := c.number + c.sent + 2*c.host + c.proto + 13
	c.fate = max(textWidth("↻ 000"), min(c.fate, width-before-textWidth("data 00000..00000")))
	if c.narrow {
		c.fate = textWidth("↻ 000")
	}
	return c
}

// View draws the rows that are visible: those around the selected packet.
func (p packetsPane) View(width, height int) string { return p.paint(width, height).String() }

func (p packetsPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	cols := p.columns(width)
	y := 1
	if height > 4 && !cols.narrow {
		p.titles(c, cols)
		y++
	}
	n := p.view.Packets()
	oldest, ok := p.view.Packet(0)
	if p.filtered && len(p.chosen) == 0 && n > 0 {
		c.putIn(4, y, width-5, plain, "no packet is chosen by this filter: / changes it, Esc shows all")
		return c
	}
	if n == 0 || !ok {
		c.put(4, y, plain, cut("nothing has been sent yet: . steps, space plays", width-5))
		return c
	}
	visible := height - y
	index := func(i int) int { return i }
	at := p.selected - oldest.Number
	if p.filtered {
		n, at = len(p.chosen), sort.SearchInts(p.chosen, p.selected)
		index = func(i int) int { return p.chosen[i] - oldest.Number }
	}
	last := n - 1 // index of the last visible packet
	if i := at; p.selected > 0 {
		// Two rows after the selected packet stay in sight, if there are any.
		last = min(n-1, max(i+2, visible-1))
	}
	for i := max(0, last-visible+1); i <= last && y < height; i++ {
		if packet, ok := p.view.Packet(index(i)); ok {
			p.row(c, cols, y, packet)
			c.spot(0, width, y, packet.Number)
		}
		y++
	}
	return c
}

func (p packetsPane) titles(c *canvas, cols columns) {
	x := 2 + cols.number
	c.right(x, 1, dim, "#")
	c.put(x+2, 1, dim, "sent s")
	x += 2 + cols.sent + 1
	c.put(x, 1, dim, "from")
	x += 2*cols.host + 5
	c.put(x, 1, dim, "proto")
	c.put(x+cols.proto+1, 1, dim, "what")
}

func (p packetsPane) row(c *canvas, cols columns, y int, packet timeline.Packet) {
	r, known := p.rows.get(packet.Number)
	selected := packet.Number == p.selected
	if selected {
		c.put(1, y, bold, "▶")
	}
	x := 2 + cols.number
	c.right(x, y, dim, decimal(packet.Number))
	x = c.putIn(x+2, y, cols.sent, dim, cut(seconds(packet.First.At.Sub(p.start)), cols.sent)) + min(1, cols.sent)
	if !known {
		c.put(x, y, plain, "…")
		return
	}
	way := p.direction(r)
	x = c.putIn(x, y, cols.host, way, r.from)
	arrow := " → "
	if cols.narrow {
		arrow = "→"
	}
	x = c.put(x, y, way, arrow)
	x = c.putIn(x, y, cols.host, way, r.to) + 2
	x = c.putIn(x, y, cols.proto, plain, r.Proto) + 1
	fates, st := p.fate(packet, r)
	words, end := plain, c.width-1
	if packet.Lost != nil {
		words = dim
	}
	if fate := fitting(fates, cols.fate); fate != "" {
		// All fates begin in one column; what is said of the packet gives way.
		at := c.width - 1 - max(cols.fate, textWidth(fate))
		c.put(at, y, st, fate)
		end = at - 1
	}
	c.putIn(x, y, end-x, words, r.What)
	if selected {
		c.restyle(1, c.width-1, y, bold)
		c.restyle(3, c.width-1, y, reverse)
	}
}

// direction is the colour of a packet: which way it goes on the map.
func (p packetsPane) direction(r row) style {
	from, known := p.order[r.from]
	to, also := p.order[r.to]
	if known && also && to < from {
		return toClient
	}
	return toServer
}

// fate says what had become of a packet, or that it repeats another, in several ways from the longest to the shortest.
// Nothing, if it is an ordinary one.
func (p packetsPane) fate(packet timeline.Packet, r row) ([]string, style) {
	switch {
	case packet.Lost != nil && packet.Received == nil:
		on := linkName(packet.Lost.Link)
		if packet.Replaces != 0 {
			of := decimal(packet.Replaces)
			return []string{"✗ lost on " + on + ", replaces " + of, "✗ lost, ↻ of " + of, "✗ lost", "✗"}, lost
		}
		return []string{"✗ lost on " + on, "✗ lost", "✗"}, lost
	case packet.Discarded != nil:
		by := packet.Discarded.Host
		if packet.Replaces != 0 {
			of := decimal(packet.Replaces)
			return []string{"✗ dropped by " + by + ", replaces " + of, "✗ dropped, ↻ of " + of, "✗ dropped", "✗"}, lost
		}
		return []string{"✗ discarded by " + by, "✗ dropped by " + by, "✗ dropped", "✗"}, lost
	case r.Problem != "":
		return []string{"! " + r.Problem, "!"}, lost
	case packet.Replaces != 0:
		of := decimal(packet.Replaces)
		return []string{"↻ again, replaces " + of, "↻ replaces " + of, "↻ of " + of, "↻ " + of}, again
	case r.Again:
		return []string{"↻ again", "↻"}, again
	}
	return nil, plain
}

// fitting returns the first of several wordings that fits into so many columns, and the last if none does.
func fitting(wordings []string, width int) string {
	for i, words := range wordings {
		if textWidth(words) <= width || i == len(wordings)-1 {
			return words
		}
	}
	return ""
}

// linkName writes "r1>r2" and "r1-r2" alike, as the map shows the link.
func linkName(link string) string {
	for i := range len(link) {
		if link[i] == '>' {
			return link[:i] + "→" + link[i+1:]
		}
	}
	return link
}
