package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"netlab/tcp"
	"netlab/trace"
	"netlab/wire"
)

// Listener accepts TCP connections on a port. It is a net.Listener.
type Listener struct {
	host  *Host
	local netip.AddrPort

	mu       sync.Mutex
	core     *tcp.Listener
	ready    Cond
	queue    []*Conn    // established, not yet accepted
	halfOpen []halfOpen // not yet established, oldest first, and some that are
	deadline time.Time
	record   int // segments that its connections remember
	closed   bool
}

// patience is how long a connection may take to be established when others want its place. By then the SYN-ACK has
// been sent again.
const patience = time.Second

// halfOpen is a connection in SYN-RECEIVED.
type halfOpen struct {
	conn  *Conn
	since time.Time
}

// Listen listens on "tcp", or on "tcp4" or "tcp6" for one family alone. address is "host:port", or ":port" for all addresses
// of the host; port 0 stands for a free one.
func (h *Host) Listen(network, address string) (net.Listener, error) {
	if !isFamily(network, "tcp") {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	locals, err := h.resolve(context.Background(), network, address)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	local, err := h.freeToListen(locals[0])
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: net.TCPAddrFromAddrPort(shownLocal(local)), Err: err}
	}
	l := &Listener{host: h, local: local}
	l.core = tcp.NewListener(h.listenConfig(), h.cfg.Backlog, h.trace)
	l.ready = h.runtime.NewCond(&l.mu)
	h.listeners[local] = l
	return l, nil
}

// listenerFor returns the listener for a connection to local: one on this address, on all of its family, or on all. h.mu
// is held.
func (h *Host) listenerFor(local netip.AddrPort) *Listener {
	for _, addr := range [...]netip.Addr{local.Addr(), unspecified(local.Addr()), {}} {
		if l := h.listeners[netip.AddrPortFrom(addr, local.Port())]; l != nil {
			return l
		}
	}
	return nil
}

// unspecified returns the address that stands for all of a's family.
func unspecified(a netip.Addr) netip.Addr {
	if a.Is4() {
		return netip.IPv4Unspecified()
	}
	return netip.IPv6Unspecified()
}

// receive takes a segment for the listening port that belongs to no connection; it is that of a.
func (l *Listener) receive(now time.Time, a *arrival, local, remote netip.AddrPort, seg *tcp.Segment) {
	h, identity := l.host, a.packet
	h.mu.Lock()
	i, _, err := h.routeTo(remote.Addr())
	h.mu.Unlock()
	if err != nil {
		h.noWayBack(now, seg, identity)
		return
	}

	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		h.refuse(now, local, remote, seg, identity)
		return
	}
	if seg.Flags&tcp.SYN != 0 && l.core.HalfOpen()+len(l.queue) >= h.cfg.Backlog {
		l.recycle(now)
	}
	full := len(l.queue)
	if h.cfg.TCP.NoSYNCookies {
		full += l.core.HalfOpen()
	}
	if seg.Flags&tcp.SYN != 0 && full >= h.cfg.Backlog {
		l.mu.Unlock()
		h.discards.backlog.Add(1)
		h.discarded(now, seg.Cause, identity, "drops a SYN: too many connections wait for the application to accept them", wire.RFC("9293", "3.10.7.2"))
		return
	}
	l.core.Queued(len(l.queue))
	core, reply, ok := l.core.Receive(now, local, remote, seg)
	record := l.record
	l.mu.Unlock()

	switch {
	case core != nil:
		if a.reopens {
			core.NotBefore(a.least)
		}
		c := h.newConn(core, i)
		c.listener = l
		c.mu.Lock()
		defer c.mu.Unlock()
		if record > 0 {
			c.recording = &recording{most: record}
			c.note(now, false, a.octets, nil, trace.Reason{})
		}
		h.mu.Lock()
		h.conns[keyOf(local, remote)] = c
		h.mu.Unlock()
		l.mu.Lock()
		l.wait(c, now)
		l.mu.Unlock()
		if seg.Flags&tcp.SYN == 0 { // it was made of a cookie
			core.Receive(now, seg)
		}
		c.settle(now)
	case ok:
		h.sendReply(now, local, remote, &reply, seg, identity)
	case seg.Flags&tcp.RST != 0: // "An incoming RST segment could not be valid [...]. An incoming RST should be ignored."
		h.unanswered(now, seg, identity, "discards an RST: the port listens, and there is no connection yet that it could reset", wire.RFC("9293", "3.10.7.2"))
	case seg.Flags&tcp.SYN == 0: // fourth, other data or control: "Drop the segment and return."
		h.unanswered(now, seg, identity, "discards a segment without SYN: nothing else opens a connection", wire.RFC("9293", "3.10.7.2"))
	}
}

// recycle gives up the connection that has waited longest to be established, if that is too long, so that a flood of
// SYNs from forged addresses does not keep everybody else out for minutes: "Once the entire backlog is exhausted, some
// implementations allow incoming SYNs to overwrite the oldest half-open TCB entry." RFC 4987, Section 3.4
//
// l.mu is held; it is released in between, since a connection's own lock comes before it.
func (l *Listener) recycle(now time.Time) {
	for len(l.halfOpen) > 0 && !l.halfOpen[0].conn.halfOpen {
		l.halfOpen = l.halfOpen[1:]
	}
	if len(l.halfOpen) == 0 || now.Sub(l.halfOpen[0].since) < patience {
		return
	}
	oldest := l.halfOpen[0].conn
	l.mu.Unlock()
	oldest.abort()
	l.mu.Lock()
}

// wait adds a connection to those that are not yet established. Those that are established by now are taken out when they are the
// greater part. l.mu is held.
func (l *Listener) wait(c *Conn, now time.Time) {
	c.halfOpen = true
	if len(l.halfOpen) >= 16 && len(l.halfOpen) >= 2*l.core.HalfOpen() {
		l.halfOpen = slices.DeleteFunc(l.halfOpen, func(w halfOpen) bool { return !w.conn.halfOpen })
	}
	l.halfOpen = append(l.halfOpen, halfOpen{c, now})
}

// established queues a connection whose handshake is over for Accept. It returns false if nobody will
// accept it. c.mu is held.
func (l *Listener) established(c *Conn, state tcp.State) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.core.Leave()
	c.halfOpen = false
	if state == tcp.Closed {
		return true // it came to nothing
	}
	if l.closed {
		return false
	}
	l.queue = append(l.queue, c)
	l.ready.Broadcast()
	return true
}

// Accept waits for a connection and returns it, a *Conn.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for {
		if l.closed {
			return nil, l.opError(net.ErrClosed)
		}
		if !l.deadline.IsZero() && !l.host.runtime.Now().Before(l.deadline) {
			return nil, l.opError(os.ErrDeadlineExceeded)
		}
		if len(l.queue) > 0 {
			c := l.queue[0]
			l.queue[0] = nil
			l.queue = l.queue[1:]
			return c, nil
		}
		l.ready.Wait(l.deadline)
	}
}

// SetDeadline sets the deadline of Accept. The zero time means none.
func (l *Listener) SetDeadline(t time.Time) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadline = t
	l.ready.Broadcast()
	return nil
}

// Close stops listening. Connections that nobody has accepted are reset.
func (l *Listener) Close() error {
	h := l.host
	l.mu.Lock()
	if l.closed {
		l.mu.Unlock()
		return l.opError(net.ErrClosed)
	}
	l.closed = true
	queue := l.queue
	l.queue = nil
	l.ready.Broadcast()
	l.mu.Unlock()

	h.mu.Lock()
	delete(h.listeners, l.local)
	h.mu.Unlock()
	for _, c := range queue {
		c.abort()
	}
	return nil
}

// Addr returns a *net.TCPAddr.
func (l *Listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(shownLocal(l.local)) }

func (l *Listener) opError(err error) error {
	return &net.OpError{Op: "accept", Net: "tcp", Addr: l.Addr(), Err: err}
}

// bindable says why nobody can listen on an address. h.mu is held.
func (h *Host) bindable(a netip.Addr) error {
	if h.closed {
		return net.ErrClosed
	}
	if a.IsValid() && !a.IsUnspecified() && !h.node.Owns(a) {
		return fmt.Errorf("stack: %w: %v is not an address of this host", syscall.EADDRNOTAVAIL, a)
	}
	return nil
}

// freeToListen returns local if nobody listens on it; port 0 is replaced by a free one. h.mu is held.
func (h *Host) freeToListen(local netip.AddrPort) (netip.AddrPort, error) {
	if err := h.bindable(local.Addr()); err != nil {
		return local, err
	}
	if local.Port() == 0 {
		port, err := h.freePort(func(port uint16) bool {
			return h.listening(netip.AddrPortFrom(local.Addr(), port))
		})
		return netip.AddrPortFrom(local.Addr(), port), err
	}
	if h.listening(local) {
		return local, syscall.EADDRINUSE
	}
	return local, nil
}

// listening reports whether somebody listens on local already. Both families together are each of them too. h.mu is held.
func (h *Host) listening(local netip.AddrPort) bool {
	alike := []netip.Addr{local.Addr()}
	switch {
	case !local.Addr().IsValid():
		alike = append(alike, netip.IPv4Unspecified(), netip.IPv6Unspecified())
	case local.Addr().IsUnspecified():
		alike = append(alike, netip.Addr{})
	}
	return slices.ContainsFunc(alike, func(a netip.Addr) bool {
		return h.listeners[netip.AddrPortFrom(a, local.Port())] != nil
	})
}
