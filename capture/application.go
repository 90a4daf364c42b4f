package capture

import (
	"encoding/binary"
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/rip"
	"netlab/tcp"
	"netlab/wire"
)

// Protocols that are known by their port. HTTP is known by how its messages begin.

// usesPort reports whether a segment or datagram goes to or comes from a port.
func usesPort(h *header, port uint16) bool {
	return len(h.payload) >= 4 && slices.Contains([]uint16{binary.BigEndian.Uint16(h.payload), binary.BigEndian.Uint16(h.payload[2:])}, port)
}

// dissectDatagram returns the layer in the data of a datagram, which begins at octet at. false: nobody takes it apart.
func dissectDatagram(h *header, data []byte, at int) (wire.Node, bool) {
	switch {
	case len(data) == 0:
		return wire.Node{}, false
	case usesPort(h, dns.Port):
		return dns.Dissect(data, 8*at), true
	case usesPort(h, dhcp.ServerPort) || usesPort(h, dhcp.ClientPort):
		return dhcp.Dissect(data, 8*at), true
	case usesPort(h, rip.Port):
		return rip.Dissect(data, 8*at), true
	}
	return wire.Node{}, false
}

// datagramWords says what the data of a datagram is.
func datagramWords(h *header, data []byte) (proto, what string, ok bool) {
	if usesPort(h, dns.Port) {
		if what, ok := dns.Summary(data); ok {
			return "DNS", oneLine(what), true
		}
	}
	if usesPort(h, dhcp.ServerPort) || usesPort(h, dhcp.ClientPort) {
		if what, ok := dhcp.Summary(data); ok {
			return "DHCP", oneLine(what), true
		}
	}
	if usesPort(h, rip.Port) {
		if what, ok := rip.Summary(data); ok {
			return "RIP", what, true
		}
	}
	return "", "", false
}

// dissectDNSStream returns the messages in the data of a segment, which begins at octet at; nil if none begins there.
func dissectDNSStream(h *header, data []byte, at int) []wire.Node {
	if usesPort(h, dns.Port) && dns.BeginsStream(data) {
		return dns.DissectStream(data, 8*at)
	}
	return nil
}

// dnsStreamWords says what the first message in a segment is.
func dnsStreamWords(seg *tcp.Segment) (string, bool) {
	if seg.SrcPort != dns.Port && seg.DstPort != dns.Port || !dns.BeginsStream(seg.Payload) {
		return "", false
	}
	message, ok := dns.Summary(seg.Payload[2:])
	return oneLine(message), ok
}
