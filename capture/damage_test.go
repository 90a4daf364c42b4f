package capture

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// found is what a Scanner finds in a file.
func found(t *testing.T, b []byte) (packets []RawPacket, s *Scanner, err error) {
	t.Helper()
	s, err = NewScanner("x.pcap", bytes.NewReader(b))
	require.NoError(t, err)
	for {
		var p RawPacket
		if err := s.Next(&p); err != nil {
			return packets, s, err
		}
		p.Data = bytes.Clone(p.Data)
		packets = append(packets, p)
	}
}

// Whatever is damaged in the middle of a capture, all packets that are whole are found and none is invented: each begins where one has begun before.
func TestPacketsBehindDamageAreFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	all := captures(t)
	skipped := 0
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range all {
			if !yield(name) {
				return
			}
		}
	}) {
		whole, _, err := found(t, all[name])
		if err != io.EOF || len(whole) < 2 {
			continue
		}
		begins := map[int64]int{}
		for i, p := range whole {
			begins[p.Offset] = i
		}
		header := int64(16) // of a packet in a pcap file
		if bytes.HasPrefix(all[name], []byte{0x0a, 0x0d, 0x0d, 0x0a}) {
			header = 28
		}
		for range 25 {
			b := bytes.Clone(all[name])
			first := whole[0].Offset - header
			k := 1 + rng.IntN(1<<rng.IntN(9))
			from := first + rng.Int64N(int64(len(b))-first)
			to := min(from+int64(k), int64(len(b)))
			for i := from; i < to; i++ {
				b[i] = byte(rng.Uint32())
			}
			what := fmt.Sprintf("%s, octets %d to %d", name, from, to-1)
			got, s, err := found(t, b)
			skipped += len(s.Damage())
			have := map[int]bool{}
			for _, p := range got {
				i, ok := begins[p.Offset]
				require.True(t, ok, "%s: a packet at octet %d is invented", what, p.Offset)
				have[i] = true
				if end := p.Offset + int64(len(p.Data)); len(p.Data) == len(whole[i].Data) && (end <= from || to <= p.Offset-header) {
					require.Equal(t, whole[i].Data, p.Data, what)
				}
			}
			for i, p := range whole {
				end := int64(len(b))
				if i+1 < len(whole) {
					end = whole[i+1].Offset - header
				}
				if touched := p.Offset-header < to && from < end; !touched && (len(got) > 0 || i < len(whole)-1 || header != 16) { // one alone is not certain
					require.True(t, have[i], "%s: packet %d at octet %d is not found: %v", what, i+1, p.Offset-header, err)
				}
			}
			require.True(t, slices.IsSortedFunc(got, func(a, b RawPacket) int { return cmp.Compare(a.Offset, b.Offset) }), what)
			if len(s.Damage()) > 0 {
				require.True(t, errors.Is(err, ErrDamaged) && len(have) < len(whole)+1, "%s: %v", what, err)
			}
		}
	}
	require.Greater(t, skipped, 100)
}

// pcapPacket is a packet of a pcap file with little-endian numbers.
func pcapPacket(second, captured, length int, data []byte) []byte {
	b := binary.LittleEndian.AppendUint32(nil, uint32(second))
	for _, v := range []int{0, captured, length} {
		b = binary.LittleEndian.AppendUint32(b, uint32(v))
	}
	return append(b, data...)
}

// What looks like a piece of a capture file inside a packet is no packet of this one.
func TestACaptureInsideAPacketIsNotReadFor(t *testing.T) {
	header := captures(t)["http.pcap"][:24]
	const now = 1_800_000_000
	var inner []byte
	for i := range 15 {
		inner = append(inner, pcapPacket(now+i, 60, 60, make([]byte, 60))...)
	}
	b := bytes.Clone(header)
	var begins []int64
	inner = append(make([]byte, 54), inner[:len(inner)-10]...) // behind headers, and cut where the segment ends
	for i := range 6 {
		begins = append(begins, int64(len(b)+16))
		b = append(b, pcapPacket(now+i, len(inner), len(inner), inner)...)
	}
	for i := range 5 {
		damaged := bytes.Clone(b)
		copy(damaged[begins[i]-16:], bytes.Repeat([]byte{0xff}, 16))
		got, s, err := found(t, damaged)
		require.ErrorIs(t, err, ErrDamaged)
		require.Len(t, got, 5)
		require.Len(t, s.Damage(), 1)
		for _, p := range got {
			require.Contains(t, begins, p.Offset)
		}
	}
}

// A length that is plausible and wrong shows in the packet behind it: that one was told with too many octets, and this is said.
func TestALengthThatSwallowsOthers(t *testing.T) {
	b := bytes.Clone(captures(t)["http.pcap"])
	for _, at := range []int{8, 12} {
		binary.LittleEndian.PutUint32(b[24+at:], 500)
	}
	got, s, err := found(t, b)
	require.Len(t, got, 24)
	require.Len(t, got[0].Data, 500)
	require.Equal(t, []Damage{{From: 24, To: 114, After: 1, Within: true}}, s.Damage())
	require.Equal(t, "octets 24 to 113 are damaged and skipped, and packet 1, which begins there, is not as it was", s.Damage()[0].String())
	require.ErrorContains(t, err, "octets 24 to 113 are skipped, and 23 packets follow")
}

// Odd files are read as they are: times that jump, more parts than a second has, more octets than there were.
func TestOddFilesAreNotDamaged(t *testing.T) {
	header := captures(t)["http.pcap"][:24]
	data := make([]byte, 60)
	jumps, pieces, empty, long := bytes.Clone(header), bytes.Clone(header), bytes.Clone(header), bytes.Clone(header)
	for i := range 8 {
		jumps = append(jumps, pcapPacket(1_000_000_000*(i/4), 60, 60, data)...)
		pieces = append(pieces, pcapPacket(1_000_000*(i*i%8), 60, 60, data)...)
		empty = append(empty, pcapPacket(1_000_000_000*(i/4), 0, 60, nil)...)
		long = append(long, pcapPacket(i, 60, 30, data)...)
	}
	for name, b := range map[string][]byte{"a clock that is set": jumps, "put together from pieces": pieces, "more captured than there was": long} {
		got, s, err := found(t, b)
		require.Equal(t, io.EOF, err, name)
		require.Empty(t, s.Damage(), name)
		require.Len(t, got, 8, name)
	}
	got, _, _ := found(t, empty)
	require.NotEmpty(t, got)
}

// Several places are counted, a file may be cut off besides, and what is behind the description of an interface that is lost has no link type.
func TestDamageInSeveralPlaces(t *testing.T) {
	b := bytes.Clone(captures(t)["kernel-curl.pcap"])
	packets, _, _ := found(t, b)
	for _, i := range []int{3, len(packets) - 20} {
		copy(b[packets[i].Offset-16:], bytes.Repeat([]byte{0xff}, 16))
	}
	got, s, err := found(t, b[:len(b)-1])
	require.Len(t, got, len(packets)-3)
	require.Len(t, s.Damage(), 2)
	require.ErrorIs(t, err, ErrDamaged)
	require.ErrorContains(t, err, "are skipped, besides 1 more place, and")
	require.ErrorContains(t, err, "; then: cut off: the file ends at octet "+strconv.Itoa(len(b)-1))

	b = bytes.Clone(captures(t)["dns-slow.pcapng"])
	first := 28 // the section header of this file has no options
	require.EqualValues(t, blockInterface, binary.LittleEndian.Uint32(b[first:]))
	b[first+4]++
	whole, _, _ := found(t, captures(t)["dns-slow.pcapng"])
	got, _, err = found(t, b)
	require.ErrorIs(t, err, ErrDamaged)
	require.Len(t, got, len(whole))
	require.Equal(t, lostLink, got[0].LinkType)
}
