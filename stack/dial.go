package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"syscall"
	"time"

	"netlab/tcp"
	"netlab/trace"
)

// Dial connects to an address such as "10.0.0.2:80" or "h2:80", on "tcp" or "udp", or one of them with the family that it
// is to use: "tcp4", "udp6". It waits until the connection is established, refused or timed out, or ctx ends. If the
// name has several addresses, the first that answers is used (race). The connection is a *Conn or a *PacketConn. Dial can
// be used as http.Transport.DialContext.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4", "tcp6":
		remotes, err := h.resolve(ctx, network, address)
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		if len(remotes) > 1 {
			return h.race(ctx, network, remotes)
		}
		return h.dialTCP(ctx, network, remotes[0])
	case "udp", "udp4", "udp6":
		return h.dialUDP(ctx, network, address)
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
}

// dialTCP connects to one address.
func (h *Host) dialTCP(ctx context.Context, network string, remote netip.AddrPort) (net.Conn, error) {
	err := ctx.Err()
	var c *Conn
	if err == nil {
		c, err = h.open(remote)
	}
	if err == nil {
		err = c.establish(ctx)
	}
	if err != nil {
		return nil, dialError(network, remote, err)
	}
	return c, nil
}

func dialError(network string, remote netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(remote), Err: err}
}

// establish waits for the end of a connection's handshake.
func (c *Conn) establish(ctx context.Context) error {
	h := c.host
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			wake(c.writable)
		})
		defer stop()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	now := h.runtime.Now()
	c.settle(now)
	for c.state == tcp.SynSent || c.state == tcp.SynReceived {
		if err := ctx.Err(); err != nil {
			c.closed = true
			c.core.Abort(h.runtime.Now())
			c.settle(h.runtime.Now())
			return err
		}
		c.wait(&c.writable, time.Time{})
	}
	c.writable = nil // many connections never wait to write again
	if c.state == tcp.Closed {
		if err := c.core.Err(); err != nil {
			return err
		}
		return net.ErrClosed
	}
	return nil
}

// open makes a connection in SYN-SENT and puts it into the table.
func (h *Host) open(remote netip.AddrPort) (*Conn, error) {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, net.ErrClosed
	}
	if h.node.ToMany(remote.Addr()) { // "MUST reject as an error a local OPEN call for an invalid remote IP address (MUST-46)"
		return nil, fmt.Errorf("stack: %v is no address of a single host: %w", remote.Addr(), syscall.EADDRNOTAVAIL)
	}
	i, src, err := h.routeTo(remote.Addr())
	if err != nil {
		return nil, err
	}
	port, err := h.freePort(func(port uint16) bool {
		local := netip.AddrPortFrom(src, port)
		return h.conns[keyOf(local, remote)] != nil || h.listenerFor(local) != nil
	})
	if err != nil {
		return nil, err
	}
	local := netip.AddrPortFrom(src, port)
	flow := trace.Flow{Local: local, Remote: remote}
	cause := h.traceCall(now, flow, "is told by the application to connect to port %d", int(remote.Port()), "3.10.1")
	c := h.newConn(tcp.Dial(now, h.tcpConfig(i.iface, remote.Addr()), local, remote, h.trace), i)
	c.core.Cause(cause)
	h.conns[keyOf(local, remote)] = c
	return c, nil
}

// tcpConfig is the configuration of a connection over an interface: its segments must fit the MTU.
// "The MSS value to be sent in an MSS Option should be equal to the effective MTU minus the fixed IP and
// TCP headers." (RFC 9293, Section 3.7.1)
func (h *Host) tcpConfig(i *iface, remote netip.Addr) tcp.Config {
	cfg := h.cfg.TCP
	if fits := i.mtu - headerLen(remote) - 20; cfg.MSS == 0 || cfg.MSS > fits {
		cfg.MSS = fits
	}
	return cfg
}

// listenConfig is the configuration of a listener's connections: their segments must fit every interface
// that they may come through, with the header of IPv4 (tcp.NewListener). h.mu is held.
func (h *Host) listenConfig() tcp.Config {
	cfg := h.cfg.TCP
	for _, i := range h.ifaces {
		if mss := h.tcpConfig(i, netip.IPv4Unspecified()).MSS; cfg.MSS == 0 || mss < cfg.MSS {
			cfg.MSS = mss
		}
	}
	return cfg
}
