package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// RFC 6298, Section 2: (2.2) and (2.3) with numbers; alpha is 1/8, beta 1/4, K is 4.
func TestRoundTrip(t *testing.T) {
	const ms, us = time.Millisecond, time.Microsecond
	var e roundTrip
	for _, step := range []struct{ r, srtt, rttvar, rto time.Duration }{
		{100 * ms, 100 * ms, 50 * ms, 300 * ms},                 // SRTT <- R, RTTVAR <- R/2
		{200 * ms, 112500 * us, 62500 * us, 362500 * us},        // RTTVAR first: |100 - 200|, not |112.5 - 200|
		{112500 * us, 112500 * us, 46875 * us, 300000 * us},     // no deviation: RTTVAR falls by a quarter
		{32500 * us, 102500 * us, 55156250, 323125 * us},        // a faster one makes SRTT fall and RTTVAR grow
		{20 * time.Second, 2589687500, 5015742187, 22652656248}, // a sudden jump
	} {
		e.measure(step.r, 0, 1)
		require.Equal(t, roundTrip{srtt: step.srtt, rttvar: step.rttvar, rto: step.rto, latest: step.r}, e, "R' = %v", step.r)
	}
}

// RFC 6298, Section 2: (2.4) the RTO is no less than the minimum, (2.5) no more than the maximum, and the term of
// RTTVAR is no less than G.
func TestRoundTripBounds(t *testing.T) {
	var e roundTrip
	e.measure(time.Millisecond, time.Second, 1)
	require.Equal(t, time.Second, e.rto)
	e = roundTrip{}
	for range 100 {
		e.measure(10*time.Millisecond, 0, 1)
	}
	require.Equal(t, 10*time.Millisecond+granularity, e.rto)
	e.measure(time.Hour, 0, 1)
	require.Equal(t, maxRTO, e.rto)
	e.rto = 40 * time.Second
	e.backOff()
	require.Equal(t, maxRTO, e.rto)
	e.measure(0, 0, 1)
	require.Positive(t, e.srtt)
}

// RFC 6298, Section 2 and Section 3: the SYN gives the first measurement; what was sent twice gives none, nor does
// what waited at the peer behind it.
// MUST-18
func TestMeasurements(t *testing.T) {
	s := dialling(t, Config{MinRTO: time.Millisecond})
	require.Equal(t, initialRTO, s.c.Snapshot().RTO, "(2.1)")
	s.now = s.now.Add(40 * time.Millisecond)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: 1000}})
	s.one()
	require.Equal(t, 40*time.Millisecond, s.c.Snapshot().SRTT)
	require.Equal(t, 120*time.Millisecond, s.c.Snapshot().RTO)

	s.write(3000) // the first is lost
	s.now = s.now.Add(40 * time.Millisecond)
	s.dup(1)
	require.EqualValues(t, 1, s.dup(1)[0].seq)
	s.now = s.now.Add(40 * time.Millisecond)
	before := s.c.rtt
	s.dup(3001)
	require.Equal(t, before, s.c.rtt)
	s.write(1000)
	s.now = s.now.Add(80 * time.Millisecond)
	s.dup(4001)
	require.Equal(t, 45*time.Millisecond, s.c.Snapshot().SRTT)
}
