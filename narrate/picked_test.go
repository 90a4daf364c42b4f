package narrate_test

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/narrate"
)

// What the index of a file picks is what a filter chooses of its packets one by one, in every capture there is.
func TestTheIndexPicksWhatTheFilterChooses(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "testdata", "captures", "*.pcap*"))
	require.NoError(t, err)
	picked := 0
	for _, file := range files {
		f, err := capture.Open(file)
		require.NoError(t, err)
		_ = f.Load(t.Context(), nil)
		for _, expr := range []string{"tcp.len > 0 and not tcp.flags.fin", "http or dns.qry.name or tls.handshake.type", "tcp.stream == 1 or udp.stream == 0", "ip.ttl < 60 or icmp", "tcp.flags.syn #2", "seq 1..1461", "frame contains \"lab\""} {
			name := filepath.Base(file)
			fl, err := capture.FileWords().Parse(expr)
			require.NoError(t, err)
			o := narrate.Options{Filter: fl}
			tell := func(out *bytes.Buffer, r *capture.Reader) error { return narrate.ReplayPlain(out, name, r, o) }
			one := told(t, name, tell)
			numbers, _, err := f.Filter(context.Background(), o.Filter, 1)
			require.NoError(t, err)
			o.Picked = &capture.Numbers{}
			for _, n := range numbers {
				o.Picked.Add(int(n))
			}
			require.Equal(t, one, told(t, name, tell), "%s: %s", name, expr)
			picked += len(numbers)
		}
		f.Close()
	}
	require.Greater(t, picked, 1000)
}
