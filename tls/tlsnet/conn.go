package tlsnet

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"netlab/tls"
)

// Conn is a TLS connection over another connection.
//
// Several goroutines may use it. The lock is never held while the connection below blocks: one goroutine at a time reads from there and
// one at a time writes to there, and another that comes meanwhile waits only if it cannot go on without them. So a connection of a simulated
// host can be shared by one goroutine that reads and one that writes, once the handshake is done.
type Conn struct {
	raw net.Conn
	now func() time.Time

	mu      sync.Mutex
	changed sync.Cond // reading, sending or tls have changed
	tls     *tls.Conn
	reading bool   // somebody is in raw.Read
	sending bool   // somebody is in raw.Write
	unsent  []byte // what raw.Write has not taken yet of what tls.Next gave
	closed  bool
	writeBy time.Time // the deadline of Write; zero: none
}

// Client returns the client's end of a TLS connection over raw, to the server called serverName.
func Client(raw net.Conn, cfg tls.Config, serverName string) (*Conn, error) {
	c := newConn(raw, cfg)
	var err error
	c.tls, err = tls.Client(cfg, serverName, c.now())
	return c, err
}

// Server returns the server's end.
func Server(raw net.Conn, cfg tls.Config) *Conn {
	c := newConn(raw, cfg)
	c.tls = tls.Server(cfg)
	return c
}

func newConn(raw net.Conn, cfg tls.Config) *Conn {
	c := &Conn{raw: raw, now: cfg.Now}
	if c.now == nil {
		c.now = time.Now
	}
	c.changed.L = &c.mu
	return c
}

// Handshake agrees with the peer, if that has not happened yet. Read and Write do it by themselves. When ctx ends before, the connection
// below is left with a deadline in the past: only Close is of use then.
func (c *Conn) Handshake(ctx context.Context) error {
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() { c.raw.SetDeadline(time.Unix(1, 0)) })
		defer stop()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.agree()
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// agree carries octets until the handshake is done, and its last ones are sent.
func (c *Conn) agree() error {
	for !c.tls.State().Done {
		if err := c.pump(); err != nil {
			return err
		}
	}
	return nil
}

// pump reads once from below, after everything that waits was sent.
func (c *Conn) pump() error {
	if c.reading {
		c.changed.Wait()
		return nil
	}
	c.reading = true
	defer func() {
		c.reading = false
		c.changed.Broadcast()
	}()
	// What cannot be sent in time stays: who wants to read is not told.
	if err := c.flush(); err != nil && !timedOut(err) {
		return err
	}
	space := c.tls.Space()
	c.mu.Unlock()
	n, err := c.raw.Read(space)
	c.mu.Lock()
	if n > 0 {
		refused := c.tls.Received(c.now(), n)
		// An answer, or the alert that says why there is none.
		sendErr := c.flush()
		switch {
		case refused != nil:
			return refused
		case sendErr != nil && !timedOut(sendErr):
			return sendErr
		case err == nil:
			return nil
		}
	}
	if err == io.EOF {
		return c.tls.EOF()
	}
	return err
}

func timedOut(err error) bool {
	var e net.Error
	return errors.As(err, &e) && e.Timeout()
}

// flush sends what tls has ready, unless somebody is sending already, who will not stop before this is sent too. What is left
// after an error is sent by the next flush.
func (c *Conn) flush() error {
	if c.sending {
		return nil
	}
	c.sending = true
	defer func() {
		c.sending = false
		c.changed.Broadcast()
	}()
	for {
		if len(c.unsent) == 0 {
			if c.unsent = c.tls.Next(); c.unsent == nil {
				return nil
			}
		}
		rest := c.unsent
		c.mu.Unlock()
		n, err := c.raw.Write(rest)
		c.mu.Lock()
		c.unsent = rest[n:]
		if err != nil {
			return err
		}
	}
}

// Read reads what the peer's application sent.
func (c *Conn) Read(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		if c.closed {
			return 0, net.ErrClosed
		}
		n, err := c.tls.Read(p)
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := c.pump(); err != nil {
			return 0, err
		}
	}
}

// Write protects p and sends it. What was counted as written when a deadline passed goes out with the next Write.
func (c *Conn) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.agree(); err != nil {
		return 0, err
	}
	return c.send(p, c.tls.Write)
}

// WriteEarly sends p as early data (0-RTT); tls.ErrEarly if there can be none. See early.go in package tls for what that gives up.
func (c *Conn) WriteEarly(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.send(p, c.tls.WriteEarly)
}

// send has write protect p and sends what comes of it.
func (c *Conn) send(p []byte, write func([]byte) (int, error)) (int, error) {
	for total := 0; ; {
		switch {
		case c.closed:
			return total, net.ErrClosed
		case !c.writeBy.IsZero() && !c.now().Before(c.writeBy):
			return total, os.ErrDeadlineExceeded // what is protected now would go out with a later Write
		}
		n, err := write(p[total:])
		total += n
		if err != nil {
			return total, err
		}
		if n == 0 && total < len(p) && c.sending {
			c.changed.Wait() // there is no more room until somebody else has sent
			continue
		}
		if err := c.flush(); err != nil || total == len(p) {
			return total, err
		}
	}
}

// closeTime is how long Close tries to say that it closes.
const closeTime = 5 * time.Second

// Close says that nothing more will be sent, if that can be done at once, and closes the connection below.
func (c *Conn) Close() error {
	c.mu.Lock()
	if !c.closed && !c.sending && c.tls.State().Done {
		c.raw.SetWriteDeadline(c.now().Add(closeTime))
		c.tls.Close()
		c.closed = true
		c.flush()
	}
	c.closed = true
	c.changed.Broadcast()
	c.mu.Unlock()
	return c.raw.Close()
}

// CloseWrite says that nothing more will be sent. Reading goes on.
func (c *Conn) CloseWrite() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.agree(); err != nil {
		return err
	}
	c.tls.Close()
	if err := c.flush(); err != nil {
		return err
	}
	if half, ok := c.raw.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// ConnectionState returns what the connection is like now.
func (c *Conn) ConnectionState() tls.ConnectionState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tls.State()
}

// KeyUpdate goes over to new keys for what we send; requestPeer asks the peer to do the same.
func (c *Conn) KeyUpdate(requestPeer bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.tls.KeyUpdate(requestPeer); err != nil {
		return err
	}
	return c.flush()
}

// Export returns n octets that both ends can make and nobody else (RFC 8446, Section 7.5).
func (c *Conn) Export(label string, context []byte, n int) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tls.Export(label, context, n)
}

// NetConn returns the connection below. Octets that are read from it or written to it are lost to this one.
func (c *Conn) NetConn() net.Conn { return c.raw }

// The rest of net.Conn is that of the connection below.

// LocalAddr returns our address.
func (c *Conn) LocalAddr() net.Addr { return c.raw.LocalAddr() }

// RemoteAddr returns the peer's address.
func (c *Conn) RemoteAddr() net.Addr { return c.raw.RemoteAddr() }

// SetDeadline sets when Read and Write give up.
func (c *Conn) SetDeadline(t time.Time) error {
	c.setWriteBy(t)
	return c.raw.SetDeadline(t)
}

// SetReadDeadline sets when Read gives up.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.raw.SetReadDeadline(t) }

// SetWriteDeadline sets when Write gives up. The connection survives that.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.setWriteBy(t)
	return c.raw.SetWriteDeadline(t)
}

func (c *Conn) setWriteBy(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeBy = t
}
