package udp

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"netlab/wire"
)

// What is wrong with a datagram.
var (
	ErrTruncated = errors.New("udp: datagram is cut short")
	ErrLength    = errors.New("udp: length is below 8 octets")
	ErrChecksum  = errors.New("udp: wrong checksum")
)

const (
	protocol  = 17 // in the pseudo-header
	headerLen = 8  // octets
)

// Header is a UDP header (RFC 768).
type Header struct {
	SrcPort, DstPort uint16
	Length           uint16 // octets of header and data
	Checksum         uint16 // 0: none was sent, which IPv4 allows
}

// Parse reads and checks the datagram in b, which travelled from src to dst, and returns its data, a part of b.
// The error is ErrTruncated, ErrLength or ErrChecksum.
//
// "If a UDP datagram is received with a checksum that is non-zero and invalid, UDP MUST silently discard the
// datagram." (RFC 1122, Section 4.1.3.4)
func Parse(src, dst netip.Addr, b []byte) (h Header, data []byte, err error) {
	if len(b) < headerLen {
		return Header{}, nil, ErrTruncated
	}
	h = Header{
		SrcPort: binary.BigEndian.Uint16(b), DstPort: binary.BigEndian.Uint16(b[2:]),
		Length: binary.BigEndian.Uint16(b[4:]), Checksum: binary.BigEndian.Uint16(b[6:]),
	}
	length := int(h.Length)
	switch {
	case length < headerLen:
		return Header{}, nil, ErrLength
	case length > len(b):
		return Header{}, nil, ErrTruncated
	case !checksumHolds(src, dst, h.Checksum, b[:length]):
		return Header{}, nil, ErrChecksum
	}
	return h, b[headerLen:length:length], nil
}

// checksumHolds verifies a datagram. Without a checksum there is nothing to verify in IPv4; "IPv6 receivers
// must discard UDP packets containing a zero checksum" (RFC 8200, Section 8.1).
func checksumHolds(src, dst netip.Addr, checksum uint16, b []byte) bool {
	if checksum == 0 {
		return dst.Is4()
	}
	return wire.Sum(wire.PseudoSum(src, dst, protocol, len(b)), b) == 0xffff
}

// Len returns the octets of a datagram with so many octets of data.
func Len(data int) int { return headerLen + data }

// Put writes the datagram with its checksum into b[:Len(len(data))] and returns that length, which is at most
// 65,535 octets.
//
// "If the computed checksum is zero, it is transmitted as all ones (the equivalent in one's complement
// arithmetic)." (RFC 768)
func Put(b []byte, src, dst netip.AddrPort, data []byte) int {
	n := Len(len(data))
	b = b[:n]
	binary.BigEndian.PutUint16(b, src.Port())
	binary.BigEndian.PutUint16(b[2:], dst.Port())
	binary.BigEndian.PutUint16(b[4:], uint16(n))
	b[6], b[7] = 0, 0
	copy(b[headerLen:], data)
	sum := ^wire.Sum(wire.PseudoSum(src.Addr(), dst.Addr(), protocol, n), b)
	if sum == 0 {
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(b[6:], sum)
	return n
}
