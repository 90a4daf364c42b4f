package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 9293, Section 3.6, Figure 12, from the side that closes first, with a half-closed time.
// MUST-13
func TestCloseFirst(t *testing.T) {
	s := established(t, Config{})
	_, _ = s.c.Write(s.now, make([]byte, 500))
	require.NoError(t, s.c.Close(s.now))
	require.Equal(t, FinWait1, s.c.State())
	fin := s.one()
	require.Equal(t, FIN|PSH|ACK, fin.flags)
	require.Equal(t, "sends bytes 1..501 and FIN: the application has closed its side", text(fin.why))
	_, err := s.c.Write(s.now, []byte("x"))
	require.Equal(t, ErrClosing, err)
	s.in(ACK, 1, 502, "")
	require.Equal(t, FinWait2, s.c.State())
	s.in(ACK, 1, 502, "half-closed")
	require.Equal(t, "half-closed", s.read())
	s.in(FIN|ACK, 12, 502, "")
	require.Equal(t, TimeWait, s.c.State())
	require.EqualValues(t, 13, s.one().ack)
	s.wait(59 * time.Second)
	s.in(FIN|ACK, 12, 502, "")
	s.one()
	s.in(RST, 13, 0, "") // RFC 1337, Section 3
	s.wait(59 * time.Second)
	require.Equal(t, TimeWait, s.c.State(), "2 MSL began again with the FIN")
	s.wait(time.Second)
	require.Equal(t, Closed, s.c.State())
	require.NoError(t, s.c.Err())
	require.Zero(t, s.c.Deadline())
}

// The same, from the side that closes second.
func TestCloseSecond(t *testing.T) {
	s := established(t, Config{})
	s.in(FIN|ACK, 1, 1, "bye")
	require.Equal(t, CloseWait, s.c.State())
	require.EqualValues(t, 5, s.one().ack)
	require.Len(t, s.write(10), 1, "writing goes on")
	require.NoError(t, s.c.Close(s.now))
	require.Equal(t, FIN|ACK, s.one().flags)
	require.Equal(t, LastAck, s.c.State())
	s.in(ACK, 5, 11, "")
	require.Equal(t, LastAck, s.c.State(), "the data is acknowledged, not the FIN")
	s.in(ACK, 5, 12, "")
	require.Equal(t, Closed, s.c.State())
	require.Equal(t, "bye", s.read(), "still there")
}

// RFC 9293, Section 3.6, Figure 13: both close at once.
func TestSimultaneousClose(t *testing.T) {
	s := established(t, Config{})
	require.NoError(t, s.c.Close(s.now))
	s.one()
	s.in(FIN|ACK, 1, 1, "")
	require.Equal(t, Closing, s.c.State())
	require.EqualValues(t, 2, s.one().ack)
	s.in(ACK, 2, 2, "")
	require.Equal(t, TimeWait, s.c.State())
}

// RFC 9293, Section 3.10.5 and Section 3.6.1 (SHLD-3).
// SHLD-3, MAY-1
func TestAbortAndCloseRead(t *testing.T) {
	s := established(t, Config{})
	s.write(10)
	s.c.Abort(s.now)
	rst := s.one()
	require.Equal(t, RST, rst.flags)
	require.EqualValues(t, 11, rst.seq, "SND.NXT")
	require.Equal(t, ErrClosed, s.c.Err())
	s.none()

	s = established(t, Config{})
	s.in(ACK, 1, 1, "unread")
	s.c.CloseRead(s.now)
	require.Equal(t, RST, s.one().flags)

	s = established(t, Config{})
	require.NoError(t, s.c.Close(s.now))
	s.c.CloseRead(s.now)
	s.one()
	s.in(ACK, 1, 2, "")
	s.wait(time.Minute)
	require.Equal(t, Closed, s.c.State(), "FIN-WAIT-2 does not last for ever")
}

// RFC 9293, Section 3.5, Figure 7: both ends send a SYN, also over a network that loses segments.
// MUST-10
func TestSimultaneousOpen(t *testing.T) {
	for seed := range uint64(30) {
		x := &transfer{network: newNetwork(t, seed)}
		if seed > 0 {
			x.loss = 0.3
		}
		x.data[0], x.data[1] = random(x.rand, 5000), random(x.rand, 3000)
		x.end[0].conn = Dial(x.now, Config{}, client, server, nil)
		x.end[1].conn = Dial(x.now, Config{}, server, client, nil)
		x.run()
		x.check()
	}
}
