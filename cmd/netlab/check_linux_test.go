package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The same scripts against the kernel, whose calls a helper makes inside a namespace.
func TestCheckAgainstTheKernel(t *testing.T) {
	t.Parallel()
	needTUN(t)
	r := netlab(t, "check", "-v", "--target", "kernel", "../../testdata/tcp/close/passive.pkt", "../../testdata/tcp/rto/idle-restart.pkt")
	require.Contains(t, r.out, "ok   ../../testdata/tcp/close/passive.pkt", r.err)

	r = netlab(t, "check", "--target", "kernel", "../../testdata/tcp/close/passive.pkt", "--show", "1")
	require.Equal(t, exitUsage, r.code)
}
