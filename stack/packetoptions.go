package stack

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/trace"
	"netlab/udp"
)

// What an application can set of a socket, and see of a datagram, beyond package net: RFC 1122, Section 4.1.4 asks for
// all of it.

// Message says how a datagram came.
type Message struct {
	From      netip.AddrPort
	To        netip.Addr // an address of this host, or one of many hosts: broadcast, multicast
	Interface string     // on which it arrived
	TTL       uint8      // time to live, or hop limit, that was left
	TOS       uint8      // type of service, or traffic class
	Options   []byte     // of its IPv4 header
	Cause     trace.ID   // the event of its arrival
}

// ReadMsg is ReadFrom that says all about the datagram.
func (c *PacketConn) ReadMsg(p []byte) (int, Message, error) {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	n, info, err := c.read(p)
	if err != nil {
		return 0, Message{}, err
	}
	return n, Message{info.From, info.To, h.ifaces[info.Interface].name, info.TTL, info.TOS, bytes.Clone(info.Options), info.Cause}, nil
}

// WriteFrom is WriteTo from one of the host's addresses; an invalid one stands for the address that suits: "the
// application program MUST be able to specify the IP source address to be used for sending a UDP datagram or to leave
// it unspecified" (RFC 1122, Section 4.1.3.5). A socket that is bound to an address sends from that.
func (c *PacketConn) WriteFrom(p []byte, from netip.Addr, to netip.AddrPort) (int, error) {
	h := c.host
	h.mu.Lock()
	defer h.mu.Unlock()
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	now := h.runtime.Now()
	err := c.usable(now, time.Time{}) // sending never waits: there is no deadline
	if err == nil && c.remote.IsValid() && to != c.remote {
		err = net.ErrWriteToConnected
	}
	if own := c.local.Addr(); own.IsValid() && !own.IsUnspecified() && !own.IsMulticast() {
		from = own
	}
	if err == nil {
		err = h.sendDatagram(now, c, from, to, p)
	}
	if err != nil {
		return 0, c.opError("write", err)
	}
	return len(p), nil
}

// SetTTL sets the time to live (IPv6: hop limit) of what the socket sends; 0: the host's default.
func (c *PacketConn) SetTTL(ttl uint8) error {
	return c.set(func() error { c.ttl = ttl; return nil })
}

// SetTOS sets the type of service (IPv6: traffic class) of what the socket sends.
func (c *PacketConn) SetTOS(tos uint8) error {
	return c.set(func() error { c.tos = tos; return nil })
}

// SetOptions sets the IPv4 options of what the socket sends, at most 40 octets: "An application MUST be able to
// specify IP options to be sent in its UDP datagrams, and UDP MUST pass these options to the IP layer." RFC 1122,
// Section 4.1.3.2
func (c *PacketConn) SetOptions(options []byte) error {
	return c.set(func() error {
		if len(options) > 40 {
			return fmt.Errorf("stack: %d octets of options: a header takes at most 40", len(options))
		}
		for rest := options; len(rest) > 0; {
			var err error
			if _, rest, err = ip.NextOption(rest); err != nil {
				return err
			}
		}
		c.options = append(bytes.Clone(options), make([]byte, -len(options)&3)...)
		return nil
	})
}

// SetReason says why the socket sends what it sends from now on, for the events of sending. The zero Reason means because
// the application told it to.
func (c *PacketConn) SetReason(why trace.Reason) error {
	return c.set(func() error { c.because = why; return nil })
}

// SetReadBuffer sets how many octets wait in the socket to be read; more are dropped. 0: the default.
func (c *PacketConn) SetReadBuffer(octets int) error {
	return c.set(func() error {
		c.socket.SetLimits(udp.Limits{Octets: octets, Datagrams: c.socket.Limits().Datagrams})
		return nil
	})
}

// ReportErrors says whether reading tells of ICMP errors about datagrams of a socket that is not connected. The
// *ICMPError says where the datagram was to go.
func (c *PacketConn) ReportErrors(on bool) error {
	return c.set(func() error { c.socket.Report(on); return nil })
}

// BindInterface makes the socket take datagrams only from one interface, and send what goes to many hosts there.
// Sockets that are bound to different interfaces can have the same port. An empty name ends it.
func (c *PacketConn) BindInterface(name string) error {
	return c.set(func() error {
		index := udp.AnyInterface
		var many *iface
		if name != "" {
			var err error
			if many, err = c.host.interfaceNamed(name); err != nil {
				return err
			}
			index = many.index
		}
		if err := c.host.mux.Bind(c.socket, index); err != nil {
			return err
		}
		c.many = many
		return nil
	})
}

// set changes the socket, unless it is closed.
func (c *PacketConn) set(change func() error) error {
	c.host.mu.Lock()
	defer c.host.mu.Unlock()
	err := c.usable(time.Time{}, time.Time{})
	if err == nil {
		err = change()
	}
	if err != nil {
		return c.opError("set", err)
	}
	return nil
}

// interfaceNamed returns the interface of a name. h.mu is held.
func (h *Host) interfaceNamed(name string) (*iface, error) {
	for _, i := range h.ifaces {
		if i.name == name {
			return i, nil
		}
	}
	return nil, fmt.Errorf("stack: this host has no interface %q", name)
}
