package capture_test

import (
	"context"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

func BenchmarkLoad(b *testing.B) {
	name := os.Getenv("NETLAB_BENCH_CAPTURE")
	if name == "" {
		b.Skip("NETLAB_BENCH_CAPTURE names the capture")
	}
	packets := 0
	b.ReportAllocs()
	for b.Loop() {
		f, err := capture.Open(name)
		require.NoError(b, err)
		require.NoError(b, f.Load(context.Background(), nil))
		packets += f.Len()
		require.NoError(b, f.Close())
	}
	b.ReportMetric(float64(packets)/b.Elapsed().Seconds(), "packets/s")
}
