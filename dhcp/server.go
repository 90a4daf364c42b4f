package dhcp

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// ErrConfig is what every error about a server's configuration wraps.
var ErrConfig = errors.New("dhcp: the server's configuration is wrong")

// Defaults of a server.
const (
	DefaultLease   = time.Hour
	MaxPool        = 1 << 16          // addresses
	offerTime      = time.Minute      // an offer is kept so long for its client
	quarantineTime = 10 * time.Minute // an address that somebody else uses is left alone so long
)

// ServerConfig says what a server gives to whom.
type ServerConfig struct {
	Address     netip.Prefix // of the server on the network that it serves
	First, Last netip.Addr   // the pool
	Lease       time.Duration
	Routers     []netip.Addr
	DNS         []netip.Addr
	Domain      string
	Reserved    []Reservation

	// Check makes the server look whether somebody has an address before it offers it (RFC 2131, Section 3.1, step 2).
	Check bool
}

// Reservation is an address that one client always gets.
type Reservation struct {
	Hardware HardwareAddr
	Address  netip.Addr
}

// ServerCounters say what became of the messages that a server got. They only grow.
type ServerCounters struct {
	Offers, ACKs, NAKs, Declines, Releases, Expired, Exhausted, Malformed, Ignored uint64
}

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *ServerCounters) Each(f func(name string, n uint64)) {
	f("addresses offered", c.Offers)
	f("leases given or extended", c.ACKs)
	f("requests refused", c.NAKs)
	f("addresses declined", c.Declines)
	f("addresses given back", c.Releases)
	f("leases expired", c.Expired)
	f("discarded: no address is free", c.Exhausted)
	f("discarded: malformed", c.Malformed)
	f("ignored: not for this server", c.Ignored)
}

// Server gives addresses to clients: the server's part of RFC 2131.
type Server struct {
	cfg      ServerConfig
	pool     *pool
	trace    *trace.Tracer
	packets  []Packet
	checks   []check // to do
	waiting  []check // under way
	counters ServerCounters
	event    trace.ID // the newest one
}

// check is a look whether somebody has an address, before it is offered.
type check struct {
	addr  netip.Addr
	query Message
}

// maxChecks is how many looks may be under way; more clients have to ask again.
const maxChecks = 64

// NewServer returns a server whose addresses are all free. The error wraps ErrConfig.
func NewServer(c ServerConfig, t *trace.Tracer) (*Server, error) {
	if c.Lease == 0 {
		c.Lease = DefaultLease
	}
	network := c.Address.Masked()
	switch {
	case !c.Address.IsValid() || !c.Address.Addr().Is4():
		return nil, fmt.Errorf("%w: the server has no IPv4 address", ErrConfig)
	case !network.Contains(c.First) || !network.Contains(c.Last):
		return nil, fmt.Errorf("%w: the pool from %v to %v is not in the server's network %v", ErrConfig, c.First, c.Last, network)
	case c.Last.Less(c.First):
		return nil, fmt.Errorf("%w: the pool ends at %v, before it begins at %v", ErrConfig, c.Last, c.First)
	case span(c.First, c.Last) > MaxPool:
		return nil, fmt.Errorf("%w: more than %d addresses", ErrConfig, MaxPool)
	case c.Lease < time.Second || c.Lease > Forever:
		return nil, fmt.Errorf("%w: a lease of %v", ErrConfig, c.Lease)
	}
	s := &Server{cfg: c, pool: newPool(c.First, c.Last), trace: t}
	if b := s.pool.addrs[c.Address.Addr()]; b != nil {
		s.pool.reserve("the server itself", b.addr)
	}
	for _, r := range c.Reserved {
		if !network.Contains(r.Address) || r.Address == c.Address.Addr() {
			return nil, fmt.Errorf("%w: %v cannot be reserved in %v", ErrConfig, r.Address, network)
		}
		s.pool.reserve(hardwareClient(r.Hardware), r.Address)
	}
	return s, nil
}

// span returns how many addresses there are from first to last.
func span(first, last netip.Addr) int {
	a, b := first.As4(), last.As4()
	n := 0
	for i := range a {
		n = n<<8 + int(b[i]) - int(a[i])
	}
	return n + 1
}

// Counters returns what became of the messages so far.
func (s *Server) Counters() ServerCounters { return s.counters }

// Next returns a message to send. false: there is none.
func (s *Server) Next() (Packet, bool) {
	if len(s.packets) == 0 {
		return Packet{}, false
	}
	p := s.packets[0]
	s.packets = s.packets[1:]
	return p, true
}

// Check returns an address to look for, and expects Checked. false: there is none.
func (s *Server) Check() (netip.Addr, bool) {
	if len(s.checks) == 0 {
		return netip.Addr{}, false
	}
	c := s.checks[0]
	s.checks = s.checks[1:]
	s.waiting = append(s.waiting, c)
	return c.addr, true
}

// Deadline is when to call Advance; zero: never.
func (s *Server) Deadline() time.Time {
	if len(s.pool.expiries) == 0 {
		return time.Time{}
	}
	return s.pool.expiries[0].expires
}

// Advance takes back what has expired.
func (s *Server) Advance(now time.Time) {
	for b := s.pool.expired(now); b != nil; b = s.pool.expired(now) {
		switch b.state {
		case leased:
			s.counters.Expired++
			s.tell(now, fmt.Sprintf("takes %v back: the lease of %v has expired", b.addr, b.hardware), "2.2")
		case offered:
			s.tell(now, fmt.Sprintf("takes its offer of %v back: %v has not asked for it", b.addr, b.hardware), "4.3.1")
		case quarantined:
			s.tell(now, fmt.Sprintf("tries %v again, which somebody else had", b.addr), "4.3.3")
		}
		s.pool.release(b)
	}
}

// LeaseInfo is an address that is not free.
type LeaseInfo struct {
	Address  netip.Addr
	Hardware HardwareAddr
	State    string
	Expires  time.Time // zero: never
}

// Leases returns the addresses that are not free, in their order.
func (s *Server) Leases() []LeaseInfo {
	var leases []LeaseInfo
	for _, b := range s.pool.addrs {
		if b.state != free {
			leases = append(leases, LeaseInfo{b.addr, b.hardware, b.state.String(), b.expires})
		}
	}
	slices.SortFunc(leases, func(a, b LeaseInfo) int { return a.Address.Compare(b.Address) })
	return leases
}

// send hands out a reply to a message, to where RFC 2131, Section 4.1 says. A client that has no address yet is answered by broadcast, also if it
// did not ask for that: "If unicasting is not possible, the message MAY be sent as an IP broadcast".
func (s *Server) send(to *Message, m Message) {
	m.Reply, m.ID, m.Hardware, m.Relay, m.Broadcast = true, to.ID, to.Hardware, to.Relay, to.Broadcast
	m.ServerID = s.cfg.Address.Addr()
	dst := netip.AddrPortFrom(netip.AddrFrom4([4]byte{255, 255, 255, 255}), ClientPort)
	switch {
	case to.Relay.IsValid():
		dst = netip.AddrPortFrom(to.Relay, ServerPort)
	case m.Type != NAK && to.Client.IsValid():
		dst = netip.AddrPortFrom(to.Client, ClientPort)
	}
	p := Packet{From: m.ServerID, To: dst, Octets: m.Append(nil)}
	if s.trace.On() {
		p.Why = trace.Reason{Cause: s.event, Say: "tells the client so at the address that it has", Ref: wire.RFC("2131", "4.1")}
		if dst.Addr() == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
			p.Why.Say = "tells everybody so: the client has no address yet at which it could be reached"
		}
	}
	s.packets = append(s.packets, p)
}

// configuration fills what a client is told besides its address: what it asked for, as far as there is any (RFC 2131, Section 4.3.1).
func (s *Server) configuration(to *Message, m *Message) {
	wants := func(o Option) bool { return len(to.Parameters) == 0 || slices.Contains(to.Parameters, o) }
	if m.Lease > 0 && m.Lease != Forever {
		m.Renewal, m.Rebinding = m.Lease/2, m.Lease/8*7
	}
	m.Mask = s.cfg.Address.Bits()
	if wants(OptionRouter) {
		m.Routers = s.cfg.Routers
	}
	if wants(OptionDNS) {
		m.DNS = s.cfg.DNS
	}
	if wants(OptionDomain) {
		m.Domain = s.cfg.Domain
	}
}

func (s *Server) tell(now time.Time, say, section string) {
	if s.trace.On() {
		s.event = s.trace.Emit(trace.Event{At: now, Kind: trace.Note, Say: literal(say), Ref: wire.RFC("2131", section)})
	}
}
