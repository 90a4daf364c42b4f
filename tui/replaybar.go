package tui

import (
	"fmt"
	"sort"
	"time"

	"netlab/flow"
)

// bars are the lines under the title: how far the reading has come, or how many packets there are at each time; and the time line.
func (r *replay) bars() []func() *canvas {
	l := r.layout()
	var bars []func() *canvas
	switch {
	case r.stop != nil || !r.loaded:
		bars = append(bars, r.progress)
	case l != single:
		bars = append(bars, r.rate)
	}
	if l == wide {
		bars = append(bars, r.timeLine)
	}
	return bars
}

// onTimeScale reports whether the columns of a line of the screen are times of the capture.
func (r *replay) onTimeScale(y int) bool {
	first := 1
	if r.stop != nil || !r.loaded {
		first = 2 // under the progress of the reading
	}
	return y >= first && y <= len(r.bars())
}

// timeScale is which columns stand for the capture's time, and how long that is.
func (r *replay) timeScale() (from, to int, length time.Duration) {
	begin, end := r.file.Span()
	length = end.Sub(begin)
	return 6, max(7, r.width-2-textWidth(short(length))), length
}

// columns returns what tells the column of a time.
func (r *replay) columns() func(time.Time) int {
	from, to, length := r.timeScale()
	begin, _ := r.file.Span()
	return func(at time.Time) int {
		if length <= 0 {
			return from
		}
		return from + int(float64(at.Sub(begin))/float64(length)*float64(to-from-1))
	}
}

// goToColumn selects the first packet, of those shown, at the time of a column or after it.
func (r *replay) goToColumn(x int) {
	from, to, length := r.timeScale()
	begin, _ := r.file.Span()
	share := float64(min(max(x, from), to-1)-from) / float64(max(1, to-from-1))
	at := begin.Add(time.Duration(share * float64(length)))
	r.moveTo(sort.Search(r.count(), func(i int) bool { return !r.file.At(r.shownAt(i)).Before(at) }))
}

// rate is how many packets there are at each time of the capture.
func (r *replay) rate() *canvas {
	c := newCanvas(r.width, 1, r.look)
	from, to, length := r.timeScale()
	c.put(1, 0, dim, "pkts")
	if r.counts.packets != r.packets || len(r.counts.parts) != max(0, to-from) {
		r.counts = histogram{r.packets, r.file.Histogram(to - from)}
	}
	r.counts.draw(c, from)
	if r.layout() != wide { // the time line would say it
		c.right(r.width-1, 0, dim, short(length))
	}
	if r.selected > 0 {
		x := r.columns()(r.file.At(r.selected))
		c.restyle(x, x+1, 0, bold|reverse)
	}
	return c
}

// histogram is how many packets there are in each part of the capture's time.
type histogram struct {
	packets int
	parts   []int
}

func (h histogram) draw(c *canvas, x int) {
	steps := []rune("▁▂▃▄▅▆▇█")
	if c.look.ascii {
		steps = []rune("_.-:=+*#")
	}
	most := 1
	for _, n := range h.parts {
		most = max(most, n)
	}
	for i, n := range h.parts {
		step := 0
		if n > 0 {
			step = max(1, n*(len(steps)-1)/most)
		}
		c.put(x+i, 0, dim, string(steps[step]))
	}
}

// progress is how much of the file has been read.
func (r *replay) progress() *canvas {
	c := newCanvas(r.width, 1, r.look)
	state, hint := "reading", "Esc stops"
	if r.stop == nil {
		state, hint = "stopped", "r reads on"
	}
	text := fmt.Sprintf("%s  %s", count(r.packets, "packet"), hint)
	share := 0.0
	if r.size > 0 {
		share = min(1, float64(r.read)/float64(r.size))
		text = fmt.Sprintf("%.0f %%  %s", 100*share, text)
	}
	x := c.put(1, 0, bold, state+" ")
	end := r.width - 2 - textWidth(text)
	if end-x >= 4 && r.size > 0 {
		full := x + int(share*float64(end-x-1))
		c.fill(x, full, 0, good, '█')
		c.fill(full, end-1, 0, dim, '░')
	}
	c.right(r.width-1, 0, plain, text)
	return c
}

// timeLine is where in the capture the selected packet is, with the findings that are no mere notes.
func (r *replay) timeLine() *canvas {
	c := newCanvas(r.width, 1, r.look)
	from, to, length := r.timeScale()
	column := r.columns()
	c.put(1, 0, dim, "0")
	c.right(r.width-1, 0, dim, short(length))
	c.fill(from, to, 0, dim, '─')
	r.trouble(c, from, to, column)
	if r.mark > 0 {
		c.put(column(r.file.At(r.mark)), 0, bold, "m")
	}
	if r.selected > 0 {
		c.put(column(r.file.At(r.selected)), 0, bold|reverse, "●")
	}
	return c
}

// trouble puts the findings that are no mere notes on the time line. If they would fill more than half of it, a sign stands only where more was found than elsewhere
// on the average, and a dot for the rest.
func (r *replay) trouble(c *canvas, from, to int, column func(time.Time) int) {
	kinds, counts := make([]flow.Kind, to-from), make([]int, to-from)
	step := max(1, len(r.findings)/4096) // so many are enough to fill the line
	all, filled := 0, 0
	for i := 0; i < len(r.findings); i += step {
		f := &r.findings[i]
		x := column(time.Unix(0, f.At)) - from
		if f.Kind.Note() || x < 0 || x >= len(counts) {
			continue
		}
		if counts[x] == 0 {
			filled++
		}
		if counts[x] == 0 || !f.Kind.Again() { // what is sent again follows from something else
			kinds[x] = f.Kind
		}
		counts[x]++
		all++
	}
	for x, n := range counts {
		switch sign, st := findingSign(kinds[x]); {
		case n == 0:
		case 2*filled > len(counts) && n*filled <= all:
			c.put(from+x, 0, dim, "·")
		default:
			c.put(from+x, 0, st|bold, sign)
		}
	}
}
