package stack

import (
	"net"
	"time"

	"netlab/tcp"
)

// SetTOS sets the Diffserv field of the packets that the connection sends, the upper six bits of the type of service or
// traffic class: "the application MUST be able to specify the Differentiated Services field for segments that are sent on a
// connection (MUST-48)" (RFC 9293, Section 3.9.1.9). The lower two belong to ECN and are left as TCP sets them.
func (c *Conn) SetTOS(tos uint8) error { return c.set(func(time.Time) { c.tos = tos &^ tcp.CE }) }

// SetTTL sets the time to live (IPv6: hop limit) of the packets that the connection sends: it "MUST be configurable
// (MUST-49)" (RFC 9293, Section 3.9.2). 0: the host's, 64.
func (c *Conn) SetTTL(ttl uint8) error {
	return c.set(func(time.Time) {
		if c.ttl = ttl; ttl == 0 {
			c.ttl = c.host.ttl
		}
	})
}

// SetKeepAlive turns keep-alives on or off; idle is the silence before the first probe, 0: as it was.
func (c *Conn) SetKeepAlive(on bool, idle time.Duration) error {
	return c.set(func(now time.Time) { c.core.SetKeepAlive(now, on, idle) })
}

// SetUserTimeout sets how long something may go unacknowledged before the connection is given up; 0: five minutes.
func (c *Conn) SetUserTimeout(d time.Duration) error {
	return c.set(func(time.Time) { c.core.SetUserTimeout(d) })
}

// Trouble returns how often in a row something was sent again without an answer, and the ICMP error that has come
// meanwhile, an *ICMPError; nil if none has. The connection goes on trying until its user timeout.
func (c *Conn) Trouble() (retransmissions int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Trouble()
}

// WriteUrgent queues p as urgent data as far as there is room, and returns how much that is. New protocols should not use
// it (RFC 6093, Section 6).
func (c *Conn) WriteUrgent(p []byte) (n int, err error) {
	var failed error
	if err := c.set(func(now time.Time) { n, failed = c.core.WriteUrgent(now, p) }); err != nil {
		return 0, err
	}
	return n, c.opError("write", failed)
}

// Urgent returns how many of the octets that are not read yet are urgent, arrived or not.
func (c *Conn) Urgent() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.core.Urgent()
}

// set changes something of a connection that is in use.
func (c *Conn) set(change func(now time.Time)) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	now := c.host.runtime.Now()
	change(now)
	c.settle(now)
	return nil
}
