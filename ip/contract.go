package ip

import (
	"net/netip"
	"time"

	"netlab/trace"
)

// Interface of a host or router.
type Interface struct {
	Name   string
	Prefix netip.Prefix // address and its network: 10.0.1.10/24
	MTU    int
}

// Route: to Prefix through Interface; Via is the next hop, invalid if the network is directly attached.
type Route struct {
	Prefix    netip.Prefix
	Via       netip.Addr
	Interface int
}

// Config of a Node; the zero value is a host with defaults.
type Config struct {
	Forward bool
	TTL     uint8 // 0: 64
	// AnySource / subnet answering for the TUN etc.
}

// Node is the network layer of one host or router.
type Node struct{ contract int }

func New(cfg Config, t *trace.Tracer) *Node              { return nil }
func (n *Node) AddInterface(i Interface) int             { return 0 } // its index; adds the attached route
func (n *Node) AddRoute(r Route)                         {}
func (n *Node) Route(dst netip.Addr) (Route, bool)       { return Route{}, false }
func (n *Node) Source(dst netip.Addr) (netip.Addr, bool) { return netip.Addr{}, false } // the address to speak from

// Delivery is a packet for this host, parsed.
type Delivery struct {
	Header    Header
	Payload   []byte // part of the packet passed to Receive
	Packet    []byte // the whole packet, for ICMP quoting
	Interface int
	Cause     trace.ID
}

// Receive takes a packet that arrived on an interface. ok: it is for an upper layer of this host (TCP, UDP, or an ICMP message for a
// ping or about a connection). Otherwise it was forwarded, answered (echo) or discarded: drain Next.
func (n *Node) Receive(now time.Time, iface int, packet []byte, cause trace.ID) (d Delivery, ok bool) {
	return Delivery{}, false
}

// Send queues a packet of our own: fills ID, TTL, source; routes; fragments later. Drain Next.
func (n *Node) Send(now time.Time, h Header, payload []byte, why trace.Reason) error { return nil }

// Unreachable queues the ICMP error that a delivery could not be handed on (code: PortUnreachable, ProtocolUnreachable), if the rules
// of RFC 1122, Section 3.2.2 allow one, rate limited.
func (n *Node) Unreachable(now time.Time, d Delivery, code uint8, why trace.Reason) {}

// Output is a packet to hand to a link. Octets are valid until the next call on the Node.
type Output struct {
	Interface int
	Octets    []byte
	Forwarded bool
	Packet    trace.ID // of a forwarded packet: the event of its arrival
	Why       trace.Reason
}

// Next returns the next packet to send.
func (n *Node) Next() (Output, bool) { return Output{}, false }

// Counters of what was discarded and why, by name, for the screen.
func (n *Node) Counters() Counters { return Counters{} }

type Counters struct{}
