package narrate_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

func updating() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the goldens anew")
	flag.Parse()
	os.Exit(m.Run())
}

// golden compares with a file in testdata; go test ./narrate -update writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if updating() {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

// segment is a TCP segment from h1, 10.0.1.10:40001, to h2, 10.0.2.20:80, or back.
func segment(back bool, seq, ack uint32, flags string, size int) []byte {
	src, dst, sport, dport := net.IP{10, 0, 1, 10}, net.IP{10, 0, 2, 20}, layers.TCPPort(40001), layers.TCPPort(80)
	if back {
		src, dst, sport, dport = dst, src, dport, sport
	}
	network := &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: src, DstIP: dst}
	s := &layers.TCP{SrcPort: sport, DstPort: dport, Seq: seq, Ack: ack, Window: 64240}
	for _, f := range flags {
		switch f {
		case 'S':
			s.SYN = true
		case 'A':
			s.ACK = true
		case 'F':
			s.FIN = true
		}
	}
	if err := s.SetNetworkLayerForChecksum(network); err != nil {
		panic(err)
	}
	b := gopacket.NewSerializeBuffer()
	err := gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		network, s, gopacket.Payload(bytes.Repeat([]byte{'x'}, size)))
	if err != nil {
		panic(err)
	}
	return b.Bytes()
}

// run is a small transfer over a router: a handshake, two segments of which the first is lost and
// sent again, a discarded packet.
func run(append func(trace.Event) trace.ID) {
	start := time.Unix(0, 0)
	flow := trace.Flow{Local: netip.MustParseAddrPort("10.0.1.10:40001"), Remote: netip.MustParseAddrPort("10.0.2.20:80")}
	at := func(us int) time.Time { return start.Add(time.Duration(us) * time.Microsecond) }
	// over carries a packet from host to host over r1.
	over := func(us int, from, to string, e trace.Event, octets []byte) trace.ID {
		e.At, e.Kind, e.Host, e.Octets = at(us), trace.Sent, from, octets
		if from == "h1" {
			e.Flow = flow
		} else {
			e.Flow = flow.Reverse()
		}
		id := append(e)
		cause := append(trace.Event{At: at(us + 5000), Kind: trace.Received, Host: "r1", Link: from + ">r1", Packet: id, Cause: id, Say: "receives a packet of %d octets", Args: [4]int64{int64(len(octets))}, Octets: octets})
		cause = append(trace.Event{At: at(us + 5000), Kind: trace.Forwarded, Host: "r1", Link: "r1>" + to, Packet: id, Cause: cause, Say: "forwards the packet: %d is left", Args: [4]int64{63}, Octets: octets})
		append(trace.Event{At: at(us + 10000), Kind: trace.Received, Host: to, Link: "r1>" + to, Packet: id, Cause: cause, Say: "receives a packet of %d octets", Args: [4]int64{int64(len(octets))}, Octets: octets})
		return id
	}
	call := append(trace.Event{At: start, Kind: trace.Call, Host: "h1", Say: "connects to port %d", Args: [4]int64{80}})
	append(trace.Event{
		At: start, Kind: trace.StateChanged, Host: "h1", Flow: flow, Cause: call, Say: "opens a connection", Ref: wire.RFC("9293", "3.10.1"),
		Changes: []trace.Change{{Name: "state", Old: "CLOSED", New: "SYN-SENT"}},
	})
	over(0, "h1", "h2", trace.Event{Cause: call, Say: "sends SYN to open the connection", Ref: wire.RFC("9293", "3.5")}, segment(false, 99, 0, "S", 0))
	over(10000, "h2", "h1", trace.Event{Say: "sends SYN-ACK to accept the connection", Ref: wire.RFC("9293", "3.5")}, segment(true, 499, 100, "SA", 0))
	over(20000, "h1", "h2", trace.Event{Say: "acknowledges the SYN", Ref: wire.RFC("9293", "3.5")}, segment(false, 100, 500, "A", 0))
	first := append(trace.Event{At: at(20010), Kind: trace.Sent, Host: "h1", Flow: flow, Say: "sends bytes %d..%d", Args: [4]int64{1, 1461}, Octets: segment(false, 100, 500, "A", 1460)})
	append(trace.Event{At: at(20011), Kind: trace.Lost, Link: "h1>r1", Packet: first, Cause: first, Say: "is lost: loss %d%%", Args: [4]int64{10}})
	over(20020, "h1", "h2", trace.Event{Say: "sends bytes %d..%d", Args: [4]int64{1461, 2921}}, segment(false, 1560, 500, "A", 1460))
	over(30020, "h2", "h1", trace.Event{Say: "asks for %d again", Args: [4]int64{1}, Ref: wire.RFC("5681", "3.2")}, segment(true, 500, 100, "A", 0))
	timer := append(trace.Event{
		At: at(220010), Kind: trace.TimerExpired, Host: "h1", Flow: flow, Say: "retransmission timer expires", Ref: wire.RFC("6298", "5.4"),
		Changes: []trace.Change{{Name: "RTO", Old: "200ms", New: "400ms"}, {Name: "cwnd", Old: "14600", New: "1460"}},
	})
	over(220010, "h1", "h2", trace.Event{
		Cause: timer, Replaces: first, Say: "sends bytes %d..%d again: the retransmission timer expired", Args: [4]int64{1, 1461}, Ref: wire.RFC("6298", "5.4"),
	}, segment(false, 100, 500, "A", 1460))
	append(trace.Event{At: at(230010), Kind: trace.Delivered, Host: "h2", Flow: flow.Reverse(), Say: "hands bytes %d..%d to the application", Args: [4]int64{1, 2921}})
	odd := segment(true, 500, 100, "A", 0)
	odd[37] ^= 1 // the checksum's
	id := append(trace.Event{At: at(230020), Kind: trace.Received, Host: "h2", Octets: odd})
	append(trace.Event{At: at(230020), Kind: trace.Discarded, Host: "h2", Packet: id, Cause: id, Say: "drops the packet: wrong checksum", Ref: wire.RFC("9293", "3.1"), Octets: odd})
	append(trace.Event{At: at(230020), Kind: trace.Discarded, Host: "h2", Flow: flow.Reverse(), Cause: id, Say: "drops a segment of bytes %d..%d", Args: [4]int64{1, 1}})
	append(trace.Event{At: at(240000), Kind: trace.Duplicated, Link: "h1>r1", Packet: first, Say: "arrives twice: the link makes a second copy"})
	append(trace.Event{At: at(240000), Kind: trace.Fault, Link: "h1-r1", Say: "user sets loss to %d%%", Args: [4]int64{0}})
}

func names() map[netip.Addr]string {
	return map[netip.Addr]string{netip.MustParseAddr("10.0.1.10"): "h1", netip.MustParseAddr("10.0.2.20"): "h2"}
}

func header() narrate.Header {
	return narrate.Header{Title: "lab small-upload", Seed: 7, About: []string{"h1 ── r1 ── h2"}}
}

func stored() timeline.View {
	s := timeline.New(0)
	run(s.Append)
	return s.View()
}

func plain(t *testing.T, o narrate.Options, steps ...trace.ID) []byte {
	t.Helper()
	var b bytes.Buffer
	p := narrate.NewPlain(&b, o)
	require.NoError(t, p.Begin(header()))
	v := stored()
	next := trace.ID(1)
	for _, until := range append(steps, v.Last()) {
		var err error
		next, err = p.Events(v.Until(until), next)
		require.NoError(t, err)
		require.Equal(t, until+1, next)
	}
	require.NoError(t, p.End())
	return b.Bytes()
}

func TestPlain(t *testing.T) {
	got := plain(t, narrate.Options{Names: names()})
	golden(t, "plain.txt", got)
	require.NotContains(t, string(got), "\x1b")
}

func TestPlainBrief(t *testing.T) {
	golden(t, "brief.txt", plain(t, narrate.Options{Names: names(), Brief: true}))
}

func TestPlainWithoutNames(t *testing.T) { golden(t, "unnamed.txt", plain(t, narrate.Options{})) }

func TestPlainASCII(t *testing.T) {
	got := plain(t, narrate.Options{Names: names(), ASCII: true})
	golden(t, "ascii.txt", got)
	for i, c := range got {
		require.True(t, c == '\n' || c >= ' ' && c <= '~', "octet %d is %#x", i, c)
	}
}

// It does not matter in how many pieces a run is read.
func TestPlainInPieces(t *testing.T) {
	whole := plain(t, narrate.Options{Names: names()})
	var all []trace.ID
	for id := range stored().Last() {
		all = append(all, id)
	}
	require.Equal(t, string(whole), string(plain(t, narrate.Options{Names: names()}, all...)))
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	j := narrate.NewJSON(&b, narrate.Options{Names: names()})
	require.NoError(t, j.Begin(header()))
	next, err := j.Events(stored(), 1)
	require.NoError(t, err)
	require.Equal(t, stored().Last()+1, next)
	require.NoError(t, j.End())
	golden(t, "run.jsonl", b.Bytes())
}

func TestWhatWasForgottenIsSaid(t *testing.T) {
	s := timeline.New(1)
	for range 1000 {
		s.Append(trace.Event{Kind: trace.Note, Host: "h1", Say: "waits"})
	}
	v := s.View()
	var b bytes.Buffer
	p := narrate.NewPlain(&b, narrate.Options{})
	_, err := p.Events(v, 1)
	require.NoError(t, err)
	require.NoError(t, p.End())
	require.Contains(t, b.String(), "! 768 events were forgotten before they could be told\n")
	require.Contains(t, b.String(), "! 768 events not told: the run went on faster than it was read.\n")
}

// Whatever is in a packet or a name, a line stays a line and the terminal is safe.
func TestNoEscapeGetsThrough(t *testing.T) {
	s := timeline.New(0)
	s.Append(trace.Event{Kind: trace.Note, Host: "h\x1b[2J1\n", Say: "says \u009b \u202e \xff"})
	var b bytes.Buffer
	_, err := narrate.NewPlain(&b, narrate.Options{}).Events(s.View(), 1)
	require.NoError(t, err)
	require.Equal(t, "  0.000000        h?[2J1? says ? ? ?\n", b.String())
}

// replays are the ways to tell of a capture, by the ending of their goldens.
func replays() map[string]func(io.Writer, string, *capture.Reader, narrate.Options) error {
	tcp := narrate.Follow{Transport: "TCP", Form: narrate.AsText}
	hex, udp := tcp, tcp
	hex.Form, udp.Transport = narrate.AsHex, "UDP"
	return map[string]func(io.Writer, string, *capture.Reader, narrate.Options) error{
		"txt": narrate.ReplayPlain, "jsonl": narrate.ReplayJSON, "digest.txt": narrate.DigestPlain,
		"streams.txt": narrate.StreamsPlain, "streams.jsonl": narrate.StreamsJSON,
		"follow.txt": func(w io.Writer, _ string, r *capture.Reader, o narrate.Options) error {
			return narrate.FollowPlain(w, r, tcp, o)
		},
		"hex.txt": func(w io.Writer, _ string, r *capture.Reader, o narrate.Options) error {
			return narrate.FollowPlain(w, r, hex, o)
		},
		"udp.txt": func(w io.Writer, _ string, r *capture.Reader, o narrate.Options) error {
			return narrate.FollowPlain(w, r, udp, o)
		},
		"follow.jsonl": func(w io.Writer, name string, r *capture.Reader, o narrate.Options) error {
			return narrate.FollowJSON(w, name, r, tcp, o)
		},
		"findings.txt": narrate.FindingsPlain, "findings.jsonl": narrate.FindingsJSON,
		"udp.jsonl": func(w io.Writer, name string, r *capture.Reader, o narrate.Options) error {
			return narrate.FollowJSON(w, name, r, udp, o)
		},
	}
}

// Every capture that there is tells its story and its packets as it did before.
func TestEveryCaptureIsTold(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "captures", "*.pcap*"))
	require.NoError(t, err)
	require.Greater(t, len(files), 60)
	for _, file := range files {
		name := filepath.Base(file)
		for _, format := range []string{"digest.txt", "txt"} {
			t.Run(name+"."+format, func(t *testing.T) {
				b, err := os.ReadFile(file)
				require.NoError(t, err)
				r, err := capture.NewReader(name, bytes.NewReader(b))
				require.NoError(t, err)
				var out bytes.Buffer
				if err := replays()[format](&out, name, r, narrate.Options{}); err != nil {
					fmt.Fprintf(&out, "error: %v\n", err)
				}
				golden(t, filepath.Join("told", name+"."+format), out.Bytes())
			})
		}
	}
}

// Every capture that there is tells everything else as it did before: of each way to tell, the beginning, and a digest of all of it.
func TestEveryCaptureIsToldInEveryWay(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "captures", "*.pcap*"))
	require.NoError(t, err)
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			var all bytes.Buffer
			for _, format := range []string{"findings.txt", "streams.txt", "follow.txt", "udp.txt", "findings.jsonl", "streams.jsonl", "jsonl", "follow.jsonl", "udp.jsonl"} {
				r, err := capture.NewReader(name, bytes.NewReader(b))
				require.NoError(t, err)
				var out bytes.Buffer
				if err := replays()[format](&out, name, r, narrate.Options{}); err != nil {
					fmt.Fprintf(&out, "error: %v\n", err)
				}
				fmt.Fprintf(&all, "--- %s\n%s", format, beginning(out.String()))
			}
			golden(t, filepath.Join("told", name+".ways.txt"), all.Bytes())
		})
	}
}

// beginning returns the first lines of text, none of them long, and what tells whether the rest is the same.
func beginning(text string) string {
	const most, width = 6, 200
	var b strings.Builder
	lines := strings.SplitAfter(text, "\n")
	for _, line := range lines[:min(most, len(lines))] {
		if runes := []rune(line); len(runes) > width {
			line = string(runes[:width]) + "…\n"
		}
		b.WriteString(line)
	}
	if len(lines) > most || b.String() != text {
		fmt.Fprintf(&b, "… %d lines, SHA-256 %.8x\n", len(lines)-1, sha256.Sum256([]byte(text)))
	}
	return b.String()
}

func TestReplay(t *testing.T) {
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap", "tls.pcapng"} {
		for format, replay := range replays() {
			switch format {
			case "txt", "digest.txt", "findings.txt", "findings.jsonl", "follow.jsonl", "udp.txt":
				continue // told above
			}
			t.Run(name+"."+format, func(t *testing.T) {
				b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", name))
				require.NoError(t, err)
				r, err := capture.NewReader(name, bytes.NewReader(b))
				require.NoError(t, err)
				var out bytes.Buffer
				err = replay(&out, name, r, narrate.Options{})
				if errors.Is(err, narrate.ErrNoStream) {
					return
				}
				require.NoError(t, err)
				golden(t, name+"."+format, out.Bytes())
			})
		}
	}
}

// Cut anywhere, a capture is told of as far as it goes, in every way, and nothing in it gets out of its line.
func TestEveryWayToTellOfADamagedCapture(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "http.pcap"))
	require.NoError(t, err)
	for format, replay := range replays() {
		for n := 24; n < len(whole); n += 37 {
			b := bytes.Clone(whole[:n])
			b[n/2] ^= 0x55
			r, err := capture.NewReader("x", bytes.NewReader(b))
			if err != nil {
				continue
			}
			var out bytes.Buffer
			_ = replay(&out, "x", r, narrate.Options{ASCII: true})
			for _, c := range out.Bytes() {
				require.True(t, c == '\n' || c == '\t' || c >= ' ' && c <= '~' || strings.HasSuffix(format, "jsonl"), "%s, cut at %d: %q", format, n, c)
			}
		}
	}
}

func TestAFilterChooses(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "http.pcap"))
	require.NoError(t, err)
	for expr, want := range map[string]string{
		"tcp.flags.syn": "4 chosen of 24 packets", "tcp.flags.syn #3": "1 chosen of 24 packets", "udp": "0 chosen of 24 packets",
	} {
		r, err := capture.NewReader("x", bytes.NewReader(b))
		require.NoError(t, err)
		f, err := filter.Parse(expr, capture.Keys())
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, narrate.ReplayPlain(&out, "x", r, narrate.Options{Filter: f}))
		require.Contains(t, out.String(), want)
		if strings.Contains(expr, "#") {
			require.Contains(t, out.String(), "    13  127.0.0.1:48894→127.0.0.1:8080")
		}
	}
}

func TestReplayOfACutOffCaptureTellsWhatItHolds(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "http.pcap"))
	require.NoError(t, err)
	r, err := capture.NewReader("http.pcap", bytes.NewReader(b[:300]))
	require.NoError(t, err)
	var out bytes.Buffer
	err = narrate.ReplayPlain(&out, "http.pcap", r, narrate.Options{})
	require.ErrorIs(t, err, capture.ErrCutOff)
	golden(t, "cutoff.txt", out.Bytes())
}

func TestReplayOfADamagedCaptureTellsWhatIsBehind(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "http.pcap"))
	require.NoError(t, err)
	b[24+16+74+11] = 0x40 // the captured length of packet 2
	var all bytes.Buffer
	for _, format := range []string{"txt", "digest.txt", "follow.txt", "jsonl", "streams.jsonl", "findings.jsonl", "follow.jsonl"} {
		r, err := capture.NewReader("http.pcap", bytes.NewReader(b))
		require.NoError(t, err)
		var out bytes.Buffer
		err = replays()[format](&out, "http.pcap", r, narrate.Options{})
		require.ErrorIs(t, err, capture.ErrDamaged)
		require.ErrorContains(t, err, "octets 114 to 203 are skipped, and 22 packets follow")
		var told []string
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, "damage") {
				told = append(told, line)
			}
		}
		fmt.Fprintf(&all, "--- %s\n%s", format, strings.Join(told, ""))
	}
	golden(t, "damaged.txt", all.Bytes())
}

// The names that a capture holds stand beside the addresses, wherever in the file they are.
func TestNamesOfACaptureStandBesideAddresses(t *testing.T) {
	b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", "dns-slow.pcapng"))
	require.NoError(t, err)
	r, err := capture.NewReader("x", bytes.NewReader(b))
	require.NoError(t, err)
	rec, err := r.Next()
	require.NoError(t, err)
	c, ok := capture.CarriedBy(rec.LinkType, rec.Packet)
	require.True(t, ok)
	addr := c.Dst.Addr().As4()
	record := append(append([]byte{1, 0, 4 + 8, 0}, addr[:]...), "ns.test\x00"...)
	block := append(append([]byte{4, 0, 0, 0, 32, 0, 0, 0}, record...), 0, 0, 0, 0, 32, 0, 0, 0)
	require.Len(t, block, 32)
	for where, file := range map[string][]byte{"at the end": append(bytes.Clone(b), block...), "at the beginning": append(append(bytes.Clone(b[:28]), block...), b[28:]...)} {
		for format, want := range map[string]string{
			"digest.txt": c.Dst.Addr().String() + " (ns.test)", "streams.txt": c.Dst.String() + " (ns.test)",
			"txt":           "                  " + c.Dst.Addr().String() + " is called ns.test\n",
			"streams.jsonl": `"names":["","ns.test"]`, "jsonl": `{"kind":"name","address":"` + c.Dst.Addr().String() + `","names":["ns.test"]}`,
		} {
			r, err := capture.NewReader("x", bytes.NewReader(file))
			require.NoError(t, err)
			var out bytes.Buffer
			require.NoError(t, replays()[format](&out, "x", r, narrate.Options{}))
			require.Contains(t, out.String(), want, "%s, %s", format, where)
		}
	}
}

// A name that answers of DNS give an address stands beside it in the story, unless there are two.
func TestNamesOfAnswersStandBesideAddresses(t *testing.T) {
	for name, want := range map[string]string{"dns-slow.pcapng": "10.77.0.2 (h2.lab) ", "dns.pcapng": "127.0.0.1 and 127.0.0.1 "} {
		b, err := os.ReadFile(filepath.Join("..", "testdata", "captures", name))
		require.NoError(t, err)
		r, err := capture.NewReader(name, bytes.NewReader(b))
		require.NoError(t, err)
		var out bytes.Buffer
		require.NoError(t, narrate.DigestPlain(&out, name, r, narrate.Options{}))
		require.Contains(t, out.String(), want)
		require.Equal(t, name == "dns-slow.pcapng", strings.Contains(out.String(), "answers of DNS name 1 address"), "10.77.0.2 has two names")
	}
}
