package capture

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/flow"
)

// pieces gives at most so many octets at a time, so that even small files make many batches.
type pieces struct {
	r    io.Reader
	most int
}

func (p *pieces) Read(b []byte) (int, error) { return p.r.Read(b[:min(len(b), p.most)]) }

// indexed is what an index of a capture holds.
type indexed struct {
	rows  []row
	found []flow.Finding
	err   string
}

func (x *indexed) add(s *sorter, p *parsed) {
	x.rows = append(x.rows, row{})
	x.found = append(x.found, s.sort(p, len(x.rows), &x.rows[len(x.rows)-1])...)
}

// oneByOne indexes a capture without reading ahead.
func oneByOne(t *testing.T, octets []byte) (x indexed) {
	t.Helper()
	s, err := NewScanner("x", bytes.NewReader(octets))
	require.NoError(t, err)
	sorter := newSorter()
	for {
		var p parsed
		if err := s.Next(&p.RawPacket); err != nil {
			x.err = err.Error()
			x.found = append(x.found, sorter.finder.End()...)
			return x
		}
		p.parse()
		x.add(&sorter, &p)
	}
}

// aheadOf indexes it with reading ahead, and stops after every so many batches, to go on.
func aheadOf(t *testing.T, octets []byte, parsers, stops int) (x indexed) {
	t.Helper()
	s, err := NewScanner("x", &pieces{bytes.NewReader(octets), 600})
	require.NoError(t, err)
	sorter, batches := newSorter(), 0
	for err == nil {
		err = s.readAheadWith(parsers, func(packets []parsed) bool {
			for i := range packets {
				x.add(&sorter, &packets[i])
			}
			batches++
			return stops == 0 || batches%stops > 0
		})
	}
	x.err = err.Error()
	x.found = append(x.found, sorter.finder.End()...)
	return x
}

// What is found in a capture does not depend on how many goroutines read it, nor on where they are stopped; also if it is damaged or cut off.
func TestReadingAheadFindsTheSame(t *testing.T) {
	files, err := filepath.Glob("../testdata/captures/*.pcap*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, name := range files {
		octets, err := os.ReadFile(name)
		require.NoError(t, err)
		for what, octets := range map[string][]byte{
			"whole": octets, "cut off": octets[:len(octets)*2/3], "damaged": append(append(bytes.Clone(octets[:len(octets)/2]), bytes.Repeat([]byte{0xff}, 64)...), octets[len(octets)/2:]...),
		} {
			t.Run(fmt.Sprint(filepath.Base(name), " ", what), func(t *testing.T) {
				want := oneByOne(t, octets)
				// In a bubble a goroutine that does not end is an error.
				synctest.Test(t, func(t *testing.T) {
					require.Equal(t, want, aheadOf(t, octets, 1, 0))
					require.Equal(t, want, aheadOf(t, octets, 3, 2))
				})
			})
		}
	}
}

// What has arrived is taken while more is waited for.
func TestReadingAheadWaitsForNobody(t *testing.T) {
	octets, err := os.ReadFile("../testdata/captures/lossy.pcapng")
	require.NoError(t, err)
	want := oneByOne(t, octets)
	synctest.Test(t, func(t *testing.T) {
		out, in := io.Pipe()
		sent := make(chan int, 1)
		go func() {
			_, err := in.Write(octets[:len(octets)/2])
			in.CloseWithError(err)
		}()
		s, err := NewScanner("x", &held{out, sent})
		require.NoError(t, err)
		n := 0
		err = s.readAhead(func(packets []parsed) bool {
			n += len(packets)
			select {
			case sent <- n:
			default:
			}
			return true
		})
		require.ErrorIs(t, err, ErrCutOff)
		require.Less(t, n, len(want.rows))
		require.Positive(t, n)
	})
}

// held gives its end only when packets before it were taken.
type held struct {
	r     io.Reader
	taken chan int
}

func (h *held) Read(b []byte) (int, error) {
	n, err := h.r.Read(b)
	if err != nil {
		<-h.taken
	}
	return n, err
}

// Few packets at a time are held, however large the file is and however slowly they are taken.
func TestReadingAheadIsBounded(t *testing.T) {
	octets, err := os.ReadFile("../testdata/captures/lossy.pcapng")
	require.NoError(t, err)
	r := &pieces{bytes.NewReader(octets), 600}
	synctest.Test(t, func(t *testing.T) {
		s, err := NewScanner("x", r)
		require.NoError(t, err)
		before := r.r.(*bytes.Reader).Len()
		err = s.readAheadWith(1, func([]parsed) bool {
			synctest.Wait() // all others wait for this
			read := before - r.r.(*bytes.Reader).Len()
			before = r.r.(*bytes.Reader).Len()
			require.LessOrEqual(t, read, 8<<10)
			return true
		})
		require.ErrorIs(t, err, io.EOF)
	})
}

// told is what is found and said of each packet of a capture by who reads all of it, at most so many octets at a time.
func told(t *testing.T, octets []byte, most int, ahead bool) (all []string) {
	t.Helper()
	r, err := NewReader("x", &pieces{bytes.NewReader(octets), most})
	require.NoError(t, err)
	finder, sums := NewFinder(), NewSummarizer()
	if ahead {
		r.ReadAhead(finder)
	}
	add := func(found []flow.Finding) {
		for i := range found {
			all = append(all, fmt.Sprint(found[i].Packet, found[i].Stream, found[i].Text()))
		}
	}
	for {
		rec, err := r.Borrow()
		if err != nil {
			_, again := r.Borrow()
			require.Equal(t, err, again)
			add(finder.End())
			return append(all, err.Error(), fmt.Sprint(r.Damage()))
		}
		all = append(all, fmt.Sprint(rec.Number, rec.At, sums.Summarize(&rec), rec.Packet, r.Damage()))
		add(finder.Add(&rec))
	}
}

// A Reader that reads ahead, and a Finder that looks at packets ahead, tell the same.
func TestReaderReadsAheadTheSame(t *testing.T) {
	for _, name := range []string{"http.pcap", "lossy.pcapng"} {
		octets, err := os.ReadFile("../testdata/captures/" + name)
		require.NoError(t, err)
		if name == "http.pcap" { // often enough for packets before and behind damage to be read at once
			octets = append(octets[:24:24], bytes.Repeat(octets[24:], 10)...)
		}
		for what, octets := range map[string][]byte{
			"whole": octets, "cut off": octets[:len(octets)*2/3], "damaged": append(append(bytes.Clone(octets[:len(octets)/2]), bytes.Repeat([]byte{0xff}, 64)...), octets[len(octets)/2:]...),
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				want := told(t, octets, 600, false)
				require.Greater(t, len(want), 10)
				synctest.Test(t, func(t *testing.T) {
					require.Equal(t, want, told(t, octets, 600, true))
					require.Equal(t, want, told(t, octets, 1<<20, true))
				})
			})
		}
	}
}
