package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// explainPane says what the selected field means, why the packet was sent, and what became of it.
type explainPane struct {
	head
	look     *look
	view     timeline.View // up to the cursor
	packet   timeline.Packet
	selected *wire.Node
	row      row
	raw      bool
	sealed   bool // it is in what was decrypted
	picked   bool // the field was chosen by hand
	start    time.Time
	scroll   int
	latest   []line // what happened, for as long as there is no packet
}

// line is a piece of text in one style.
type line struct {
	st   style
	text string
}

// View draws the explanation from its scrolled line on.
func (p explainPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.selected == nil {
		y := 1
		for _, l := range p.latest {
			for _, text := range wrap(l.text, width-3) {
				c.put(1, y, l.st, text)
				y++
			}
		}
		return c.String()
	}
	lines := p.lines(width - 3)
	first := min(p.scroll, max(0, len(lines)-(height-1)))
	for i := first; i < len(lines) && i-first < height-1; i++ {
		c.put(1, 1+i-first, lines[i].st, lines[i].text)
	}
	if len(lines)-first > height-1 {
		c.right(width-1, height-1, dim, " ↓ more ")
	}
	return c.String()
}

// lines is the whole explanation. What the user asks for comes first: the field if it was chosen, and why the packet was sent if not.
func (p explainPane) lines(width int) []line {
	var field, why, way []line
	p.field(writer(&field, width))
	p.why(writer(&why, width))
	add := writer(&way, width)
	add(bold, "Its way")
	for _, step := range p.way() {
		add(step.st, step.text)
	}
	gap := []line{{}}
	if p.picked {
		return slices.Concat(field, gap, why, gap, way)
	}
	return slices.Concat(why, gap, way, gap, field)
}

// writer returns a function that adds a paragraph to lines.
func writer(lines *[]line, width int) func(style, string) {
	return func(st style, text string) {
		for _, l := range wrap(text, width) {
			*lines = append(*lines, line{st, l})
		}
	}
}

// field says what the selected field means.
func (p explainPane) field(add func(style, string)) {
	f := p.selected
	text, relative := p.row.number(f, p.raw)
	add(bold, f.Name+": "+cut(text, 80))
	where := position(f)
	if p.sealed {
		where = "{} decrypted, " + where
	}
	if !f.Ref.IsZero() {
		where += " · " + f.Ref.Short()
	}
	add(dim, where)
	if relative {
		add(plain, fmt.Sprintf("Counted from the start of %s's stream; on the wire it is 0x%08x (key g).", p.whose(f), f.Uint))
	}
	if f.Doc != "" {
		add(plain, f.Doc)
	}
	if f.Note != "" {
		add(lost, "! "+f.Note)
	}
}

// why says why the packet was sent, and what it repeats.
func (p explainPane) why(add func(style, string)) {
	add(bold, fmt.Sprintf("Why packet %d was sent", p.packet.Number))
	add(plain, sentence(p.packet.First))
	if p.packet.Replaces != 0 {
		add(again, "↻ "+p.replaces())
	}
	if p.packet.Replaced != 0 {
		add(again, fmt.Sprintf("↻ Packet %d carries the same again.", p.packet.Replaced))
	}
	if !p.packet.First.Ref.IsZero() {
		add(dim, p.packet.First.Ref.Short())
	}
}

// whose is the host in whose stream a sequence number counts.
func (p explainPane) whose(f *wire.Node) string {
	if f.Key == "tcp.ack_raw" {
		return p.row.to
	}
	return p.row.from
}

// replaces says which packet this one repeats, and what had happened to that.
func (p explainPane) replaces() string {
	text := fmt.Sprintf("It replaces packet %d", p.packet.Replaces)
	old, ok := p.view.Packet(p.view.Index(p.packet) - (p.packet.Number - p.packet.Replaces))
	switch {
	case !ok:
		return text + "."
	case old.Lost != nil && old.Received == nil:
		return text + ", lost on " + linkName(old.Lost.Link) + "."
	case old.Discarded != nil:
		return text + ", discarded by " + old.Discarded.Host + "."
	case old.Received != nil:
		return text + ", which did arrive."
	}
	return text + ", still on its way."
}

// way lists where the packet was seen, until the cursor.
func (p explainPane) way() []line {
	var lines []line
	for _, id := range p.packet.Events {
		e, ok := p.view.Event(id)
		if !ok {
			continue
		}
		l := line{plain, seconds(e.At.Sub(p.start)) + "  "}
		switch e.Kind {
		case trace.Sent:
			l.text += e.Host + " sends it"
		case trace.Received:
			l.text += e.Host + " receives it"
		case trace.Forwarded:
			l.text += e.Host + " forwards it"
			if to := other(e.Link, e.Host); e.Frame && to != "" {
				l.text += " to " + to
			}
		case trace.Lost:
			l = line{lost, l.text + "✗ " + linkName(e.Link) + ": " + e.Text()}
		case trace.Discarded:
			l = line{lost, l.text + "✗ " + e.Host + " " + e.Text()}
		case trace.Corrupted, trace.Duplicated, trace.Reordered:
			l = line{lost, l.text + "! " + linkName(e.Link) + ": " + e.Text()}
		default:
			continue
		}
		lines = append(lines, l)
	}
	return lines
}

// sentence is what an event says, with its subject and a full stop.
func sentence(e *trace.Event) string {
	text := e.Text()
	if text == "" {
		text = kindWords(e.Kind)
	}
	who := e.Host
	if who == "" {
		who = linkName(e.Link)
	}
	text = strings.TrimSpace(who + " " + text)
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

func kindWords(k trace.Kind) string {
	switch k {
	case trace.Sent:
		return "sends a packet"
	case trace.Received:
		return "receives the packet"
	case trace.Forwarded:
		return "forwards the packet"
	case trace.Lost:
		return "loses the packet"
	}
	return k.String()
}
