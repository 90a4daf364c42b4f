package http

import "io"

// outputBuffer is how many octets an output collects before it writes them.
const outputBuffer = 16384

// output collects octets and writes them in few, large pieces. Its first error stays.
type output struct {
	w   io.Writer
	buf []byte
	err error
}

// Write takes p. Nothing of it is kept by reference.
func (o *output) Write(p []byte) (int, error) {
	if o.err != nil {
		return 0, o.err
	}
	written := 0
	for len(o.buf)+len(p) > outputBuffer && o.err == nil {
		if len(o.buf) == 0 {
			_, o.err = o.w.Write(p) // large: without a copy
			return written + len(p), o.err
		}
		n := max(outputBuffer-len(o.buf), 0)
		o.buf = append(o.buf, p[:n]...)
		p = p[n:]
		written += n
		o.flush()
	}
	if o.err != nil {
		return written, o.err
	}
	o.buf = append(o.buf, p...)
	return written + len(p), o.err
}

// flush writes what was collected.
func (o *output) flush() error {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.buf)
		o.buf = o.buf[:0]
	}
	return o.err
}

// body writes the content of a message in the framing that its head announced.
type body struct {
	out     *output
	chunked bool
	length  int64 // octets announced; -1: none
	written int64
	none    bool // what is written is counted and dropped: a response to HEAD, or one that cannot have content
}

// Write writes content. ErrTooLong: more than was announced.
func (b *body) Write(p []byte) (int, error) {
	if b.length >= 0 && b.written+int64(len(p)) > b.length {
		return 0, ErrTooLong
	}
	if b.out.err != nil {
		return 0, b.out.err
	}
	b.written += int64(len(p))
	switch {
	case b.none:
		return len(p), nil
	case !b.chunked:
		return b.out.Write(p)
	case len(p) <= outputBuffer/2:
		b.out.buf = appendChunk(b.out.buf, p)
		if len(b.out.buf) >= outputBuffer {
			return len(p), b.out.flush()
		}
		return len(p), b.out.err
	}
	b.out.buf = appendChunkSize(b.out.buf, len(p))
	b.out.Write(p)
	b.out.buf = append(b.out.buf, "\r\n"...)
	return len(p), b.out.err
}

// end writes what follows the content. ErrTooShort: less was written than announced.
func (b *body) end(trailer Header) error {
	if b.length >= 0 && b.written < b.length && !b.none {
		return ErrTooShort
	}
	if b.chunked && !b.none {
		if err := trailer.CheckTrailer(); err != nil {
			return err
		}
		b.out.buf = append(b.out.buf, lastChunk...)
		b.out.buf = append(appendFields(b.out.buf, trailer), "\r\n"...)
	}
	return b.out.err
}
