package stack

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"netlab/udp"
)

// ErrUnreachable is what reading from a connected PacketConn returns once after an ICMP error said that a
// datagram of its own could not be delivered. It is wrapped together with the *ICMPError.
var ErrUnreachable = errors.New("stack: datagram was not delivered")

// PacketConn is a UDP socket. It is a net.PacketConn; one that Dial made is a net.Conn too, which sends to
// one address and takes datagrams only from there. Everything in it is guarded by Host.mu.
type PacketConn struct {
	host   *Host
	socket *udp.Socket
	local  netip.AddrPort // 0.0.0.0 if it is bound to every address
	remote netip.AddrPort // the zero AddrPort if it is not connected

	readable Cond
	deadline time.Time
	closed   bool
}

// ListenPacket opens a socket on "udp" or "udp4". address is "host:port" or ":port" for all addresses of
// the host; port 0 stands for a free one.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	local, err := h.resolve(network, address, "udp")
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := h.openSocket(local, netip.AddrPort{})
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: net.UDPAddrFromAddrPort(local), Err: err}
	}
	return c, nil
}

// dialUDP opens a socket that speaks to one address only. Nothing is sent.
func (h *Host) dialUDP(network, address string) (net.Conn, error) {
	remote, err := h.resolve(network, address, "udp")
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_, src, err := h.routeTo(remote.Addr())
	if err == nil {
		var c *PacketConn
		if c, err = h.openSocket(netip.AddrPortFrom(src, 0), remote); err == nil {
			return c, nil
		}
	}
	return nil, &net.OpError{Op: "dial", Net: network, Addr: net.UDPAddrFromAddrPort(remote), Err: err}
}

// openSocket makes a socket and puts it into the tables. h.mu is held.
func (h *Host) openSocket(local, remote netip.AddrPort) (*PacketConn, error) {
	if err := h.bindable(local.Addr()); err != nil {
		return nil, err
	}
	socket, err := h.mux.Open(local, remote)
	if err != nil {
		return nil, err
	}
	c := &PacketConn{
		host: h, socket: socket, remote: remote,
		local:    netip.AddrPortFrom(local.Addr(), socket.Local().Port()),
		readable: h.runtime.NewCond(&h.mu),
	}
	h.sockets[socket] = c
	return c, nil
}

// ReadFrom waits for a datagram and copies it to p. What does not fit is lost. The address is a
// *net.UDPAddr.
func (c *PacketConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromUDPAddrPort(p)
	if err != nil {
		return 0, nil, err
	}
	return n, net.UDPAddrFromAddrPort(from), nil
}

// ReadFromUDPAddrPort is ReadFrom without an allocation for the address.
func (c *PacketConn) ReadFromUDPAddrPort(p []byte) (int, netip.AddrPort, error) {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		now := h.runtime.Now()
		if err := c.usable(now, c.deadline); err != nil {
			return 0, netip.AddrPort{}, c.opError("read", err)
		}
		n, from, _, err := c.socket.Read(p)
		if err == nil {
			return n, from, nil
		}
		if err != udp.ErrEmpty {
			return 0, netip.AddrPort{}, c.opError("read", err)
		}
		c.readable.Wait(c.deadline)
	}
}

// Read is ReadFrom on a connected socket.
func (c *PacketConn) Read(p []byte) (int, error) {
	n, _, err := c.ReadFromUDPAddrPort(p)
	return n, err
}

// WriteTo sends p as one datagram to addr, a *net.UDPAddr.
func (c *PacketConn) WriteTo(p []byte, addr net.Addr) (int, error) {
	to, ok := addr.(*net.UDPAddr)
	if !ok {
		return 0, c.opError("write", &net.AddrError{Err: "not a UDP address", Addr: addr.String()})
	}
	ap := to.AddrPort()
	return c.WriteToUDPAddrPort(p, netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()))
}

// WriteToUDPAddrPort is WriteTo for an address in another form.
func (c *PacketConn) WriteToUDPAddrPort(p []byte, to netip.AddrPort) (int, error) {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.runtime.Now()
	err := c.usable(now, time.Time{}) // sending never waits: there is no deadline
	if err == nil && c.remote.IsValid() && to != c.remote {
		err = net.ErrWriteToConnected
	}
	if err == nil {
		err = h.sendDatagram(now, c.local, to, p)
	}
	if err != nil {
		return 0, c.opError("write", err)
	}
	return len(p), nil
}

// Write sends p as one datagram on a connected socket.
func (c *PacketConn) Write(p []byte) (int, error) { return c.WriteToUDPAddrPort(p, c.remote) }

// usable says why a call cannot go on. h.mu is held.
func (c *PacketConn) usable(now, deadline time.Time) error {
	if c.closed {
		return net.ErrClosed
	}
	if !deadline.IsZero() && !now.Before(deadline) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// Close closes the socket. What waits in it is lost.
func (c *PacketConn) Close() error {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.closed {
		return c.opError("close", net.ErrClosed)
	}
	c.closed = true
	h.mux.Close(c.socket)
	delete(h.sockets, c.socket)
	c.readable.Broadcast()
	return nil
}

// LocalAddr returns a *net.UDPAddr.
func (c *PacketConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(c.local) }

// RemoteAddr returns a *net.UDPAddr; nil if the socket is not connected.
func (c *PacketConn) RemoteAddr() net.Addr {
	if !c.remote.IsValid() {
		return nil
	}
	return net.UDPAddrFromAddrPort(c.remote)
}

// SetDeadline sets the deadline of ReadFrom and Read. Writing does not wait.
func (c *PacketConn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline sets the deadline of ReadFrom and Read. The zero time means none.
func (c *PacketConn) SetReadDeadline(t time.Time) error {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	if c.closed {
		return c.opError("set", net.ErrClosed)
	}
	c.deadline = t
	c.readable.Broadcast()
	return nil
}

// SetWriteDeadline does nothing: writing does not wait.
func (c *PacketConn) SetWriteDeadline(time.Time) error { return nil }

func (c *PacketConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
