package service

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"netlab/dns"
	"netlab/stack"
	"netlab/tls"
	"netlab/tls/tlsnet"
)

// Options of the servers. The zero value means the defaults.
type Options struct {
	Connections int                        // open at the same time, per service; 0: 16,384. One more is closed at once
	Idle        time.Duration              // a connection on which nothing moves for so long is closed; 0: one minute
	Failed      func(what error)           // told of a fault of a server itself; nil: nobody
	Zones       []*dns.Zone                // what the name server has authority over; none: there is no name server
	TLS         func() (tls.Config, error) // of HTTPS, asked for each connection so that a certificate can be renewed; nil: there is no HTTPS

	record int // segments that each connection remembers
}

func (o Options) withDefaults() Options {
	if o.Connections == 0 {
		o.Connections = 16_384
	}
	if o.Idle == 0 {
		o.Idle = time.Minute
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	return o
}

// Serve starts all services on a host and returns: echo on TCP and UDP port 7, discard on TCP 9, the character generator on TCP 19, HTTP on TCP 80, HTTPS on TCP 443 if there is a certificate,
// iperf3 on TCP 5201,
// DNS on TCP and UDP 53 if there are zones.
// They end with the host.
func Serve(h *stack.Host, o Options) error {
	o = o.withDefaults()
	for _, s := range []struct {
		address string
		handle  func(h *stack.Host, conn net.Conn)
	}{
		{":7", Echo},
		{":9", Discard},
		{":19", Chargen},
		{":5201", new(IperfServer).ServeConn},
	} {
		if err := Accept(h, s.address, o, s.handle); err != nil {
			return err
		}
	}
	if err := ServeWeb(h, ":80", o); err != nil {
		return err
	}
	if o.TLS != nil {
		if err := ServeHTTPS(h, ":443", o); err != nil {
			return err
		}
	}
	if len(o.Zones) > 0 {
		if err := ServeDNS(h, o.Zones, o); err != nil {
			return err
		}
	}
	return EchoDatagrams(h, ":7")
}

// Accept listens on an address such as ":80" and has handle deal with each connection, on a goroutine of the host. handle need not close the
// connection. Reads and writes of a connection that is idle for too long fail.
func Accept(h *stack.Host, address string, o Options, handle func(h *stack.Host, conn net.Conn)) error {
	o = o.withDefaults()
	listener, err := h.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	if l, ok := listener.(*stack.Listener); ok && o.record > 0 {
		l.Record(o.record)
	}
	h.Go(func() {
		var open counter
		for {
			conn, err := listener.Accept()
			if err != nil {
				return // the host is closed
			}
			if !open.add(o.Connections) {
				conn.Close()
				continue
			}
			h.Go(func() {
				defer open.done()
				defer conn.Close()
				handle(h, &idleConn{Conn: conn, host: h, idle: o.Idle})
			})
		}
	})
	return nil
}

// counter counts up to a limit.
type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) add(limit int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n >= limit {
		return false
	}
	c.n++
	return true
}

func (c *counter) done() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n--
}

// idleConn is a connection whose every Read and Write has a deadline, unless its user has set one himself.
type idleConn struct {
	net.Conn
	host              *stack.Host
	idle              time.Duration
	ownRead, ownWrite atomic.Bool // set by the user
}

func (c *idleConn) Read(p []byte) (int, error) {
	if !c.ownRead.Load() {
		c.Conn.SetReadDeadline(c.host.Now().Add(c.idle))
	}
	return c.Conn.Read(p)
}

func (c *idleConn) Write(p []byte) (int, error) {
	if !c.ownWrite.Load() {
		c.Conn.SetWriteDeadline(c.host.Now().Add(c.idle))
	}
	return c.Conn.Write(p)
}

// SetReadDeadline is for a user that knows better than we how long to wait; a zero time makes it our affair again.
func (c *idleConn) SetReadDeadline(t time.Time) error {
	c.ownRead.Store(!t.IsZero())
	return c.Conn.SetReadDeadline(t)
}

// SetWriteDeadline is SetReadDeadline for writes.
func (c *idleConn) SetWriteDeadline(t time.Time) error {
	c.ownWrite.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
}

// CloseWrite ends our direction of the connection alone.
func (c *idleConn) CloseWrite() error { return closeWrite(c.Conn) }

// closeWrite ends our direction of a connection, if its kind can do that.
func closeWrite(conn net.Conn) error {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// inner returns the host's own connection, without deadlines and below TLS.
func inner(conn net.Conn) net.Conn {
	for {
		switch c := conn.(type) {
		case *idleConn:
			conn = c.Conn
		case *tlsnet.Conn:
			conn = c.NetConn()
		default:
			return conn
		}
	}
}
