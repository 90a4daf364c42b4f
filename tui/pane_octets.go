package tui

import (
	"fmt"

	"netlab/wire"
)

// octetsPane shows the octets of the selected packet in hexadecimal and as characters. Brackets enclose the
// selected field. A click on an octet means its first bit, counted from 1.
type octetsPane struct {
	head
	look     *look
	octets   []byte
	selected *wire.Node
	octet    int // the octet in hand; outside the field: its first
}

// perLine is how many octets fit on a line of so many columns: 16, 8, 4 …
func perLine(width int) int {
	for n := 16; n > 1; n /= 2 {
		if 8+4*n <= width {
			return n
		}
	}
	return 1
}

// View draws the lines around the selected field.
func (p octetsPane) View(width, height int) string { return p.paint(width, height).String() }

func (p octetsPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if len(p.octets) == 0 {
		c.put(2, 1, plain, cut("no packet has been sent yet", width-2))
		return c
	}
	n := perLine(width)
	from, to := 0, 0
	if p.selected != nil {
		from, to = p.selected.Octets()
	}
	at := p.octet
	if at < from || at >= to {
		at = from
	}
	visible := height - 1
	lines := (len(p.octets) + n - 1) / n
	first := 0
	if lines > visible {
		first = min(max(0, at/n-visible/2), lines-visible)
	}
	for i := range visible {
		if (first+i)*n < len(p.octets) {
			p.line(c, 1+i, (first+i)*n, n, from, to, at)
		}
	}
	return c
}

// line draws the n octets from offset on; those of the selected field, from up to to, are marked.
func (p octetsPane) line(c *canvas, y, offset, n, from, to, at int) {
	c.put(1, y, dim, fmt.Sprintf("%04x", offset))
	for i := range n {
		k := offset + i
		if k >= len(p.octets) {
			break
		}
		st, marked := plain, k >= from && k < to
		if marked {
			st = bold | reverse
		}
		if k == at && marked {
			st |= underline
		}
		x := 7 + 3*i
		c.spot(x, x+3, y, 8*k+1)
		c.spot(8+3*n+i, 9+3*n+i, y, 8*k+1)
		c.put(x, y, st, fmt.Sprintf("%02x", p.octets[k]))
		if marked && (k == from || i == 0) {
			c.put(x-1, y, bold, "[")
		}
		switch {
		case marked && (k == to-1 || i == n-1 || k == len(p.octets)-1):
			c.put(x+2, y, bold, "]")
		case marked:
			c.put(x+2, y, st&^underline, " ")
		}
		char := rune(p.octets[k])
		if char < ' ' || char > '~' {
			char = '.'
		}
		c.put(8+3*n+i, y, st&^underline, string(char))
	}
}

// position says where a field is: "octets 24–27", or "octet 13, bit 6".
func position(n *wire.Node) string {
	from, to := n.Octets()
	switch {
	case n.Bit%8 != 0 || n.Width%8 != 0:
		first, last := n.Bit%8, (n.Bit+n.Width-1)%8
		if to-from > 1 {
			return fmt.Sprintf("octets %d–%d, from bit %d", from, to-1, first)
		}
		if first == last {
			return fmt.Sprintf("octet %d, bit %d", from, first)
		}
		return fmt.Sprintf("octet %d, bits %d–%d", from, first, last)
	case to-from == 1:
		return fmt.Sprintf("octet %d", from)
	}
	return fmt.Sprintf("octets %d–%d", from, to-1)
}
