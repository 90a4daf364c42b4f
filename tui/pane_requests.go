package tui

import "netlab/flow"

// requestsPane lists requests with their responses, and draws on a ruler when each was asked, answered and over.
type requestsPane struct {
	head
	look     *look
	all      []exchange
	at       int
	from, to int64 // the ruler's time
	base     int64 // the time that is called zero
}

// View draws the exchanges around the one that is looked at.
func (p requestsPane) View(width, height int) string { return p.paint(width, height).String() }

// requestColumns are where the columns of the list begin; 0: there is no room for one.
type requestColumns struct{ what, status, size, took, ruler, end int }

func (p requestsPane) columns(width int) requestColumns {
	c := requestColumns{what: 8, end: width - 1}
	c.status = width - 5
	if width >= 56 {
		c.status = max(30, width*2/5)
		c.size, c.took = c.status+5, c.status+14
		c.ruler = c.took + 10
		if c.end-c.ruler < 8 {
			c.ruler = 0
		}
	}
	return c
}

func (p requestsPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	cols := p.columns(width)
	y := 1
	if height > 4 {
		c.right(7, y, dim, "packet")
		c.put(cols.what, y, dim, "request")
		c.put(cols.status, y, dim, "code")
		if cols.size > 0 {
			c.right(cols.size+8, y, dim, "down")
			c.right(cols.took+9, y, dim, "took")
		}
		if cols.ruler > 0 {
			p.ruler(c, cols, y)
		}
		y++
	}
	visible := max(0, height-y)
	first := max(0, min(p.at-visible/2, len(p.all)-visible))
	for i := first; i < len(p.all) && i-first < visible; i++ {
		p.row(c, cols, y+i-first, i)
	}
	return c
}

// ruler writes the times at both ends of the ruler, and what its signs mean if there is room.
func (p requestsPane) ruler(c *canvas, cols requestColumns, y int) {
	from, to := flow.Duration(p.from-p.base), flow.Duration(p.to-p.base)
	x := c.put(cols.ruler, y, dim, from)
	c.right(cols.end, y, dim, to)
	const legend = "▸ asked · waits █ answered"
	if room := cols.end - textWidth(to) - x; room > textWidth(legend)+4 {
		c.put(x+(room-textWidth(legend))/2, y, dim, legend)
	}
}

func (p requestsPane) row(c *canvas, cols requestColumns, y, i int) {
	e := &p.all[i]
	c.spot(0, c.width, y, i+1)
	c.right(7, y, dim, decimal(e.packet()))
	what := e.method + " " + e.target
	if e.method == "" {
		what = "(not captured)"
	}
	if e.secure {
		what = "{} " + what
	}
	if cols.size > 0 && e.host != "" && textWidth(what)+textWidth(e.host)+3 < cols.status-cols.what {
		what += "  " + e.host
	}
	c.putIn(cols.what, y, cols.status-cols.what-1, plain, what)
	switch {
	case e.answered == 0:
		c.put(cols.status, y, lost, "none")
	case e.status >= 400:
		c.put(cols.status, y, lost|bold, "!"+decimal(e.status))
	default:
		c.put(cols.status, y, good, " "+decimal(e.status))
	}
	if cols.size > 0 && e.answered > 0 {
		c.right(cols.size+8, y, plain, octetsShort(e.down))
		if first, last := e.times(); e.asked > 0 {
			c.right(cols.took+9, y, plain, flow.Duration(last-first))
		}
	}
	if i == p.at {
		c.put(0, y, bold, "▶")
		c.restyle(2, cols.status-1, y, bold|reverse)
	}
	if cols.ruler > 0 {
		p.bar(c, cols, y, e)
	}
}

// bar draws an exchange on the ruler.
func (p requestsPane) bar(c *canvas, cols requestColumns, y int, e *exchange) {
	column := func(t int64) int {
		return cols.ruler + int(float64(t-p.from)/float64(p.to-p.from)*float64(cols.end-cols.ruler-1))
	}
	strip := func(from, to int64, st style, r rune) {
		if from > 0 && to >= from && to >= p.from && from <= p.to {
			c.fill(max(cols.ruler, column(from)), min(cols.end, column(to)+1), y, st, r)
		}
	}
	strip(e.sent, e.first, dim, '·')
	strip(e.at, e.first, dim, '·')
	strip(e.first, max(e.first, e.last), toClient, '█')
	strip(e.at, max(e.at, e.sent), toServer, '▸')
}
