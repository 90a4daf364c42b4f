package http

import (
	"io"

	"netlab/wire"
)

// Upgrade switches the connection to another protocol that the client has offered (RFC 9110, Section 7.8): it sends 101 (Switching
// Protocols) with the fields of w.Header, and returns the connection, which is the handler's from then on. Reads give what the client sends
// after its request, writes go out at once. When the handler returns, ServeConn does too.
//
// An *Error says that the client has not asked for the protocol; the handler can still answer in another way.
func (w *ResponseWriter) Upgrade(protocol string) (io.ReadWriter, error) {
	r := &w.conn.request
	switch {
	case w.taken:
		return nil, ErrTaken
	case w.sent:
		return nil, &Error{StatusInternalServerError, "an answer is on its way already", wire.RFC("9110", "7.8")}
	case !r.Upgrades(protocol):
		// A server MUST NOT switch to a protocol that was not indicated by the client in the corresponding request's Upgrade header field. RFC 9110, Section 7.8
		return nil, &Error{StatusUpgradeRequired, "the request does not offer to upgrade to " + protocol, wire.RFC("9110", "7.8")}
	}
	for _, name := range [...]string{"Connection", "Upgrade", "Content-Length", "Transfer-Encoding"} {
		w.Header.Del(name)
	}
	w.Header.Add("Connection", "Upgrade")
	w.Header.Add("Upgrade", protocol)
	return w.switchTo(StatusSwitchingProtocols)
}

// Tunnel answers a CONNECT request with 200 (OK), after which the connection carries no more HTTP (RFC 9110, Section 9.3.6).
// It is the handler's from then on, as after Upgrade.
func (w *ResponseWriter) Tunnel() (io.ReadWriter, error) {
	switch {
	case w.taken:
		return nil, ErrTaken
	case w.sent || w.conn.request.Method != MethodConnect:
		return nil, &Error{StatusInternalServerError, "only CONNECT makes a tunnel", wire.RFC("9110", "9.3.6")}
	}
	// A server MUST NOT send any Transfer-Encoding or Content-Length header fields in a 2xx (Successful) response to CONNECT. RFC 9110, Section 9.3.6
	for _, name := range [...]string{"Connection", "Content-Length", "Transfer-Encoding"} {
		w.Header.Del(name)
	}
	return w.switchTo(StatusOK)
}

// TakeOver gives the handler the connection without an answer: what is sent on it is all the handler's affair. Answers to earlier
// requests have been sent; the content of this one, if it has any, was not read.
func (w *ResponseWriter) TakeOver() (io.ReadWriter, error) {
	if w.taken {
		return nil, ErrTaken
	}
	if w.sent {
		return nil, &Error{StatusInternalServerError, "an answer is on its way already", wire.RFC("9110", "7.8")}
	}
	w.taken, w.sent, w.close, w.active = true, true, true, false
	err := w.conn.out.flush()
	w.conn.patience.end()
	w.conn.in.r = w.conn.patience.rw
	return &stream{in: &w.conn.in, w: w.conn.patience.rw}, err
}

// Taken reports whether the handler has taken over the connection.
func (w *ResponseWriter) Taken() bool { return w.taken }

// switchTo sends the head that ends HTTP on the connection.
func (w *ResponseWriter) switchTo(status Status) (io.ReadWriter, error) {
	if err := w.Header.Check(); err != nil {
		return nil, err
	}
	// If a server receives both an Upgrade and an Expect header field with the "100-continue" expectation, the server MUST send a 100 (Continue) response before
	// sending a 101 (Switching Protocols) response. RFC 9110, Section 7.8
	w.sendContinue()
	// What follows the request is of the new protocol, so all of the request has to be read.
	if !w.conn.in.skip(maxSkip) {
		return nil, &Error{StatusContentTooLarge, "the content of a request that switches protocols is not there or too large", wire.RFC("9110", "7.8")}
	}
	w.kept, w.status = w.kept[:0], status
	out := &w.conn.out
	out.buf = w.appendFixed(out.buf)
	out.buf = append(appendFields(out.buf, w.Header), "\r\n"...)
	return w.TakeOver()
}

// Upgrades reports whether the client offers to go on in a protocol, such as "websocket", instead of HTTP/1.1.
func (r *Request) Upgrades(protocol string) bool {
	// A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request. RFC 9110, Section 7.8
	// A sender of Upgrade MUST also send an "Upgrade" connection option in the Connection header field. RFC 9110, Section 7.8, shortened
	return r.Version.AtLeast11() && r.Header.Has("Connection", "upgrade") && r.Header.Has("Upgrade", protocol)
}

// Stream returns what the connection is after a 101 (Switching Protocols) response, or a 2xx response to CONNECT: no more HTTP. The
// client cannot be used any more.
func (c *ClientConn) Stream() io.ReadWriter { return &stream{in: &c.in, w: c.out.w} }

// stream is a connection that has left HTTP: first what was read already, then the connection itself.
type stream struct {
	in *input
	w  io.Writer
}

func (s *stream) Read(p []byte) (int, error) {
	if in := s.in; in.from < in.to {
		n := copy(p, in.buf[in.from:in.to])
		in.from += n
		return n, nil
	}
	s.in.buf = nil
	if s.in.err != nil {
		return 0, s.in.err
	}
	return s.in.r.Read(p)
}

func (s *stream) Write(p []byte) (int, error) { return s.w.Write(p) }
