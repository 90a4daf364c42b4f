package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// cwnd returns cwnd and ssthresh.
func (s *script) cwnd() [2]int {
	snap := s.c.Snapshot()
	return [2]int{snap.Cwnd, snap.Ssthresh}
}

// lossy returns a NewReno connection with ten segments of 1000 octets in flight and more queued. Its peer knows no SACK.
func lossy(t *testing.T, cfg Config) *script {
	cfg.Congestion = NewReno
	s := established(t, cfg)
	require.Len(t, s.write(60_000), 10)
	require.Equal(t, [2]int{10_000, 0}, s.cwnd(), "RFC 6928, Section 2")
	return s
}

// dup delivers an acknowledgment without data.
func (s *script) dup(ack int64) []out {
	s.in(ACK, 1, ack, "")
	return s.outs()
}

// RFC 5681, Section 3.1: slow start grows by what is acknowledged, at most a segment for each ACK.
// MUST-19
func TestSlowStart(t *testing.T) {
	s := lossy(t, Config{})
	require.Equal(t, []int{1000, 1000}, lens(s.dup(1001)))
	require.Equal(t, [2]int{11_000, 0}, s.cwnd())
	require.Equal(t, []int{1000, 1000, 1000}, lens(s.dup(3001)))
	require.Equal(t, [2]int{12_000, 0}, s.cwnd(), "no more than SMSS")
	s.dup(3101)
	require.Equal(t, [2]int{12_100, 0}, s.cwnd(), "an ACK of a part counts as a part")
}

// RFC 5681, Section 3.1: congestion avoidance grows by one segment for each window.
// MUST-19
func TestCongestionAvoidance(t *testing.T) {
	s := lossy(t, Config{})
	s.c.cc.ssthresh = 10_000
	for i := range int64(9) {
		s.dup(1001 + 1000*i)
	}
	require.Equal(t, [2]int{10_000, 10_000}, s.cwnd())
	s.dup(10_001)
	require.Equal(t, [2]int{11_000, 10_000}, s.cwnd())
}

// RFC 5681, Section 3.2 and RFC 6582: fast retransmit, fast recovery, partial and full acknowledgments.
func TestFastRecovery(t *testing.T) {
	s := lossy(t, Config{}) // bytes 1..10001; 1001..2001 and 4001..5001 are lost
	s.dup(1001)             // cwnd 11000: 10001..12001 go out
	require.Equal(t, []int{1000}, lens(s.dup(1001)), "limited transmit")
	require.Equal(t, []int{1000}, lens(s.dup(1001)), "limited transmit")
	require.Equal(t, [2]int{11_000, 0}, s.cwnd())

	again := s.dup(1001)
	require.Len(t, again, 1)
	require.Equal(t, "sends bytes 1001..2001 again: three duplicate ACKs asked for 1001", text(again[0].why))
	require.EqualValues(t, 1001, again[0].seq)
	require.EqualValues(t, 2_000_004, again[0].why.Replaces, "after SYN, ACK and the first segment")
	require.Equal(t, [2]int{5500 + 3000, 5500}, s.cwnd(), "half of what is in flight without limited transmit; and three that have left")
	require.Equal(t, "receives duplicate ACK number 3, which asks for byte 1001", s.said(trace.DuplicateACK)[2])
	require.Equal(t, []string{"begins fast recovery: three duplicate ACKs asked for byte 1001; NewReno leaves 5 tenths of 11000 bytes, 5500"}, s.said(trace.Congestion))

	for range 5 { // each inflates: 9500 … 13500, while 13000 are in flight
		require.Empty(t, s.dup(1001))
	}
	require.Equal(t, []int{1000}, lens(s.dup(1001)), "new data: 14500 against 13000")

	partial := s.dup(4001)
	require.Equal(t, "sends bytes 4001..5001 again: the acknowledgment stops at 4001, before what was in flight when recovery began", text(partial[0].why))
	require.Equal(t, [2]int{14_500 - 3000 + 1000, 5500}, s.cwnd(), "deflated by what is acknowledged, plus one segment")
	require.True(t, s.c.Snapshot().Recovering)

	s.dup(15_001)
	require.False(t, s.c.Snapshot().Recovering)
	require.Zero(t, s.c.Snapshot().DupAcks)
	require.LessOrEqual(t, s.cwnd()[0], 5500)
	require.Equal(t, 5500, s.cwnd()[1])
	require.EqualValues(t, 2, s.c.Snapshot().Counters.Retransmissions)
}

// RFC 6582, Section 3.2, step 2: duplicates that ask for what was in flight at the last timeout begin nothing.
func TestNoFastRetransmitAfterTimeout(t *testing.T) {
	s := lossy(t, Config{})
	require.Len(t, s.wait(time.Second), 1)
	require.Equal(t, [2]int{1000, 5000}, s.cwnd())
	for range 5 {
		require.Empty(t, s.dup(1))
	}
	require.False(t, s.c.Snapshot().Recovering)
	require.Equal(t, []int{1000, 1000}, lens(s.dup(1001)), "slow start: all that was in flight goes again")
	require.Equal(t, 2000, s.cwnd()[0])
	require.Equal(t, []int{1000, 1000, 1000}, lens(s.dup(9001)), "one again and two new: what arrived meanwhile is not sent again")
	require.EqualValues(t, 4, s.c.Snapshot().Counters.Retransmissions)
}

// RFC 5681, Section 3.1: at the second timeout of a segment ssthresh "is held constant".
func TestSecondTimeout(t *testing.T) {
	s := lossy(t, Config{})
	s.wait(time.Second)
	s.wait(2 * time.Second)
	require.Equal(t, [2]int{1000, 5000}, s.cwnd())
}

// Each mechanism can be turned off.
func TestSwitches(t *testing.T) {
	s := lossy(t, Config{NoFastRetransmit: true})
	for range 10 {
		s.dup(1)
	}
	require.Zero(t, s.c.Snapshot().Counters.Retransmissions)

	s = established(t, Config{NoCongestionControl: true})
	require.Len(t, s.write(60_000), 60)

	s = established(t, Config{InitialWindow: 2})
	require.Len(t, s.write(60_000), 2)
}

// RFC 3042, Section 2: the first two duplicate ACKs send new data, and so bring the third.
func TestLimitedTransmit(t *testing.T) {
	s := lossy(t, Config{NoLimitedTransmit: true})
	require.Empty(t, s.dup(1))
	require.Empty(t, s.dup(1))
	require.EqualValues(t, 1, s.dup(1)[0].seq, "fast retransmit")

	// Two segments in flight, the first is lost: one duplicate ACK can come by itself.
	s = established(t, Config{InitialWindow: 2})
	require.Len(t, s.write(60_000), 2)
	require.EqualValues(t, 2001, s.dup(1)[0].seq)
	require.EqualValues(t, 3001, s.dup(1)[0].seq)
	require.EqualValues(t, 1, s.dup(1)[0].seq, "the two that limited transmit sent have brought two more")
}

// RFC 5827, Section 3.2: at the end of the data fewer duplicate ACKs are enough.
func TestEarlyRetransmit(t *testing.T) {
	for flight, dups := range map[int]int{2: 1, 3: 2, 4: 3, 5: 3} {
		s := established(t, Config{})
		require.Len(t, s.write(1000*flight), flight)
		for range dups - 1 {
			require.Empty(t, s.dup(1))
		}
		again := s.dup(1)
		require.Len(t, again, 1)
		require.EqualValues(t, 1, again[0].seq)
		if dups < 3 {
			require.Equal(t, "sends bytes 1..1001 again: duplicate ACKs asked for 1, and too little is in flight for three", text(again[0].why))
		}
		s.dup(int64(1000*flight + 1))
		require.False(t, s.c.Snapshot().Recovering)
	}
	s := established(t, Config{NoFastRetransmit: true})
	s.write(2000)
	require.Empty(t, s.dup(1))

	s = established(t, Config{})
	s.write(2000)
	s.inWindow(ACK, 1, 1, "", 2000)
	require.Empty(t, s.write(5000), "the window has no room, so that limited transmit cannot help")
	require.Zero(t, s.c.Snapshot().DupAcks, "an update of the window is no duplicate")
	s.inWindow(ACK, 1, 1, "", 2000)
	require.EqualValues(t, 1, s.one().seq)
}

// RFC 5681, Section 3.1 and RFC 6298, Section 5: after a timeout the acknowledgments, not more timeouts, send what
// follows again; the timeout is doubled once, and a fresh measurement ends that.
func TestManyHolesOneTimeout(t *testing.T) {
	s := lossy(t, Config{}) // all ten are lost
	again := s.wait(time.Second)
	for acked := int64(1); acked < 10_001; {
		require.NotEmpty(t, again)
		require.Equal(t, acked, again[0].seq, "it goes on from SND.UNA")
		s.now = s.now.Add(10 * time.Millisecond)
		arrived := again
		again = nil
		for _, o := range arrived {
			acked = o.seq + int64(len(o.data))
			again = append(again, s.dup(acked)...)
			if acked == 10_001 {
				break // what follows is new
			}
		}
	}
	snap := s.c.Snapshot()
	require.EqualValues(t, 1, snap.Counters.Timeouts)
	require.EqualValues(t, 10, snap.Counters.Retransmissions)
	require.Equal(t, 2*time.Second, snap.RTO, "none of these can be measured")
	s.now = s.now.Add(10 * time.Millisecond)
	s.dup(snap.SndNxtRel)
	require.Equal(t, time.Second, s.c.Snapshot().RTO)
}

// RFC 5681, Section 2: what counts as a duplicate ACK.
func TestWhatIsADuplicate(t *testing.T) {
	for name, test := range map[string]struct {
		flags  Flags
		ack    int64
		data   string
		window uint16
		idle   bool // nothing is outstanding
		want   int64
	}{
		"duplicate":                {flags: ACK, ack: 1, window: peerWindow, want: 1},
		"(a) nothing is in flight": {flags: ACK, ack: 1, window: peerWindow, idle: true},
		"(b) with data":            {flags: ACK, ack: 1, window: peerWindow, data: "x"},
		"(c) with FIN":             {flags: ACK | FIN, ack: 1, window: peerWindow},
		"(c) with SYN":             {flags: ACK | SYN, ack: 1, window: peerWindow},
		"(d) an older one":         {flags: ACK, ack: 0, window: peerWindow},
		"(d) a newer one":          {flags: ACK, ack: 1001, window: peerWindow},
		"(e) another window":       {flags: ACK, ack: 1, window: peerWindow - 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := established(t, Config{})
			if !test.idle {
				s.write(5000)
			}
			s.inWindow(test.flags, 1, test.ack, test.data, test.window)
			require.Equal(t, test.want, s.c.Snapshot().Counters.DuplicateACKs)
		})
	}
}

// RFC 5681, Section 4.1: after a pause longer than the RTO the congestion window is the initial one again.
func TestRestartAfterIdle(t *testing.T) {
	grown := func() *script {
		s := established(t, Config{})
		for i := range int64(20) {
			s.write(1000)
			s.dup(1001 + 1000*i)
			s.c.cc.cwnd = 20_000
		}
		return s
	}
	s := grown()
	s.wait(time.Second)
	require.Len(t, s.write(60_000), 20, "as long as the RTO, not longer")

	s = grown()
	s.wait(time.Second + time.Millisecond)
	require.Len(t, s.write(60_000), 10)
	require.Equal(t, [2]int{10_000, 0}, s.cwnd())
	require.Equal(t, []string{"begins slow start again: nothing was sent for longer than the retransmission timeout"}, s.said(trace.Congestion))

	s = established(t, Config{})
	s.c.cc.cwnd = 2000
	s.wait(time.Minute)
	require.Len(t, s.write(60_000), 2, "RW is min(IW, cwnd)")
}
