package narrate

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// ErrNoStream says that a capture has no stream of the wanted number.
var ErrNoStream = errors.New("no such stream")

// Form is how the octets of a stream are written.
type Form string

// The forms.
const (
	AsText Form = "text" // lines, with a mark for who says them
	AsHex  Form = "hex"
	AsRaw  Form = "raw" // the octets as they are, and nothing else
)

// Follow says which stream to follow, and how.
type Follow struct {
	Transport string // "TCP" or "UDP"
	Number    int
	Form      Form
	Side      int // 1: only what the first end says, 2: only the other; 0: both
}

// FollowPlain writes what the two ends of a stream say to each other, in order. An error of the capture comes back after
// everything before it has been told; one that wraps ErrNoStream if there is no such stream.
func FollowPlain(w io.Writer, r *capture.Reader, f Follow, o Options) error {
	out := &followed{paper: newPaper(w, o), replay: newReplay(o), Follow: f, turn: -1}
	s, err := f.read(r, out.replay, out.chunk)
	out.endLine()
	if s != nil && f.Form != AsRaw {
		out.closing(s, err)
	}
	if flushErr := out.flush(); err == nil {
		err = flushErr
	}
	return err
}

// closing says how a stream ended.
func (f *followed) closing(s *stream.Stream, err error) {
	f.line("")
	v := conversation{Stream: s}
	course := v.course(f.name)
	if err != nil {
		course = "told before the capture breaks off"
	}
	line := fmt.Sprintf("%s: %d and %s", v.name(), s.Ends[0].Octets, count(s.Ends[1].Octets, "octet"))
	if course != "" {
		line += "; " + course
	}
	f.line(line + ".")
	if f.sealed {
		f.line("It is TLS. What was said would be shown with the secrets of a key log: --keylog FILE.")
	}
	for dir := range s.Ends {
		if words := damage(&s.Ends[dir]); words != "" {
			f.line(fmt.Sprintf("! from %s: %s.", f.name(s.Ends[dir].Addr.String()), words))
		}
	}
}

// read gives the chunks of the wanted stream to each, and returns it.
func (f Follow) read(r *capture.Reader, s *replay, each func(stream.Chunk)) (found *stream.Stream, err error) {
	streams := 0
	secrets := newSecrets(s.Options)
	a := secrets.assemble(func(c stream.Chunk) {
		if c.Stream.Transport == f.Transport && c.Stream.Number == f.Number && (f.Side == 0 || f.Side == c.Dir+1) {
			each(c)
		}
	}, func(st *stream.Stream, _ bool) {
		if st.Transport != f.Transport {
			return
		}
		streams = st.Number + 1
		if st.Number == f.Number {
			found = st
		}
	})
	var failed error
	for {
		rec, err := r.Next()
		if err != nil {
			if err != io.EOF {
				failed = err
			}
			break
		}
		s.count(&rec)
		secrets.take(r)
		a.Add(stream.PacketOf(&rec))
	}
	a.Close()
	if failed == nil && found == nil {
		return nil, fmt.Errorf("%w: %s %d; the capture has %s", ErrNoStream, f.Transport, f.Number, howMany(streams, f.Transport))
	}
	return found, failed
}

// howMany says which numbers there are.
func howMany(n int, transport string) string {
	switch n {
	case 0:
		return "no " + transport
	case 1:
		return transport + " 0 alone"
	}
	return fmt.Sprintf("%s 0 to %d", transport, n-1)
}

// followed writes the chunks of one stream.
type followed struct {
	paper
	*replay
	Follow
	sealed bool   // it is TLS, and was not decrypted
	turn   int    // who speaks: the direction of the chunk before; -1: nobody yet
	part   []byte // a line that is not complete yet
}

// maxLine is how many octets without a line end are written as one line.
const maxLine = 1000

func (f *followed) chunk(c stream.Chunk) {
	if f.Form == AsRaw {
		f.w.Write(c.Octets)
		return
	}
	f.sealed = f.sealed || f.turn < 0 && !c.Secure && tls.Begins(c.Octets)
	if c.Dir != f.turn || c.Missing > 0 || c.UDP {
		f.endLine()
		f.heading(c)
		f.turn = c.Dir
	}
	if f.Form == AsHex {
		f.hex(c)
		return
	}
	for _, b := range c.Octets {
		if b == '\n' {
			f.part = trimCR(f.part)
			f.textLine()
			continue
		}
		if f.part = append(f.part, b); len(f.part) >= maxLine && utf8.RuneStart(b) {
			f.textLine()
		}
	}
}

// heading says who begins to speak.
func (f *followed) heading(c stream.Chunk) {
	f.line("")
	from, to := f.name(c.Stream.Ends[c.Dir].Addr.String()), f.name(c.Stream.Ends[1-c.Dir].Addr.String())
	if c.Missing > 0 {
		f.line(fmt.Sprintf("! %s from %s are missing in the capture", count(c.Missing, "octet"), from))
		if len(c.Octets) == 0 {
			return
		}
	}
	line := fmt.Sprintf("%10.6f  %4d  %s%s%s", c.At.Sub(f.start).Seconds(), c.Packet, from, f.signs.to, to)
	if c.UDP {
		line += "  " + count(int64(len(c.Octets)), "octet")
	}
	if c.Secure {
		line += "  decrypted"
	}
	f.line(line)
}

// mark stands before every line of what an end says: the first end's are set apart from the other's.
func (f *followed) mark() string { return [2]string{"> ", "< "}[f.turn] }

// textLine writes the collected octets as one line: nothing in it can move the cursor of a terminal.
func (f *followed) textLine() {
	f.w.WriteString(f.mark())
	for b := f.part; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		switch {
		case r == '\t':
			f.w.WriteByte('\t')
		case r == utf8.RuneError && n == 1, !unicode.IsPrint(r), f.ascii && r > '~':
			f.w.WriteByte('.')
		default:
			f.w.Write(b[:n])
		}
		b = b[n:]
	}
	f.w.WriteByte('\n')
	f.part = f.part[:0]
}

func trimCR(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == '\r' {
		return b[:n-1]
	}
	return b
}

// endLine writes a line that was begun.
func (f *followed) endLine() {
	if len(f.part) > 0 {
		f.textLine()
	}
}

// hex writes octets in rows of 16, each with its offset in its direction.
func (f *followed) hex(c stream.Chunk) {
	at := c.Offset + c.Missing
	for b := c.Octets; len(b) > 0; {
		row := b[:min(16, len(b))]
		fmt.Fprintf(f.w, "%s%08x  %-48s  %s\n", f.mark(), at, fmt.Sprintf("% x", row), visible(row))
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

type jsonChunk struct {
	Kind    string  `json:"kind"` // "chunk"
	T       decimal `json:"t"`
	Packet  int     `json:"packet,omitempty"`
	From    string  `json:"from"`
	To      string  `json:"to"`
	Offset  int64   `json:"offset"`
	Missing int64   `json:"missing,omitempty"`
	Secure  bool    `json:"decrypted,omitempty"`
	Octets  string  `json:"octets"`
	Text    string  `json:"text,omitempty"`
}

// FollowJSON is FollowPlain as JSON: one object of kind "chunk" for each piece, in order, between "start" and "end".
func FollowJSON(w io.Writer, name string, r *capture.Reader, f Follow, o Options) error {
	j := NewJSON(w, o)
	s := newReplay(o)
	writeErr := j.write(jsonHeader{Kind: "start", Title: name}, nil)
	var octets [2]int64
	var missing [2]int64
	_, err := f.read(r, s, func(c stream.Chunk) {
		octets[c.Dir] += int64(len(c.Octets))
		missing[c.Dir] += c.Missing
		object := jsonChunk{
			Kind: "chunk", T: decimal(c.At.Sub(s.start)), Packet: c.Packet, Offset: c.Offset, Missing: c.Missing, Secure: c.Secure,
			From: s.name(c.Stream.Ends[c.Dir].Addr.String()), To: s.name(c.Stream.Ends[1-c.Dir].Addr.String()), Octets: hex.EncodeToString(c.Octets),
		}
		if utf8.Valid(c.Octets) {
			object.Text = string(c.Octets)
		}
		if writeErr == nil {
			writeErr = j.write(object, nil)
		}
	})
	if err == nil {
		err = writeErr
	}
	if err != nil {
		j.out.Flush()
		return err
	}
	return j.write(jsonFollowEnd{"end", octets, missing}, j.out.Flush)
}

type jsonFollowEnd struct {
	Kind    string   `json:"kind"`
	Octets  [2]int64 `json:"octets"`
	Missing [2]int64 `json:"missing"`
}
