package tcp

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 9293, Section 3.10.7.4, Table 6: the Segment Acceptability Test.
func TestAcceptable(t *testing.T) {
	for _, test := range []struct {
		wnd, seq, n int // seq relative to RCV.NXT
		want        bool
	}{
		{0, 0, 0, true},
		{0, 1, 0, false},
		{0, -1, 0, false}, // length 0, window 0
		{100, 0, 0, true},
		{100, 99, 0, true},
		{100, 100, 0, false},
		{100, -1, 0, false}, // length 0
		{0, 1, 10, false},
		{0, -1, 10, false}, // window 0
		{0, 0, 10, true},   // the allowance for valid ACKs: the text is cut off later
		{100, 0, 10, true},
		{100, 99, 10, true},
		{100, 100, 10, false},
		{100, -9, 10, true},
		{100, -10, 10, false},
		{100, -10, 200, true}, // around the window
		{100, 1 << 30, 10, false},
		{100, -1 << 30, 10, false},
	} {
		c := Conn{}
		c.rcv.nxt = 0xfffffff0
		c.rcv.edge = c.rcv.nxt.Add(test.wnd)
		seg := Segment{Seq: c.rcv.nxt.Add(test.seq), Payload: make([]byte, test.n)}
		require.Equal(t, test.want, c.acceptable(&seg), "%+v", test)
	}
}

// RFC 9293, Section 3.10.7.4, first step: an unacceptable segment is acknowledged, an RST is not.
// MAY-13
func TestUnacceptable(t *testing.T) {
	s := established(t, Config{})
	s.in(ACK, 1, 1, "hello")
	s.in(ACK, 1, 1, "hello") // again
	ack := s.one()
	require.EqualValues(t, 6, ack.ack)
	require.Equal(t, "asks for byte 6: a segment outside the window has arrived", text(ack.why))
	s.in(RST, 5, 1, "")
	s.in(RST, 100_000, 1, "")
	s.none()
	require.Equal(t, Established, s.c.State())
	require.Contains(t, s.said(trace.Discarded)[0], "drops a segment of bytes 1..6: the receive window is 6..")
}

// RFC 9293, Section 3.10.7.4, second step, with RFC 5961, Section 3.2 and Section 7.
// MUST-12, MAY-12
func TestRST(t *testing.T) {
	s := established(t, Config{})
	s.in(RST, 1, 0, "")
	require.Equal(t, Closed, s.c.State())
	_, err := s.c.Read(s.now, make([]byte, 10))
	require.Equal(t, ErrReset, err)
	s.none()

	s = established(t, Config{})
	n := 0
	for range 50 {
		s.in(RST, 2, 0, "") // in the window, but not the next
		n += len(s.outs())
	}
	require.Equal(t, challengesAtMost, n)
	require.Equal(t, Established, s.c.State())

	s = established(t, Config{NoChallengeACK: true})
	s.in(RST, 2, 0, "")
	require.Equal(t, Closed, s.c.State())
}

// RFC 9293, Section 3.10.7.4, fourth and fifth step, with RFC 5961, Section 4.2 and Section 5.2.
// MAY-12
func TestChallenges(t *testing.T) {
	s := established(t, Config{})
	s.in(SYN, 1, 0, "")
	require.Equal(t, ACK, s.one().flags)
	s.in(ACK, 1, 2, "evil")
	require.Equal(t, ACK, s.one().flags)
	s.in(ACK, 1, -70_000, "evil")
	require.Equal(t, ACK, s.one().flags)
	s.in(0, 1, 1, "no ACK bit")
	s.none()
	require.False(t, s.c.Readable())
	s.in(ACK, 1, -100, "good")
	require.Equal(t, "good", s.read())
}

// RFC 9293, Section 3.10.7.4, seventh step: "only the new parts are processed", in SEG.SEQ order.
// SHLD-31
func TestReassembly(t *testing.T) {
	const stream = "abcdefghijklmnopqrstuvwxyz"
	for name, order := range map[string][][2]int{
		"in order":         {{0, 5}, {5, 9}, {9, 26}},
		"backwards":        {{20, 26}, {10, 20}, {5, 10}, {0, 5}},
		"overlapping":      {{3, 9}, {12, 20}, {7, 14}, {0, 4}, {18, 26}},
		"islands joined":   {{2, 4}, {6, 8}, {10, 12}, {1, 13}, {14, 26}, {0, 20}},
		"all twice":        {{10, 26}, {10, 26}, {0, 10}, {0, 10}, {0, 26}},
		"one by one ahead": {{25, 26}, {23, 24}, {21, 22}, {22, 25}, {0, 21}},
	} {
		t.Run(name, func(t *testing.T) {
			s := established(t, Config{})
			got := ""
			for _, piece := range order {
				s.in(ACK, int64(1+piece[0]), 1, stream[piece[0]:piece[1]])
				got += s.read()
				require.True(t, strings.HasPrefix(stream, got))
			}
			require.Equal(t, stream, got)
			require.Zero(t, s.c.Snapshot().Islands)
			acks := append(s.outs(), s.wait(delayedACKTimeout)...)
			require.EqualValues(t, 27, acks[len(acks)-1].ack)
		})
	}
}

// The memory for what waits is bounded: so many gaps and no more.
func TestTooManyGaps(t *testing.T) {
	s := established(t, Config{})
	for i := range int64(2 * maxRanges) {
		s.in(ACK, 3+2*i, 1, "x")
		s.outs()
	}
	require.Equal(t, maxRanges, s.c.Snapshot().Islands)
	require.NotEmpty(t, s.said(trace.Discarded))
}

// What lies beyond the window is cut off; reading opens it again (RFC 9293, Section 3.8.6.2.2).
func TestBeyondWindow(t *testing.T) {
	s := established(t, Config{ReceiveBuffer: 10})
	s.in(ACK|FIN, 1, 1, "0123456789abc")
	ack := s.one()
	require.EqualValues(t, 11, ack.ack, "not the FIN behind what was cut off")
	require.Zero(t, ack.window)
	require.Equal(t, "0123456789", s.read())
	update := s.one()
	require.Equal(t, 10, update.window)
	require.Equal(t, "opens its window to 10 octets: the application has read", text(update.why))
	s.in(ACK|FIN, 11, 1, "abc")
	require.Equal(t, "abc", s.read())
	require.Equal(t, CloseWait, s.c.State())
}

// RFC 9293, Section 3.10.7.4, eighth step: a FIN counts when all before it has arrived.
func TestFINOutOfOrder(t *testing.T) {
	s := established(t, Config{})
	s.in(ACK|FIN, 4, 1, "def")
	require.EqualValues(t, 1, s.one().ack)
	require.Equal(t, Established, s.c.State())
	s.in(ACK, 1, 1, "abc")
	require.EqualValues(t, 8, s.one().ack)
	require.Equal(t, CloseWait, s.c.State())
	require.Equal(t, "abcdef", s.read())
	_, err := s.c.Read(s.now, make([]byte, 1))
	require.Equal(t, io.EOF, err)
}

// RFC 9293, Section 3.8.6.3: every second full-sized segment, and no later than 200 ms.
// SHLD-18, SHLD-19, MUST-40
func TestDelayedACK(t *testing.T) {
	s := established(t, Config{})
	data := strings.Repeat("x", 1000)
	s.in(ACK, 1, 1, data)
	s.none()
	s.in(ACK, 1001, 1, data)
	require.EqualValues(t, 2001, s.one().ack)
	s.in(ACK, 2001, 1, data)
	require.Empty(t, s.wait(199*time.Millisecond))
	late := s.wait(time.Millisecond)
	require.Len(t, late, 1)
	require.Equal(t, "acknowledges the bytes before 3001: the acknowledgment has waited 200 ms for more", text(late[0].why))
	require.Empty(t, s.wait(time.Minute), "nothing more is owed")
}

// RFC 5681, Section 4.2 allows more acknowledgments than every second segment: after a segment out of order the peer is
// recovering from a loss and waits for each of them.
func TestQuickACKsAfterLoss(t *testing.T) {
	s := established(t, Config{})
	data := strings.Repeat("x", 1000)
	s.in(ACK, 1001, 1, data)
	s.one()
	s.in(ACK, 1, 1, data)
	s.one()
	for i := range int64(quickACKs) {
		s.in(ACK, 2001+1000*i, 1, data)
		require.Len(t, s.outs(), 1, "segment %d", i)
	}
	s.in(ACK, 2001+1000*quickACKs, 1, data)
	s.none()
}

// RFC 9293, Section 3.8.6.1: a closed window is probed, less and less often, as long as the peer answers.
// MUST-36, MUST-37, SHLD-29, SHLD-30
func TestZeroWindowProbe(t *testing.T) {
	s := established(t, Config{UserTimeout: 2 * time.Minute})
	s.inWindow(ACK, 1, 1, "", 0)
	require.Empty(t, s.write(3000))
	var gaps []time.Duration
	last := s.now
	for len(gaps) < 9 {
		probes := s.wait(s.c.Deadline().Sub(s.now))
		if len(probes) == 0 {
			continue // the idle buffers were looked at
		}
		require.Equal(t, []int{1}, lens(probes))
		require.EqualValues(t, 1, probes[0].seq, "the same octet each time")
		gaps = append(gaps, s.now.Sub(last))
		last = s.now
		s.inWindow(ACK, 1, 1, "", 0)
		s.none()
	}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60} {
		require.Equal(t, want*time.Second, gaps[i])
	}
	require.Zero(t, s.c.Snapshot().Counters.DuplicateACKs, "answers to probes are no duplicates")
	s.inWindow(ACK, 1, 1, "", 60000)
	require.Equal(t, []int{1000, 1000, 1000}, lens(s.outs()), "the octet of the probe has company now")
}

// RFC 6298, Section 5: the timer backs off; a retransmission names what it replaces.
// MUST-19, MUST-20
func TestRetransmissionTimeout(t *testing.T) {
	s := established(t, Config{})
	s.write(1000)
	require.Empty(t, s.wait(999*time.Millisecond))
	first := s.wait(time.Millisecond)
	require.Equal(t, "sends bytes 1..1001 again: no acknowledgment within 1000 ms", text(first[0].why))
	require.EqualValues(t, 2_000_003, first[0].why.Replaces)
	require.Empty(t, s.wait(1999*time.Millisecond))
	second := s.wait(time.Millisecond)
	require.EqualValues(t, 2_000_004, second[0].why.Replaces)
	s.in(ACK, 1, 1001, "")
	require.Equal(t, 4*time.Second, s.c.Snapshot().RTO, "Karn: no measurement, so it stays")
	s.write(10)
	s.wait(20 * time.Millisecond)
	s.in(ACK, 1, 1011, "")
	require.Equal(t, time.Second, s.c.Snapshot().RTO)
	s.write(10)
	s.wait(time.Hour)
	require.Equal(t, ErrTimeout, s.c.Err(), "R2, RFC 9293, Section 3.8.3")
}
