//go:build linux

package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The server of a capture of last year answers a curl of today.
func TestServeACapture(t *testing.T) {
	t.Parallel()
	needTUN(t, "curl")
	r := netlab(t, "replay", httpCapture, "--serve", "0", "--", "curl", "-sS", "http://10.77.0.2:8080/whatever")
	require.Zero(t, r.code, r.err)
	require.Contains(t, r.out, "answers at 10.77.0.2:8080")
	require.True(t, strings.HasSuffix(r.out, "hello from the lab\n"), r.out)
	require.Contains(t, r.err, `says "GET /whatever HTTP/1.1", where the capture has "GET /hello.txt HTTP/1.1": it gets what was answered then`)

	// Twice on one server, and the exit code of the command is passed on.
	r = netlab(t, "replay", httpCapture, "--quiet", "--serve", "1", "--", "sh", "-c", "curl -sS http://10.77.0.2:8080/ >/dev/null && curl -sSf http://10.77.0.2:8080/")
	require.Equal(t, 22, r.code, r.err)
	require.Contains(t, r.err, "404")
}

// tshark sees on the TUN what the capture holds, with the new addresses and sums that are right.
func TestPlayToTUN(t *testing.T) {
	t.Parallel()
	needTUN(t, "tshark")
	seen := 0
	for range 3 { // tshark may be late on a busy machine, and what has passed by then it does not see
		r := netlab(t, "replay", httpCapture, "--to", "tun", "--speed", "max", "--rewrite", "127.0.0.1=10.77.0.9", "--",
			"tshark", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-c", "24", "-a", "duration:20", "-ni", "netlab0", "-T", "fields",
			"-e", "ip.src", "-e", "ip.checksum.status", "-e", "tcp.checksum.status", "-e", "tcp.flags.str", "-Y", "tcp")
		require.Zero(t, r.code, r.err)
		seen = 0
		for line := range strings.Lines(r.out) {
			if strings.HasPrefix(line, "10.77.0.9\t") {
				seen++
				require.True(t, strings.HasPrefix(line, "10.77.0.9\t1\t1\t"), line)
			}
		}
		if seen == 24 {
			break
		}
	}
	require.Equal(t, 24, seen)
}
