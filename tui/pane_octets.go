package tui

import (
	"fmt"
	"slices"

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
	sealed   int // from this octet on they were decrypted, and are counted from 0 again; 0: none were
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
	starts := p.starts(n)
	lines := len(starts)
	first := 0
	if lines > visible {
		line, exact := slices.BinarySearch(starts, at)
		if !exact {
			line--
		}
		first = min(max(0, line-visible/2), lines-visible)
	}
	for i := range visible {
		if first+i < lines {
			p.line(c, 1+i, starts[first+i], n, from, to, at)
		}
	}
	return c
}

// starts returns the first octet of each line. What was decrypted begins a line of its own.
func (p octetsPane) starts(n int) []int {
	var starts []int
	for k := 0; k < len(p.octets); {
		starts = append(starts, k)
		if k < p.sealed && k+n > p.sealed {
			k = p.sealed
		} else {
			k += n
		}
	}
	return starts
}

// line draws the n octets from offset on; those of the selected field, from up to to, are marked.
func (p octetsPane) line(c *canvas, y, offset, n, from, to, at int) {
	end := len(p.octets)
	switch {
	case p.sealed > 0 && offset >= p.sealed:
		c.put(0, y, encrypted|bold, "{")
		c.put(1, y, encrypted, fmt.Sprintf("%04x", offset-p.sealed))
		c.put(5, y, encrypted|bold, "}")
	default:
		c.put(1, y, dim, fmt.Sprintf("%04x", offset))
		if p.sealed > 0 {
			end = p.sealed
		}
	}
	for i := range n {
		k := offset + i
		if k >= end {
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
		case marked && (k == to-1 || i == n-1 || k == end-1):
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
