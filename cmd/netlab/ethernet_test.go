//go:build linux

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// tshark finds nothing to warn of in captures of Ethernet labs of both families, but the duplicate address of the lab arp, which
// is one.
func TestTsharkReadsEthernet(t *testing.T) {
	t.Parallel()
	oneThread(t)
	needTUN(t, "tshark")
	six := filepath.Join(t.TempDir(), "six.yaml")
	require.NoError(t, os.WriteFile(six, []byte(`
ipv6: true
hosts: {h1: {role: client}, s1: {role: switch}, r1: {role: router}, s2: {role: switch}, h2: {role: server}}
links: {h1-s1: {}, s1-r1: {}, r1-s2: {}, s2-h2: {}}
apps:
  - {host: h2, do: http-server}
  - {host: h1, do: ping, to: "fd00:0:0:3::2", count: 2}
  - {host: h1, at: 3s, do: http-get, url: "http://h2/"}
  - {host: h1, at: 10s, do: take-address, address: "fd00:0:0:1::7/64"}
`), 0o644))
	for _, lab := range []string{"switched", "arp", six} {
		file := filepath.Join(t.TempDir(), "run.pcapng")
		r := netlab(t, "lab", lab, "--plain", "--pcap", file)
		if lab != "arp" {
			require.Zero(t, r.code, r.err)
		}
		odd := tshark(t, file, "-Y", "_ws.expert.severity >= 0x600000 && !arp.duplicate-address-detected")
		require.Empty(t, odd, lab)
		require.Equal(t, lab == "arp", tshark(t, file, "-Y", "arp.duplicate-address-detected") != "")
		require.Empty(t, tshark(t, file, "-Y", "_ws.malformed or !eth"))
	}
	file := filepath.Join(t.TempDir(), "run.pcapng")
	require.Zero(t, netlab(t, "lab", six, "--plain", "--pcap", file).code)
	require.Contains(t, tshark(t, file, "-Y", "icmpv6.type == 135"), "Neighbor Solicitation for fd00:0:0:1::2 from 02:00:00:00:00:01")
	require.Contains(t, tshark(t, file, "-Y", "icmpv6.type == 136"), "Neighbor Advertisement fd00:0:0:1::2 (rtr, sol, ovr) is at 02:00:00:00:00:03")
}
