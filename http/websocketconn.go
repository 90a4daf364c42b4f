package http

import (
	"fmt"
	"io"
)

// WebSocketConn is an open WebSocket on a connection. Its calls block in Read and Write of the connection; it is for one goroutine at a time.
type WebSocketConn struct {
	rw  io.ReadWriter
	ws  *WebSocket
	buf []byte
	err error // what ended the connection
}

// NewWebSocketConn returns a WebSocket on a connection after its opening handshake. The caller closes rw.
func NewWebSocketConn(rw io.ReadWriter, c WebSocketConfig) *WebSocketConn {
	return &WebSocketConn{rw: rw, ws: NewWebSocket(c)}
}

// Receive waits for what comes next: a message, a ping (which was answered), or a pong. At the end of the connection its error is a *WebSocketClosed, after the answer
// to the peer's Close frame was sent; a *WebSocketError if the peer broke the protocol; or that of the connection. After a deadline of the connection it can be called
// again.
func (c *WebSocketConn) Receive() (WebSocketEvent, error) {
	for {
		if ev, ok := c.ws.Event(); ok && ev.Opcode == OpClose {
			c.err = &ev.Closed
		} else if ok {
			return ev, nil
		}
		if c.err != nil {
			return WebSocketEvent{}, c.err
		}
		if c.buf == nil {
			c.buf = make([]byte, smallInput)
		}
		n, err := c.rw.Read(c.buf)
		if broken := c.ws.Receive(c.buf[:n]); broken != nil {
			c.err = broken
		}
		if flushed := c.flush(); c.err == nil && flushed != nil {
			c.err = flushed
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // a connection that ends without a Close frame: 1006, as RFC 6455, Section 7.1.5 has it
		}
		if err != nil && c.err == nil && len(c.ws.events) == 0 {
			return WebSocketEvent{}, fmt.Errorf("http: WebSocket: %w", err)
		}
	}
}

// Send sends a message, OpText or OpBinary.
func (c *WebSocketConn) Send(kind Opcode, message []byte) error {
	if err := c.ws.Send(kind, message); err != nil {
		return err
	}
	return c.flush()
}

// Ping sends a ping; the pong is for Receive.
func (c *WebSocketConn) Ping(data []byte) error {
	if err := c.ws.Ping(data); err != nil {
		return err
	}
	return c.flush()
}

// Close sends a Close frame and waits for the peer's, over whatever comes before it. It does not close the connection under it: the
// server does that first, so that it and not the client holds the connection in TIME-WAIT (RFC 6455, Section 7.1.1).
func (c *WebSocketConn) Close(code CloseCode, reason string) error {
	if err := c.ws.Close(code, reason); err != nil {
		return err
	}
	if err := c.flush(); err != nil {
		return err
	}
	for {
		_, err := c.Receive()
		if _, closed := err.(*WebSocketClosed); closed {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// flush sends what the endpoint has to send.
func (c *WebSocketConn) flush() error {
	if out := c.ws.Next(); len(out) > 0 {
		if _, err := c.rw.Write(out); err != nil {
			return fmt.Errorf("http: WebSocket: %w", err)
		}
	}
	return nil
}
