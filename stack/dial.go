package stack

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"netlab/tcp"
	"netlab/trace"
)

// ErrUnknownHost is what LookUp, Dial and Listen return for a name that nobody knows.
var ErrUnknownHost = errors.New("stack: unknown host")

// Dial connects to an address such as "10.0.0.2:80", on "tcp" or "udp" (or "tcp4", "udp4"). It waits
// until the connection is established, refused or timed out, or ctx ends. The connection is a *Conn or
// a *PacketConn. Dial can be used as http.Transport.DialContext.
func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	switch network {
	case "tcp", "tcp4":
		remote, err := h.resolve(network, address, "tcp")
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Err: err}
		}
		c, err := h.dialTCP(ctx, remote)
		if err != nil {
			return nil, &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(remote), Err: err}
		}
		return c, nil
	case "udp", "udp4":
		return h.dialUDP(network, address)
	}
	return nil, &net.OpError{Op: "dial", Net: network, Err: net.UnknownNetworkError(network)}
}

func (h *Host) dialTCP(ctx context.Context, remote netip.AddrPort) (*Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c, err := h.open(remote)
	if err != nil {
		return nil, err
	}
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
			return nil, err
		}
		c.wait(&c.writable, time.Time{})
	}
	c.writable = nil // many connections never wait to write again
	if c.state == tcp.Closed {
		if err := c.core.Err(); err != nil {
			return nil, err
		}
		return nil, net.ErrClosed
	}
	return c, nil
}

// open makes a connection in SYN-SENT and puts it into the table.
func (h *Host) open(remote netip.AddrPort) (*Conn, error) {
	now := h.runtime.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, net.ErrClosed
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
	c := h.newConn(tcp.Dial(now, h.tcpConfig(i), local, remote, h.trace), i)
	c.core.Cause(cause)
	h.conns[keyOf(local, remote)] = c
	return c, nil
}

// tcpConfig is the configuration of a connection over an interface: its segments must fit the MTU.
// "The MSS value to be sent in an MSS Option should be equal to the effective MTU minus the fixed IP and
// TCP headers." (RFC 9293, Section 3.7.1)
func (h *Host) tcpConfig(i *iface) tcp.Config {
	cfg := h.cfg.TCP
	if fits := i.mtu - ipHeader - 20; cfg.MSS == 0 || cfg.MSS > fits {
		cfg.MSS = fits
	}
	return cfg
}

// listenConfig is the configuration of a listener's connections: their segments must fit every interface
// that they may come through. h.mu is held.
func (h *Host) listenConfig() tcp.Config {
	cfg := h.cfg.TCP
	for _, i := range h.ifaces {
		if mss := h.tcpConfig(i).MSS; cfg.MSS == 0 || mss < cfg.MSS {
			cfg.MSS = mss
		}
	}
	return cfg
}

// resolve reads an address "host:port" on a network that must be kind or kind4 ("tcp" or "udp"). An
// empty host is the unspecified address.
func (h *Host) resolve(network, address, kind string) (netip.AddrPort, error) {
	if network != kind && network != kind+"4" {
		return netip.AddrPort{}, net.UnknownNetworkError(network)
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return netip.AddrPort{}, err
	}
	port, err := strconv.ParseUint(service, 10, 16)
	if err != nil {
		return netip.AddrPort{}, &net.AddrError{Err: "port is not a number from 0 to 65535", Addr: address}
	}
	if host == "" {
		return netip.AddrPortFrom(netip.IPv4Unspecified(), uint16(port)), nil
	}
	addrs, err := h.LookUp(host)
	if err != nil {
		return netip.AddrPort{}, err
	}
	return netip.AddrPortFrom(addrs[0], uint16(port)), nil
}

// LookUp returns the addresses of a host: those that Config.Hosts has for its name, or the literal address that
// the name is. The error wraps ErrUnknownHost.
func (h *Host) LookUp(host string) ([]netip.Addr, error) {
	if addrs := h.cfg.Hosts[host]; len(addrs) > 0 {
		return addrs, nil
	}
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrUnknownHost, host)
	}
	return []netip.Addr{addr.Unmap()}, nil
}
