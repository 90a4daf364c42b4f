package tui

import (
	"strings"

	"netlab/wire"
)

// layersPane shows the seven layers of the selected packet as boxes, each inside the one that carries it:
// what stands further down stands later in the packet. A click on a field means its first bit, counted from 1.
type layersPane struct {
	head
	look     *look
	layers   []wire.Node
	octets   []byte
	selected *wire.Node
	numbers  numbers
	raw      bool
	link     string // layer 2 in words
	physical string // layer 1 in words
}

// box is a layer that has octets of its own.
type box struct {
	title string // "3 Network · IPv4"
	size  string // "20 octets"
	chips []chip
	bit   int      // the first
	lines []string // of content
	notes []string // layers that are not there, between this box and the next
	held  bool     // holds the selected field
}

// chip is a field in few characters.
type chip struct {
	text   string
	bit    int  // the first
	marked bool // it is the selected field, or holds it
	wrong  bool
}

// density says how much is left out so that the boxes fit.
type density struct {
	joined  bool // layers 1 and 2 on one line, and 5 and 6
	closing bool // one line closes all boxes
	chips   int  // lines of fields in each box; 0: in the title
	lines   int  // lines of content
}

// View draws the boxes as richly as they fit.
func (p layersPane) View(width, height int) string { return p.paint(width, height).String() }

func (p layersPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if len(p.layers) == 0 {
		c.put(2, 1, plain, cut("no packet has been sent yet", width-2))
		return c
	}
	boxes := p.boxes()
	levels := []density{
		{false, false, 4, 8},
		{false, false, 4, 4},
		{false, false, 4, 2},
		{false, false, 4, 1},
		{true, false, 4, 1},
		{true, true, 4, 1},
		{true, true, 3, 1},
		{true, true, 2, 1},
		{true, true, 1, 1},
		{true, true, 1, 0},
		{true, true, 0, 0},
	}
	for i, d := range levels {
		if i == len(levels)-1 || p.height(boxes, d, width) < height {
			p.stack(c, boxes, d)
			break
		}
	}
	return c
}

// height counts the lines that the boxes take.
func (p layersPane) height(boxes []box, d density, width int) int {
	c := newCanvas(width, 0, p.look)
	return p.stack(c, boxes, d) - 1
}

// stack draws layers 1 and 2, the boxes, and returns the line after them.
func (p layersPane) stack(c *canvas, boxes []box, d density) int {
	y := 1
	switch {
	case p.framed():
		c.put(1, y, dim, "1 Physical")
		c.put(14, y, plain, p.physical)
		y++
	case d.joined:
		x := c.put(1, y, dim, "1 Physical ")
		x = c.put(x, y, plain, p.physical)
		x = c.put(x+3, y, dim, "2 Link ")
		c.put(x, y, plain, p.link)
		y++
	default:
		c.put(1, y, dim, "1 Physical")
		c.put(14, y, plain, p.physical)
		c.put(1, y+1, dim, "2 Link")
		c.put(14, y+1, plain, p.link)
		y += 2
	}
	return p.nest(c, boxes, 1, c.width-1, y, d)
}

// framed reports whether the packet is in a frame, which is then the outermost box.
func (p layersPane) framed() bool { return len(p.layers) > 0 && p.layers[0].Key == "eth" }

// nest draws a box between two columns, the others inside it, and returns the line after them.
func (p layersPane) nest(c *canvas, boxes []box, left, right, y int, d density) int {
	b := boxes[0]
	first := y
	c.spot(left, right, y, b.bit+1)
	p.top(c, b, left, right, y, d)
	y++
	if d.chips > 0 {
		y = p.chips(c, b.chips, left+2, right-2, y, d.chips)
	}
	for i := range min(d.lines, len(b.lines)) {
		c.spot(left, right, y, b.bit+1)
		c.putIn(left+2, y, right-left-4, plain, b.lines[i])
		y++
	}
	if len(b.notes) > 0 && d.chips > 0 {
		if d.joined {
			c.putIn(left+2, y, right-left-4, dim, strings.Join(b.notes, "   "))
			y++
		} else {
			for _, note := range b.notes {
				c.putIn(left+2, y, right-left-4, dim, note)
				y++
			}
		}
	}
	inner := y
	if len(boxes) > 1 {
		y = p.nest(c, boxes[1:], left+1, right-1, y, d)
	}
	last := y // the line that closes the box
	if d.closing && len(boxes) > 1 {
		last = y - 1
	}
	frame := b.frame()
	for i := first + 1; i < last; i++ {
		c.put(left, i, frame, "│")
		c.put(right-1, i, frame, "│")
	}
	corner, fill := "└", '─'
	c.put(left, last, frame, corner)
	if len(boxes) == 1 || !d.closing {
		c.fill(left+1, right-1, last, frame, fill)
	} else if inner <= last {
		c.put(left+1, last, frame, "┴")
		c.put(right-2, last, frame, "┴")
	}
	c.put(right-1, last, frame, "┘")
	return last + 1
}

func (b box) frame() style {
	if b.held {
		return plain | bold
	}
	return dim
}

// top draws the upper edge of a box with its title, and with its fields if they have no line of their own.
func (p layersPane) top(c *canvas, b box, left, right, y int, d density) {
	c.put(left, y, b.frame(), "┌")
	c.fill(left+1, right-1, y, b.frame(), '─')
	c.put(right-1, y, b.frame(), "┐")
	end := right - 2
	if room := right - left - textWidth(b.title) - 6; textWidth(b.size)+2 < room {
		end -= textWidth(b.size) + 2
		c.put(end, y, dim, " "+b.size+" ")
	}
	x := c.put(left+2, y, bold, cut(" "+b.title+" ", right-left-3))
	if d.chips == 0 {
		for _, chip := range b.chips {
			if x+textWidth(chip.text)+1 > end {
				break
			}
			from := x
			x = c.put(x, y, chip.style(), chip.text)
			c.spot(from, x, y, chip.bit+1)
			x = c.put(x, y, plain, " ")
		}
	}
}

func (ch chip) style() style {
	st := plain
	if ch.wrong {
		st = lost
	}
	if ch.marked {
		st |= bold | reverse
	}
	return st
}

// chips draws fields between two columns on at most so many lines and returns the line after them.
func (p layersPane) chips(c *canvas, chips []chip, left, right, y, lines int) int {
	if len(chips) == 0 {
		return y
	}
	x := left
	for _, chip := range chips {
		w := textWidth(chip.text)
		if x > left && strings.HasPrefix(chip.text, "→") {
			x-- // belongs to what stands before it
		}
		if x > left && x+w > right {
			if lines--; lines == 0 {
				break
			}
			x = left
			y++
		}
		c.putIn(x, y, right-x, chip.style(), chip.text)
		c.spot(x, min(x+w, right), y, chip.bit+1)
		x += w + 2
	}
	return y + 1
}
