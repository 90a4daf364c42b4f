//go:build unix

package capture_test

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/filter"
)

// BenchmarkFilter is a table: each question that can be asked of each field, of 100,000 packets.
//
//	go test ./capture -run - -bench 'Filter$' -benchtime 1x
func BenchmarkFilter(b *testing.B) {
	const packets = 100_000
	f := mix(b, packets)
	seen := values(layersOf(b, f, 1000))
	for _, expr := range expressions(seen) {
		fl, err := filter.Parse(expr, capture.FileKeys())
		require.NoError(b, err, expr)
		b.Run(strings.ReplaceAll(expr, "/", "|"), func(b *testing.B) {
			var before, after syscall.Rusage
			require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &before))
			chosen := 0
			for b.Loop() {
				numbers, _, err := f.Filter(context.Background(), fl, 1)
				require.NoError(b, err)
				chosen = len(numbers)
			}
			require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &after))
			cpu := time.Duration(after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano())
			whole, carried, err := capture.Dissections(f, fl)
			require.NoError(b, err)
			b.ReportMetric(float64(cpu.Microseconds())/1000/float64(b.N), "cpu-ms/op")
			b.ReportMetric(float64(chosen), "chosen")
			b.ReportMetric(float64(whole), "dissected")
			b.ReportMetric(float64(carried), "carried")
		})
	}
}
