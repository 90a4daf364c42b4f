package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// flooded returns a listener that has no room for connections in SYN-RECEIVED.
func flooded(t *testing.T, cfg Config, tr *trace.Tracer) *Listener {
	cfg.Secret[0] = 7
	l := NewListener(cfg, 1, tr)
	c, _, _ := l.Receive(epoch, server, client, &Segment{Seq: 1, Flags: SYN, Window: 1000})
	require.NotNil(t, c)
	return l
}

// RFC 4987, Section 3.6: a SYN that finds no room is answered all the same, and the ACK of that makes a connection with
// all that the SYN said.
func TestSYNCookie(t *testing.T) {
	for name, test := range map[string]struct {
		cfg, peer Config
		mss       int // of the peer, as the cookie can say it
		want      func(t *testing.T, s Snapshot)
	}{
		"all options": {Config{}, Config{ECN: ECNAlways}, 1448, func(t *testing.T, s Snapshot) {
			require.True(t, s.Timestamps && s.SACK && s.ECN)
			require.Equal(t, 5, s.SndShift)
		}},
		"a small MSS": {Config{}, Config{MSS: 1000}, 524, func(t *testing.T, s Snapshot) { require.True(t, s.SACK) }},
		"no timestamps": {Config{}, Config{NoTimestamps: true}, 1460, func(t *testing.T, s Snapshot) {
			require.False(t, s.Timestamps || s.SACK || s.ECN)
			require.Zero(t, s.SndShift)
		}},
		"no SACK":      {Config{}, Config{NoSACK: true}, 1448, func(t *testing.T, s Snapshot) { require.False(t, s.SACK); require.Equal(t, 5, s.SndShift) }},
		"no scale":     {Config{}, Config{NoWindowScale: true}, 1448, func(t *testing.T, s Snapshot) { require.True(t, s.SACK); require.Zero(t, s.SndShift) }},
		"we have none": {Config{NoTimestamps: true}, Config{}, 1460, func(t *testing.T, s Snapshot) { require.False(t, s.SACK) }},
	} {
		t.Run(name, func(t *testing.T) {
			var events []trace.Event
			l := flooded(t, test.cfg, tracer(&events))
			now := epoch.Add(time.Second)
			a := Dial(now, test.peer, client, server, nil)
			var seg Segment
			require.True(t, a.Next(now, &seg))
			c, reply, ok := l.Receive(now, server, client, &seg)
			require.Nil(t, c)
			require.True(t, ok)
			require.Equal(t, SYN|ACK, reply.Flags&^ECE)
			require.Equal(t, "sends SYN-ACK and remembers nothing of it: 1 connections wait to be established already", text(reply.Why))
			require.Equal(t, 1, l.HalfOpen())

			now = now.Add(50 * ms)
			a.Receive(now, &reply)
			_, err := a.Write(now, []byte("hello"))
			require.NoError(t, err)
			require.True(t, a.Next(now, &seg))
			require.Equal(t, Established, a.State())
			c, _, ok = l.Receive(now, server, client, &seg)
			require.False(t, ok)
			require.NotNil(t, c)
			require.Equal(t, 2, l.HalfOpen())
			require.Equal(t, SynReceived, c.State())
			c.Receive(now, &seg)
			invariants(t, c)
			require.Equal(t, Established, c.State())
			b := make([]byte, 10)
			n, err := c.Read(now, b)
			require.NoError(t, err)
			require.Equal(t, "hello", string(b[:n]))
			require.Equal(t, test.mss, c.Snapshot().SndMSS)
			test.want(t, c.Snapshot())
			sent, taken := l.Cookies()
			require.Equal(t, [...]int{1, 1}, [...]int{sent, taken})

			// and it works on
			_, err = c.Write(now, []byte("world"))
			require.NoError(t, err)
			require.True(t, c.Next(now, &seg))
			a.Receive(now, &seg)
			n, err = a.Read(now, b)
			require.NoError(t, err)
			require.Equal(t, "world", string(b[:n]))
		})
	}
}

// Nobody but the listener can make a cookie, and it does not keep.
func TestBadCookies(t *testing.T) {
	l := flooded(t, Config{}, nil)
	ack := func(at time.Duration, change func(*Segment)) bool {
		syn := Segment{Seq: 500, Flags: SYN, Window: 1000, Options: Options{MSS: 1460}}
		_, reply, _ := l.Receive(epoch, server, client, &syn)
		seg := Segment{SrcPort: client.Port(), Seq: 501, Ack: reply.Seq + 1, Flags: ACK, Window: 1000}
		change(&seg)
		c, rst, ok := l.Receive(epoch.Add(at), server, client, &seg)
		require.Equal(t, c == nil, ok, "RST unless it is taken")
		if ok {
			require.Equal(t, RST, rst.Flags)
		}
		return c != nil
	}
	require.True(t, ack(0, func(*Segment) {}))
	require.True(t, ack(cookieTime, func(*Segment) {}))
	require.False(t, ack(2*cookieTime+1, func(*Segment) {}))
	require.False(t, ack(0, func(s *Segment) { s.Ack++ }))
	require.False(t, ack(0, func(s *Segment) { s.Seq++ }))
	require.False(t, ack(0, func(s *Segment) { s.Ack += 1 << cookieMSSBit }), "another MSS")
	require.False(t, ack(0, func(s *Segment) { s.Ack += 1 << cookieTimeBit }), "another time")
	other := flooded(t, Config{Secret: [16]byte{1: 9}}, nil)
	_, reply, _ := other.Receive(epoch, server, client, &Segment{Seq: 500, Flags: SYN, Window: 1000})
	c, _, _ := l.Receive(epoch, server, client, &Segment{Seq: 501, Ack: reply.Seq + 1, Flags: ACK})
	require.Nil(t, c, "another secret")

	quiet := NewListener(Config{}, 1, nil) // it has sent no cookie
	c, _, _ = quiet.Receive(epoch, server, client, &Segment{Seq: 501, Ack: reply.Seq + 1, Flags: ACK})
	require.Nil(t, c)

	full := flooded(t, Config{}, nil)
	_, reply, _ = full.Receive(epoch, server, client, &Segment{Seq: 500, Flags: SYN, Window: 1000})
	full.Queued(1)
	c, _, ok := full.Receive(epoch, server, client, &Segment{Seq: 501, Ack: reply.Seq + 1, Flags: ACK})
	require.Nil(t, c, "nobody accepts it")
	require.False(t, ok, "it may, when it is sent again")
	_, _, ok = full.Receive(epoch, server, client, &Segment{Seq: 600, Flags: SYN})
	require.False(t, ok)
	require.Equal(t, 2, full.Dropped())

	off := flooded(t, Config{NoSYNCookies: true}, nil)
	_, _, ok = off.Receive(epoch, server, client, &Segment{Seq: 500, Flags: SYN})
	require.False(t, ok)
	require.Equal(t, 1, off.Dropped())
}

// The timestamp of a cookie is never later than the clock: timestamps go on rising (RFC 7323, Section 5.4).
func TestCookieStamp(t *testing.T) {
	c := &Conn{scaling: true, sackOK: true}
	c.snd.shift = 9
	for _, clock := range []uint32{0, 1, 24, 25, 26, 63, 64, 1000, 1<<32 - 1} {
		stamp := cookieStamp(clock, c)
		require.EqualValues(t, cookieSACK|9, stamp&cookieOptions)
		require.LessOrEqual(t, clock-stamp, uint32(64))
	}
}
