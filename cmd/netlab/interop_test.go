//go:build linux

package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// tshark returns what tshark prints of a capture, with every checksum verified.
func tshark(t *testing.T, file string, args ...string) string {
	t.Helper()
	verify := []string{"-r", file, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"}
	out, err := exec.Command("tshark", append(verify, args...)...).Output()
	require.NoError(t, err)
	return string(out)
}

// Debian's own programs against netlab's host: each is satisfied, and tshark finds nothing to complain of in what netlab sent.
func TestKernelTools(t *testing.T) {
	t.Parallel()
	needTUN(t, "ping", "traceroute", "tracepath", "nc", "curl", "openssl", "gnutls-cli", "tshark")
	for _, c := range []struct{ name, command, want string }{
		// One packet: for the last of several ping waits hardly longer than for the others, which is too short on a busy machine.
		{"ping", "ping -c 1 -W 20 HOST", "1 packets transmitted, 1 received, 0% packet loss"},
		{"ping with 65000 octets", "ping -c 1 -W 20 -s 65000 HOST", "1 packets transmitted, 1 received, 0% packet loss"},
		{"traceroute", "traceroute -n HOST", " 1  HOST  "},
		{"traceroute with ICMP", "traceroute -I -n HOST", " 1  HOST  "},
		{"traceroute with TCP", "traceroute -T -n -p 80 HOST", " 1  HOST  "},
		{"tracepath", "tracepath -n HOST", "Resume: pmtu 1500 hops 1 back 1"},
		{"nc over UDP", "echo hello | nc -u -w 2 HOST 7", "hello"},
		{"nc over TCP", "echo hello | nc -N HOST 7", "hello"},
		{"nc over UDP to a closed port", "echo hello | nc -u -v -w 1 HOST 99 || echo refused", "refused"},
		{"curl", "curl -sS http://URL/", "You have reached netlab"},
		{"curl with HTTP/1.0", "curl -sSi --http1.0 http://URL/status/404", "HTTP/1.1 404 Not Found"},
		{"pipelined requests", `printf 'GET /status/204 HTTP/1.1\r\nHost: h\r\n\r\nGET /status/404 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n' | nc -N HOST 80 | grep -c HTTP/1.1`, "2"},
		{
			"curl with ranges and a condition", "curl -sS -r 10-19 -o /dev/null -w '%{http_code} %{size_download} ' http://URL/bytes/1000000; curl -sS -r 0-1,-1 http://URL/bytes/100 | grep -a -c '^Content-Range: bytes .*/100'; " +
				"curl -sS -o /dev/null -w '%{http_code} ' -H 'If-None-Match: \"1000\"' http://URL/bytes/1000; " +
				"f=$(mktemp); curl -sS -r 0-4999 http://URL/bytes/20000 > $f; curl -sS -C - -o $f http://URL/bytes/20000; curl -sS http://URL/bytes/20000 | cmp - $f && rm $f && echo whole", "206 10 2\n304 whole",
		},
		{
			"curl follows, keeps cookies, undoes gzip, waits for 100", "curl -sS -L -o /dev/null -w '%{num_redirects} %{num_connects}\n' http://URL/redirect/5; curl -sS -b '' http://URL/cookie http://URL/cookie | grep -c 'one: [12]'; " +
				"curl -sS --compressed http://URL/gzip | grep -c 'in gzip coding'; head -c 2000000 /dev/zero | curl -sS -H 'Expect: 100-continue' -T - http://URL/upload; curl -sSi http://URL/status/103", "5 1\n2\n1\n2000000 octets arrived.\nHTTP/1.1 103 Early Hints",
		},
		{"curl over HTTPS", "curl -sS --cacert $XDG_STATE_HOME/netlab/ca.pem https://URL/", "What the handshake of TLS agreed on"},
		{"curl with HTTP/1.0 over HTTPS", "curl -sSi --http1.0 --cacert $XDG_STATE_HOME/netlab/ca.pem https://URL/status/404", "HTTP/1.1 404 Not Found"},
		{"curl that trusts somebody else", "curl -sS https://URL/ || true", "unable to get local issuer certificate"},
		{"openssl", `printf 'GET / HTTP/1.0\r\n\r\n' | openssl s_client -quiet -verify_return_error -CAfile $XDG_STATE_HOME/netlab/ca.pem -connect URL:443`, "You have reached netlab"},
		{"GnuTLS", `printf 'GET / HTTP/1.0\r\n\r\n' | gnutls-cli --x509cafile $XDG_STATE_HOME/netlab/ca.pem HOST -p 443`, "You have reached netlab"},
	} {
		for _, host := range hostsOfNetlab() {
			t.Run(c.name+" "+host, func(t *testing.T) {
				t.Parallel()
				url := host
				if strings.Contains(host, ":") {
					url = "[" + host + "]"
				}
				file := filepath.Join(t.TempDir(), "x.pcapng")
				command := strings.NewReplacer("HOST", host, "URL", url).Replace(c.command)
				r := netlab(t, "exec", "--quiet", "--pcap", file, "--", "sh", "-c", command)
				require.Zero(t, r.code, r.out+r.err)
				require.Contains(t, r.out+r.err, strings.ReplaceAll(c.want, "HOST", host))
				require.Empty(t, tshark(t, file, "-Y", "_ws.malformed or ip.checksum.status == bad or tcp.checksum.status == bad or udp.checksum.status == bad or icmp.checksum.status == bad or icmpv6.checksum.status == bad"))
			})
		}
	}
}

// hostsOfNetlab are the addresses of netlab's host; of IPv4 alone where the kernel has no IPv6, but not in .ci/run.
func hostsOfNetlab() []string {
	var hosts []string
	_, err := os.Stat("/proc/net/if_inet6")
	for _, a := range addrsOf(tunAddrs()) {
		if a.Is4() || err == nil || os.Getenv("NETLAB_NEED_TUN") != "" {
			hosts = append(hosts, a.String())
		}
	}
	return hosts
}

func TestNmap(t *testing.T) {
	t.Parallel()
	needTUN(t, "nmap")
	t.Run("hosts", func(t *testing.T) {
		t.Parallel()
		r := netlab(t, "exec", "--quiet", "--", "nmap", "-n", "-sn", "10.77.0.0/29")
		require.Zero(t, r.code, r.out+r.err)
		require.Contains(t, r.out, "Nmap scan report for 10.77.0.2\nHost is up")
		require.Contains(t, r.out, "8 IP addresses (2 hosts up)")
	})
	for _, host := range hostsOfNetlab() {
		t.Run("UDP "+host, func(t *testing.T) {
			t.Parallel()
			args := []string{"exec", "--quiet", "--", "nmap", "-n", "-sU", "-p", "1-100", host}
			if strings.Contains(host, ":") {
				args = append(args, "-6")
			}
			r := netlab(t, args...)
			require.Zero(t, r.code, r.out+r.err)
			require.Regexp(t, `(?m)^7/udp +open +echo`, r.out)
			require.Contains(t, r.out, "98 closed udp ports (port-unreach)")
		})
	}
}

// scapyPython returns a Python that has scapy.
func scapyPython(t *testing.T) string {
	t.Helper()
	for _, python := range []string{"/usr/bin/python3", "python3"} { // Debian's own has Debian's packages
		if exec.Command(python, "-c", "import scapy").Run() == nil {
			return python
		}
	}
	if os.Getenv("NETLAB_NEED_TUN") != "" {
		t.Fatal("no Python here has scapy (Debian: python3-scapy)")
	}
	t.Skip("no Python here has scapy")
	return ""
}

// Land, teardrop, ping of death, overlapping and endless fragments, malformed headers of every kind: the host goes on to
// answer, and its memory stays bounded.
func TestHostilePackets(t *testing.T) {
	t.Parallel()
	needTUN(t, "ping")
	python := scapyPython(t)
	up := netlabCommand(t, "up", "--plain", "--quiet")
	out, err := up.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, up.Start())
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n') // it is up
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	for _, host := range hostsOfNetlab() {
		family, ping := "4", []string{"exec", "--", "ping", "-c", "1", "-W", "20", host}
		if strings.Contains(host, ":") {
			family = "6"
		}
		attack := netlabCommand(t, "exec", "--", python, filepath.Join("testdata", "hostile.py"), "netlab0", family)
		attack.Env = up.Env
		r := finish(t, attack)
		require.Zero(t, r.code, r.err)
		after := netlabCommand(t, ping...)
		after.Env = up.Env
		r = finish(t, after)
		require.Zero(t, r.code, r.out+r.err)
		require.Contains(t, r.out, "1 packets transmitted, 1 received")
	}
	const bound = 3 * liveStore // of the timeline, and as much again for the collector and everything else
	require.Less(t, residentMemory(t, up.Process.Pid), bound)
	require.NoError(t, up.Process.Signal(syscall.SIGTERM))
	_ = up.Wait()
	require.Equal(t, exitInterrupted, up.ProcessState.ExitCode())
}

// residentMemory returns the octets of memory that a process has now.
func residentMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(status), "VmRSS:")
	require.True(t, found)
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	require.NoError(t, err)
	return kilobytes << 10
}

// netlab's own client, on the stack of a running up, fetches over IPv6 from a program in the kernel's namespace.
func TestFetchOverIPv6(t *testing.T) {
	t.Parallel()
	needTUN(t, "nc")
	if len(hostsOfNetlab()) < 2 {
		t.Skip("the kernel here has no IPv6")
	}
	up := netlabCommand(t, "up", "--plain", "--quiet")
	out, err := up.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, up.Start())
	lines := bufio.NewReader(out)
	_, err = lines.ReadString('\n')
	require.NoError(t, err)
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	server := netlabCommand(t, "exec", "--", "sh", "-c", `printf 'HTTP/1.0 200 OK\r\n\r\nhello' | nc -N -l fd77::1 8000`)
	server.Env = up.Env
	require.NoError(t, server.Start())
	var r result
	for range 200 { // until the server listens
		fetch := netlabCommand(t, "fetch", "http://[fd77::1]:8000/")
		fetch.Env = up.Env
		if r = finish(t, fetch); r.code == 0 {
			break
		}
	}
	require.Equal(t, "hello", r.out, r.err)
	require.NoError(t, server.Wait())
	require.NoError(t, up.Process.Signal(syscall.SIGTERM))
	_ = up.Wait()
}
