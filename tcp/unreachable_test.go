package tcp

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 9293, Section 3.9.2.2 (MUST-56): a soft error does not end a connection; a hard one ends an attempt to open,
// and is taken for a soft one later (RFC 5927, Section 5.2).
// MUST-56, SHLD-26
func TestUnreachable(t *testing.T) {
	for name, test := range map[string]struct {
		make  func(*testing.T, Config) *script
		hard  bool
		state State
		err   error
	}{
		"soft in SYN-SENT":     {dialling, false, SynSent, nil},
		"hard in SYN-SENT":     {dialling, true, Closed, ErrRefused},
		"soft in SYN-RECEIVED": {accepted, false, SynReceived, nil},
		"hard in SYN-RECEIVED": {accepted, true, Closed, ErrRefused},
		"soft in ESTABLISHED":  {established, false, Established, nil},
		"hard in ESTABLISHED":  {established, true, Established, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.make(t, Config{})
			if s.c.State() == Established {
				s.write(10)
			}
			s.c.Unreachable(s.now, s.c.snd.una, errNoRoute, test.hard)
			require.Equal(t, test.state, s.c.State())
			require.Equal(t, test.err, s.c.Err())
			s.none()
			if test.err == nil {
				require.Contains(t, s.said(trace.Note)[0], "hears from ICMP that byte")
				require.NotZero(t, s.c.Deadline(), "it goes on trying")
			}
		})
	}
}

// RFC 5927, Section 4.1: who does not know which sequence numbers are in flight is not believed.
func TestUnreachableMustBeInFlight(t *testing.T) {
	s := dialling(t, Config{})
	s.c.Unreachable(s.now, s.c.snd.nxt, errNoRoute, true)
	s.c.Unreachable(s.now, s.c.snd.una.Add(-1), errNoRoute, true)
	require.Equal(t, SynSent, s.c.State())
	ignored := "ignores an ICMP error: the segment that it quotes is not under way, so it is late or forged"
	require.Equal(t, []string{ignored, ignored}, s.said(trace.Note))
}

var errNoRoute = errors.New("no route to host")

// RFC 1122, Section 4.2.3.9 and RFC 9293, Section 3.9.2.2 (SHLD-25): the application can learn of a soft error, and of
// R1 retransmissions without an answer (Section 3.8.3, SHLD-9); at R2 it is a part of the reason.
// MUST-20, SHLD-9, SHLD-10, SHLD-25, MUST-47
func TestTrouble(t *testing.T) {
	s := established(t, Config{})
	s.write(10)
	s.c.Unreachable(s.now, s.c.snd.una, errNoRoute, false)
	n, soft := s.c.Trouble()
	require.Zero(t, n)
	require.Equal(t, errNoRoute, soft)
	s.wait(7 * time.Second)
	n, _ = s.c.Trouble()
	require.Equal(t, retransmissionsR1, n)
	require.Contains(t, s.said(trace.Note), "has sent byte 1 again 3 times: something on the way may be broken")
	s.wait(time.Hour)
	require.ErrorIs(t, s.c.Err(), ErrTimeout)
	require.ErrorIs(t, s.c.Err(), errNoRoute)

	s = established(t, Config{})
	s.write(10)
	s.c.Unreachable(s.now, s.c.snd.una, errNoRoute, false)
	s.in(ACK, 1, 11, "")
	n, soft = s.c.Trouble()
	require.Zero(t, n)
	require.NoError(t, soft, "it has been delivered after all")
}

// RFC 9293, Section 3.8.3 (MUST-21): the application sets R2.
// MUST-21
func TestSetUserTimeout(t *testing.T) {
	s := established(t, Config{})
	s.write(10)
	s.c.SetUserTimeout(20 * time.Second)
	s.wait(20*time.Second - 1)
	require.NoError(t, s.c.Err())
	s.wait(1)
	require.Equal(t, ErrTimeout, s.c.Err())

	s = established(t, Config{UserTimeout: time.Second})
	s.write(10)
	s.c.SetUserTimeout(0)
	s.wait(5*time.Minute - 1)
	require.NoError(t, s.c.Err())
}
