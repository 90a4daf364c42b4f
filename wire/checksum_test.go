package wire

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// slowSum is the sum as RFC 1071, Section 1 describes it: 16-bit words, each carry added again.
func slowSum(partial uint16, b []byte) uint16 {
	sum := uint32(partial)
	for i := 0; i < len(b); i += 2 {
		word := uint32(b[i]) << 8
		if i+1 < len(b) {
			word |= uint32(b[i+1])
		}
		sum += word
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// The example of RFC 1071, Section 3.
func TestSumOfTheRFC(t *testing.T) {
	b := []byte{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7}
	require.Equal(t, uint16(0xddf2), Sum(0, b))
	require.Equal(t, uint16(0x220d), Checksum(b))
	require.Equal(t, uint16(0xffff), Sum(Checksum(b), b), "with its checksum everything sums to minus zero")
}

func TestSumAgreesWithTheSlowOne(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for n := range 300 { // odd and even lengths, over several turns of the loop of 64
		b := randomBytes(r, n)
		partial := uint16(r.Uint32())
		require.Equal(t, slowSum(partial, b), Sum(partial, b), "%d octets, %04x before", n, partial)
		require.Equal(t, ^slowSum(0, b), Checksum(b))
	}
	// Carries all the way.
	for n := range 300 {
		b := make([]byte, n)
		for i := range b {
			b[i] = 0xff
		}
		for _, partial := range []uint16{0, 1, 0x00ff, 0xff00, 0xfffe, 0xffff} {
			require.Equal(t, slowSum(partial, b), Sum(partial, b), "%d octets of ff, %04x before", n, partial)
		}
	}
}

func TestSumInPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		b := randomBytes(r, r.IntN(200))
		cut := r.IntN(len(b)/2+1) * 2 // each piece but the last has an even length
		require.Equal(t, Sum(0, b), Sum(Sum(0, b[:cut]), b[cut:]))
		require.Equal(t, Sum(0, b), Add16(Sum(0, b[:cut]), Sum(0, b[cut:])))
	}
}

func TestAdd16(t *testing.T) {
	for _, c := range []struct{ a, b, sum uint16 }{
		{0, 0, 0}, {1, 2, 3}, {0xffff, 0, 0xffff}, {0xffff, 1, 1}, {0x8000, 0x8000, 1}, {0xffff, 0xffff, 0xffff},
	} {
		require.Equal(t, c.sum, Add16(c.a, c.b))
		require.Equal(t, c.sum, Add16(c.b, c.a))
	}
}

func FuzzSum(f *testing.F) {
	f.Add(uint16(0), []byte{0x00, 0x01, 0xf2})
	f.Add(uint16(0xffff), binary.BigEndian.AppendUint64(nil, 1<<64-1))
	f.Fuzz(func(t *testing.T, partial uint16, b []byte) {
		require.Equal(t, slowSum(partial, b), Sum(partial, b))
	})
}

func BenchmarkSum(b *testing.B) {
	for _, n := range []int{20, 40, 1460, 65535} {
		p := randomBytes(rand.New(rand.NewPCG(4, 4)), n)
		b.Run(strconv.Itoa(n)+" octets", func(b *testing.B) {
			b.SetBytes(int64(n))
			for b.Loop() {
				Sum(0, p)
			}
		})
	}
}

// IPv4 added by hand; IPv6 against the sum of the pseudo-header laid out in full.
func TestPseudoSum(t *testing.T) {
	sum := PseudoSum(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2"), 6, 20)
	require.Equal(t, uint16(0x0a00+0x0001+0x0a00+0x0002+6+20), sum)
	src, dst := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2")
	a, b := src.As16(), dst.As16()
	header := append(append(a[:], b[:]...), 0, 1, 0x86, 0xa0, 0, 0, 0, 17) // RFC 8200, Section 8.1: 100000 octets
	require.Equal(t, Sum(0, header), PseudoSum(src, dst, 17, 100000))
}
