package tui

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/narrate"
)

// talk is what the two ends of a stream said to each other, as netlab replay --follow tells it.
type talk struct {
	narrate.Follow
	ready bool
	said  []narrate.Said
	more  bool     // there is more than is shown
	sizes [2]int64 // octets of each end, each counted once; if more is not set
	stop  context.CancelFunc
}

const (
	mostPackets = 100_000 // packets of a stream that are read for the pane
	mostSaid    = 20_000  // lines that are shown
)

// manner is how streams are told.
type manner struct {
	form narrate.Form
	side int    // as in narrate.Follow
	find string // what was looked for last
}

// listen has what was said in the selected packet's stream put together, if that is seen.
func (r *replay) listen() tea.Cmd {
	p, ok := r.file.Place(r.selected)
	if !ok || p.Stream < 0 || !r.sees(inStream) {
		return nil
	}
	want := narrate.Follow{Transport: p.Transport, Number: p.Stream, Form: r.telling.form, Side: r.telling.side}
	if r.talk.Follow == want {
		return nil
	}
	if r.talk.stop != nil {
		r.talk.stop()
	}
	ctx, stop := context.WithCancel(context.Background())
	r.talk = talk{Follow: want, stop: stop}
	file, number, o := r.file, r.selected, r.tellingOptions()
	return func() tea.Msg {
		defer stop()
		heard := hear(ctx, file, number, want, o)
		return did(func(r *replay) tea.Cmd {
			if r.talk.Follow == want && ctx.Err() == nil || r.talk.Follow == want && !r.talk.ready {
				r.talk = heard
			}
			return nil
		})
	}
}

// tellingOptions are the options of telling of streams: with the secrets that there are.
func (r *replay) tellingOptions() narrate.Options {
	return narrate.Options{ASCII: r.look.ascii, Keys: r.secrets.log}
}

// hear puts together what the stream of a packet carried.
func hear(ctx context.Context, file *capture.File, number int, f narrate.Follow, o narrate.Options) talk {
	t := talk{Follow: f, ready: true}
	begin, _ := file.Span()
	numbers := file.Beginning(number, mostPackets)
	t.more = len(numbers) == mostPackets
	s, err := f.Lines(packetsOf(ctx, file, numbers, nil), begin, o, func(s narrate.Said) bool {
		s.Text = strings.ReplaceAll(s.Text, "\t", "    ")
		t.said = append(t.said, s)
		t.more = t.more || len(t.said) == mostSaid
		return len(t.said) < mostSaid
	})
	if s != nil {
		t.sizes = [2]int64{s.Ends[0].Octets, s.Ends[1].Octets}
	}
	if err != nil && ctx.Err() == nil {
		t.said = append(t.said, narrate.Said{Dir: -1, About: true, Text: "! " + err.Error()})
	}
	return t
}

// packetsOf reads packets one after another, until ctx ends. read may be nil; it is called after each.
func packetsOf(ctx context.Context, file *capture.File, numbers []int, read func()) iter.Seq2[capture.Record, error] {
	return func(yield func(capture.Record, error) bool) {
		for _, n := range numbers {
			rec, err := file.Packet(n)
			if err == nil {
				err = ctx.Err()
			}
			if !yield(rec, err) || err != nil {
				return
			}
			if read != nil {
				read()
			}
		}
	}
}

// tellAs changes the form in which streams are told: text, octets, messages.
func (r *replay) tellAs() {
	switch r.talk.Form {
	case narrate.AsHex:
		r.telling.form = narrate.AsMessages
	case narrate.AsMessages:
		r.telling.form = narrate.AsText
	default:
		r.telling.form = narrate.AsHex
	}
	r.setFocus(inStream)
}

// tellSide goes from both ends to the first, to the second, and back to both.
func (r *replay) tellSide() {
	r.telling.side = (r.telling.side + 1) % 3
	r.setFocus(inStream)
}

// findSaid goes to the next line that holds a text, after the one at the top; from the end it goes on at the beginning.
func (r *replay) findSaid(text string) {
	r.telling.find = text
	if text == "" {
		return
	}
	if r.focus != inStream {
		r.setFocus(inStream)
		r.scroll = -1
	}
	n := len(r.talk.said)
	for i := range n {
		at := (r.scroll + 1 + i) % n
		if foundIn(r.talk.said[at].Text, text) >= 0 {
			r.scroll, r.notice = at, fmt.Sprintf("found %q in packet %d: f Enter finds the next", text, r.talk.said[at].Packet)
			return
		}
	}
	r.scroll, r.notice = max(0, r.scroll), fmt.Sprintf("nothing said here holds %q", text)
}

// foundIn returns where in s a text is, big letters and small alike; -1: nowhere.
func foundIn(s, text string) int {
	if text == "" {
		return -1
	}
	return strings.Index(strings.ToLower(s), strings.ToLower(text))
}

func (r *replay) talkPane(h head) talkPane {
	p, ok := r.file.Place(r.selected)
	t := talkPane{head: h, look: r.look, talk: r.talk, find: r.telling.find, selected: r.selected}
	switch {
	case !ok || p.Stream < 0:
		t.empty = "the selected packet belongs to no stream"
		return t
	case !r.talk.ready || r.talk.Number != p.Stream || r.talk.Transport != p.Transport:
		t.empty = waitingWords
	case len(r.talk.said) == 0:
		t.empty = "nothing was said"
	}
	if t.scroll = r.scroll; r.focus != inStream {
		t.scroll = r.saidIn(r.selected)
	}
	t.about = fmt.Sprintf("%s %d   > %s  < %s", p.Transport, p.Stream, p.Ends[0], p.Ends[1])
	if p.Transport == "TCP" {
		sizes := p.Octets
		if t.empty == "" && !t.talk.more {
			sizes = t.talk.sizes
		}
		t.about = fmt.Sprintf("TCP %d   > %s up  < %s down", p.Stream, octetsShort(sizes[0]), octetsShort(sizes[1]))
	}
	t.about += "   " + [...]string{"", "only > ", "only < "}[r.telling.side] + "as " + string(r.telling.form)
	return t
}

// saidIn returns the line with which a packet begins to say something, or before which it says nothing.
func (r *replay) saidIn(number int) int {
	at := 0
	for i := range r.talk.said {
		s := &r.talk.said[i]
		if s.Packet > number {
			break
		}
		if s.Packet > 0 && s.Packet != r.talk.said[at].Packet {
			at = i
		}
	}
	return at
}

// talkPane shows what was said.
type talkPane struct {
	head
	look     *look
	talk     talk
	scroll   int
	empty    string
	find     string
	selected int // number of the selected packet: what it said is marked
}

// View draws the lines from the scrolled one on: > is what the first end said, < the other.
func (p talkPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c.String()
	}
	first := min(max(0, p.scroll), max(0, len(p.talk.said)-(height-1)))
	for i := first; i < len(p.talk.said) && i-first < height-1; i++ {
		p.line(c, 1+i-first, p.talk.said[i])
	}
	if len(p.talk.said)-first > height-1 || p.talk.more {
		c.right(width-1, height-1, dim, " ↓ more ")
	}
	return c.String()
}

func (p talkPane) line(c *canvas, y int, s narrate.Said) {
	sign, st := ">", toServer
	if s.Dir == 1 {
		sign, st = "<", toClient
	}
	x := 4
	switch {
	case s.About:
		x = 2
		if st = dim; strings.HasPrefix(s.Text, "!") {
			st = lost
		} else if strings.HasSuffix(s.Text, "decrypted") {
			st = encrypted
		}
	default:
		c.put(2, y, st|bold, sign)
		st = plain
	}
	if s.Packet == p.selected && s.Packet > 0 {
		c.put(0, y, bold, "▶")
		st |= bold
	}
	text := s.Text
	if s.About {
		text = strings.TrimLeft(text, " ")
	}
	c.putIn(x, y, c.width-x-1, st, text)
	if at := foundIn(text, p.find); at >= 0 && at <= len(text) {
		from := x + textWidth(text[:at])
		c.restyle(min(from, c.width-1), min(from+utf8.RuneCountInString(p.find), c.width-1), y, reverse)
	}
}
