package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/netns"
)

// The test binary is netlab itself when this is set: so the tests run whole commands, with their own
// process, signals and namespaces, without building anything first.
const actAsNetlab = "NETLAB_TEST_ACT_AS_NETLAB"

func TestMain(m *testing.M) {
	netns.Hold() // a test that asks whether there is a TUN starts this program again as the holder of one
	if pem := os.Getenv(actAsHTTPS); pem != "" {
		serveHTTPS(pem)
	}
	if os.Getenv(actAsNetlab) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// result is what a finished command left.
type result struct {
	out, err string
	code     int
}

// netlabCommand prepares netlab with arguments, in an empty state folder of its own.
func netlabCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	self, err := os.Executable()
	require.NoError(t, err)
	c := exec.CommandContext(ctx, self, args...)
	c.Env = append(os.Environ(), actAsNetlab+"=1", "XDG_RUNTIME_DIR="+shortTempDir(t), "XDG_STATE_HOME="+t.TempDir(), "SSLKEYLOGFILE=", "TERM=xterm-256color", "LANG=C.UTF-8")
	return c
}

// shortTempDir returns a new folder whose name is short enough for the path of a Unix socket.
func shortTempDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "nl")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o700))
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// finish runs a prepared command to its end.
func finish(t *testing.T, c *exec.Cmd) result {
	t.Helper()
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		require.NoError(t, err)
	}
	return result{out.String(), errOut.String(), c.ProcessState.ExitCode()}
}

// oneThread leaves a test out with -short, as .ci/run looks for races, in whose command one thing happens after another.
func oneThread(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("nothing here runs beside anything else")
	}
}

func netlab(t *testing.T, args ...string) result {
	t.Helper()
	return finish(t, netlabCommand(t, args...))
}

func TestWithoutATerminalTheMenuIsText(t *testing.T) {
	r := netlab(t)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "netlab lab lossy-upload")
	require.NotContains(t, r.out, "\x1b")
}

func TestVersion(t *testing.T) {
	r := netlab(t, "version")
	require.Zero(t, r.code)
	require.Contains(t, r.out, "netlab "+version)
}

func TestEveryCommandHasHelpWithTwoExamples(t *testing.T) {
	a := &app{}
	for _, c := range a.rootCommand().Commands() {
		require.NotEmpty(t, c.Short)
		if !c.Runnable() { // a topic
			require.NotEmpty(t, c.Long)
			continue
		}
		examples := strings.Count(c.Example, "netlab "+c.Name())
		require.GreaterOrEqual(t, examples, 2, "netlab %s --help shows two real examples", c.Name())
	}
}

func TestWrongUsageIsOneLineAndExitCode2(t *testing.T) {
	oneThread(t)
	for _, args := range [][]string{
		{"no-such-command"},
		{"lab", "--no-such-flag"},
		{"lab", "no-such-lab"},
		{"lab", "hello", "--seed", "zero"},
		{"lab", "hello", "--seed", "0"},
		{"lab", "hello", "--plain", "--fault", "nowhere:loss=10%"},
		{"lab", "hello", "--plain", "--fault", "h1-h2:loss=ten"},
		{"lab", "hello", "--plain", "--drop", "tcp.flgs"},
		{"lab", "hello", "--plain", "--until", "soon"},
		{"lab", "hello", "--plain", "--theme", "pink"},
		{"fetch"},
		{"fetch", "--lab", "hello", "gopher://h2/"},
		{"ping", "--lab", "hello", "-t", "0", "h2"},
		{"ping", "--lab", "hello", "-M", "maybe", "h2"},
		{"ping", "--lab", "hello", "-6", "h2"},
		{"ping", "--lab", "hello", "-4", "-6", "h2"},
		{"traceroute", "--lab", "hello", "-m", "0", "h2"},
		{"traceroute", "--lab", "hello", "h9"},
		{"replay"},
		{"replay", "no-such-file.pcap"},
		{"replay", "x.pcap", "--filter", "tcp.prot == 80"},
		{"replay", "x.pcap", "--follow", "one"},
		{"replay", "x.pcap", "--follow", "0", "--as", "wav"},
		{"replay", "x.pcap", "--follow", "0", "--streams"},
		{"replay", "x.pcap", "--side", "first"},
		{"version", "extra"},
	} {
		r := netlab(t, args...)
		require.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
		require.Empty(t, r.out, "%v", args)
		line := strings.TrimRight(r.err, "\n")
		require.True(t, strings.HasPrefix(line, "netlab: "), "%v: %q", args, r.err)
		if !strings.Contains(line, "^") { // a place in a file is shown with a caret, on lines of its own
			require.NotContains(t, line, "\n", "%v", args)
		}
	}
}

func TestALabIsTheSameEveryTime(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run := func(seed, file string) (string, []byte) {
		pcap := filepath.Join(dir, file)
		r := netlab(t, "lab", "lossy-upload", "--seed", seed, "--plain", "--pcap", pcap)
		require.Zero(t, r.code, r.err)
		octets, err := os.ReadFile(pcap)
		require.NoError(t, err)
		return r.out, octets
	}
	out, pcap := run("7", "a")
	again, pcapAgain := run("7", "b")
	require.Equal(t, out, again)
	require.Equal(t, pcap, pcapAgain)
	other, otherPcap := run("8", "c")
	require.NotEqual(t, out, other)
	require.NotEqual(t, pcap, otherPcap)

	require.NotContains(t, out, "\x1b")
	require.Contains(t, out, "lost on")
	require.Contains(t, out, "again")
	require.Contains(t, out, "duplicate ACK")
}

func TestReplayOfWhatIsNoCapture(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, octets []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, octets, 0o600))
		return path
	}
	r := netlab(t, "replay", "--plain", write("text.pcap", []byte("these are words, not packets\n")))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "text.pcap")

	r = netlab(t, "replay", "--plain", write("empty.pcap", nil))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "empty")

	whole := filepath.Join(dir, "whole.pcapng")
	require.Zero(t, netlab(t, "lab", "hello", "--plain", "--pcap", whole).code)
	octets, err := os.ReadFile(whole)
	require.NoError(t, err)
	full := netlab(t, "replay", "--packets", whole)
	require.Zero(t, full.code, full.err)
	require.Contains(t, full.out, "SYN")

	r = netlab(t, "replay", "--packets", write("cut.pcapng", octets[:len(octets)-10]))
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.out, "SYN", "what it holds is shown first")
	require.Contains(t, r.err, "cut.pcapng")
	require.Regexp(t, `octet \d+`, r.err)
}

func TestClientsInsideALab(t *testing.T) {
	oneThread(t)
	r := netlab(t, "ping", "--lab", "routed", "--plain", "-c", "2", "h2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "2 packets transmitted, 2 received")

	r = netlab(t, "fetch", "--lab", "routed", "http://h2/")
	require.Zero(t, r.code, r.err)
	require.NotEmpty(t, r.out)

	r = netlab(t, "fetch", "--lab", "routed", "-L", "-v", "http://h2/redirect/2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "You have reached netlab")
	require.Contains(t, r.err, "302 Found")
	require.Contains(t, r.err, "* on to http://h2/redirect/1\n")
	r = netlab(t, "fetch", "--lab", "routed", "-L", "http://h2/redirect/11")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.err, "circle")

	r = netlab(t, "ping", "--lab", "routed", "--plain", "-c", "1", "10.99.99.99")
	require.Equal(t, exitNo, r.code)
}

// The way through the lab routed is h1, r1, r2, h2.
func TestTracerouteInsideALab(t *testing.T) {
	oneThread(t)
	for _, flags := range [][]string{nil, {"-I"}} {
		r := netlab(t, append([]string{"traceroute", "--lab", "routed", "-q", "2", "h2"}, flags...)...)
		require.Zero(t, r.code, r.err)
		lines := strings.Split(strings.TrimRight(r.out, "\n"), "\n")
		require.Len(t, lines, 4, r.out)
		for i, want := range []string{`^traceroute to h2 \(10.0.2.20\), 30 hops max`, `^ 1  r1 \(10.0.1.1\)  10.000 ms  10.000 ms$`, `^ 2  r2 \(10.0.12.2\)  50`, `^ 3  h2 \(10.0.2.20\)  60`} {
			require.Regexp(t, want, lines[i])
		}
	}

	r := netlab(t, "traceroute", "--lab", "routed", "-f", "2", "-m", "2", "h2")
	require.Equal(t, exitNo, r.code, "two hops are not enough")
	require.Contains(t, r.out, " 2  r2")
	require.NotContains(t, r.out, " 1 ")

	r = netlab(t, "traceroute", "--lab", "routed", "--fault", "r1-r2:loss=100%", "-m", "3", "-w", "0.5", "-q", "2", "h2")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.out, " 2  * *\n 3  * *\n")

	r = netlab(t, "traceroute", "--lab", "routed", "--json", "-q", "1", "h2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, `{"from":"10.0.1.1","hop":1,"ms":10,"name":"r1","query":1}`)
	require.Contains(t, r.out, `{"hops":3,"reached":true,"to":"10.0.2.20"}`)

	file := filepath.Join(t.TempDir(), "x.pcapng")
	r = netlab(t, "traceroute", "--lab", "routed", "--pcap", file, "-q", "1", "h2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, netlab(t, "replay", "--plain", file).out, "33434")
}

func TestPingSaysWhatComesInPlaceOfAReply(t *testing.T) {
	oneThread(t)
	r := netlab(t, "ping", "--lab", "routed", "-c", "1", "-t", "2", "h2")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.out, "From 10.0.12.2 icmp_seq=1 Time to live exceeded")

	r = netlab(t, "ping", "--lab", "mtu", "-c", "1", "-s", "1000", "-M", "do", "h2")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.out, "From 10.0.1.1 icmp_seq=1 Packet too big, MTU 576")
	r = netlab(t, "ping", "--lab", "mtu", "-c", "1", "-s", "1473", "-M", "do", "h2")
	require.Contains(t, r.out, "icmp_seq=1 not sent: packet too big, MTU 1500")
	r = netlab(t, "ping", "--lab", "mtu", "-c", "1", "-s", "5000", "-M", "dont", "h2")
	require.Zero(t, r.code, r.out)

	r = netlab(t, "ping", "--lab", "path-mtu", "-6", "-c", "1", "-t", "1", "h2")
	require.Contains(t, r.out, "From fd00:0:0:1::1 icmp_seq=1 Time exceeded: Hop limit")
	r = netlab(t, "ping", "--lab", "path-mtu", "-6", "-c", "1", "-s", "1400", "-M", "do", "h2")
	require.Contains(t, r.out, "From fd00:0:0:1::1 icmp_seq=1 Packet too big, MTU 1400")
	r = netlab(t, "ping", "--lab", "path-mtu", "-4", "-c", "1", "h2")
	require.Contains(t, r.out, "bytes from 10.0.20.20: icmp_seq=1 ttl=62")
	r = netlab(t, "traceroute", "--lab", "path-mtu", "-6", "-q", "1", "h2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, " 3  h2 (fd00:0:0:20::20)")

	r = netlab(t, "ping", "--lab", "routed", "-c", "1", "-W", "0.1", "--fault", "r1-r2:loss=100%", "h2")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.out, "no answer yet for icmp_seq=1")
}
