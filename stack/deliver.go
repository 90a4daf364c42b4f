package stack

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"time"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
	"netlab/wire"
)

// arrival is a segment for this host on its way from the network layer to its connection.
type arrival struct {
	conn     *Conn // nil: there was none
	src, dst netip.Addr
	octets   []byte
	cause    trace.ID   // the event of its arrival
	packet   trace.ID   // the packet's identity
	ecn      uint8      // the ECN field of its IP header
	unsummed bool       // its checksum is not there: it has not left this machine
	icmp     *ICMPError // if it is not a segment but an error about one, quoted in octets; else nil
	reopens  bool       // it is a SYN that has ended a connection in TIME-WAIT and opens another
	least    tcp.Seq    // reopens: the first sequence number that the other may use
}

// Deliver hands the host packets that arrived on an interface. Their octets are not kept. Batches of
// one interface are worked on one after the other, those of several interfaces at the same time.
func (h *Host) Deliver(index int, packets []link.Packet) {
	now := h.runtime.Now()
	h.mu.Lock()
	i := h.ifaces[index]
	h.mu.Unlock()
	i.in.Lock()
	defer i.in.Unlock()

	// When traced, each packet is worked on to its end before the next one, so that the events that
	// follow from it stand behind its arrival.
	size := batchPackets
	if h.trace.On() {
		size = 1
	}
	for len(packets) > 0 {
		n := min(size, len(packets))
		h.receivePackets(now, i, packets[:n])
		h.receiveSegments(now, i.arrivals)
		clear(i.arrivals)
		packets = packets[n:]
	}
}

// receivePackets passes packets to the network layer. Segments for this host are collected in
// i.arrivals together with their connection; everything else is dealt with here.
func (h *Host) receivePackets(now time.Time, i *iface, packets []link.Packet) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i.arrivals = i.arrivals[:0]
	if h.closed {
		return
	}
	var key connKey // of the connection found last: the next segment is often for it too
	var conn *Conn
	for p := range packets {
		packet := &packets[p]
		if i.ether != nil && !i.ether.takes(now, packet) {
			continue
		}
		cause := h.received(now, i, packet)
		identity := packet.Packet
		if identity == 0 {
			identity = cause // from outside: it is named by its arrival
		}
		octets := packet.Octets
		if i.ether != nil {
			carried, ok := i.ether.receive(now, packet.Octets, cause, identity)
			if !ok {
				continue
			}
			octets = carried
		}
		d, ok := h.node.Receive(now, i.index, octets, cause, identity)
		if ok && d.Header.Protocol == ip.TCP {
			if &d.Packet[0] != &octets[0] {
				d.Payload = bytes.Clone(d.Payload) // put together from fragments: valid only until the next Receive
			}
			a := arrival{src: d.Header.Src, dst: d.Header.Dst, octets: d.Payload, cause: cause, packet: identity, ecn: d.Header.TOS & tcp.CE, unsummed: packet.Offload.Unsummed}
			if len(a.octets) >= 4 {
				if k := a.key(); conn == nil || k != key {
					key, conn = k, h.conns[k]
				}
				a.conn = conn
			}
			if conn == nil && h.node.ToMany(d.Header.Dst) {
				// "A TCP implementation MUST silently discard an incoming SYN segment that is addressed to a broadcast or multicast
				// address (MUST-57)" (RFC 9293, Section 3.9.2.3), and nothing else so addressed can belong to a connection.
				h.discards.stray.Add(1)
				h.discarded(now, cause, identity, "discards a segment that is addressed to many: a connection has two ends", wire.RFC("9293", "3.9.2.3"))
				continue
			}
			i.arrivals = append(i.arrivals, a)
			continue
		}
		if ok {
			h.receiveOther(now, i, &d)
		}
		h.collect(now, identity)
	}
	h.sendCollected()
	h.armNode()
}

// key is the four-tuple of the segment, of which at least the ports are there.
func (a *arrival) key() connKey {
	return connKey{
		local: a.dst.As16(), localPort: binary.BigEndian.Uint16(a.octets[2:]),
		remote: a.src.As16(), remotePort: binary.BigEndian.Uint16(a.octets),
	}
}

// stretchACK is how many segments of a connection, taken from the link at once, are still acknowledged as they come, every
// second one. A longer run gets one acknowledgment at its end: at that speed nobody waits for them, and each costs as much
// as a segment ("stretch ACK", RFC 5681, Section 4.2; receivers behind a network card that coalesces do the same).
const stretchACK = 16

// short reports whether the arrivals at the start of the list that are for the same connection are no more than that. A segment
// that stands for several (link.Offload) counts as so many.
func short(arrivals []arrival) bool {
	n := 0
	for i := 0; i < len(arrivals) && arrivals[i].conn == arrivals[0].conn && n <= stretchACK; i++ {
		n += 1 + len(arrivals[i].octets)/offloadedSegment
	}
	return n <= stretchACK
}

// offloadedSegment is about how long each of the segments is that one of them stands for.
const offloadedSegment = 1536

// receiveSegments passes segments to their connections. A connection stays locked over segments that
// follow each other, and sends what there is to send after the last.
func (h *Host) receiveSegments(now time.Time, arrivals []arrival) {
	var seg tcp.Segment
	for len(arrivals) > 0 {
		c := arrivals[0].conn
		if c == nil {
			if arrivals[0].icmp == nil && h.parse(now, &arrivals[0], &seg) {
				h.receiveStray(now, &arrivals[0], &seg)
			}
			arrivals = arrivals[1:]
			continue
		}
		c.mu.Lock()
		acked := c.acked()
		n, few := 0, short(arrivals)
		for ; n < len(arrivals) && arrivals[n].conn == c && c.core.State() != tcp.Closed; n++ {
			if h.receiveOne(now, c, &arrivals[n], &seg); c.core.State() == tcp.Closed && arrivals[n].reopens {
				break // the SYN is for the listener
			}
			if c.core.OwesDuplicateACK() || few && c.core.OwesACK() {
				c.flush(now)
			}
		}
		c.settle(now)
		if c.acked() != acked {
			c.iface.ether.confirm(now, c.nextHop) // "forward progress" (RFC 4861, Section 7.3.1)
		}
		c.mu.Unlock()
		if n == 0 { // closed in the meantime
			arrivals[0].conn = nil
		}
		arrivals = arrivals[n:]
	}
}

// acked returns what the peer has acknowledged, if that is news for the interface; c.mu is held.
func (c *Conn) acked() tcp.Seq {
	if c.iface.ether == nil {
		return 0
	}
	return c.core.Snapshot().SndUna
}

// receiveOne passes one segment, or an error about one, to a connection. seg is room for it.
// c.mu is held.
func (h *Host) receiveOne(now time.Time, c *Conn, a *arrival, seg *tcp.Segment) {
	if a.icmp != nil {
		if len(a.octets) >= 8 {
			c.core.Cause(a.cause)
			h.receiveError(now, c, a)
		}
		return
	}
	if !h.parse(now, a, seg) {
		return
	}
	if c.core.Reopens(seg) && h.listens(netip.AddrPortFrom(a.dst, seg.DstPort)) {
		a.reopens, a.least = true, c.core.Reopen(now, seg.Cause)
		return
	}
	c.note(now, false, a.octets, nil, trace.Reason{})
	c.core.Receive(now, seg)
}

// receiveError passes an ICMP error to the connection whose segment it quotes. c.mu is held.
func (h *Host) receiveError(now time.Time, c *Conn, a *arrival) {
	seq := tcp.Seq(binary.BigEndian.Uint32(a.octets[4:]))
	if a.icmp.Local {
		c.core.NoNeighbor(now, seq, a.icmp)
		return
	}
	if a.icmp.Meaning() != PacketTooBig {
		c.core.Unreachable(now, seq, a.icmp, a.icmp.hard())
		return
	}
	c.core.TooBig(now, seq, a.icmp.MTU-headerLen(c.Flow().Remote.Addr()))
}

// listens reports whether somebody listens on a port.
func (h *Host) listens(local netip.AddrPort) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.listenerFor(local) != nil
}

// parse checks and reads a segment. A malformed one is counted and told of.
func (h *Host) parse(now time.Time, a *arrival, seg *tcp.Segment) bool {
	if !a.unsummed && !tcp.Verify(a.src, a.dst, a.octets) {
		h.discards.checksum.Add(1)
		h.discarded(now, a.cause, a.packet, "discards a segment whose checksum is wrong", wire.RFC("9293", "3.1"))
		return false
	}
	if err := seg.Parse(a.octets); err != nil {
		h.discards.malformed.Add(1)
		h.discarded(now, a.cause, a.packet, "discards a segment whose header is malformed", wire.RFC("9293", "3.1"))
		return false
	}
	seg.Cause, seg.ECN = a.cause, a.ecn
	if seg.Options.Illegal || seg.Options.Odd {
		h.discards.option.Add(1)
		say := "ignores an option of the segment that has not the length of its kind"
		if seg.Options.Illegal {
			say = "ignores an option of the segment whose length cannot be, and what follows it"
		}
		if h.trace.On() {
			h.trace.Emit(trace.Event{At: now, Kind: trace.Note, Cause: a.cause, Packet: a.packet, Ref: wire.RFC("9293", "3.1"), Say: say})
		}
	}
	return true
}
