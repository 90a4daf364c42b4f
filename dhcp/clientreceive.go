package dhcp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"netlab/wire"
)

// Receive takes a message that came to the client's port. What is not for the client, or not now, is ignored.
func (c *Client) Receive(now time.Time, b []byte) {
	m, err := Parse(b)
	if err != nil || !m.Reply || m.ID != c.id || m.Hardware != c.cfg.Hardware {
		return
	}
	if m.Type == NAK {
		c.refused++
	}
	switch {
	case m.Type == Offer && c.state == Selecting:
		c.receiveOffer(now, m)
	case m.Type == ACK && (c.state == Requesting || c.state == Rebooting || c.state == Renewing || c.state == Rebinding):
		c.receiveACK(now, m)
	case m.Type == NAK && (c.state == Requesting || c.state == Rebooting):
		c.restart(now, "may not have the address: "+because(m), wire.RFC("2131", "3.1"))
	case m.Type == NAK && (c.state == Renewing || c.state == Rebinding):
		c.lose(now, "has to give its address up: "+because(m), wire.RFC("2131", "4.4.5"))
	}
}

// because is what a server says of its refusal.
func because(m Message) string {
	if m.Text == "" {
		return "the server says no"
	}
	return "the server says " + printable([]byte(m.Text))
}

// usable reports whether an address can be that of a host.
func usable(a netip.Addr) bool {
	return a.Is4() && a.IsGlobalUnicast()
}

// receiveOffer takes the first offer: which one to take is the client's choice (RFC 2131, Section 3.1, step 3).
func (c *Client) receiveOffer(now time.Time, m Message) {
	if !usable(m.Your) || !usable(m.ServerID) {
		return
	}
	c.offer, c.tries = m, 0
	c.enter(now, Requesting, fmt.Sprintf("it takes the offer of %v by %v", m.Your, m.ServerID), wire.RFC("2131", "4.4.1"))
	c.retransmit(now)
}

// receiveACK takes a lease: a new one after a check, one with more time as it is.
func (c *Client) receiveACK(now time.Time, m Message) {
	if !usable(m.Your) || m.Lease <= 0 {
		return
	}
	renewed := c.state == Renewing || c.state == Rebinding
	if renewed && m.Your != c.lease.Address.Addr() {
		return
	}
	c.lease = c.leaseOf(m)
	if renewed {
		c.bind(now, "it has more time")
		return
	}
	if c.cfg.NoCheck {
		c.configure(now, "it cannot find out here whether somebody else has the address")
		return
	}
	// "The client SHOULD perform a check on the suggested address to ensure that the address is not already in use." RFC 2131, Section 4.4.1
	c.enter(now, Checking, fmt.Sprintf("it looks whether somebody else has %v", m.Your), wire.RFC("2131", "4.4.1"))
	c.deadline = time.Time{}
	c.actions = append(c.actions, Action{Check: c.lease.Address})
}

// leaseOf reads the lease of an ACK. Its times count from when the request was sent, so that they end at the client no later than at the
// server (RFC 2131, Section 4.4.1).
func (c *Client) leaseOf(m Message) Lease {
	bits := m.Mask
	if bits == 0 {
		bits = 24
	}
	l := Lease{
		Address: netip.PrefixFrom(m.Your, bits), Server: m.ServerID, Routers: m.Routers, DNS: m.DNS, Domain: strings.Clone(m.Domain),
		Time: m.Lease, Requested: c.sent,
	}
	if !l.Server.IsValid() {
		l.Server = c.lease.Server
	}
	if m.Lease == Forever {
		return l
	}
	// "T1 defaults to (0.5 * duration_of_lease). T2 defaults to (0.875 * duration_of_lease). Times T1 and T2 SHOULD be chosen with some random
	// "fuzz" around a fixed value, to avoid synchronization of client reacquisition." RFC 2131, Section 4.4.5
	t1, t2 := m.Lease/2, m.Lease/8*7
	if 0 < m.Renewal && m.Renewal < m.Lease {
		t1 = m.Renewal
	}
	if t1 < m.Rebinding && m.Rebinding < m.Lease {
		t2 = m.Rebinding
	}
	t2 = max(t1, t2)
	l.T1, l.T2, l.Expires = c.sent.Add(t1-c.upTo(t1/32)), c.sent.Add(t2), c.sent.Add(m.Lease)
	return l
}

// Checked tells whether somebody else has the address that the client was to check.
func (c *Client) Checked(now time.Time, taken bool) {
	if c.state != Checking {
		return
	}
	if !taken {
		c.configure(now, "nobody else has the address")
		return
	}
	// "If the client detects that the address is already in use (e.g., through the use of ARP), the client MUST send a DHCPDECLINE message to
	// the server and restarts the configuration process. The client SHOULD wait a minimum of ten seconds before restarting". Section 3.1, step 5
	m := c.message(now, Decline)
	m.Requested, m.ServerID, m.Parameters, m.Secs = c.lease.Address.Addr(), c.lease.Server, nil, 0
	c.send(netip.Addr{}, netip.AddrFrom4([4]byte{255, 255, 255, 255}), m, "declines the address: somebody else has it", "3.1")
	c.enter(now, Init, "somebody else has the address: it declines it and waits ten seconds", wire.RFC("2131", "3.1"))
	c.lease = Lease{}
	c.deadline = now.Add(afterDecline)
}

// configure takes a new lease.
func (c *Client) configure(now time.Time, why string) {
	c.bind(now, why)
	lease := c.lease
	c.actions = append(c.actions, Action{Configure: &lease})
}

// bind goes into BOUND with the lease.
func (c *Client) bind(now time.Time, why string) {
	c.deadline, c.refused = c.lease.T1, 0
	until := "for ever"
	if !c.lease.Expires.IsZero() {
		until = "for " + c.lease.Time.String()
	}
	c.enter(now, Bound, fmt.Sprintf("%s; it has %v %s", why, c.lease.Address, until), wire.RFC("2131", "4.4.1"))
}

// Release gives the address back before its time and ends the client (RFC 2131, Section 4.4.6).
func (c *Client) Release(now time.Time) {
	if _, has := c.Lease(); has {
		c.id = c.random()
		m := c.message(now, Release)
		m.Client, m.ServerID, m.Parameters, m.Broadcast, m.Secs = c.lease.Address.Addr(), c.lease.Server, nil, false, 0
		c.send(m.Client, c.lease.Server, m, "gives its address back", "4.4.6")
		c.actions = append(c.actions, Action{Remove: c.lease.Address})
	}
	c.state, c.deadline, c.lease = Stopped, time.Time{}, Lease{}
}

// literal makes text a format that says it.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }
