package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// peerClock is what the peer's clock says when the connection is opened.
const peerClock = 0xffffff00 // it wraps around soon

// stamped returns a connection in ESTABLISHED with timestamps.
func stamped(t *testing.T, cfg Config) *script {
	s := dialling(t, cfg)
	s.now = s.now.Add(20 * time.Millisecond)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: s.times(Options{MSS: 1000}, 0, -20)})
	require.Equal(t, ACK, s.one().flags)
	return s
}

// times adds timestamps to o: ms of the peer's clock since peerClock, and the echo of our clock ago.
func (s *script) times(o Options, ms int, echo time.Duration) Options {
	o.Timestamps, o.TSVal = true, uint32(peerClock+ms)
	o.TSEcr = s.c.clock(s.now) + uint32(int32(echo))
	return o
}

// at delivers a segment of the peer's clock ms that echoes a clock of echo milliseconds ago.
func (s *script) at(ms, echo int, flags Flags, seq, ack int64, data string) {
	s.receive(Segment{
		Seq: Seq(peerISS + uint32(seq)), Ack: s.c.snd.iss + Seq(ack), Flags: flags, Window: peerWindow, Payload: []byte(data),
		Options: s.times(Options{}, ms, time.Duration(-echo)),
	})
}

// RFC 7323, Section 3.2: both SYNs must have the option; then every segment has it, and data has less room.
func TestTimestampsAreNegotiated(t *testing.T) {
	s := &script{t: t, now: epoch}
	s.c = Dial(s.now, Config{}, client, server, tracer(&s.events))
	syn := s.one().options
	require.True(t, syn.Timestamps)
	require.Zero(t, syn.TSEcr, "nothing is echoed yet")
	s.now = s.now.Add(5 * time.Millisecond)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: 1000, Timestamps: true, TSVal: 77, TSEcr: syn.TSVal}})
	ack := s.one().options
	require.Equal(t, Options{Timestamps: true, TSVal: syn.TSVal + 5, TSEcr: 77}, ack, "a tick is a millisecond: Section 5.4")
	require.Equal(t, 988, s.c.Snapshot().SndMSS, "RFC 6691, Section 2")
	require.Equal(t, []int{988}, lens(s.write(1500)), "the rest waits for Nagle")
	s.c.Abort(s.now)
	require.True(t, s.one().options.Timestamps, "also an RST")

	for name, test := range map[string]struct {
		cfg Config
		o   Options
	}{
		"the peer does not":    {Config{}, Options{MSS: 1000}},
		"we are told not to":   {Config{NoTimestamps: true}, Options{MSS: 1000, Timestamps: true, TSVal: 1}},
		"the SYN did not":      {Config{}, Options{MSS: 1000}},
		"it is turned off too": {Config{NoTimestamps: true}, Options{MSS: 1000}},
	} {
		t.Run(name, func(t *testing.T) {
			s := establishedWith(t, test.cfg, test.o)
			require.False(t, s.c.Snapshot().Timestamps)
			require.False(t, s.write(10)[0].options.Timestamps)
			require.Equal(t, 1000, s.c.Snapshot().SndMSS)

			l := NewListener(test.cfg, 0, nil)
			c, _, _ := l.Receive(epoch, client, server, &Segment{Seq: 1, Flags: SYN, Window: 1000, Options: test.o})
			var synACK Segment
			require.True(t, c.Next(epoch, &synACK))
			require.False(t, synACK.Options.Timestamps)
		})
	}
}

// RFC 7323, Section 4.1: an echo measures a round trip, also that of a segment that was sent twice.
func TestEchoMeasures(t *testing.T) {
	s := stamped(t, Config{MinRTO: time.Millisecond})
	require.Equal(t, 20*time.Millisecond, s.c.Snapshot().SRTT)
	s.write(500)
	again := s.wait(60 * time.Millisecond)
	require.Len(t, again, 1)
	s.now = s.now.Add(100 * time.Millisecond)
	s.at(200, 100, ACK, 1, 501, "")
	require.Equal(t, 30*time.Millisecond, s.c.Snapshot().SRTT, "20 + (100 - 20) / 8")

	before := s.c.rtt
	s.write(500)
	s.wait(before.rto)
	s.at(400, -5, ACK, 1, 1001, "")
	require.Equal(t, before.srtt, s.c.rtt.srtt, "an echo of the future is none")
}

// RFC 7323, Appendix G: a sample counts for less the more of them a round trip gives.
func TestManySamples(t *testing.T) {
	e := roundTrip{srtt: 100 * time.Millisecond, rttvar: 10 * time.Millisecond}
	e.measure(180*time.Millisecond, 0, 10)
	require.Equal(t, 101*time.Millisecond, e.srtt)
	require.Equal(t, 11750*time.Microsecond, e.rttvar)
	s := established(t, Config{})
	for flight, want := range map[int]int{0: 1, 1: 1, 2000: 1, 2001: 2, 20_000: 10} {
		require.Equal(t, want, s.c.expectedSamples(flight))
	}
}

// RFC 7323, Section 4.3: what is echoed is the timestamp of the segment that the acknowledgment answers, and of a
// hole it is the one before the hole.
func TestWhichTimestampIsEchoed(t *testing.T) {
	s := stamped(t, Config{NoDelayedACK: true})
	echo := func(ms, seq int64, data string) int {
		s.at(int(ms), 0, ACK, seq, 1, data)
		return int(int32(s.one().options.TSEcr - peerClock))
	}
	require.Equal(t, 1, echo(1, 1, "a"))
	require.Equal(t, 1, echo(3, 3, "c"), "b is missing")
	require.Equal(t, 1, echo(4, 4, "d"))
	require.Equal(t, 2, echo(2, 2, "b"))
	require.Equal(t, 5, echo(5, 5, "e"))
	require.Equal(t, 6, echo(6, 5, "e"), "a copy: it was sent again, and the answer measures the second time")
	require.Equal(t, 6, echo(9, 90_000_000, "far away"))
	require.Equal(t, 6, echo(9, -2_000_000_000, "far away"))

	s = stamped(t, Config{}) // delayed acknowledgments: the earliest
	s.at(1, 0, ACK, 1, 1, "a")
	s.at(2, 0, ACK, 2, 1, "b")
	late := s.wait(delayedACKTimeout)
	require.Len(t, late, 1)
	require.EqualValues(t, 1, int32(late[0].options.TSEcr-peerClock))
}

// RFC 7323, Section 5.3: a segment with an earlier timestamp is not acceptable, unless it is an RST or TS.Recent is
// older than 24 days (Section 5.5). One without timestamps is dropped (Section 3.2).
func TestPAWS(t *testing.T) {
	s := stamped(t, Config{NoDelayedACK: true})
	s.at(300, 0, ACK, 1, 1, "hello") // the clock has wrapped around
	s.one()
	s.at(299, 0, ACK, 6, 1, "old!!")
	ack := s.one()
	require.EqualValues(t, 6, ack.ack)
	require.Equal(t, "asks for byte 6: a segment has arrived that is too old by its timestamp", text(ack.why))
	require.EqualValues(t, 1, s.c.Snapshot().Counters.OldTimestamps)
	require.Contains(t, s.said(trace.Discarded)[0], "drops a segment that is too old: its timestamp is 43, and 44 has arrived before")
	require.Equal(t, "hello", s.read())

	s.in(ACK, 6, 1, "without")
	s.none()
	require.Empty(t, s.read())
	s.in(SYN, 6, 0, "")
	require.Equal(t, ACK, s.one().flags, "a SYN without is challenged")

	s.at(300, 0, ACK, 6, 1, "same time")
	require.Equal(t, "same time", s.read())
	s.one()
	s.wait(24*24*time.Hour + time.Second)
	s.at(-1<<31+10, 0, ACK, 15, 1, "late")
	require.Equal(t, "late", s.read())
	s.one()
	s.at(-1<<31, 0, RST, 19, 0, "")
	require.Equal(t, ErrReset, s.c.Err(), "PAWS does not look at an RST")
}

// An end that answers each old segment must not make two ends talk for ever.
func TestOldEmptySegmentsAreAnsweredSeldom(t *testing.T) {
	s := stamped(t, Config{})
	n := 0
	for range 50 {
		s.at(-10, 0, ACK, 1, 1, "")
		n += len(s.outs())
	}
	require.Equal(t, challengesAtMost, n)
}

// RFC 6191, Section 2, and RFC 9293, Section 3.6.1 (MAY-2, SHLD-4): a SYN that is newer by its timestamp, else by its
// sequence number, opens a connection in TIME-WAIT again.
// MAY-2, SHLD-4
func TestReopenFromTimeWait(t *testing.T) {
	for name, test := range map[string]struct {
		stamps bool // the connection has timestamps
		o      bool // the SYN has one
		ms     int
		seq    int64
		flags  Flags
		want   bool
	}{
		"later timestamp, earlier number":         {true, true, 11, -100, SYN, true},
		"earlier timestamp, later number":         {true, true, 9, 1000, SYN, false},
		"same timestamp, later number":            {true, true, 10, 1000, SYN, true},
		"same timestamp, earlier number":          {true, true, 10, 1, SYN, false},
		"only the connection had them, later":     {true, false, 0, 1000, SYN, true},
		"only the connection had them, earlier":   {true, false, 0, 1, SYN, false},
		"no timestamps, later number":             {false, false, 0, 2, SYN, true},
		"no timestamps, earlier number":           {false, false, 0, 1, SYN, false},
		"only the SYN has one, later number":      {false, true, 5, 2, SYN, true},
		"a SYN-ACK":                               {true, true, 11, 1000, SYN | ACK, false},
		"data":                                    {true, true, 11, 1000, ACK, false},
		"RST: RFC 1337, Section 3, (F1)":          {true, true, 11, 1000, SYN | RST, false},
		"a SYN with a FIN is no honest beginning": {true, true, 11, 1000, SYN | FIN, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := established(t, Config{})
			if test.stamps {
				s = stamped(t, Config{})
			}
			require.NoError(t, s.c.Close(s.now))
			s.one()
			if test.stamps {
				s.at(10, 0, FIN|ACK, 1, 2, "")
			} else {
				s.in(FIN|ACK, 1, 2, "")
			}
			s.one()
			require.Equal(t, TimeWait, s.c.State())
			seg := Segment{Seq: Seq(peerISS + uint32(test.seq)), Flags: test.flags}
			if test.o {
				seg.Options = s.times(Options{}, test.ms, 0)
			}
			require.Equal(t, test.want, s.c.Reopens(&seg))
			if test.want {
				require.Equal(t, s.c.snd.nxt+1, s.c.Reopen(s.now, 1), "greater than all that was used")
				require.Equal(t, Closed, s.c.State())
				require.NoError(t, s.c.Err())
			}
		})
	}
	require.False(t, established(t, Config{}).c.Reopens(&Segment{Seq: 1000, Flags: SYN}), "only in TIME-WAIT")
}

// RFC 9293, Section 3.6.1: the new connection's first number is later than all that the old one used.
func TestNotBefore(t *testing.T) {
	c := Dial(epoch, Config{}, client, server, nil)
	iss := c.snd.iss
	c.NotBefore(iss.Add(-5))
	require.Equal(t, iss, c.snd.iss)
	c.NotBefore(iss.Add(5))
	var syn Segment
	require.True(t, c.Next(epoch, &syn))
	require.Equal(t, iss.Add(5), syn.Seq)
}

// A round trip within a tick of our clock is taken for a tick: else the least round trip would be none, and RACK would
// wait for nothing that others have overtaken (RFC 8985, Section 6.2, step 4).
func TestEchoWithinATick(t *testing.T) {
	s := stamped(t, Config{})
	s.write(1976)
	s.wait(time.Second)
	s.at(5, 0, ACK, 1, 989, "")
	require.Equal(t, tick, s.c.Snapshot().MinRTT)
}
