package tcp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Requirements of RFC 9293, Appendix B, that no other test is about. docs/rfc9293.md lists which test shows which.

// RFC 9293, Section 3.9.1.2: what is queued goes in segments of the largest size, PSH is set in the last of them alone, and
// nothing waits for ever. SHLD-27, SHLD-28, MUST-60, MUST-61
func TestPush(t *testing.T) {
	s := established(t, Config{})
	_, err := s.c.Write(s.now, make([]byte, 1500))
	require.NoError(t, err)
	_, err = s.c.Write(s.now, make([]byte, 1500))
	require.NoError(t, err)
	all := s.outs()
	require.Equal(t, []int{1000, 1000, 1000}, lens(all))
	require.Equal(t, []Flags{ACK, ACK, ACK | PSH}, []Flags{all[0].flags, all[1].flags, all[2].flags})
	require.Empty(t, s.write(10), "Nagle")
	s.in(ACK, 1, 3001, "")
	require.Equal(t, ACK|PSH, s.one().flags, "until what was sent is acknowledged")
}

// RFC 9293, Section 3.1: the window is a number without a sign, and is kept in more than 16 bits. MUST-1, REC-1
func TestWindowIsUnsigned(t *testing.T) {
	s := established(t, Config{NoCongestionControl: true})
	s.inWindow(ACK, 1, 1, "", 65535)
	require.Equal(t, 65535, s.c.Snapshot().SndWnd)
	require.Len(t, s.write(100_000), 65, "1000 each")

	s = establishedWith(t, Config{NoCongestionControl: true, SendBuffer: 1 << 22}, Options{MSS: 1000, WindowScale: 15})
	s.inWindow(ACK, 1, 1, "", 65535)
	require.Equal(t, 65535<<14, s.c.Snapshot().SndWnd)
	require.Len(t, s.write(2_000_000), 2000)
}

// RFC 9293, Section 3.8.6: the right edge of our window never moves to the left, whatever arrives and whatever is read.
// SHLD-14, MAY-8
func TestReceiveWindowDoesNotShrink(t *testing.T) {
	s := established(t, Config{ReceiveBuffer: 5000, NoDelayedACK: true})
	edge := s.c.rcv.edge
	for i := range int64(60) {
		if room := s.c.receiveWindow(); room > 0 {
			s.in(ACK, s.c.rcvRel(s.c.rcv.nxt), 1, string(make([]byte, min(room, 300+int(i)))))
		}
		if i%7 == 6 {
			_, err := s.c.Read(s.now, make([]byte, 700))
			require.NoError(t, err)
		}
		for _, o := range s.outs() {
			now := Seq(peerISS + uint32(o.ack)).Add(o.window)
			require.True(t, edge.LessEq(now), "SND.NXT + window")
			edge = now
		}
	}
	require.Empty(t, s.wait(time.Hour), "it may stay closed for ever")
}

// RFC 9293, Section 3.4: an RST, the urgent pointer and acknowledgments count although the window is closed. MUST-66
func TestZeroWindowStillListens(t *testing.T) {
	closed := func() *script {
		s := established(t, Config{ReceiveBuffer: 10})
		s.in(ACK, 1, 1, "0123456789")
		require.Zero(t, append(s.outs(), s.wait(delayedACKTimeout)...)[0].window)
		return s
	}
	s := closed()
	s.urgent(0, 11, 5, "")
	require.Equal(t, 15, s.c.Urgent())
	s.write(100)
	s.in(ACK, 11, 101, "x")
	require.Zero(t, s.c.Snapshot().Unacked, "what it acknowledges is")
	s.in(RST, 11, 0, "")
	require.Equal(t, ErrReset, s.c.Err())
}

// RFC 9293, Section 3.7.1: without an MSS option the peer takes 536 octets over IPv4 and 1220 over IPv6; ours is in every SYN
// and in nothing else, and says what we take. MUST-14, MUST-15, MUST-16, MUST-65, MUST-67, SHLD-5, MAY-3
func TestMSS(t *testing.T) {
	six := [...]netip.AddrPort{netip.MustParseAddrPort("[fd00::1]:1"), netip.MustParseAddrPort("[fd00::2]:2")}
	for _, test := range []struct {
		ends         [2]netip.AddrPort
		option, want int
	}{
		{[...]netip.AddrPort{client, server}, 0, 536},
		{[...]netip.AddrPort{client, server}, 700, 700},
		{[...]netip.AddrPort{client, server}, 9000, 1400},
		{six, 0, 1220},
		{six, 1440, 1400},
	} {
		s := &script{t: t, now: epoch}
		s.c = Dial(s.now, Config{MSS: 1400}, test.ends[0], test.ends[1], nil)
		require.EqualValues(t, 1400, s.one().options.MSS)
		s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: uint16(test.option)}})
		require.Zero(t, s.one().options.MSS)
		data := s.write(5000)
		require.Len(t, data[0].data, test.want)
		require.Zero(t, data[0].options.MSS)
	}
}

// RFC 9293, Section 3.10.7.4: all that has arrived is worked on before one acknowledgment is sent for all of it. MUST-58, MUST-59
func TestOneACKForMany(t *testing.T) {
	s := established(t, Config{})
	for i := range int64(10) {
		s.in(ACK, 1+1000*i, 1, string(make([]byte, 1000)))
	}
	require.EqualValues(t, 10_001, s.one().ack)
}

// RFC 9293, Section 3.5.3: an RST may carry data, which means nothing to us. SHLD-2
func TestRSTWithData(t *testing.T) {
	s := established(t, Config{})
	s.in(RST, 1, 0, "why this connection ends")
	require.Equal(t, ErrReset, s.c.Err())
}

// RFC 9293, Section 3.8.3: R2 is no less than 100 seconds unless the application wants it, and the same holds for a SYN, whose R2
// is no less than three minutes. SHLD-11, MUST-20, MUST-22, MUST-23
func TestGivingUp(t *testing.T) {
	for _, make := range []func(*testing.T, Config) *script{established, dialling} {
		s := make(t, Config{})
		if s.c.State() == Established {
			s.write(10)
		}
		s.wait(5*time.Minute - 1)
		require.NoError(t, s.c.Err())
		s.wait(1)
		require.Equal(t, ErrTimeout, s.c.Err())
	}
}

// RFC 9293, Section 3.6.1: an end that has closed its side still reads what the other sends. MAY-1: closing both sides at
// once, for an application that will not read. MUST-12
func TestCloseTellsOfReset(t *testing.T) {
	s := established(t, Config{})
	require.NoError(t, s.c.Close(s.now))
	s.one()
	s.in(ACK, 1, 2, "still here")
	require.Equal(t, "still here", s.read())
	s.in(RST, 11, 0, "")
	_, err := s.c.Read(s.now, make([]byte, 10))
	require.Equal(t, ErrReset, err, "reset, not an orderly end")
}
