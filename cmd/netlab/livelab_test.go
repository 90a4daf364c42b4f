package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// running is a netlab that runs, and what it says.
type running struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines *bufio.Scanner
	said  strings.Builder
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	c := netlabCommand(t, args...)
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	c.Stderr = os.Stderr
	require.NoError(t, c.Start())
	r := &running{t: t, cmd: c, lines: bufio.NewScanner(out)}
	r.lines.Buffer(nil, 1<<20)
	return r
}

// await reads until a line has the text.
func (r *running) await(text string) {
	r.t.Helper()
	for r.lines.Scan() {
		r.said.WriteString(r.lines.Text() + "\n")
		if strings.Contains(r.lines.Text(), text) {
			return
		}
	}
	r.t.Fatalf("it ended without a line with %q:\n%s", text, r.said.String())
}

// interrupt ends it in good order.
func (r *running) interrupt() {
	r.t.Helper()
	require.NoError(r.t, r.cmd.Process.Signal(syscall.SIGTERM))
	for r.lines.Scan() {
		r.said.WriteString(r.lines.Text() + "\n")
	}
	_ = r.cmd.Wait()
	require.Equal(r.t, exitInterrupted, r.cmd.ProcessState.ExitCode())
}

// freePorts returns addresses on the loopback interface whose ports are free.
func freePorts(t *testing.T, n int) (addrs []string) {
	t.Helper()
	for range n {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		require.NoError(t, err)
		defer c.Close()
		addrs = append(addrs, c.LocalAddr().String())
	}
	return addrs
}

// Two processes, each with half of a network: a ping and a page cross the tunnel between them, with and without a key.
func TestTwoLabsJoinedByATunnel(t *testing.T) {
	for name, key := range map[string]string{"without a key": "", "with a key": "a secret key\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			joinLabs(t, key)
		})
	}
}

func joinLabs(t *testing.T, key string) {
	ports := freePorts(t, 2)
	more, safe := "", "without a key"
	if key != "" {
		file := filepath.Join(t.TempDir(), "key")
		require.NoError(t, os.WriteFile(file, []byte(key), 0o600))
		more, safe = ",key-file="+file, "signed with a key"
	}
	pcap := filepath.Join(t.TempDir(), "left.pcapng")
	right := start(t, "lab", "tunnel-right", "--plain", "--tunnel", "world:listen="+ports[1]+",peer="+ports[0]+more)
	right.await("runs in real time, and two runs differ")
	right.await(safe)
	left := start(t, "lab", "tunnel-left", "--plain", "--pcap", pcap, "--tunnel", "world:listen="+ports[0]+",peer="+ports[1]+more)
	left.await("the peer " + ports[1] + " is there")
	right.await("the peer " + ports[0] + " is there")
	left.await("h1 got 4 replies to 4 echo requests")
	left.await("h1 got the answer 200 OK")
	right.await("GET /")

	left.interrupt()
	right.await("has left")
	right.interrupt()
	require.Contains(t, netlab(t, "replay", "--plain", pcap).out, "200 OK")
}

// The two sides have different keys, or one has none: nothing crosses, and both say why.
func TestATunnelWithAnotherKey(t *testing.T) {
	ports := freePorts(t, 2)
	file := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(file, []byte("a secret key"), 0o600))
	right := start(t, "lab", "tunnel-right", "--plain", "--tunnel", "world:listen="+ports[1]+",key-file="+file)
	right.await("whoever has the key")
	left := start(t, "lab", "tunnel-left", "--plain", "--tunnel", "world:listen="+ports[0]+",peer="+ports[1])
	right.await("signed with another key, or one side has no key")
	left.interrupt()
	right.interrupt()
	require.NotContains(t, right.said.String(), "is there")
}

func TestALabInRealTimeEndsAtItsTime(t *testing.T) {
	t.Parallel()
	ports := freePorts(t, 2)
	r := netlab(t, "lab", "tunnel-right", "--plain", "--until", "100ms", "--tunnel", "world:listen="+ports[0]+",peer="+ports[1])
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "is a tunnel from "+ports[0]+" to "+ports[1])
}

func TestTunnelsThatCannotBe(t *testing.T) {
	port := freePorts(t, 1)[0]
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"lab", "hello", "--tunnel", "world:listen=" + port + ",peer=" + port}, "has no way out"},
		{[]string{"lab", "tunnel-left", "--tunnel", "w:listen=" + port + ",peer=" + port}, "there are world"},
		{[]string{"lab", "tunnel-left", "--tunnel", "world"}, "names no way out"},
		{[]string{"lab", "tunnel-left", "--tunnel", "world:listen=" + port + ",key-file=/no/such/file"}, "/no/such/file"},
		{[]string{"lab", "tunnel-left", "--tunnel", "world:listen=" + taken.LocalAddr().String() + ",peer=" + port}, "in use"},
		{[]string{"ping", "--lab", "tunnel-left", "h1"}, "runs in real time"},
	} {
		r := netlab(t, append(c.args, "--plain")...)
		require.Equal(t, exitUsage, r.code, "%v", c.args)
		require.Contains(t, r.err, c.want)
		require.Equal(t, 1, strings.Count(r.err, "\n"))
	}
}
