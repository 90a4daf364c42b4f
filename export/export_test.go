package export_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/export"
	"netlab/labs"
	"netlab/sim"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "renew the golden files")
	flag.Parse()
	os.Exit(m.Run())
}

// lossy is the lab of the README, run to its end.
func lossy(t *testing.T) *export.Run {
	t.Helper()
	text, err := labs.Open("lossy-upload")
	require.NoError(t, err)
	topology, err := sim.Parse("lossy-upload.yaml", text)
	require.NoError(t, err)
	n, err := sim.New(topology, sim.Options{Seed: 7})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	names := map[netip.Addr]string{}
	for _, h := range topology.Hosts {
		for _, i := range h.Interfaces {
			for _, a := range i.Addrs {
				names[a.Addr()] = h.Name
			}
		}
	}
	return export.Timeline(topology.Title, n.Store().View(), names)
}

func captured(t *testing.T, name string) *export.Run {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "testdata", "captures", name))
	require.NoError(t, err)
	defer f.Close()
	r, err := capture.NewReader(name, f)
	require.NoError(t, err)
	run, err := export.Capture(name, r, export.CaptureOptions{})
	require.NoError(t, err)
	return run
}

func written(t *testing.T, form string, run *export.Run) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, export.Write(&b, form, run))
	return b.Bytes()
}

// The forms that people read are looked at; what is written is the same every time.
func TestGoldens(t *testing.T) {
	for _, form := range []string{".svg", ".md", ".sqlog"} {
		t.Run(form, func(t *testing.T) {
			got := written(t, form, lossy(t))
			file := filepath.Join("testdata", "lossy"+form)
			if flag.Lookup("update").Value.String() == "true" {
				require.NoError(t, os.MkdirAll("testdata", 0o755))
				require.NoError(t, os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), string(got), "-update renews it")
		})
	}
}

func TestTheLadderIsXML(t *testing.T) {
	for _, run := range []*export.Run{lossy(t), captured(t, "mixed.pcap"), captured(t, "http.pcap"), {Title: "a < b & \x00c"}} {
		d := xml.NewDecoder(bytes.NewReader(written(t, ".svg", run)))
		for {
			_, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
		}
	}
}

// What somebody sent over a network stands in a page as text, whatever it says, and the page asks nobody for anything.
func TestThePageIsSafeAndWhole(t *testing.T) {
	run := captured(t, "http.pcap")
	run.Title = "</script><script>alert(1)</script>"
	run.Packets[0].What = "</script><img src=x onerror=alert(2)>"
	text := string(written(t, ".html", run))
	require.False(t, strings.Contains(text, "<script>alert"))
	require.False(t, strings.Contains(text, "<img"))
	require.False(t, regexp.MustCompile(`<[^>]*(src|href)=|url\(|@import`).MatchString(text))
	require.Equal(t, 2, strings.Count(text, "</script>"))
	require.NotContains(t, text, "{{")

	data := regexp.MustCompile(`(?s)<script type="application/json" id="data">(.*?)</script>`).FindStringSubmatch(text)
	var page struct {
		Strings []string
		Packets []struct {
			N, What int
			Layers  []any
			Octets  string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(data[1]), &page))
	require.Len(t, page.Packets, len(run.Packets))
	require.Equal(t, run.Packets[0].What, page.Strings[page.Packets[0].What])
	require.NotEmpty(t, page.Packets[0].Layers)
	require.Len(t, page.Packets[0].Octets, 2*len(run.Packets[0].Record.Packet))
}

func TestTheCaptureHasTheSentences(t *testing.T) {
	for name, run := range map[string]*export.Run{"run": lossy(t), "capture": captured(t, "http.pcap")} {
		t.Run(name, func(t *testing.T) {
			r, err := capture.NewReader("x", bytes.NewReader(written(t, ".pcapng", run)))
			require.NoError(t, err)
			comments := 0
			for i := range run.Packets {
				rec, err := r.Next()
				require.NoError(t, err)
				require.Equal(t, run.Packets[i].Record.Packet, rec.Packet)
				require.Equal(t, run.Packets[i].Record.Length, rec.Length)
				require.True(t, run.Packets[i].Record.At.Equal(rec.At))
				comments += len(rec.Comments)
			}
			require.GreaterOrEqual(t, comments, len(run.Notes))
			require.NotZero(t, comments)
			_, err = r.Next()
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

// RFC 7464, Section 2: a sequence of JSON texts, each between RS and a line feed.
func TestTheLogIsASequenceOfTexts(t *testing.T) {
	for _, run := range []*export.Run{lossy(t), captured(t, "http.pcap")} {
		last := -1.0
		for i, text := range strings.Split(string(written(t, ".sqlog", run)), "\x1e") {
			if i == 0 {
				require.Empty(t, text)
				continue
			}
			var e struct {
				Time float64
				Name string
				Data map[string]any
			}
			require.True(t, strings.HasSuffix(text, "\n"))
			require.NoError(t, json.Unmarshal([]byte(text), &e))
			if i == 1 {
				require.Contains(t, text, "urn:ietf:params:qlog:file:sequential")
				continue
			}
			require.GreaterOrEqual(t, e.Time, last)
			last = e.Time
			require.NotEmpty(t, e.Data)
		}
		require.GreaterOrEqual(t, last, 0.0)
	}
}

func TestManyPackets(t *testing.T) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	require.NoError(t, err)
	for i := range export.MaxPackets + 3 {
		require.NoError(t, w.Write(time.Unix(int64(i), 0), 0, []byte{0x45, 0}, ""))
	}
	require.NoError(t, w.Flush())
	r, err := capture.NewReader("many", &file)
	require.NoError(t, err)
	run, err := export.Capture("many", r, export.CaptureOptions{})
	require.NoError(t, err)
	require.Len(t, run.Packets, export.MaxPackets)
	require.Equal(t, 3, run.More)
	for _, form := range []string{".svg", ".md"} {
		require.Contains(t, string(written(t, form, run)), "more packets are not drawn")
	}
}

func TestADamagedCaptureIsWrittenAsFarAsItGoes(t *testing.T) {
	octets, err := os.ReadFile("../testdata/captures/http.pcap")
	require.NoError(t, err)
	r, err := capture.NewReader("cut", bytes.NewReader(octets[:len(octets)-7]))
	require.NoError(t, err)
	run, err := export.Capture("cut", r, export.CaptureOptions{})
	require.ErrorIs(t, err, capture.ErrCutOff)
	require.NotEmpty(t, run.Packets)
}

// On a loopback interface both ends have one address: the ladder has a line for each all the same.
func TestEndsOfOneAddress(t *testing.T) {
	run := captured(t, "http.pcap")
	require.Equal(t, []string{"127.0.0.1:48880", "127.0.0.1:8080", "127.0.0.1:48894"}, run.Hosts)
}

func TestForms(t *testing.T) {
	for name, form := range map[string]string{"a.html": ".html", "b.SVG": ".svg", "x/y.pcapng": ".pcapng"} {
		got, err := export.Form(name)
		require.NoError(t, err)
		require.Equal(t, form, got)
	}
	for _, name := range []string{"a.pdf", "html", ""} {
		_, err := export.Form(name)
		require.ErrorIs(t, err, export.ErrForm)
	}
	require.ErrorIs(t, export.Write(io.Discard, ".pdf", &export.Run{}), export.ErrForm)
}

// A disk that is full is an error of the command, not silence.
func TestErrorsOfWriting(t *testing.T) {
	for _, form := range export.Forms() {
		require.Error(t, export.Write(full{}, form, lossy(t)), form)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }
