package ip

import (
	"encoding/binary"
	"net/netip"

	"netlab/wire"
)

const (
	minHeader = 20 // octets, without options
	maxHeader = 60 // what the four bits of the header length can say

	flagDontFragment  = 0x4000
	flagMoreFragments = 0x2000
	offsetMask        = 0x1fff // fragment offset, in units of 8 octets
)

// parse4 is parse for IPv4.
//
// "A host MUST verify the IP header checksum on every received datagram and silently discard every
// datagram that has a bad checksum." (RFC 1122, Section 3.2.1.2)
func (h *Header) parse4(b []byte) (payload []byte, err error) {
	n, err := headerLen(b)
	if err != nil {
		return nil, err
	}
	if wire.Sum(0, b[:n]) != 0xffff {
		return nil, ErrChecksum
	}
	h.read4(b, n)
	switch total := h.TotalLength; {
	case total < n:
		return nil, ErrLength
	case total > len(b):
		return nil, ErrTruncated
	default:
		return b[n:total:total], nil
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
func (h *Header) read4(b []byte, n int) {
	b = b[:n:n]
	flags := binary.BigEndian.Uint16(b[6:])
	h.TOS = b[1]
	h.TotalLength = int(binary.BigEndian.Uint16(b[2:]))
	h.ID = uint32(binary.BigEndian.Uint16(b[4:]))
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

// len4 is Len for IPv4: 20 octets and the options, a multiple of 4.
func (h *Header) len4() int { return minHeader + (len(h.Options)+3)&^3 }

// put4 is Put for IPv4. It pads the options with zeros.
func (h *Header) put4(b []byte) {
	n := h.len4()
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
	binary.BigEndian.PutUint16(b[2:], uint16(h.TotalLength))
	binary.BigEndian.PutUint16(b[4:], uint16(h.ID))
	binary.BigEndian.PutUint16(b[6:], flags)
	b[8] = h.TTL
	b[9] = byte(h.Protocol)
	b[10], b[11] = 0, 0
	copy(b[12:16], src[:])
	copy(b[16:20], dst[:])
	clear(b[copy(b[minHeader:], h.Options)+minHeader:])
	binary.BigEndian.PutUint16(b[10:], wire.Checksum(b))
}
