package http

import (
	"compress/gzip"
	"errors"
	"strconv"

	"netlab/wire"
)

// keepBack is how much content is kept back before the head is sent: an answer that fits gets a Content-Length by itself.
const keepBack = 4096

// ResponseWriter writes the answer to one request. What a handler writes before it has said more is a 200 (OK).
type ResponseWriter struct {
	Header  Header // fields to send; those of framing are added, and Date and Server if they are not there
	Trailer Header // fields to send behind the content, which then goes in chunks; not to clients of HTTP/1.0. Their values may change until the handler returns

	conn   *serverConn
	status Status
	length int64 // announced by SetLength; -1: not
	kept   []byte
	body   body
	zip    *gzip.Writer // the one used last; nil: none yet

	active    bool // a handler is at work
	duplex    bool // reading the content sends nothing
	zipped    bool // content goes through zip
	sent      bool // the head is on its way
	taken     bool // the connection is the handler's
	close     bool // the connection ends after this answer
	head      bool // the request was HEAD
	connect   bool // the request was CONNECT
	old       bool // the client speaks HTTP/1.0
	continues bool // the client waits for 100 (Continue) before it sends its content
}

func (w *ResponseWriter) begin(h *Head) {
	continues, _ := h.expects()
	*w = ResponseWriter{
		Header: w.Header[:0], Trailer: w.Trailer[:0], conn: w.conn, status: StatusOK, length: -1, kept: w.kept[:0], zip: w.zip,
		active: true, close: h.Close, head: h.Method == MethodHead, connect: h.Method == MethodConnect, old: !h.Version.AtLeast11(),
		continues: continues,
	}
}

// SetStatus chooses the status code. It has no effect once the head is sent.
func (w *ResponseWriter) SetStatus(s Status) { w.status = s }

// SetLength announces how many octets of content will be written. Without it, short answers are counted and long ones are sent in chunks.
func (w *ResponseWriter) SetLength(n int64) { w.length = n }

// Write sends content.
func (w *ResponseWriter) Write(p []byte) (int, error) {
	if w.zipped {
		return w.zip.Write(p)
	}
	return w.write(p)
}

func (w *ResponseWriter) write(p []byte) (int, error) {
	if w.taken {
		return 0, ErrTaken
	}
	if !w.sent {
		if w.length < 0 && len(w.kept)+len(p) <= keepBack {
			w.kept = append(w.kept, p...)
			return len(p), nil
		}
		if err := w.sendHead(); err != nil {
			return 0, err
		}
	}
	return w.body.Write(p)
}

// WriteString sends content.
func (w *ResponseWriter) WriteString(s string) (int, error) {
	if !w.sent && !w.zipped && w.length < 0 && len(w.kept)+len(s) <= keepBack {
		w.kept = append(w.kept, s...) // without a copy of its own
		return len(s), nil
	}
	return w.Write([]byte(s))
}

// Flush sends what was written so far.
func (w *ResponseWriter) Flush() error {
	if w.taken {
		return ErrTaken
	}
	if w.zipped {
		if err := w.zip.Flush(); err != nil {
			return err
		}
	}
	if err := w.sendHead(); err != nil {
		return err
	}
	return w.conn.out.flush()
}

// sendHead decides how the content is framed and puts the head, and the content kept back, on its way.
func (w *ResponseWriter) sendHead() error {
	if w.sent {
		return nil
	}
	if err := w.Header.Check(); err != nil {
		return err
	}
	if w.status/100 == 1 {
		return &Error{StatusInternalServerError, "an interim status code is no answer", wire.RFC("9110", "15.2")}
	}
	if w.connect && w.status/100 == 2 {
		// Any 2xx (Successful) response indicates that the sender will switch to tunnel mode immediately after the response header section. RFC 9110, Section 9.3.6, shortened
		return &Error{StatusInternalServerError, "a 2xx answer to CONNECT opens a tunnel, which it did not", wire.RFC("9110", "9.3.6")}
	}
	w.frame()
	w.sent = true
	w.appendHead()
	_, err := w.body.Write(w.kept)
	return err
}

// frame decides how the content is framed. What the handler said of that in fields counts only as far as it can be true.
func (w *ResponseWriter) frame() {
	w.close = w.close || w.Header.Has("Connection", "close") || w.conn.closing()
	for _, name := range [...]string{"Connection", "Content-Length", "Transfer-Encoding"} {
		w.Header.Del(name)
	}
	if w.status == StatusResetContent {
		w.length = 0 // a server MUST NOT generate content in a 205 response. RFC 9110, Section 15.3.6
	}
	w.body = body{out: &w.conn.out, length: w.length, none: w.head || w.status == StatusResetContent || !w.status.HasContent()}
	if w.body.none {
		w.body.length = -1 // whatever is written is dropped
	}
	if w.length < 0 && w.status.HasContent() {
		// A server MUST NOT send a response containing Transfer-Encoding unless the corresponding request indicates HTTP/1.1. RFC 9112, Section 6.1, shortened
		if w.body.chunked = !w.old; !w.body.chunked {
			w.close = true
		}
	}
	if w.continues {
		w.close = true // whether the client sends its content now is anybody's guess
	}
}

// appendFixed appends the status line and the fields that every answer has.
func (w *ResponseWriter) appendFixed(b []byte) []byte {
	b, server := appendStatusLine(b, w.status), w.conn.server
	if server.Now != nil && w.Header.Count("Date") == 0 {
		b = append(b, w.conn.date.field(server.Now())...)
	}
	if server.Name != "" && w.Header.Count("Server") == 0 {
		b = appendField(b, "Server", server.Name)
	}
	return b
}

func (w *ResponseWriter) appendHead() {
	b := appendFields(w.appendFixed(w.conn.out.buf), w.Header)
	switch {
	case w.body.chunked:
		if len(w.Trailer) > 0 {
			b = appendField(b, "Trailer", w.Trailer.names())
		}
		b = appendField(b, "Transfer-Encoding", "chunked")
	case w.length >= 0 && w.status != StatusNoContent:
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, w.length, 10)
		b = append(b, "\r\n"...)
	}
	// A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field. RFC 9110, Section 7.8, shortened
	upgrade := w.Header.Count("Upgrade") > 0
	switch {
	case w.close && upgrade:
		b = appendField(b, "Connection", "close, Upgrade")
	case w.close:
		b = appendField(b, "Connection", "close")
	case upgrade:
		b = appendField(b, "Connection", "Upgrade")
	case w.old:
		b = appendField(b, "Connection", "keep-alive")
	}
	w.conn.out.buf = append(b, "\r\n"...)
}

// finish completes the answer after the handler has returned.
func (w *ResponseWriter) finish() error {
	if w.zipped {
		if err := w.zip.Close(); err != nil {
			return err
		}
		w.zipped = false
	}
	if !w.sent {
		if w.length < 0 && w.status.HasContent() && (len(w.Trailer) == 0 || w.old) {
			w.length = int64(len(w.kept))
		}
		if err := w.sendHead(); err != nil {
			w.fail(StatusInternalServerError, "The server made an answer that it cannot send.")
			return err
		}
	}
	w.active = false
	return w.body.end(w.Trailer)
}

// fail answers with an error, if no other answer is on its way yet, and ends the connection.
func (w *ResponseWriter) fail(s Status, say string) {
	if w.close = true; w.sent {
		return
	}
	w.zipped = false
	w.Header = append(w.Header[:0], Field{"Content-Type", "text/plain; charset=utf-8"})
	w.kept, w.Trailer = append(append(w.kept[:0], say...), '\n'), w.Trailer[:0]
	w.status, w.length = s, -1
	if err := w.finish(); err != nil {
		w.conn.out.err = errors.Join(w.conn.out.err, err)
	}
}
