package capture

import (
	"encoding/binary"
	"slices"

	"netlab/ether"
	"netlab/flow"
	"netlab/ip"
	"netlab/tls"
)

// parsed is what a packet tells by itself, whatever came before it: its headers, and what its checksum is worth. So several packets can be
// parsed at the same time.
type parsed struct {
	// What is looked at of every packet in the order of the file lies together, because it comes from another core.
	row       row      // of an index, as far as it does not depend on other packets
	readable  bool     // its header could be read, as far as header tells:
	segmented bool     // it holds a TCP segment:
	sound     bool     // in a header with which nothing is wrong
	sum       sumState // of its segment or datagram, whether or not that is one
	begins    message  // in its segment
	commented bool
	segment   flow.Segment // without Packet and At
	words     string       // of the HTTP message that begins
	found     []flow.Finding

	RawPacket
	link   ether.Type // what its link header says comes next; 0: it has none that can be read
	at     int        // octet at which its IP packet begins, or its ARP message
	plain  bool       // that lies right behind a link header that netlab reads itself
	ip     []byte     // the IP packet, of a tunnel the innermost one; nil: there is none
	tunnel []byte     // the outermost one; nil: there is no other
	header header
}

// message is what begins in a segment.
type message uint8

const (
	noMessage message = iota
	tlsRecord
	httpMessage
	namesMessage // or a piece of one: the port says so
)

// parse reads the packet in RawPacket.
func (p *parsed) parse() {
	p.ip, p.tunnel, p.link, p.at, p.plain = nil, nil, 0, 0, false
	p.readable, p.segmented, p.sound, p.sum, p.begins, p.words = false, false, false, sumUnknown, noMessage, ""
	p.commented = len(p.options) > 0
	if p.below(); p.ip != nil {
		if inner, at := innermost(p.ip); at > 0 {
			p.ip, p.tunnel, p.at, p.plain = inner, p.ip, p.at+at, false
		}
		if p.readable = p.header.read(p.ip); p.readable && p.header.offset == 0 {
			p.transport()
		}
	}
	p.row.of(p)
}

// below reads what is below IP.
func (p *parsed) below() {
	b := p.Data
	if p.LinkType == Ether && len(b) >= ether.HeaderLen {
		if next := ether.Type(binary.BigEndian.Uint16(b[12:])); isIP(next) {
			p.link, p.at, p.ip = next, ether.HeaderLen, b[ether.HeaderLen:]
			p.plain = ipVersion(p.ip) == next
			return
		}
	}
	var ok bool
	if p.link, p.at, ok = linkPayload(p.LinkType, b); !ok {
		p.link = 0
		return
	}
	p.plain = slices.Contains(plainLinks(), p.LinkType)
	switch {
	case isIP(p.link):
		p.ip = b[p.at:]
		p.plain = p.plain && ipVersion(p.ip) == p.link
	case p.link != ether.TypeARP:
		var at int
		_, p.ip, at = foreignLayers(p.link, b[p.at:])
		p.at, p.plain = p.at+at, false
	}
}

func isIP(t ether.Type) bool { return t == ether.TypeIPv4 || t == ether.TypeIPv6 }

// transport reads what the IP packet carries.
func (p *parsed) transport() {
	h := &p.header
	p.segmented = h.protocol == ip.TCP && p.segment.Read(h.src, h.dst, h.payload, len(h.payload)+h.cut)
	p.sum = h.transportSum()
	p.sound = p.segmented && h.problem == ""
	if p.segmented && len(p.segment.Payload) > 0 {
		p.content(p.segment.Payload)
	}
}

// content finds out what begins in a segment.
func (p *parsed) content(b []byte) {
	switch {
	case usesPort(&p.header, namesPort):
		p.begins = namesMessage
	case tls.Begins(b):
		p.begins = tlsRecord
	case b[0] >= 'A' && b[0] <= 'Z':
		var ok bool
		if p.words, ok = messageOf(b); ok {
			p.begins = httpMessage
		}
	}
}

// transportSum checks the checksum of the segment or datagram that a packet carries whole.
func (h *header) transportSum() sumState {
	if h.cut > 0 || h.more || h.offset > 0 {
		return sumUnknown
	}
	switch h.protocol {
	case ip.TCP:
		return checkTransport(h.src, h.dst, ip.TCP, h.payload, 16)
	case ip.UDP:
		if len(h.payload) < 8 {
			return sumUnknown
		}
		if length := int(binary.BigEndian.Uint16(h.payload[4:])); length >= 8 && length <= len(h.payload) {
			return checkTransport(h.src, h.dst, ip.UDP, h.payload[:length], 6)
		}
	}
	return sumUnknown
}
