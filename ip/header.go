package ip

import (
	"net/netip"
	"strconv"
)

// Protocol is what an IP packet carries: the number in the Protocol field of IPv4 (RFC 791, Section 3.1), or in the
// Next Header field before it of IPv6 (RFC 8200, Section 3).
type Protocol uint8

// The protocols that netlab speaks, and the extension headers of IPv6, which are numbered among them
// (RFC 8200, Section 4).
const (
	HopByHopOptions    Protocol = 0
	ICMP               Protocol = 1
	TCP                Protocol = 6
	UDP                Protocol = 17
	RoutingHeader      Protocol = 43
	FragmentHeader     Protocol = 44
	ICMPv6             Protocol = 58
	NoNextHeader       Protocol = 59
	DestinationOptions Protocol = 60
)

// otherName names what is often seen and not spoken here, as IANA does.
func (p Protocol) otherName() string {
	return map[Protocol]string{
		2: "IGMP", 4: "IPv4 in IP", 41: "IPv6 in IP", 47: "GRE", 50: "ESP", 51: "AH", 88: "EIGRP", 89: "OSPF", 103: "PIM", 112: "VRRP", 132: "SCTP", 136: "UDP-Lite",
	}[p]
}

// String returns "TCP"; "protocol 253" for one without a name here.
func (p Protocol) String() string {
	switch p {
	case HopByHopOptions:
		return "hop-by-hop options"
	case ICMP:
		return "ICMP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	case RoutingHeader:
		return "routing header"
	case FragmentHeader:
		return "fragment header"
	case ICMPv6:
		return "ICMPv6"
	case NoNextHeader:
		return "no next header"
	case DestinationOptions:
		return "destination options"
	}
	if name := p.otherName(); name != "" {
		return name
	}
	return "protocol " + strconv.Itoa(int(p))
}

// extension reports whether p is an extension header of IPv6 that another header follows.
func (p Protocol) extension() bool {
	return p == HopByHopOptions || p == RoutingHeader || p == FragmentHeader || p == DestinationOptions
}

const maxPacket = 65535 // octets of an IPv4 packet, and of what follows the fixed header of IPv6

// Header is an IP header of either version, which is that of its addresses: IPv4 (RFC 791, Section 3.1) or IPv6
// (RFC 8200, Section 3) with its extension headers.
type Header struct {
	Src, Dst    netip.Addr
	TOS         uint8 // differentiated services code point (6 bits) and ECN (2 bits); in IPv6 the Traffic Class
	TTL         uint8 // in IPv6 the Hop Limit
	Protocol    Protocol
	TotalLength int // octets of header and payload; IPv6 writes down that without its fixed header

	// Of a fragment: which packet it belongs to, and where. In IPv4 every packet has an ID, of 16 bits. In IPv6 these
	// stand in a header of their own, which only fragments have.
	ID             uint32
	MoreFragments  bool
	FragmentOffset int // in octets, a multiple of 8

	DontFragment bool   // IPv4; in IPv6 no router may cut up a packet
	Options      []byte // IPv4; of a parsed header a part of the packet, with its padding

	FlowLabel      uint32   // IPv6; 20 bits
	Extensions     []byte   // IPv6: the extension headers but that of a fragment; of a parsed header a part of the packet
	FirstExtension Protocol // IPv6: what Extensions begins with
}

// Parse reads and checks the header of the packet in b. The payload is cut to the total length; it, Options and
// Extensions are parts of b. The error is ErrTruncated, ErrVersion, ErrHeader, ErrLength, ErrChecksum or ErrExtension.
func Parse(b []byte) (h Header, payload []byte, err error) {
	if payload, err = h.parse(b); err != nil {
		return Header{}, nil, err
	}
	return h, payload, nil
}

// parse is Parse into h, which is zero. After an error it holds anything.
func (h *Header) parse(b []byte) (payload []byte, err error) {
	if len(b) > 0 && b[0]>>4 == 6 {
		return h.parse6(b)
	}
	return h.parse4(b)
}

// Len returns the length of the header in octets: in IPv4 20, or more with options; in IPv6 40, or more with
// extension headers.
func (h *Header) Len() int {
	if h.Dst.Is4() {
		return h.len4()
	}
	return h.len6()
}

// Put writes the header into b[:h.Len()], in IPv4 with its checksum. TotalLength must be set, Src and Dst must be
// addresses of one version, Options at most 40 octets.
func (h *Header) Put(b []byte) {
	if h.Dst.Is4() {
		h.put4(b)
		return
	}
	h.put6(b)
}

// IsFragment reports whether the packet is only a part of a datagram.
func (h *Header) IsFragment() bool { return h.MoreFragments || h.FragmentOffset != 0 }
