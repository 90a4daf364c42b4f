package sim

import (
	"net/netip"
	"slices"
	"strings"

	"netlab/link"
	"netlab/stack"
	"netlab/trace"
	"netlab/wire"
)

// simLink is a link of a network: two directions that know nothing of each other.
type simLink struct {
	spec LinkSpec
	ways [2]direction // from A to B, from B to A
}

// direction is one direction of a link.
type direction struct {
	network    *Network
	name       string              // "r1>r2"
	arrive     func([]link.Packet) // takes what has crossed the link
	frames     bool                // it carries Ethernet frames
	impairment *link.Impairment
	sent, lost uint64
}

// delivery is a packet on its way over a link. Deliveries are used again.
type delivery struct {
	timer
	way    *direction
	packet [1]link.Packet
	octets []byte // what packet's octets lie in
	next   *delivery
}

// newLink connects two hosts. The luck of each direction has a seed of its own.
func (n *Network) newLink(spec LinkSpec) *simLink {
	l := &simLink{spec: spec}
	ends := [2]string{spec.A, spec.B}
	faults := [2]link.Faults{spec.Up, spec.Down}
	for i := range l.ways {
		name := ends[i] + ">" + ends[1-i]
		l.ways[i] = direction{
			network: n, name: name, frames: spec.Ethernet,
			impairment: link.NewImpairment(faults[i], mix(n.seed, "link", name)),
		}
	}
	for i, name := range ends {
		l.ways[1-i].arrive = n.plug(name, spec, &l.ways[i])
	}
	return l
}

// plug connects the end of a link to a host, a switch or the outside, and returns what takes the packets that arrive there.
func (n *Network) plug(name string, spec LinkSpec, out *direction) func([]link.Packet) {
	if s := n.switches[name]; s != nil {
		return s.plug(spec.Name(), out)
	}
	if r := n.recorders[name]; r != nil {
		return r.plug(spec.Name(), out)
	}
	at := slices.IndexFunc(n.topology.Hosts, func(h HostSpec) bool { return h.Name == name })
	if n.topology.Hosts[at].Role == Outside {
		g := &gate{network: n, name: name, link: spec.Name(), in: out, clashes: map[netip.Addr]bool{}}
		n.gates[name] = g
		return g.leave
	}
	interfaces, host := n.topology.Hosts[at].Interfaces, n.hosts[at]
	i := slices.IndexFunc(interfaces, func(f InterfaceSpec) bool { return f.Link == spec.Name() })
	var index int
	if spec.Ethernet {
		index = host.AddEthernet(spec.Name(), stack.Ethernet{MAC: n.macOf(at, i)}, interfaces[i].Addrs, spec.MTU, out.send)
	} else {
		index = host.AddInterface(spec.Name(), interfaces[i].Addrs, spec.MTU, out.send)
	}
	return func(packets []link.Packet) { host.Deliver(index, packets) }
}

// send puts packets on the link. The host that calls it may hold locks: nothing is delivered before it
// has returned.
func (d *direction) send(packets []link.Packet) {
	if d.network.closed {
		return
	}
	for i := range packets {
		d.offer(&packets[i])
	}
}

// offer lets the faults decide what becomes of a packet.
func (d *direction) offer(p *link.Packet) {
	d.sent++
	now := d.network.sched.Now()
	if d.network.dropped(d, p.Octets) {
		d.impairment.DropNext(1, nil)
	}
	v := d.impairment.Offer(now, p.Octets)
	if v.Copies == 0 {
		d.lost++
		d.tell(trace.Lost, p, p.Cause, nil, literal(v.Lost))
		return
	}
	cause := p.Cause
	if v.Reordered {
		cause = d.tell(trace.Reordered, p, cause, nil, "later packets overtake it")
	}
	for i := range v.Copies {
		c := d.network.newDelivery()
		c.way = d
		c.octets = append(c.octets[:0], p.Octets...)
		if i == 1 {
			cause = d.tell(trace.Duplicated, p, p.Cause, nil, "a second copy is on its way")
		}
		c.packet[0] = link.Packet{Octets: c.octets, Packet: p.Packet, Cause: cause}
		if bit := v.Corrupt[i]; bit >= 0 {
			c.octets[bit/8] ^= 0x80 >> (bit % 8)
			c.packet[0].Cause = d.tell(trace.Corrupted, p, cause, c.octets, "bit %d of octet %d is flipped", int64(bit%8), int64(bit/8))
		}
		d.network.sched.set(&c.timer, v.At[i])
	}
}

// tell stores an event about a packet on the link. Its kind says what the link does, say only why or how.
// octets is the packet if it was changed. "The internet protocol does not provide a reliable communication facility",
// RFC 791, Section 1.4.
func (d *direction) tell(kind trace.Kind, p *link.Packet, cause trace.ID, octets []byte, say string, args ...int64) trace.ID {
	e := trace.Event{At: d.network.sched.Now(), Kind: kind, Link: d.name, Packet: p.Packet, Cause: cause, Octets: octets, Frame: d.frames && octets != nil, Say: say, Ref: wire.RFC("791", "1.4")}
	copy(e.Args[:], args)
	return d.network.emit(e)
}

// literal returns text as it is written in Event.Say, where a percent sign starts a verb.
func literal(text string) string { return strings.ReplaceAll(text, "%", "%%") }

func (n *Network) newDelivery() *delivery {
	c := n.free
	if c == nil {
		c = &delivery{}
		c.fire = c.arrive
		return c
	}
	n.free = c.next
	return c
}

// arrive hands the packet to the host at the other end.
func (c *delivery) arrive() {
	n := c.way.network
	c.way.arrive(c.packet[:])
	c.next, n.free = n.free, c
}
