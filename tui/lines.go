package tui

import (
	"fmt"
	"strings"

	"netlab/link"
	"netlab/trace"
)

// liveKeys is the keymap with the words that fit now.
func (s *screen) liveKeys() []binding {
	keys := s.fitting(s.keys)
	for i := range keys {
		if s.src.Live() && (keys[i].do == faster || keys[i].do == slower) {
			keys[i].brief = ""
		}
	}
	return keys
}

func (s *screen) title() string {
	c := newCanvas(s.width, 1, s.look)
	state := map[bool]string{true: "▶ PLAYING", false: "‖ PAUSED"}[s.playing]
	if s.playing && s.waiting {
		state = "▶▶ WAITING"
	}
	right := fmt.Sprintf("%s  t %s s  speed %s", state, seconds(s.clock), s.pace())
	switch {
	case s.src.Live() && s.playing:
		right = fmt.Sprintf("▶ LIVE  t %s s", seconds(s.clock))
	case s.src.Live():
		right = fmt.Sprintf("‖ PAUSED  t %s s  %d new", seconds(s.clock), s.all.Last()-s.cursor)
	case s.width < 60:
		right = fmt.Sprintf("%s t %s", s.sign(), seconds(s.clock))
	}
	x := c.put(1, 0, bold, "netlab ")
	title := "▸ " + s.src.Title()
	if seen, kept := s.src.Futures(); kept > 1 {
		title += fmt.Sprintf("   future %c of %d", 'A'+seen, kept)
	}
	c.putIn(x, 0, s.width-x-textWidth(right)-2, plain, title)
	st := bold
	if s.playing {
		st |= good
	}
	c.right(s.width-1, 0, st, right)
	return c.String()
}

func (s *screen) bar() string {
	type version struct {
		gen    int
		cursor trace.ID
		last   trace.ID
		first  trace.ID
	}
	return s.drawn.bar.draw(version{s.gen, s.cursor, s.all.Last(), s.all.First()}, s.look, s.width, 1, func() timeBar {
		return timeBar{s.look, s.all, s.cursor}
	})
}

func (s *screen) rule() string {
	c := newCanvas(s.width, 1, s.look)
	c.fill(0, s.width, 0, dim, '─')
	return c.String()
}

// faults draws the selected link's faults with their keys. Each answers a click with its action.
func (s *screen) faults() *canvas {
	c := newCanvas(s.width, 1, s.look)
	l, ok := s.selectedLink()
	if !ok {
		return c
	}
	x := c.put(1, 0, bold, l.Name+": ")
	both := func(f func(link.Faults) string) string {
		up, down := f(l.Up), f(l.Down)
		if up == down {
			return up
		}
		return up + "/" + down
	}
	item := func(key, name string, f func(link.Faults) string) {
		from := x + 1
		x = c.put(from, 0, bold, key)
		x = c.put(x+1, 0, plain, name)
		if f != nil {
			v, st := both(f), dim
			if v != "0" && v != "no limit" {
				st = bold
			}
			x = c.put(x+1, 0, st, v)
		}
		c.spot(from, x, 0, int(lookUp(s.keys, key)))
		x++
	}
	if l.Up.Down || l.Down.Down {
		item("P", "down", nil)
	}
	item("L", "loss", func(f link.Faults) string { return percent(f.Loss) })
	item("D", "delay", func(f link.Faults) string { return short(f.Delay) })
	item("O", "reorder", func(f link.Faults) string { return percent(f.Reorder) })
	item("U", "duplicate", func(f link.Faults) string { return percent(f.Duplicate) })
	item("C", "corrupt", func(f link.Faults) string { return percent(f.Corrupt) })
	item("W", "bandwidth", func(f link.Faults) string { return bandwidth(f.Rate) })
	item("X", "drop next", nil)
	item("K", "clear", nil)
	return c
}

// said is what a key just did, or else the latest event: what happened, why, and what asks for it.
func (s *screen) said(height int) string {
	c := newCanvas(s.width, height, s.look)
	if s.notice != "" {
		c.putIn(1, 0, s.width-2, bold, s.notice)
		return c.String()
	}
	e, ok := s.all.Event(s.cursor)
	if !ok {
		text := "Nothing has happened yet. space plays, . takes one step, ? shows every key."
		if s.src.Live() {
			text = "Nothing has happened yet: send something to this host."
		}
		c.putIn(1, 0, s.width-2, plain, text)
		return c.String()
	}
	x := 1
	if s.width >= 100 {
		x = c.put(1, 0, bold, seconds(e.At.Sub(s.start()))) + 2
	}
	ref, room := "", s.width-x-1
	if !e.Ref.IsZero() && s.width >= 60 {
		ref = "  " + e.Ref.Short()
	}
	text := s.eventSentence(e)
	if s.width >= 100 {
		text += s.because(e)
	}
	lines := wrap(text, room)
	if len(lines) > height {
		lines[height-1] = strings.Join(lines[height-1:], " ")
		lines = lines[:height]
	}
	for y, line := range lines {
		if y == height-1 { // the reference is not cut off
			line = cut(line, room-textWidth(ref))
		}
		end := c.put(x, y, plain, line)
		switch {
		case y < len(lines)-1:
		case end+textWidth(ref) < s.width:
			c.put(end, y, dim, ref)
		default:
			c.put(x, y+1, dim, strings.TrimSpace(ref))
		}
	}
	return c.String()
}

// because names what led to an event, if that is another packet or the application.
func (s *screen) because(e *trace.Event) string {
	cause, ok := behind(s.all, e.Cause)
	if !ok || e.Kind.OfPacket() && cause.Packet == e.Packet {
		return ""
	}
	p, known := s.all.PacketOf(cause.ID)
	switch {
	case known && cause.Kind == trace.Received:
		return fmt.Sprintf(" Cause: packet %d arrived at %s.", p.Number, cause.Host)
	case known:
		return fmt.Sprintf(" Cause: packet %d.", p.Number)
	case cause.Kind == trace.Call:
		return " Cause: a call of the application."
	case cause.Kind == trace.TimerExpired:
		return " Cause: its timer."
	}
	return ""
}

// eventSentence says what an event is, with the packet that it is about.
func (s *screen) eventSentence(e *trace.Event) string {
	p, ok := s.all.PacketOf(e.ID)
	if !ok || !e.Kind.OfPacket() {
		return sentence(e)
	}
	packet := fmt.Sprintf("Packet %d", p.Number)
	if s.width < 100 {
		packet = decimal(p.Number)
	}
	switch {
	case e.Host == "": // a link did something to it
		sign := "!"
		if e.Kind == trace.Lost {
			sign = "✗"
		}
		return fmt.Sprintf("%s %s is %s on %s: %s.", sign, packet, e.Kind, linkName(e.Link), e.Text())
	case e.Kind == trace.Received && e.ID != e.Packet:
		return packet + ": " + e.Host + " receives it."
	}
	return packet + ": " + sentence(e)
}
