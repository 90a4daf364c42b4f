package tcp

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the goldens anew")
	os.Exit(m.Run())
}

// TestThroughput measures how fast Reno and CUBIC are over links of unlimited rate on which each data segment is lost with
// the same probability, in virtual time, and sets beside it what models say: the square-root formula of Mathis, Semke,
// Mahdavi and Ott (1997) for Reno, and RFC 9438, Section 5.1 for CUBIC, where its Reno-friendly region does not apply.
func TestThroughput(t *testing.T) {
	var b strings.Builder
	b.WriteString("Mbit/s of a transfer by loss and round trip, and the share of it that the model says\n\n")
	fmt.Fprintf(&b, "%8s %8s   %9s %9s %6s   %9s %9s %6s\n", "loss", "RTT", "Reno", "model", "share", "CUBIC", "model", "share")
	for _, loss := range []float64{0.001, 0.003, 0.01, 0.03} {
		for _, rtt := range []time.Duration{10 * ms, 50 * ms, 200 * ms} {
			fmt.Fprintf(&b, "%7.2f%% %8v", 100*loss, rtt)
			for _, way := range []Congestion{NewReno, Cubic} {
				got, model := measure(t, way, loss, rtt), modelOf(way, loss, rtt)
				fmt.Fprintf(&b, "   %9.3f %9.3f %5.0f%%", got, model, 100*got/model)
			}
			b.WriteByte('\n')
		}
	}
	path := filepath.Join("testdata", "throughput.golden")
	if flag.Lookup("update").Value.String() == "true" {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), b.String(), "-update writes it anew")
}

const throughputMSS = 1000

// modelOf returns Mbit/s.
func modelOf(way Congestion, loss float64, rtt time.Duration) float64 {
	window := math.Sqrt(1.5 / loss) // segments, if each is acknowledged
	if way == Cubic {
		const c, beta = 0.4, 0.7
		window = max(window, math.Pow(c*(3+beta)/(4*(1-beta)), 0.25)*math.Pow(rtt.Seconds()/loss, 0.75))
	}
	return window * throughputMSS * 8 / rtt.Seconds() / 1e6
}

// measure returns Mbit/s over about sixty losses, after the first twenty: slow start has gone far beyond what is right.
func measure(t *testing.T, way Congestion, loss float64, rtt time.Duration) float64 {
	n := newNetwork(t, uint64(rtt)+uint64(1/loss))
	n.delay, n.loss, n.data = rtt/2, loss, true
	cfg := Config{
		MSS: throughputMSS, Congestion: way, NoTimestamps: true, NoDelayedACK: true, MinRTO: 200 * ms,
		SendBuffer: 8 << 20, ReceiveBuffer: 16 << 20, InitialWindow: 2,
	}
	n.dial(cfg, cfg)
	chunk := make([]byte, 1<<16)
	var began time.Time
	var before int64
	segments := int64(60 / loss) // 60 losses
	for {
		if !n.step() {
			t.Fatal("it stands still")
		}
		a, b := n.end[0].conn, n.end[1].conn
		if b == nil {
			continue
		}
		for a.Writable() > len(chunk) && a.unsent() < len(chunk) {
			_, err := a.Write(n.now, chunk)
			require.NoError(t, err)
		}
		for b.in.len() > len(chunk) {
			_, err := b.Read(n.now, chunk)
			require.NoError(t, err)
		}
		acked := a.snd.acked
		switch {
		case began.IsZero() && a.counters.Recoveries >= 20:
			began, before = n.now, acked
		case !began.IsZero() && acked-before > segments*throughputMSS:
			return float64(acked-before) * 8 / n.now.Sub(began).Seconds() / 1e6
		}
	}
}
