package udp

import (
	"errors"
	"net/netip"
	"slices"

	"netlab/trace"
)

// Why a socket could not be opened, or a datagram not be handed on.
var (
	ErrInUse   = errors.New("udp: address already in use")
	ErrNoPorts = errors.New("udp: all ports are in use")
	ErrNoPort  = errors.New("udp: nobody listens on the port")
	ErrFull    = errors.New("udp: the receive queue is full")
)

// The dynamic ports, which are given to sockets that ask for none (RFC 6335, Section 6).
const (
	firstDynamic = 49152
	dynamicPorts = 65536 - firstDynamic
)

// AnyInterface stands for all interfaces where a socket is bound to one.
const AnyInterface = -1

// Mux hands the datagrams of a host to its sockets.
type Mux struct {
	sockets  map[ends]*Socket
	ports    map[uint16][]*Socket // in the order in which they were opened
	bound    int                  // sockets bound to one interface
	limits   Limits
	random   func() uint32
	counters Counters
}

// ends of a socket's datagrams.
type ends struct {
	local  netip.AddrPort // the address is unspecified for all of a family, invalid for all of both
	remote netip.AddrPort // zero if the socket is not connected
	iface  int            // AnyInterface if it is bound to none
}

// Arrival is a datagram as the network layer hands it on.
type Arrival struct {
	Src, Dst  netip.Addr
	Interface int
	TTL, TOS  uint8
	Options   []byte
	Cause     trace.ID // the event of its arrival
	ToMany    bool     // Dst is a broadcast or multicast address: each socket that wants it gets a copy
}

// Counters say what became of the datagrams of a host. They only grow.
type Counters struct {
	Received, Truncated, BadLength, BadChecksum, NoPort, Full uint64
}

// Each calls f for every counter, in a fixed order, with its name in words.
func (c *Counters) Each(f func(name string, n uint64)) {
	f("datagrams received", c.Received)
	f("discarded: cut short", c.Truncated)
	f("discarded: length below 8 octets", c.BadLength)
	f("discarded: wrong checksum", c.BadChecksum)
	f("discarded: nobody listens on the port", c.NoPort)
	f("discarded: receive queue full", c.Full)
}

// NewMux returns a mux without sockets. random gives the numbers that dynamic ports are chosen by, limits are those of
// new sockets.
func NewMux(random func() uint32, limits Limits) *Mux {
	return &Mux{
		sockets: make(map[ends]*Socket), ports: make(map[uint16][]*Socket),
		random: random, limits: limits.withDefaults(),
	}
}

// Open makes a socket. local is the address and port it is bound to: an invalid address is every address of the host,
// an unspecified one (0.0.0.0 or ::) every address of its family; port 0 is a dynamic port. With a remote end it is
// connected: it takes datagrams from there alone, and ICMP errors about its own; then local must have an address. Any
// number of sockets can be bound to the same multicast address and port. The error is ErrInUse or ErrNoPorts.
func (m *Mux) Open(local, remote netip.AddrPort) (*Socket, error) {
	if local.Port() == 0 {
		port, ok := m.dynamicPort()
		if !ok {
			return nil, ErrNoPorts
		}
		local = netip.AddrPortFrom(local.Addr(), port)
	}
	s := &Socket{ends: ends{local, remote, AnyInterface}, limits: m.limits}
	if m.taken(s.ends) {
		return nil, ErrInUse
	}
	if !local.Addr().IsMulticast() {
		m.sockets[s.ends] = s
	}
	m.ports[local.Port()] = append(m.ports[local.Port()], s)
	return s, nil
}

// taken reports whether another socket would get the same datagrams.
func (m *Mux) taken(e ends) bool {
	if m.sockets[e] != nil {
		return true
	}
	addr, port := e.local.Addr(), e.local.Port()
	alike := []netip.Addr{} // all addresses of a family are a part of all addresses
	switch {
	case !addr.IsValid():
		alike = []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	case addr.IsUnspecified():
		alike = []netip.Addr{{}}
	}
	return slices.ContainsFunc(alike, func(a netip.Addr) bool {
		return m.sockets[ends{netip.AddrPortFrom(a, port), e.remote, e.iface}] != nil
	})
}

// dynamicPort chooses a port that no socket has: "Simple Port Randomization", a random first try and from there
// on upwards (RFC 6056, Section 3.3.1).
func (m *Mux) dynamicPort() (uint16, bool) {
	first := int(m.random() % dynamicPorts)
	for i := range dynamicPorts {
		port := uint16(firstDynamic + (first+i)%dynamicPorts)
		if len(m.ports[port]) == 0 {
			return port, true
		}
	}
	return 0, false
}

// Bind makes a socket take datagrams only from one interface. Sockets that are bound to different interfaces can have
// the same address and port. The error is ErrInUse.
func (m *Mux) Bind(s *Socket, iface int) error {
	if s.iface == iface {
		return nil
	}
	now := s.ends
	now.iface = iface
	if m.taken(now) {
		return ErrInUse
	}
	if m.sockets[s.ends] == s {
		delete(m.sockets, s.ends)
		m.sockets[now] = s
	}
	m.bound += boundTo(now) - boundTo(s.ends)
	s.ends = now
	return nil
}

func boundTo(e ends) int {
	if e.iface == AnyInterface {
		return 0
	}
	return 1
}

// Close takes a socket away. What waits in it can still be read.
func (m *Mux) Close(s *Socket) {
	port := s.local.Port()
	at := slices.Index(m.ports[port], s)
	if at < 0 {
		return
	}
	if m.sockets[s.ends] == s {
		delete(m.sockets, s.ends)
	}
	m.bound -= boundTo(s.ends)
	if m.ports[port] = slices.Delete(m.ports[port], at, at+1); len(m.ports[port]) == 0 {
		delete(m.ports, port)
	}
}

// Receive checks the datagram in b, which arrived as a says, and queues a copy of its data in each socket that it is
// for; got is called for those. The error is that of Parse; ErrFull if the only socket had no room; or ErrNoPort:
// then the sender is to be told with an ICMP Port Unreachable ("If a datagram arrives addressed to a UDP port for
// which there is no pending LISTEN call, UDP SHOULD send an ICMP Port Unreachable message." RFC 1122, Section
// 4.1.3.1).
func (m *Mux) Receive(a Arrival, b []byte, got func(*Socket)) error {
	h, data, err := Parse(a.Src, a.Dst, b)
	switch err {
	case nil:
	case ErrTruncated:
		m.counters.Truncated++
		return err
	case ErrLength:
		m.counters.BadLength++
		return err
	default:
		m.counters.BadChecksum++
		return err
	}
	info := Info{From: netip.AddrPortFrom(a.Src, h.SrcPort), To: a.Dst, Interface: a.Interface, TTL: a.TTL, TOS: a.TOS, Options: a.Options, Cause: a.Cause}
	if a.ToMany {
		err = ErrNoPort
		for _, s := range m.ports[h.DstPort] {
			if s.wantsCopy(&info) {
				err = firstNil(err, m.queue(s, info, data, got))
			}
		}
	} else if s := m.find(netip.AddrPortFrom(a.Dst, h.DstPort), info.From, a.Interface); s != nil {
		err = m.queue(s, info, data, got)
	} else {
		err = ErrNoPort
	}
	switch err {
	case nil:
		m.counters.Received++
	case ErrNoPort:
		m.counters.NoPort++
	}
	return err
}

// firstNil returns nil if one of two copies arrived.
func firstNil(before, now error) error {
	if before == nil {
		return nil
	}
	return now
}

// queue puts a datagram into a socket.
func (m *Mux) queue(s *Socket, info Info, data []byte, got func(*Socket)) error {
	if !s.push(info, data) {
		m.counters.Full++
		return ErrFull
	}
	got(s)
	return nil
}

// find returns the socket for a datagram, the most specific one: connected to its sender, bound to its destination
// address, bound to all addresses of its family, bound to its port alone; and of two that differ in nothing else the
// one that is bound to the interface.
func (m *Mux) find(local, remote netip.AddrPort, iface int) *Socket {
	family := netip.IPv6Unspecified()
	if local.Addr().Is4() {
		family = netip.IPv4Unspecified()
	}
	var anyone netip.AddrPort
	for _, e := range [...]ends{
		{local, remote, iface},
		{local, anyone, iface},
		{netip.AddrPortFrom(family, local.Port()), anyone, iface},
		{netip.AddrPortFrom(netip.Addr{}, local.Port()), anyone, iface},
	} {
		if m.bound > 0 {
			if s := m.sockets[e]; s != nil {
				return s
			}
		}
		e.iface = AnyInterface
		if s := m.sockets[e]; s != nil {
			return s
		}
	}
	return nil
}

// Wanted reports whether there is a socket for datagrams from remote to local that arrive on an interface.
func (m *Mux) Wanted(local, remote netip.AddrPort, iface int) bool {
	return m.find(local, remote, iface) != nil
}

// wantsCopy reports whether a datagram for many hosts is for the socket too: one for a multicast group if the socket
// has joined that on the interface, and a broadcast if the socket is not bound to an address of its own.
func (s *Socket) wantsCopy(d *Info) bool {
	addr := s.local.Addr()
	switch {
	case s.iface != AnyInterface && s.iface != d.Interface:
		return false
	case s.remote.IsValid() && s.remote != d.From:
		return false
	case addr.IsValid() && addr != d.To && (!addr.IsUnspecified() || addr.Is4() != d.To.Is4()):
		return false
	}
	return !d.To.IsMulticast() || s.member(d.To, d.Interface)
}

// Unreachable queues the error of an ICMP message about a datagram that went from local to remote in the socket
// that is connected so, or else in the one that sent it if that wants errors (Report), and returns that; nil if there
// is none: on a socket that talks to anyone it is up to the application to find out whom the error is about. "UDP MUST
// pass to the application layer all ICMP error messages that it receives from the IP layer." (RFC 1122, Section
// 4.1.3.3)
func (m *Mux) Unreachable(local, remote netip.AddrPort, iface int, err error) *Socket {
	s := m.find(local, remote, iface)
	if s == nil || !s.remote.IsValid() && !s.reports {
		return nil
	}
	s.err = err
	return s
}

// Counters returns what became of the datagrams so far.
func (m *Mux) Counters() Counters { return m.counters }
