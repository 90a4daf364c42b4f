package wire

import (
	"encoding/binary"
	"math/bits"
)

// Checksum returns the Internet checksum of b: "the 16-bit one's complement of the one's complement
// sum of all 16-bit words" (RFC 1071). An odd octet at the end counts as if a zero followed it.
func Checksum(b []byte) uint16 { return ^Sum(0, b) }

// Sum adds b to a one's complement sum and returns the new sum, not complemented. Pieces can be
// summed one after another as long as each but the last has an even length.
//
// The sum is taken 64 bits at a time in the machine's own order: one's complement addition does
// not care about byte order until the end (RFC 1071, Section 2(B)), nor about the word's width (2(C)).
func Sum(partial uint16, b []byte) uint16 {
	sum := uint64(bits.ReverseBytes16(partial))
	var carry uint64
	for len(b) >= 64 {
		w := b[:64:64]
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[0:]), 0)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[8:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[16:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[24:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[32:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[40:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[48:]), carry)
		sum, carry = bits.Add64(sum, binary.LittleEndian.Uint64(w[56:]), carry)
		sum, _ = bits.Add64(sum, 0, carry) // the carry comes round to the front; an addition that carried has room for it
		b = b[64:]
	}
	// What is left is less than a block: its words are added in halves, which need no carries.
	sum = sum>>32 + sum&0xffffffff
	for len(b) >= 8 {
		word := binary.LittleEndian.Uint64(b)
		sum += word>>32 + word&0xffffffff
		b = b[8:]
	}
	if len(b) >= 4 {
		sum += uint64(binary.LittleEndian.Uint32(b))
		b = b[4:]
	}
	if len(b) >= 2 {
		sum += uint64(binary.LittleEndian.Uint16(b))
		b = b[2:]
	}
	if len(b) > 0 {
		sum += uint64(b[0])
	}
	return bits.ReverseBytes16(fold(sum))
}

// fold adds the four 16-bit words of sum, and the carries of that.
func fold(sum uint64) uint16 {
	sum = sum>>32 + sum&0xffffffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	sum = sum>>16 + sum&0xffff
	return uint16(sum)
}

// Add16 adds two one's complement sums.
func Add16(a, b uint16) uint16 {
	s := uint32(a) + uint32(b)
	return uint16(s>>16 + s&0xffff)
}
