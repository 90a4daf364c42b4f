package capture

import (
	"encoding/binary"

	"netlab/ip"
)

// Tunnels carry IP packets in IP packets: right behind the header, or behind others, of which tunnelheader.go tells. What is said of such a packet, and the
// streams, are of the innermost one. The datagrams of a tunnel are a flow as well, and are numbered before what they carry, as in Wireshark.
const (
	ipv4InIP ip.Protocol = 4  // RFC 2003
	ipv6InIP ip.Protocol = 41 // RFC 4213
	gre      ip.Protocol = 47 // RFC 2784 and RFC 2890
	etherIP  ip.Protocol = 97 // RFC 3378

	mostTunnels = 8 // one in another
)

// innermost returns the IP packet in the tunnels that an IP packet is, and at which octet it begins; b and 0 if it is none.
func innermost(b []byte) (inner []byte, at int) {
	for range mostTunnels {
		next, n := inTunnel(b)
		if next == nil {
			break
		}
		b, at = next, at+n
	}
	return b, at
}

// inTunnel returns the IP packet that another carries, and at which octet it begins there; nil if it is no tunnel.
func inTunnel(b []byte) (inner []byte, at int) {
	var h header
	if !isTunnel(b) || !h.read(b) {
		return nil, 0
	}
	inner, at = h.tunnelled()
	return inner, h.len + at
}

// eachCarrier calls f with the header of each UDP datagram in which an IP packet carries another, the outermost first.
func eachCarrier(b []byte, f func(h *header)) {
	for range mostTunnels {
		next, _ := inTunnel(b)
		if next == nil {
			return
		}
		if h, _ := parseHeader(b); h.protocol == ip.UDP {
			f(&h)
		}
		b = next
	}
}

// isTunnel tells quickly that most packets are no tunnel.
func isTunnel(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	protocol, transport := ip.Protocol(b[9]), int(b[0]&15)*4
	if b[0]>>4 == 6 {
		protocol, transport = ip.Protocol(b[6]), fixedHeader6
		if protocol != ip.TCP && protocol != ip.UDP && protocol != ip.ICMPv6 {
			return true // perhaps, behind extension headers
		}
	}
	switch protocol {
	case ip.UDP:
		return len(b) > transport+8 && isTunnelPort(binary.BigEndian.Uint16(b[transport:]), binary.BigEndian.Uint16(b[transport+2:]))
	case ipv4InIP, ipv6InIP, gre, etherIP, authHeader:
		return true
	}
	return false
}

// isTunnelPort tells whether datagrams between two ports are those of a tunnel, going by the numbers.
func isTunnelPort(src, dst uint16) bool {
	switch dst {
	case portVXLAN, portVXLANLinux, portGeneve, portGTP, portTeredo:
		return true
	}
	return src == portTeredo
}

// tunnelled returns the IP packet in the payload of another, and how many octets are before it there; nil if there is none that can be read.
func (h *header) tunnelled() (b []byte, before int) {
	if h.offset > 0 || h.more || h.problem != "" && h.problem != wrongHeaderSum {
		return nil, 0
	}
	b = h.payload
	ok := true
	switch h.protocol {
	case ipv4InIP, ipv6InIP:
	case gre:
		before, ok = behindGRE(b)
	case etherIP:
		before, ok = behindFrame(b, 2)
	case ip.UDP:
		before, ok = h.behindDatagram()
	default:
		return nil, 0
	}
	var inner header
	if !ok || before >= len(b) || !inner.read(b[before:]) {
		return nil, 0
	}
	return b[before:], before
}
