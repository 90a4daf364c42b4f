//go:build linux

package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// iperf3's own client against the server of netlab, in every direction that it knows.
func TestIperf3(t *testing.T) {
	t.Parallel()
	needTUN(t, "iperf3")
	for _, flags := range []string{"", "-R", "-R -P 3", "--bidir", "-6 -R"} {
		to := "10.77.0.2"
		if strings.Contains(flags, "-6") {
			to = "fd77::2"
		}
		args := append([]string{"exec", "--quiet", "--", "iperf3", "-J", "-n", "2M", "-c", to}, strings.Fields(flags)...)
		r := netlab(t, args...)
		require.Zero(t, r.code, "%s: %s %s", flags, r.out, r.err)
		var answer struct {
			Error string
			End   struct {
				Sent     struct{ Bytes int64 } `json:"sum_sent"`
				Received struct{ Bytes int64 } `json:"sum_received"`
			}
		}
		require.NoError(t, json.Unmarshal([]byte(r.out), &answer))
		require.Empty(t, answer.Error, flags)
		require.GreaterOrEqual(t, answer.End.Sent.Bytes, int64(2<<20), flags)
		if flags != "--bidir" { // which ends when one direction is done: what the other side has read by then is a matter of luck
			require.Positive(t, answer.End.Received.Bytes, flags)
		}
	}
}
