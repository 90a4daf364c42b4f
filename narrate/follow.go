package narrate

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"netlab/capture"
	"netlab/stream"
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
	// AsMessages is a line for each message, and its fields: HTTP/1 and HTTP/2, WebSocket, DNS, and what TLS does not protect.
	AsMessages Form = "messages"
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
	p, counts := newPaper(w, o), newReplay(o)
	t := newTeller(f, o, func(s Said) { p.said(s) })
	s, err := f.read(r, counts, func(c stream.Chunk) {
		if t.start = counts.start; f.Form == AsRaw {
			p.w.Write(c.Octets)
			return
		}
		t.chunk(c)
	})
	t.endLine()
	if s != nil && f.Form != AsRaw {
		t.skipped = counts.skips(r)
		t.close(s, err)
	}
	if flushErr := p.flush(); err == nil {
		err = flushErr
	}
	return err
}

// said writes a line of a stream. A mark sets what the first end says apart from what the other says.
func (p *paper) said(s Said) {
	if s.Begins {
		p.w.WriteByte('\n')
	}
	if !s.About {
		p.w.WriteString([2]string{"> ", "< "}[s.Dir])
	}
	p.w.WriteString(s.Text)
	p.w.WriteByte('\n')
}

// read gives the chunks of the wanted stream to each, and returns it.
func (f Follow) read(r *capture.Reader, s *replay, each func(stream.Chunk)) (found *stream.Stream, err error) {
	streams := 0
	secrets := newSecrets(s.Options)
	a := secrets.assemble(func(c stream.Chunk) {
		if c.Stream.Transport == f.Transport && c.Stream.Number == f.Number && (f.Side == 0 || f.Side == c.Dir+1) {
			each(c)
		}
	}, func(st *stream.Stream, _ opened) {
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
		a.AddRecord(&rec)
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
		_ = j.damage(s.skips(r))
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
