package tcp

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 9438, Section 4.2: equations 1 and 2, with numbers: W_max 100 segments, reduced to 70, K = cbrt(30 / 0.4).
func TestCubicCurve(t *testing.T) {
	const mss = 1000
	q := cubic{}
	q.reduced(100 * mss)
	q.begin(0, 70*mss, mss)
	want := math.Cbrt(30 / 0.4)
	require.InDelta(t, want, q.k.Seconds(), 0.001)
	for _, seconds := range []float64{0, 1, 2, want, 5, 8, 20} {
		at := time.Duration(seconds * float64(time.Second))
		require.InDelta(t, 100*mss+0.4*mss*math.Pow(seconds-want, 3), q.at(at, mss), 0.002*mss*math.Pow(8, 3)/10, "t = %v", seconds)
	}
	require.InDelta(t, 70*mss, q.at(0, mss), 50, "it begins where the reduction left it")
	require.Positive(t, q.at(1000*time.Hour, 65535), "nothing overflows")
	require.Negative(t, (&cubic{k: time.Hour}).at(0, 65535))
}

func TestCubeRoot(t *testing.T) {
	for _, n := range []int64{0, 1, 7, 8, 9, 26, 27, 1000, 999_999_999, 1_000_000_000, 1 << 57} {
		root := cubeRoot(n)
		require.LessOrEqual(t, root*root*root, n)
		require.Greater(t, (root+1)*(root+1)*(root+1), n)
	}
}

// RFC 9438, Section 4.7: a flow that did not come up to its last W_max aims lower.
func TestFastConvergence(t *testing.T) {
	q := cubic{}
	q.reduced(100_000)
	require.EqualValues(t, 100_000, q.max)
	q.reduced(80_000)
	require.EqualValues(t, 68_000, q.max, "80000 * (1 + 0.7) / 2")
	q.reduced(90_000)
	require.EqualValues(t, 90_000, q.max)
}

// RFC 9438, Section 4.3: where the window is small and the way short, CUBIC grows as Reno would, by 9/17 of a segment for
// each round trip until it is where the loss was, and by a whole one then.
func TestRenoFriendly(t *testing.T) {
	const mss, rtt = 1000, 10 * time.Millisecond
	q, cwnd := cubic{}, int64(7000)
	q.reduced(10_000)
	rounds := 0
	for at := rtt; cwnd < 10_000; at += rtt {
		for range cwnd / mss {
			cwnd = q.grow(at, mss, cwnd, mss, rtt)
		}
		rounds++
	}
	require.InDelta(t, 6, rounds, 1, "3 * 17/9")
	before := cwnd
	for range cwnd / mss {
		cwnd = q.grow(time.Duration(rounds+2)*rtt, mss, cwnd, mss, rtt)
	}
	require.InDelta(t, before+mss, cwnd, 150)
}

// RFC 9438, Section 4.4 and Section 4.5: concave up to W_max, then convex; at W_max after K seconds, however many
// acknowledgments come.
// MAY-18
func TestCubicGrows(t *testing.T) {
	const mss, rtt = 1000, 100 * time.Millisecond
	q, cwnd := cubic{}, int64(700_000)
	q.reduced(1_000_000)
	var windows []int64
	for at := time.Duration(0); at < 2*9*time.Second; at += rtt {
		for range cwnd / mss {
			cwnd = q.grow(at, mss, cwnd, mss, rtt)
		}
		windows = append(windows, cwnd)
	}
	k := int(q.k / rtt)
	require.InDelta(t, 90, k, 1, "cbrt(300 / 0.4) = 9.08 s")
	require.InDelta(t, 1_000_000, windows[k], 5000)
	require.Greater(t, windows[10]-windows[0], 10*(windows[k]-windows[k-10]), "quick at first, flat at W_max")
	require.Greater(t, windows[2*k-3]-windows[2*k-13], 10*(windows[k+10]-windows[k]), "and quick again")
}

// RFC 9438, Section 4.6: a loss leaves 0.7, and the screen can say why.
func TestCubicReduces(t *testing.T) {
	s := selecting(t, Config{NoRACK: true})
	s.write(20_000)
	s.sack(1, 1001, 2001)
	s.sack(1, 1001, 3001)
	s.sack(1, 1001, 4001)
	snap := s.c.Snapshot()
	require.Equal(t, 7000, snap.Ssthresh)
	require.Equal(t, 10_000, snap.WMax)
	require.Equal(t, "CUBIC", snap.Congestion.String())
	require.Equal(t, []string{"begins fast recovery: 1000 bytes are lost; CUBIC leaves 7 tenths of 10000 bytes, 7000"}, s.said(trace.Congestion))
	require.Contains(t, s.events[len(s.events)-1].Changes, trace.Change{Name: "ssthresh", Old: "not set", New: "7000"})

	s = lossy(t, Config{}) // NewReno
	s.wait(time.Second)
	require.Equal(t, []string{"begins slow start again: a segment was lost and only the timer noticed; NewReno leaves 5 tenths of 10000 bytes, 5000"}, s.said(trace.Congestion))
}

// RFC 9438, Section 4.8: after a timeout the curve begins flat, where slow start ends.
func TestCubicAfterTimeout(t *testing.T) {
	s := established(t, Config{})
	s.write(60_000)
	s.wait(time.Second)
	require.Equal(t, [2]int{1000, 7000}, s.cwnd())
	for acked := int64(1001); acked <= 10_001; acked += 1000 {
		s.now = s.now.Add(10 * ms)
		s.dup(acked)
	}
	snap := s.c.Snapshot()
	require.Zero(t, snap.K)
	require.InDelta(t, 7000, snap.WMax, 1000)
	require.Greater(t, snap.Cwnd, 7000)
}

// RFC 7661 and RFC 9438, Section 5.8: a window that the application does not use does not grow, and CUBIC's
// time stands still.
func TestUnusedWindowDoesNotGrow(t *testing.T) {
	for _, algorithm := range []Congestion{Cubic, NewReno} {
		s := established(t, Config{Congestion: algorithm, NoDelay: true})
		s.c.cc.cwnd, s.c.cc.ssthresh = 20_000, 10_000
		acked := int64(1)
		for range 50 {
			s.wait(100 * ms)
			s.write(4000)
			acked += 4000
			s.dup(acked)
		}
		require.Equal(t, 20_000, s.cwnd()[0], "congestion avoidance")
		if algorithm == Cubic {
			s.write(30_000)
			s.now = s.now.Add(10 * ms)
			for range 20 {
				acked += 1000
				s.dup(acked)
			}
			require.InDelta(t, 21_000, s.cwnd()[0], 500, "five seconds have not passed for CUBIC")
		}
		s = established(t, Config{Congestion: algorithm})
		for i := range int64(20) {
			s.write(4000)
			s.dup(4001 + 4000*i)
		}
		require.Equal(t, 10_000, s.cwnd()[0], "slow start")
	}
}

// RFC 9406, Section 4.2: longer round trips end slow start, after some rounds in which it is slower; a single one does not.
func TestHyStart(t *testing.T) {
	run := func(cfg Config, rtt func(round int) time.Duration) (*script, int) {
		cfg.SendBuffer = 1 << 23
		s := establishedWith(t, cfg, Options{MSS: 1000, WindowScale: 8})
		acked, round := int64(1), 0
		for ; round < 9; round++ {
			_, err := s.c.Write(s.now, make([]byte, 1<<22))
			require.NoError(t, err)
			var sent Segment
			for s.c.Next(s.now, &sent) {
			}
			end := s.c.Snapshot().SndNxtRel
			s.now = s.now.Add(rtt(round))
			for acked < end {
				acked = min(acked+1000, end)
				seg := Segment{Seq: s.c.rcv.nxt, Ack: s.c.snd.iss + Seq(acked), Flags: ACK, Window: peerWindow}
				s.c.Receive(s.now, &seg)
				for s.c.Next(s.now, &sent) {
				}
			}
		}
		return s, round
	}
	steady := func(int) time.Duration { return 20 * ms }
	s, _ := run(Config{HyStart: true}, steady)
	require.Zero(t, s.c.Snapshot().Ssthresh)

	longer := func(round int) time.Duration { return 20*ms + time.Duration(round)*10*ms }
	s, _ = run(Config{HyStart: true}, longer)
	require.Positive(t, s.c.Snapshot().Ssthresh)
	require.Contains(t, s.said(trace.Congestion)[0], "slows slow start down: a round trip takes 30 ms, and took 20 ms in the round before")
	require.Contains(t, s.said(trace.Congestion)[1], "ends slow start before something is lost")
	s, _ = run(Config{}, longer)
	require.Zero(t, s.c.Snapshot().Ssthresh, "it is off unless asked for")

	once := func(round int) time.Duration { return 20*ms + map[int]time.Duration{2: 20 * ms, 3: 20 * ms}[round] }
	s, _ = run(Config{HyStart: true}, once)
	require.Zero(t, s.c.Snapshot().Ssthresh)
	require.Contains(t, s.said(trace.Congestion)[1], "goes on with slow start")
}
