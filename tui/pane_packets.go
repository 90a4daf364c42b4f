package tui

import (
	"strings"
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
}

// columns of the list.
type columns struct {
	number, sent, host, proto int // widths
	narrow                    bool
}

func (p packetsPane) columns(width int) columns {
	c := columns{number: 5, sent: 9, host: 2, proto: 5}
	for name := range p.order {
		c.host = max(c.host, min(textWidth(name), 12))
	}
	c.narrow = width < 66
	return c
}

// View draws the rows that are visible: those around the selected packet.
func (p packetsPane) View(width, height int) string {
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
	if n == 0 || !ok {
		c.put(4, y, plain, cut("nothing has been sent yet: . steps, space plays", width-5))
		return c.String()
	}
	visible := height - y
	last := n - 1 // index of the last visible packet
	if i := p.selected - oldest.Number; p.selected > 0 {
		// Two rows after the selected packet stay in sight, if there are any.
		last = min(n-1, max(i+2, visible-1))
	}
	for i := max(0, last-visible+1); i <= last && y < height; i++ {
		if packet, ok := p.view.Packet(i); ok {
			p.row(c, cols, y, packet)
		}
		y++
	}
	return c.String()
}

func (p packetsPane) titles(c *canvas, cols columns) {
	x := 2 + cols.number
	c.right(x, 1, dim, "#")
	c.put(x+2, 1, dim, "sent s")
	x += 2 + cols.sent + 2
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
	x = c.putIn(x+2, y, cols.sent+2, dim, cut(seconds(packet.First.At.Sub(p.start)), cols.sent+1))
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
	fate, st := p.fate(packet, r)
	room := c.width - x - 1
	end := room
	if fate != "" {
		if room < 36 {
			fate = p.brief(packet, fate)
		}
		fate = cut(fate, max(room/2, room-textWidth(r.What)-2))
		end = room - textWidth(fate) - 2
	}
	words := plain
	if packet.Lost != nil {
		words = dim
	}
	c.putIn(x, y, end, words, r.What)
	c.right(c.width-1, y, st, fate)
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

// fate says what had become of a packet, or that it repeats another. Nothing, if it is an ordinary one.
func (p packetsPane) fate(packet timeline.Packet, r row) (string, style) {
	switch {
	case packet.Lost != nil && packet.Received == nil:
		return "✗ lost on " + linkName(packet.Lost.Link), lost
	case packet.Discarded != nil:
		return "✗ discarded by " + packet.Discarded.Host, lost
	case r.Problem != "":
		return "! " + r.Problem, lost
	case packet.Replaces != 0:
		return "↻ again: " + decimal(packet.Replaces), again
	case r.Again:
		return "↻ again", again
	}
	return "", plain
}

// brief is a fate in a few characters.
func (p packetsPane) brief(packet timeline.Packet, fate string) string {
	if packet.Replaces != 0 {
		return "↻ " + decimal(packet.Replaces)
	}
	sign, _, _ := strings.Cut(fate, " ")
	return sign
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
