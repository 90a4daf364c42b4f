package service

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"

	"netlab/ip"
	"netlab/rip"
	"netlab/stack"
	"netlab/trace"
)

// speaker is a router's RIP with the host it runs on.
type speaker struct {
	*rip.Router
	host       *stack.Host
	conn       *stack.PacketConn
	interfaces []stack.Interface // those that speak, by the router's index
	installed  map[netip.Prefix]stack.Route
}

// RIP speaks the Routing Information Protocol on all interfaces of a host that have an IPv4 address, and keeps the host's
// routes by what it hears, until the host is closed. random keeps the routers of a network from speaking at the same time.
func RIP(h *stack.Host, cfg rip.Config, random func() uint32) error {
	conn, err := h.ListenPacket("udp4", fmt.Sprintf(":%d", rip.Port))
	if err != nil {
		return err
	}
	s := &speaker{
		Router: rip.New(cfg, random, h.Trace()), host: h, conn: conn.(*stack.PacketConn),
		installed: map[netip.Prefix]stack.Route{},
	}
	defer s.conn.Close()
	if err := s.attach(); err != nil {
		return err
	}
	s.Start(h.Now())
	for buf := make([]byte, 65535); ; {
		if err := s.settle(); err != nil {
			return err
		}
		s.conn.SetReadDeadline(s.Deadline())
		n, m, err := s.conn.ReadMsg(buf)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.Advance(h.Now())
		case errors.Is(err, net.ErrClosed):
			return nil
		case err != nil:
			return err
		default:
			if i, ok := s.index(m.Interface); ok {
				s.Receive(h.Now(), i, m.From, buf[:n], m.Cause)
			}
		}
	}
}

// attach joins the group of the routers on each interface. What is sent to it goes no further than the link.
func (s *speaker) attach() error {
	err := errors.Join(s.conn.SetTTL(1), s.conn.SetMulticastLoopback(false))
	for _, i := range s.host.Interfaces() {
		for _, a := range i.Addrs {
			if a.Addr().Is4() {
				s.interfaces = append(s.interfaces, i)
				s.AddInterface(rip.Interface{Name: i.Name, Prefix: a})
				err = errors.Join(err, s.conn.JoinGroup(i.Name, rip.Group()))
				break
			}
		}
	}
	return err
}

func (s *speaker) index(name string) (int, bool) {
	for i := range s.interfaces {
		if s.interfaces[i].Name == name {
			return i, true
		}
	}
	return 0, false
}

// settle installs what has changed, and sends what is to be sent.
func (s *speaker) settle() error {
	for c, ok := s.NextChange(); ok; c, ok = s.NextChange() {
		if old, ok := s.installed[c.Prefix]; ok {
			s.host.RemoveRoute(old)
			delete(s.installed, c.Prefix)
		}
		if c.Removed {
			continue
		}
		r := stack.Route{Prefix: c.Prefix, Via: c.Via, Interface: s.interfaces[c.Interface].Name, Metric: ip.MetricRIP + c.Metric}
		if err := s.host.InstallRoute(r); err != nil {
			return err
		}
		s.installed[c.Prefix] = r
	}
	for out, ok := s.Next(); ok; out, ok = s.Next() {
		err := errors.Join(s.conn.SetReason(out.Why), s.conn.SetMulticastInterface(s.interfaces[out.Interface].Name))
		if err != nil {
			return nil // the host is closed
		}
		// What cannot be sent now is sent again with the next update.
		_, _ = s.conn.WriteToUDPAddrPort(out.Octets, out.To)
	}
	return s.conn.SetReason(trace.Reason{})
}
