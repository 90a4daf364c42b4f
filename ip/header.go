package ip

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"netlab/wire"
)

// Protocol is what an IP packet carries: the number in the Protocol field (RFC 791, Section 3.1).
type Protocol uint8

// The protocols that netlab speaks.
const (
	ICMP Protocol = 1
	TCP  Protocol = 6
	UDP  Protocol = 17
)

// String returns "TCP"; "protocol 89" for one without a name here.
func (p Protocol) String() string {
	switch p {
	case ICMP:
		return "ICMP"
	case TCP:
		return "TCP"
	case UDP:
		return "UDP"
	}
	return "protocol " + strconv.Itoa(int(p))
}

const (
	minHeader = 20    // octets, without options
	maxHeader = 60    // what the four bits of the header length can say
	maxPacket = 65535 // what the 16 bits of the total length can say

	flagDontFragment  = 0x4000
	flagMoreFragments = 0x2000
	offsetMask        = 0x1fff // fragment offset, in units of 8 octets
)

// Header is an IPv4 header (RFC 791, Section 3.1).
type Header struct {
	TOS            uint8  // differentiated services code point (6 bits) and ECN (2 bits)
	TotalLength    uint16 // octets of header and payload
	ID             uint16 // says which fragments belong together
	DontFragment   bool
	MoreFragments  bool
	FragmentOffset int // in octets, a multiple of 8
	TTL            uint8
	Protocol       Protocol
	Src, Dst       netip.Addr
	Options        []byte // of a parsed header a part of the packet, with its padding
}

// Parse reads and checks the header of the packet in b. The payload is cut to the total length; it and
// h.Options are parts of b. The error is ErrTruncated, ErrVersion, ErrHeader, ErrLength or ErrChecksum.
//
// "A host MUST verify the IP header checksum on every received datagram and silently discard every
// datagram that has a bad checksum." (RFC 1122, Section 3.2.1.2)
func Parse(b []byte) (h Header, payload []byte, err error) {
	n, err := headerLen(b)
	if err != nil {
		return Header{}, nil, err
	}
	if wire.Sum(0, b[:n]) != 0xffff {
		return Header{}, nil, ErrChecksum
	}
	h.read(b, n)
	switch total := int(h.TotalLength); {
	case total < n:
		return Header{}, nil, ErrLength
	case total > len(b):
		return Header{}, nil, ErrTruncated
	default:
		return h, b[n:total:total], nil
	}
}

// headerLen returns the length of the header that b begins with, all of which is there.
func headerLen(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, ErrTruncated
	}
	if b[0]>>4 != 4 {
		return 0, ErrVersion
	}
	n := int(b[0]&15) * 4
	if n < minHeader {
		return 0, ErrHeader
	}
	if len(b) < n {
		return 0, ErrTruncated
	}
	return n, nil
}

// read fills h from the n octets of header at the start of b.
func (h *Header) read(b []byte, n int) {
	b = b[:n:n]
	flags := binary.BigEndian.Uint16(b[6:])
	h.TOS = b[1]
	h.TotalLength = binary.BigEndian.Uint16(b[2:])
	h.ID = binary.BigEndian.Uint16(b[4:])
	h.DontFragment = flags&flagDontFragment != 0
	h.MoreFragments = flags&flagMoreFragments != 0
	h.FragmentOffset = int(flags&offsetMask) * 8
	h.TTL = b[8]
	h.Protocol = Protocol(b[9])
	h.Src = netip.AddrFrom4([4]byte(b[12:16]))
	h.Dst = netip.AddrFrom4([4]byte(b[16:20]))
	h.Options = nil
	if n > minHeader {
		h.Options = b[minHeader:n:n]
	}
}

// Len returns the length of the header in octets: 20, or more with options, a multiple of 4.
func (h *Header) Len() int { return minHeader + (len(h.Options)+3)&^3 }

// Put writes the header with its checksum into b[:h.Len()] and pads the options with zeros.
// TotalLength must be set, Src and Dst must be IPv4 addresses, Options at most 40 octets.
func (h *Header) Put(b []byte) {
	n := h.Len()
	b = b[:n:n]
	flags := uint16(h.FragmentOffset/8) & offsetMask
	if h.DontFragment {
		flags |= flagDontFragment
	}
	if h.MoreFragments {
		flags |= flagMoreFragments
	}
	src, dst := h.Src.As4(), h.Dst.As4()
	b[0] = 4<<4 | byte(n/4)
	b[1] = h.TOS
	binary.BigEndian.PutUint16(b[2:], h.TotalLength)
	binary.BigEndian.PutUint16(b[4:], h.ID)
	binary.BigEndian.PutUint16(b[6:], flags)
	b[8] = h.TTL
	b[9] = byte(h.Protocol)
	b[10], b[11] = 0, 0
	copy(b[12:16], src[:])
	copy(b[16:20], dst[:])
	clear(b[copy(b[minHeader:], h.Options)+minHeader:])
	binary.BigEndian.PutUint16(b[10:], wire.Checksum(b))
}

// IsFragment reports whether the packet is only a part of a datagram.
func (h *Header) IsFragment() bool { return h.MoreFragments || h.FragmentOffset != 0 }
