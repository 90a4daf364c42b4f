package udp

import (
	"errors"
	"net/netip"
)

// ErrEmpty is what Read returns when there is nothing to read now.
var ErrEmpty = errors.New("udp: no datagram has arrived")

// Bounds of a socket's receive queue. What does not fit is dropped, as a datagram may be anywhere on its way.
const (
	maxQueuedOctets    = 256 << 10
	maxQueuedDatagrams = 1024
	keptBuffer         = 2048 // octets of a buffer that is kept for the next datagram
)

// Socket is one end of datagrams: what has arrived for it waits here to be read.
type Socket struct {
	local, remote netip.AddrPort
	queue         []datagram // a ring: n datagrams from head on
	head, n       int
	octets        int   // of the data that waits
	err           error // of an ICMP message, to be read before the next datagram
	counters      SocketCounters
}

// datagram waits to be read.
type datagram struct {
	from netip.AddrPort
	to   netip.Addr
	data []byte
}

// SocketCounters say what became of a socket's datagrams.
type SocketCounters struct {
	Received uint64 // queued
	Dropped  uint64 // the queue was full
}

// Local returns the address and port that the socket is bound to. The address is invalid if that is every
// address of the host.
func (s *Socket) Local() netip.AddrPort { return s.local }

// Remote returns the other end of a connected socket; the zero AddrPort if it talks to anyone.
func (s *Socket) Remote() netip.AddrPort { return s.remote }

// Counters returns what became of the socket's datagrams so far.
func (s *Socket) Counters() SocketCounters { return s.counters }

// Readable reports whether Read has a datagram or an error.
func (s *Socket) Readable() bool { return s.n > 0 || s.err != nil }

// Read takes the oldest datagram: its data, as much as fits into p, where it came from, and to which address of
// this host it was sent: "When a UDP datagram is received, its specific-destination address MUST be passed up to
// the application layer." (RFC 1122, Section 4.1.3.5) The error is ErrEmpty, or one that an ICMP message about a
// datagram of ours brought, which is told once.
func (s *Socket) Read(p []byte) (n int, from netip.AddrPort, to netip.Addr, err error) {
	if s.err != nil {
		err, s.err = s.err, nil
		return 0, netip.AddrPort{}, netip.Addr{}, err
	}
	if s.n == 0 {
		return 0, netip.AddrPort{}, netip.Addr{}, ErrEmpty
	}
	d := &s.queue[s.head]
	n, from, to = copy(p, d.data), d.from, d.to
	s.octets -= len(d.data)
	if cap(d.data) > keptBuffer {
		d.data = nil
	}
	s.head = (s.head + 1) % len(s.queue)
	s.n--
	return n, from, to, nil
}

// push queues a copy of a datagram's data and reports whether there was room.
func (s *Socket) push(from netip.AddrPort, to netip.Addr, data []byte) bool {
	if s.n == maxQueuedDatagrams || s.n > 0 && s.octets+len(data) > maxQueuedOctets {
		s.counters.Dropped++
		return false
	}
	if s.n == len(s.queue) {
		s.grow()
	}
	d := &s.queue[(s.head+s.n)%len(s.queue)]
	d.from, d.to, d.data = from, to, append(d.data[:0], data...)
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
