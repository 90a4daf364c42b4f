package capture

import (
	"errors"
	"fmt"
	"io"
)

// input is a file that is read from front to back through one buffer. It knows at which octet it is, and
// hands out its own buffer, so that nothing is copied or allocated for a packet.
type input struct {
	r      io.Reader
	buf    []byte
	at, to int   // the octets buf[at:to] were read and not yet taken
	behind int   // so many octets before at are kept, so that back can return to them
	offset int64 // of buf[at] in the file
	err    error // what ended the reading; io.EOF at the end of the file
	mapped bool  // buf is a file in memory; it is looked at as if its octets were read, and then read on behind it

	// change is called before buf is filled again, and returns what to fill instead: buf itself, or, if others still look at what is in
	// that, another buffer, or nil for a new one. A nil change always fills buf.
	change func(buf []byte) []byte
}

const (
	inputBuffer = 1 << 18 // octets; larger pieces make it grow, to maxPiece and a bit
	maxPiece    = 1 << 24 // octets of the largest packet or block that is looked at
)

func newInput(r io.Reader) *input { return &input{r: r, buf: make([]byte, inputBuffer)} }

// peek returns the next n octets without taking them, or fewer if the input ends before. They are valid until the next
// call.
func (in *input) peek(n int) []byte {
	if in.there() < n {
		in.fill(n)
	}
	return in.buf[in.at:min(in.at+n, in.to)]
}

// fill reads until n octets are there or the input ends. It never asks for more than has room, and waits for no more than n:
// what comes through a pipe is told when it is there. The buffer grows only as octets arrive, whatever a length field claims.
func (in *input) fill(n int) {
	if in.err != nil || in.mapped && in.slide(n) {
		return
	}
	if in.at > 0 {
		in.turn()
	}
	for idle := 0; in.to-in.at < n && in.err == nil; {
		if in.to == len(in.buf) {
			in.buf = append(in.buf, make([]byte, len(in.buf))...)
		}
		m, err := in.r.Read(in.buf[in.to:])
		in.to += m
		in.err = err
		if idle++; m > 0 {
			idle = 0
		}
		if idle > 100 {
			in.err = io.ErrNoProgress
		}
	}
}

// turn moves what was not yet taken, and what is kept before, to the beginning of the buffer, or of another.
func (in *input) turn() {
	rest, buf := in.buf[in.at-in.behind:in.to], in.buf
	if in.mapped {
		buf, in.mapped = nil, false
	}
	if in.change != nil {
		buf = in.change(buf)
	}
	if len(buf) < max(inputBuffer, len(rest)) {
		buf = make([]byte, max(inputBuffer, len(rest)))
	}
	in.at, in.to, in.buf = in.behind, copy(buf, rest), buf
}

// slideOver goes on in a file that is in memory, instead of reading it.
func (in *input) slideOver(octets []byte) {
	in.buf, in.at, in.to, in.mapped = octets, int(in.offset), int(in.offset), true
	in.behind = min(in.behind, in.at)
}

// slide goes on until n octets are there, and reports false if the file in memory ends before.
func (in *input) slide(n int) bool {
	if in.change != nil {
		in.change(nil)
	}
	in.to = min(len(in.buf), in.at+max(n, inputBuffer))
	return in.there() >= n
}

// take moves on by n octets, all of which were peeked at.
func (in *input) take(n int) {
	in.at += n
	in.offset += int64(n)
}

// back returns to what is kept of what was taken.
func (in *input) back() {
	in.take(-in.behind)
	in.behind = 0
}

// there is how many octets were read and not yet taken.
func (in *input) there() int { return in.to - in.at }

// end returns the octet after the last one that could be read so far.
func (in *input) end() int64 { return in.offset + int64(in.there()) }

// failed returns what ended the input, if that was not simply its end.
func (in *input) failed() error {
	if in.err == nil || errors.Is(in.err, io.EOF) || errors.Is(in.err, io.ErrUnexpectedEOF) {
		return nil
	}
	return in.err
}

// short says that the input ends within something.
func (s *Scanner) short(within string) error {
	if err := s.in.failed(); err != nil {
		if s.packed != "" {
			return fmt.Errorf("%s: %w: what is packed with %s breaks after octet %d of its content: %w", s.name, ErrDamaged, s.packed, s.in.end(), err)
		}
		if s.in.end() == 0 {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		return fmt.Errorf("%s: octet %d: %w", s.name, s.in.end(), err)
	}
	return fmt.Errorf("%s: %w: the %s ends at octet %d, within %s", s.name, ErrCutOff, s.whole(), s.in.end(), within)
}

// whole names what octets are counted in.
func (s *Scanner) whole() string {
	if s.packed != "" {
		return "content unpacked from " + s.packed
	}
	return "file"
}

// damaged says that there is something wrong at an octet.
func (s *Scanner) damaged(at int64, format string, args ...any) error {
	return fmt.Errorf("%s: %w: octet %d, within %s: %s", s.name, ErrDamaged, at, s.place(), fmt.Sprintf(format, args...))
}

// place says in words what is being read.
func (s *Scanner) place() string {
	if s.packets == 0 {
		return fmt.Sprintf("what follows the file header at octet %d", s.mark)
	}
	return fmt.Sprintf("what follows packet %d at octet %d", s.packets, s.mark)
}
