package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"time"

	"netlab/dhcp"
	"netlab/stack"
)

// pingTimeout is how long a server waits for an answer from an address that it wants to offer.
const pingTimeout = 500 * time.Millisecond

// dhcpServer lets several goroutines use one server.
type dhcpServer struct {
	host *stack.Host
	conn *stack.PacketConn

	mu   sync.Mutex
	core *dhcp.Server
}

// ServeDHCP leases addresses to clients on an interface. It ends with the host.
func ServeDHCP(h *stack.Host, iface string, c dhcp.ServerConfig) error {
	core, err := dhcp.NewServer(c, h.Tracer())
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	opened, err := h.ListenPacket("udp4", fmt.Sprintf(":%d", dhcp.ServerPort))
	if err != nil {
		return fmt.Errorf("service: DHCP server: %w", err)
	}
	s := &dhcpServer{host: h, conn: opened.(*stack.PacketConn), core: core}
	if err := s.conn.BindInterface(iface); err != nil {
		return fmt.Errorf("service: DHCP server: %w", err)
	}
	h.Go(s.run)
	return nil
}

// run takes messages until the host is closed.
func (s *dhcpServer) run() {
	defer s.conn.Close()
	message := make([]byte, 65535)
	for {
		s.mu.Lock()
		deadline := s.core.Deadline()
		s.mu.Unlock()
		s.conn.SetReadDeadline(deadline)
		n, err := s.conn.Read(message)
		switch {
		case err == nil:
			s.do(func(now time.Time) { s.core.Receive(now, message[:n]) })
		case errors.Is(err, os.ErrDeadlineExceeded):
			s.do(func(now time.Time) { s.core.Advance(now) })
		default:
			return // the host is closed
		}
	}
}

// do changes the server's state and does what follows from it.
func (s *dhcpServer) do(change func(now time.Time)) {
	s.mu.Lock()
	change(s.host.Now())
	var packets []dhcp.Packet
	for p, ok := s.core.Next(); ok; p, ok = s.core.Next() {
		packets = append(packets, p)
	}
	var checks []netip.Addr
	for a, ok := s.core.Check(); ok; a, ok = s.core.Check() {
		checks = append(checks, a)
	}
	s.mu.Unlock()
	for _, p := range packets {
		sendDHCP(s.conn, p)
	}
	for _, a := range checks {
		s.host.Go(func() { s.check(a) })
	}
}

// check pings an address: "the allocating server SHOULD probe the reused address before allocating the address, e.g., with an ICMP echo
// request". RFC 2131, Section 2.2
func (s *dhcpServer) check(a netip.Addr) {
	id := uint16(s.host.Random())
	_, err := s.host.Echo(context.Background(), a, stack.EchoRequest{ID: id, Seq: 1, Timeout: pingTimeout})
	s.do(func(now time.Time) { s.core.Checked(now, a, err == nil) })
	s.conn.SetReadDeadline(s.host.Now()) // there may be another deadline now
}
