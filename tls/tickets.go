package tls

import (
	"encoding/binary"
	"fmt"
	"time"
)

// sendTickets gives the client what it can resume the session with, if it can use that (RFC 8446, Section 4.6.1).
//
// A ticket says nothing: it is a random name under which the server's SessionStore has the session. So it works once, and a server that is
// broken into later has no key that opens all tickets ever given.
func (c *Conn) sendTickets(modes []PSKMode) error {
	usable := false
	for _, m := range modes {
		usable = usable || m == PSKWithDHE
	}
	if c.cfg.Sessions == nil || !usable {
		return nil
	}
	for range c.cfg.Tickets {
		var drawn [32 + 4]byte
		if err := c.draw(drawn[:]); err != nil {
			return err
		}
		m := NewSessionTicket{
			Lifetime: uint32(c.cfg.TicketLifetime / time.Second), AgeAdd: binary.BigEndian.Uint32(drawn[32:]),
			Nonce: []byte{byte(c.tickets)}, Ticket: drawn[:32], MaxEarlyData: c.cfg.EarlyData,
		}
		c.tickets++
		c.cfg.Sessions.Put(string(m.Ticket), c.session(&m))
		c.queue(m.append(nil))
	}
	c.flush()
	return nil
}

// takeTicket keeps what the server gave.
func (c *Conn) takeTicket(m message) error {
	ticket, err := parseNewSessionTicket(m.body)
	if err != nil {
		return err
	}
	if c.updates++; c.updates > maxKeyUpdates {
		return unexpected(fmt.Sprintf("more than %d tickets with no data between them", maxKeyUpdates), "4.6.1")
	}
	// The value of zero indicates that the ticket should be discarded immediately. RFC 8446, Section 4.6.1
	if c.cfg.Sessions == nil || ticket.Lifetime == 0 || c.tickets >= maxKeptTickets {
		return nil
	}
	c.tickets++
	c.cfg.Sessions.Put(c.serverName, c.session(&ticket))
	return nil
}

// session is what an end remembers under a ticket.
func (c *Conn) session(t *NewSessionTicket) Session {
	psk := c.resumption.PSK(t.Nonce)
	c.derived("resumption", "the pre-shared key of a ticket", secret{c.status.Suite, psk}, "4.6.1")
	return Session{
		Suite: c.status.Suite, PSK: psk, Ticket: t.Ticket,
		Received: c.now, Lifetime: min(time.Duration(t.Lifetime)*time.Second, maxTicketLifetime), AgeAdd: t.AgeAdd,
		MaxEarlyData: t.MaxEarlyData, ServerName: c.serverName, ALPN: c.status.ALPN, Peer: c.status.PeerCertificates,
	}
}
