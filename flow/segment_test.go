package flow

import (
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

// Read and tcp.Parse, which the stack uses, agree on random octets.
func TestReadAgreesWithParse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	src, dst := netip.MustParseAddr("10.77.0.1"), netip.MustParseAddr("fd00::2")
	read := 0
	for range 20_000 {
		b := make([]byte, r.IntN(80))
		for i := range b {
			b[i] = byte(r.Uint32())
			if i >= 20 && r.IntN(2) == 0 {
				b[i] = []byte{1, 2, 3, 4, 5, 8, 10, 18}[r.IntN(8)]
			}
		}
		if len(b) > 12 {
			b[12] |= 0x40
		}
		var s Segment
		ok := s.Read(src, dst, b, len(b)+7)
		want, err := tcp.Parse(b)
		require.Equal(t, err == nil, ok)
		if !ok {
			continue
		}
		read++
		require.Equal(t, want.SrcPort, s.Src.Port())
		require.Equal(t, want.DstPort, s.Dst.Port())
		require.Equal(t, []uint32{uint32(want.Seq), uint32(want.Ack)}, []uint32{s.Seq, s.Ack})
		require.Equal(t, want.Flags, s.Flags)
		require.Equal(t, int(want.Window), s.Window)
		require.Equal(t, want.Payload, s.Payload)
		require.Equal(t, len(want.Payload)+7, s.Len)
		require.Equal(t, int(want.Options.WindowScale)-1, s.Shift)
		require.Equal(t, want.Options.MSS, uint16(max(s.MSS, 0)))
		require.Equal(t, want.Options.Timestamps, s.HasTS)
		if s.HasTS {
			require.Equal(t, []uint32{want.Options.TSVal, want.Options.TSEcr}, []uint32{s.TSVal, s.TSEcr})
		}
		require.Equal(t, want.Options.SACKs, s.SACKs)
		for i := range s.SACKs {
			require.Equal(t, want.Options.SACK[i], tcp.Block{Left: tcp.Seq(s.SACK[i][0]), Right: tcp.Seq(s.SACK[i][1])})
		}
	}
	require.Greater(t, read, 5000)
}

// Whatever the segments say, a Tracker stays within its bounds.
func FuzzTracker(f *testing.F) {
	f.Add([]byte{0x02, 0, 0, 0, 0x12, 1, 0, 1, 0x10, 1, 1, 1, 0x18, 1, 1, 9})
	f.Add([]byte{0x10, 9, 9, 9, 0x10, 0xff, 1, 1, 0x14, 1, 1, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		tracker := NewTracker()
		for n := 1; len(b) >= 4; n++ {
			s := Segment{Packet: n, At: int64(b[2]) << (b[3] % 32), MSS: int(b[1]) - 1, Shift: int(b[2]%16) - 1, Flags: tcp.Flags(b[0]), Window: int(b[3] % 4), Len: int(b[3]) << (b[1] % 16)}
			s.Src, s.Dst = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 77, 0, b[1] % 3}), 1), netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 77, 0, b[2] % 3}), 1)
			s.Seq, s.Ack = uint32(b[1])<<(b[3]%25), uint32(b[2])<<(b[3]%27)
			s.SACKs = int(b[0]) % 5
			for i := range s.SACKs {
				s.SACK[i] = [2]uint32{s.Ack + uint32(b[3])*uint32(i), s.Ack + uint32(b[1])*uint32(i+1)}
			}
			s.HasTS, s.TSVal = b[3]&1 != 0, uint32(b[2])
			place, found := tracker.Add(&s)
			require.Less(t, place.Stream, tracker.Streams())
			require.Less(t, len(found), 12)
			for _, one := range found {
				require.NotContains(t, one.Text(), "?")
				require.LessOrEqual(t, len(one.Related), 2)
				for _, other := range one.Related {
					require.True(t, 0 < other && other < n, "%s: of packet %d there is none before %d", one.Text(), other, n)
				}
			}
			b = b[4:]
		}
		tracker.End()
		for i := range tracker.Streams() {
			_, ok := tracker.Summary(i)
			require.True(t, ok)
		}
	})
}

// Random segments of more connections than are remembered: memory is bounded.
func TestMemoryIsBounded(t *testing.T) {
	tracker := NewTracker()
	r := rand.New(rand.NewPCG(3, 4))
	for n := range maxStreams + 5000 {
		s := Segment{Packet: n + 1, At: int64(n), Flags: tcp.SYN, MSS: -1, Shift: -1, Seq: r.Uint32()}
		var a [4]byte
		binary.BigEndian.PutUint32(a[:], 10<<24|77<<16|uint32(n/60_000))
		s.Src, s.Dst = netip.AddrPortFrom(netip.AddrFrom4(a), uint16(n%60_000)), netip.MustParseAddrPort("10.77.255.255:80")
		tracker.Add(&s)
	}
	require.Equal(t, maxStreams+5000, tracker.Streams())
	require.Len(t, tracker.streams, maxStreams)
	require.Len(t, tracker.byEnds, maxStreams)
	require.LessOrEqual(t, len(tracker.free), maxFree)
	_, ok := tracker.Summary(4999)
	require.False(t, ok)

	one := NewTracker()
	for n := range 50_000 { // nothing is ever acknowledged, and much is skipped
		s := Segment{Packet: n + 1, At: int64(n), Flags: tcp.ACK, MSS: -1, Shift: -1, Seq: uint32(n * 20), Len: 10, Src: netip.MustParseAddrPort("10.77.0.1:1"), Dst: netip.MustParseAddrPort("10.77.0.2:1")}
		one.Add(&s)
	}
	e := &one.streams[0].ends[0]
	require.Len(t, e.outstanding(), maxFlight)
	require.Len(t, e.odd.holes, maxHoles)
}

// Bulk transfers, two segments an acknowledgment, read from octets: one, and a thousand whose segments come in turn.
func BenchmarkTracker(b *testing.B) {
	b.Run("1-connection", func(b *testing.B) { bulk(b, 1) })
	b.Run("1000-connections", func(b *testing.B) { bulk(b, 1000) })
}

func bulk(b *testing.B, conns int) {
	tracker := NewTracker()
	src, dst := netip.MustParseAddr("10.77.0.1"), netip.MustParseAddr("10.77.0.2")
	data, ack := make([]byte, 60), make([]byte, 32)
	for _, h := range [][]byte{data, ack} {
		h[12], h[13], h[14] = 0x80, byte(tcp.ACK), 0xff
		copy(h[20:], []byte{1, 1, 8, 10})
	}
	binary.BigEndian.PutUint16(data[2:], 80)
	binary.BigEndian.PutUint16(ack, 80)
	next := make([]uint32, conns)
	var s Segment
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		s.Packet, s.At = i+1, int64(i)*1000
		conn := i / 3 % conns
		if i%3 == 2 {
			binary.BigEndian.PutUint16(ack[2:], uint16(1000+conn))
			binary.BigEndian.PutUint32(ack[8:], next[conn])
			s.Read(dst, src, ack, 32)
		} else {
			binary.BigEndian.PutUint16(data, uint16(1000+conn))
			binary.BigEndian.PutUint32(data[4:], next[conn])
			s.Read(src, dst, data, 1480)
			next[conn] += 1448
		}
		tracker.Add(&s)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Msegments/s")
}
