package tui

import (
	"netlab/flow"
)

// windowPane draws how much one end had in flight at each time, and for how much the other end had room.
type windowPane struct {
	head
	look     *look
	empty    string
	moments  []flow.Moment
	sender   int
	selected int
	from, to int64
	base     int64

	congestion []congestion // of the sender after each of the moments, if that is known
}

// congestion is what a sender allows itself, in octets; ssthresh 0: it is not set yet.
type congestion struct{ cwnd, ssthresh int64 }

// View draws the chart.
func (p windowPane) View(width, height int) string { return p.paint(width, height).String() }

func (p windowPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c
	}
	flight, window := int64(0), int64(0)
	for i := range p.moments {
		v := &p.moments[i].Ends[p.sender]
		if flight, window = max(flight, v.Flight()), max(window, v.Window); p.congestion != nil {
			flight = max(flight, p.congestion[i].cwnd) // which the sender keeps to
		}
	}
	high := max(flight, window)
	above := window > 8*flight && flight > 0 // the line would press what is in flight flat
	if above {
		high = flight * 5 / 4
	}
	ch, ok := newChart(c, 1, axisWidth, p.from, p.to, 0, max(high, 1))
	if !ok {
		c.putIn(2, 1, width-3, dim, "too small for a chart: z shows it alone")
		return c
	}
	ch.axes(shortNumber, p.base)
	for x := ch.x; x < ch.x+ch.columns; x++ {
		p.bar(&ch, x)
	}
	if above {
		c.right(width-1, 1, dim, " window up to "+shortNumber(window)+" ↑ ")
	}
	ch.cursor(p.moments, p.selected)
	return c
}

// bar draws a column: the most that was in flight in its time, and the smallest window.
func (p windowPane) bar(ch *chart, x int) {
	flight, window := int64(-1), int64(-1)
	first, end := ch.columnOf(p.moments, x)
	for i := first; i < end; i++ {
		v := &p.moments[i].Ends[p.sender]
		flight = max(flight, v.Flight())
		if v.Window >= 0 && (window < 0 || v.Window < window) {
			window = v.Window
		}
	}
	if flight > 0 {
		for y := ch.row(flight); y < ch.y+ch.rows; y++ {
			ch.markAt(x, y, toServer, "░")
		}
	}
	if p.congestion == nil || end == first {
		if window >= 0 {
			ch.markAt(x, ch.row(window), bold, "━")
		}
		return
	}
	if window >= 0 {
		ch.markAt(x, ch.row(window), dim, "·")
	}
	if now := p.congestion[end-1]; now.cwnd > 0 {
		if now.ssthresh > 0 {
			ch.markAt(x, ch.row(now.ssthresh), again, "┄")
		}
		ch.markAt(x, ch.row(now.cwnd), bold, "━")
	}
}

// columnOf returns the indexes of the moments in the time of a column, with the last one before, which still holds.
func (ch *chart) columnOf(moments []flow.Moment, x int) (first, end int) {
	low, high := 0, len(moments)
	for low < high {
		if mid := (low + high) / 2; ch.column(moments[mid].At) < x {
			low = mid + 1
		} else {
			high = mid
		}
	}
	end = low
	for end < len(moments) && ch.column(moments[end].At) == x {
		end++
	}
	return max(0, low-1), end
}
