package http

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"netlab/wire"
)

// Handler answers a request. Request and ResponseWriter are its own until it returns.
type Handler func(w *ResponseWriter, r *Request)

// Server answers requests on connections. The zero value works. It holds nothing of a connection.
type Server struct {
	Limits   Limits
	Timeouts Timeouts
	Name     string                           // for the Server field; "": none
	Now      func() time.Time                 // the clock for the Date field and the time-outs; nil: no clock, no Date, no time-outs
	Failed   func(panicked any, stack []byte) // told of a handler that panicked; nil: nobody

	// For a shutdown that lets answers be completed: Closing is asked whether connections shall end after the answer at hand; nil: they shall not.
	// Idle is told when a connection begins (true) and ends (false) to wait for a request: one that waits can be woken with a deadline in the past.
	Closing func() bool
	Idle    func(conn io.ReadWriter, idle bool)
}

// maxSkip is how much of the content that a handler left unread is skipped to keep a connection; if there is more, it is closed.
const maxSkip = 256 << 10

// ServeConn answers the requests that arrive on rw, in their order, until either side is done with the connection. It does not close
// rw: the caller does, in two steps (RFC 9112, Section 9.6). nil is an orderly end; an *Error is a request that was refused, with an answer.
func (s *Server) ServeConn(rw io.ReadWriter, h Handler) error {
	c := newServerConn(s, rw)
	for {
		err := c.in.head()
		c.patience.headDone()
		if err == io.EOF {
			return c.out.flush()
		}
		if err != nil {
			c.w.begin(&Head{Version: Version{1, 1}})
			return c.refuse(err)
		}
		keep, err := c.answer(h)
		if err != nil {
			c.out.flush()
			return err
		}
		if !keep {
			return c.out.flush()
		}
		c.shrink()
	}
}

// serverConn is one connection of a server.
type serverConn struct {
	server   *Server
	patience patience
	in       input
	out      output
	date     dateField
	request  Request
	w        ResponseWriter
}

func newServerConn(s *Server, rw io.ReadWriter) *serverConn {
	c := &serverConn{server: s, patience: newPatience(rw, s.Now, s.Timeouts), in: input{parser: NewRequestParser(s.Limits)}}
	c.w.conn, c.in.r, c.out.w = c, c, &c.patience
	return c
}

// Read reads from the connection for the input. It first sends what is ready, because the peer may be waiting for it. Until then answers to pipelined
// requests collect.
func (c *serverConn) Read(p []byte) (int, error) {
	at := inContent
	switch {
	case c.w.active && c.w.duplex:
		return c.patience.receive(p, at)
	case c.w.active:
		if err := c.w.beforeContent(); err != nil {
			return 0, err
		}
	case !c.in.open && c.in.from == c.in.to:
		at = betweenRequests
	case !c.in.open:
		at = inHead
	}
	if err := c.out.flush(); err != nil {
		return 0, err
	}
	if at != betweenRequests {
		return c.patience.receive(p, at)
	}
	if cap(c.out.buf) > outputBuffer/2 {
		c.out.buf = nil
	}
	if c.server.Idle != nil {
		c.server.Idle(c.patience.rw, true)
		defer c.server.Idle(c.patience.rw, false)
	}
	if c.closing() {
		return 0, io.EOF
	}
	return c.patience.receive(p, at)
}

// shrink gives back what a large message has left, because the next request may be long in coming. Read does the same with what was sent.
func (c *serverConn) shrink() {
	if c.in.from < c.in.to {
		return // it is there
	}
	if len(c.in.buf) > smallInput {
		c.in.buf, c.in.from, c.in.to = nil, 0, 0
	}
	c.w.zip = nil // it alone is larger than all the rest
}

func (c *serverConn) closing() bool { return c.server.Closing != nil && c.server.Closing() }

// answer has the handler answer the request whose head was read. keep: the connection goes on.
func (c *serverConn) answer(h Handler) (keep bool, err error) {
	head := &c.in.parser.Head
	c.request = Request{
		Method: head.Method, Target: head.Target, Version: head.Version, Header: head.Header,
		Length: head.Length, Body: &c.in, trailer: &c.in.parser.Trailer,
	}
	c.w.begin(head)
	if _, unknown := head.expects(); unknown {
		// A server that receives an Expect field value containing a member other than 100-continue MAY respond with a 417 (Expectation Failed) status code to indicate
		// that the unexpected expectation cannot be met. RFC 9110, Section 10.1.1
		return false, c.refuse(&Error{StatusExpectationFailed, "the only expectation that can be met is 100-continue", wire.RFC("9110", "10.1.1")})
	}
	if err := c.call(h); err != nil {
		return false, err
	}
	if c.w.taken {
		return false, nil
	}
	if c.in.failed != nil {
		return false, c.refuse(c.in.failed)
	}
	if err := c.w.finish(); err != nil {
		return false, err
	}
	if c.w.close {
		return false, nil
	}
	// A server MUST read the entire request message body or close the connection after sending its response. RFC 9112, Section 9.3
	return c.in.skip(maxSkip), nil
}

// call runs the handler. If it panics, the answer is 500 as far as that can still be said.
func (c *serverConn) call(h Handler) (err error) {
	defer func() {
		v := recover()
		switch v {
		case nil:
			return
		case ErrAbort:
			c.w.sent, c.out.buf, err = true, nil, ErrAbort
			return
		}
		if c.server.Failed != nil {
			c.server.Failed(v, debug.Stack())
		}
		err = fmt.Errorf("http: the handler of %s panicked: %v", c.request.Target, v)
		c.w.fail(StatusInternalServerError, "The server failed while it answered.")
	}()
	h(&c.w, &c.request)
	return nil
}

// refuse answers a message that could not be read to its end, if that is an *Error and no answer is on its way, and returns the
// reason. An answer that was begun is not completed: it was made of half a message.
func (c *serverConn) refuse(err error) error {
	var refused *Error
	if errors.As(err, &refused) {
		c.w.fail(refused.Status, refused.Say+" ("+refused.Ref.String()+")")
	}
	c.out.flush()
	return err
}
