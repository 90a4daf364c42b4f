package capture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// ng builds pcapng files block by block.
type ng struct {
	order binary.AppendByteOrder
	b     []byte
}

func (n *ng) words(b []byte, words ...uint32) []byte {
	for _, w := range words {
		b = n.order.AppendUint32(b, w)
	}
	return b
}

func (n *ng) block(kind uint32, body []byte) *ng {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	size := uint32(len(body) + 12)
	n.b = append(n.words(n.b, kind, size), body...)
	n.b = n.words(n.b, size)
	return n
}

// section begins a section in a byte order.
func (n *ng) section(order binary.AppendByteOrder) *ng {
	n.order = order
	return n.block(0x0a0d0d0a, n.words(nil, 0x1a2b3c4d, 0, math.MaxUint32, math.MaxUint32)[:16]).version()
}

// version puts 1.0 into the section header that was just written.
func (n *ng) version() *ng {
	at := len(n.b) - 28 + 12
	copy(n.b[at:], n.order.AppendUint16(nil, 1))
	return n
}

func (n *ng) option(b []byte, code uint16, value []byte) []byte {
	b = n.order.AppendUint16(b, code)
	b = append(n.order.AppendUint16(b, uint16(len(value))), value...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

func (n *ng) iface(link uint16, snap uint32, options []byte) *ng {
	b := n.order.AppendUint16(nil, link)
	b = n.order.AppendUint16(b, 0)
	return n.block(1, append(n.words(b, snap), options...))
}

func (n *ng) packet(iface uint32, at uint64, data string, options []byte) *ng {
	b := n.words(nil, iface, uint32(at>>32), uint32(at), uint32(len(data)), uint32(len(data)))
	b = append(b, data...)
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return n.block(6, append(b, options...))
}

// scan reads everything with a Scanner and returns the packets, their octets copied.
func scan(t testing.TB, b []byte) (*capture.Scanner, []capture.RawPacket) {
	t.Helper()
	s, err := capture.NewScanner("x", iotest.HalfReader(bytes.NewReader(b)))
	require.NoError(t, err)
	var all []capture.RawPacket
	for {
		var p capture.RawPacket
		err := s.Next(&p)
		if err == io.EOF {
			return s, all
		}
		require.NoError(t, err)
		p.Data = bytes.Clone(p.Data)
		require.Equal(t, p.Data, b[p.Offset:p.Offset+int64(len(p.Data))], "the offset is that of the packet's first octet")
		all = append(all, p)
	}
}

func TestTimesOfEveryResolution(t *testing.T) {
	for _, c := range []struct {
		name   string
		resol  []byte
		offset []byte
		units  uint64
		want   time.Time
	}{
		{"none said: microseconds", nil, nil, 1_700_000_000_000_007, time.Unix(1_700_000_000, 7000)},
		{"seconds", []byte{0}, nil, 1_700_000_000, time.Unix(1_700_000_000, 0)},
		{"milliseconds", []byte{3}, nil, 1_700_000_000_007, time.Unix(1_700_000_000, 7_000_000)},
		{"nanoseconds", []byte{9}, nil, 1_700_000_000_000_000_007, time.Unix(1_700_000_000, 7)},
		{"picoseconds", []byte{12}, nil, 7_000_000_000_000_999, time.Unix(7000, 0)},
		{"halves", []byte{0x81}, nil, 1001, time.Unix(500, 500_000_000)},
		{"2 to the -32, as NTP counts", []byte{0xa0}, nil, 1000<<32 | 1<<30, time.Unix(1000, 250_000_000)},
		{"2 to the -64", []byte{0xc0}, nil, math.MaxUint64, time.Unix(0, 0)},
		{"10 to the -127", []byte{127}, nil, math.MaxUint64, time.Unix(0, 0)},
		{"an offset in seconds", []byte{6}, []byte{100, 0, 0, 0, 0, 0, 0, 0}, 1, time.Unix(100, 1000)},
		{"an offset before", []byte{6}, bytes.Repeat([]byte{0xff}, 8), 5_000_000, time.Unix(4, 0)},
		{"later than there are times", []byte{0}, nil, math.MaxUint64, time.Unix(0, math.MaxInt64)},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := (&ng{}).section(binary.LittleEndian)
			var options []byte
			if c.resol != nil {
				options = f.option(options, 9, c.resol)
			}
			if c.offset != nil {
				options = f.option(options, 14, c.offset)
			}
			f.iface(101, 0, options).packet(0, c.units, "abc", nil)
			_, all := scan(t, f.b)
			require.Len(t, all, 1)
			require.Equal(t, c.want.UTC(), time.Unix(0, all[0].At).UTC())
		})
	}
}

// Two sections in different byte orders, each with its own interfaces; blocks of every kind between them, secrets at the end.
func everything() []byte {
	f := (&ng{}).section(binary.BigEndian)
	f.block(0xbad, f.words(nil, 32473, 1, 2)) // a custom block
	f.iface(101, 0, f.option(f.option(nil, 2, []byte("eth0")), 1, []byte("the way out")))
	f.packet(0, 1000000, "first", f.option(f.option(nil, 1, []byte("one")), 1, []byte("two")))
	f.block(4, f.option(f.option(nil, 1, append([]byte{10, 0, 0, 1}, "h1\x00www.h1\x00"...)), 2, append(netip.MustParseAddr("fd00::2").AsSlice(), "h2\x00"...)))
	f.section(binary.LittleEndian).iface(1, 4, nil).iface(113, 0, nil)
	f.packet(1, 2000000, "second", nil)
	f.block(3, append(f.words(nil, 6), "simp"...)) // cut to the snap length
	f.block(2, append(f.words(nil, 0xffff<<16|1, 0, 3000000, 5, 9), "older\x00\x00\x00"...))
	f.block(5, f.option(f.words(nil, 1, 0, 0), 5, []byte{42, 0, 0, 0, 0, 0, 0, 0}))
	f.block(0x77777777, nil)
	f.block(10, append(f.words(nil, 0x544c534b, 13), "CLIENT_RANDOM"...))
	f.block(10, append(f.words(nil, 0x57474b4c, 2), "wg"...))
	return f.b
}

func TestAFileWithEverything(t *testing.T) {
	s, all := scan(t, everything())
	require.Len(t, all, 4)
	want := []struct {
		data   string
		at     int64
		length int
		link   capture.LinkType
		iface  int
	}{
		{"first", 1e9, 5, capture.RawIP, 0},
		{"second", 2e9, 6, capture.LinuxSLL, 2},
		{"simp", 2e9, 6, capture.Ether, 1},
		{"older", 3e9, 9, capture.LinuxSLL, 2},
	}
	for i, w := range want {
		p := all[i]
		require.Equal(t, w.data, string(p.Data))
		require.Equal(t, w.at, p.At)
		require.Equal(t, w.length, p.Length)
		require.Equal(t, w.link, p.LinkType)
		require.Equal(t, w.iface, p.Interface)
		require.Equal(t, i == 2, p.Untimed)
	}
	x := s.Extra()
	require.Equal(t, 2, x.Sections)
	require.Equal(t, 2, x.Skipped)
	require.Zero(t, x.Forgotten)
	require.Equal(t, "eth0", x.Interfaces[0].Name)
	require.Equal(t, 1, x.Interfaces[2].Section)
	require.Equal(t, uint64(42), x.Interfaces[2].Dropped)
	require.Equal(t, []string{"the way out"}, x.Comments)
	require.Equal(t, []capture.HostName{
		{Addr: netip.MustParseAddr("10.0.0.1"), Names: []string{"h1", "www.h1"}}, {Addr: netip.MustParseAddr("fd00::2"), Names: []string{"h2"}},
	}, x.Names)
	require.Len(t, x.Secrets, 2)
	require.Equal(t, "CLIENT_RANDOM\n", string(x.KeyLog()))

	records, err := readAll(everything())
	require.NoError(t, err)
	require.Equal(t, []string{"one", "two"}, records[0].Comments)
}

func TestPackedWithZstd(t *testing.T) {
	var packed bytes.Buffer
	w, err := zstd.NewWriter(&packed)
	require.NoError(t, err)
	_, err = w.Write(file(t, "http.pcap"))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	records, err := readAll(packed.Bytes())
	require.NoError(t, err)
	require.Len(t, records, 24)

	skippable := append([]byte{0x52, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'h', 'i'}, packed.Bytes()...)
	records, err = readAll(skippable)
	require.NoError(t, err)
	require.Len(t, records, 24)

	broken := bytes.Clone(packed.Bytes())
	broken[len(broken)/2] ^= 0xff
	_, err = readAll(broken)
	require.ErrorIs(t, err, capture.ErrDamaged)
	require.ErrorContains(t, err, "packed with zstd")
}

func TestPcapVariants(t *testing.T) {
	// The patched libpcap of 1998 has longer packet headers, version 2.2 has both lengths the other way round,
	// and the upper half of the link type says how long the frame check sequence is.
	order := binary.LittleEndian
	patched := classic(order, 0xa1b2cd34)
	patched = append(patched[:40:40], append(make([]byte, 8), patched[40:]...)...)
	old := classic(order, 0xa1b2c3d4)
	order.PutUint16(old[6:], 2)
	order.PutUint32(old[32:], 6)
	order.PutUint32(old[36:], 4)
	fcs := classic(order, 0xa1b2c3d4)
	order.PutUint32(fcs[20:], 0x54000000|101)
	for name, b := range map[string][]byte{"patched": patched, "old": old, "fcs": fcs} {
		_, all := scan(t, b)
		require.Len(t, all, 1, name)
		require.Equal(t, []byte{1, 2, 3, 4}, all[0].Data, name)
		require.Equal(t, 6, all[0].Length, name)
		require.Equal(t, capture.RawIP, all[0].LinkType, name)
	}
}

func TestWhatIsWrongAndWhere(t *testing.T) {
	le := func() *ng { return (&ng{}).section(binary.LittleEndian) }
	withTail := func(f *ng) []byte { f.b[len(f.b)-4]++; return f.b }
	for _, c := range []struct {
		name string
		b    []byte
		want string
	}{
		{"no interface", le().packet(0, 0, "x", nil).b, "octet 36, within what follows the file header at octet 28: a packet of interface 0, and 0 interfaces are declared"},
		{"lengths differ", withTail(le().iface(1, 0, nil)), "octet 44, within what follows the file header at octet 28: a block that began with 20 octets as its length ends with 21"},
		{"tiny block", append(le().b, 6, 0, 0, 0, 8, 0, 0, 0), "octet 32, within what follows the file header at octet 28: a block of 8 octets; it has at least 12, and a multiple of 4"},
		{"huge block", append(le().b, 6, 0, 0, 0, 0, 0, 0, 0x7f), "octet 32, within what follows the file header at octet 28: a block of 2130706432 octets; the largest that is read has 16777216"},
		{"short packet", le().iface(1, 0, nil).block(6, []byte{1, 2, 3}).b, "octet 56, within what follows the file header at octet 28: a packet block of 16 octets; it has at least 32"},
	} {
		_, err := readAll(c.b)
		require.ErrorIs(t, err, capture.ErrDamaged, c.name)
		require.EqualError(t, err, "x.pcap: damaged: "+c.want, c.name)
	}
	_, err := readAll([]byte("\xfd7zXZ\x00\x00\x04"))
	require.EqualError(t, err, "x.pcap: not a capture file: it is packed with xz: unpack it first (unxz)")
}

// Cut at any octet, the file with everything gives a beginning of its packets.
func TestEverythingCutAtEveryOctet(t *testing.T) {
	whole, err := readAll(everything())
	require.NoError(t, err)
	for n := range everything() {
		records, err := readAll(everything()[:n])
		require.Equal(t, whole[:len(records)], append([]capture.Record{}, records...))
		require.True(t, err == nil || errors.Is(err, capture.ErrCutOff) || errors.Is(err, capture.ErrNotCapture), "cut at %d: %v", n, err)
	}
}

// A pass over a capture allocates nothing for a packet.
func TestAScanAllocatesNothingForAPacket(t *testing.T) {
	content := file(t, "http.pcap")
	content = append(content[:24:24], bytes.Repeat(content[24:], 100)...)
	var s *capture.Scanner
	r := bytes.NewReader(content)
	opening := testing.AllocsPerRun(10, func() {
		r.Reset(content)
		s, _ = capture.NewScanner("x", r)
	})
	whole := testing.AllocsPerRun(10, func() {
		r.Reset(content)
		s, _ = capture.NewScanner("x", r)
		var p capture.RawPacket
		for s.Next(&p) == nil {
		}
	})
	require.InDelta(t, opening, whole, 1)
}

// What a file claims and does not hold costs no memory.
func TestAClaimCostsNoMemory(t *testing.T) {
	b := classic(binary.LittleEndian, 0xa1b2c3d4)
	binary.LittleEndian.PutUint32(b[24+8:], 1<<24-100)
	allocated := testing.Benchmark(func(tb *testing.B) {
		tb.ReportAllocs()
		for tb.Loop() {
			_, err := readAll(b)
			require.ErrorIs(tb, err, capture.ErrCutOff)
		}
	}).AllocedBytesPerOp()
	require.Less(t, allocated, int64(1<<20))
}

// A reader that waits, as a pipe does, is not asked for more than the next packet.
func TestPacketsOfAPipeAreToldWhenTheyArrive(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	b := file(t, "http.pcap")
	go func() { w.Write(b[:24+16+74]) }()
	c, err := capture.NewReader("x", r)
	require.NoError(t, err)
	rec, err := c.Next()
	require.NoError(t, err)
	require.Len(t, rec.Packet, 74)
}

func BenchmarkScanner(b *testing.B) {
	content := file(b, "http.pcap")
	content = append(bytes.Clone(content[:24]), bytes.Repeat(content[24:], 1000)...)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		s, _ := capture.NewScanner("x", bytes.NewReader(content))
		var p capture.RawPacket
		n := 0
		for s.Next(&p) == nil {
			n++
		}
		if n != 24000 {
			b.Fatal(n)
		}
	}
	b.ReportMetric(24000*float64(b.N)/b.Elapsed().Seconds(), "packets/s")
}

func TestAReaderThatNeverReadsEnds(t *testing.T) {
	_, err := capture.NewReader("x", idle{})
	require.ErrorContains(t, err, "x: "+io.ErrNoProgress.Error())
	_, err = capture.NewReader("x", strings.NewReader("\x1f\x8bzz"))
	require.ErrorIs(t, err, capture.ErrDamaged)
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }
