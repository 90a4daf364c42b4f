package capture

import (
	"encoding/binary"
	"net/netip"

	"netlab/ether"
	"netlab/ip"
)

// Carried is the TCP segment or UDP datagram in a packet.
type Carried struct {
	Src, Dst netip.AddrPort
	Protocol ip.Protocol // ip.TCP or ip.UDP
	Octets   []byte      // from its own header on, as far as they were captured
	Cut      int         // octets of it that were not captured
}

// IPPacket returns the IP packet that a packet of a capture holds behind its link header. ok is false if it holds none.
func IPPacket(t LinkType, packet []byte) (b []byte, ok bool) {
	next, n, ok := linkPayload(t, packet)
	if !ok || next != ether.TypeIPv4 && next != ether.TypeIPv6 {
		return nil, false
	}
	return packet[n:], true
}

// innerHeader returns the header of the innermost IP packet that a packet of a capture holds.
func innerHeader(t LinkType, packet []byte) (header, bool) {
	next, n, ok := linkPayload(t, packet)
	if !ok || next == ether.TypeARP {
		return header{}, false
	}
	b := packet[n:]
	if !isIP(next) {
		_, b, _ = foreignLayers(next, b)
	}
	b, _ = innermost(b)
	return parseHeader(b)
}

// CarriedBy returns the segment or datagram in a packet, of a fragmented one what the first fragment holds. ok is false if
// there is none, or less of it than its ports.
func CarriedBy(t LinkType, packet []byte) (c Carried, ok bool) {
	h, ok := innerHeader(t, packet)
	if !ok {
		return Carried{}, false
	}
	return h.carried()
}

// Carried is CarriedBy for a borrowed packet that was not cut up and is in no tunnel, of which it need not read the headers again. ok is false for any other.
func (rec *Record) Carried() (c Carried, ok bool) {
	p := rec.view()
	if p == nil || !p.readable || p.header.more || p.tunnel != nil {
		return Carried{}, false
	}
	return p.header.carried()
}

// CarriersOf returns the UDP datagrams in which a packet carries another, the outermost first: of VXLAN, Geneve, GTP and Teredo.
func CarriersOf(t LinkType, packet []byte) (all []Carried) {
	b, ok := IPPacket(t, packet)
	if !ok || !isTunnel(b) {
		return nil
	}
	eachCarrier(b, func(h *header) {
		if c, ok := h.carried(); ok {
			all = append(all, c)
		}
	})
	return all
}

func (h *header) carried() (c Carried, ok bool) {
	if h.offset > 0 || len(h.payload) < 4 || h.protocol != ip.TCP && h.protocol != ip.UDP {
		return Carried{}, false
	}
	c = Carried{Protocol: h.protocol, Octets: h.payload, Cut: h.cut}
	c.Src, c.Dst = endpoints(h)
	if h.protocol == ip.UDP {
		if len(h.payload) < 8 {
			return Carried{}, false
		}
		// The datagram says itself how long it is: less than its packet, or more, if it is fragmented.
		length := max(8, int(binary.BigEndian.Uint16(h.payload[4:])))
		c.Cut = max(0, length-len(h.payload))
		c.Octets = h.payload[:min(length, len(h.payload))]
	}
	return c, true
}

// Fragment is a piece of what an IP packet carried before it was cut up.
type Fragment struct {
	Src, Dst netip.Addr
	Protocol ip.Protocol
	ID       uint32 // of the packet that was cut up, the same in all its fragments
	Offset   int    // of the first octet, in octets
	More     bool   // others follow
	Octets   []byte
	Cut      int // octets of it that were not captured
}

// FragmentOf returns the fragment that a packet is. ok is false if it is none, or does not carry TCP or UDP.
func FragmentOf(t LinkType, packet []byte) (f Fragment, ok bool) {
	h, ok := innerHeader(t, packet)
	if !ok || h.offset == 0 && !h.more || h.protocol != ip.TCP && h.protocol != ip.UDP {
		return Fragment{}, false
	}
	return Fragment{h.src, h.dst, h.protocol, h.id, h.offset, h.more, h.payload, h.cut}, true
}
