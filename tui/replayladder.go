package tui

import (
	"net/netip"
	"strings"
	"time"

	"netlab/capture"
)

// ladderPane shows the selected packet's stream as arrows between its two ends, not to scale.
type ladderPane struct {
	head
	look     *look
	ends     [2]string
	rungs    []rung
	selected int
}

// rung is a packet of the stream.
type rung struct {
	number int
	at     time.Duration
	dir    int
	sum    capture.Summary
	sign   string // what was found about it, as in the list
	again  bool
}

// ladderPane makes the pane: as many packets around the selected one as fit.
func (r *replay) ladderPane(h head, height int) ladderPane {
	p := ladderPane{head: h, look: r.look, selected: r.selected}
	place, ok := r.file.Place(r.selected)
	if !ok {
		return p
	}
	p.about = "not to scale"
	if place.Stream >= 0 {
		p.about = place.Transport + " " + decimal(place.Stream) + "   not to scale"
	}
	if !place.Ends[0].IsValid() {
		return p
	}
	for i, end := range place.Ends {
		p.ends[i] = endWords(end)
	}
	for _, n := range r.file.Near(r.selected, height, height) {
		of, _ := r.file.Place(n)
		sum := r.line(n)
		sign, _ := r.signOf(n, of, sum)
		p.rungs = append(p.rungs, rung{number: n, at: r.since(n), dir: of.Dir, sum: sum, sign: sign, again: of.Again})
	}
	return p
}

func endWords(end netip.AddrPort) string {
	if end.Port() == 0 {
		return end.Addr().String()
	}
	return end.String()
}

// longGap is a pause worth a line.
const longGap = time.Millisecond

// View draws the arrows.
func (p ladderPane) View(width, height int) string { return p.paint(width, height).String() }

func (p ladderPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if len(p.rungs) == 0 {
		c.putIn(2, 1, width-3, dim, "this packet does not travel between two hosts")
		return c
	}
	left := max(12, textWidth(seconds(p.rungs[len(p.rungs)-1].at))+3)
	if width < 46 {
		left = 3
	}
	right := width - 3
	ends := [2]string{cutLeft(p.ends[0], (right-left)/2), cutLeft(p.ends[1], (right-left)/2)}
	c.put(left, 1, toServer|bold, ends[0])
	c.right(right+1, 1, toClient|bold, ends[1])
	first, last := p.fit(height - 2)
	y := 2
	for i := first; i <= last && y < height; i++ {
		if i > first && p.gap(i) && y < height {
			pause := "+" + short(rounded(p.rungs[i].at-p.rungs[i-1].at))
			if left > len(pause) {
				c.right(left-1, y, dim, pause)
			} else {
				c.put(left+4, y, dim, pause)
			}
			c.put(left, y, dim, "┊")
			c.put(right, y, dim, "┊")
			if y++; y == height {
				break
			}
		}
		p.rung(c, left, right, y, &p.rungs[i])
		c.spot(0, width, y, p.rungs[i].number)
		y++
	}
	return c
}

func (p ladderPane) gap(i int) bool { return p.rungs[i].at-p.rungs[i-1].at >= longGap }

// rounded leaves a duration three digits or so.
func rounded(d time.Duration) time.Duration {
	for unit := time.Duration(1); ; unit *= 10 {
		if d < 1000*unit {
			return d.Round(unit)
		}
	}
}

// fit returns the first and the last packet that are drawn on so many lines: those around the selected one.
func (p ladderPane) fit(lines int) (first, last int) {
	for i := range p.rungs {
		if p.rungs[i].number == p.selected {
			first, last = i, i
		}
	}
	used := 1
	cost := func(i int) int { // of having i drawn after i-1
		if p.gap(i) {
			return 2
		}
		return 1
	}
	for grown := true; grown; {
		grown = false
		if last+1 < len(p.rungs) && used+cost(last+1) <= lines {
			last++
			used += cost(last)
			grown = true
		}
		if first > 0 && used+cost(first) <= lines {
			used += cost(first)
			first--
			grown = true
		}
	}
	return first, last
}

// rung draws a packet as an arrow with its words.
func (p ladderPane) rung(c *canvas, left, right, y int, r *rung) {
	selected := r.number == p.selected
	st := toServer
	if r.dir == 1 {
		st = toClient
	}
	words := r.sum.What
	sign := strings.Replace(strings.TrimPrefix(r.sign, "i "), "again: ", "", 1)
	switch {
	case r.again && sign == "↻ again":
		words = "↻ " + words
	case sign != "":
		words = sign + "  " + words
	}
	if r.again {
		st = again
	}
	if selected {
		st |= bold
		c.put(0, y, bold, "▶")
	}
	if left > 6 {
		c.right(left-1, y, dim, seconds(r.at))
	}
	c.put(left, y, dim, "│")
	c.put(right, y, dim, "│")
	rule := '─'
	if r.sum.Proto != "TCP" && r.sum.Proto != "UDP" {
		rule = '═' // a message begins in it
	}
	c.fill(left+1, right, y, st, rule)
	if r.dir == 0 {
		c.put(right-1, y, st, "▶")
	} else {
		c.put(left+1, y, st, "◀")
	}
	if room := right - left - 9; room > 0 {
		text := " " + cut(words, room) + " "
		if selected {
			st |= reverse
		}
		c.put(left+4, y, st, text)
	}
}
