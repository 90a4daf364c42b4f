package capture

import (
	"encoding/binary"

	"netlab/ether"
	"netlab/ip"
)

// Tunnels carry IP packets in IP packets: right behind the header, or behind one of GRE. What is said of such a packet, and the streams, are of the innermost one,
// as in Wireshark.
const (
	ipv4InIP ip.Protocol = 4  // RFC 2003
	ipv6InIP ip.Protocol = 41 // RFC 4213
	gre      ip.Protocol = 47 // RFC 2784 and RFC 2890

	mostTunnels = 8 // one in another
)

// innermost returns the IP packet in the tunnels that an IP packet is, and at which octet it begins; b and 0 if it is none.
func innermost(b []byte) (inner []byte, at int) {
	for range mostTunnels {
		var h header
		if !isTunnel(b) || !h.read(b) {
			break
		}
		next, n := h.tunnelled()
		if next == nil {
			break
		}
		b, at = next, at+h.len+n
	}
	return b, at
}

// isTunnel tells quickly that most packets are no tunnel.
func isTunnel(b []byte) bool {
	if len(b) < 20 {
		return false
	}
	protocol := ip.Protocol(b[9])
	if b[0]>>4 == 6 {
		protocol = ip.Protocol(b[6])
		if protocol != ip.TCP && protocol != ip.UDP && protocol != ip.ICMPv6 {
			return true // perhaps, behind extension headers
		}
	}
	return protocol == ipv4InIP || protocol == ipv6InIP || protocol == gre
}

// tunnelled returns the IP packet in the payload of another, and how many octets are before it there; nil if there is none that can be read.
func (h *header) tunnelled() (b []byte, before int) {
	if h.offset > 0 || h.more || h.problem != "" {
		return nil, 0
	}
	b = h.payload
	switch h.protocol {
	case ipv4InIP, ipv6InIP:
	case gre:
		if before = greHeader(b); before == 0 {
			return nil, 0
		}
		b = b[before:]
	default:
		return nil, 0
	}
	var inner header
	if !inner.read(b) {
		return nil, 0
	}
	return b, before
}

// greHeader returns the length of the GRE header at b, if an IP packet follows; 0 if not. "If this bit is set to one then the Checksum field is present", the same for
// key and sequence number (RFC 2784 and RFC 2890).
func greHeader(b []byte) int {
	if len(b) < 4 {
		return 0
	}
	flags, next := binary.BigEndian.Uint16(b), ether.Type(binary.BigEndian.Uint16(b[2:]))
	if flags&7 != 0 || !isIP(next) {
		return 0
	}
	n := 4
	for _, present := range []uint16{0x8000, 0x2000, 0x1000} {
		if flags&present != 0 {
			n += 4
		}
	}
	if n >= len(b) {
		return 0
	}
	return n
}
