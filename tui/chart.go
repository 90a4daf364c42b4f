package tui

import (
	"strconv"
)

// chart is the part of a canvas between two axes: time to the right, a number upwards.
type chart struct {
	*canvas
	x, y, columns, rows int // where it stands, without the axes
	from, to            int64
	low, high           int64
}

// axisWidth is how many columns the upward axis and its numbers take, if those are short.
const axisWidth = 8

// newChart makes room for a chart from row y of a canvas on, down to its last row, beside an axis of so many columns. It reports false if there is none.
func newChart(c *canvas, y, axis int, from, to, low, high int64) (chart, bool) {
	ch := chart{c, axis + 1, y, c.width - axis - 2, c.height - y - 2, from, max(to, from+1), low, max(high, low+1)}
	return ch, ch.columns >= 8 && ch.rows >= 2
}

// column is where a time stands.
func (ch *chart) column(at int64) int {
	return ch.x + int(float64(at-ch.from)/float64(ch.to-ch.from)*float64(ch.columns-1))
}

// row is where a number stands.
func (ch *chart) row(n int64) int {
	return ch.y + ch.rows - 1 - int(float64(n-ch.low)/float64(ch.high-ch.low)*float64(ch.rows-1)+0.5)
}

// holds reports whether a place is in the chart.
func (ch *chart) holds(x, y int) bool {
	return x >= ch.x && x < ch.x+ch.columns && y >= ch.y && y < ch.y+ch.rows
}

// markAt puts a sign at a place, if that is in the chart.
func (ch *chart) markAt(x, y int, st style, sign string) {
	if ch.holds(x, y) {
		ch.put(x, y, st, sign)
	}
}

// axes draws both axes. number writes what stands beside a row, base is the time that is called zero.
func (ch *chart) axes(number func(int64) string, base int64) {
	bottom := ch.y + ch.rows
	every := max(1, (ch.rows+2)/4)
	for i := range ch.rows {
		y, rule := ch.y+i, "│"
		if (ch.rows-1-i)%every == 0 {
			n := ch.low + int64(float64(ch.high-ch.low)*float64(ch.rows-1-i)/float64(max(1, ch.rows-1)))
			ch.right(ch.x-1, y, dim, number(n))
			rule = "┤"
		}
		ch.put(ch.x-1, y, dim, rule)
	}
	ch.put(ch.x-1, bottom, dim, "┼")
	ch.fill(ch.x, ch.x+ch.columns, bottom, dim, '─')
	decimals := 0
	for span := ch.to - ch.from; span < 100_000_000_000 && decimals < 9; span *= 10 {
		decimals++
	}
	next := 0
	for x := ch.x; x < ch.x+ch.columns; x++ {
		at := ch.from + int64(float64(ch.to-ch.from)*float64(x-ch.x)/float64(max(1, ch.columns-1)))
		text := strconv.FormatFloat(float64(at-base)/1e9, 'f', decimals, 64)
		if x < next || x+textWidth(text)+2 > ch.x+ch.columns {
			continue
		}
		ch.put(x, bottom, dim, "┬")
		end := ch.put(x, bottom+1, dim, text)
		next = end + max(4, ch.columns/8)
	}
	ch.right(ch.x+ch.columns, bottom+1, dim, "s")
}

// shortNumber writes a number in at most six characters: "1460", "65k", "1.2M".
func shortNumber(n int64) string {
	for _, unit := range []struct {
		of   int64
		name string
	}{{1e12, "T"}, {1e9, "G"}, {1e6, "M"}, {1e4, "k"}} {
		if n < unit.of && -n < unit.of {
			continue
		}
		if unit.name == "k" {
			unit.of = 1000
		}
		digits := 0
		if n/unit.of < 100 {
			digits = 1
		}
		return strconv.FormatFloat(float64(n)/float64(unit.of), 'f', digits, 64) + unit.name
	}
	return decimal(n)
}
