package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/stream"
	"netlab/wire"
)

// pages are the packets of the file that were read for the screen: those that are seen, and those that are seen next if the user
// goes on. They are read by a command; until they are there a placeholder stands for them.
type pages struct {
	lines   map[int]capture.Summary // what packets are, in words
	opened  map[int]*opened         // packets taken apart
	reading bool                    // a command is reading
	stale   bool                    // what was read is to be read anew: more is known of it now

	revision int // goes up with all that changes in lines and opened
}

func newPages() pages { return pages{lines: map[int]capture.Summary{}, opened: map[int]*opened{}} }

// opened is a packet, taken apart.
type opened struct {
	number  int
	record  capture.Record
	layers  []wire.Node
	octets  []byte // of the packet, behind them those of messages that it completes, and behind these what was decrypted of it
	sealed  int    // where in octets that begins; 0: nothing was decrypted
	err     error
	waiting bool // it is not read yet
}

const (
	mostLines  = 4096 // lines that are kept
	mostOpened = 64   // packets taken apart that are kept
)

// waitingWords stand for a packet that is not read yet.
const waitingWords = "…"

// line returns what a packet is, in words.
func (r *replay) line(number int) capture.Summary {
	if sum, ok := r.pages.lines[number]; ok {
		if records := r.secrets.opened[number]; len(records) > 0 {
			sum.What = stream.Reveal(sum.What, records)
		}
		return sum
	}
	return capture.Summary{What: waitingWords, Stream: -1}
}

// openPacket returns the selected packet taken apart.
func (r *replay) openPacket() *opened {
	if o := r.pages.opened[r.selected]; o != nil {
		if records := r.secrets.opened[r.selected]; o.octets == nil || o.sealed == 0 && len(records) > 0 {
			o.decrypted(records)
		}
		return o
	}
	return &opened{number: r.selected, waiting: r.selected > 0}
}

// wanted returns the packets whose lines are seen or will be next, and those to be taken apart.
func (r *replay) wanted() (lines, open []int) {
	if r.selected == 0 || r.height <= 0 {
		return nil, nil
	}
	at := r.position(r.selected)
	for i := max(0, at-2*r.height); i < min(r.count(), at+2*r.height); i++ {
		lines = append(lines, r.shownAt(i))
	}
	lines = append(lines, r.selected)
	if r.sees(inLadder) {
		lines = append(lines, r.file.Near(r.selected, r.height, r.height)...)
	}
	open = append(open, r.selected)
	for _, i := range []int{at + 1, at - 1} {
		if i >= 0 && i < r.count() {
			open = append(open, r.shownAt(i))
		}
	}
	return lines, open
}

// readSeen has what is seen and not there yet read, by one command at a time.
func (r *replay) readSeen() tea.Cmd {
	if r.pages.reading {
		return nil
	}
	lines, open := r.wanted()
	r.pages.forget(lines, open)
	renew := r.pages.stale
	lines = slices.DeleteFunc(lines, func(n int) bool { _, ok := r.pages.lines[n]; return ok && !renew })
	open = slices.DeleteFunc(open, func(n int) bool { return r.pages.opened[n] != nil && !renew })
	if len(lines) == 0 && len(open) == 0 {
		return nil
	}
	r.pages.reading, r.pages.stale = true, false
	file := r.file
	return func() tea.Msg {
		got := newPages()
		for _, n := range open {
			got.opened[n] = openIn(file, n)
		}
		for _, n := range lines {
			got.lines[n] = lineIn(file, n)
		}
		return did(func(r *replay) tea.Cmd {
			if renew {
				r.pages.lines, r.pages.opened = map[int]capture.Summary{}, map[int]*opened{}
			}
			r.pages.take(got)
			return nil
		})
	}
}

// take adds what was read.
func (p *pages) take(got pages) {
	p.reading = false
	p.revision++
	for n, sum := range got.lines {
		p.lines[n] = sum
	}
	for n, o := range got.opened {
		p.opened[n] = o
	}
}

// forget drops what is not wanted when there is much.
func (p *pages) forget(lines, open []int) {
	if len(p.lines) > mostLines {
		keep := newPages()
		for _, n := range lines {
			if sum, ok := p.lines[n]; ok {
				keep.lines[n] = sum
			}
		}
		p.lines = keep.lines
	}
	if len(p.opened) > mostOpened {
		keep := newPages()
		for _, n := range open {
			if o := p.opened[n]; o != nil {
				keep.opened[n] = o
			}
		}
		p.opened = keep.opened
	}
}

func openIn(file *capture.File, number int) *opened {
	o := &opened{number: number}
	o.record, o.layers, o.err = file.Layers(number)
	o.layers = slices.DeleteFunc(o.layers, func(n wire.Node) bool { return n.Width == 0 }) // what the file says, not the packet
	return o
}

func lineIn(file *capture.File, number int) capture.Summary {
	_, sum, err := file.Summary(number)
	if err != nil {
		sum = capture.Summary{What: err.Error(), Stream: -1, Proto: "?"}
	}
	return sum
}
