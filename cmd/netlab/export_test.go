package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/export"
)

func TestExport(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	r := netlab(t, "export", "lossy-upload", "--seed", "7", "--to", at("a.html"), "--to", at("a.svg"), "--to", at("a.md"), "--to", at("a.sqlog"), "--to", at("a.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "a.html: 33 packets, ")

	// The same run gives the same file; a capture of it holds the same packets.
	r = netlab(t, "export", "lossy-upload", "--seed", "7", "--to", at("b.html"))
	require.Zero(t, r.code, r.err)
	first, err := os.ReadFile(at("a.html"))
	require.NoError(t, err)
	second, err := os.ReadFile(at("b.html"))
	require.NoError(t, err)
	require.True(t, string(first) == string(second))

	r = netlab(t, "replay", at("a.pcapng"), "--export", at("c.svg"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "c.svg: 33 packets")
	r = netlab(t, "export", at("a.pcapng"), "--json", "--to", at("d.md"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, `"packets":33`)
}

// A capture made of a capture holds all its packets, also of one that comes through a pipe; pages hold the first of them.
func TestExportOfALongCapture(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	var file bytes.Buffer
	w, err := capture.NewWriter(&file)
	require.NoError(t, err)
	n := export.MaxPackets + 7
	for i := range n {
		require.NoError(t, w.Write(time.Unix(int64(i), 0), 0, []byte{0x45, 0}, ""))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, os.WriteFile(at("long.pcapng"), file.Bytes(), 0o600))
	r := netlab(t, "export", at("long.pcapng"), "--to", at("a.pcapng"), "--to", at("a.md"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "a.pcapng: 5007 packets, ")
	require.Contains(t, r.out, "a.md: 5000 packets, 7 left out, ")
	piped := netlabCommand(t, "replay", "-", "--export", at("b.pcapng"))
	piped.Stdin = bytes.NewReader(file.Bytes())
	said, err := piped.CombinedOutput()
	require.NoError(t, err, "%s", said)
	first, err := os.ReadFile(at("a.pcapng"))
	require.NoError(t, err)
	second, err := os.ReadFile(at("b.pcapng"))
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, second))
	r = netlab(t, "replay", at("a.pcapng"), "--quiet", "--json")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, `"packets":5007`)
}

// A key log that is named opens the capture for what is made of it, and goes along into a capture; one that the environment names opens it alone. It is read,
// not made.
func TestExportDecrypts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	keys, bare := apart(t, "../../testdata/captures/tls.pcapng")
	require.NoError(t, os.WriteFile(at("keys"), keys, 0o600))
	require.NoError(t, os.WriteFile(at("bare.pcapng"), bare, 0o600))
	holds := func(file string) bool {
		return strings.Contains(netlab(t, "replay", "--packets", at(file)).out, "GET /hello.txt")
	}
	require.False(t, holds("bare.pcapng"))

	for _, args := range [][]string{{"replay", "--export", at("a.md"), "--export", at("a.pcapng")}, {"export", "--to", at("a.md"), "--to", at("a.pcapng")}} {
		require.Zero(t, netlab(t, append(args, at("bare.pcapng"), "--keylog", at("keys"))...).code)
		page, err := os.ReadFile(at("a.md"))
		require.NoError(t, err)
		require.Contains(t, string(page), "GET /hello.txt")
		require.True(t, holds("a.pcapng"))
	}
	c := netlabCommand(t, "export", at("bare.pcapng"), "--to", at("b.md"), "--to", at("b.pcapng"))
	c.Env = append(c.Env, "SSLKEYLOGFILE="+at("keys"))
	require.Zero(t, finish(t, c).code)
	page, err := os.ReadFile(at("b.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "GET /hello.txt")
	require.False(t, holds("b.pcapng"))

	r := netlab(t, "export", at("bare.pcapng"), "--keylog", at("none"), "--to", at("c.md"))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "--keylog")
	require.NoFileExists(t, at("none"))
}

// apart returns the key log that a capture carries, and the capture without it.
func apart(t *testing.T, name string) (keys, bare []byte) {
	t.Helper()
	f, err := os.Open(name)
	require.NoError(t, err)
	defer f.Close()
	r, err := capture.NewReader(name, f)
	require.NoError(t, err)
	var out bytes.Buffer
	w, err := capture.NewWriter(&out)
	require.NoError(t, err)
	for rec, err := r.Next(); !errors.Is(err, io.EOF); rec, err = r.Next() {
		require.NoError(t, err)
		i, err := w.Interface(capture.Interface{Name: "lo", Type: rec.LinkType})
		require.NoError(t, err)
		require.NoError(t, w.WriteRecord(rec, i))
	}
	require.NoError(t, w.Flush())
	return r.Extra().KeyLog(), out.Bytes()
}

// The capture of a lab's run holds all its packets, pages the first of them.
func TestExportOfALongRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	require.NoError(t, os.WriteFile(at("long.yaml"), []byte(longLab), 0o600))
	r := netlab(t, "export", at("long.yaml"), "--to", at("a.pcapng"), "--to", at("a.md"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "a.pcapng: 6006 packets, ")
	require.Contains(t, r.out, "a.md: 5000 packets, 1006 left out, ")
	require.Contains(t, netlab(t, "replay", at("a.pcapng"), "--quiet", "--json").out, `"packets":6006`)
}

// What is damaged is written as far as it goes, and said so; what cannot be written leaves nothing.
func TestExportOfBadInput(t *testing.T) {
	dir := t.TempDir()
	octets, err := os.ReadFile("../../testdata/captures/http.pcap")
	require.NoError(t, err)
	cut := filepath.Join(dir, "cut.pcap")
	require.NoError(t, os.WriteFile(cut, octets[:len(octets)-3], 0o600))
	r := netlab(t, "export", cut, "--to", filepath.Join(dir, "cut.svg"))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "cut off")
	require.FileExists(t, filepath.Join(dir, "cut.svg"))

	for _, args := range [][]string{
		{"export", "hello"},
		{"export", "hello", "--to", filepath.Join(dir, "x.pdf")},
		{"export", "no-such-thing", "--to", filepath.Join(dir, "x.svg")},
		{"export", "tap", "--to", filepath.Join(dir, "x.svg")},
		{"export", "hello", "--to", filepath.Join(dir, "no-such-folder", "x.svg")},
		{"replay", cut, "--export", filepath.Join(dir, "x")},
	} {
		r := netlab(t, args...)
		require.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
		require.NoFileExists(t, filepath.Join(dir, "x.svg"))
	}
}

// A stored run is no capture: what it is for is said.
func TestReplayOfAStoredRun(t *testing.T) {
	r := netlab(t, "replay", "run.netlab")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "netlab lab run.netlab repeats it")
}

// Ctrl-C ends what reads a long file.
func TestALongFileIsLeftWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	to := filepath.Join(t.TempDir(), "x.pcapng")
	for _, args := range [][]string{{"replay"}, {"replay", "--json"}, {"export", "--to", to}, {"replay", "--export", to}} {
		var out, errOut bytes.Buffer
		require.Equal(t, exitInterrupted, run(ctx, append(args, testCapture("http.pcap")), nil, &out, &errOut), "%v: %s", args, errOut.String())
		require.NoFileExists(t, to)
	}
}

// Of a capture, what a filter chooses is written, with what is found of that.
func TestExportOfChosenPackets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	r := netlab(t, "replay", testCapture("mixed.pcap"), "--filter", "udp", "--export", at("a.pcapng"), "--export", at("a.md"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "a.pcapng: 2 packets, 1 thing to point at\n")
	page, err := os.ReadFile(at("a.md"))
	require.NoError(t, err)
	require.Contains(t, string(page), "# mixed.pcap: udp\n")
	require.Contains(t, netlab(t, "replay", at("a.pcapng")).out, "port unreachable")

	r = netlab(t, "replay", testCapture("mixed.pcap"), "--filter", "tcp.port == 1", "--export", at("none.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "none.pcapng: 0 packets, 0 things to point at\n")
	require.Zero(t, netlab(t, "replay", at("none.pcapng")).code)
}

const longLab = `name: long
title: Many packets
hosts:
  h1: {role: client}
  h2: {role: server}
links:
  h1-h2: {delay: 1ms}
apps:
  - {host: h1, do: ping, to: h2, count: 3003, interval: 1ms}
`
