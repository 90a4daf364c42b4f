package export

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// The ladder's measures, in pixels.
const (
	timeWidth  = 92  // the column of times
	laneWidth  = 300 // from one host to the next
	noteWidth  = 960 // what is worth pointing at
	rowHeight  = 30
	headHeight = 64
	slant      = 8 // how much lower an arrow ends than it begins
)

// maxDrawn is how many packets a picture holds.
const maxDrawn = 1000

// gap is how much time must pass between two packets for the ladder to say so.
const gap = 100 * time.Millisecond

// SVG draws the run as a ladder: a line for each host, time downwards, an arrow for each packet. The picture needs no fonts, scripts or
// files of others, and is light or dark as its reader is.
func SVG(w io.Writer, r *Run) error {
	out := bufio.NewWriter(w)
	d := &drawing{out: out, run: r, lanes: map[string]int{}, streams: r.streams()}
	for i, h := range r.Hosts {
		d.lanes[h] = i
	}
	d.draw()
	return out.Flush()
}

type drawing struct {
	out     *bufio.Writer
	run     *Run
	lanes   map[string]int
	streams bool
	y       int
}

// rows returns how many rows the picture needs.
func (d *drawing) rows(shown []Packet) int {
	rows := len(shown)
	for i := range shown {
		if i > 0 && shown[i].At-shown[i-1].At >= gap {
			rows++
		}
		for _, n := range d.run.notes(shown[i].Number)[min(1, len(d.run.notes(shown[i].Number))):] {
			if !n.Fine {
				rows++
			}
		}
	}
	return rows
}

func (d *drawing) x(host string) int { return timeWidth + 60 + d.lanes[host]*laneWidth }

func (d *drawing) draw() {
	r := d.run
	shown := r.Packets[:min(len(r.Packets), maxDrawn)]
	left := len(r.Packets) - len(shown) + r.More
	width := timeWidth + 120 + max(0, len(r.Hosts)-1)*laneWidth + noteWidth
	height := headHeight + (d.rows(shown)+2)*rowHeight
	fmt.Fprintf(d.out, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" font-family="ui-monospace,Menlo,Consolas,monospace" font-size="12">`+"\n", width, height, width, height)
	fmt.Fprintf(d.out, "<title>%s</title>\n", escape(r.Title))
	d.out.WriteString(ladderStyle)
	fmt.Fprintf(d.out, `<rect width="%d" height="%d" class="bg"/>`+"\n", width, height)
	fmt.Fprintf(d.out, `<text x="12" y="22" class="b">%s</text>`+"\n", escape(cut(r.Title, 80)))
	for _, h := range r.Hosts {
		fmt.Fprintf(d.out, `<text x="%d" y="48" text-anchor="middle" class="b">%s</text><line x1="%d" y1="56" x2="%d" y2="%d" class="lane"/>`+"\n",
			d.x(h), escape(h), d.x(h), d.x(h), height-10)
	}
	d.y = headHeight + rowHeight
	forward := map[int]string{} // the end of a stream that was seen sending first
	for i := range shown {
		p := &shown[i]
		if i > 0 && p.At-shown[i-1].At >= gap {
			fmt.Fprintf(d.out, `<text x="%d" y="%d" class="dim">⋮ %s s pass</text>`+"\n", timeWidth+70, d.y-6, seconds(p.At-shown[i-1].At))
			d.y += rowHeight
		}
		if forward[p.Stream] == "" {
			forward[p.Stream] = p.From
		}
		d.packet(p, forward[p.Stream] == p.From)
	}
	if left > 0 {
		fmt.Fprintf(d.out, `<text x="12" y="%d" class="dim">%d more packets are not drawn</text>`+"\n", d.y, left)
	}
	d.out.WriteString("</svg>\n")
}

// ladderStyle has the colours of the screen, Okabe and Ito's, for light and dark.
const ladderStyle = `<style>.bg{fill:#fff}text{fill:#222}.b{font-weight:bold}.dim{fill:#666}.lane{stroke:#999;stroke-dasharray:2 3}.o{stroke:#0072B2;fill:#0072B2}.i{stroke:#8A5F00;fill:#8A5F00}.l{stroke:#B34E00;fill:#B34E00}.a{stroke:#6B6500;fill:#6B6500}line.a{stroke-dasharray:6 3}text.o,text.i,text.l,text.a{stroke:none}.n{fill:#B34E00}
@media (prefers-color-scheme:dark){.bg{fill:#111}text{fill:#ddd}.dim{fill:#999}.lane{stroke:#555}.o{stroke:#56B4E9;fill:#56B4E9}.i{stroke:#E69F00;fill:#E69F00}.l{stroke:#FF7F32;fill:#FF7F32}.a{stroke:#F0E442;fill:#F0E442}.n{fill:#FF7F32}}</style>
`

// packet draws an arrow with its label, and what there is to say of it. Nothing is said by colour alone: what was lost ends in ✗, what was sent again
// begins with ↻.
func (d *drawing) packet(p *Packet, forward bool) {
	class, mark := "o", ""
	if !forward {
		class = "i"
	}
	if p.Again {
		class, mark = "a", "↻ "
	}
	if p.Lost != "" {
		class = "l"
	}
	from, to := d.x(p.From), d.x(p.To)
	y := d.y
	fmt.Fprintf(d.out, `<text x="12" y="%d" class="dim">%s</text>`+"\n", y, seconds(p.At))
	label := mark + d.run.label(p, d.streams)
	if from == to { // a packet to itself, or a broadcast of nobody else
		fmt.Fprintf(d.out, `<circle cx="%d" cy="%d" r="4" class="%s"/><text x="%d" y="%d" class="%s">%s</text>`+"\n", from, y-4, class, from+10, y, class, escape(cut(label, 40)))
	} else {
		end := to
		if p.Lost != "" {
			end = from + (to-from)*6/10
		}
		head := -7
		if to < from {
			head = 7
		}
		room := max(laneWidth, (max(from, to)-min(from, to)))/7 - 2
		fmt.Fprintf(d.out, `<g class="%s"><line x1="%d" y1="%d" x2="%d" y2="%d" class="%s"/>`, class, from, y, end, y+slant, class)
		if p.Lost != "" {
			fmt.Fprintf(d.out, `<text x="%d" y="%d" text-anchor="middle" class="%s b">✗</text>`, end, y+slant+4, class)
		} else {
			fmt.Fprintf(d.out, `<path d="M%d %d l%d -4 l0 8 z"/>`, end, y+slant, head)
		}
		fmt.Fprintf(d.out, `</g><text x="%d" y="%d" text-anchor="middle" class="%s">%s</text>`+"\n", (from+to)/2, y-3, class, escape(cut(label, room)))
	}
	d.notes(p)
}

// notes writes what is worth pointing at on the right.
func (d *drawing) notes(p *Packet) {
	x := d.x(d.run.Hosts[len(d.run.Hosts)-1]) + 70
	first := true
	say := func(text, class string) {
		if !first {
			d.y += rowHeight
		}
		first = false
		fmt.Fprintf(d.out, `<text x="%d" y="%d" class="%s">%s</text>`+"\n", x, d.y, class, escape(cut(text, noteWidth/7)))
	}
	for _, n := range d.run.notes(p.Number) {
		if !n.Fine {
			say("! "+n.Text, "n")
		}
	}
	if first && p.Lost != "" {
		say(p.Lost, "n")
	}
	d.y += rowHeight
}

// cut shortens s to so many characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	runes := []rune(s)
	return string(runes[:max(0, n-1)]) + "…"
}

// escape makes s text of XML; what XML has no character for is left out.
func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s))
	return b.String()
}
