//go:build linux

package main

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// With --keylog a capture carries its secrets, and tshark reads what curl and netlab's server said without being told anything.
func TestACaptureCarriesItsSecrets(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl", "tshark")
	file, log := filepath.Join(t.TempDir(), "x.pcapng"), filepath.Join(t.TempDir(), "keys")
	r := netlab(t, "exec", "--quiet", "--pcap", file, "--keylog", log, "--", "sh", "-c", "curl -sS --cacert $XDG_STATE_HOME/netlab/ca.pem https://10.77.0.2/status/404")
	require.Zero(t, r.code, r.out+r.err)
	require.Equal(t, "404\n", tshark(t, file, "-Y", "http.response", "-T", "fields", "-e", "http.response.code"))
	require.Contains(t, tshark(t, file, "-Y", "tls.handshake.type == 20", "-T", "fields", "-e", "tls.handshake.type"), "20")

	r = netlab(t, "exec", "--quiet", "--pcap", file, "--", "sh", "-c", "curl -sS --cacert $XDG_STATE_HOME/netlab/ca.pem https://10.77.0.2/")
	require.Zero(t, r.code, r.out+r.err)
	require.Empty(t, tshark(t, file, "-Y", "http"), "without --keylog there are no secrets in it")
}
