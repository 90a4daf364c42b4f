package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const httpCapture = "../../testdata/captures/http.pcap"

// Played or not, the same is told; only the time differs.
func TestPlay(t *testing.T) {
	t.Parallel()
	told := netlab(t, "replay", httpCapture, "--packets")
	require.Zero(t, told.code, told.err)
	for _, speed := range []string{"max", "1x", "0.5"} { // the capture lasts 15 ms
		r := netlab(t, "replay", httpCapture, "--play", "--speed", speed)
		require.Zero(t, r.code, r.err)
		require.Equal(t, told.out, r.out)
	}
}

func TestPlayUsage(t *testing.T) {
	for _, args := range [][]string{
		{"--play", "--speed", "fast"},
		{"--play", "--speed", "0"},
		{"--to", "tap"},
		{"--play", "--rewrite", "10.0.0.1=10.77.0.2"},
		{"--to", "tun", "--rewrite", "10.0.0.1"},
		{"--to", "tun", "--rewrite", "10.0.0.1=fd77::2"},
		{"--serve", "first"},
		{"--serve", "99"},
		{"--serve", "0", "--play"},
		{"--play", "--findings"},
		{"--", "true"},
	} {
		r := netlab(t, append([]string{"replay", httpCapture}, args...)...)
		require.Equal(t, exitUsage, r.code, "%v: %s", args, r.err)
		require.Equal(t, 1, strings.Count(r.err, "\n"), "%v: %s", args, r.err)
	}
}
