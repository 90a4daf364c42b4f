package stack

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"time"

	"netlab/trace"
	"netlab/udp"
)

// ErrUnreachable is what reading from a PacketConn returns once after an ICMP error said that a datagram of its own
// could not be delivered. It is wrapped together with the *ICMPError.
var ErrUnreachable = errors.New("stack: datagram was not delivered")

// PacketConn is a UDP socket. It is a net.PacketConn; one that Dial made is a net.Conn too, which sends to
// one address and takes datagrams only from there. Everything in it is guarded by Host.mu.
type PacketConn struct {
	host   *Host
	socket *udp.Socket
	local  netip.AddrPort // the address is invalid if it is bound to every address
	remote netip.AddrPort // the zero AddrPort if it is not connected

	ttl, tos uint8 // of what it sends; 0: the default
	options  []byte
	because  trace.Reason // why it sends; empty: an application wants it
	many     *iface       // where it sends what is for many hosts; nil: where the routes lead
	noLoop   bool         // members of a group on this host get no copies

	readable Cond
	deadline time.Time
	closed   bool
}

// ListenPacket opens a socket on "udp", or on "udp4" or "udp6" for one family alone. address is "host:port", or ":port" for
// all addresses of the host; port 0 stands for a free one. If host is a multicast group, any number of sockets can be
// opened on the same port.
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error) {
	if !isFamily(network, "udp") {
		return nil, &net.OpError{Op: "listen", Net: network, Err: net.UnknownNetworkError(network)}
	}
	locals, err := h.resolve(context.Background(), network, address)
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Err: err}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	c, err := h.openSocket(locals[0], netip.AddrPort{})
	if err != nil {
		return nil, &net.OpError{Op: "listen", Net: network, Addr: net.UDPAddrFromAddrPort(shownLocal(locals[0])), Err: err}
	}
	return c, nil
}

// dialUDP opens a socket that speaks to one address only. Nothing is sent.
func (h *Host) dialUDP(ctx context.Context, network, address string) (net.Conn, error) {
	remotes, err := h.resolve(ctx, network, address)
	if err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	remote := remotes[0]
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
	if h.closed {
		return nil, net.ErrClosed
	}
	if !local.Addr().IsMulticast() {
		if err := h.bindable(local.Addr()); err != nil {
			return nil, err
		}
	}
	socket, err := h.mux.Open(local, remote)
	if err != nil {
		return nil, err
	}
	c := &PacketConn{
		host: h, socket: socket, remote: remote,
		local:    socket.Local(),
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
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	n, info, err := c.read(p)
	return n, info.From, err
}

// read waits for a datagram. h.mu is held.
func (c *PacketConn) read(p []byte) (int, udp.Info, error) {
	for {
		if err := c.usable(c.host.runtime.Now(), c.deadline); err != nil {
			return 0, udp.Info{}, c.opError("read", err)
		}
		n, info, err := c.socket.Read(p)
		if err == nil {
			return n, info, nil
		}
		if err != udp.ErrEmpty {
			return 0, udp.Info{}, c.opError("read", err)
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
	return c.WriteToUDPAddrPort(p, to.AddrPort())
}

// WriteToUDPAddrPort is WriteTo for an address in another form.
func (c *PacketConn) WriteToUDPAddrPort(p []byte, to netip.AddrPort) (int, error) {
	return c.WriteFrom(p, netip.Addr{}, to)
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
	c.socket.EachGroup(func(group netip.Addr, iface int) { h.node.Leave(iface, group) })
	h.mux.Close(c.socket)
	delete(h.sockets, c.socket)
	c.readable.Broadcast()
	return nil
}

// LocalAddr returns a *net.UDPAddr.
func (c *PacketConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(shownLocal(c.local)) }

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
	return c.set(func() error {
		c.deadline = t
		c.readable.Broadcast()
		return nil
	})
}

// SetWriteDeadline does nothing: writing does not wait.
func (c *PacketConn) SetWriteDeadline(time.Time) error { return nil }

func (c *PacketConn) opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}
