//go:build linux

package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// Debian's DHCP client takes its lease from a server in a lab, over a TAP device and the lab's switch; then the kernel pings
// a host of the lab and fetches a page from it.
func TestTheKernelAtASwitchOfALab(t *testing.T) {
	t.Parallel()
	needTUN(t, "udhcpc", "ip", "ping", "curl")
	script := filepath.Join(t.TempDir(), "bound")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\n[ \"$1\" != bound ] || ip addr add $ip/$mask dev $interface\n"), 0o755))
	pcap := filepath.Join(t.TempDir(), "tap.pcapng")
	lab := start(t, "lab", "tap", "--plain", "--pcap", pcap)
	lab.await("behind the TAP device tap0")
	exec := func(args ...string) string {
		c := netlabCommand(t, append([]string{"exec", "--"}, args...)...)
		c.Env = lab.cmd.Env
		r := finish(t, c)
		require.Zero(t, r.code, "%v: %s", args, r.err)
		return r.out
	}
	exec("udhcpc", "-i", "tap0", "-n", "-q", "-f", "-s", script)
	lab.await("DISCOVER")
	lab.await("s1 learns that")
	lab.await("gives 10.77.1.100 to")
	require.Contains(t, exec("ip", "-4", "addr", "show", "tap0"), "10.77.1.100/24")
	require.Contains(t, exec("ping", "-c", "2", "-i", "0.1", "10.77.1.2"), "2 packets transmitted, 2 received")
	lab.await("who has 10.77.1.2?")
	require.Contains(t, exec("curl", "-sS", "http://10.77.1.1/status/200"), "200 OK")
	lab.await("GET /status/200")
	lab.interrupt()
	require.Empty(t, holders(t, lab.cmd.Process.Pid), "nothing is left behind")
	require.Contains(t, tshark(t, pcap), "DHCP ACK")
	require.Empty(t, tshark(t, pcap, "-Y", "_ws.expert.severity >= warning"))
}

func TestATAPThatCannotBe(t *testing.T) {
	r := netlab(t, "lab", "tunnel-left", "--plain", "--tap", "world=tap0")
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "give it ethernet: true, or a switch at its other end")
	for _, text := range []string{"world", "world=", "world=a-name-too-long-for-it", "nowhere=tap0"} {
		require.Equal(t, exitUsage, netlab(t, "lab", "tap", "--plain", "--tap", text).code, text)
	}
}

// Two Ethernet labs in two processes are one switched network.
func TestFramesCrossATunnel(t *testing.T) {
	ports := freePorts(t, 2)
	lab := func(addr, app string) string {
		file := filepath.Join(t.TempDir(), "lab.yaml")
		require.NoError(t, os.WriteFile(file, []byte("hosts: {h: {role: server}, s: {role: switch}, world: {role: outside}}\n"+
			"links:\n  h-s: {addresses: {h: "+addr+"}}\n  s-world: {addresses: {world: none}}\napps:\n  - "+app+"\n"), 0o600))
		return file
	}
	right := start(t, "lab", lab("10.9.0.2/24", "{host: h, do: http-server}"), "--plain", "--tunnel", "world:listen="+ports[1]+",peer="+ports[0])
	right.await("is a tunnel from")
	left := start(t, "lab", lab("10.9.0.1/24", `{host: h, at: 500ms, do: http-get, url: "http://10.9.0.2/"}`), "--plain", "--tunnel", "world:listen="+ports[0]+",peer="+ports[1])
	left.await("who has 10.9.0.2?")
	left.await("h got the answer 200 OK")
	left.interrupt()
	right.interrupt()
}

// --host-net wants root, and says so in the words of netlab doctor.
func TestATAPInTheMachinesOwnNetworkWantsRoot(t *testing.T) {
	needTUN(t)
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody who is not")
	}
	self, err := os.Executable()
	require.NoError(t, err)
	octets, err := os.ReadFile(self)
	require.NoError(t, err)
	dir := shortTempDir(t)
	require.NoError(t, os.Chmod(dir, 0o755))
	binary := filepath.Join(dir, "netlab")
	require.NoError(t, os.WriteFile(binary, octets, 0o755))
	c := netlabCommand(t, "lab", "tap", "--plain", "--host-net")
	c.Path, c.Dir = binary, "/"
	c.Env = append(c.Env, "XDG_RUNTIME_DIR=", "HOME=/nonexistent")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	r := finish(t, c)
	require.Equal(t, exitMachine, r.code, r.err)
}
