package tui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/stream"
)

// talk is what the two ends of a stream said to each other.
type talk struct {
	transport string
	number    int
	ready     bool
	said      []said
	more      bool // there is more than is shown
}

// said is a line of it.
type said struct {
	dir  int
	text string
	note bool // about the octets, not of them
}

const (
	talkPackets = 4000     // packets that are read for it
	talkOctets  = 32 << 10 // octets that are shown of it
)

// listen has what was said in the selected packet's stream put together, if that is seen.
func (r *replay) listen() tea.Cmd {
	p, ok := r.file.Place(r.selected)
	if !ok || p.Stream < 0 || !r.sees(inStream) {
		return nil
	}
	if r.talk.transport == p.Transport && r.talk.number == p.Stream {
		return nil
	}
	r.talk = talk{transport: p.Transport, number: p.Stream}
	file, number := r.file, r.selected
	return func() tea.Msg {
		heard := hear(file, p, file.Beginning(number, talkPackets))
		return did(func(r *replay) tea.Cmd {
			if r.talk.transport == heard.transport && r.talk.number == heard.number {
				r.talk = heard
			}
			return nil
		})
	}
}

// hear puts together what packets of a stream carried.
func hear(file *capture.File, p capture.Place, packets []int) talk {
	t := talk{transport: p.Transport, number: p.Stream, ready: true, more: len(packets) == talkPackets}
	octets := 0
	a := stream.New(stream.Config{Data: func(c stream.Chunk) {
		if c.Missing > 0 {
			t.note(c.Dir, fmt.Sprintf("[%s missing in the capture]", count(int(c.Missing), "octet")))
		}
		if octets += len(c.Octets); octets <= talkOctets {
			t.say(c.Dir, c.Octets)
		}
	}})
	for _, n := range packets {
		if octets > talkOctets {
			t.more = true
			break
		}
		rec, err := file.Packet(n)
		if err != nil {
			t.note(0, "["+err.Error()+"]")
			break
		}
		a.Add(stream.PacketOf(&rec))
	}
	a.Close()
	return t
}

func (t *talk) note(dir int, text string) { t.said = append(t.said, said{dir, text, true}) }

// say adds octets: as lines if they are text, else how many there are.
func (t *talk) say(dir int, b []byte) {
	if !utf8.Valid(b) || strings.ContainsFunc(string(b), func(c rune) bool { return c < ' ' && c != '\n' && c != '\r' && c != '\t' }) {
		t.binary(dir, len(b))
		return
	}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimRight(line, "\r\n")
		t.said = append(t.said, said{dir: dir, text: strings.ReplaceAll(line, "\t", "    ")})
	}
}

// binary adds octets that are no text; more of them in a row are counted together.
func (t *talk) binary(dir, n int) {
	if last := len(t.said) - 1; last >= 0 && t.said[last].note && t.said[last].dir == dir {
		var before int
		if _, err := fmt.Sscanf(t.said[last].text, "[%d octets that are no text]", &before); err == nil {
			t.said[last].text = fmt.Sprintf("[%d octets that are no text]", before+n)
			return
		}
	}
	t.note(dir, fmt.Sprintf("[%d octets that are no text]", n))
}

// talkPane shows what was said.
type talkPane struct {
	head
	look   *look
	talk   talk
	scroll int
	empty  string
}

// View draws the lines from the scrolled one on: > is what the first end said, < the other.
func (p talkPane) View(width, height int) string {
	c := newCanvas(width, height, p.look)
	p.draw(c)
	if p.empty != "" {
		c.putIn(2, 1, width-3, dim, p.empty)
		return c.String()
	}
	first := min(p.scroll, max(0, len(p.talk.said)-(height-1)))
	for i := first; i < len(p.talk.said) && i-first < height-1; i++ {
		s := p.talk.said[i]
		sign, st := ">", toServer
		if s.dir == 1 {
			sign, st = "<", toClient
		}
		c.put(2, 1+i-first, st|bold, sign)
		if s.note {
			st = dim
		}
		c.putIn(4, 1+i-first, width-5, st, s.text)
	}
	if len(p.talk.said)-first > height-1 || p.talk.more {
		c.right(width-1, height-1, dim, " ↓ more ")
	}
	return c.String()
}
