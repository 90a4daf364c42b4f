package wire

import (
	"encoding/binary"
	"net/netip"
)

// PseudoSum returns the one's complement sum, not complemented, of the pseudo-header that the checksums of TCP and UDP
// cover besides their own octets: source, destination, protocol number and length in octets (RFC 9293,
// Section 3.1; RFC 768; for IPv6 RFC 8200, Section 8.1). Both addresses are of one family.
func PseudoSum(src, dst netip.Addr, protocol uint8, length int) uint16 {
	sum := Add16(addrSum(src), addrSum(dst))
	sum = Add16(sum, uint16(length>>16)) // IPv6 has 32 bits for the length
	return Add16(Add16(sum, uint16(length)), uint16(protocol))
}

func addrSum(a netip.Addr) uint16 {
	if a.Is4() {
		b := a.As4()
		return Add16(binary.BigEndian.Uint16(b[:]), binary.BigEndian.Uint16(b[2:]))
	}
	b := a.As16()
	return Sum(0, b[:])
}
