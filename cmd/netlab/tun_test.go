//go:build linux

package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/netns"
)

// needTUN skips a test where the machine cannot have a TUN, with the machine's own words. With NETLAB_NEED_TUN=1,
// as in .ci/run, that is a failure. It also wants the programs that the test talks to.
func needTUN(t *testing.T, programs ...string) {
	t.Helper()
	missing := ""
	for _, f := range netns.Check() {
		if f.Problem != nil {
			missing = f.Problem.Error()
		}
	}
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			missing = p + " is not installed"
		}
	}
	switch {
	case missing == "":
	case os.Getenv("NETLAB_NEED_TUN") != "":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}

func sum(octets []byte) string {
	s := sha256.Sum256(octets)
	return hex.EncodeToString(s[:])
}

func TestCurlAndPing(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl", "ping")
	r := netlab(t, "exec", "--quiet", "--", "curl", "-sS", "http://10.77.0.2/")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "10.77.0.1", "the page speaks of the connection that fetched it")

	r = netlab(t, "exec", "--quiet", "--", "ping", "-c", "1", "-W", "20", "10.77.0.2")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "1 packets transmitted, 1 received, 0% packet loss")
}

func TestTheExitCodeOfTheCommandIsPassedOn(t *testing.T) {
	t.Parallel()
	needTUN(t)
	require.Equal(t, 7, netlab(t, "exec", "--quiet", "--", "sh", "-c", "exit 7").code)
	require.Equal(t, 127, netlab(t, "exec", "--quiet", "--", "no-such-program-anywhere").code)
}

func TestBytesAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl", "sha256sum")
	get := func(n string, flags ...string) string {
		args := append([]string{"exec", "--quiet"}, flags...)
		r := netlab(t, append(args, "--", "sh", "-c", "curl -sS http://10.77.0.2/bytes/"+n+" | sha256sum")...)
		require.Zero(t, r.code, r.err)
		return r.out
	}
	many := "50000000"
	if testing.Short() {
		many = "5000000"
	}
	require.Equal(t, get(many), get(many))
	clean := get("2000000")
	require.Equal(t, clean, get("2000000", "--fault", "tun:loss=5%,reorder=5%,dup=2%"))
	require.NotEqual(t, clean, get("2000001"))
	for _, backend := range []string{"water", "vnet"} {
		require.Equal(t, clean, get("2000000", "--tun-backend", backend))
		require.Equal(t, clean, get("2000000", "--tun-backend", backend, "--fault", "tun:loss=5%,reorder=5%,dup=2%,corrupt=1%"))
	}
}

func TestTUNBackend(t *testing.T) {
	r := netlab(t, "exec", "--tun-backend", "fast", "--", "true")
	require.Equal(t, exitUsage, r.code)
	require.Equal(t, "netlab: --tun-backend \"fast\": it is auto, water or vnet\n", r.err)
}

func TestEchoReturnsWhatWasSent(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl")
	octets := make([]byte, 50_000_000)
	rand.NewChaCha8([32]byte{1}).Read(octets)
	file := filepath.Join(t.TempDir(), "octets")
	require.NoError(t, os.WriteFile(file, octets, 0o600))
	r := netlab(t, "exec", "--quiet", "--", "curl", "-sS", "-H", "Content-Type: application/octet-stream", "--data-binary", "@"+file, "http://10.77.0.2/echo")
	require.Zero(t, r.code, r.err)
	require.Equal(t, sum(octets), sum([]byte(r.out)))
}

func TestTsharkFindsNothingToComplainOf(t *testing.T) {
	t.Parallel()
	oneThread(t)
	needTUN(t, "curl", "tshark")
	file := filepath.Join(t.TempDir(), "x.pcapng")
	r := netlab(t, "exec", "--quiet", "--pcap", file, "--", "curl", "-sS", "-o", "/dev/null", "http://10.77.0.2/bytes/300000")
	require.Zero(t, r.code, r.err)
	require.Greater(t, strings.Count(tshark(t, file), "\n"), 100)
	// A machine under load makes TCP send again what was not lost; that is no fault.
	again := "tcp.analysis.out_of_order or tcp.analysis.retransmission or tcp.analysis.duplicate_ack"
	require.Empty(t, tshark(t, file, "-Y", "_ws.expert.severity >= warning and not ("+again+")"))
	require.Contains(t, tshark(t, file, "-T", "fields", "-e", "frame.comment"), "SYN", "each packet says why it was sent")
}

// TestUpShowsWhatExecDoes is a running up in one process and exec in another.
func TestUpShowsWhatExecDoes(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl")
	up := netlabCommand(t, "up", "--plain")
	out, err := up.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, up.Start())
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	await := func(text string) {
		t.Helper()
		for lines.Scan() {
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("up ended without a line with %q", text)
	}
	await("10.77.0.2")

	curl := netlabCommand(t, "exec", "--", "curl", "-sS", "http://10.77.0.2/status/204")
	curl.Env = up.Env
	r := finish(t, curl)
	require.Zero(t, r.code, r.err)
	await("SYN")
	await("GET /status/204")
	await("204 No Content")
	await("FIN")

	second := netlabCommand(t, "up", "--plain")
	second.Env = up.Env
	r = finish(t, second)
	require.Equal(t, exitNo, r.code, "two at once would fight over the address")

	ping := netlabCommand(t, "ping", "-c", "2", "-i", "0.05", "10.77.0.1")
	ping.Env = up.Env
	r = finish(t, ping)
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "2 packets transmitted, 2 received")
	await("echo request") // on the stack of the running up, which tells of it

	traceroute := netlabCommand(t, "traceroute", "10.77.0.1")
	traceroute.Env = up.Env
	r = finish(t, traceroute)
	require.Zero(t, r.code, r.err)
	require.Regexp(t, `(?m)^ 1  10\.77\.0\.1(  \d+\.\d+ ms){3}$`, r.out)
	await("port unreachable")

	require.NoError(t, up.Process.Signal(syscall.SIGTERM))
	for lines.Scan() {
	}
	_ = up.Wait()
	require.Equal(t, exitInterrupted, up.ProcessState.ExitCode())
	require.Empty(t, holders(t, up.Process.Pid), "nothing is left behind")
}

// holders returns the processes of this test's netlab that hold a namespace for process pid, still alive.
func holders(t *testing.T, pid int) []string {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for {
		left := children(t, pid)
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
	}
}

func children(t *testing.T, parent int) []string {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	var found []string
	for _, s := range stats {
		text, err := os.ReadFile(s)
		if err != nil {
			continue // ended meanwhile
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(parent) {
			found = append(found, s)
		}
	}
	return found
}

func TestADoctorWhereThereIsNoTUN(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody who may not open /dev/net/tun")
	}
	info, err := os.Stat("/dev/net/tun")
	if err != nil || info.Mode().Perm()&0o006 == 0o006 {
		t.Skip("everybody may open /dev/net/tun here, or nobody")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	binary := filepath.Join(shortTempDir(t), "netlab")
	octets, err := os.ReadFile(self)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(binary, octets, 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(binary), 0o755))
	asNobody := func(args ...string) result {
		c := netlabCommand(t, args...)
		c.Path = binary
		c.Dir = "/"
		c.Env = append(c.Env, "XDG_RUNTIME_DIR=", "HOME=/nonexistent")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		return finish(t, c)
	}
	doctor := asNobody("doctor")
	require.Zero(t, doctor.code, doctor.err)
	require.Contains(t, doctor.out, "/dev/net/tun")
	require.Contains(t, doctor.out, "chmod")
	require.Contains(t, doctor.out, "netlab lab")

	for _, args := range [][]string{{"up", "--plain"}, {"exec", "--", "true"}, {"ping", "10.77.0.1"}} {
		r := asNobody(args...)
		require.Equal(t, exitMachine, r.code, "%v: %s", args, r.err)
		require.Contains(t, r.err, "/dev/net/tun")
		require.Contains(t, r.err, "netlab lab")
	}
}
