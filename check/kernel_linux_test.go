package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/check"
	"netlab/check/differences"
	"netlab/netns"
)

// needTUN skips the test where there is no TUN, and says why; .ci/run insists on it.
func needTUN(t *testing.T) {
	t.Helper()
	for _, f := range netns.Check() {
		if f.Problem != nil {
			if os.Getenv("NETLAB_NEED_TUN") != "" {
				t.Fatal(f.Problem)
			}
			t.Skip(f.Problem)
		}
	}
}

// kernel is this machine's Linux.
func kernel(t *testing.T) func() check.Subject {
	self, err := os.Executable()
	require.NoError(t, err)
	return func() check.Subject { return check.Kernel([]string{"/usr/bin/env", serveCalls + "=1", self}) }
}

// The kernel is another implementation that the scripts can be run against, in real time.
func TestKernelHoldsTheHandshake(t *testing.T) {
	needTUN(t)
	for _, name := range []string{"handshake/passive", "handshake/rst-in-syn-sent", "data/out-of-order", "close/passive", "nagle/second-waits"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := check.Load(filepath.Join("..", "testdata", "tcp", name+".pkt"))
			require.NoError(t, err)
			played, why, err := differences.Try(script, kernel(t))
			require.NoError(t, err)
			require.Empty(t, why)
			require.Empty(t, played.Story())
		})
	}
}

// TestKernelDifferences runs every script against the kernel. Whatever does not hold there must have a verdict; docs/differences.md
// is the table. It takes minutes of mostly waiting.
func TestKernelDifferences(t *testing.T) {
	if os.Getenv("NETLAB_KERNEL") == "" {
		t.Skip("set NETLAB_KERNEL=1 to run every script against this machine's kernel")
	}
	needTUN(t)
	table, err := differences.Run(filepath.Join("..", "testdata", "tcp"), "testdata/kernel.tsv", kernel(t))
	require.NoError(t, err)
	require.Empty(t, table.Unexplained, "no verdict in testdata/kernel.tsv")
	if updating() {
		require.NoError(t, table.Write("../docs/differences.md", "Where Linux differs from the scripts",
			"NETLAB_KERNEL=1 go test ./check -run KernelDifferences -update", "Linux "+release(t), "check/testdata/kernel.tsv"))
	}
}

func release(t *testing.T) string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	require.NoError(t, err)
	version, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return version
}
