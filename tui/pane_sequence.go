package tui

import (
	"netlab/flow"
)

// sequencePane draws what one end of a connection sent, by time and sequence number, with the acknowledgments that came back.
type sequencePane struct {
	head
	look     *look
	empty    string // why there is nothing to draw
	moments  []flow.Moment
	sender   int
	selected int // number of the selected packet
	from, to int64
	base     int64  // the time that is called zero
	first    uint32 // what numbers are counted from: 0, or the initial sequence number
}

// View draws the graph.
func (p sequencePane) View(width, height int) string { return p.paint(width, height).String() }

func (p sequencePane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c
	}
	legend := 0
	if height > 8 {
		legend = 1
		p.legend(c)
	}
	low, high := p.extent()
	axis := axisWidth
	if p.first != 0 {
		axis = 12 // for numbers as they are on the wire
	}
	ch, ok := newChart(c, 1+legend, axis, p.from, p.to, low, high)
	if !ok {
		c.putIn(2, 1, width-3, dim, "too small for a graph: z shows it alone")
		return c
	}
	ch.axes(func(n int64) string {
		if p.first != 0 {
			return decimal(uint32(n) + p.first)
		}
		return shortNumber(n)
	}, p.base)
	p.acks(&ch)
	for i := range p.moments {
		if m := &p.moments[i]; m.Dir == p.sender && m.To > m.From {
			p.segment(&ch, m)
		}
	}
	p.cursor(&ch)
	return c
}

func (p sequencePane) legend(c *canvas) {
	x := axisWidth + 1
	sent := toServer
	if p.sender == 1 {
		sent = toClient
	}
	for _, of := range []struct {
		st         style
		sign, word string
	}{{sent, "|", "sent"}, {again, "↻", "again"}, {lost, "✗", "not captured before"}, {lost, "!", "late"}, {good, "─", "acked"}, {good, "s", "sack"}, {dim, "·", "window"}} {
		if x+len(of.word)+3 > c.width {
			return
		}
		c.put(x, 1, of.st|bold, of.sign)
		x = c.put(x+2, 1, dim, of.word) + 2
	}
}

// extent is between which numbers the graph goes: those that are sent or acknowledged in its time.
func (p sequencePane) extent() (low, high int64) {
	first := true
	take := func(n int64) {
		if first {
			low, high, first = n, n, false
		}
		low, high = min(low, n), max(high, n)
	}
	for i := range p.moments {
		m := &p.moments[i]
		switch {
		case m.At < p.from || m.At > p.to:
		case m.Dir == p.sender && m.To > m.From:
			take(m.From)
			take(m.To)
		case m.Dir != p.sender && m.Ack >= 0:
			take(m.Ack)
			for _, b := range m.SACK {
				take(b[1])
			}
		}
	}
	return low, high
}

// acks draws what was acknowledged at each time as a line, the end of the window above it, and what was acknowledged behind gaps.
func (p sequencePane) acks(ch *chart) {
	from, ack, window := ch.x, int64(-1), int64(-1)
	line := func(to int) {
		if ack < 0 {
			return
		}
		for x := max(from, ch.x); x < to; x++ {
			ch.markAt(x, ch.row(ack), good, "─")
			if window >= 0 {
				ch.markAt(x, ch.row(ack+window), dim, "·")
			}
		}
	}
	for i := range p.moments {
		m := &p.moments[i]
		if m.Dir == p.sender || m.Ack < 0 {
			continue
		}
		x := ch.column(m.At)
		line(x)
		from, ack, window = x, m.Ends[p.sender].UNA, m.Ends[p.sender].Window
	}
	line(ch.x + ch.columns)
	for i := range p.moments {
		m := &p.moments[i]
		for _, b := range m.SACK {
			if m.Dir != p.sender {
				p.strip(ch, m.At, b[0], b[1], good, "s")
			}
		}
	}
}

// strip marks all rows from one number up to another.
func (p sequencePane) strip(ch *chart, at, from, to int64, st style, sign string) {
	x := ch.column(at)
	for y := ch.row(to); y <= ch.row(from) && y < ch.y+ch.rows; y++ {
		ch.markAt(x, max(y, ch.y-1), st, sign)
	}
}

// segment draws what a segment carries.
func (p sequencePane) segment(ch *chart, m *flow.Moment) {
	st, sign := toServer, "|"
	if p.sender == 1 {
		st = toClient
	}
	switch {
	case m.Found.Again() || m.Found == flow.Duplicated:
		st, sign = again|bold, "↻"
	case m.Found == flow.Missing:
		st, sign = lost|bold, "✗"
	case m.Found == flow.OutOfOrder:
		st, sign = lost|bold, "!"
	}
	x := ch.column(m.At)
	top, bottom := max(ch.row(m.To), ch.y), min(ch.row(m.From), ch.y+ch.rows-1)
	for y := top; y <= bottom; y++ {
		// What went wrong is not painted over by what did not.
		if sign != "|" || ch.holds(x, y) && !ch.troubled(x, y) {
			ch.markAt(x, y, st, sign)
		}
	}
}

// troubled reports whether a sign of trouble stands at a place.
func (ch *chart) troubled(x, y int) bool {
	switch ch.cells[y*ch.width+x].r {
	case '↻', '✗', '!':
		return true
	}
	return false
}

// cursor marks the selected packet, and says of each column which packet a click there means.
func (p sequencePane) cursor(ch *chart) {
	ch.cursor(p.moments, p.selected)
}

// cursor marks the time of the selected packet under a chart of moments, and says of each column which packet a click there means.
func (ch *chart) cursor(moments []flow.Moment, selected int) {
	at := -1
	next := ch.x
	for i := range moments {
		m := &moments[i]
		x := ch.column(m.At)
		if m.Packet <= selected {
			at = x
		}
		if x < ch.x || x >= ch.x+ch.columns {
			continue
		}
		for ; next <= x; next++ {
			for y := ch.y; y < ch.y+ch.rows+2; y++ {
				ch.spot(next, next+1, y, m.Packet)
			}
		}
	}
	if at >= ch.x && at < ch.x+ch.columns {
		ch.put(at, ch.y+ch.rows, bold, "▲")
		for y := ch.y; y < ch.y+ch.rows; y++ {
			if ch.cells[y*ch.width+at].r == 0 {
				ch.put(at, y, dim, "┊")
			} else {
				ch.restyle(at, at+1, y, reverse)
			}
		}
	}
}
