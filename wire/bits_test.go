package wire

import (
	"bytes"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// slowBits reads a field by taking all of b as one large number.
func slowBits(b []byte, bit, width int) uint64 {
	v := new(big.Int).SetBytes(b)
	v.Rsh(v, uint(8*len(b)-bit-width))
	mask := new(big.Int).Lsh(big.NewInt(1), uint(width))
	return v.And(v, mask.Sub(mask, big.NewInt(1))).Uint64()
}

func TestBits(t *testing.T) {
	b := []byte{0x45, 0x12, 0xab, 0xcd}
	require.Equal(t, uint64(4), Bits(b, 0, 4))
	require.Equal(t, uint64(5), Bits(b, 4, 4))
	require.Equal(t, uint64(0x512a), Bits(b, 4, 16))
	require.Equal(t, uint64(1), Bits(b, 31, 1))
	require.Zero(t, Bits(b, 9, 0))
}

// Every offset and width in 12 octets, against arithmetic on one large number.
func TestBitsAgreeWithBigIntegers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for width := range 65 {
		for bit := 0; bit+width <= 96; bit++ {
			b := randomBytes(r, 12)
			require.Equal(t, slowBits(b, bit, width), Bits(b, bit, width), "bit %d width %d of %x", bit, width, b)

			before := bytes.Clone(b)
			v := r.Uint64()
			PutBits(b, bit, width, v)
			want := v
			if width < 64 {
				want &= 1<<width - 1 // the low bits of v alone
			}
			require.Equal(t, want, slowBits(b, bit, width), "bit %d width %d", bit, width)
			// Putting the old value back shows that no other bit has changed.
			PutBits(b, bit, width, slowBits(before, bit, width))
			require.Equal(t, before, b, "bit %d width %d", bit, width)
		}
	}
}
