package tcp

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 1191, Section 6.4 and RFC 8201, Section 5.2: a router says that packets are too big. The segments become smaller, what
// was dropped goes again at once, and the congestion window stays.
// SHLD-6
func TestTooBig(t *testing.T) {
	for name, make := range map[string]func(*testing.T, Config) *script{"without SACK": established, "with SACK": selecting} {
		t.Run(name, func(t *testing.T) {
			s := make(t, Config{})
			require.Len(t, s.write(4300), 4)
			s.c.TooBig(s.now, s.c.snd.una, 720)
			invariants(t, s.c)
			again := s.outs()
			require.Equal(t, []int64{1, 701, 1001, 1701, 2001, 2701, 3001, 3701}, seqs(again))
			require.Equal(t, []int{700, 300, 700, 300, 700, 300, 700, 600}, lens(again), "the last has room for what was not sent yet")
			require.Equal(t, "sends bytes 1..701 again: they were part of a packet that was too big for the path", text(again[0].why))
			require.Contains(t, s.said(trace.Note), "makes its segments smaller: a router has no room for more than 700 octets of data")
			require.Equal(t, 10_000, s.cwnd()[0])
			require.Equal(t, 700, s.c.Snapshot().SndMSS)
			require.False(t, s.c.Snapshot().Recovering)

			s.c.TooBig(s.now, s.c.snd.una, 720)
			s.none()
			s.in(ACK, 1, 4001, "")
			s.none()
			require.Equal(t, 700, len(s.write(2000)[0].data))
			require.EqualValues(t, 1, s.c.Snapshot().Counters.PathMTU)
		})
	}
}

// What has arrived by SACK is not cut up, and the FIN stays at the end.
func TestTooBigWithSACKAndFIN(t *testing.T) {
	s := selecting(t, Config{NoRACK: true})
	_, err := s.c.Write(s.now, make([]byte, 3000))
	require.NoError(t, err)
	require.NoError(t, s.c.Close(s.now))
	require.Len(t, s.outs(), 3)
	s.sack(1, 1001, 2001)
	s.c.TooBig(s.now, s.c.snd.una, 720)
	invariants(t, s.c)
	again := s.outs()
	require.Equal(t, []int64{1, 701, 2001, 2701}, seqs(again))
	require.Equal(t, FIN, again[3].flags&FIN)
}

// RFC 5927, Section 4.1 and Section 7.2: a message about what is not in flight is ignored, and none makes segments tiny.
func TestTooBigMustBePlausible(t *testing.T) {
	s := established(t, Config{})
	s.write(2000)
	s.c.TooBig(s.now, s.c.snd.nxt, 720)
	s.c.TooBig(s.now, s.c.snd.una.Add(-1), 720)
	s.c.TooBig(s.now, s.c.snd.una, 1020)
	s.c.TooBig(s.now, s.c.snd.una, 1500)
	s.none()
	require.Equal(t, 1000, s.c.Snapshot().SndMSS)
	require.Len(t, s.said(trace.Note), 4)

	s.c.TooBig(s.now, s.c.snd.una, 1)
	again := s.outs()
	require.Equal(t, []int{512, 488, 512, 488}, lens(again))
	require.True(t, s.c.snd.mayFragment, "routers may cut them up, if it was true")
	s.c.TooBig(s.now, s.c.snd.una, 1)
	s.none()

	s = established(t, Config{NoPathMTU: true})
	s.write(2000)
	s.c.TooBig(s.now, s.c.snd.una, 720)
	s.none()

	a, b := netip.MustParseAddrPort("[fd00::1]:1"), netip.MustParseAddrPort("[fd00::2]:2")
	s = &script{t: t, now: epoch}
	s.c = Dial(s.now, Config{}, a, b, nil)
	s.outs()
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: 1440}})
	s.outs()
	s.write(2000)
	s.c.TooBig(s.now, s.c.snd.una, 100)
	require.Equal(t, 1220, s.c.Snapshot().SndMSS, "RFC 8200, Section 5")
	require.False(t, s.c.snd.mayFragment, "RFC 8201: no router does")
}

// RFC 4821, Section 7.7: large segments vanish without a word. After three timeouts smaller ones are tried.
func TestBlackHole(t *testing.T) {
	s := establishedWith(t, Config{MinRTO: 200 * ms}, Options{MSS: 1460})
	s.write(5000)
	var last []out
	for range 3 {
		last = s.wait(s.c.Deadline().Sub(s.now))
		for len(last) == 0 {
			last = s.wait(s.c.Deadline().Sub(s.now))
		}
	}
	require.Equal(t, 730, len(last[0].data))
	require.Contains(t, s.said(trace.Note)[0], "tries segments of 730 octets of data: larger ones may vanish on the way without a word")
	s.in(ACK, 1, 731, "")
	require.Equal(t, 730, len(s.outs()[0].data))

	s = establishedWith(t, Config{MinRTO: 200 * ms}, Options{MSS: 1460})
	s.write(1460)
	s.in(ACK, 1, 1461, "")
	s.write(5000)
	s.wait(5 * time.Second)
	require.EqualValues(t, 4, s.c.Snapshot().Counters.Timeouts)
	require.Equal(t, 1460, s.c.Snapshot().SndMSS, "segments of that size have arrived: it may be no more than a bad link")
	s.wait(10 * time.Second)
	require.Equal(t, 730, s.c.Snapshot().SndMSS)

	s = establishedWith(t, Config{NoBlackHole: true}, Options{MSS: 1460})
	s.write(5000)
	s.wait(time.Minute)
	require.Equal(t, 1460, s.c.Snapshot().SndMSS)
}
