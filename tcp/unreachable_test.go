package tcp

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 9293, Section 3.9.2.2 (MUST-56): a soft error does not end a connection; a hard one ends an attempt to open,
// and is taken for a soft one later (RFC 5927, Section 5.2).
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
			s.c.Unreachable(s.now, s.c.snd.una, test.hard)
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
	s.c.Unreachable(s.now, s.c.snd.nxt, true)
	s.c.Unreachable(s.now, s.c.snd.una.Add(-1), true)
	require.Equal(t, SynSent, s.c.State())
	ignored := "ignores an ICMP error: the segment that it quotes is not under way, so it is late or forged"
	require.Equal(t, []string{ignored, ignored}, s.said(trace.Note))
}
