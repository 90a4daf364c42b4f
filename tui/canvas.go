package tui

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"
)

// canvas is a rectangle of cells to draw on. What does not fit is cut off, so whatever is drawn, the
// result has exactly its height in lines and each line exactly its width in columns.
type canvas struct {
	width, height int
	cells         []cell
	spots         []int // by cell: what a click there means; nil: nothing
	look          *look
}

type cell struct {
	r  rune // 0: a space; behindWide: the second half of a wide character
	st style
}

const behindWide rune = -1

func newCanvas(width, height int, l *look) *canvas {
	width, height = max(width, 0), max(height, 0)
	return &canvas{width: width, height: height, cells: make([]cell, width*height), look: l}
}

// put writes s from column x of row y on and returns the column after it, also if that is outside.
func (c *canvas) put(x, y int, st style, s string) int {
	for _, r := range s {
		w := runeWidth(r)
		if w == 0 {
			continue
		}
		if unicode.IsControl(r) {
			r = '.'
		}
		if y >= 0 && y < c.height && x >= 0 && x+w <= c.width {
			c.set(x, y, cell{r, st})
			if w == 2 {
				c.set(x+1, y, cell{behindWide, st})
			}
		}
		x += w
	}
	return x
}

// set writes a cell. Half a wide character is never left behind.
func (c *canvas) set(x, y int, what cell) {
	row := c.cells[y*c.width : (y+1)*c.width]
	if row[x].r == behindWide && what.r != behindWide && x > 0 {
		row[x-1].r = 0
	}
	if x+1 < c.width && row[x+1].r == behindWide && what.r != behindWide {
		row[x+1].r = 0
	}
	row[x] = what
}

// putIn writes s into width columns, cut with an ellipsis if it is longer, and returns x+width.
func (c *canvas) putIn(x, y, width int, st style, s string) int {
	c.put(x, y, st, cut(s, width))
	return x + width
}

// right writes s so that it ends before column x.
func (c *canvas) right(x, y int, st style, s string) { c.put(x-textWidth(s), y, st, s) }

// fill writes r from column x up to column to.
func (c *canvas) fill(x, to, y int, st style, r rune) {
	for ; x < to; x++ {
		if y >= 0 && y < c.height && x >= 0 && x < c.width {
			c.set(x, y, cell{r, st})
		}
	}
}

// restyle adds attributes to the cells from column x up to column to.
func (c *canvas) restyle(x, to, y int, add style) {
	for ; x < to; x++ {
		if y >= 0 && y < c.height && x >= 0 && x < c.width {
			c.cells[y*c.width+x].st |= add
		}
	}
}

// spot says what a click on the cells from column x up to column to means: what that number stands for is known to who draws. 0: nothing.
func (c *canvas) spot(x, to, y, what int) {
	if c.spots == nil {
		c.spots = make([]int, len(c.cells))
	}
	for x = max(x, 0); x < min(to, c.width) && y >= 0 && y < c.height; x++ {
		c.spots[y*c.width+x] = what
	}
}

// spotAt returns what a click on a cell means; 0 if nothing.
func (c *canvas) spotAt(x, y int) int {
	if c.spots == nil || x < 0 || x >= c.width || y < 0 || y >= c.height {
		return 0
	}
	return c.spots[y*c.width+x]
}

// String returns the lines with their escape sequences, joined by newlines.
func (c *canvas) String() string {
	var b strings.Builder
	b.Grow(len(c.cells) * 2)
	for y := range c.height {
		if y > 0 {
			b.WriteByte('\n')
		}
		c.line(&b, c.cells[y*c.width:(y+1)*c.width])
	}
	return b.String()
}

func (c *canvas) line(b *strings.Builder, row []cell) {
	open := ""
	for _, cell := range row {
		if cell.r == behindWide {
			continue
		}
		if s := c.look.sequence(cell.st); s != open {
			if open != "" {
				b.WriteString(ansi.ResetStyle)
			}
			b.WriteString(s)
			open = s
		}
		switch {
		case cell.r == 0:
			b.WriteByte(' ')
		case c.look.ascii && cell.r > unicode.MaxASCII:
			b.WriteString(asciiFor(cell.r))
		default:
			b.WriteRune(cell.r)
		}
	}
	if open != "" {
		b.WriteString(ansi.ResetStyle)
	}
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	return ansi.StringWidth(string(r))
}

func textWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// cut shortens s to width columns; an ellipsis says that something is missing.
func cut(s string, width int) string {
	if textWidth(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	n := 0
	for i, r := range s {
		w := runeWidth(r)
		if n+w > width-1 {
			return s[:i] + "…"
		}
		n += w
	}
	return s
}

// wrap breaks text into lines of at most width columns at spaces; a longer word is cut into pieces.
func wrap(text string, width int) []string {
	if width <= 0 {
		return nil
	}
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for {
			switch {
			case line == "" && textWidth(word) <= width:
				line = word
			case line == "":
				head := ansi.Truncate(word, width, "")
				if head == "" { // a wide character in one column
					return lines
				}
				lines = append(lines, head)
				word = word[len(head):]
				continue
			case textWidth(line)+1+textWidth(word) <= width:
				line += " " + word
			default:
				lines = append(lines, line)
				line = ""
				continue
			}
			break
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
