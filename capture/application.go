package capture

import (
	"encoding/binary"
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/http"
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

// webSocketPorts are where WebSocket frames are looked for: the ports of HTTP.
func webSocketPorts() []uint16 { return []uint16{80, 8080} }

// dissectWebSocket returns the frames in the data of a segment, which begins at octet at; nil if it is anything but whole frames. That the connection was upgraded, an
// earlier packet said; in this one, frames are known by filling it exactly.
func dissectWebSocket(h *header, data []byte, at int) []wire.Node {
	for _, port := range webSocketPorts() {
		if usesPort(h, port) {
			return http.DissectWebSocket(data, 8*at)
		}
	}
	return nil
}

// webSocketWords says what the frames in a segment are.
func webSocketWords(seg *tcp.Segment) (string, bool) {
	if !slices.Contains(webSocketPorts(), seg.SrcPort) && !slices.Contains(webSocketPorts(), seg.DstPort) {
		return "", false
	}
	words, ok := http.WebSocketSummary(seg.Payload)
	return oneLine(words), ok
}

// dnsStreamWords says what the first message in a segment is.
func dnsStreamWords(seg *tcp.Segment) (string, bool) {
	if seg.SrcPort != dns.Port && seg.DstPort != dns.Port || !dns.BeginsStream(seg.Payload) {
		return "", false
	}
	message, ok := dns.Summary(seg.Payload[2:])
	return oneLine(message), ok
}
