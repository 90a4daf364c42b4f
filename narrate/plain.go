package narrate

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"netlab/capture"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// Plain writes a run as text, one sentence per event.
type Plain struct {
	story
	paper
}

// NewPlain returns a narration that writes to w. Each of its methods hands all its lines to w before it returns.
func NewPlain(w io.Writer, o Options) *Plain {
	return &Plain{story: newStory(o), paper: newPaper(w, o)}
}

// Begin writes the header.
func (p *Plain) Begin(h Header) error {
	title := h.Title
	if h.Seed != 0 {
		title += fmt.Sprintf("   seed %d", h.Seed)
	}
	p.line(title)
	for _, about := range h.About {
		p.line(about)
	}
	p.line("")
	return p.flush()
}

// Events writes what happened from event from on, and returns the event to go on with.
func (p *Plain) Events(v timeline.View, from trace.ID) (next trace.ID, err error) {
	forgotten := p.totals.Forgotten
	next = p.each(v, from, func(s scene) {
		if n := p.totals.Forgotten - forgotten; n > 0 {
			p.line(fmt.Sprintf("            ! %d events were forgotten before they could be told", n))
			forgotten = p.totals.Forgotten
		}
		p.event(s)
	})
	return next, p.flush()
}

// End writes the closing lines.
func (p *Plain) End() error {
	t := p.totals
	p.line("")
	p.line(fmt.Sprintf("%s after %s: %s, %d lost, %d sent again, %s delivered to applications.",
		"Ended", seconds(t.Duration), count(int64(t.Packets), "packet"), t.Lost, t.Again, count(t.Delivered, "octet")))
	if t.Discarded > 0 {
		p.line(fmt.Sprintf("%s discarded by hosts.", count(int64(t.Discarded), "packet")))
	}
	if t.Forgotten > 0 {
		p.line(fmt.Sprintf("! %s not told: the run went on faster than it was read.", count(int64(t.Forgotten), "event")))
	}
	return p.flush()
}

// event writes the line of one event.
func (p *Plain) event(s scene) {
	at := fmt.Sprintf("%10.6f", s.At.Sub(p.Start).Seconds())
	switch {
	case s.first:
		p.line(at + p.packetLine(s))
	case p.hidden(s):
	default:
		p.line(at + "        " + p.eventLine(s))
	}
}

// packetLine is about a packet that is sent, or that arrives from outside.
func (p *Plain) packetLine(s scene) string {
	sum := &s.about.summary
	line := p.row(s.about.number, *sum)
	var why string
	switch {
	case s.replaces != nil:
		why = fmt.Sprintf("%s replaces packet %d", p.signs.again, s.replaces.number)
		if s.Say != "" {
			why += ": " + s.Text()
		}
	case sum.Again:
		why = strings.TrimSuffix(p.signs.again+" again: "+s.Text(), ": ")
	default:
		why = s.Text()
	}
	return line + tail(why, s.Changes, s.Ref, p.signs)
}

// hidden reports whether nothing is said of an event: a router that takes a packet says so when it
// forwards it.
func (p *Plain) hidden(s scene) bool {
	switch s.Kind {
	case trace.Forwarded:
		return p.Brief
	case trace.Received:
		if p.Brief || s.about == nil {
			return p.Brief
		}
		to, _, _ := strings.Cut(s.about.summary.Dst, ":")
		return p.isHost(to) && to != s.Host
	}
	return false
}

func (p *Plain) isHost(name string) bool {
	for _, n := range p.Names {
		if n == name {
			return true
		}
	}
	return false
}

// eventLine is about anything but the first sight of a packet.
func (p *Plain) eventLine(s scene) string {
	packet := ""
	if s.about != nil {
		packet = fmt.Sprintf("packet %d (%s)", s.about.number, s.about.summary.What)
	}
	text := s.Text()
	switch s.Kind {
	case trace.Lost:
		// "is lost: loss 10%" is what the link says of the packet.
		text = p.signs.lost + " " + onLink(packet, "lost on "+s.Link, strings.TrimPrefix(text, "is lost: "))
	case trace.Duplicated, trace.Corrupted, trace.Reordered:
		text = "! " + onLink(packet, "on "+s.Link, text)
	case trace.Discarded:
		text = p.signs.lost + " " + ofPacket(s.Host, packet, text, "discards")
	case trace.Received:
		text = ofPacket(s.Host, packet, text, "receives")
	case trace.Forwarded:
		text = ofPacket(s.Host, packet, text, "forwards")
	default:
		text = cmp.Or(s.Host, s.Link) + " " + text
	}
	changes := s.Changes
	if s.Kind == trace.Translated {
		changes = nil // the sentence says it
	}
	return strings.TrimLeft(tail(text, changes, s.Ref, p.signs), " ")
}

// onLink puts together what happened to a packet on a link, and why.
func onLink(packet, where, why string) string {
	line := cmp.Or(packet, "a packet") + " " + where
	if why != "" {
		line += ": " + why
	}
	return line
}

// ofPacket names the packet in what a host says of it, such as "receives a packet of 40 octets". A sentence
// that speaks of no packet follows the name; where there is none, the verb is enough.
func ofPacket(host, packet, sentence, verb string) string {
	switch {
	case sentence == "":
		return host + " " + verb + " " + cmp.Or(packet, "a packet")
	case packet == "":
		return host + " " + sentence
	}
	for _, words := range []string{"a packet", "the packet", "a frame", "the frame"} {
		if before, after, ok := strings.Cut(sentence, words); ok {
			return host + " " + before + packet + after
		}
	}
	return packet + ": " + host + " " + sentence
}

// tail puts together what is said after the columns: a sentence, what changed, and who asks for it.
func tail(sentence string, changes []trace.Change, ref wire.Ref, signs signs) string {
	var b strings.Builder
	add := func(s string) {
		if s != "" {
			b.WriteString("  ")
			b.WriteString(s)
		}
	}
	add(sentence)
	var changed []string
	for _, c := range changes {
		if c.Old == "" {
			changed = append(changed, c.Name+" "+c.New)
			continue
		}
		changed = append(changed, c.Name+" "+c.Old+" "+signs.to+" "+c.New)
	}
	if len(changed) > 0 {
		add("[" + strings.Join(changed, ", ") + "]")
	}
	if !ref.IsZero() {
		add("(" + signs.ref(ref) + ")")
	}
	return b.String()
}

// signs are the marks that stand in a line.
type signs struct {
	lost, again, to string
	ref             func(wire.Ref) string
}

// paper is what lines are written on: text alone, whatever is in the packets.
type paper struct {
	w     *bufio.Writer
	ascii bool
	signs signs
	ends  int // columns that "h1:40001→h2:80" takes; grows
}

func newPaper(w io.Writer, o Options) paper {
	p := paper{w: bufio.NewWriter(w), ascii: o.ASCII, signs: signs{"✗", "↻", "→", wire.Ref.Short}, ends: 28}
	if o.ASCII {
		p.signs = signs{"x", "R", "->", wire.Ref.String}
	}
	if len(o.Names) > 0 {
		p.ends = 16 // names are shorter than addresses
	}
	return p
}

// line writes a line without its control characters and trailing blanks.
func (p *paper) line(s string) {
	p.w.WriteString(OneLine(s, p.ascii))
	p.w.WriteByte('\n')
}

// OneLine makes s fit for a line on a terminal: without control characters and trailing blanks, and if wanted of ASCII characters alone.
func OneLine(s string, ascii bool) string {
	s = strings.TrimRight(s, " ")
	clean := strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar, !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, s)
	if ascii {
		clean = toASCII(clean)
	}
	return clean
}

// toASCII replaces what sentences and maps use beyond ASCII.
func toASCII(s string) string {
	s = strings.NewReplacer("→", "->", "←", "<-", "…", "...", "≥", ">=", "≤", "<=", "§", "Section ").Replace(s)
	return strings.Map(func(r rune) rune {
		switch {
		case r <= '~':
			return r
		case strings.ContainsRune("–—─━═", r):
			return '-'
		case strings.ContainsRune("│┃║", r):
			return '|'
		case r == '✗' || r == '×':
			return 'x'
		case r == '↻':
			return 'R'
		case r == 'µ':
			return 'u'
		}
		return '?'
	}, s)
}

func (p *paper) flush() error {
	if err := p.w.Flush(); err != nil {
		return fmt.Errorf("narrate: %w", err)
	}
	return nil
}

// seconds writes a duration as "0.261210 s".
func seconds(d time.Duration) string { return fmt.Sprintf("%.6f s", d.Seconds()) }

// count writes "1 packet", "2 packets".
func count(n int64, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// row writes the columns of a packet: its number, who sends it to whom, and what it is.
func (p *paper) row(number int, s capture.Summary) string {
	ends := s.Src + p.signs.to + s.Dst
	if s.Src == "" {
		ends = ""
	}
	p.ends = max(p.ends, utf8.RuneCountInString(ends))
	line := fmt.Sprintf("  %4d  %-*s  %-6s  %s", number, p.ends, ends, s.Proto, s.What)
	if s.Problem != "" {
		line += "  ! " + s.Problem
	}
	return line
}
