package stack

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
	"netlab/udp"
)

// Why a destination cannot be reached.
var (
	ErrNoRoute = errors.New("stack: no route to host")
)

// ipHeader is the length of the IPv4 header of the packets that connections send: no options. That of IPv6 is ipHeader6.
const (
	ipHeader  = 20
	ipHeader6 = 40
)

// headerLen returns the length of the IP header of packets to dst.
func headerLen(dst netip.Addr) int {
	if dst.Is4() {
		return ipHeader
	}
	return ipHeader6
}

// Host is one host or router. Its methods are safe for use by several goroutines.
type Host struct {
	cfg       Config
	runtime   Runtime
	trace     *trace.Tracer
	last      atomic.Uint64 // ID of the event traced last
	ttl       uint8
	writeStep int // a Write that waits is woken when there is room for so many octets
	batches   batches
	timers    timers
	discards  discards

	mu        sync.Mutex
	node      *ip.Node
	mux       *udp.Mux
	ifaces    []*iface
	lo        *loopback // nil until the host first speaks to itself
	rng       *rand.Rand
	conns     map[connKey]*Conn
	listeners map[netip.AddrPort]*Listener // the address is unspecified for all of a family, invalid for all
	sockets   map[*udp.Socket]*PacketConn  // the sockets of mux
	timeWait  []*Conn                      // those in TIME-WAIT, oldest first
	echoes    []*echo                      // requests that wait for their reply
	out       nodeOutput
	nodeAlarm Alarm
	nodeSet   time.Time // what nodeAlarm is set to; zero: it is not
	sleepers  Cond
	links     []link.Link
	closed    bool

	// resolver finds the addresses of names; nil: nobody does.
	resolver func(ctx context.Context, name string) ([]netip.Addr, error)
}

// connKey is the four-tuple of a connection, in a form that is cheap to hash.
type connKey struct {
	local, remote         [16]byte
	localPort, remotePort uint16
}

func keyOf(local, remote netip.AddrPort) connKey {
	return connKey{local.Addr().As16(), remote.Addr().As16(), local.Port(), remote.Port()}
}

func (k connKey) compare(l connKey) int {
	if c := bytes.Compare(k.local[:], l.local[:]); c != 0 {
		return c
	}
	if c := int(k.localPort) - int(l.localPort); c != 0 {
		return c
	}
	if c := bytes.Compare(k.remote[:], l.remote[:]); c != 0 {
		return c
	}
	return int(k.remotePort) - int(l.remotePort)
}

// New returns a host without interfaces.
func New(cfg Config) *Host {
	cfg, rng := cfg.withDefaults()
	h := &Host{
		cfg: cfg, runtime: cfg.Runtime, rng: rng, ttl: 64,
		conns:     make(map[connKey]*Conn),
		listeners: make(map[netip.AddrPort]*Listener),
		mux:       udp.NewMux(rng.Uint32, cfg.UDP),
		sockets:   make(map[*udp.Socket]*PacketConn),
	}
	h.writeStep = 128 << 10
	if cfg.TCP.SendBuffer > 0 {
		h.writeStep = max(1, min(h.writeStep, cfg.TCP.SendBuffer/4))
	}
	h.trace = watched(cfg.Trace, &h.last)
	node := cfg.IP
	node.Forward, node.TTL, node.ID, node.PerPacket, node.Silent, node.Seed = cfg.Forward, h.ttl, uint16(rng.Uint32()), cfg.PerPacket, cfg.Silent, cfg.Seed
	h.node = ip.New(node, h.trace)
	h.sleepers = h.runtime.NewCond(&h.mu)
	h.timers.begin = h.runtime.Now()
	h.timers.alarm = h.runtime.NewAlarm(h.expire)
	h.nodeAlarm = h.runtime.NewAlarm(h.expireNode)
	return h
}

// iface is an interface of the host.
type iface struct {
	index int
	name  string
	mtu   int
	send  func([]link.Packet)
	ether *ethernet // nil: its link carries packets without frames
	large int       // octets of the largest packet that the link cuts up and sums itself; 0: it does not (link.Offload)

	in       sync.Mutex // held while a batch is worked on
	arrivals []arrival
}

// AddInterface adds an interface with its addresses, each with the network that it is attached to, such as
// 10.0.1.10/24, and returns its index. Packets go out through send, which is called with locks held:
// it keeps nothing of them and does not call the host before it returns. It may be called by several
// goroutines at once. Interfaces and routes are laid before there are connections.
func (h *Host) AddInterface(name string, addrs []netip.Prefix, mtu int, send func([]link.Packet)) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.addInterface(ip.Interface{Name: name, Prefixes: addrs, MTU: mtu}, send)
}

// addInterface adds an interface. h.mu is held.
func (h *Host) addInterface(i ip.Interface, send func([]link.Packet)) int {
	index := h.node.AddInterface(i)
	h.ifaces = append(h.ifaces, &iface{index: index, name: i.Name, mtu: i.MTU, send: send})
	return index
}

// Attach adds an interface on a link and reads it on a goroutine of the runtime until the link is
// closed. Closing the host closes the link. A link that takes segments larger than its MTU gets such, unless somebody wants to
// see each packet or the host hands packets on.
func (h *Host) Attach(name string, addrs []netip.Prefix, l link.Link) int {
	return h.attach(l, func(send func([]link.Packet)) int {
		index := h.AddInterface(name, addrs, l.MTU(), send)
		if o, ok := l.(interface{ Offload() (octets int) }); ok && !h.trace.On() && !h.cfg.Forward {
			h.mu.Lock()
			h.ifaces[index].large = o.Offload()
			h.mu.Unlock()
		}
		return index
	})
}

// attach adds an interface on a link through add, and reads the link.
func (h *Host) attach(l link.Link, add func(send func([]link.Packet)) int) int {
	index := add(func(packets []link.Packet) {
		l.Write(packets) // a closed link carries nothing: what is sent into it is lost, as on a cut wire
	})
	h.mu.Lock()
	h.links = append(h.links, l)
	h.mu.Unlock()
	h.runtime.Go(func() {
		for {
			packets, err := l.Read()
			if err != nil {
				return
			}
			h.Deliver(index, packets)
		}
	})
	return index
}

// way is where packets to an address go: out of an interface, to a neighbour there.
type way struct {
	*iface
	nextHop netip.Addr
}

// routeTo returns the way to dst and the address to speak from. h.mu is held.
func (h *Host) routeTo(dst netip.Addr) (way, netip.Addr, error) {
	if h.lo == nil && (dst.IsLoopback() || h.node.Owns(dst)) {
		h.addLoopback()
	}
	route, ok := h.node.Route(dst)
	if !ok {
		return way{}, netip.Addr{}, ErrNoRoute
	}
	src, ok := h.node.Source(dst)
	if !ok {
		return way{}, netip.Addr{}, ErrNoRoute
	}
	return way{h.ifaces[route.Interface], route.NextHop(dst)}, src, nil
}

// remember counts a connection that has come into TIME-WAIT. If there are too many the oldest is
// forgotten at once: memory is bounded, and a connection's four-tuple is only used again by chance.
func (h *Host) remember(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timeWait = append(h.timeWait, c)
	for len(h.timeWait) > 0 {
		oldest := h.timeWait[0]
		key := oldest.key()
		over := h.conns[key] != oldest // TIME-WAIT ends in the order in which it began
		if !over && len(h.timeWait) <= h.cfg.TimeWait {
			break
		}
		if !over {
			delete(h.conns, key)
			h.timers.remove(oldest)
		}
		h.timeWait[0] = nil
		h.timeWait = h.timeWait[1:]
	}
}

// forget takes a connection that is CLOSED out of the table.
func (h *Host) forget(c *Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if key := c.key(); h.conns[key] == c {
		delete(h.conns, key)
	}
}

// ConnInfo is one connection in the list of a host's connections.
type ConnInfo struct {
	Flow     trace.Flow
	Snapshot tcp.Snapshot
}

// Connections returns the host's connections in the order of their addresses and ports.
func (h *Host) Connections() []ConnInfo {
	var infos []ConnInfo
	for _, c := range h.sortedConns() {
		infos = append(infos, ConnInfo{c.Flow(), c.Snapshot()})
	}
	return infos
}

// sortedConns returns the connections in a fixed order: that of a map would make runs differ.
func (h *Host) sortedConns() []*Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	conns := make([]*Conn, 0, len(h.conns))
	for _, c := range h.conns {
		conns = append(conns, c)
	}
	slices.SortFunc(conns, func(a, b *Conn) int {
		return a.key().compare(b.key())
	})
	return conns
}

// Now is the runtime's time.
func (h *Host) Now() time.Time { return h.runtime.Now() }

// Random returns a number that nobody else on the network can guess; in a simulation it follows from the seed.
func (h *Host) Random() uint32 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.rng.Uint32()
}

// Tracer is where applications tell of what they decide, in the host's name; nil if nobody listens.
func (h *Host) Tracer() *trace.Tracer { return h.trace }

// Go runs f on a goroutine of the runtime: how applications on this host start goroutines.
func (h *Host) Go(f func()) { h.runtime.Go(f) }

// Sleep waits for d on the runtime's clock. It returns net.ErrClosed if the host is closed before.
func (h *Host) Sleep(d time.Duration) error {
	until := h.runtime.Now().Add(d)
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		if h.closed {
			return net.ErrClosed
		}
		if !h.runtime.Now().Before(until) {
			return nil
		}
		h.sleepers.Wait(until)
	}
}

// Close resets all connections, wakes all who wait with net.ErrClosed, and closes the attached links.
func (h *Host) Close() error {
	h.mu.Lock()
	if h.closed {
		h.mu.Unlock()
		return net.ErrClosed
	}
	h.closed = true
	listeners := make([]*Listener, 0, len(h.listeners))
	for _, l := range h.listeners {
		listeners = append(listeners, l)
	}
	sockets := make([]*PacketConn, 0, len(h.sockets))
	for _, c := range h.sockets {
		sockets = append(sockets, c)
	}
	links := h.links
	h.nodeAlarm.Set(time.Time{})
	for _, i := range h.ifaces {
		if i.ether != nil {
			i.ether.alarm.Set(time.Time{})
			for _, c := range i.ether.checks {
				c.ready.Broadcast()
			}
		}
	}
	h.sleepers.Broadcast()
	for _, e := range h.echoes {
		e.err, e.done = net.ErrClosed, true
		e.ready.Broadcast()
	}
	h.mu.Unlock()

	slices.SortFunc(listeners, func(a, b *Listener) int { return a.local.Compare(b.local) })
	for _, l := range listeners {
		l.Close()
	}
	slices.SortFunc(sockets, func(a, b *PacketConn) int {
		return cmp.Or(a.local.Compare(b.local), a.remote.Compare(b.remote))
	})
	for _, c := range sockets {
		c.Close()
	}
	for _, c := range h.sortedConns() {
		c.abort()
	}
	var err error
	for _, l := range links {
		err = errors.Join(err, l.Close())
	}
	return err
}
