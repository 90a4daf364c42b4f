package narrate

import (
	"fmt"
	"io"
	"iter"
	"time"
	"unicode"
	"unicode/utf8"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// Said is a line of what is told of a stream: what one end says, or something about it.
type Said struct {
	Dir    int    // which end it is about, or says it; -1: both
	Packet int    // that carried it
	About  bool   // it is about what is said: who begins to speak, what is missing, how it ended
	Begins bool   // something new begins here: an empty line goes before
	Text   string // nothing in it can move the cursor of a terminal
}

// Lines gives what FollowPlain writes of a stream to put, line by line, until that returns false. records are the packets of this stream and
// no others; start is when time 0 is. It returns the stream; nil if there was no packet of one.
func (f Follow) Lines(records iter.Seq2[capture.Record, error], start time.Time, o Options, put func(Said) bool) (*stream.Stream, error) {
	goOn := true
	t := newTeller(f, o, func(s Said) { goOn = goOn && put(s) })
	t.start = start
	s, err := f.Chunks(records, o, func(c stream.Chunk) bool {
		t.chunk(c)
		return goOn
	})
	if s != nil && goOn {
		t.close(s, err)
	}
	return s, err
}

// Chunks puts the octets of a stream together, whose packets alone are records, and gives them to each, decrypted if o has the keys, until that
// returns false.
func (f Follow) Chunks(records iter.Seq2[capture.Record, error], o Options, each func(stream.Chunk) bool) (found *stream.Stream, failed error) {
	goOn := true
	a := newSecrets(o).assemble(func(c stream.Chunk) {
		if goOn && (f.Side == 0 || f.Side == c.Dir+1) {
			goOn = each(c)
		}
	}, func(s *stream.Stream, _ opened) {
		s.Number = f.Number // the others are not here to be counted
		found = s
	})
	for rec, err := range records {
		if failed = err; err != nil || !goOn {
			break
		}
		a.AddRecord(&rec)
	}
	a.Close()
	return found, failed
}

// teller makes lines of the chunks of one stream.
type teller struct {
	skipped []capture.Damage // places of the capture that could not be read
	Follow
	put    func(Said)
	names  story
	to     string // the sign between who says something and to whom
	start  time.Time
	sealed bool // it is TLS, and was not decrypted
	turn   int  // who speaks: the direction of the chunk before; -1: nobody yet
	packet int
	part   []byte // a line that is not complete yet

	messages stream.Messages
}

func newTeller(f Follow, o Options, put func(Said)) *teller {
	t := &teller{Follow: f, put: put, names: story{Options: o}, to: "→", turn: -1}
	if o.ASCII {
		t.to = "->"
	}
	return t
}

// maxLine is how many octets without a line end are written as one line.
const maxLine = 1000

func (t *teller) chunk(c stream.Chunk) {
	t.sealed = t.sealed || t.turn < 0 && !c.Secure && tls.Begins(c.Octets)
	if c.Dir != t.turn || c.Missing > 0 || c.UDP {
		t.endLine()
		t.heading(c)
		t.turn = c.Dir
	}
	t.packet = c.Packet
	switch t.Form {
	case AsHex:
		t.hex(c)
		return
	case AsMessages:
		for _, line := range t.messages.Next(c) {
			t.part = append(t.part[:0], line...)
			t.textLine()
		}
		return
	}
	for _, b := range c.Octets {
		if b == '\n' {
			t.part = trimCR(t.part)
			t.textLine()
			continue
		}
		if t.part = append(t.part, b); len(t.part) >= maxLine && utf8.RuneStart(b) {
			t.textLine()
		}
	}
}

// about says something about what is said.
func (t *teller) about(dir, packet int, begins bool, text string) {
	t.put(Said{Dir: dir, Packet: packet, About: true, Begins: begins, Text: OneLine(text, t.names.ASCII)})
}

// heading says who begins to speak.
func (t *teller) heading(c stream.Chunk) {
	from, to := t.names.name(c.Stream.Ends[c.Dir].Addr.String()), t.names.name(c.Stream.Ends[1-c.Dir].Addr.String())
	if c.Missing > 0 {
		t.about(c.Dir, c.Packet, true, fmt.Sprintf("! %s from %s are missing in the capture", count(c.Missing, "octet"), from))
		if len(c.Octets) == 0 {
			return
		}
	}
	line := fmt.Sprintf("%10.6f  %4d  %s%s%s", c.At.Sub(t.start).Seconds(), c.Packet, from, t.to, to)
	if c.UDP {
		line += "  " + count(int64(len(c.Octets)), "octet")
	}
	if c.Secure {
		line += "  decrypted"
	}
	t.about(c.Dir, c.Packet, c.Missing == 0, line)
}

// textLine tells the collected octets as one line: nothing in it can move the cursor of a terminal.
func (t *teller) textLine() {
	text := make([]byte, 0, len(t.part))
	for b := t.part; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '\t':
			text = append(text, '\t')
		case r == utf8.RuneError && n == 1, !unicode.IsPrint(r), t.names.ASCII && r > '~':
			text = append(text, '.')
		default:
			text = append(text, b[:n]...)
		}
		b = b[n:]
	}
	t.put(Said{Dir: t.turn, Packet: t.packet, Text: string(text)})
	t.part = t.part[:0]
}

func trimCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

// endLine tells a line that was begun.
func (t *teller) endLine() {
	if len(t.part) > 0 {
		t.textLine()
	}
}

// hex tells octets in rows of 16, each with its offset in its direction.
func (t *teller) hex(c stream.Chunk) {
	at := c.Offset + c.Missing
	for b := c.Octets; len(b) > 0; {
		row := b[:min(16, len(b))]
		t.put(Said{Dir: c.Dir, Packet: c.Packet, Text: fmt.Sprintf("%08x  %-48s  %s", at, fmt.Sprintf("% x", row), visible(row))})
		b = b[len(row):]
		at += int64(len(row))
	}
}

// visible makes one character of each octet.
func visible(b []byte) string {
	text := make([]byte, len(b))
	for i, c := range b {
		if text[i] = c; c < ' ' || c > '~' {
			text[i] = '.'
		}
	}
	return string(text)
}

// close says how a stream ended. err is what ended the reading before its end.
func (t *teller) close(s *stream.Stream, err error) {
	t.endLine()
	v := conversation{Stream: s}
	course := v.course(t.names.name)
	if err != nil {
		if course = "told before the capture breaks off"; len(t.skipped) > 0 {
			course = "told around the damage"
		}
	}
	line := fmt.Sprintf("%s: %d and %s", v.name(), s.Ends[0].Octets, count(s.Ends[1].Octets, "octet"))
	if course != "" {
		line += "; " + course
	}
	t.about(-1, 0, true, line+".")
	for _, d := range t.skipped[:min(len(t.skipped), mostSkipped)] {
		t.about(-1, 0, false, "! "+d.String()+".")
	}
	if t.sealed {
		t.about(-1, 0, false, "It is TLS. What was said would be shown with the secrets of a key log: --keylog FILE.")
	}
	for dir := range s.Ends {
		if words := damage(&s.Ends[dir]); words != "" {
			t.about(dir, 0, false, fmt.Sprintf("! from %s: %s.", t.names.name(s.Ends[dir].Addr.String()), words))
		}
	}
}

// Write writes a stream whose packets alone are records as FollowPlain does. start is when time 0 is.
func (f Follow) Write(w io.Writer, records iter.Seq2[capture.Record, error], start time.Time, o Options) error {
	p := newPaper(w, o)
	var err error
	if f.Form == AsRaw {
		_, err = f.Chunks(records, o, func(c stream.Chunk) bool {
			_, failed := p.w.Write(c.Octets)
			return failed == nil
		})
	} else {
		_, err = f.Lines(records, start, o, func(s Said) bool {
			p.said(s)
			return true
		})
	}
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	return err
}
