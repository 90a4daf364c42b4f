package dhcp

import (
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// State is where a client is in figure 5 of RFC 2131, Section 4.4.
type State uint8

// The states. Checking is not in the figure: the client has an ACK and looks whether somebody else has the address.
const (
	Init State = iota
	Selecting
	Requesting
	Checking
	Bound
	Renewing
	Rebinding
	InitReboot
	Rebooting
	Stopped
)

// String returns the name as the figure has it.
func (s State) String() string {
	return [...]string{"INIT", "SELECTING", "REQUESTING", "CHECKING", "BOUND", "RENEWING", "REBINDING", "INIT-REBOOT", "REBOOTING", "STOPPED"}[s]
}

// The times of a client.
const (
	// "the delay before the first retransmission SHOULD be 4 seconds randomized by the value of a uniform random number chosen from the range
	// -1 to +1. … The delay before the next retransmission SHOULD be 8 seconds … The retransmission delay SHOULD be doubled with subsequent
	// retransmissions up to a maximum of 64 seconds." RFC 2131, Section 4.1
	firstDelay = 4 * time.Second
	lastDelay  = 64 * time.Second

	maxRequests  = 4                // in REQUESTING, for about a minute in all (Section 3.1, step 5)
	afterDecline = 10 * time.Second // (Section 3.1, step 5)
	leastRenewal = time.Minute      // between two requests for more time (Section 4.4.5)
	maxStart     = 9 * time.Second  // on top of one second (Section 4.4.1)
)

// ClientConfig says who a client is. The zero value, with an address, means the defaults.
type ClientConfig struct {
	Hardware HardwareAddr
	HostName string
	Reboot   netip.Addr // the address that it had before, which it would like to keep: INIT-REBOOT
	AtOnce   bool       // do not wait from one to ten seconds first, as all clients should that start together
	NoCheck  bool       // the link has no way to find out whether somebody else has an address
}

// Lease is what a client got.
type Lease struct {
	Address   netip.Prefix
	Server    netip.Addr
	Routers   []netip.Addr
	DNS       []netip.Addr
	Domain    string
	Time      time.Duration // Forever: it does not end
	Requested time.Time     // when it was asked for: all times count from then
	T1, T2    time.Time     // when to ask its server, and any server, for more time; zero: never
	Expires   time.Time     // zero: never
}

// Packet is a message to send.
type Packet struct {
	From   netip.Addr // invalid: the client has no address yet
	To     netip.AddrPort
	Octets []byte
	Why    trace.Reason // the zero Reason if nobody listens
}

// Action is what the client wants done next: one of its fields is set.
type Action struct {
	Send      *Packet      // send this from the interface
	Check     netip.Prefix // see whether somebody has this address, and tell by Checked
	Configure *Lease       // give the interface this lease
	Remove    netip.Prefix // take this address from the interface; what uses it ends
}

// Client gets an address for an interface and keeps it: the client's part of RFC 2131.
type Client struct {
	cfg    ClientConfig
	random func() uint32
	trace  *trace.Tracer

	state    State
	id       uint32
	began    time.Time // of the attempt to get an address
	sent     time.Time // of the last request
	tries    int
	refused  int // NAKs since the client had a lease
	deadline time.Time
	offer    Message
	lease    Lease // valid from CHECKING on
	actions  []Action
	event    trace.ID // the newest one
}

// NewClient returns a client that begins when it is advanced. random gives the numbers of transactions and delays.
func NewClient(now time.Time, c ClientConfig, random func() uint32, t *trace.Tracer) *Client {
	client := &Client{cfg: c, random: random, trace: t, state: Init}
	if c.Reboot.IsValid() {
		client.state = InitReboot
	}
	client.deadline = now
	if !c.AtOnce {
		client.deadline = now.Add(time.Second + client.upTo(maxStart))
	}
	return client
}

// upTo returns a time from zero to most, by chance.
func (c *Client) upTo(most time.Duration) time.Duration {
	return time.Duration(c.random()) * most / (1 << 32)
}

// State returns where the client is.
func (c *Client) State() State { return c.state }

// Lease returns what the client has. false: nothing.
func (c *Client) Lease() (Lease, bool) {
	return c.lease, c.state == Bound || c.state == Renewing || c.state == Rebinding
}

// Deadline is when to call Advance; zero: never.
func (c *Client) Deadline() time.Time { return c.deadline }

// Action returns what to do next. false: nothing.
func (c *Client) Action() (Action, bool) {
	if len(c.actions) == 0 {
		return Action{}, false
	}
	a := c.actions[0]
	c.actions = c.actions[1:]
	return a, true
}

// Advance does what is due.
func (c *Client) Advance(now time.Time) {
	if c.deadline.IsZero() || now.Before(c.deadline) {
		return
	}
	switch c.state {
	case Init, InitReboot:
		c.start(now)
	case Selecting, Rebooting:
		c.retransmit(now)
	case Requesting:
		if c.tries >= maxRequests {
			c.restart(now, "gives up the offer: the server does not answer any more", wire.RFC("2131", "3.1"))
			return
		}
		c.retransmit(now)
	case Bound:
		c.enter(now, Renewing, "half of the lease is over: it asks its server for more time", wire.RFC("2131", "4.4.5"))
		c.renew(now)
	case Renewing:
		if !c.lease.T2.IsZero() && !now.Before(c.lease.T2) {
			c.enter(now, Rebinding, "its server does not answer: it asks any server", wire.RFC("2131", "4.4.5"))
		}
		c.renew(now)
	case Rebinding:
		if !now.Before(c.lease.Expires) {
			c.lose(now, "loses its address: the lease has expired", wire.RFC("2131", "4.4.5"))
			return
		}
		c.renew(now)
	}
}

// start begins to look for an address, or asks for the one that the client had.
func (c *Client) start(now time.Time) {
	c.id, c.began, c.tries = c.random(), now, 0
	if c.state == InitReboot {
		c.enter(now, Rebooting, "it would like to keep the address that it had", wire.RFC("2131", "4.4.2"))
	} else {
		c.enter(now, Selecting, "it looks for servers", wire.RFC("2131", "4.4.1"))
	}
	c.retransmit(now)
}

// restart goes back to INIT, at once unless servers refuse again and again what they have offered: then it waits as long as before another
// try to send a message.
func (c *Client) restart(now time.Time, say string, ref wire.Ref) {
	c.tell(now, trace.Failed, say, ref)
	c.state, c.deadline = Init, now
	if c.refused > 1 {
		c.deadline = now.Add(c.delay(c.refused - 2))
	}
	c.Advance(now)
}

// delay returns how long to wait after so many tries before the next one.
func (c *Client) delay(tries int) time.Duration {
	delay := lastDelay
	if tries < 4 {
		delay = firstDelay << tries
	}
	return delay - time.Second + c.upTo(2*time.Second)
}

// lose gives the address up and begins anew.
func (c *Client) lose(now time.Time, say string, ref wire.Ref) {
	c.actions = append(c.actions, Action{Remove: c.lease.Address})
	c.lease = Lease{}
	c.restart(now, say, ref)
}

// retransmit sends the message of a state in which the client has no address, and sets the time for the next one.
func (c *Client) retransmit(now time.Time) {
	c.deadline = now.Add(c.delay(c.tries))
	c.tries++
	if c.state == Rebooting && c.tries > maxRequests {
		c.restart(now, "gives up its old address: no server answers", wire.RFC("2131", "3.2"))
		return
	}
	c.sent = now
	m := c.message(now, Request)
	say, section := "asks for the address that it was offered; all servers are to hear which offer it takes", "3.1"
	switch c.state {
	case Selecting:
		m.Type = Discover
		say = "asks everybody for an address"
	case Requesting:
		// "The client broadcasts a DHCPREQUEST message that MUST include the 'server identifier' option to indicate which server it has
		// selected". Section 3.1, step 3
		m.Requested, m.ServerID = c.offer.Your, c.offer.ServerID
	case Rebooting:
		say, section = "asks whether it may keep the address that it had", "3.2"
		m.Requested = c.cfg.Reboot // "'server identifier' MUST NOT be filled in, 'requested IP address' option MUST be filled in". Section 4.3.2
	}
	if c.tries > 1 {
		say += ", once more: no answer has come"
	}
	c.send(netip.Addr{}, netip.AddrFrom4([4]byte{255, 255, 255, 255}), m, say, section)
}

// renew asks for more time: its server in RENEWING, any server in REBINDING. "In both RENEWING and REBINDING states, if the client receives no
// response to its DHCPREQUEST message, the client SHOULD wait one-half of the remaining time until T2 (in RENEWING state) and one-half of
// the remaining lease time (in REBINDING state), down to a minimum of 60 seconds, before retransmitting". RFC 2131, Section 4.4.5
func (c *Client) renew(now time.Time) {
	end, to, say := c.lease.T2, c.lease.Server, "asks its server for more time"
	if c.state == Rebinding {
		say = "asks any server for more time"
		end, to = c.lease.Expires, netip.AddrFrom4([4]byte{255, 255, 255, 255})
	}
	c.deadline = now.Add(max(leastRenewal, end.Sub(now)/2))
	if c.deadline.After(end) {
		c.deadline = end
	}
	c.id, c.sent = c.random(), now
	m := c.message(now, Request)
	m.Client, m.Broadcast = c.lease.Address.Addr(), false
	c.send(m.Client, to, m, say, "4.4.5")
}

// message returns what all messages of the client have.
func (c *Client) message(now time.Time, t MessageType) Message {
	return Message{
		Type: t, ID: c.id, Secs: uint16(min(now.Sub(c.began)/time.Second, 0xffff)), Broadcast: true, Hardware: c.cfg.Hardware,
		ClientID: append([]byte{1}, c.cfg.Hardware[:]...), HostName: c.cfg.HostName,
		Parameters: []Option{OptionMask, OptionRouter, OptionDNS, OptionDomain, OptionLease, OptionRenewal, OptionRebinding},
	}
}

// send wants a message sent. section is that of RFC 2131 which asks for it.
func (c *Client) send(from, to netip.Addr, m Message, say, section string) {
	p := &Packet{From: from, To: netip.AddrPortFrom(to, ServerPort), Octets: m.Append(nil)}
	if c.trace.On() {
		p.Why = trace.Reason{Cause: c.event, Say: say, Ref: wire.RFC("2131", section)}
	}
	c.actions = append(c.actions, Action{Send: p})
}

// enter goes into a state.
func (c *Client) enter(now time.Time, s State, why string, ref wire.Ref) {
	old := c.state
	c.state = s
	if c.trace.On() {
		c.event = c.trace.Emit(trace.Event{
			At: now, Kind: trace.StateChanged, Say: literal("goes from " + old.String() + " to " + s.String() + ": " + why), Ref: ref,
			Changes: []trace.Change{{Name: "dhcp", Old: old.String(), New: s.String()}},
		})
	}
}

func (c *Client) tell(now time.Time, kind trace.Kind, say string, ref wire.Ref) {
	if c.trace.On() {
		c.event = c.trace.Emit(trace.Event{At: now, Kind: kind, Say: literal(say), Ref: ref})
	}
}
