package http

import "io"

// The input buffer begins small, because most connections are idle, and doubles while reads fill it.
const (
	smallInput = 4096
	largeInput = 65536
)

// input reads messages from an io.Reader through a Parser. It is the io.Reader of their content.
type input struct {
	r      io.Reader
	parser Parser

	buf      []byte
	from, to int    // buf[from:to] was read and is not used yet
	data     []byte // content that the parser handed on and nobody has read yet; part of buf
	open     bool   // a message is begun and its end not reached
	err      error  // what ended r
	failed   error  // why the content of the current message cannot be read to its end
}

// head reads until the head of the next message is complete. io.EOF: the peer ended the connection between messages.
func (in *input) head() error {
	for {
		ev, err := in.next()
		if err != nil {
			return err
		}
		if ev.Kind == HeadDone {
			in.open = true
			return nil
		}
	}
}

// Read reads content of the current message; io.EOF at its end.
func (in *input) Read(p []byte) (n int, err error) {
	if n, err = in.content(p); err != nil && err != io.EOF {
		in.failed = err
	}
	return n, err
}

func (in *input) content(p []byte) (int, error) {
	for len(in.data) == 0 {
		if !in.open {
			return 0, io.EOF
		}
		if in.from == in.to && len(p) >= smallInput && in.parser.Pending() != 0 {
			return in.direct(p)
		}
		ev, err := in.next()
		switch {
		case err != nil:
			return 0, err
		case ev.Kind == Content:
			in.data = ev.Data
		case ev.Kind == End:
			in.open = false
		}
	}
	n := copy(p, in.data)
	in.data = in.data[n:]
	return n, nil
}

// direct reads content into the caller's own p, not by way of the buffer.
func (in *input) direct(p []byte) (int, error) {
	if pending := in.parser.Pending(); pending > 0 && pending < int64(len(p)) {
		p = p[:pending]
	}
	n, err := in.read(p)
	if err == io.EOF {
		return 0, in.ended()
	}
	if err != nil {
		return 0, err
	}
	_, n, err = in.parser.Next(p[:n])
	return n, err
}

// skip reads and forgets what is left of the current message, if that is at most limit octets; false if it is more or the connection failed.
func (in *input) skip(limit int) bool {
	for in.open && limit >= 0 {
		in.data = nil
		ev, err := in.next()
		if err != nil {
			return false
		}
		limit -= len(ev.Data)
		in.open = ev.Kind != End
	}
	in.data = nil
	return !in.open
}

// next returns the parser's next event that is not NeedMore.
func (in *input) next() (Event, error) {
	for {
		ev, n, err := in.parser.Next(in.buf[in.from:in.to])
		in.from += n
		if err != nil || ev.Kind != NeedMore {
			return ev, err
		}
		if err := in.fill(); err == io.EOF {
			return in.parser.EOF()
		} else if err != nil {
			return Event{}, err
		}
	}
}

// ended is what a Read of content returns when the peer has closed the connection.
func (in *input) ended() error {
	if _, err := in.parser.EOF(); err != nil {
		return err
	}
	in.open = false
	return io.EOF
}

// fill reads more octets behind those not used yet, for which it makes room.
func (in *input) fill() error {
	if in.from > 0 {
		in.to = copy(in.buf, in.buf[in.from:in.to])
		in.from = 0
	}
	if in.to == len(in.buf) {
		bigger := make([]byte, max(smallInput, 2*len(in.buf)))
		copy(bigger, in.buf)
		in.buf = bigger
	}
	n, err := in.read(in.buf[in.to:])
	in.to += n
	// A read that filled all of a small buffer is a sign of bulk: the next one gets more room.
	if in.to == len(in.buf) && len(in.buf) < largeInput {
		bigger := make([]byte, 2*len(in.buf))
		copy(bigger, in.buf)
		in.buf = bigger
	}
	return err
}

// read reads one or more octets, or returns an error and none.
func (in *input) read(p []byte) (int, error) {
	if in.err != nil {
		return 0, in.err
	}
	for range 100 {
		n, err := in.r.Read(p)
		in.err = err
		if n > 0 {
			return n, nil
		}
		if err != nil {
			return 0, err
		}
	}
	return 0, io.ErrNoProgress
}
