package capture

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"
)

// captures returns the captures of the project by name.
func captures(t *testing.T) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob(filepath.Join("..", "testdata", "captures", "*.pcap*"))
	require.NoError(t, err)
	require.Greater(t, len(names), 60)
	all := map[string][]byte{}
	for _, name := range names {
		all[filepath.Base(name)], err = os.ReadFile(name)
		require.NoError(t, err)
	}
	return all
}

// on returns a Scanner that is where s is, of a file that has the octets b and ends there. What is before octet begin need not be what s has read.
func (s *Scanner) on(b []byte) *Scanner {
	c := *s
	c.in = &input{r: bytes.NewReader(nil), buf: b, at: int(s.in.offset), to: len(b), behind: s.in.behind, offset: s.in.offset, err: io.EOF}
	if c.format == pcap {
		c.next = c.nextPcap
	} else {
		c.next = c.nextPcapng
	}
	return &c
}

// steps calls f with a Scanner before each packet of a file, and with where the packet, which p holds, begins and ends.
func steps(t *testing.T, b []byte, f func(before *Scanner, p *RawPacket, from, to int64)) {
	t.Helper()
	s, err := NewScanner("x", bytes.NewReader(b))
	require.NoError(t, err)
	for {
		before := *s
		in := *s.in
		before.in = &in
		var p RawPacket
		if err := s.Next(&p); err != nil {
			f(&before, nil, before.in.offset, int64(len(b)))
			return
		}
		f(&before, &p, before.in.offset, s.in.offset)
	}
}

// Every capture of the project, cut at every octet, gives all packets before, no other, and says that it is cut off.
//
// A Scanner that has read up to a packet knows nothing of what is behind, so that one pass is enough: from before each packet it is
// given the file cut at each octet of that packet. With -short it is every seventh.
func TestEveryCaptureCutAtEveryOctet(t *testing.T) {
	for name, b := range captures(t) {
		cuts := 0
		steps(t, b, func(before *Scanner, p *RawPacket, from, to int64) {
			if cuts == 0 {
				for ; cuts < int(from); cuts++ {
					_, err := NewScanner(name, bytes.NewReader(b[:cuts]))
					require.True(t, errors.Is(err, ErrCutOff) || errors.Is(err, ErrNotCapture), "%s cut at octet %d: %v", name, cuts, err)
				}
			}
			for n := from; n < to; n++ {
				if testing.Short() && n%7 != 0 {
					cuts++
					continue
				}
				s := before.on(b[:n])
				var got RawPacket
				err := s.Next(&got)
				again := s.Next(&got)
				cuts++
				if err != again || !errors.Is(err, ErrCutOff) && err != io.EOF {
					t.Fatalf("%s cut at octet %d: %v, then %v", name, n, err, again)
				}
			}
		})
		require.Equal(t, len(b), cuts, name)
	}
}

// A Scanner that is put into the middle of a file goes on as one that was there from the beginning.
func TestACutIsACut(t *testing.T) {
	for name, b := range captures(t) {
		var put []string
		steps(t, b, func(before *Scanner, p *RawPacket, from, to int64) {
			if before.packets%16 != 1 {
				return
			}
			n := (from + to) / 2
			var got RawPacket
			put = append(put, before.on(b[:n]).Next(&got).Error())
			whole, err := NewScanner("x", bytes.NewReader(b[:n]))
			require.NoError(t, err)
			packets := 0
			for err == nil {
				if err = whole.Next(&got); err == nil {
					packets++
				}
			}
			require.Equal(t, before.packets, packets)
			require.Equal(t, put[len(put)-1], err.Error(), name)
		})
	}
}

// A bit that is wrong, anywhere in the first packets of each capture, does no harm: every bit of what the file says of a packet, and of the packet itself one of
// each octet, is turned.
func TestEveryCaptureWithAWrongBit(t *testing.T) {
	packets, octets := 3, int64(96)
	if testing.Short() {
		packets, octets = 1, 48
	}
	for name, b := range captures(t) {
		turned := bytes.Clone(b)
		steps(t, b, func(before *Scanner, p *RawPacket, from, to int64) {
			if before.packets >= packets || p == nil {
				return
			}
			for at := from; at < min(to, p.Offset+octets); at++ {
				for bit := range 8 {
					if at >= p.Offset && bit != int(at)%8 {
						continue
					}
					turned[at] ^= 1 << bit
					var got RawPacket
					err := before.on(turned).Next(&got)
					require.True(t, err == nil || err == io.EOF || errors.Is(err, ErrDamaged) || errors.Is(err, ErrCutOff), "%s, bit %d of octet %d: %v", name, bit, at, err)
					if err == nil {
						rec := Record{Number: 1, LinkType: got.LinkType, Packet: got.Data, Length: got.Length}
						NewSummarizer().Summarize(&rec)
						NewFinder().Add(&rec)
						if at >= p.Offset {
							DissectRecord(&rec)
						}
					}
					turned[at] = b[at]
				}
			}
		})
	}
}

// What is packed and cut off gives the packets that could be unpacked.
func TestPackedCapturesCutOff(t *testing.T) {
	b := captures(t)["http.pcap"]
	var packed [2]bytes.Buffer
	zs, err := zstd.NewWriter(&packed[1])
	require.NoError(t, err)
	for i, w := range []io.WriteCloser{gzip.NewWriter(&packed[0]), zs} {
		_, err := w.Write(b)
		require.NoError(t, err)
		require.NoError(t, w.Close())
		for n := 0; n < packed[i].Len(); n += 7 {
			s, err := NewScanner("x", bytes.NewReader(packed[i].Bytes()[:n]))
			for at := int64(24 + 16); err == nil; {
				var p RawPacket
				if err = s.Next(&p); err == nil {
					require.Equal(t, at, p.Offset)
					at += int64(len(p.Data)) + 16
				}
			}
			require.True(t, errors.Is(err, ErrCutOff) || errors.Is(err, ErrNotCapture) || errors.Is(err, ErrDamaged), "cut at octet %d: %v", n, err)
		}
	}
}
