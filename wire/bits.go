package wire

// Bits reads width bits (at most 64) of b, the most significant first, from bit offset bit.
func Bits(b []byte, bit, width int) uint64 {
	var v uint64
	for i := bit; i < bit+width; {
		// Take what is left of this octet, or what is left of the field, in one go.
		n := min(8-i%8, bit+width-i)
		octet := b[i/8] >> (8 - i%8 - n) & (1<<n - 1)
		v = v<<n | uint64(octet)
		i += n
	}
	return v
}

// PutBits writes the low width bits (at most 64) of v into b from bit offset bit and leaves
// every other bit of b as it was.
func PutBits(b []byte, bit, width int, v uint64) {
	for i := bit + width; i > bit; {
		// From the field's end backwards, an octet or what the field has of it at a time.
		n := min((i-1)%8+1, i-bit)
		shift := 7 - (i-1)%8
		mask := byte(1<<n-1) << shift
		b[(i-1)/8] = b[(i-1)/8]&^mask | byte(v)<<shift&mask
		v >>= n
		i -= n
	}
}
