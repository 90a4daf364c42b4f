package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/stack"
)

// DHCPClient gives an interface the address that a DHCP server leases to it.
type DHCPClient struct {
	Interface string
	dhcp.ClientConfig

	// Taken looks whether somebody on the link has an address already, and may give it to the interface if not; nil: the link cannot tell.
	Taken func(a netip.Prefix) bool

	// Got is told of each lease that the interface gets, after it has it; nil: nobody.
	Got func(l dhcp.Lease)
}

// Run keeps an address on the interface until ctx ends, when it is given back, or the host is closed.
func (c DHCPClient) Run(ctx context.Context, h *stack.Host) error {
	opened, err := h.ListenPacket("udp4", fmt.Sprintf(":%d", dhcp.ClientPort))
	if err != nil {
		return fmt.Errorf("service: DHCP client: %w", err)
	}
	conn := opened.(*stack.PacketConn)
	defer conn.Close()
	if err := conn.BindInterface(c.Interface); err != nil {
		return fmt.Errorf("service: DHCP client: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { conn.SetReadDeadline(h.Now()) })
	defer stop()
	c.NoCheck = c.Taken == nil
	core := dhcp.NewClient(h.Now(), c.ClientConfig, h.Random, h.Tracer())
	message := make([]byte, 65535)
	for {
		if ctx.Err() != nil {
			core.Release(h.Now())
		}
		if err := c.settle(h, conn, core); err != nil {
			return err
		}
		if core.State() == dhcp.Stopped {
			return ctx.Err()
		}
		conn.SetReadDeadline(core.Deadline())
		n, err := conn.Read(message)
		switch {
		case err == nil:
			core.Receive(h.Now(), message[:n])
		case errors.Is(err, os.ErrDeadlineExceeded):
			core.Advance(h.Now())
		default:
			return nil // the host is closed
		}
	}
}

// settle sends what the client has to say and does with the interface what it wants, until there is nothing more.
func (c DHCPClient) settle(h *stack.Host, conn *stack.PacketConn, core *dhcp.Client) error {
	for {
		a, ok := core.Action()
		if !ok {
			return nil
		}
		switch {
		case a.Send != nil:
			sendDHCP(conn, *a.Send)
		case a.Check.IsValid():
			taken := c.Taken(a.Check) // takes its time
			core.Checked(h.Now(), taken)
		case a.Configure != nil:
			if err := c.configure(h, a.Configure); err != nil {
				return err
			}
		case a.Remove.IsValid():
			if err := h.RemoveAddress(c.Interface, a.Remove.Addr()); err != nil {
				return fmt.Errorf("service: DHCP client: %w", err)
			}
			h.SetResolver(nil)
			for _, r := range h.Routes() {
				if r.Prefix.Bits() == 0 && r.Interface == c.Interface {
					h.RemoveRoute(r)
				}
			}
		}
	}
}

// configure gives the interface its address, and the host a router and a name server.
func (c DHCPClient) configure(h *stack.Host, l *dhcp.Lease) error {
	if !c.has(h, l.Address) {
		if err := h.AddAddress(c.Interface, l.Address); err != nil {
			return fmt.Errorf("service: DHCP client: %w", err)
		}
	}
	everything := netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	for _, router := range l.Routers {
		if l.Address.Contains(router) {
			if err := h.InstallRoute(stack.Route{Prefix: everything, Via: router, Interface: c.Interface}); err != nil {
				return fmt.Errorf("service: DHCP client: %w", err)
			}
			break
		}
	}
	var servers []netip.AddrPort
	for _, a := range l.DNS {
		servers = append(servers, netip.AddrPortFrom(a, dns.Port))
	}
	if len(servers) > 0 {
		h.SetResolver(NewResolver(h, dns.Config{ExchangeConfig: dns.ExchangeConfig{Servers: servers}}, l.Domain).Addrs)
	}
	if c.Got != nil {
		c.Got(*l)
	}
	return nil
}

// has reports whether the interface has an address.
func (c DHCPClient) has(h *stack.Host, a netip.Prefix) bool {
	return slices.ContainsFunc(h.Interfaces(), func(i stack.Interface) bool { return i.Name == c.Interface && slices.Contains(i.Addrs, a) })
}

// sendDHCP sends a message. One that cannot be sent is lost, as datagrams may be: it is sent again.
func sendDHCP(conn *stack.PacketConn, p dhcp.Packet) {
	_ = conn.SetReason(p.Why)
	_, _ = conn.WriteFrom(p.Octets, p.From, p.To)
}
