package capture_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", name))
	require.NoError(t, err)
	return b
}

// readAll reads until the first error, which it returns; nil stands for the end of the file.
func readAll(b []byte) ([]capture.Record, error) {
	r, err := capture.NewReader("x.pcap", bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	var records []capture.Record
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records = append(records, rec)
	}
}

func TestReadsWhatOthersWrote(t *testing.T) {
	for _, c := range []struct {
		name    string
		packets int
		link    capture.LinkType
		first   string // time of the first packet
	}{
		{"http.pcap", 24, capture.Ether, "2026-11-23T10:11:59.372449Z"},
		{"ping.pcap", 7, capture.SLL2, "2026-11-23T10:12:01.419313566Z"},
		{"dns.pcapng", 4, capture.Ether, "2026-11-23T10:12:07.039239Z"},
		{"mixed.pcap", 15, capture.Ether, "2026-11-23T10:12:40.400851Z"},
	} {
		t.Run(c.name, func(t *testing.T) {
			records, err := readAll(file(t, c.name))
			require.NoError(t, err)
			require.Len(t, records, c.packets)
			for i, rec := range records {
				require.Equal(t, i+1, rec.Number)
				require.Equal(t, c.link, rec.LinkType)
				require.Equal(t, rec.Length, len(rec.Packet))
			}
			require.True(t, strings.HasPrefix(records[0].At.Format(time.RFC3339Nano), c.first), records[0].At.Format(time.RFC3339Nano))
		})
	}
	records, _ := readAll(file(t, "dns.pcapng"))
	require.Equal(t, []string{"asks for the address of www.netlab.test"}, records[0].Comments)
	require.Empty(t, records[1].Comments)
}

// classic builds a pcap file of one packet of four octets that were six on the wire.
func classic(order binary.AppendByteOrder, magic uint32) []byte {
	b := order.AppendUint32(nil, magic)
	b = order.AppendUint16(b, 2)
	b = order.AppendUint16(b, 4)
	for _, v := range []uint32{0, 0, 65535, 101, 1000, 7, 4, 6} {
		b = order.AppendUint32(b, v)
	}
	return append(b, 1, 2, 3, 4)
}

func TestEveryByteOrderAndResolution(t *testing.T) {
	for _, c := range []struct {
		name  string
		order binary.AppendByteOrder
		magic uint32
		nanos int64
	}{
		{"little endian, microseconds", binary.LittleEndian, 0xa1b2c3d4, 7000},
		{"big endian, microseconds", binary.BigEndian, 0xa1b2c3d4, 7000},
		{"little endian, nanoseconds", binary.LittleEndian, 0xa1b23c4d, 7},
		{"big endian, nanoseconds", binary.BigEndian, 0xa1b23c4d, 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			records, err := readAll(classic(c.order, c.magic))
			require.NoError(t, err)
			require.Equal(t, []capture.Record{{
				Number: 1, At: time.Unix(1000, c.nanos).UTC(), LinkType: capture.RawIP, Packet: []byte{1, 2, 3, 4}, Length: 6,
			}}, records)
		})
	}
}

func TestPackedFiles(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(file(t, "http.pcap"))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	records, err := readAll(packed.Bytes())
	require.NoError(t, err)
	require.Len(t, records, 24)

	records, err = readAll(packed.Bytes()[:packed.Len()/2])
	require.ErrorIs(t, err, capture.ErrCutOff)
	require.NotEmpty(t, records)
}

func TestWhatIsNotACapture(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"empty", "", "x.pcap: not a capture file: it is empty"},
		{
			"text", "Dear diary,\ntoday I saw a segment.",
			`x.pcap: not a capture file: begins with "Dear diary,\ntoda", not with the magic number of pcap (d4 c3 b2 a1) or pcapng (0a 0d 0d 0a)`,
		},
		{
			"octets", "\x7fELF\x02\x01\x01\x00\x00",
			`x.pcap: not a capture file: begins with 7f 45 4c 46 02 01 01 00, not with the magic number of pcap (d4 c3 b2 a1) or pcapng (0a 0d 0d 0a)`,
		},
		{
			"half a magic number", "\xd4\xc3",
			`x.pcap: not a capture file: begins with d4 c3, not with the magic number of pcap (d4 c3 b2 a1) or pcapng (0a 0d 0d 0a)`,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := capture.NewReader("x.pcap", strings.NewReader(c.content))
			require.ErrorIs(t, err, capture.ErrNotCapture)
			require.EqualError(t, err, c.want)
		})
	}
}

func TestACutOffCaptureGivesEveryWholePacketFirst(t *testing.T) {
	b := file(t, "http.pcap")
	records, err := readAll(b[:300])
	require.Len(t, records, 3)
	require.ErrorIs(t, err, capture.ErrCutOff)
	require.EqualError(t, err, "x.pcap: cut off: the file ends at octet 300, within what follows packet 3 at octet 286")

	r, err := capture.NewReader("x.pcap", bytes.NewReader(b[:30]))
	require.NoError(t, err)
	_, err = r.Next()
	require.EqualError(t, err, "x.pcap: cut off: the file ends at octet 30, within what follows the file header at octet 24")
	_, again := r.Next()
	require.Equal(t, err, again)

	_, err = capture.NewReader("x.pcap", bytes.NewReader(b[:10]))
	require.EqualError(t, err, "x.pcap: cut off: the file ends at octet 10, within the file header")
}

// A capture cut at any octet gives exactly its whole packets, and an error unless the cut is where a
// packet ends.
func TestCutAtEveryOctet(t *testing.T) {
	for _, name := range []string{"ping.pcap", "dns.pcapng", "http.pcap"} {
		t.Run(name, func(t *testing.T) {
			b := file(t, name)
			whole, err := readAll(b)
			require.NoError(t, err)
			clean := 0
			for n := range b {
				records, err := readAll(b[:n])
				require.Equal(t, len(records), len(whole[:len(records)]))
				if len(records) > 0 {
					require.Equal(t, whole[:len(records)], records, "cut at %d", n)
				}
				if err == nil {
					clean++
					continue
				}
				require.True(t, errors.Is(err, capture.ErrCutOff) || errors.Is(err, capture.ErrNotCapture), "cut at %d: %v", n, err)
			}
			// Clean ends: after the file header (and pcapng's interface block) and after each packet but the last.
			blocks := len(whole)
			if name == "dns.pcapng" {
				blocks++
			}
			require.Equal(t, blocks, clean)
		})
	}
}

func TestADamagedCaptureSaysWhere(t *testing.T) {
	b := bytes.Clone(file(t, "http.pcap"))
	binary.LittleEndian.PutUint32(b[24+16+74+8:], 1<<30) // the captured length of packet 2
	records, err := readAll(b)
	require.Len(t, records, 23, "all others are found")
	require.ErrorIs(t, err, capture.ErrDamaged)
	require.EqualError(t, err, "x.pcap: damaged: octet 122, within what follows packet 1 at octet 114: "+
		"a packet of 1073741824 octets; the largest that is read has 16777216; octets 114 to 203 are skipped, and 22 packets follow")
}

func TestAFileThatCannotBeRead(t *testing.T) {
	broken := errors.New("input/output error")
	_, err := capture.NewReader("x.pcap", iotest.ErrReader(broken))
	require.EqualError(t, err, "x.pcap: input/output error")

	b := file(t, "http.pcap")
	r, err := capture.NewReader("x.pcap", io.MultiReader(bytes.NewReader(b[:120]), iotest.ErrReader(broken)))
	require.NoError(t, err)
	_, err = r.Next()
	require.NoError(t, err)
	_, err = r.Next()
	require.ErrorIs(t, err, broken)
	require.EqualError(t, err, "x.pcap: octet 120: input/output error")
}

func FuzzReader(f *testing.F) {
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap"} {
		f.Add(file(f, name))
	}
	f.Add(classic(binary.BigEndian, 0xa1b23c4d))
	f.Fuzz(func(t *testing.T, b []byte) {
		records, err := readAll(b)
		if err != nil {
			require.NotContains(t, err.Error(), "\n", "one line")
		}
		for i, rec := range records {
			require.Equal(t, i+1, rec.Number)
			require.GreaterOrEqual(t, rec.Length, len(rec.Packet))
			capture.Dissect(rec.LinkType, rec.Packet)
		}
		name := filepath.Join(t.TempDir(), "fuzz.pcap")
		require.NoError(t, os.WriteFile(name, b, 0o644))
		f, err := capture.Open(name)
		if err != nil {
			require.Empty(t, records)
			return
		}
		defer f.Close()
		_ = f.Load(t.Context(), nil) // damaged ones too
		require.Equal(t, len(records), f.Len(), "whoever reads all at once, and the index")
	})
}

func BenchmarkReader(b *testing.B) {
	content := file(b, "http.pcap")
	header, packets := content[:24], bytes.Repeat(content[24:], 1000)
	content = append(bytes.Clone(header), packets...)
	b.SetBytes(int64(len(content)))
	b.ReportAllocs()
	for b.Loop() {
		records, err := readAll(content)
		if err != nil || len(records) != 24000 {
			b.Fatal(len(records), err)
		}
	}
}
