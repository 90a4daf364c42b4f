//go:build linux

package main

import (
	"bufio"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Debian's dig asks the name server of netlab up.
func TestDebiansDig(t *testing.T) {
	t.Parallel()
	needTUN(t, "dig", "tshark")
	file := filepath.Join(t.TempDir(), "x.pcapng")
	script := `ask() { echo "== $*"; dig +noall +comments +answer "$@" || exit 1; }
ask @10.77.0.2 netlab.test
ask @10.77.0.2 +tcp www.netlab.test AAAA
ask @fd77::2 api.netlab.test
ask @10.77.0.2 +bufsize=512 +ignore big.netlab.test
ask @10.77.0.2 big.netlab.test
ask @10.77.0.2 +noedns +ignore big.netlab.test
ask @10.77.0.2 nope.netlab.test
ask @10.77.0.2 anything.any.netlab.test
ask @10.77.0.2 netlab.test MX
ask @10.77.0.2 -x fd77::2
ask @10.77.0.2 example.com`
	r := netlab(t, "exec", "--quiet", "--pcap", file, "--", "sh", "-c", script)
	require.Zero(t, r.code, r.out+r.err)
	answers := strings.Split(r.out, "== ")[1:]
	for i, want := range [][]string{
		{"status: NOERROR", "flags: qr aa rd;", "IN\tA\t10.77.0.2"},
		{"IN\tCNAME\tnetlab.test.", "IN\tAAAA\tfd77::2"},
		{"ANSWER: 3"},
		{"flags: qr aa tc rd;"},
		{"retrying in TCP mode", "ANSWER: 300"},
		{"flags: qr aa tc rd;"},
		{"status: NXDOMAIN"},
		{"anything.any.netlab.test. 60\tIN\tA\t10.77.0.2"},
		{"10 mail.netlab.test."},
		{"netlab.test.\n"},
		{"status: REFUSED"},
	} {
		for _, w := range want {
			require.Contains(t, answers[i], w)
		}
	}
	require.Empty(t, tshark(t, file, "-Y", "_ws.malformed or udp.checksum.status == bad or tcp.checksum.status == bad"))
	require.Contains(t, tshark(t, file, "-Y", "dns.flags.truncated == 1", "-T", "fields", "-e", "dns.qry.name"), "big.netlab.test")
}

// netlab dig asks dnsmasq, which listens on the kernel's side, over the stack of a running up.
func TestDigAsksDnsmasq(t *testing.T) {
	t.Parallel()
	needTUN(t, "dnsmasq")
	up := netlabCommand(t, "up", "--plain")
	out, err := up.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, up.Start())
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() && !strings.Contains(lines.Text(), "10.77.0.2") {
	}
	go func() {
		for lines.Scan() { // or the pipe fills
		}
	}()
	masq := netlabCommand(t, "exec", "--", "dnsmasq", "-d", "--conf-file=/dev/null", "--pid-file", "--no-resolv", "--no-hosts",
		"--listen-address=10.77.0.1", "--bind-interfaces", "--local=/lan/", "--address=/host.lan/192.0.2.7",
		"--txt-record=big.lan,"+strings.Repeat("x", 250)+","+strings.Repeat("y", 250))
	masq.Env = up.Env
	logs, err := masq.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, masq.Start())
	log := bufio.NewScanner(logs)
	for log.Scan() && !strings.Contains(log.Text(), "started") {
	}
	go func() {
		for log.Scan() {
		}
	}()
	dig := func(args ...string) result {
		c := netlabCommand(t, append([]string{"dig"}, args...)...)
		c.Env = up.Env
		return finish(t, c)
	}
	r := dig("host.lan")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "host.lan.\t0\tIN\tA\t192.0.2.7")
	require.Contains(t, r.out, "flags: qr aa rd ra;")
	require.Equal(t, "192.0.2.7\n", dig("@10.77.0.1", "host.lan", "+tcp", "+short").out)
	require.Contains(t, dig("nope.lan").out, "NXDOMAIN")
	require.Contains(t, dig("big.lan", "TXT", "+bufsize=512").out, "(TCP)")
	require.Equal(t, exitNo, dig("@10.77.0.1", "-p", "54", "host.lan").code)

	require.NoError(t, masq.Process.Signal(syscall.SIGTERM))
	_ = masq.Wait()
	require.NoError(t, up.Process.Signal(syscall.SIGTERM))
	_ = up.Wait()
	require.Equal(t, exitInterrupted, up.ProcessState.ExitCode())
}
