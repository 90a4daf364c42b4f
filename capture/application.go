package capture

import (
	"encoding/binary"
	"slices"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/http"
	"netlab/http2"
	"netlab/quic"
	"netlab/rip"
	"netlab/tcp"
	"netlab/tls"
)

// Protocols that are known by their port. HTTP is known by how its messages begin.

// usesPort reports whether a segment or datagram goes to or comes from a port.
func usesPort(h *header, port uint16) bool {
	return len(h.payload) >= 4 && slices.Contains([]uint16{binary.BigEndian.Uint16(h.payload), binary.BigEndian.Uint16(h.payload[2:])}, port)
}

// application is what the data of a segment or datagram is; the text is the layer of its fields.
type application string

const (
	noApplication        application = ""
	httpApplication      application = "http"
	http2Application     application = "http2"
	webSocketApplication application = "websocket"
	tlsApplication       application = "tls"
	dnsApplication       application = "dns"
	dhcpApplication      application = "dhcp"
	ripApplication       application = "rip"
	quicApplication      application = "quic"
)

// portsOf returns from which port a segment or datagram comes, and to which it goes; zeros if it is cut short.
func portsOf(segment []byte) [2]uint16 {
	if len(segment) < 4 {
		return [2]uint16{}
	}
	return [2]uint16{binary.BigEndian.Uint16(segment), binary.BigEndian.Uint16(segment[2:])}
}

// streamApplication tells by its data, and for some by its ports, what a segment carries.
func streamApplication(ports [2]uint16, data []byte) application {
	uses := func(port uint16) bool { return ports[0] == port || ports[1] == port }
	switch {
	case len(data) == 0:
	case http2.Begins(data): // the beginning of a client's connection, or whole frames
		return http2Application
	case http.Begins(data):
		return httpApplication
	case uses(dns.Port) && dns.BeginsStream(data):
		return dnsApplication
	case slices.ContainsFunc(webSocketPorts(), uses) && http.IsWebSocket(data):
		// That the connection was upgraded, an earlier packet said; in this one, frames are known by filling it exactly.
		return webSocketApplication
	case tls.Begins(data) || uses(tlsPort): // records are known by how they begin; pieces of one only by the port
		return tlsApplication
	}
	return noApplication
}

// usesNames reports whether a datagram is of DNS, of multicast DNS or of LLMNR, which have its format.
func usesNames(h *header) bool {
	return usesPort(h, dns.Port) || usesPort(h, dns.MulticastPort) || usesPort(h, dns.LLMNRPort)
}

// datagramApplication tells by its ports what a datagram carries.
func datagramApplication(h *header, data []byte) application {
	switch {
	case len(data) == 0:
	case usesNames(h):
		return dnsApplication
	case usesPort(h, dhcp.ServerPort) || usesPort(h, dhcp.ClientPort):
		return dhcpApplication
	case usesPort(h, rip.Port):
		return ripApplication
	case quic.Begins(data) || usesPort(h, quic.Port) && quic.BeginsShort(data): // that the keys were agreed on, an earlier datagram said
		return quicApplication
	}
	return noApplication
}

// datagramWords says what the data of a datagram is.
func datagramWords(h *header, data []byte) (proto, what string, ok bool) {
	if usesNames(h) {
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
	if datagramApplication(h, data) == quicApplication {
		return "QUIC", oneLine(quic.Summary(data)), true
	}
	return "", "", false
}

// webSocketPorts are where WebSocket frames are looked for: the ports of HTTP.
func webSocketPorts() []uint16 { return []uint16{80, 8080} }

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
