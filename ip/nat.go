package ip

import (
	"cmp"
	"container/list"
	"net/netip"
	"time"
)

// Dependence says on what of the other end something depends: whether an inside endpoint looks the same to all outside
// endpoints (RFC 4787, Section 4.1), and whose packets are let in to it (RFC 4787, Section 5).
type Dependence uint8

// The kinds of dependence. A NAT with the first for both was once called a full cone, one with the last for its mapping
// symmetric.
const (
	EndpointIndependent Dependence = iota
	AddressDependent
	AddressAndPortDependent
)

// String returns "address-dependent", as lab files write it.
func (d Dependence) String() string {
	switch d {
	case AddressDependent:
		return "address-dependent"
	case AddressAndPortDependent:
		return "address-and-port-dependent"
	}
	return "endpoint-independent"
}

// part returns what of a remote endpoint matters.
func (d Dependence) part(remote netip.AddrPort) netip.AddrPort {
	switch d {
	case AddressDependent:
		return netip.AddrPortFrom(remote.Addr(), 0)
	case AddressAndPortDependent:
		return remote
	}
	return netip.AddrPort{}
}

// NATConfig says how a router translates between the networks inside and the one outside, which sees only the IPv4
// address of the router's interface there (RFC 3022, Section 2.2). The zero value behaves as RFC 4787 recommends for
// most transparency, with the first interface outside.
type NATConfig struct {
	Outside   int        // interface
	Mapping   Dependence // RFC 4787, Section 4.1 requires endpoint-independent; the others are for lessons
	Filtering Dependence
	Forwards  []PortForward

	// How long a session may be silent.
	UDP            time.Duration // 0: 5 minutes (RFC 4787, Section 4.3)
	TCPEstablished time.Duration // 0: 2 hours 4 minutes (RFC 5382, requirement 5)
	TCPTransitory  time.Duration // while it opens or closes; 0: 4 minutes (RFC 5382, requirement 5)
	ICMP           time.Duration // 0: 60 seconds (RFC 5508, requirement 2)

	MaxSessions int // more are refused; 0: 8192

	Random func() uint32 // chooses ports; nil: the first that is free

	// Local reports whether the router itself waits for a packet from remote to its own endpoint. nil: it does, for all
	// packets that belong to no session.
	Local func(p Protocol, own, remote netip.AddrPort) bool
}

// PortForward lets anybody outside speak to an endpoint inside, at a port of the router's outside address.
type PortForward struct {
	Protocol Protocol // TCP or UDP
	Port     uint16
	To       netip.AddrPort
}

func (c NATConfig) withDefaults() NATConfig {
	c.UDP = cmp.Or(c.UDP, 5*time.Minute)
	c.TCPEstablished = cmp.Or(c.TCPEstablished, 124*time.Minute)
	c.TCPTransitory = cmp.Or(c.TCPTransitory, 4*time.Minute)
	c.ICMP = cmp.Or(c.ICMP, time.Minute)
	c.MaxSessions = cmp.Or(c.MaxSessions, 8192)
	if c.Random == nil {
		c.Random = func() uint32 { return 0 }
	}
	return c
}

// nat is the state of a translation. A mapping gives an endpoint inside a port outside. Each outside endpoint that it
// speaks with is a session of the mapping, which ends with the last of them.
type nat struct {
	cfg      NATConfig
	outside  map[natPort]*mapping
	inside   map[insideKey]*mapping
	sessions map[flow]*session   // by inside endpoint and remote endpoint
	idle     [timeouts]list.List // the sessions of each time-out, those that are silent longest first
}

// flow is a packet's two ends. What a port is to TCP and UDP, the identifier is to a ping, whose other end has port 0.
type flow struct {
	protocol Protocol
	src, dst netip.AddrPort
}

// natPort is a port of the outside address.
type natPort struct {
	protocol Protocol
	port     uint16
}

// insideKey finds the mapping of an endpoint inside. remote holds what the mapping depends on.
type insideKey struct {
	protocol      Protocol
	local, remote netip.AddrPort
}

// mapping gives an endpoint inside a port outside.
type mapping struct {
	key      insideKey
	outside  netip.AddrPort
	forward  bool // made by hand: it stays, and lets everybody in
	sessions int
	peers    map[netip.AddrPort]int // how many sessions let in what Filtering depends on
}

// session is one outside endpoint that an endpoint inside speaks with.
type session struct {
	flow    flow // from inside
	mapping *mapping
	tcp     tcpSession
	timeout timeout
	silent  time.Time // since when
	element *list.Element
}

// timeout is a kind of session with a time-out of its own.
type timeout uint8

const (
	udpTimeout timeout = iota
	icmpTimeout
	tcpTransitoryTimeout
	tcpEstablishedTimeout
	timeouts
)

func (t *nat) timeoutOf(k timeout) time.Duration {
	return [timeouts]time.Duration{t.cfg.UDP, t.cfg.ICMP, t.cfg.TCPTransitory, t.cfg.TCPEstablished}[k]
}

func newNAT(cfg NATConfig, outside netip.Addr) *nat {
	t := &nat{cfg: cfg.withDefaults(), outside: map[natPort]*mapping{}, inside: map[insideKey]*mapping{}, sessions: map[flow]*session{}}
	for _, f := range cfg.Forwards {
		m := &mapping{key: insideKey{f.Protocol, f.To, netip.AddrPort{}}, outside: netip.AddrPortFrom(outside, f.Port), forward: true}
		t.outside[natPort{f.Protocol, f.Port}] = m
		t.inside[m.key] = m
	}
	return t
}

// mappingFor returns the mapping of the endpoint inside that sends a flow, a new one if it has none; nil if no port is
// free.
func (t *nat) mappingFor(f flow, outside netip.Addr) *mapping {
	byHand := insideKey{f.protocol, f.src, netip.AddrPort{}}
	if m := t.inside[byHand]; m != nil && m.forward {
		return m
	}
	key := insideKey{f.protocol, f.src, t.cfg.Mapping.part(f.dst)}
	if m := t.inside[key]; m != nil {
		return m
	}
	port, ok := t.choosePort(f, outside)
	if !ok {
		return nil
	}
	m := &mapping{key: key, outside: netip.AddrPortFrom(outside, port), peers: map[netip.AddrPort]int{}}
	t.inside[key] = m
	t.outside[natPort{f.protocol, port}] = m
	return m
}

// open makes a session of a flow from inside. There is room for it.
func (t *nat) open(now time.Time, f flow, m *mapping) *session {
	s := &session{flow: f, mapping: m, timeout: udpTimeout}
	switch f.protocol {
	case ICMP:
		s.timeout = icmpTimeout
	case TCP:
		s.timeout = tcpTransitoryTimeout
	}
	s.silent = now
	s.element = t.idle[s.timeout].PushBack(s)
	t.sessions[f] = s
	m.sessions++
	if m.peers != nil {
		m.peers[t.cfg.Filtering.part(f.dst)]++
	}
	return s
}

// refresh says that a session is not silent, and which time-out it has from now on.
func (t *nat) refresh(now time.Time, s *session, k timeout) {
	t.idle[s.timeout].Remove(s.element)
	s.silent, s.timeout = now, k
	s.element = t.idle[k].PushBack(s)
}

// close ends a session, and its mapping if that has no other.
func (t *nat) close(s *session) {
	t.idle[s.timeout].Remove(s.element)
	delete(t.sessions, s.flow)
	m := s.mapping
	m.sessions--
	if m.peers != nil {
		peer := t.cfg.Filtering.part(s.flow.dst)
		if m.peers[peer]--; m.peers[peer] == 0 {
			delete(m.peers, peer)
		}
	}
	if m.sessions == 0 && !m.forward {
		delete(t.inside, m.key)
		delete(t.outside, natPort{m.key.protocol, m.outside.Port()})
	}
}

// expired returns a session that was silent for too long; nil if there is none.
func (t *nat) expired(now time.Time) *session {
	for k := range t.idle {
		if front := t.idle[k].Front(); front != nil {
			if s := front.Value.(*session); !now.Before(s.silent.Add(t.timeoutOf(timeout(k)))) {
				return s
			}
		}
	}
	return nil
}

// deadline returns when the next session ends unless it is heard of; zero if there is none.
func (t *nat) deadline() (first time.Time) {
	for k := range t.idle {
		if front := t.idle[k].Front(); front != nil {
			at := front.Value.(*session).silent.Add(t.timeoutOf(timeout(k)))
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
	}
	return first
}

// lets reports whether a packet from remote may come in to a mapping.
func (t *nat) lets(m *mapping, remote netip.AddrPort) bool {
	return m.forward || m.peers[t.cfg.Filtering.part(remote)] > 0
}
