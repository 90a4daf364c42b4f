package flow_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/narrate"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "make the captures and their goldens anew")
	flag.Parse()
	os.Exit(m.Run())
}

func captures(names ...string) string {
	return filepath.Join(append([]string{"..", "testdata", "captures"}, names...)...)
}

// run runs a lab to the end of its traffic, or for a while.
func run(t *testing.T, lab string, seed uint64, until time.Duration, drops ...string) timeline.View {
	t.Helper()
	topology, err := sim.Parse("lab.yaml", []byte(lab))
	require.NoError(t, err)
	o := sim.Options{Seed: seed, Matcher: func(text string) (func(string, bool, []byte) bool, int, error) {
		f, err := capture.Words().Parse(text)
		w := capture.NewWatcher(f)
		return func(way string, _ bool, octets []byte) bool { return w.Match(way, capture.RawIP, octets) }, f.Nth(), err
	}}
	for _, text := range drops {
		o.Inputs = append(o.Inputs, sim.Input{Drop: 1, Filter: text})
	}
	n, err := sim.New(topology, o)
	require.NoError(t, err)
	defer n.Close()
	n.RunUntil(until)
	return n.Store().View()
}

// passed calls f for each packet that a capture at a host would hold: what it sends, takes and forwards, in order.
func passed(v timeline.View, host string, f func(e *trace.Event)) {
	for id := v.First(); id <= v.Last(); id++ {
		if e, ok := v.Event(id); ok && e.Host == host && (e.Kind == trace.Sent || e.Kind == trace.Received) {
			f(e)
		}
	}
}

// at makes a capture at a host. skip leaves packets out, as a capture that could not keep up does.
func at(t *testing.T, v timeline.View, host string, skip ...int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := capture.NewWriter(&b, capture.Raw(host)...)
	require.NoError(t, err)
	n := 0
	passed(v, host, func(e *trace.Event) {
		if n++; len(skip) > 0 && n == skip[0] {
			skip = skip[1:]
			return
		}
		require.NoError(t, w.Write(e.At, 0, e.Octets, ""))
	})
	require.NoError(t, w.Flush())
	return b.Bytes()
}

// TestCapturesAreMade makes the captures of testdata/captures that netlab makes itself: go test ./flow -update.
func TestCapturesAreMade(t *testing.T) {
	if !updating() {
		t.Skip("makes captures only with -update: those that are there stay as they are, whatever becomes of the stacks that made them")
	}
	for _, r := range recipes() {
		require.NoError(t, os.WriteFile(captures(r.name+".pcapng"), r.make(t), 0o644))
	}
	for name, b := range crafted(t) {
		require.NoError(t, os.WriteFile(captures(name), b, 0o644))
	}
}

// all returns the captures of testdata/captures that have goldens; with -update, all of them, so that they get some.
func all(t *testing.T) (names []string) {
	t.Helper()
	files, err := os.ReadDir(captures())
	require.NoError(t, err)
	for _, f := range files {
		_, err := os.Stat(captures("found", f.Name()+".tshark"))
		if ext := filepath.Ext(f.Name()); (ext == ".pcap" || ext == ".pcapng") && (updating() || err == nil) {
			names = append(names, f.Name())
			info, err := f.Info()
			require.NoError(t, err)
			require.Less(t, info.Size(), int64(40_000), f.Name())
		}
	}
	return names
}

// What is found in each capture is as its golden says.
func TestFindingsOfCaptures(t *testing.T) {
	for _, name := range all(t) {
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(captures(name))
			require.NoError(t, err)
			r, err := capture.NewReader(name, bytes.NewReader(b))
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, narrate.FindingsPlain(&out, name, r, narrate.Options{}))
			golden := captures("found", name+".txt")
			if updating() {
				require.NoError(t, os.WriteFile(golden, out.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), out.String())
		})
	}
}

// The JSON says the same, in objects that docs/json.md describes.
func TestFindingsOfCapturesAsJSON(t *testing.T) {
	for _, name := range all(t) {
		b, err := os.ReadFile(captures(name))
		require.NoError(t, err)
		r, err := capture.NewReader(name, bytes.NewReader(b))
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, narrate.FindingsJSON(&out, name, r, narrate.Options{}))
		found, n := findings(t, name), 0
		for line := range bytes.Lines(out.Bytes()) {
			var o struct {
				Kind, Finding, Text, Ref string
				Packet                   int
			}
			require.NoError(t, json.Unmarshal(line, &o))
			if o.Kind != "finding" {
				require.Contains(t, []string{"start", "connection", "end"}, o.Kind)
				continue
			}
			want := &found[n]
			require.Equal(t, []any{want.Kind.String(), want.Packet, want.Sentence(), want.Ref.String()}, []any{o.Finding, o.Packet, o.Text, o.Ref})
			n++
		}
		require.Len(t, found, n)
	}
}

// A capture that breaks off anywhere is told as far as it goes.
func TestFindingsOfCutOffCaptures(t *testing.T) {
	cut := 0
	for _, name := range all(t) {
		b, err := os.ReadFile(captures(name))
		require.NoError(t, err)
		if len(b) > 1600 {
			continue
		}
		cut++
		for n := range b {
			r, err := capture.NewReader(name, bytes.NewReader(b[:n]))
			if err != nil {
				continue
			}
			var out bytes.Buffer
			narrate.FindingsPlain(&out, name, r, narrate.Options{}) // says where it breaks off
			require.Contains(t, out.String(), "finding")
		}
	}
	require.Greater(t, cut, 5)
}

// Nothing in a file makes a Finder panic, or find without end.
func FuzzFindings(f *testing.F) {
	for _, name := range []string{"resets.pcap", "malformed.pcap", "dns-slow.pcapng", "snap.pcap", "kernel-dig.pcap", "refused-both-ways.pcapng"} {
		b, err := os.ReadFile(captures(name))
		require.NoError(f, err)
		f.Add(b)
	}
	tls, err := os.ReadFile(captures("kernel-tls.pcap"))
	require.NoError(f, err)
	f.Add(tls[:4000])
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := capture.NewReader("fuzz", bytes.NewReader(b))
		if err != nil {
			return
		}
		finder := capture.NewFinder()
		for packets := 1; ; packets++ {
			rec, err := r.Next()
			if err != nil {
				break
			}
			found := finder.Add(&rec)
			require.Less(t, len(found), 4200)
			for i := range found {
				require.NotEmpty(t, found[i].Text())
				for _, of := range append([]int{found[i].Packet}, found[i].Related...) {
					require.True(t, 0 < of && of <= packets, "%s: it is about packet %d, and none came after %d yet", found[i].Text(), of, packets)
				}
			}
		}
		finder.End()
	})
}

// Each kind of finding is shown by one of the captures.
func TestEachKindHasACapture(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range all(t) {
		for _, f := range findings(t, name) {
			seen[f.Kind.String()] = true
		}
	}
	var missing []string
	for _, k := range kinds() {
		if !seen[k] {
			missing = append(missing, k)
		}
	}
	require.Empty(t, strings.Join(missing, " "))
}

// The README names each capture that is made here, and how.
func TestReadmeNamesEachCapture(t *testing.T) {
	var b strings.Builder
	b.WriteString("<!-- made by go test ./flow -update -->\n| file | at | holds |\n|---|---|---|\n")
	for _, r := range recipes() {
		fmt.Fprintf(&b, "| `%s.pcapng` | %s | %s |\n", r.name, cmp.Or(r.host, "h1"), r.about)
	}
	b.WriteString("<!-- end -->\n")
	path := captures("README.md")
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, found := strings.Cut(string(text), "<!-- made by")
	require.True(t, found)
	_, after, found := strings.Cut(rest, "<!-- end -->\n")
	require.True(t, found)
	if updating() {
		require.NoError(t, os.WriteFile(path, []byte(before+b.String()+after), 0o644))
		return
	}
	require.Equal(t, before+b.String()+after, string(text))
	for _, name := range all(t) {
		require.Contains(t, string(text), "`"+name+"`")
	}
}
