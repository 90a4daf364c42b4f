package tcp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// urgent delivers data at seq with the urgent pointer up octets after it.
func (s *script) urgent(flags Flags, seq int64, up uint16, data string) {
	s.receive(Segment{
		Seq: Seq(peerISS + uint32(seq)), Ack: s.c.snd.nxt, Flags: URG | ACK | flags, Urgent: up, Window: peerWindow, Payload: []byte(data),
	})
}

// RFC 9293, Section 3.8.5: urgent octets are read in line with the others, and the application can learn how many
// of them are still unread (MUST-33).
// MUST-30, MUST-33
func TestUrgent(t *testing.T) {
	s := established(t, Config{})
	s.in(ACK, 1, 1, "ab")
	require.Zero(t, s.c.Urgent())
	s.urgent(0, 3, 2, "cdef")
	require.Equal(t, 4, s.c.Urgent(), "a to d")
	require.Equal(t, []string{"is told that the bytes before 5 are urgent"}, s.said(trace.Note))
	b := make([]byte, 3)
	n, err := s.c.Read(s.now, b)
	require.NoError(t, err)
	require.Equal(t, "abc", string(b[:n]))
	require.Equal(t, 1, s.c.Urgent())
	require.Equal(t, "def", s.read())
	require.Zero(t, s.c.Urgent())
}

// RFC 9293, Section 3.10.7.4, sixth step: "RCV.UP <- max(RCV.UP,SEG.UP)". The pointer may be ahead of the octets.
// MUST-31, MUST-32, MUST-62
func TestUrgentAhead(t *testing.T) {
	s := established(t, Config{})
	s.urgent(0, 1, 10, "")
	require.Equal(t, 10, s.c.Urgent())
	s.urgent(0, 1, 5, "abc")
	require.Equal(t, 10, s.c.Urgent(), "the pointer does not go back")
	require.Len(t, s.said(trace.Note), 1)
	s.read()
	require.Equal(t, 7, s.c.Urgent(), "not yet arrived")
	s.urgent(FIN, 4, 7, "defghij")
	require.Equal(t, 7, s.c.Urgent(), "the FIN is no octet")
	require.Equal(t, "defghij", s.read())
	require.Zero(t, s.c.Urgent())
	s.urgent(0, 12, 9, "")
	require.Zero(t, s.c.Urgent(), "nothing is urgent after a FIN")
}
