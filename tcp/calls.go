package tcp

import (
	"io"
	"time"

	"netlab/trace"
)

// Write is the SEND call: it queues what fits of p and returns how many octets that is; 0 and no error
// while the queue is full. It never blocks. Errors: ErrClosing after Close, else what ended the connection.
func (c *Conn) Write(now time.Time, p []byte) (n int, err error) {
	switch {
	case c.err != nil:
		return 0, c.err
	case c.closing || c.state == Closed:
		return 0, ErrClosing
	}
	n = min(len(p), c.Writable())
	if n > 0 {
		c.out.append(p[:n])
		c.watchBuffers(now)
	}
	return n, nil
}

// Writable returns how many octets Write would take now.
func (c *Conn) Writable() int {
	if c.closing || c.state == Closed {
		return 0
	}
	return max(0, c.cfg.SendBuffer-c.out.len())
}

// Read is the RECEIVE call: it copies octets that arrived in order to p and returns how many. It never
// blocks: 0 and no error means nothing now. io.EOF comes after the peer's last octet; any other error is what
// ended the connection.
func (c *Conn) Read(now time.Time, p []byte) (n int, err error) {
	if c.err != nil {
		return 0, c.err // "All segment queues should be flushed": nothing is left
	}
	if !c.state.Synchronized() && c.state != Closed {
		return 0, nil
	}
	n = min(len(p), c.in.len())
	if n == 0 {
		if c.in.len() == 0 && (c.rcv.finished || c.state == Closed) {
			return 0, io.EOF
		}
		return 0, nil
	}
	c.in.read(0, p[:n])
	c.in.discard(n)
	if c.trace.On() {
		end := c.rcvRel(c.rcv.nxt) - int64(c.in.len())
		if c.rcv.finished {
			end--
		}
		c.event(now, trace.Delivered, "hands bytes %d..%d to the application", "9293", "3.10.3", end-int64(n), end)
	}
	if c.rcv.urgent && c.Urgent() == 0 {
		c.rcv.urgent = false
	}
	c.watchBuffers(now)
	c.windowUpdate()
	return n, nil
}

// Readable reports whether Read would give octets, io.EOF or an error.
func (c *Conn) Readable() bool {
	return c.err != nil || c.rcv.finished || c.state == Closed || c.state.Synchronized() && c.in.len() > 0
}

// Close is the CLOSE call (RFC 9293, Section 3.10.4): our FIN follows what is queued. Reading goes on: the
// connection is half-closed until the peer closes too. Closing again does nothing.
func (c *Conn) Close(now time.Time) error {
	if c.err != nil {
		return c.err
	}
	if c.closing {
		return nil
	}
	switch c.state {
	case SynSent: // "Delete the TCB"
		c.fail(now, ErrClosed, "goes from SYN-SENT to CLOSED: the application gives up", "3.10.4")
		return nil
	case Established:
		c.closing = true
		c.enter(now, FinWait1, "goes from ESTABLISHED to FIN-WAIT-1: the application closes its side", "3.10.4")
	default: // SYN-RECEIVED and CLOSE-WAIT: the request is queued
		c.closing = true
	}
	return nil
}

// CloseRead tells the connection that nobody reads any more. "If such a host issues a CLOSE call while
// received data is still pending in the TCP connection, or if new data is received after CLOSE is called, its
// TCP implementation SHOULD send a RST to show that data was lost (SHLD-3)." (RFC 9293, Section 3.6.1)
func (c *Conn) CloseRead(now time.Time) {
	if c.deaf || c.state == Closed {
		return
	}
	c.deaf = true
	if c.in.len() > 0 && c.state.Synchronized() {
		c.abort(now, ErrClosed, rstUnread)
		return
	}
	c.limitFinWait2(now)
}

// Abort is the ABORT call (RFC 9293, Section 3.10.5): the queues are flushed, and the peer gets an RST.
func (c *Conn) Abort(now time.Time) {
	if c.state != Closed {
		c.abort(now, ErrClosed, rstAbort)
	}
}
