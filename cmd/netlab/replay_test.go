package main

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// testCapture is a capture of the project.
func testCapture(name string) string { return filepath.Join("..", "..", "testdata", "captures", name) }

func TestReplayTellsStreamsAndFollowsThem(t *testing.T) {
	r := netlab(t, "replay", "--plain", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "127.0.0.1 and 127.0.0.1")
	require.Contains(t, r.out, "404 File not found, text/html")
	require.Contains(t, r.out, "closed by both")

	r = netlab(t, "replay", "--follow", "0", "--as", "messages", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "> GET ")
	require.Contains(t, r.out, "<   Content-Length: ")
	r = netlab(t, "replay", "--follow", "udp:0", "--as", "messages", testCapture("dns.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "<   answer: ")
	r = netlab(t, "replay", "--follow", "0", "--as", "raw", "--side", "second", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.True(t, strings.HasPrefix(r.out, "HTTP/1.0 200 OK\r\n"), r.out)
	require.True(t, strings.HasSuffix(r.out, "\r\n\r\nhello from the lab\n"), r.out)

	r = netlab(t, "replay", "--follow", "7", testCapture("http.pcap"))
	require.Equal(t, exitUsage, r.code)
	require.Equal(t, "netlab: --follow: no such stream: TCP 7; the capture has TCP 0 to 1\n", r.err)

	r = netlab(t, "replay", "--filter", "tcp.flags.syn and", testCapture("http.pcap"))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "\ntcp.flags.syn and\n                 ^ expected")

	// The words of the screen: a packet's stream and its number.
	r = netlab(t, "replay", "--filter", "tcp.stream == 1 and frame.number < 15", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "2 chosen of 24 packets")
	r = netlab(t, "replay", "--filter", "retx", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "0 chosen of 24 packets")
}

func TestReplayExtractsContent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	r := netlab(t, "replay", "--extract", dir, testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "0001-hello.txt  19 octets  TCP 0, packet 6: GET /hello.txt → 200 OK")
	b, err := os.ReadFile(filepath.Join(dir, "0001-hello.txt"))
	require.NoError(t, err)
	require.Equal(t, "hello from the lab\n", string(b))

	r = netlab(t, "replay", "--extract", dir, testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "0001-hello-2.txt", "nothing is written over")
	files, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, files, 4, "nothing else is left")
}

func TestReplayOfPackedFilesAndStandardInput(t *testing.T) {
	b, err := os.ReadFile(testCapture("http.pcap"))
	require.NoError(t, err)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	c := netlabCommand(t, "replay", "--streams", "-")
	c.Stdin = &packed
	r := finish(t, c)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "2 TCP connections")
}

func TestReplayDecryptsTLS(t *testing.T) {
	t.Parallel()
	// The capture carries the secrets itself, behind the packets.
	r := netlab(t, "replay", testCapture("tls.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "HTTPS for www.netlab.test, decrypted")
	r = netlab(t, "replay", "--follow", "1", testCapture("tls.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "decrypted\n> GET /hello.txt HTTP/1.1\n")
	require.Contains(t, r.out, "< hello over TLS\n")
	r = netlab(t, "replay", "--packets", testCapture("tls.pcapng"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "TLS     ServerHello, ChangeCipherSpec, {} EncryptedExtensions, {} Certificate, {} CertificateVerify, {} Finished  data 1..797\n")
	require.Contains(t, r.out, "TLS     {} GET /hello.txt  data 598..713\n")
	r = netlab(t, "replay", "--json", testCapture("tls.pcapng"))
	require.Contains(t, r.out, `"decrypted":"{} GET /hello.txt"`)

	// The same from a capture without them, and a key log.
	octets, err := os.ReadFile(testCapture("tls.pcapng"))
	require.NoError(t, err)
	reader, err := capture.NewReader("x", bytes.NewReader(octets))
	require.NoError(t, err)
	dir := t.TempDir()
	bare, keys := filepath.Join(dir, "bare.pcapng"), filepath.Join(dir, "keys.log")
	f, err := os.Create(bare)
	require.NoError(t, err)
	w, err := capture.NewWriter(f, capture.Interface{Name: "lo", Type: capture.Ether})
	require.NoError(t, err)
	for {
		rec, err := reader.Next()
		if err != nil {
			break
		}
		require.NoError(t, w.Write(rec.At, 0, rec.Packet, ""))
	}
	require.NoError(t, w.Flush())
	require.NoError(t, f.Close())
	require.NoError(t, os.WriteFile(keys, reader.Extra().KeyLog(), 0o600))

	require.NotContains(t, netlab(t, "replay", "--streams", bare).out, "decrypted")
	require.Contains(t, netlab(t, "replay", "--streams", "--keylog", keys, bare).out, "GET /hello.txt of www.netlab.test:8443")
	c := netlabCommand(t, "replay", "--streams", bare)
	c.Env = append(c.Env, "SSLKEYLOGFILE="+keys)
	require.Contains(t, finish(t, c).out, "HTTPS for www.netlab.test, decrypted")
	r = netlab(t, "replay", "--extract", filepath.Join(dir, "out"), "--keylog", keys, bare)
	require.Zero(t, r.code, r.err)
	content, err := os.ReadFile(filepath.Join(dir, "out", "0002-hello.txt"))
	require.NoError(t, err)
	require.Equal(t, "hello over TLS\n", string(content))

	r = netlab(t, "replay", "--keylog", filepath.Join(dir, "none"), bare)
	require.Equal(t, exitUsage, r.code)
	r = netlab(t, "replay", "--keylog", bare, bare)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "no secrets in it")
}

func TestReplayTellsFindings(t *testing.T) {
	r := netlab(t, "replay", "--findings", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "! 127.0.0.1:8080 answers the request of packet 16 with an error: 404 File not found to GET /missing")
	require.Regexp(t, `TCP 0 +127\.0\.0\.1:48880→127\.0\.0\.1:8080  packets 1\.\.12`, r.out)
	require.NotContains(t, r.out, "SYN", "nothing but findings")

	r = netlab(t, "replay", "--findings", "--json", testCapture("http.pcap"))
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, `"finding":"http-error","packet":18`)
	require.Contains(t, r.out, `"kind":"connection","stream":1`)

	r = netlab(t, "replay", "--findings", "--streams", testCapture("http.pcap"))
	require.Equal(t, exitUsage, r.code)
}

func TestReplayOfADamagedCapture(t *testing.T) {
	b, err := os.ReadFile(testCapture("http.pcap"))
	require.NoError(t, err)
	b[24+16+74+11] = 0x40 // the captured length of packet 2
	damaged := filepath.Join(t.TempDir(), "damaged.pcap")
	require.NoError(t, os.WriteFile(damaged, b, 0o600))
	for _, how := range []string{"--packets", "--findings", "--streams", "--follow=0"} {
		r := netlab(t, "replay", how, damaged)
		require.Equal(t, exitUsage, r.code)
		require.Contains(t, r.out, "octets 114 to 203 are damaged and skipped")
		require.True(t, strings.HasPrefix(r.err, "netlab: damaged.pcap: damaged: octet 122, within what follows packet 1 at octet 114: "), r.err)
		require.True(t, strings.HasSuffix(r.err, "; octets 114 to 203 are skipped, and 22 packets follow\n"), r.err)
	}
}

func TestReplayTakesPacketsApart(t *testing.T) {
	t.Parallel()
	r := netlab(t, "replay", testCapture("http.pcap"), "--layers", "--why", "--filter", "http.request and frame.number < 10")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "      70..79      Request Target: /hello.txt  (RFC 9112 §3.2)\n")
	require.Contains(t, r.out, "  | The port of the receiving end.")
	r = netlab(t, "replay", testCapture("tls.pcapng"), "--fields", "frame.number,http.request.uri", "--filter", "frame.number == 11")
	require.Equal(t, result{out: "11\t/hello.txt\n"}, r)
	for _, args := range [][]string{{"--fields", "ip.srcc"}, {"--fields", "ip.src,"}, {"--fields", "tcp.len > 0"}, {"--why"}, {"--layers", "--findings"}, {"--fields", "ip.src", "--streams"}, {"--packets", "--findings"}, {"--filter", "tcp", "--follow", "0"}, {"--json", "--follow", "0", "--as", "messages"}} {
		r := netlab(t, append([]string{"replay", testCapture("http.pcap")}, args...)...)
		require.Equal(t, exitUsage, r.code, "%v", args)
		require.Empty(t, r.out)
	}
	require.Contains(t, netlab(t, "replay", testCapture("http.pcap"), "--fields", "ip.srcc").err, "did you mean ip.src?")
}

// What a filter chooses is what is told of, also where findings and streams are wanted.
func TestReplayTellsOfChosenPackets(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flag, filter string
		with, not    string
	}{
		{"--findings", "tcp", "refuses the connection", "port unreachable"},
		{"--findings", "icmp", "port unreachable", "refuses the connection"},
		{"--findings", "icmp", "1 finding.", "TCP 0"},
		{"--findings", "tcp", "TCP 0", "unreachable"},
		{"--streams", "udp.stream == 0", "UDP 0", "TCP 0"},
		{"--streams", "tcp.flags.reset", "TCP 0", "UDP 0"},
		{"--streams", "tcp.port == 1", "0 chosen of 15 packets", "TCP 0"},
	} {
		r := netlab(t, "replay", testCapture("mixed.pcap"), c.flag, "--filter", c.filter)
		require.Zero(t, r.code, r.err)
		require.Contains(t, r.out, c.with)
		require.NotContains(t, r.out, c.not)
		r = netlab(t, "replay", testCapture("mixed.pcap"), c.flag, "--json", "--filter", c.filter)
		require.Zero(t, r.code, r.err)
		require.Equal(t, c.flag == "--findings" && c.filter == "tcp", strings.Contains(r.out, "refuses"))
	}
}
