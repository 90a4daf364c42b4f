package stack

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"netlab/tcp"
	"netlab/trace"
)

// Conn is a TCP connection as an application sees it. It is a net.Conn with CloseWrite, SetLinger
// and SetNoDelay as net.TCPConn has them.
type Conn struct {
	host *Host
	way  // to the peer

	mu   sync.Mutex
	core *tcp.Conn

	listener *Listener // the listener that made the connection, until it is established
	want     int       // room for how many octets the waiting Write would like
	state    tcp.State // of core, when settle last looked
	closed   bool      // by the application: the core goes on alone until it is CLOSED
	abortive bool      // SetLinger(0): Close sends a RST
	halfOpen bool      // in Listener.halfOpen, and not yet established; guarded by Listener.mu
	writing  bool      // a Write is under way; others wait for their turn
	ipID     uint16    // Identification of the packet sent last
	ttl, tos uint8     // of what it sends
	label    uint32    // the flow label of its packets

	// For those who wait: Read for readable, Write and Dial for writable. Made when first needed.
	readable, writable          Cond
	readDeadline, writeDeadline time.Time

	armed time.Duration // the deadline last given to host.timers, after timers.begin; 0: none
	timer timer

	shown *tcp.Snapshot // what Config.Snap was last told; nil when nobody traces

	recording *recording // its first segments; nil: nobody asked for them
}

// newConn returns a connection that is not yet in the host's table.
func (h *Host) newConn(core *tcp.Conn, w way) *Conn {
	flow := core.Flow()
	if w.large > 0 {
		core.SetOffload(w.large - headerLen(w.nextHop))
	}
	return &Conn{host: h, way: w, core: core, state: core.State(), ttl: h.ttl, label: h.flowLabel(flow.Local, flow.Remote)}
}

// Read waits until there are octets to read. It returns io.EOF after the peer's FIN.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if len(p) > 0 && !c.closed && c.readDeadline.IsZero() && !c.core.Readable() {
			c.wait(&c.readable, time.Time{}) // what time it is does not matter
			continue
		}
		now := c.host.runtime.Now()
		if err := c.usable(now, c.readDeadline); err != nil {
			return 0, c.opError("read", err)
		}
		if len(p) == 0 {
			return 0, nil
		}
		n, err := c.core.Read(now, p)
		if n > 0 && (c.core.OwesACK() || c.host.trace.On()) {
			c.settle(now) // the window has opened
		} else if n > 0 {
			c.arm()
		}
		if n > 0 || err != nil {
			return n, c.opError("read", err)
		}
		c.wait(&c.readable, c.readDeadline)
	}
}

// Write queues p and sends what the windows allow. It returns when all of p is queued, and waits
// for room until then.
func (c *Conn) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.takeTurn(); err != nil {
		return 0, c.opError("write", err)
	}
	defer c.giveTurn()
	for first := true; ; first = false {
		now := c.host.runtime.Now()
		if err := c.usable(now, c.writeDeadline); err != nil {
			return n, c.opError("write", err)
		}
		if first {
			c.call(now, "is told by the application to send %d bytes", len(p), "3.10.2")
		}
		taken, err := c.core.Write(now, p[n:])
		n += taken
		if taken > 0 {
			c.settle(now)
		}
		if err != nil || n == len(p) {
			return n, c.opError("write", err)
		}
		c.want = min(len(p)-n, c.host.writeStep)
		c.wait(&c.writable, c.writeDeadline)
	}
}

// takeTurn waits until no other Write is under way, so that what is written in one call stays
// together.
func (c *Conn) takeTurn() error {
	for c.writing {
		if err := c.usable(c.host.runtime.Now(), c.writeDeadline); err != nil {
			return err
		}
		c.wait(&c.writable, c.writeDeadline)
	}
	c.writing = true
	return nil
}

func (c *Conn) giveTurn() {
	c.writing = false
	wake(c.writable)
}

// usable says why a call cannot go on: the application has closed the connection, or the deadline has
// passed.
func (c *Conn) usable(now, deadline time.Time) error {
	if c.closed {
		return net.ErrClosed
	}
	if !deadline.IsZero() && !now.Before(deadline) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// wait waits on one of the connection's conditions, until woken or until the deadline.
func (c *Conn) wait(cond *Cond, deadline time.Time) {
	if *cond == nil {
		*cond = c.host.runtime.NewCond(&c.mu)
	}
	(*cond).Wait(deadline)
}

func wake(cond Cond) {
	if cond != nil {
		cond.Broadcast()
	}
}

// Close ends the application's use of the connection. What was written is still sent, and then a FIN;
// Close does not wait for it. If something that arrived was not read, or if more arrives, the connection is
// reset (tcp.Conn.CloseRead says why).
func (c *Conn) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	now := c.host.runtime.Now()
	c.closed = true
	if c.abortive {
		c.call(now, "is told by the application to close the connection at once", 0, "3.10.5")
		c.core.Abort(now)
	} else {
		c.call(now, "is told by the application to close the connection", 0, "3.10.4")
		c.core.CloseRead(now)
		c.core.Close(now) // an error means that it has ended already
	}
	c.settle(now)
	wake(c.readable)
	wake(c.writable)
	return nil
}

// abort resets the connection on behalf of the host.
func (c *Conn) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.host.runtime.Now()
	c.closed = true
	c.core.Abort(now)
	c.settle(now)
	wake(c.readable)
	wake(c.writable)
}

// CloseWrite sends a FIN after what was written: the peer reads EOF, and we can still read.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	now := c.host.runtime.Now()
	c.call(now, "is told by the application that it has nothing more to send", 0, "3.10.4")
	err := c.core.Close(now)
	c.settle(now)
	wake(c.writable)
	return c.opError("close", err)
}

// SetLinger(0) makes Close reset the connection and throw away what is not yet sent. Any other value
// brings back the default: Close returns at once and the rest is sent in the background.
func (c *Conn) SetLinger(seconds int) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.abortive = seconds == 0
	return nil
}

// SetNoDelay turns the Nagle algorithm off (true) or on (false, the default): whether small writes wait
// for the acknowledgment of what was sent before.
func (c *Conn) SetNoDelay(off bool) error {
	return c.set(func(time.Time) { c.core.SetNoDelay(off) })
}

// LocalAddr returns a *net.TCPAddr.
func (c *Conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.Flow().Local) }

// RemoteAddr returns a *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.Flow().Remote) }

// SetDeadline sets the deadlines of Read and Write. The zero time means none.
func (c *Conn) SetDeadline(t time.Time) error {
	return c.setDeadlines(func() { c.readDeadline, c.writeDeadline = t, t })
}

// SetReadDeadline sets the deadline of Read.
func (c *Conn) SetReadDeadline(t time.Time) error {
	return c.setDeadlines(func() { c.readDeadline = t })
}

// SetWriteDeadline sets the deadline of Write.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	return c.setDeadlines(func() { c.writeDeadline = t })
}

func (c *Conn) setDeadlines(set func()) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	set()
	wake(c.readable) // those who wait look at their deadline again
	wake(c.writable)
	return nil
}

// Flow names the connection in events. It never changes.
func (c *Conn) Flow() trace.Flow { return c.core.Flow() }

func (c *Conn) key() connKey {
	flow := c.core.Flow()
	return keyOf(flow.Local, flow.Remote)
}

// Snapshot returns the state of the connection.
func (c *Conn) Snapshot() tcp.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Snapshot()
}

// opError wraps err as package net does. nil and io.EOF stay as they are.
func (c *Conn) opError(op string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
