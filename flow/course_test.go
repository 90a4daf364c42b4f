package flow

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

func (k *talk) states(a, b tcp.State) {
	k.t.Helper()
	require.Equal(k.t, [2]tcp.State{a, b}, [2]tcp.State{k.moment.Ends[0].State, k.moment.Ends[1].State})
}

// Each segment moves the variables of RFC 9293, Section 3.3.1, and the states of Section 3.3.2.
func TestCourse(t *testing.T) {
	k := newTalk(t)
	k.a(0, 0, -isnB, "S", 0, scale(7), mss(1460), window(64240), func(s *Segment) { s.SACKOK = true })
	k.states(tcp.SynSent, tcp.Listen)
	require.Equal(t, Variables{State: tcp.SynSent, NXT: 1, Window: -1}, k.moment.Ends[0])
	k.b(20, 0, 1, "SA", 0, scale(8), mss(1400))
	k.states(tcp.Established, tcp.SynReceived)
	require.Equal(t, [2]Said{{true, 1460, 7, true, false, 64240}, {true, 1400, 8, false, false, 512}}, k.course.Said())
	k.a(0.1, 1, 1, "A", 0)
	k.states(tcp.Established, tcp.Established)
	require.Equal(t, int64(512), k.moment.Ends[0].Window, "what a SYN offers is not scaled")

	k.a(1, 1, 1, "A", 1000)
	require.Equal(t, int64(1000), k.moment.Ends[0].Flight())
	require.Equal(t, [2]int64{1, 1001}, [2]int64{k.moment.From, k.moment.To})
	k.a(0, 1001, 1, "A", 1000)
	k.b(40, 1, 1001, "A", 0, sack(isnA, 2001, 3001))
	v := k.moment.Ends[0]
	require.Equal(t, []int64{1001, 2001, 1000, 512 << 8}, []int64{v.UNA, v.NXT, v.Flight(), v.Window})
	require.True(t, v.Scaled)
	require.Equal(t, []time.Duration{40 * time.Millisecond, 22500 * time.Microsecond}, []time.Duration{v.RTT, v.SRTT})
	require.Equal(t, [][2]int64{{2001, 3001}}, k.moment.SACK)
	require.EqualValues(t, 1001, k.moment.Ack)
	require.EqualValues(t, 1001, k.moment.Ends[1].RCV)
	k.a(500, 1001, 1, "A", 1000)
	require.Equal(t, TimedOut, k.moment.Found)
	require.EqualValues(t, 2001, k.moment.Ends[0].NXT)

	k.a(1, 2001, 1, "FA", 0)
	k.states(tcp.FinWait1, tcp.Established)
	k.b(20, 1, 2002, "A", 0)
	k.states(tcp.FinWait2, tcp.CloseWait)
	k.b(20, 1, 2002, "FA", 0)
	k.states(tcp.FinWait2, tcp.LastAck)
	k.a(1, 2002, 2, "A", 0)
	k.states(tcp.TimeWait, tcp.Closed)
}

func TestCourseOfOddEndings(t *testing.T) {
	k := shaken(t)
	k.a(1, 1, 1, "FA", 0)
	k.b(0, 1, 1, "FA", 0)
	k.states(tcp.FinWait1, tcp.FinWait1)
	k.a(20, 2, 2, "A", 0)
	k.states(tcp.Closing, tcp.FinWait2)
	k.b(1, 2, 2, "A", 0)
	k.states(tcp.TimeWait, tcp.TimeWait)

	k = shaken(t)
	k.b(1, 1, 1, "R", 0)
	k.states(tcp.Closed, tcp.Closed)

	k = newTalk(t) // both open at once
	k.a(0, 0, -isnB, "S", 0)
	k.b(1, 0, -isnA, "S", 0)
	k.states(tcp.SynSent, tcp.SynSent)
	k.a(10, 0, 1, "SA", 0)
	require.Equal(t, tcp.SynReceived, k.moment.Ends[0].State)

	k = newTalk(t) // from the middle: nobody knows how windows are scaled
	k.a(0, 50_001, 1, "A", 1000)
	k.b(20, 1, 51_001, "A", 0)
	k.states(tcp.Established, tcp.Established)
	v := k.moment.Ends[0]
	require.Equal(t, []int64{1001, 1001, 512}, []int64{v.UNA, v.NXT, v.Window})
	require.False(t, v.Scaled)
	require.False(t, k.course.Said()[0].Seen)
}
