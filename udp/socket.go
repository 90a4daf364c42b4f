package udp

import (
	"errors"
	"net/netip"

	"netlab/trace"
)

// ErrEmpty is what Read returns when there is nothing to read now.
var ErrEmpty = errors.New("udp: no datagram has arrived")

// Defaults of Limits.
const (
	DefaultQueuedOctets    = 256 << 10
	DefaultQueuedDatagrams = 1024
)

// Limits bound what waits in a socket to be read. What does not fit is dropped and counted, as a datagram may be lost
// anywhere on its way. At least one datagram always fits.
type Limits struct {
	Octets    int // of data; 0: DefaultQueuedOctets
	Datagrams int // 0: DefaultQueuedDatagrams
}

func (l Limits) withDefaults() Limits {
	if l.Octets == 0 {
		l.Octets = DefaultQueuedOctets
	}
	if l.Datagrams == 0 {
		l.Datagrams = DefaultQueuedDatagrams
	}
	return l
}

// Info says how a datagram came.
type Info struct {
	From netip.AddrPort

	// To is the address that it was sent to: "When a UDP datagram is received, its specific-destination address MUST be
	// passed up to the application layer." (RFC 1122, Section 4.1.3.5)
	To netip.Addr

	Interface int      // on which it arrived
	TTL       uint8    // time to live, or hop limit, that was left
	TOS       uint8    // type of service, or traffic class
	Options   []byte   // of its IPv4 header (RFC 1122, Section 4.1.3.2)
	Cause     trace.ID // the event of its arrival
}

// Socket is one end of datagrams: what has arrived for it waits here to be read.
type Socket struct {
	ends
	groups   []group // that it has joined
	reports  bool    // it wants errors although it is not connected
	limits   Limits
	queue    []datagram // a ring: n datagrams from head on
	head, n  int
	octets   int   // of the data that waits
	held     int   // octets of all buffers, those in use and those kept for the next datagram
	err      error // of an ICMP message, to be read before the next datagram
	counters SocketCounters
}

// datagram waits to be read.
type datagram struct {
	Info
	data []byte
}

// group is a multicast group on an interface.
type group struct {
	addr  netip.Addr
	iface int
}

// SocketCounters say what became of a socket's datagrams.
type SocketCounters struct {
	Received uint64 // queued
	Dropped  uint64 // the queue was full
}

// Local returns the address and port that the socket is bound to. The address is invalid if that is every
// address of the host, of both families.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Remote returns the other end of a connected socket; the zero AddrPort if it talks to anyone.
func (s *Socket) Remote() netip.AddrPort { return s.remote }

// Counters returns what became of the socket's datagrams so far.
func (s *Socket) Counters() SocketCounters { return s.counters }

// SetLimits changes what the socket holds. What waits already stays.
func (s *Socket) SetLimits(l Limits) { s.limits = l.withDefaults() }

// Limits returns what the socket holds at most.
func (s *Socket) Limits() Limits { return s.limits }

// Report says whether Read tells of ICMP errors about datagrams of a socket that is not connected. One that is
// connected always tells of them.
func (s *Socket) Report(on bool) { s.reports = on }

// Join makes the socket take datagrams for a multicast group that arrive on an interface. It reports false if it does
// so already.
func (s *Socket) Join(addr netip.Addr, iface int) bool {
	if s.member(addr, iface) {
		return false
	}
	s.groups = append(s.groups, group{addr, iface})
	return true
}

// Leave ends what Join began. It reports false if it had not.
func (s *Socket) Leave(addr netip.Addr, iface int) bool {
	for i, g := range s.groups {
		if g == (group{addr, iface}) {
			s.groups = append(s.groups[:i], s.groups[i+1:]...)
			return true
		}
	}
	return false
}

// EachGroup calls f for each group that the socket has joined.
func (s *Socket) EachGroup(f func(addr netip.Addr, iface int)) {
	for _, g := range s.groups {
		f(g.addr, g.iface)
	}
}

func (s *Socket) member(addr netip.Addr, iface int) bool {
	for _, g := range s.groups {
		if g == (group{addr, iface}) {
			return true
		}
	}
	return false
}

// Readable reports whether Read has a datagram or an error.
func (s *Socket) Readable() bool { return s.n > 0 || s.err != nil }

// Read takes the oldest datagram: its data, as much as fits into p, and how it came; info.Options is valid until more
// is received. The error is ErrEmpty, or one that an ICMP message about a datagram of ours brought, which is told
// once.
func (s *Socket) Read(p []byte) (n int, info Info, err error) {
	if s.err != nil {
		err, s.err = s.err, nil
		return 0, Info{}, err
	}
	if s.n == 0 {
		return 0, Info{}, ErrEmpty
	}
	d := &s.queue[s.head]
	n, info = copy(p, d.data), d.Info
	s.octets -= len(d.data)
	if s.held > s.limits.Octets {
		s.held -= cap(d.data)
		d.data = nil
	}
	s.head = (s.head + 1) % len(s.queue)
	s.n--
	return n, info, nil
}

// push queues a copy of a datagram's data and reports whether there was room.
func (s *Socket) push(info Info, data []byte) bool {
	if s.n >= s.limits.Datagrams || s.n > 0 && s.octets+len(data) > s.limits.Octets {
		s.counters.Dropped++
		return false
	}
	if s.n == len(s.queue) {
		s.grow()
	}
	d := &s.queue[(s.head+s.n)%len(s.queue)]
	s.held -= cap(d.data)
	info.Options = append(d.Options[:0], info.Options...)
	d.Info, d.data = info, append(d.data[:0], data...)
	s.held += cap(d.data)
	s.n++
	s.octets += len(data)
	s.counters.Received++
	return true
}

// grow doubles the ring and puts its oldest datagram first.
func (s *Socket) grow() {
	bigger := make([]datagram, max(4, 2*len(s.queue)))
	k := copy(bigger, s.queue[s.head:])
	copy(bigger[k:], s.queue[:s.head])
	s.queue, s.head = bigger, 0
}
