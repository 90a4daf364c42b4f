package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

const ms = time.Millisecond

// far returns a connection with SACK whose peer is 50 ms away, with n segments in flight, the last of them sent last.
func far(t *testing.T, cfg Config, n int) *script {
	s := dialling(t, cfg)
	s.now = s.now.Add(100 * ms)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: 1000, SACKPermitted: true}})
	s.one()
	require.Len(t, s.write(1000*n), n)
	return s
}

// RFC 8985, Section 6.2: one segment that was sent later is enough, if the lost one has had a quarter of a round trip
// more; then the reordering timer runs out.
func TestRACK(t *testing.T) {
	s := far(t, Config{}, 5)
	s.now = s.now.Add(100 * ms)
	require.Empty(t, s.sack(1, 1001, 2001))
	require.Equal(t, "reordering", s.c.Snapshot().Timer)
	require.Empty(t, s.wait(24*ms))
	again := s.wait(2 * ms)
	require.Equal(t, []int64{1}, seqs(again))
	require.Equal(t, "sends bytes 1..1001 again: what was sent after them has arrived, and they had time enough", text(again[0].why))
	require.True(t, s.c.Snapshot().Recovering)
	require.Equal(t, "retransmission", s.c.Snapshot().Timer)
}

// RFC 8985, Section 6.2, step 4: if nothing was ever reordered, three segments are enough without waiting.
func TestRACKDoesNotWaitForThree(t *testing.T) {
	s := far(t, Config{}, 5)
	s.now = s.now.Add(100 * ms)
	s.sack(1, 1001, 3001)
	require.Equal(t, []int64{1}, seqs(s.sack(1, 1001, 4001)))
}

// RFC 8985, Section 6.2, step 3: what was only overtaken is not sent again, and once that was seen three segments
// are not enough any more.
func TestRACKSeesReordering(t *testing.T) {
	s := far(t, Config{}, 8)
	s.now = s.now.Add(100 * ms)
	require.Empty(t, s.sack(1, 1001, 2001))
	s.now = s.now.Add(5 * ms)
	require.Empty(t, s.sack(2001))
	require.Contains(t, s.said(trace.Note)[0], "sees that segments overtake each other")
	require.Empty(t, s.sack(2001, 3001, 8001), "five have arrived after it, but it may be late")
	require.Equal(t, []int64{2001}, seqs(s.wait(26*ms)))
	require.EqualValues(t, 1, s.c.Snapshot().Counters.Retransmissions)
}

// RFC 8985, Section 3.4 and Section 6.2, step 5: a retransmission that is lost too is noticed by what was sent after it.
func TestRACKSeesLostRetransmission(t *testing.T) {
	s := far(t, Config{}, 10)
	s.now = s.now.Add(100 * ms)
	require.Equal(t, []int64{1}, seqs(s.sack(1, 1001, 4001)))
	s.now = s.now.Add(ms)
	s.write(20_000)
	var fresh []out
	for right := int64(5001); right <= 10_001; right += 1000 {
		fresh = append(fresh, s.sack(1, 1001, right)...)
	}
	require.NotEmpty(t, fresh)
	require.EqualValues(t, 10_001, fresh[0].seq)
	s.now = s.now.Add(101 * ms)
	again := s.sack(1, 1001, 11_001)
	require.EqualValues(t, 1, again[0].seq, "the new segment was sent after the retransmission, and has arrived")
	require.EqualValues(t, 2, s.c.Snapshot().Counters.Retransmissions)
	require.Zero(t, s.c.Snapshot().Counters.Timeouts)
}

// RFC 8985, Section 6.2, step 4: each round with a D-SACK makes the reordering window larger, for sixteen recoveries.
func TestRACKReorderingWindowAdapts(t *testing.T) {
	s := far(t, Config{}, 10)
	s.c.recovery().rack.reordering = true
	s.c.rec.rack.known = true
	require.Equal(t, 25*ms, s.c.reorderingWindow())
	seg := &Segment{}
	some := Block{1, 2}
	s.c.rackReordering(seg, some)
	s.c.rackReordering(seg, some)
	require.Equal(t, 50*ms, s.c.reorderingWindow(), "once in a round")
	s.c.snd.una = s.c.snd.nxt
	s.c.rackReordering(seg, some)
	require.Equal(t, 75*ms, s.c.reorderingWindow())
	for range 4 {
		s.c.snd.nxt = s.c.snd.nxt.Add(1)
		s.c.snd.una = s.c.snd.nxt
		s.c.rackReordering(seg, some)
	}
	require.Equal(t, 100*ms, s.c.reorderingWindow(), "no more than SRTT")
	for range 15 {
		s.c.rec.rack.recoveryOver()
	}
	require.Equal(t, 100*ms, s.c.reorderingWindow())
	s.c.rec.rack.recoveryOver()
	require.Equal(t, 25*ms, s.c.reorderingWindow())
}

// RFC 8985, Section 7: the last segment is lost, and nothing after it can tell. The probe brings a SACK two round trips
// later, where the timer would have taken a second and slow start.
func TestTailLossProbe(t *testing.T) {
	s := far(t, Config{}, 5)
	s.now = s.now.Add(100 * ms)
	s.sack(3001) // 3001..5001 are lost
	require.Equal(t, "loss probe", s.c.Snapshot().Timer)
	require.Empty(t, s.wait(201*ms))
	probe := s.wait(ms)
	require.Equal(t, []int64{4001}, seqs(probe))
	require.Equal(t, "sends bytes 4001..5001 again as a probe: if they were lost, nothing else would show it soon", text(probe[0].why))
	require.Equal(t, "retransmission", s.c.Snapshot().Timer)
	s.now = s.now.Add(100 * ms)
	again := append(s.sack(3001, 4001, 5001), s.wait(30*ms)...)
	require.Equal(t, []int64{3001}, seqs(again), "RACK has the rest")
	require.Zero(t, s.c.Snapshot().Counters.Timeouts)
	require.EqualValues(t, 1, s.c.Snapshot().Counters.LossProbes)
}

// RFC 8985, Section 7.2: a single segment may wait for a delayed acknowledgment; the probe is new data if there is some.
func TestProbeWithNewData(t *testing.T) {
	s := far(t, Config{InitialWindow: 1}, 1)
	require.Empty(t, s.write(500))
	require.Empty(t, s.wait(401*ms))
	probe := s.wait(2 * ms)
	require.Equal(t, []int64{1001}, seqs(probe), "beyond the congestion window")
	require.Equal(t, "sends bytes 1001..1501", text(probe[0].why))
	s.now = s.now.Add(100 * ms)
	s.sack(1501)
	require.Equal(t, [2]int{2000, 0}, s.cwnd(), "nothing was lost")
	require.False(t, s.c.rec.probe.sent)
}

// RFC 8985, Section 7.4.2: a probe that has repaired the only loss is answered as if nothing had been; the window shrinks
// all the same. A D-SACK, or a duplicate ACK without SACK, says that nothing was lost.
func TestProbeRepairs(t *testing.T) {
	for name, test := range map[string]struct {
		answer func(*script)
		want   int
	}{
		"repaired":                 {func(s *script) {}, 7000},
		"D-SACK":                   {func(s *script) { s.sack(5001, 4001, 5001) }, 10_000},
		"duplicate ACK":            {func(s *script) { s.sack(5001) }, 10_000},
		"D-SACK with the first":    {func(s *script) { s.sack(5001, 4001, 5001) }, 10_000},
		"the answer to new data 1": {func(s *script) { s.in(ACK, 1, 5001, "data") }, 7000},
	} {
		t.Run(name, func(t *testing.T) {
			s := far(t, Config{}, 5)
			s.c.cc.ssthresh = 10_000
			s.now = s.now.Add(100 * ms)
			s.sack(4001)
			require.Equal(t, []int64{4001}, seqs(s.wait(403*ms)))
			s.sack(5001)
			require.Equal(t, 10_000, s.cwnd()[0])
			test.answer(s)
			s.write(1000)
			s.now = s.now.Add(100 * ms)
			s.sack(6001)
			require.InDelta(t, test.want, s.cwnd()[0], 200)
		})
	}
}

// RFC 8985, Section 7.2: no probe in recovery, while something has arrived out of order, after a timeout, without SACK.
func TestNoProbe(t *testing.T) {
	timer := func(s *script) string { return s.c.Snapshot().Timer }
	require.Equal(t, "retransmission", timer(far(t, Config{NoTLP: true}, 5)))
	require.Equal(t, "retransmission", timer(far(t, Config{NoRACK: true}, 5)))
	s := established(t, Config{})
	s.write(5000)
	require.Equal(t, "retransmission", timer(s))
	s = far(t, Config{}, 5)
	s.now = s.now.Add(100 * ms)
	s.sack(1001, 2001, 4001)
	require.NotEqual(t, "loss probe", timer(s))
	s = far(t, Config{}, 5)
	s.wait(202 * ms) // the probe
	s.wait(time.Second)
	require.EqualValues(t, 1, s.c.Snapshot().Counters.Timeouts)
	s.sack(1001)
	require.Equal(t, "retransmission", timer(s))
}

// The Eifel algorithm (RFC 3522, Section 3.2): the echoed timestamp is that of the first sending, so the timeout was in
// vain. The window is as before, and what waited to be sent again is not sent.
func TestUndoByTimestamp(t *testing.T) {
	for _, off := range []bool{false, true} {
		s := stamped(t, Config{NoUndo: off, Congestion: NewReno})
		require.Len(t, s.write(9880), 10)
		before := s.cwnd()
		require.Len(t, s.wait(time.Second), 1)
		require.Equal(t, 988, s.cwnd()[0])
		s.at(5, 1000, ACK, 1, 989, "")
		if off {
			require.Len(t, s.outs(), 2, "slow start")
			continue
		}
		require.Empty(t, s.outs())
		require.Equal(t, before[0], s.cwnd()[0])
		require.Zero(t, s.cwnd()[1])
		require.EqualValues(t, 1, s.c.Snapshot().Counters.Undone)
		require.Contains(t, s.said(trace.Congestion)[1], "takes back its reduction")
	}
	s := stamped(t, Config{})
	s.write(9880)
	s.wait(time.Second)
	s.at(5, 0, ACK, 1, 989, "")
	require.Zero(t, s.c.Snapshot().Counters.Undone, "the retransmission was needed")
}

// RFC 3708, Section 3: if D-SACKs have told of all that was sent again, nothing was lost. CUBIC's variables are taken back
// too (RFC 9438, Section 4.9).
func TestUndoByDSACK(t *testing.T) {
	s := far(t, Config{NoRACK: true}, 10)
	s.c.cc.ssthresh = 5000
	s.c.cc.cubic = &cubic{max: 12_345}
	s.now = s.now.Add(100 * ms)
	s.sack(1, 1001, 2001)
	s.sack(1, 1001, 3001)
	require.Equal(t, []int64{1}, seqs(s.sack(1, 1001, 4001)))
	require.Equal(t, 7000, s.c.Snapshot().Ssthresh)
	require.NotEqual(t, 12_345, s.c.Snapshot().WMax)
	s.sack(4001)
	s.sack(4001, 1, 1001)
	require.Equal(t, [2]int{10_000, 7000}, s.cwnd())
	require.Equal(t, 12_345, s.c.Snapshot().WMax)
	require.False(t, s.c.Snapshot().Recovering)
	s.sack(4001, 1, 1001)
	require.EqualValues(t, 1, s.c.Snapshot().Counters.Undone)
}

// A segment that others overtake by many round trips is told of when the window was reduced again meanwhile. Each reduction
// has its own account (RFC 3708, Section 3): what an earlier one took from the window comes back as a factor.
func TestUndoOfAnEarlierReduction(t *testing.T) {
	reduceAt := func(s *script, at int64) {
		s.now = s.now.Add(100 * ms)
		for k := int64(2); k <= 4; k++ {
			s.sack(at, at+1000, at+1000*k)
		}
	}
	s := far(t, Config{NoRACK: true}, 10)
	s.c.cc.ssthresh = 5000
	reduceAt(s, 1)
	s.sack(10_001)
	require.Equal(t, [2]int{7000, 7000}, s.cwnd())
	require.Len(t, s.write(7000), 7)
	reduceAt(s, 10_001)
	s.sack(17_001)
	require.Equal(t, [2]int{4900, 4900}, s.cwnd())
	s.sack(17_001, 1, 1001)
	require.Equal(t, [2]int{7000, 7000}, s.cwnd())
	s.sack(17_001, 10_001, 11_001)
	require.Equal(t, [2]int{10_000, 10_000}, s.cwnd())
	require.EqualValues(t, 2, s.c.Snapshot().Counters.Undone)
}

// What is kept of reductions is bounded.
func TestReductionsKept(t *testing.T) {
	s := far(t, Config{}, 5)
	for i := range 3 * reductionsKept {
		s.c.snd.una = Seq(10_000 * i)
		s.c.snd.nxt = s.c.snd.una.Add(1000)
		s.c.saveForUndo(s.now)
	}
	kept := s.c.rec.undo.reductions
	require.Len(t, kept, reductionsKept)
	require.Equal(t, s.c.snd.una, kept[len(kept)-1].from)
}
