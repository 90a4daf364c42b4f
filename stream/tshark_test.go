package stream_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/stream"
	"netlab/tls"
)

// byTshark asks tshark, in one run, to which stream each TCP packet belongs, and what is said in one of them, by address.
func byTshark(t *testing.T, file, protocol string, number int, more ...string) (packets map[string]int, said map[string]string) {
	t.Helper()
	args := append(more, "-r", file, "-T", "fields", "-e", "tcp.stream", "-z", fmt.Sprintf("follow,%s,raw,%d", protocol, number))
	out, err := exec.Command("tshark", args...).Output()
	require.NoError(t, err)
	packets, said = map[string]int{}, map[string]string{}
	following, ends := false, [2]string{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "====="):
			following = true
		case strings.HasPrefix(line, "Node 0: "), strings.HasPrefix(line, "Node 1: "):
			ends[line[5]-'0'] = line[8:]
		case !following:
			for _, n := range strings.Fields(line) {
				packets[n]++
			}
		default:
			who := ends[0]
			if strings.HasPrefix(line, "\t") {
				who = ends[1]
			}
			if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
				said[who] += string(b)
			}
		}
	}
	return packets, said
}

// The streams of every capture, and what is said in them, are those of tshark.
func TestStreamsAreThoseOfTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	// Not all of them: a run of tshark takes a second.
	for _, name := range []string{
		"http.pcap", "mixed.pcap", "wrap.pcap", "port-reuse.pcap", "simultaneous-open.pcap", "reordered.pcapng", "lossy-in-the-middle.pcapng", "duplicated.pcapng",
		"capture-misses.pcapng", "keep-alive.pcapng",
	} {
		name = filepath.Join("..", "testdata", "captures", name)
		t.Run(filepath.Base(name), func(t *testing.T) {
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			packets, want := byTshark(t, name, "tcp", 0)
			said := map[string]*[2]bytes.Buffer{}
			var all []*stream.Stream
			a := stream.New(stream.Config{
				Data: func(c stream.Chunk) {
					k := fmt.Sprint(c.Stream.Transport, c.Stream.Number)
					if said[k] == nil {
						said[k] = &[2]bytes.Buffer{}
					}
					said[k][c.Dir].Write(c.Octets)
				},
				Ended: func(s *stream.Stream) { all = append(all, s) },
			})
			for _, rec := range records(t, b) {
				a.Add(stream.PacketOf(&rec))
			}
			a.Close()
			tcps := 0
			for _, s := range all {
				if s.Transport != "TCP" {
					continue
				}
				tcps++
				require.Equal(t, packets[fmt.Sprint(s.Number)], s.Ends[0].Packets+s.Ends[1].Packets, "packets of TCP %d", s.Number)
				if s.Number > 0 || s.Ends[0].Missing+s.Ends[1].Missing > 0 {
					continue // what is missing tshark replaces by words
				}
				for dir, e := range s.Ends {
					got := ""
					if k := said[fmt.Sprint("TCP", s.Number)]; k != nil {
						got = k[dir].String()
					}
					require.Equal(t, want[e.Addr.String()], got, "TCP %d, from %s", s.Number, e.Addr)
				}
			}
			require.Len(t, packets, tcps)
		})
	}
}

// What tshark decrypts, netlab decrypts.
func TestDecryptedAsByTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	name := "../testdata/captures/tls.pcapng"
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	r, err := capture.NewReader("x", bytes.NewReader(b))
	require.NoError(t, err)
	for err == nil {
		_, err = r.Next()
	}
	log := &tls.KeyLog{}
	require.NoError(t, log.Add(r.Extra().KeyLog()))
	got := map[int]map[string]string{0: {}, 1: {}}
	x := stream.NewTLS(log, func(c stream.Chunk) {
		require.True(t, c.Secure)
		got[c.Stream.Number][c.Stream.Ends[c.Dir].Addr.String()] += string(c.Octets)
	})
	a := stream.New(stream.Config{Data: x.Data, Ended: x.Ended})
	for _, rec := range records(t, b) {
		a.Add(stream.PacketOf(&rec))
	}
	a.Close()
	// tshark reads no secrets that come behind the packets, and says of one end only who it is.
	keys := filepath.Join(t.TempDir(), "keys.log")
	require.NoError(t, os.WriteFile(keys, r.Extra().KeyLog(), 0o600))
	for number := range got {
		_, want := byTshark(t, name, "tls", number, "-o", "tls.keylog_file:"+keys)
		require.Len(t, want, 2)
		require.ElementsMatch(t, slices.Collect(maps.Values(want)), slices.Collect(maps.Values(got[number])))
	}
}
