package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The mistakes that are made with certificates, each refused in a line that names it.
func TestFetchRefusesBadCertificates(t *testing.T) {
	for url, want := range map[string]string{
		"https://expired/":     "the certificate of expired expired on 2025-12-01 00:00 UTC; it is 2026-01-01 00:00 UTC now",
		"https://other/":       "the certificate is for other-other, not for other",
		"https://self/":        "the certificate of self is self-signed: nobody but its holder vouches for it",
		"https://stranger/":    "signed by somebody else's authority, an authority that is not trusted here",
		"https://10.0.7.20/":   "it was sent no server name (SNI), which cannot be an address: ask for the host by its name",
		"https://good:80/":     "cannot be reached",
		"https://good/nowhere": "the server answered 404 Not Found",
	} {
		t.Run(url, func(t *testing.T) {
			t.Parallel()
			r := netlab(t, "fetch", "--lab", "tls-certificates", url)
			require.Equal(t, exitNo, r.code, r.err)
			require.Contains(t, r.err, want)
			require.Equal(t, 1, strings.Count(r.err, "\n"), r.err)
			if strings.Contains(want, "certificate of") { // whoever takes any certificate gets the page
				r = netlab(t, "fetch", "--lab", "tls-certificates", "--insecure", url)
				require.Zero(t, r.code, r.err)
				require.Contains(t, r.out, "You have reached netlab")
			}
		})
	}
}

func TestFetchHTTPS(t *testing.T) {
	t.Parallel()
	keys := filepath.Join(t.TempDir(), "keys.txt")
	r := netlab(t, "fetch", "-v", "--keylog", keys, "--lab", "tls-hello", "https://h2/bytes/5")
	require.Zero(t, r.code, r.err)
	require.Len(t, r.out, 5)
	for _, want := range []string{
		"* TLS: sends ClientHello", "* TLS: receives CertificateVerify",
		"TLS 1.3, TLS_AES_128_GCM_SHA256, X25519MLKEM768, ecdsa_secp256r1_sha256, for http/1.1 in ",
		"* certificate of h2, signed by netlab lab authority, valid to 2026-04-01 00:00 UTC",
		"> GET /bytes/5 HTTP/1.1\n> Host: h2\n", "< HTTP/1.1 200 OK", "< Content-Length: 5\n",
		"* name 0s, connection 40ms, TLS ", "first octet 40ms",
	} {
		require.Contains(t, r.err, want)
	}
	text, err := os.ReadFile(keys)
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(string(text), "CLIENT_TRAFFIC_SECRET_0 "), "by both ends of the lab's connection and of this one")
	info, err := os.Stat(keys)
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())

	// The environment variable is heeded too, and what is in the file stays.
	c := netlabCommand(t, "lab", "tls-hello", "--plain", "--quiet")
	c.Env = append(c.Env, "SSLKEYLOGFILE="+keys)
	r = finish(t, c)
	require.Zero(t, r.code, r.err)
	more, err := os.ReadFile(keys)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(more), string(text)) && len(more) > len(text))
}

func TestFetchHTTPSUsage(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--cacert", "/nonexistent.pem"}, "--cacert /nonexistent.pem: no such file"},
		{[]string{"--cacert", empty}, "there is no certificate in it"},
		{[]string{"--keylog", "/nonexistent/keys"}, "--keylog /nonexistent/keys: no such file"},
	} {
		r := netlab(t, append([]string{"fetch", "--lab", "tls-hello", "https://h2/"}, c.args...)...)
		require.Equal(t, exitUsage, r.code, r.err)
		require.Contains(t, r.err, c.want)
	}
}

// The same seed gives the same octets, encrypted ones too; another seed gives others.
func TestTLSInALabIsTheSameEveryTime(t *testing.T) {
	oneThread(t)
	run := func(seed string) string {
		r := netlab(t, "lab", "tls-hello", "--json", "--seed", seed)
		require.Zero(t, r.code, r.err)
		return r.out
	}
	require.Equal(t, run("1"), run("1"))
	require.NotEqual(t, run("1"), run("2"))
	require.NotContains(t, run("1"), "RST", "both ends read the other's close_notify")
}

func TestWS(t *testing.T) {
	t.Parallel()
	r := netlab(t, "ws", "--lab", "hello", "ws://h2/ws", "Hello", "wörld")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "Hello\nwörld\n", r.out)
	r = netlab(t, "ws", "--lab", "tls-certificates", "wss://good/ws", "Hello")
	require.Zero(t, r.code, r.err)
	require.Equal(t, "Hello\n", r.out)
	r = netlab(t, "ws", "--lab", "tls-certificates", "wss://expired/ws", "Hello")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.err, "expired on 2025-12-01")
	r = netlab(t, "ws", "--lab", "hello", "ws://h2/", "Hello")
	require.Equal(t, exitNo, r.code)
	require.Contains(t, r.err, "the server does not open a WebSocket: it answered 200 OK")
	require.Equal(t, exitUsage, netlab(t, "ws", "ws://h2/ws").code)
	require.Equal(t, exitUsage, netlab(t, "ws", "--lab", "hello", "ftp://h2/ws", "x").code)
}
