package capture_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// captures returns the names of all captures that come with the program.
func captures(t testing.TB) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join("..", "testdata", "captures", "*"))
	require.NoError(t, err)
	all = slices.DeleteFunc(all, func(name string) bool { return !strings.Contains(filepath.Base(name), ".pcap") })
	require.GreaterOrEqual(t, len(all), 4)
	return all
}

// load opens a capture and makes its index.
func load(t testing.TB, name string) *capture.File {
	t.Helper()
	f, err := capture.Open(name)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	require.NoError(t, f.Load(context.Background(), nil))
	return f
}

// begins returns the sentence that both give of a packet, as far as it depends on that packet alone.
func begins(what string) string {
	for _, word := range []string{"  dup ", "  window ", "  zero-window probe", "zero-window probe", "keep-alive"} {
		what, _, _ = strings.Cut(what, word)
	}
	return strings.TrimSpace(what)
}

// TestFileAgreesWithReader reads every capture both ways.
func TestFileAgreesWithReader(t *testing.T) {
	for _, name := range captures(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			in, err := os.Open(name)
			require.NoError(t, err)
			defer in.Close()
			r, err := capture.NewReader(name, in)
			require.NoError(t, err)
			f, err := capture.Open(name)
			require.NoError(t, err)
			defer f.Close()
			loadErr := f.Load(context.Background(), nil)
			s := capture.NewSummarizer()
			for n := 1; ; n++ {
				want, err := r.Next()
				if err != nil {
					require.Equal(t, n-1, f.Len())
					if err == io.EOF {
						err = nil
					}
					require.Equal(t, err, loadErr)
					return
				}
				got, sum, err := f.Summary(n)
				require.NoError(t, err)
				got.Interface = want.Interface
				require.Equal(t, want, got)
				w := s.Add(want.LinkType, want.Packet)
				require.Equal(t, w.Stream, sum.Stream, "packet %d", n)
				if w.Proto == "TLS" && sum.Proto == "TCP" {
					w.Proto, w.What = "TCP", "" // that a record goes on in it only the packets before say
				}
				require.Equal(t, []string{w.Src, w.Dst, w.Proto, w.Problem, w.Transport}, []string{sum.Src, sum.Dst, sum.Proto, sum.Problem, sum.Transport}, "packet %d", n)
				if was := begins(w.What); was != "" {
					require.True(t, strings.HasPrefix(sum.What, was), "packet %d: %q, %q", n, w.What, sum.What)
				}
			}
		})
	}
}

// A packed file has the same packets, although octets of it cannot be had at once.
func TestFilePacked(t *testing.T) {
	plain := file(t, "http.pcap")
	for packed, pack := range map[string]func(io.Writer) io.WriteCloser{
		"gzip": func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) },
		"zstd": func(w io.Writer) io.WriteCloser {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			require.NoError(t, err)
			return z
		},
	} {
		t.Run(packed, func(t *testing.T) {
			var b bytes.Buffer
			w := pack(&b)
			_, err := w.Write(plain)
			require.NoError(t, err)
			require.NoError(t, w.Close())
			name := filepath.Join(t.TempDir(), "packed")
			require.NoError(t, os.WriteFile(name, b.Bytes(), 0o600))
			temp := t.TempDir()
			t.Setenv("TMPDIR", temp)

			f := load(t, name)
			left, err := os.ReadDir(temp)
			require.NoError(t, err)
			require.Empty(t, left, "the temporary file has no name any more")
			want := load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
			require.Equal(t, want.Len(), f.Len())
			for n := 1; n <= f.Len(); n++ {
				a, err := want.Packet(n)
				require.NoError(t, err)
				b, err := f.Packet(n)
				require.NoError(t, err)
				require.Equal(t, a, b)
			}
			read, size, loaded, err := f.Progress()
			require.NoError(t, err)
			require.True(t, loaded)
			require.Equal(t, int64(b.Len()), read)
			require.Equal(t, read, size)
		})
	}
}

// Load can be cancelled, and goes on where it was; what is there can be looked at meanwhile.
func TestFileCancelled(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.pcap")
	many(t, name, 50_000)
	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	ctx, cancel := context.WithCancel(context.Background())
	err = f.Load(ctx, func(read, size int64) {
		require.LessOrEqual(t, read, size)
		rec, err := f.Packet(f.Len())
		require.NoError(t, err)
		require.Equal(t, f.Len(), rec.Number)
		cancel()
	})
	require.ErrorIs(t, err, context.Canceled)
	require.Less(t, f.Len(), 50_000)
	require.NotZero(t, f.Len())
	require.NoError(t, f.Load(context.Background(), nil))
	require.Equal(t, 50_000, f.Len())
	_, err = f.Packet(50_001)
	require.ErrorContains(t, err, "there is no packet 50001")
	_, err = f.Packet(0)
	require.Error(t, err)
}

// many writes a capture of n segments, each from another port.
func many(t testing.TB, name string, n int) {
	t.Helper()
	all, err := readAll(file(t, "http.pcap"))
	require.NoError(t, err)
	out, err := os.Create(name)
	require.NoError(t, err)
	defer out.Close()
	w, err := capture.NewWriter(out, capture.Interface{Name: "eth0", Type: capture.Ether})
	require.NoError(t, err)
	for i := range n {
		rec := all[i%len(all)]
		b := bytes.Clone(rec.Packet)
		b[34], b[35] = byte(i>>8), byte(i)
		require.NoError(t, w.Write(rec.At, 0, b, ""))
	}
	require.NoError(t, w.Flush())
}

// A file that breaks off is indexed up to there, wherever that is.
func TestFileCutOff(t *testing.T) {
	whole := file(t, "dns.pcapng")
	name := filepath.Join(t.TempDir(), "cut")
	for n := range whole {
		require.NoError(t, os.WriteFile(name, whole[:n], 0o600))
		f, err := capture.Open(name)
		if err != nil {
			require.True(t, errors.Is(err, capture.ErrCutOff) || errors.Is(err, capture.ErrNotCapture), err)
			continue
		}
		want, wantErr := readAll(whole[:n])
		err = f.Load(context.Background(), nil)
		require.Equal(t, wantErr == nil, err == nil)
		require.Equal(t, len(want), f.Len())
		if err != nil {
			require.ErrorIs(t, err, capture.ErrCutOff)
		}
		require.NoError(t, f.Close())
	}
}

func TestFileRefuses(t *testing.T) {
	_, err := capture.Open(filepath.Join(t.TempDir(), "none"))
	require.ErrorIs(t, err, os.ErrNotExist)
	_, err = capture.Open(t.TempDir())
	require.ErrorContains(t, err, "directory")
}

// What a screen asks of an index.
func TestFilePlaces(t *testing.T) {
	f := load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
	near := f.Near(5, 2, 3)
	require.Contains(t, near, 5)
	require.True(t, slices.IsSorted(near))
	first, ok := f.Place(near[0])
	require.True(t, ok)
	require.Equal(t, "TCP", first.Transport)
	for _, n := range near {
		p, ok := f.Place(n)
		require.True(t, ok)
		require.Equal(t, first.Stream, p.Stream)
		require.Equal(t, first.Ends, p.Ends)
	}
	all := f.Beginning(5, 1000)
	require.Equal(t, all[:2], f.Beginning(5, 2))
	place, _ := f.Place(5)
	require.Len(t, all, place.Packets[0]+place.Packets[1])
	require.True(t, place.ISNKnown[0] && place.ISNKnown[1])

	begin, end := f.Span()
	require.True(t, begin.Before(end))
	sum := 0
	for _, n := range f.Histogram(7) {
		sum += n
	}
	require.Equal(t, f.Len(), sum)
	require.Empty(t, f.Histogram(0))
	_, ok = f.Place(0)
	require.False(t, ok)
	require.Nil(t, f.Near(f.Len()+1, 1, 1))
}

// Everything can be asked while the file is being read; with -race this finds what is not guarded.
func TestFileAskedWhileLoading(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.pcap")
	many(t, name, 20_000)
	f, err := capture.Open(name)
	require.NoError(t, err)
	defer f.Close()
	done := make(chan error, 1)
	go func() { done <- f.Load(context.Background(), nil) }()
	fl, err := filter.Parse("tcp.port == 80 or tcp.stream > 3 or ip.ttl == 64", capture.FileKeys())
	require.NoError(t, err)
	chosen, next := 0, 1
	for loaded := false; !loaded; {
		_, _, loaded, err = f.Progress()
		require.NoError(t, err)
		more, after, err := f.Filter(context.Background(), fl, next)
		require.NoError(t, err)
		chosen, next = chosen+len(more), after
		if last := f.Len(); last > 0 {
			_, _, err := f.Summary(last)
			require.NoError(t, err)
			_, ok := f.Place(last)
			require.True(t, ok)
			require.NotEmpty(t, f.Near(last, 2, 2))
		}
		f.Findings()
		f.Span()
		f.Histogram(10)
	}
	require.NoError(t, <-done)
	require.Equal(t, 20_000, next-1)
	all, _, err := f.Filter(context.Background(), fl, 1)
	require.NoError(t, err)
	require.Len(t, all, chosen)
}
