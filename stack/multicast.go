package stack

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/udp"
)

// JoinGroup makes the socket take datagrams for a multicast group that arrive on an interface (RFC 1112, Section 7.1). Each
// socket on a port that has joined gets a copy.
func (c *PacketConn) JoinGroup(iface string, group netip.Addr) error {
	return c.set(func() error {
		i, err := c.host.interfaceNamed(iface)
		switch {
		case err != nil:
			return err
		case !group.IsMulticast():
			return fmt.Errorf("stack: %v is no multicast group, such as 224.0.0.251", group)
		case !c.socket.Join(group, i.index):
			return fmt.Errorf("stack: the socket has joined %v on %s already", group, iface)
		}
		c.host.node.Join(i.index, group)
		return nil
	})
}

// LeaveGroup ends what JoinGroup began.
func (c *PacketConn) LeaveGroup(iface string, group netip.Addr) error {
	return c.set(func() error {
		i, err := c.host.interfaceNamed(iface)
		switch {
		case err != nil:
			return err
		case !c.socket.Leave(group, i.index):
			return fmt.Errorf("stack: the socket has not joined %v on %s", group, iface)
		}
		c.host.node.Leave(i.index, group)
		return nil
	})
}

// SetMulticastInterface sets where the socket sends datagrams for many hosts. Without it they go where the routes lead, or
// else to the first interface.
func (c *PacketConn) SetMulticastInterface(name string) error {
	return c.set(func() error {
		i, err := c.host.interfaceNamed(name)
		if err == nil {
			c.many = i
		}
		return err
	})
}

// SetMulticastLoopback says whether members of a group on this host get copies of what the socket sends to it. They do
// unless it is switched off.
func (c *PacketConn) SetMulticastLoopback(on bool) error {
	return c.set(func() error { c.noLoop = !on; return nil })
}

// interfaceToMany returns the interface for a datagram to many hosts. h.mu is held.
func (h *Host) interfaceToMany(c *PacketConn, dst netip.Addr) (*iface, error) {
	if c.many != nil {
		return c.many, nil
	}
	if r, ok := h.node.Route(dst); ok {
		return h.ifaces[r.Interface], nil
	}
	if len(h.ifaces) == 0 {
		return nil, ErrNoRoute
	}
	return h.ifaces[0], nil
}

// sendToMany sends a datagram to a group or to all hosts of a network. h.mu is held.
func (h *Host) sendToMany(now time.Time, c *PacketConn, header ip.Header, to netip.AddrPort, data []byte) error {
	i, err := h.interfaceToMany(c, to.Addr())
	if err != nil {
		return err
	}
	if !header.Src.IsValid() {
		header.Src = h.sourceToMany(i, to.Addr())
	}
	b, why := h.datagram(now, c.because, netip.AddrPortFrom(header.Src, c.local.Port()), to, data)
	if err := h.node.SendOn(now, i.index, header, b, why); err != nil {
		return err
	}
	h.sendNode(now)
	if !c.noLoop {
		h.loopBack(i, header, b)
	}
	return nil
}

// sourceToMany is the address that an interface speaks to many hosts from; the unspecified one if it has none yet. h.mu is
// held.
func (h *Host) sourceToMany(i *iface, dst netip.Addr) netip.Addr {
	if a := h.node.SourceOn(i.index, dst); a.IsValid() {
		return a
	}
	if dst.Is6() {
		return netip.IPv6Unspecified()
	}
	return netip.IPv4Unspecified()
}

// loopBack gives a copy of a datagram to sockets of this host that have joined the group: "by default, a copy of the
// datagram is looped back" (RFC 1112, Section 6.1). h.mu is held.
func (h *Host) loopBack(i *iface, header ip.Header, b []byte) {
	if !header.Dst.IsMulticast() || !h.node.Member(i.index, header.Dst) {
		return
	}
	_ = h.mux.Receive(udp.Arrival{
		Src: header.Src, Dst: header.Dst, Interface: i.index, TTL: max(1, header.TTL), TOS: header.TOS, ToMany: true,
	}, b, h.wakeSocket) // nobody is told that no socket wanted it
}
