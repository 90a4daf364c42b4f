package dhcp

import (
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// Receive takes a message that came to the server's port.
func (s *Server) Receive(now time.Time, b []byte) {
	s.Advance(now)
	m, err := Parse(b)
	switch {
	case err != nil:
		s.counters.Malformed++
		return
	case m.Reply || m.ServerID.IsValid() && m.ServerID != s.cfg.Address.Addr() && m.Type != Request:
		s.counters.Ignored++
		return
	}
	switch m.Type {
	case Discover:
		s.discover(now, m)
	case Request:
		s.request(now, m)
	case Decline:
		s.decline(now, m)
	case Release:
		if b := s.mine(m, m.Client); b != nil && b.state == leased {
			s.counters.Releases++
			s.tell(now, fmt.Sprintf("gets %v back from %v", b.addr, m.Hardware), "4.3.4")
			s.pool.release(b)
		}
	case Inform:
		// "The server responds to a DHCPINFORM message by sending a DHCPACK message directly to the address given in the 'ciaddr' field …. The
		// server MUST NOT send a lease expiration time to the client and SHOULD NOT fill in 'yiaddr'." RFC 2131, Section 4.3.5
		if m.Client.IsValid() {
			reply := Message{Type: ACK, Client: m.Client}
			s.configuration(&m, &reply)
			s.send(&m, reply)
		}
	default:
		s.counters.Ignored++
	}
}

// clientOf names a client: by its identifier, or by its hardware address if it has none (RFC 2131, Section 4.2).
func clientOf(m Message) string {
	if len(m.ClientID) > 0 {
		return string(m.ClientID)
	}
	return hardwareClient(m.Hardware)
}

// hardwareClient is the identifier that most clients make of an Ethernet address (RFC 2132, Section 9.14).
func hardwareClient(h HardwareAddr) string { return "\x01" + string(h[:]) }

// mine returns the binding of an address if it is that of the message's client; else nil.
func (s *Server) mine(m Message, a netip.Addr) *binding {
	if b := s.pool.addrs[a]; b != nil && b.client == clientOf(m) {
		return b
	}
	return nil
}

// leaseFor returns how long a client may have an address: as long as it asks for, but no longer than the server gives.
func (s *Server) leaseFor(m Message) time.Duration {
	if m.Lease > 0 {
		return min(m.Lease, s.cfg.Lease)
	}
	return s.cfg.Lease
}

// discover offers an address (RFC 2131, Section 4.3.1), after a look whether somebody has it if the server is to look.
func (s *Server) discover(now time.Time, m Message) {
	b := s.pool.choose(clientOf(m), m.Requested)
	if b == nil {
		s.counters.Exhausted++
		s.tell(now, fmt.Sprintf("has no address for %v: all are given away", m.Hardware), "4.3.1")
		return
	}
	if !s.cfg.Check || b.state == leased {
		s.offer(now, m, b)
		return
	}
	same := func(c check) bool { return c.addr == b.addr }
	if len(s.checks)+len(s.waiting) >= maxChecks || slices.ContainsFunc(s.checks, same) || slices.ContainsFunc(s.waiting, same) {
		return // the client asks again
	}
	s.tell(now, fmt.Sprintf("looks whether somebody has %v before it offers it", b.addr), "3.1")
	s.pool.take(b, clientOf(m), m.Hardware, offered, now.Add(offerTime))
	s.checks = append(s.checks, check{b.addr, m})
}

// Checked tells whether somebody has an address that Check gave.
func (s *Server) Checked(now time.Time, a netip.Addr, taken bool) {
	i := slices.IndexFunc(s.waiting, func(c check) bool { return c.addr == a })
	if i < 0 {
		return
	}
	query := s.waiting[i].query
	s.waiting = slices.Delete(s.waiting, i, i+1)
	b := s.mine(query, a)
	if b == nil {
		return
	}
	if !taken {
		s.offer(now, query, b)
		return
	}
	s.tell(now, fmt.Sprintf("leaves %v alone: somebody has it already", a), "3.1")
	s.pool.quarantine(b, now.Add(quarantineTime))
	s.discover(now, query)
}

// offer holds an address for a client and tells it so.
func (s *Server) offer(now time.Time, m Message, b *binding) {
	if b.state != leased {
		s.pool.take(b, clientOf(m), m.Hardware, offered, now.Add(offerTime))
	}
	s.counters.Offers++
	lease := s.leaseFor(m)
	reply := Message{Type: Offer, Your: b.addr, Lease: lease}
	s.configuration(&m, &reply)
	s.tell(now, fmt.Sprintf("offers %v to %v for %v", b.addr, m.Hardware, lease), "4.3.1")
	s.send(&m, reply)
}

// request answers a client that wants an address, or wants to keep one. Which it is follows from the fields that it fills: the table of
// RFC 2131, Section 4.3.2.
func (s *Server) request(now time.Time, m Message) {
	switch {
	case m.ServerID.IsValid() && m.ServerID != s.cfg.Address.Addr():
		// It has chosen another server: "Those servers not selected by the DHCPREQUEST message use the message as notification that the
		// client has declined that server's offer." RFC 2131, Section 3.1, step 4
		s.counters.Ignored++
		if b := s.pool.clients[clientOf(m)]; b != nil && b.state == offered {
			s.pool.release(b)
		}
	case m.ServerID.IsValid(): // SELECTING
		if b := s.mine(m, m.Requested); b != nil && b.state != quarantined && b.state != free {
			s.ack(now, m, b)
			return
		}
		s.nak(now, m, "the address was not offered to this client, or no longer is")
	case m.Requested.IsValid(): // INIT-REBOOT
		s.keep(now, m, m.Requested)
	case m.Client.IsValid(): // RENEWING or REBINDING
		s.keep(now, m, m.Client)
	default:
		s.counters.Malformed++
	}
}

// keep answers a client that wants to keep an address.
func (s *Server) keep(now time.Time, m Message, a netip.Addr) {
	known := s.pool.clients[clientOf(m)]
	switch {
	case !s.cfg.Address.Masked().Contains(a):
		// "Server SHOULD send a DHCPNAK message to the client if the 'requested IP address' is incorrect, or is on the wrong network." Section 4.3.2
		s.nak(now, m, "the address is not on this network")
	case known == nil || known.state == free && known.addr != a:
		// "If the DHCP server has no record of this client, then it MUST remain silent". Section 4.3.2
		s.counters.Ignored++
		s.tell(now, fmt.Sprintf("does not know %v and is silent", m.Hardware), "4.3.2")
	case known.addr != a || known.state == quarantined:
		s.nak(now, m, "this client has another address")
	default:
		s.ack(now, m, known)
	}
}

// ack gives a client its address, or more time for it.
func (s *Server) ack(now time.Time, m Message, b *binding) {
	lease := s.leaseFor(m)
	expires := now.Add(lease)
	if lease == Forever {
		expires = time.Time{}
	}
	say := "gives %v to %v for %v"
	if m.Client.IsValid() {
		say = "leaves %v to %v for another %v"
	}
	s.pool.take(b, clientOf(m), m.Hardware, leased, expires)
	s.counters.ACKs++
	s.tell(now, fmt.Sprintf(say, b.addr, m.Hardware, lease), "4.3.2")
	reply := Message{Type: ACK, Client: m.Client, Your: b.addr, Lease: lease}
	s.configuration(&m, &reply)
	s.send(&m, reply)
}

// nak refuses a request.
func (s *Server) nak(now time.Time, m Message, why string) {
	s.counters.NAKs++
	s.tell(now, fmt.Sprintf("refuses the request of %v: %s", m.Hardware, why), "4.3.2")
	s.send(&m, Message{Type: NAK, Text: why})
}

// decline marks an address that somebody uses without having it from this server: "the server MUST mark the network address as not available".
// RFC 2131, Section 4.3.3, shortened
func (s *Server) decline(now time.Time, m Message) {
	b := s.mine(m, m.Requested)
	if b == nil || b.state == free {
		s.counters.Ignored++
		return
	}
	s.counters.Declines++
	s.tell(now, fmt.Sprintf("leaves %v alone: %v says that somebody else has it", b.addr, m.Hardware), "4.3.3")
	s.pool.quarantine(b, now.Add(quarantineTime))
}
