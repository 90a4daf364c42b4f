package adapter

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// watched is a connection that can be watched while a handler is at work: a goroutine waits for one octet, and who hears of an error knows that the client
// is gone. If an octet comes, it is kept for the next Read.
type watched struct {
	net.Conn
	idle atomic.Bool // it waits for a request

	mu       sync.Mutex
	over     sync.Cond // a watch has ended
	watching bool
	stop     bool // the watch is asked to end
	octet    [1]byte
	has      bool
	err      error     // what ended the connection
	deadline time.Time // what the server has set
	timer    *time.Timer
	gone     func() // called when the client is gone
}

func newWatched(conn net.Conn) *watched {
	c := &watched{Conn: conn}
	c.over.L = &c.mu
	return c
}

// patienceBeforeWatch is how long a handler may take before its client is watched: most are done by then, and cost nothing.
const patienceBeforeWatch = 20 * time.Millisecond

// watch begins to watch soon; gone is called if the client goes away before the next Read.
func (c *watched) watch(gone func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = gone
	if c.timer == nil {
		c.timer = time.AfterFunc(patienceBeforeWatch, c.begin)
		return
	}
	c.timer.Reset(patienceBeforeWatch)
}

// unwatch says that nobody wants to know any more.
func (c *watched) unwatch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = nil
	if c.timer != nil {
		c.timer.Stop()
	}
}

func (c *watched) begin() {
	c.mu.Lock()
	if c.gone == nil || c.watching || c.has || c.err != nil {
		c.mu.Unlock()
		return
	}
	c.watching, c.stop = true, false
	_ = c.Conn.SetReadDeadline(time.Time{})
	c.mu.Unlock()
	n, err := c.Conn.Read(c.octet[:])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watching, c.has = false, n > 0
	if err != nil && !c.stop {
		c.err = err
		if c.gone != nil {
			c.gone()
		}
	}
	c.over.Broadcast()
}

// halt ends a watch that is under way. The lock is held.
func (c *watched) halt() {
	for c.watching {
		c.stop = true
		_ = c.Conn.SetReadDeadline(time.Unix(1, 0))
		c.over.Wait()
	}
	_ = c.Conn.SetReadDeadline(c.deadline)
}

// Read is part of net.Conn.
func (c *watched) Read(p []byte) (int, error) {
	c.mu.Lock()
	if c.watching {
		c.halt()
	}
	if c.has && len(p) > 0 {
		c.has = false
		p[0] = c.octet[0]
		c.mu.Unlock()
		return 1, nil
	}
	err := c.err
	c.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

// SetReadDeadline is part of net.Conn. While the connection is watched, it waits.
func (c *watched) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	if c.watching {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline is part of net.Conn.
func (c *watched) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.Conn.SetWriteDeadline(t)
}

// CloseWrite ends our direction of the connection.
func (c *watched) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// free ends all watching, for a handler that takes the connection over.
func (c *watched) free() {
	c.unwatch()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = time.Time{}
	c.halt()
}
