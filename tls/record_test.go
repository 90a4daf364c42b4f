package tls

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func suites() []CipherSuite {
	return []CipherSuite{AES128GCMSHA256, AES256GCMSHA384, ChaCha20Poly1305SHA256}
}

// twoEnds returns the two ends of one direction.
func twoEnds(s CipherSuite) (sealing, opening *protection) {
	end := func() *protection {
		return newProtection(TrafficSecret{secret{s, bytes.Repeat([]byte{7}, s.HashLen())}})
	}
	return end(), end()
}

func TestRecordsThereAndBack(t *testing.T) {
	for _, s := range suites() {
		a, b := twoEnds(s)
		for _, n := range []int{0, 1, 15, 16, 17, 1000, maxPlaintext} {
			for _, padding := range []int{0, 1, 100} {
				if n+padding > maxPlaintext {
					continue
				}
				sent := bytes.Repeat([]byte{0xa5}, n)
				record := a.seal([]byte("before"), ContentHandshake, sent, padding)
				require.Equal(t, "before", string(record[:6]))
				require.Len(t, record, 6+recordHeaderLen+n+1+padding+tagLen)
				kind, got, refused := b.open(record[6:])
				require.Nil(t, refused)
				require.Equal(t, ContentHandshake, kind)
				require.True(t, bytes.Equal(sent, got))
			}
		}
	}
}

// Whatever happens to a record on its way, its receiver says bad_record_mac, whether it was changed, cut, repeated, lost or overtaken.
func TestRecordsThatAreNotTheNext(t *testing.T) {
	for _, s := range suites() {
		sealing, _ := twoEnds(s)
		first := sealing.seal(nil, ContentApplicationData, []byte("first"), 0)
		second := sealing.seal(nil, ContentApplicationData, []byte("second"), 0)
		refuses := func(why string, records ...[]byte) {
			_, opening := twoEnds(s)
			for i, r := range records {
				_, _, refused := opening.open(bytes.Clone(r))
				if i < len(records)-1 {
					require.Nil(t, refused, why)
					continue
				}
				require.NotNil(t, refused, why)
				require.Equal(t, AlertBadRecordMAC, refused.Alert, why)
			}
		}
		refuses("repeated", first, first)
		refuses("overtaken", second)
		refuses("lost", second)
		for bit := range 8 * len(first) {
			changed := bytes.Clone(first)
			changed[bit/8] ^= 1 << (bit % 8)
			refuses("changed", changed)
		}
		for n := recordHeaderLen; n < len(first); n++ {
			refuses("cut", first[:n])
		}
	}
}

func TestRecordOfNothingButPadding(t *testing.T) {
	a, b := twoEnds(AES128GCMSHA256)
	_, _, refused := b.open(a.seal(nil, 0, nil, 20))
	require.Equal(t, AlertUnexpectedMessage, refused.Alert)
}

func TestRecordThatCarriesTooMuch(t *testing.T) {
	a, b := twoEnds(AES128GCMSHA256)
	_, _, refused := b.open(a.seal(nil, ContentApplicationData, make([]byte, maxPlaintext), 1))
	require.Equal(t, AlertRecordOverflow, refused.Alert)
}

// RFC 8446, Section 5.3: a sequence number is never used again.
func TestSequenceNumbersEnd(t *testing.T) {
	a, b := twoEnds(ChaCha20Poly1305SHA256)
	a.seq, b.seq = 1<<64-2, 1<<64-2
	require.False(t, a.exhausted())
	record := a.seal(nil, ContentApplicationData, []byte("last"), 0)
	require.True(t, a.exhausted())
	_, _, refused := b.open(record)
	require.Nil(t, refused)
	_, _, refused = b.open(record)
	require.Equal(t, AlertInternalError, refused.Alert)

	a, _ = twoEnds(AES256GCMSHA384)
	a.seq = 23_726_566
	require.True(t, a.exhausted(), "RFC 8446, Section 5.5")
}

func TestKeysAfterAnUpdate(t *testing.T) {
	a, b := twoEnds(AES128GCMSHA256)
	old, _ := twoEnds(AES128GCMSHA256)
	a, b = a.update(), b.update()
	record := a.seal(nil, ContentApplicationData, []byte("new"), 0)
	_, _, refused := old.open(bytes.Clone(record))
	require.NotNil(t, refused, "the old keys do not open it")
	_, got, refused := b.open(record)
	require.Nil(t, refused)
	require.Equal(t, "new", string(got))
}

// The way of application data allocates nothing.
func TestRecordsAllocateNothing(t *testing.T) {
	a, b := twoEnds(AES128GCMSHA256)
	fragment := make([]byte, maxPlaintext)
	buf := make([]byte, 0, maxCiphertext+recordHeaderLen)
	require.Zero(t, testing.AllocsPerRun(100, func() {
		record := a.seal(buf, ContentApplicationData, fragment, 0)
		if _, _, refused := b.open(record); refused != nil {
			t.Error(refused)
		}
	}))
}

func BenchmarkSeal(b *testing.B) {
	for _, s := range suites() {
		b.Run(s.String(), func(b *testing.B) {
			p, _ := twoEnds(s)
			fragment := make([]byte, maxPlaintext)
			buf := make([]byte, 0, maxCiphertext+recordHeaderLen)
			b.SetBytes(maxPlaintext)
			for b.Loop() {
				p.seal(buf, ContentApplicationData, fragment, 0)
			}
		})
	}
}
