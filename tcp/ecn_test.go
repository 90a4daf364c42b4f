package tcp

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 3168, Section 6.1.1: who asks with ECE and CWR is answered with ECE.
// SHLD-8
func TestECNIsNegotiated(t *testing.T) {
	for _, test := range []struct {
		client, server ECN
		want           bool
	}{
		{ECNAlways, ECNIfAsked, true},
		{ECNAlways, ECNAlways, true},
		{ECNAlways, ECNNever, false},
		{ECNIfAsked, ECNAlways, false},
		{ECNNever, ECNIfAsked, false},
	} {
		a, b := Config{ECN: test.client}, Config{ECN: test.server}
		c := Dial(epoch, a, client, server, nil)
		var syn, synACK Segment
		require.True(t, c.Next(epoch, &syn))
		require.Equal(t, test.client == ECNAlways, syn.Flags == SYN|ECE|CWR)
		require.Zero(t, syn.ECN, "no SYN may be marked: Section 6.1.1")
		d, _, _ := NewListener(b, 0, nil).Receive(epoch, server, client, &syn)
		require.True(t, d.Next(epoch, &synACK))
		require.Equal(t, test.want, synACK.Flags == SYN|ACK|ECE)
		c.Receive(epoch, &synACK)
		require.Equal(t, [...]bool{test.want, test.want}, [...]bool{c.Snapshot().ECN, d.Snapshot().ECN})
	}
	// Section 6.1.1.1: what is sent again does not ask, and a SYN-ACK with both bits is no answer.
	s := &script{t: t, now: epoch}
	s.c = Dial(s.now, Config{ECN: ECNAlways}, client, server, nil)
	require.Equal(t, SYN|ECE|CWR, s.one().flags)
	require.Equal(t, SYN, s.wait(time.Second)[0].flags)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK | ECE, Window: peerWindow})
	require.False(t, s.c.Snapshot().ECN)
	s.c = Dial(s.now, Config{ECN: ECNAlways}, client, server, nil)
	s.outs()
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK | ECE | CWR, Window: peerWindow})
	require.False(t, s.c.Snapshot().ECN)
}

// marking returns a connection whose two ends understand ECN.
func markable(t *testing.T, cfg Config) *script {
	cfg.ECN = ECNAlways
	s := &script{t: t, now: epoch}
	s.c = Dial(s.now, cfg, client, server, tracer(&s.events))
	s.one()
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK | ECE, Window: peerWindow, Options: Options{MSS: 1000}})
	require.Zero(t, s.one().ecn, "Section 6.1.4: an acknowledgment may not be marked")
	return s
}

// marked delivers data with the ECN field of the IP header.
func (s *script) marked(flags Flags, seq int64, ecn uint8, data string) out {
	s.receive(Segment{Seq: Seq(peerISS + uint32(seq)), Ack: s.c.snd.una, Flags: ACK | flags, Window: peerWindow, ECN: ecn, Payload: []byte(data)})
	return s.one()
}

// RFC 3168, Section 6.1.3: the receiver echoes a mark until it hears CWR.
func TestECNReceiver(t *testing.T) {
	s := markable(t, Config{NoDelayedACK: true})
	require.Equal(t, ACK, s.marked(0, 1, ECT0, "a").flags)
	require.Equal(t, ACK|ECE, s.marked(0, 2, CE, "b").flags)
	require.Equal(t, ACK|ECE, s.marked(0, 3, ECT0, "c").flags)
	require.Equal(t, ACK|PSH|ECE, s.write(10)[0].flags, "data tells it, too")
	require.Equal(t, ACK, s.marked(CWR, 4, ECT0, "d").flags)
	require.Equal(t, ACK|ECE, s.marked(CWR, 5, CE, "e").flags, "marked again")
	require.EqualValues(t, 2, s.c.Snapshot().Counters.Marked)
	require.Len(t, s.said(trace.Note), 2)

	s = established(t, Config{NoDelayedACK: true})
	require.Equal(t, ACK, s.marked(0, 1, CE, "a").flags, "they had not agreed on ECN")
}

// RFC 3168, Section 6.1.2: the echo reduces the window once in a round trip, nothing is sent again, and the next new data
// says CWR. Section 6.1.5: what is sent again may not be marked.
func TestECNSender(t *testing.T) {
	s := markable(t, Config{})
	for i, o := range s.write(60_000) {
		require.Equal(t, ECT0, o.ecn, i)
	}
	s.in(ACK|ECE, 1, 1001, "")
	require.Empty(t, s.outs())
	require.Equal(t, [2]int{7000, 7000}, s.cwnd())
	require.Equal(t, []string{"hears that a router has marked a packet; CUBIC leaves 7 tenths of 10000 bytes, 7000"}, s.said(trace.Congestion)[:1])
	s.in(ACK|ECE, 1, 2001, "")
	s.in(ACK|ECE, 1, 4001, "")
	require.GreaterOrEqual(t, s.cwnd()[0], 7000, "once")
	next := s.outs()
	require.Equal(t, ACK|CWR, next[0].flags)
	s.in(ACK|ECE, 1, 10_001, "")
	require.GreaterOrEqual(t, s.cwnd()[0], 7000, "what it answers was sent before the reduction")
	s.outs()
	s.in(ACK|ECE, 1, 11_001, "")
	require.Less(t, s.cwnd()[0], 7000)
	require.EqualValues(t, 2, s.c.Snapshot().Counters.MarksEchoed)
	require.Zero(t, s.c.Snapshot().Counters.Retransmissions)
	for _, o := range s.wait(time.Second) {
		require.Zero(t, o.ecn, "a retransmission")
	}
}

// RFC 3168, Section 6.1.6: a window probe may not be marked.
func TestECNProbe(t *testing.T) {
	s := markable(t, Config{})
	s.inWindow(ACK, 1, 1, "", 0)
	require.Empty(t, s.write(10))
	require.Zero(t, s.wait(time.Second)[0].ecn)
}

// RFC 9293, Section 3.8.5: sending urgent data. The pointer is behind its end (MUST-62), however long it is (MUST-31), also
// while the window is closed.
// MUST-30, MUST-31, MUST-62
func TestSendUrgent(t *testing.T) {
	s := established(t, Config{})
	n, err := s.c.WriteUrgent(s.now, []byte("urgent"))
	require.NoError(t, err)
	require.Equal(t, 6, n)
	o := s.one()
	require.Equal(t, ACK|PSH|URG, o.flags)
	require.Equal(t, 6, o.urgent)
	s.in(ACK, 1, 7, "")
	require.Equal(t, ACK|PSH, s.write(10)[0].flags)
	s.in(ACK, 1, 17, "")

	_, err = s.c.WriteUrgent(s.now, []byte(strings.Repeat("x", 100_000)))
	require.NoError(t, err)
	all := s.outs()
	require.Equal(t, 0xffff, all[0].urgent, "as far as the field goes")
	require.Equal(t, URG, all[len(all)-1].flags&URG)

	s = established(t, Config{})
	s.inWindow(ACK, 1, 1, "", 0)
	_, err = s.c.WriteUrgent(s.now, []byte("now"))
	require.NoError(t, err)
	o = s.one()
	require.Equal(t, ACK|URG, o.flags)
	require.Empty(t, o.data)
	require.Equal(t, 3, o.urgent)
	require.Equal(t, "says that urgent data waits: the peer's window has no room for it", text(o.why))
}

// RFC 9293, Section 3.10.7.2 and Section 3.10.7.3: data and a FIN beside a SYN are kept until the connection is
// established, and need not be sent again.
func TestDataOnSYN(t *testing.T) {
	s := &script{t: t, now: epoch}
	l := NewListener(Config{}, 0, tracer(&s.events))
	s.c, _, _ = l.Receive(s.now, client, server, &Segment{Seq: peerISS, Flags: SYN | FIN, Window: peerWindow, Payload: []byte("early")})
	require.EqualValues(t, 1, s.one().ack, "only the SYN is acknowledged yet")
	require.False(t, s.c.Readable())
	s.in(ACK, 1, 1, "")
	require.Equal(t, CloseWait, s.c.State())
	require.EqualValues(t, 7, s.one().ack)
	require.Equal(t, "early", s.read())

	s = &script{t: t, now: epoch}
	l = NewListener(Config{}, 0, nil)
	s.c, _, _ = l.Receive(s.now, client, server, &Segment{Seq: peerISS, Flags: SYN, Window: peerWindow, Payload: []byte("early")})
	s.outs()
	s.in(ACK, 1, 1, "early and late")
	require.Equal(t, "early and late", s.read())

	s = dialling(t, Config{}) // with the SYN-ACK
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK | FIN, Window: peerWindow, Payload: []byte("early")})
	require.Equal(t, CloseWait, s.c.State())
	require.EqualValues(t, 7, s.one().ack)
	require.Equal(t, "early", s.read())

	s = dialling(t, Config{}) // with the SYN of a simultaneous open
	s.receive(Segment{Seq: peerISS, Flags: SYN, Window: peerWindow, Payload: []byte("early")})
	require.EqualValues(t, 1, s.one().ack)
	s.in(ACK, 1, 1, "")
	require.Equal(t, Established, s.c.State())
	require.Equal(t, "early", s.read())
}
