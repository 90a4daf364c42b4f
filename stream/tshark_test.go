package stream_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/stream"
)

// followed returns what tshark follows of a stream: what each end said. It names as first the end that spoke first, and the
// first address; both are looked up.
func followed(t *testing.T, file, transport string, number int) map[string]string {
	t.Helper()
	out, err := exec.Command("tshark", "-r", file, "-q", "-z", fmt.Sprintf("follow,%s,raw,%d", transport, number)).Output()
	require.NoError(t, err)
	ends := map[string]string{}
	said := map[string]string{}
	for line := range strings.Lines(string(out)) {
		line = strings.TrimRight(line, "\n")
		if node, addr, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(node, "Node ") {
			ends[node] = addr
			continue
		}
		who := ends["Node 0"]
		if strings.HasPrefix(line, "\t") {
			who = ends["Node 1"]
		}
		if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
			said[who] += string(b)
		}
	}
	return said
}

// The streams of every capture, and what is said in them, are those of tshark.
func TestStreamsAreThoseOfTshark(t *testing.T) {
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed")
	}
	files, err := filepath.Glob("../testdata/captures/*.pcap*")
	require.NoError(t, err)
	for _, name := range files {
		if filepath.Base(name) == "malformed.pcap" {
			continue // tshark counts segments whose header cannot be
		}
		if strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".zst") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			out, err := exec.Command("tshark", "-r", name, "-Y", "tcp and not icmp and not icmpv6", "-T", "fields", "-e", "tcp.stream").Output() // an ICMP error quotes a segment, and is none
			require.NoError(t, err)
			packets := map[string]int{}
			for _, n := range strings.Fields(string(out)) {
				packets[n]++
			}
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
				if s.Number >= 1 || s.Ends[0].Missing+s.Ends[1].Missing > 0 {
					continue // a run of tshark for each takes long; what is missing it replaces by words
				}
				want := followed(t, name, "tcp", s.Number)
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
