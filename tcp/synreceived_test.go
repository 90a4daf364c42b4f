package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// accepted returns a connection in SYN-RECEIVED that a Listener made, whose SYN-ACK was sent.
func accepted(t *testing.T, cfg Config) *script {
	s := &script{t: t, now: epoch}
	l := NewListener(cfg, 0, tracer(&s.events))
	s.c, _, _ = l.Receive(s.now, client, server, &Segment{Seq: peerISS, Flags: SYN, Window: peerWindow, Options: Options{MSS: 1000}})
	synACK := s.one()
	require.Equal(t, SYN|ACK, synACK.flags)
	require.EqualValues(t, 1, synACK.ack)
	return s
}

// RFC 9293, Section 3.10.7.4, in SYN-RECEIVED: what each segment leads to. An active OPEN comes there by a
// simultaneous one.
// MUST-11
func TestSynReceived(t *testing.T) {
	for name, test := range map[string]struct {
		flags  Flags
		seq    int64
		ack    int64
		data   string
		active bool

		state State
		err   error
		sent  Flags // 0: nothing
		read  string
	}{
		"ACK":                       {flags: ACK, seq: 1, ack: 1, state: Established},
		"ACK with data":             {flags: ACK, seq: 1, ack: 1, data: "hi", state: Established, read: "hi"},
		"ACK with FIN":              {flags: ACK | FIN, seq: 1, ack: 1, state: CloseWait, sent: ACK},
		"ACK of what was not sent":  {flags: ACK, seq: 1, ack: 2, state: SynReceived, sent: RST},
		"ACK of nothing":            {flags: ACK, seq: 1, ack: 0, state: SynReceived, sent: RST},
		"no ACK":                    {seq: 1, data: "hi", state: SynReceived},
		"SYN again":                 {flags: SYN, seq: 0, state: SynReceived, sent: ACK},
		"another SYN":               {flags: SYN, seq: 5, state: Closed, err: ErrReset},
		"another SYN, active":       {flags: SYN, seq: 5, active: true, state: SynReceived, sent: ACK},
		"RST":                       {flags: RST, seq: 1, state: Closed, err: ErrReset},
		"RST, active":               {flags: RST, seq: 1, active: true, state: Closed, err: ErrRefused},
		"RST that is not the next":  {flags: RST, seq: 2, state: SynReceived, sent: ACK},
		"RST outside of the window": {flags: RST, seq: -5, state: SynReceived},
		"SYN-ACK, active":           {flags: SYN | ACK, seq: 0, ack: 1, active: true, state: Established, sent: ACK},
		"SYN-ACK":                   {flags: SYN | ACK, seq: 0, ack: 1, state: SynReceived, sent: ACK},
	} {
		t.Run(name, func(t *testing.T) {
			s := accepted(t, Config{})
			if test.active {
				s = dialling(t, Config{})
				s.receive(Segment{Seq: peerISS, Flags: SYN, Window: peerWindow})
				require.Equal(t, SYN|ACK, s.one().flags)
			}
			s.in(test.flags, test.seq, test.ack, test.data)
			require.Equal(t, test.state, s.c.State())
			require.Equal(t, test.err, s.c.Err())
			var sent Flags
			for _, o := range s.outs() {
				sent |= o.flags
			}
			require.Equal(t, test.sent, sent)
			if test.read != "" {
				require.Equal(t, test.read, s.read())
			}
		})
	}
}

// RFC 9293, Section 3.10.4 and Section 3.10.5: CLOSE in SYN-RECEIVED waits for ESTABLISHED; ABORT sends RST.
func TestCallsInSynReceived(t *testing.T) {
	s := accepted(t, Config{})
	require.Empty(t, s.write(10), "SEND is queued")
	require.NoError(t, s.c.Close(s.now))
	s.none()
	require.Equal(t, SynReceived, s.c.State())
	s.in(ACK, 1, 1, "")
	require.Equal(t, FinWait1, s.c.State())
	last := s.one()
	require.Equal(t, FIN|PSH|ACK, last.flags)
	require.Len(t, last.data, 10)

	s = accepted(t, Config{})
	s.c.Abort(s.now)
	require.Equal(t, RST, s.one().flags)
}

// RFC 9293, Section 3.8.3 (MUST-23): a SYN-ACK is sent again for three minutes.
// MUST-23
func TestSYNACKIsSentAgain(t *testing.T) {
	s := accepted(t, Config{})
	again := s.wait(3*time.Minute - time.Millisecond)
	require.Len(t, again, 7, "after 1, 3, 7, 15, 31, 63 and 123 seconds")
	require.Equal(t, "sends SYN-ACK again: no acknowledgment within 1000 ms", text(again[0].why))
	require.Equal(t, SynReceived, s.c.State())
	s.wait(time.Millisecond)
	require.Equal(t, ErrTimeout, s.c.Err())
}
