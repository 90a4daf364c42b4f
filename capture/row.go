package capture

import (
	"encoding/binary"

	"netlab/ether"
	"netlab/flow"
	"netlab/ip"
	"netlab/tcp"
)

// row is what an index holds of a packet, in 40 octets.
type row struct {
	offset    int64  // of its first octet in the capture
	at        int64  // when it was captured, in nanoseconds since 1970
	captured  uint32 // octets
	length    uint32 // octets on the wire
	pair      int32  // index of the two ends it travels between; -1: it has none
	data      uint32 // octets of data in its segment, captured or not, or in its datagram as far as they were captured
	link      uint16 // link type
	transport uint16 // octet at which the header of TCP or UDP begins
	network   uint8  // octet at which the IP header begins; withinTunnel for one in a tunnel
	protocol  ip.Protocol
	flags     tcp.Flags
	kind      rowKind
}

// withinTunnel stands in place of where the IP header begins.
const withinTunnel = 0xff

type rowKind uint8

const (
	// regular: a link header, one IP header without extensions, TCP or UDP, all of them whole, no fragment. Of these a row tells
	// the truth about addresses, ports and flags; of others only a dissection does.
	regular rowKind = 1 << iota
	six             // regular, with IPv6
	reverse         // sent by the second end of its pair
	untimed         // the capture does not say when; at is that of the packet before
	again           // carries only what its sender had sent before
	late            // fills a gap that an earlier one had left
	odd             // a finding is about this packet
	bare            // an ARP message, or an ICMP echo or its reply, and nothing else
)

// of makes the row of a packet that is parsed, as far as it does not depend on other packets.
func (r *row) of(p *parsed) {
	*r = row{offset: p.Offset, at: p.At, captured: uint32(len(p.Data)), length: uint32(p.Length), link: uint16(p.LinkType), pair: -1}
	if p.Untimed {
		r.kind |= untimed
	}
	switch {
	case p.readable:
		r.headers(p)
	case p.link == ether.TypeARP && p.plain && p.at <= 0xff:
		r.kind, r.network = r.kind|bare, uint8(p.at)
	}
}

// headers takes what the row of an IP packet has of its headers.
func (r *row) headers(p *parsed) {
	h := &p.header
	r.protocol = h.protocol
	if p.tunnel != nil {
		r.network = withinTunnel
	}
	plain := p.plain
	switch {
	case p.segmented:
		r.flags, r.data = p.segment.Flags, uint32(len(p.segment.Payload))
		if h.cut > 0 && !h.more {
			r.data = uint32(p.segment.Len)
		}
	case h.hasPorts():
		r.data = uint32(max(0, min(int(binary.BigEndian.Uint16(h.payload[4:])), len(h.payload))-8))
		plain = plain && binary.BigEndian.Uint16(h.payload[4:]) >= 8 && foreignDatagram(h) == nil
	default:
		if plain && p.at <= 0xff && isEcho(h, p.ip) {
			r.kind, r.network = r.kind|bare, uint8(p.at)
		}
		return
	}
	if h.more || h.detour || h.problem != "" || h.len != fixedLen(p.ip) || p.at >= withinTunnel {
		return
	}
	if p.tunnel == nil {
		r.network = uint8(p.at)
	}
	r.transport = uint16(p.at + h.len)
	if plain {
		r.kind |= regular
		if h.dst.Is6() {
			r.kind |= six
		}
	}
}

// hasPorts reports whether a packet holds the header of a UDP datagram.
func (h *header) hasPorts() bool { return h.protocol == ip.UDP && h.offset == 0 && len(h.payload) >= 8 }

// isEcho reports whether an IP packet holds an ICMP echo or its reply, whole and without extension headers.
func isEcho(h *header, b []byte) bool {
	if h.offset > 0 || h.more || h.detour || h.problem != "" || h.len != fixedLen(b) || len(h.payload) < 8 {
		return false
	}
	switch t := h.payload[0]; h.protocol {
	case ip.ICMP:
		return h.dst.Is4() && (t == 8 || t == 0)
	case ip.ICMPv6:
		return h.dst.Is6() && (t == 128 || t == 129)
	}
	return false
}

// fixedLen is the length of an IP header without extension headers.
func fixedLen(b []byte) int {
	if b[0]>>4 == 6 {
		return fixedHeader6
	}
	return int(b[0]&15) * 4
}

// sorter completes the rows of packets: it finds out between whom they travel, and has a Finder look at them.
type sorter struct {
	pairs  *pairs
	finder *Finder
}

func newSorter() sorter { return sorter{pairs: newPairs(), finder: NewFinder()} }

// sort makes the row of the packet with a number. What it returns of findings is good until the next call.
func (s *sorter) sort(p *parsed, number int, r *row) []flow.Finding {
	found := s.finder.addParsed(p, number)
	*r = p.row
	if r.network == withinTunnel {
		s.pairs.findCarriers(p.tunnel)
	}
	switch {
	case !p.readable:
	case p.segmented:
		r.pair = s.pairs.ofSegment(p, &s.finder.packet, r)
	case p.header.hasPorts():
		r.pair = s.pairs.find(&p.header, binary.BigEndian.Uint16(p.header.payload), binary.BigEndian.Uint16(p.header.payload[2:]), true, r)
	default:
		r.pair = s.pairs.find(&p.header, 0, 0, false, r)
	}
	for i := range found {
		if found[i].Packet == number {
			r.tell(found[i].Kind)
		}
	}
	return found
}

// tell takes a finding about the packet.
func (r *row) tell(k flow.Kind) {
	switch {
	case k.Again(), k == flow.Duplicated:
		r.kind |= again
	case k == flow.OutOfOrder:
		r.kind |= late
	}
	if !k.Note() {
		r.kind |= odd
	}
}
