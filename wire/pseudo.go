package wire

import (
	"encoding/binary"
	"net/netip"
)

// PseudoSum returns the one's complement sum, not complemented, of the pseudo-header that the checksums of TCP and UDP
// cover besides their own octets: source, destination, protocol number and length in octets (RFC 9293,
// Section 3.1; RFC 768; for IPv6 RFC 8200, Section 8.1). Both addresses are of one family.
func PseudoSum(src, dst netip.Addr, protocol uint8, length int) uint16 {
	return fold(addrSum(src) + addrSum(dst) + uint64(length) + uint64(protocol))
}

// addrSum is the sum of an address in words of 32 bits, whose carries fold adds.
func addrSum(a netip.Addr) uint64 {
	if a.Is4() {
		b := a.As4()
		return uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return uint64(binary.BigEndian.Uint32(b[:])) + uint64(binary.BigEndian.Uint32(b[4:])) +
		uint64(binary.BigEndian.Uint32(b[8:])) + uint64(binary.BigEndian.Uint32(b[12:]))
}
