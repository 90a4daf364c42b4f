package tui

import (
	"fmt"

	"netlab/flow"
)

// findingsPane lists what was found, in the order of the packets.
type findingsPane struct {
	head
	look     *look
	all      []flow.Finding
	at       int // the last finding about the selected packet, or one before it; -1: there is none
	selected int // number of the selected packet
	more     int // that were not kept
	loaded   bool
}

// View draws the findings around the selected packet.
func (p findingsPane) View(width, height int) string { return p.paint(width, height).String() }

func (p findingsPane) paint(width, height int) *canvas {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if len(p.all) == 0 {
		if p.loaded {
			x := c.put(2, 1, good|bold, "✓")
			c.putIn(x+1, 1, width-x-2, plain, "nothing lost, sent again, refused or damaged in this capture")
		}
		return c
	}
	visible := height - 1
	first := max(0, min(p.at-visible/2, len(p.all)-visible))
	number := len(decimal(p.all[min(len(p.all), first+visible)-1].Packet))
	for i := first; i < len(p.all) && i-first < visible; i++ {
		p.row(c, 1+i-first, max(3, number), &p.all[i])
		c.spot(0, width, 1+i-first, p.all[i].Packet)
	}
	return c
}

func (p findingsPane) row(c *canvas, y, number int, f *flow.Finding) {
	sign, st := findingSign(f.Kind)
	if f.Packet == p.selected {
		c.put(1, y, bold, "▶")
	}
	c.put(3, y, st|bold, sign)
	c.right(5+number, y, dim, decimal(f.Packet))
	end := c.width - 1
	if ref := f.Ref.Short(); !f.Ref.IsZero() && end-textWidth(ref) > c.width/2+16 && len(ref) < 24 {
		c.right(end, y, dim, ref)
		end -= textWidth(ref) + 1
	}
	c.putIn(6+number, y, end-6-number, st, f.Text())
	if f.Packet == p.selected {
		c.restyle(3, c.width-1, y, bold)
	}
}

// findingSign is how a kind of finding is drawn.
func findingSign(k flow.Kind) (string, style) {
	switch {
	case k.Note():
		return "i", dim
	case k.Again():
		return "↻", again
	}
	return "!", lost
}

// findingsAbout says how many findings there are.
func (r *replay) findingsAbout() string {
	notes := 0
	for i := range r.findings {
		if r.findings[i].Kind.Note() {
			notes++
		}
	}
	about := fmt.Sprintf("%d · %s", len(r.findings)-notes, count(notes, "note"))
	if r.unkept > 0 {
		about += fmt.Sprintf(", %d more not kept", r.unkept)
	}
	if !r.loaded {
		about += " so far"
	}
	return about
}

// findingsOf returns what was found about a packet, as lines.
func (r *replay) findingsOf(number int) []line {
	var lines []line
	for i := r.finding(); i >= 0 && r.findings[i].Packet == number; i-- {
		f := &r.findings[i]
		sign, st := findingSign(f.Kind)
		text := sign + " " + f.Text()
		if !f.Ref.IsZero() {
			text += " (" + f.Ref.Short() + ")"
		}
		lines = append([]line{{st, text}}, lines...)
	}
	return lines
}
