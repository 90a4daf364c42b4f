package ip

import (
	"encoding/binary"
	"net/netip"
)

const (
	header6        = 40 // octets of the fixed header of IPv6
	fragmentHeader = 8  // octets
	minMTU6        = 1280

	// maxExtensions is how many extension headers a packet may have: more than any order that RFC 8200, Section 4.1
	// recommends, and a bound on what a packet can cost.
	maxExtensions = 8
)

// parse6 is parse for IPv6. It goes through the extension headers, each of which says what comes next, up to what the
// packet carries, or to what a fragment holds.
func (h *Header) parse6(b []byte) (payload []byte, err error) {
	if len(b) < header6 {
		return nil, ErrTruncated
	}
	h.read6(b)
	if h.TotalLength > len(b) {
		return nil, ErrTruncated
	}
	b = b[:h.TotalLength:h.TotalLength]
	n, err := h.readExtensions(b)
	if err != nil {
		return nil, err
	}
	return b[n:], nil
}

// Peek6 reads the fixed header and the extension headers of the IPv6 packet that b begins with, of which not all need be there,
// and returns where the payload begins. The error is ErrTruncated or ErrExtension; h then holds what came before.
func Peek6(b []byte) (h Header, n int, err error) {
	if len(b) < header6 {
		return Header{}, 0, ErrTruncated
	}
	if b[0]>>4 != 6 {
		return Header{}, 0, ErrVersion
	}
	h.read6(b)
	n, err = h.readExtensions(b)
	return h, n, err
}

// read6 fills h from the fixed header at the start of b.
func (h *Header) read6(b []byte) {
	b = b[:header6:header6]
	first := binary.BigEndian.Uint32(b)
	h.TOS = uint8(first >> 20)
	h.FlowLabel = first & 0xfffff
	h.TotalLength = header6 + int(binary.BigEndian.Uint16(b[4:]))
	h.Protocol = Protocol(b[6])
	h.TTL = b[7]
	h.Src = netip.AddrFrom16([16]byte(b[8:24]))
	h.Dst = netip.AddrFrom16([16]byte(b[24:40]))
}

// readExtensions reads the extension headers of the packet in b, whose fixed header h holds, and returns where the
// payload begins. h.Protocol is then what the packet carries.
func (h *Header) readExtensions(b []byte) (n int, err error) {
	n = header6
	h.FirstExtension = h.Protocol
	for range maxExtensions {
		if !h.Protocol.extension() {
			return n, nil
		}
		if h.Protocol == HopByHopOptions && n > header6 {
			return n, nil // it can only follow the fixed header; elsewhere it is like a header that is unknown (RFC 8200, Section 4)
		}
		if len(b) < n+8 {
			return n, ErrTruncated
		}
		length := extensionLen(h.Protocol, b[n:])
		if h.Protocol == FragmentHeader {
			if h.readFragment(b[n:]); h.IsFragment() {
				return n + length, nil
			} // else all of the packet is there
		}
		if len(b) < n+length {
			return n, ErrTruncated
		}
		h.Protocol = Protocol(b[n])
		n += length
		h.Extensions = b[header6:n:n]
	}
	return n, ErrExtension
}

// extensionLen returns the length of the extension header that b begins with, of which at least 8 octets are there.
func extensionLen(kind Protocol, b []byte) int {
	if kind == FragmentHeader {
		return fragmentHeader
	}
	return 8 + 8*int(b[1])
}

// readFragment reads the fragment header that b begins with (RFC 8200, Section 4.5). What follows it belongs to the packet
// that was cut up, further extension headers too. One that is not cut up may have such a header all the same, an
// "atomic fragment"; it is processed "in isolation from any other packets" (RFC 6946, Section 4).
func (h *Header) readFragment(b []byte) {
	at := binary.BigEndian.Uint16(b[2:])
	h.FragmentOffset = int(at &^ 7)
	h.MoreFragments = at&1 != 0
	h.ID = binary.BigEndian.Uint32(b[4:])
	if h.IsFragment() {
		h.Protocol = Protocol(b[0])
	}
}

// len6 is Len for IPv6.
func (h *Header) len6() int {
	n := header6 + len(h.Extensions)
	if h.IsFragment() {
		n += fragmentHeader
	}
	return n
}

// put6 is Put for IPv6. The last of the extension headers is given the right Next Header.
func (h *Header) put6(b []byte) {
	n := h.len6()
	b = b[:n:n]
	src, dst := h.Src.As16(), h.Dst.As16()
	binary.BigEndian.PutUint32(b, 6<<28|uint32(h.TOS)<<20|h.FlowLabel&0xfffff)
	binary.BigEndian.PutUint16(b[4:], uint16(h.TotalLength-header6))
	b[7] = h.TTL
	copy(b[8:24], src[:])
	copy(b[24:40], dst[:])
	next := h.Protocol
	if h.IsFragment() {
		f := b[n-fragmentHeader:]
		at := uint16(h.FragmentOffset &^ 7)
		if h.MoreFragments {
			at |= 1
		}
		f[0], f[1] = byte(next), 0
		binary.BigEndian.PutUint16(f[2:], at)
		binary.BigEndian.PutUint32(f[4:], h.ID)
		next = FragmentHeader
	}
	if len(h.Extensions) == 0 {
		b[6] = byte(next)
		return
	}
	b[6] = byte(h.FirstExtension)
	extensions := b[header6 : header6+copy(b[header6:], h.Extensions)]
	last, kind := 0, h.FirstExtension
	for at := 0; at+8 <= len(extensions); {
		last, kind, at = at, Protocol(extensions[at]), at+extensionLen(kind, extensions[at:])
	}
	extensions[last] = byte(next)
}
