package tcp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 9293, Section 3.8.6 (SHLD-16, MUST-34): the peer takes back a part of its window. What lies beyond is not sent
// again until it fits; what lies within is.
// SHLD-15, SHLD-16, MUST-34
func TestShrunkWindow(t *testing.T) {
	s := lossy(t, Config{}) // bytes 1..10001 are in flight
	s.inWindow(ACK, 1, 1, "", 2500)
	s.none()
	again := s.wait(time.Second)
	require.Len(t, again, 1)
	require.EqualValues(t, 1, again[0].seq)
	s.inWindow(ACK, 1, 1001, "", 1500) // the right edge stays at 2501
	again = s.outs()
	require.Len(t, again, 1, "slow start allows two, the window one")
	require.EqualValues(t, 1001, again[0].seq)
	s.inWindow(ACK, 1, 2001, "", 8000)
	require.Equal(t, []int{1000, 1000, 1000}, lens(s.outs()))
}

// RFC 9293, Section 3.8.6 (MUST-35): a window that shrinks to nothing does not end the connection. The first segment
// goes on being sent, less and less often.
// MUST-35, SHLD-17
func TestWindowShrinksToZero(t *testing.T) {
	s := established(t, Config{})
	s.write(3000)
	s.inWindow(ACK, 1, 1, "", 0)
	for range 20 {
		probes := s.wait(maxRTO)
		require.NotEmpty(t, probes)
		for _, o := range probes {
			require.EqualValues(t, 1, o.seq)
		}
		s.inWindow(ACK, 1, 1, "", 0)
		s.none()
	}
	s.inWindow(ACK, 1, 3001, "", 0)
	require.Equal(t, Established, s.c.State())
	require.Empty(t, s.wait(time.Hour), "nothing is left to send")
}

// RFC 9293, Section 3.4: a FIN takes a sequence number, so it waits for room in the window like an octet, and it is
// probed for like one (Section 3.8.6.1).
func TestFINWaitsForWindow(t *testing.T) {
	s := established(t, Config{})
	s.inWindow(ACK, 1, 1, "", 1000)
	_, _ = s.c.Write(s.now, make([]byte, 1000))
	require.NoError(t, s.c.Close(s.now))
	require.Equal(t, PSH|ACK, s.one().flags, "the data alone fills the window")
	s.inWindow(ACK, 1, 1001, "", 0)
	s.none()
	probe := s.wait(time.Second)
	require.Len(t, probe, 1)
	require.Equal(t, FIN|ACK, probe[0].flags)
	require.EqualValues(t, 1001, probe[0].seq)
	s.inWindow(ACK, 1, 1002, "", 0)
	require.Equal(t, FinWait2, s.c.State())

	s = established(t, Config{})
	s.inWindow(ACK, 1, 1, "", 1000)
	_, _ = s.c.Write(s.now, make([]byte, 1000))
	require.NoError(t, s.c.Close(s.now))
	s.one()
	s.inWindow(ACK, 1, 1001, "", 1)
	require.Equal(t, FIN|ACK, s.one().flags, "a window of one is enough")
}

// RFC 9293, Section 3.8.6.2.2: the window opens by a whole segment or half the buffer, not by every octet read.
// MUST-39
func TestReceiverAvoidsSillyWindow(t *testing.T) {
	full := func(cfg Config, buffer int) *script {
		cfg.ReceiveBuffer = buffer
		s := established(t, cfg)
		s.in(ACK, 1, 1, strings.Repeat("x", buffer))
		acks := append(s.outs(), s.wait(delayedACKTimeout)...)
		require.Len(t, acks, 1)
		require.Zero(t, acks[0].window)
		return s
	}
	take := func(s *script, n int) []out {
		_, err := s.c.Read(s.now, make([]byte, n))
		require.NoError(t, err)
		return s.outs()
	}
	s := full(Config{}, 4000)
	require.Empty(t, take(s, 999))
	update := take(s, 1)
	require.Len(t, update, 1)
	require.Equal(t, 1000, update[0].window, "Eff.snd.MSS")

	s = full(Config{}, 400)
	require.Empty(t, take(s, 199))
	require.Equal(t, 200, take(s, 1)[0].window, "half of a buffer that is smaller than two segments")

	s = full(Config{NoSWSAvoidance: true}, 4000)
	require.Equal(t, 1, take(s, 1)[0].window)
}

// RFC 9293, Section 3.10.7.4, fifth step: a segment that was sent again carries old octets, but its acknowledgment and its
// window are new. The right edge must not move further than the peer allowed.
func TestWindowOfSegmentThatWasSentAgain(t *testing.T) {
	s := established(t, Config{})
	s.inWindow(ACK, 11, 1, "later", 5000)
	s.outs()
	require.Len(t, s.write(10_000), 5)
	s.inWindow(ACK, 1, 5001, "0123456789", 100)
	require.Equal(t, 100, s.c.snd.wnd)
}
