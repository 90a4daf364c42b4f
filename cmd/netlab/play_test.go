package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const httpCapture = "../../testdata/captures/http.pcap"

// A capture on the simulated wire: the same at any speed, and each packet is there.
func TestPlay(t *testing.T) {
	t.Parallel()
	told := netlab(t, "replay", httpCapture, "--play", "--speed", "max")
	require.Zero(t, told.code, told.err)
	for _, line := range []string{
		"h1 127.0.0.1, 1µs away; h2 127.0.0.1, 1µs away.",
		"answer nothing",
		"127.0.0.1:48880→127.0.0.1:8080  HTTP    GET /hello.txt  data 1..88  sends packet 4 of the capture",
		"24 packets, 0 lost",
		"h2-tap: 12 packets from h2, 0 lost; 12 to h2, 0 lost.",
	} {
		require.Contains(t, told.out, line)
	}
	for _, speed := range []string{"1x", "0.5"} { // the capture lasts 15 ms
		require.Equal(t, told, netlab(t, "replay", httpCapture, "--play", "--speed", speed))
	}
}

// Faults apply as to a lab: what is lost is told, and is not in the numbers of what arrives; what the wire carried is a capture again.
func TestPlayWithFaults(t *testing.T) {
	t.Parallel()
	pcap := filepath.Join(t.TempDir(), "wire.pcapng")
	args := []string{"replay", httpCapture, "--play", "--speed", "max", "--seed", "3", "--fault", "h1>tap:loss=30%", "--drop", "http.response #1", "--pcap", pcap}
	r := netlab(t, args...)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "lost on h1>tap: loss 30%")
	require.Regexp(t, `packet \d+ \(200 OK.*lost on h2>tap: dropped`, r.out)
	require.Contains(t, r.out, "h2-tap: 12 packets from h2, 1 lost; ")
	require.Equal(t, r, netlab(t, args...))
	require.NotEqual(t, r.out, netlab(t, append(args[:len(args)-2:len(args)-2], "--seed", "4")...).out)

	lost := strings.Count(r.out, "✗")
	require.Greater(t, lost, 2)
	again := netlab(t, "replay", pcap, "--packets")
	require.Zero(t, again.code, again.err)
	require.Contains(t, again.out, "24 packets")
	require.Equal(t, lost, strings.Count(again.out, "Lost on "))
	require.Contains(t, netlab(t, "replay", pcap, "--json").out, `"time":"2026-11-23T10:11:59.37244`, "in the capture's own time")

	r = netlab(t, append(args, "--json")...)
	require.Zero(t, r.code, r.err)
	require.Equal(t, lost, strings.Count(r.out, `"kind":"lost"`))
}

// --filter chooses what is sent, --rewrite whose it is, and what cannot be sent as it was is said.
func TestPlayChosenAndRewritten(t *testing.T) {
	t.Parallel()
	const captures = "../../testdata/captures/"
	pcap := filepath.Join(t.TempDir(), "wire.pcapng")
	r := netlab(t, "replay", captures+"kernel-offload.pcap", "--play", "--speed", "max", "--rewrite", "10.77.0.1=192.0.2.7", "--rewrite", "10.77.0.2=192.0.2.80", "--pcap", pcap)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "h1 192.0.2.7, ")
	require.Contains(t, r.out, "Not as in the capture: 3 packets larger than 1500 octets, cut up here")
	require.Contains(t, r.out, "26 packets, 0 lost")
	again := netlab(t, "replay", pcap)
	require.NotContains(t, again.out, "10.77.0.1")
	require.NotContains(t, again.out, "checksum")

	r = netlab(t, "replay", captures+"mixed.pcap", "--play", "--speed", "max")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "others (groups, broadcasts, and further addresses)")
	require.Contains(t, r.out, "2 packets without IP left out")

	r = netlab(t, "replay", captures+"mixed.pcap", "--play", "--speed", "max", "--filter", "tcp")
	require.Zero(t, r.code, r.err)
	require.NotContains(t, r.out, "others")
	r = netlab(t, "replay", captures+"mixed.pcap", "--play", "--filter", "arp")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "it holds no packet to play: ")

	// Of a damaged capture, what is there is played.
	octets, err := os.ReadFile(httpCapture)
	require.NoError(t, err)
	cut := filepath.Join(t.TempDir(), "cut.pcap")
	require.NoError(t, os.WriteFile(cut, octets[:len(octets)-3], 0o600))
	r = netlab(t, "replay", cut, "--play", "--speed", "max")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.out, "23 packets, 0 lost")
	require.Contains(t, r.err, "cut off")
}

// Ctrl-C ends a play, and what was played until then is said.
func TestPlayInterrupted(t *testing.T) {
	t.Parallel()
	pcap := filepath.Join(t.TempDir(), "wire.pcapng")
	c := netlabCommand(t, "replay", httpCapture, "--play", "--speed", "0.00001", "--pcap", pcap)
	pipe, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	out := bufio.NewReader(pipe)
	for line := ""; !strings.Contains(line, "SYN"); {
		line, err = out.ReadString('\n')
		require.NoError(t, err)
	}
	require.NoError(t, c.Process.Signal(os.Interrupt))
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Error(t, c.Wait())
	require.Equal(t, exitInterrupted, c.ProcessState.ExitCode())
	require.Contains(t, string(rest), "Ended after ")
	require.Contains(t, string(rest), "h1-tap: 1 packet from h1, 0 lost")
	require.FileExists(t, pcap)
}

func TestPlayUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--play", "--speed", "fast"},
		{"--speed", "2x"},
		{"--pcap", "x.pcapng"},
		{"--seed", "3"},
		{"--play", "--speed", "0"},
		{"--to", "tap"},
		{"--rewrite", "10.0.0.1=10.77.0.2"},
		{"--play", "--rewrite", "10.0.0.1"},
		{"--play", "--fault", "h1-h2:loss=10%"},
		{"--play", "--fault", "h1-tap:loss=much"},
		{"--fault", "h1-tap:loss=10%"},
		{"--play", "--to", "tun", "--fault", "h1-tap:loss=10%"},
		{"--serve", "0", "--drop", "tcp"},
		{"--play", "--seed", "0"},
		{"--to", "tun", "--rewrite", "10.0.0.1"},
		{"--to", "tun", "--rewrite", "10.0.0.1=fd77::2"},
		{"--serve", "first"},
		{"--serve", "99"},
		{"--serve", "0", "--play"},
		{"--play", "--findings"},
		{"--", "true"},
	} {
		r := netlab(t, append([]string{"replay", httpCapture}, args...)...)
		require.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
		require.Equal(t, 1, strings.Count(r.err, "\n"), "%v: %s", args, r.err)
	}
}
