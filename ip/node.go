package ip

import (
	"cmp"
	"iter"
	"net/netip"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// Interface is what attaches a host or router to a link.
type Interface struct {
	Name     string
	Prefixes []netip.Prefix // its addresses, each with the network it is on: 10.0.1.10/24; AddAddress adds more
	MTU      int            // octets of the largest packet that the link takes; for IPv6 at least 1280
	Shared   bool           // several neighbours can be on the link, and find each other by neighbor discovery: Ethernet
	Loopback bool           // it leads back to this host
}

// Config of a Node; the zero value is a host with defaults.
type Config struct {
	Forward    bool   // pass on the packets of others: a router
	PerPacket  bool   // where several routes are equally good, packets take turns; else all of a flow take the same
	Seed       uint64 // decides which flow takes which route
	TTL        uint8  // of packets of our own; 0: 64
	ID         uint16 // identification of the first packet of our own
	Silent     bool   // send no ICMP errors, though RFC 1812, Section 4.3.3 asks for them
	ErrorRate  int    // ICMP errors sent a second; 0: 1000
	ErrorBurst int    // ICMP errors sent at once; 0: 50

	ReassemblyMemory int // octets kept of packets of which not all fragments have come; 0: DefaultReassemblyMemory
	ReassemblyHoles  int // gaps between the fragments of one packet; 0: DefaultReassemblyHoles

	SourceRoutes bool // follow the routes that packets choose themselves, which netlab otherwise refuses (IPv4)
	ReversePath  bool // discard packets that arrive where no route leads back to their source ("strict" RPF)

	NoPathMTU    bool // no path MTU discovery: no packet of IPv4 forbids that routers cut it up, and what ICMP says is ignored
	LeastPathMTU int  // octets: what ICMP makes of the path MTU in IPv4 at the least; 0: DefaultLeastPathMTU
	Paths        int  // destinations whose path MTU is remembered; 0: DefaultPaths
}

// Node is the network layer of one host or router. Packets that arrived go in through Receive, packets to
// send through Send; what is to go out on the links comes out of Next, which is to be called until it has no
// more after each of them.
type Node struct {
	cfg        Config
	trace      *trace.Tracer
	interfaces []attachment
	table      Table
	out        queue
	errors     limit
	fragments  reassembly
	paths      paths
	groups     map[membership]int
	nat        *nat // nil: no translation
	counters   Counters
	nextID     uint32
	turn       uint32 // of packets between routes that are equally good
	loopback   int    // index of the loopback interface, counted from 1; 0: there is none
	message    []byte // room for an ICMP message that is being built
}

// New returns a node without interfaces.
func New(cfg Config, t *trace.Tracer) *Node {
	cfg = cfg.withDefaults()
	return &Node{cfg: cfg, trace: t, nextID: uint32(cfg.ID), errors: limit{interval: time.Second / time.Duration(cfg.ErrorRate), burst: cfg.ErrorBurst}}
}

// withDefaults fills in what is left open.
func (cfg Config) withDefaults() Config {
	cfg.TTL = cmp.Or(cfg.TTL, 64)
	cfg.ErrorRate = cmp.Or(cfg.ErrorRate, 1000)
	cfg.ErrorBurst = cmp.Or(cfg.ErrorBurst, 50)
	cfg.ReassemblyMemory = cmp.Or(cfg.ReassemblyMemory, DefaultReassemblyMemory)
	cfg.ReassemblyHoles = cmp.Or(cfg.ReassemblyHoles, DefaultReassemblyHoles)
	cfg.LeastPathMTU = cmp.Or(cfg.LeastPathMTU, DefaultLeastPathMTU)
	cfg.Paths = cmp.Or(cfg.Paths, DefaultPaths)
	return cfg
}

// AddInterface adds an interface and the routes to its networks, and returns its index.
func (n *Node) AddInterface(i Interface) int {
	index := len(n.interfaces)
	n.interfaces = append(n.interfaces, attachment{name: i.Name, mtu: i.MTU, shared: i.Shared, loopback: i.Loopback})
	if i.Loopback {
		n.loopback = index + 1
	}
	for _, p := range i.Prefixes {
		n.AddAddress(index, p)
	}
	return index
}

// AddRoute adds a route, or replaces the one to the same network through the same neighbour. It reports false if there are
// MaxPaths to that network already.
func (n *Node) AddRoute(r Route) bool { return n.table.Add(r) }

// RemoveRoute removes the route to a network through a neighbour, and reports whether there was one.
func (n *Node) RemoveRoute(r Route) bool { return n.table.Remove(r) }

// Routes returns the routes in the order of their networks, those to one network with the best first. Nothing may change
// them meanwhile.
func (n *Node) Routes() iter.Seq[Route] { return n.table.All() }

// Route returns the way to dst. To the host itself it is the loopback interface, if there is one.
func (n *Node) Route(dst netip.Addr) (Route, bool) {
	if n.loopback > 0 && (dst.IsLoopback() || n.own(dst)) {
		return Route{Prefix: netip.PrefixFrom(dst, dst.BitLen()), Interface: n.loopback - 1}, true
	}
	return n.table.Lookup(dst)
}

// Source returns the address to speak to dst from: one of the interface which leads there
// (RFC 1122, Section 3.3.4.3; RFC 6724, Section 5).
func (n *Node) Source(dst netip.Addr) (netip.Addr, bool) {
	r, ok := n.Route(dst)
	if !ok {
		return netip.Addr{}, false
	}
	if n.own(dst) {
		return dst, true // RFC 6724, Section 5, Rule 1: Prefer same address.
	}
	src := n.interfaces[r.Interface].source(dst)
	return src, src.IsValid()
}

// Counters returns what became of the packets so far.
func (n *Node) Counters() Counters { return n.counters }

// Next returns the next packet to hand to a link.
func (n *Node) Next() (Output, bool) { return n.out.next() }

// Delivery is a packet for this host.
type Delivery struct {
	Header    Header
	Payload   []byte // part of Packet
	Packet    []byte // all of it; what an ICMP error would quote
	Interface int    // on which it arrived
	Cause     trace.ID
	Identity  trace.ID
}

// Receive takes a packet that arrived on an interface; cause is the event of its arrival and identity names the
// packet, for events about it. ok means that it is for a layer above: TCP, UDP, another transport, an ICMP echo
// reply or an ICMP error about a packet of ours. Otherwise it was forwarded, answered or discarded. The
// delivery is valid until the packet's octets change, or that of a reassembled packet until the next Receive.
//
// The order is that of RFC 1812, Section 5.2.1.1: validate the header, decide whom the packet is for; whoever takes
// it on looks at its options.
func (n *Node) Receive(now time.Time, iface int, packet []byte, cause, identity trace.ID) (d Delivery, ok bool) {
	n.counters.Received++
	d = Delivery{Packet: packet, Interface: iface, Cause: cause, Identity: identity}
	var err error
	if d.Payload, err = d.Header.parse(packet); err != nil {
		d.Header = Header{}
		n.discardMalformed(now, &d, err)
		return Delivery{}, false
	}
	d.Packet = packet[:d.Header.TotalLength] // what follows is the link's padding
	if n.forged(&d) && !n.seeksAddress(&d.Header) {
		n.discard(now, &d, &n.counters.BadSource, "discards a packet whose source is no address of a single other host", wire.RFC("1122", "3.2.1.3"))
		return Delivery{}, false
	}
	if n.cfg.ReversePath && !n.leadsBack(&d) {
		n.discard(now, &d, &n.counters.ReversePath, "discards a packet whose source is not reached where it came from: it may be forged", wire.RFC("1812", "5.3.8"))
		return Delivery{}, false
	}
	fromLink := !n.interfaces[iface].loopback
	switch {
	case fromLink && badDestination(d.Header.Dst):
		n.discard(now, &d, &n.counters.BadDestination, "discards a packet for an address that no packet on a link is for", wire.RFC("4291", "2.5.3"))
	case fromLink && d.Header.Dst.IsLoopback():
		// "Addresses of this form MUST NOT appear outside a host." (RFC 1122, Section 3.2.1.3, case g)
		n.discard(now, &d, &n.counters.BadDestination, "discards a packet for a loopback address, which no packet on a link is for", wire.RFC("1122", "3.2.1.3"))
	case n.own(d.Header.Dst) || !fromLink && d.Header.Dst.IsLoopback():
		if n.nat != nil && fromLink && n.translateIn(now, &d) {
			return Delivery{}, false
		}
		ok = n.deliver(now, &d)
	case d.Header.Dst.IsMulticast() && n.Member(iface, d.Header.Dst):
		ok = n.deliverToMany(now, &d)
	case d.Header.Dst.IsMulticast():
		n.discard(now, &d, &n.counters.Broadcast, "discards a packet for a multicast group that it is no member of", wire.RFC("1122", "3.3.7"))
	case n.broadcast(d.Header.Dst):
		ok = n.deliverToMany(now, &d)
	case n.cfg.Forward:
		n.forward(now, &d)
	default:
		// "A host MUST silently discard an incoming datagram that is not destined for the host."
		n.discard(now, &d, &n.counters.NotOurs, "discards a packet that is for another host", wire.RFC("1122", "3.2.1.3"))
	}
	if !ok {
		return Delivery{}, false
	}
	return d, true
}

// deliver takes a packet whose destination is an address of this host, and reports whether it is for a layer above.
func (n *Node) deliver(now time.Time, d *Delivery) bool {
	if len(d.Header.Options) > 0 && !n.acceptOptions(now, d) {
		return false
	}
	if n.cfg.SourceRoutes && len(d.Header.Options) > 0 && n.followSourceRoute(now, d) {
		return false
	}
	if d.Header.extended() && !n.acceptExtensions(now, d) {
		return false
	}
	if d.Header.IsFragment() {
		if !n.reassemble(now, d) || d.Header.extended() && !n.acceptExtensions(now, d) {
			return false
		}
	}
	if (d.Header.Protocol == ICMP && d.Header.Dst.Is4() || d.Header.Protocol == ICMPv6 && d.Header.Dst.Is6()) && !n.receiveICMP(now, d) {
		return false
	}
	n.counters.Delivered++
	return true
}

// acceptOptions checks the options of a packet and reports whether it goes on. A router answers a malformed
// option with a Parameter Problem that points at it (RFC 1812, Section 4.3.3.5).
func (n *Node) acceptOptions(now time.Time, d *Delivery) bool {
	pointer, sourceRoute, err := checkOptions(d.Header.Options)
	switch {
	case err != nil:
		id := n.discard(now, d, &n.counters.BadOption, "discards a packet with a malformed option", wire.RFC("1812", "4.2.2.1"))
		var why trace.Reason
		if n.trace.On() {
			why = trace.Reason{Cause: id, Say: "tells the sender that octet %d of the packet's header makes no sense", Args: [4]int64{int64(pointer)}, Ref: wire.RFC("1812", "4.3.3.5")}
		}
		n.sendError(now, d, Message{Type: ParameterProblem, Rest: uint32(pointer) << 24}, why)
		return false
	case sourceRoute && !n.cfg.SourceRoutes:
		// RFC 7126, Section 4.3.5: the "default setting for this knob SHOULD be "drop""; Section 4.4.5 says the same of
		// strict source routes.
		n.discard(now, d, &n.counters.SourceRoute, "discards a packet that wants to choose its own way (source route)", wire.RFC("7126", "4.3.5"))
		return false
	}
	return true
}

// discardMalformed counts a packet that is none. "If the packet fails any of the following tests, it MUST be
// silently discarded, and the error SHOULD be logged." (RFC 1812, Section 5.2.2)
func (n *Node) discardMalformed(now time.Time, d *Delivery, err error) {
	ref := wire.RFC("1812", "5.2.2")
	switch err {
	case ErrTruncated:
		n.discard(now, d, &n.counters.Truncated, "discards a packet that is cut short", ref)
	case ErrVersion:
		n.discard(now, d, &n.counters.Version, "discards a packet of another version of IP", ref)
	case ErrChecksum:
		n.discard(now, d, &n.counters.Checksum, "discards a packet whose header checksum is wrong", ref)
	default:
		n.discard(now, d, &n.counters.Malformed, "discards a packet whose header contradicts itself", ref)
	}
}

// discard counts a packet that is thrown away and tells of it.
func (n *Node) discard(now time.Time, d *Delivery, counter *uint64, say string, ref wire.Ref) trace.ID {
	*counter++
	return n.tell(now, d, say, ref)
}

// tell tells of a packet that is thrown away.
func (n *Node) tell(now time.Time, d *Delivery, say string, ref wire.Ref) trace.ID {
	if !n.trace.On() {
		return 0
	}
	return n.trace.Emit(trace.Event{At: now, Kind: trace.Discarded, Cause: d.Cause, Packet: d.Identity, Say: say, Ref: ref, Octets: d.Packet})
}
