//go:build linux

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// OpenSSL's client comes back and sends its request with its first flight: taken if the host is told so, and else answered all the same.
func TestEarlyData(t *testing.T) {
	t.Parallel()
	needTUN(t, "openssl")
	dir := t.TempDir()
	request := filepath.Join(dir, "request")
	require.NoError(t, os.WriteFile(request, []byte("GET /status/204 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"), 0o600))
	session := filepath.Join(dir, "session")
	first := "openssl s_client -connect 10.77.0.2:443 -sess_out " + session + " -ign_eof < " + request + " 2>/dev/null | grep -a ^HTTP; "
	again := "openssl s_client -connect 10.77.0.2:443 -sess_in " + session + " -early_data " + request + " -ign_eof < /dev/null 2>/dev/null | grep -aE '^HTTP|^Early data|^Reused'"

	r := netlab(t, "exec", "--quiet", "--early-data", "--", "sh", "-c", first+again)
	require.Zero(t, r.code, r.out+r.err)
	require.Equal(t, 2, strings.Count(r.out, "HTTP/1.1 204"), r.out)
	require.Contains(t, r.out, "Reused, TLSv1.3")
	require.Contains(t, r.out, "Early data was accepted")
}
