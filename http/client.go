package http

import (
	"io"
	"strconv"

	"netlab/wire"
)

// ClientConn sends requests on a connection and receives their responses. Send and Receive share nothing, so one goroutine may send
// while another receives.
type ClientConn struct {
	in       input
	out      output
	header   Header // of the request that is being sent
	body     body
	response Response
}

// NewClientConn returns a client on rw, which the caller closes.
func NewClientConn(rw io.ReadWriter, l Limits) *ClientConn {
	return &ClientConn{in: input{r: rw, parser: NewResponseParser(l)}, out: output{w: rw}}
}

// RoundTrip sends r, all of its content, and receives the response. If content and response are both large, a server that answers
// while it reads would wait for us while we wait for it: call Send and Receive on two goroutines then.
func (c *ClientConn) RoundTrip(r *Request) (*Response, error) {
	if err := c.Send(r); err != nil {
		return nil, err
	}
	return c.Receive(r.Method)
}

// Send sends a request with its content. r.Header must have a Host field; the framing fields are added.
func (c *ClientConn) Send(r *Request) error {
	header := append(c.header[:0], r.Header...)
	method := r.Method
	if method == "" {
		method = MethodGet
	}
	c.body = body{out: &c.out, none: true}
	switch {
	case r.Body != nil && (r.Length < 0 || len(r.Trailing) > 0):
		header.Del("Content-Length")
		if len(r.Trailing) > 0 {
			header.Set("Trailer", r.Trailing.names())
		}
		header.Set("Transfer-Encoding", "chunked")
		c.body = body{out: &c.out, chunked: true, length: -1}
	case r.Body != nil:
		header.Set("Content-Length", strconv.FormatInt(r.Length, 10))
		c.body = body{out: &c.out, length: r.Length}
	case method == MethodPost || method == MethodPut:
		// A user agent SHOULD send Content-Length in a request when the method defines a meaning for enclosed content and it is not sending Transfer-Encoding.
		// RFC 9110, Section 8.6
		header.Set("Content-Length", "0")
	}
	c.header = header
	if err := header.Check(); err != nil {
		return err
	}
	if !isToken(method) || !isTarget([]byte(r.Target)) || checkTarget(method, r.Target) != nil {
		return bad("the method or target cannot be sent", wire.RFC("9112", "3"))
	}
	c.out.buf = AppendRequest(c.out.buf, method, r.Target, header)
	if r.Body != nil {
		if _, err := io.Copy(&c.body, r.Body); err != nil {
			return err
		}
	}
	if err := c.body.end(r.Trailing); err != nil {
		return err
	}
	return c.out.flush()
}

// Receive receives the final response to a request of the given method; interim ones (1xx) are passed over. What was not read of the
// content of the response before is skipped. The response, with its fields, is valid until the next Receive.
func (c *ClientConn) Receive(method string) (*Response, error) {
	if c.in.open {
		if _, err := io.Copy(io.Discard, &c.in); err != nil {
			return nil, err
		}
	}
	for {
		c.in.parser.Answers(method)
		if err := c.in.head(); err == io.EOF {
			return nil, io.ErrUnexpectedEOF
		} else if err != nil {
			return nil, err
		}
		head := &c.in.parser.Head
		if head.Status/100 == 1 && head.Status != StatusSwitchingProtocols {
			c.in.skip(0)
			continue
		}
		c.response = Response{
			Status: head.Status, Reason: head.Reason, Version: head.Version, Header: head.Header,
			Length: head.Length, Body: &c.in, Close: head.Close, trailer: &c.in.parser.Trailer,
		}
		return &c.response, nil
	}
}
