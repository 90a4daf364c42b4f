package udp

import (
	"errors"
	"net/netip"
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

// Mux hands the datagrams of a host to its sockets.
type Mux struct {
	sockets  map[ends]*Socket
	ports    map[uint16]int // how many sockets have a port
	random   func() uint32
	counters Counters
}

// ends of a socket's datagrams. The local address is invalid for a socket that is bound to every address, remote
// is zero for one that is not connected.
type ends struct{ local, remote netip.AddrPort }

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

// NewMux returns a mux without sockets. random gives the numbers that dynamic ports are chosen by.
func NewMux(random func() uint32) *Mux {
	return &Mux{sockets: make(map[ends]*Socket), ports: make(map[uint16]int), random: random}
}

// Open makes a socket. local is the address and port it is bound to; an invalid or unspecified address (0.0.0.0) is
// every address of the host, port 0 is a dynamic port. With a remote end it is connected: it takes datagrams from
// there alone, and ICMP errors about its own; then local must have an address. The error is ErrInUse or ErrNoPorts.
func (m *Mux) Open(local, remote netip.AddrPort) (*Socket, error) {
	if local.Addr().IsUnspecified() {
		local = netip.AddrPortFrom(netip.Addr{}, local.Port())
	}
	if local.Port() == 0 {
		port, ok := m.dynamicPort()
		if !ok {
			return nil, ErrNoPorts
		}
		local = netip.AddrPortFrom(local.Addr(), port)
	}
	key := ends{local, remote}
	if m.sockets[key] != nil {
		return nil, ErrInUse
	}
	s := &Socket{local: local, remote: remote}
	m.sockets[key] = s
	m.ports[local.Port()]++
	return s, nil
}

// dynamicPort chooses a port that no socket has: "Simple Port Randomization", a random first try and from there
// on upwards (RFC 6056, Section 3.3.1).
func (m *Mux) dynamicPort() (uint16, bool) {
	first := int(m.random() % dynamicPorts)
	for i := range dynamicPorts {
		port := uint16(firstDynamic + (first+i)%dynamicPorts)
		if m.ports[port] == 0 {
			return port, true
		}
	}
	return 0, false
}

// Close takes a socket away. What waits in it can still be read.
func (m *Mux) Close(s *Socket) {
	key := ends{s.local, s.remote}
	if m.sockets[key] != s {
		return
	}
	delete(m.sockets, key)
	if m.ports[s.local.Port()]--; m.ports[s.local.Port()] == 0 {
		delete(m.ports, s.local.Port())
	}
}

// Receive checks the datagram in b, which travelled from src to dst, and queues a copy of its data in the socket
// that it is for, which it returns. The error is that of Parse; ErrFull with the socket that had no room; or
// ErrNoPort: then the sender is to be told with an ICMP Port Unreachable ("If a datagram arrives addressed to a UDP
// port for which there is no pending LISTEN call, UDP SHOULD send an ICMP Port Unreachable message." RFC 1122,
// Section 4.1.3.1).
func (m *Mux) Receive(src, dst netip.Addr, b []byte) (*Socket, error) {
	h, data, err := Parse(src, dst, b)
	switch err {
	case nil:
	case ErrTruncated:
		m.counters.Truncated++
		return nil, err
	case ErrLength:
		m.counters.BadLength++
		return nil, err
	default:
		m.counters.BadChecksum++
		return nil, err
	}
	from := netip.AddrPortFrom(src, h.SrcPort)
	s := m.find(netip.AddrPortFrom(dst, h.DstPort), from)
	if s == nil {
		m.counters.NoPort++
		return nil, ErrNoPort
	}
	if !s.push(from, dst, data) {
		m.counters.Full++
		return s, ErrFull
	}
	m.counters.Received++
	return s, nil
}

// find returns the socket for a datagram, the most specific one: connected to its sender, bound to its destination
// address, bound to its port alone.
func (m *Mux) find(local, remote netip.AddrPort) *Socket {
	anyAddr := netip.AddrPortFrom(netip.Addr{}, local.Port())
	for _, key := range [...]ends{{local, remote}, {local, netip.AddrPort{}}, {anyAddr, netip.AddrPort{}}} {
		if s := m.sockets[key]; s != nil {
			return s
		}
	}
	return nil
}

// Unreachable queues the error of an ICMP message about a datagram that went from local to remote in the socket
// that is connected so, and returns that; nil if there is none: on a socket that talks to anyone nobody could tell
// whom the error is about. "UDP MUST pass to the application layer all ICMP error messages that it receives from the
// IP layer." (RFC 1122, Section 4.1.3.3)
func (m *Mux) Unreachable(local, remote netip.AddrPort, err error) *Socket {
	s := m.sockets[ends{local, remote}]
	if s != nil {
		s.err = err
	}
	return s
}

// Counters returns what became of the datagrams so far.
func (m *Mux) Counters() Counters { return m.counters }
