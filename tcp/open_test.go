package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// RFC 9293, Section 3.5, Figure 6, from the active side, with RFC 7323, Section 2: both SYNs scale windows.
// MUST-14, MUST-43
func TestActiveOpen(t *testing.T) {
	s := &script{t: t, now: epoch}
	s.c = Dial(s.now, Config{}, client, server, tracer(&s.events))
	syn := s.one()
	require.Equal(t, Options{MSS: 1460, WindowScale: 6, SACKPermitted: true, Timestamps: true, TSVal: s.c.ts.base}, syn.options)
	require.Equal(t, 65535, syn.window)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: 1000, Options: Options{MSS: 900, WindowScale: 3}})
	require.Equal(t, 32768, s.one().window, "1 MiB in units of 32 octets")
	require.Equal(t, 1000, s.c.snd.wnd, "the window of a SYN is not scaled")
	require.Equal(t, 900, s.c.snd.mss)
	s.inWindow(ACK, 1, 1, "", 1000)
	require.Equal(t, 4000, s.c.snd.wnd, "that of others is: shift count 2")
}

// RFC 9293, Section 3.10.7.2 and Section 3.10.7.1: LISTEN and CLOSED.
// MUST-15
func TestListen(t *testing.T) {
	l := NewListener(Config{NoSYNCookies: true}, 1, nil)
	_, _, ok := l.Receive(epoch, server, client, &Segment{Flags: RST})
	require.False(t, ok, "an RST is ignored")
	_, reply, ok := l.Receive(epoch, server, client, &Segment{SrcPort: 40001, DstPort: 80, Ack: 5, Flags: ACK})
	require.True(t, ok)
	require.Equal(t, [...]any{RST, Seq(5), uint16(80)}, [...]any{reply.Flags, reply.Seq, reply.SrcPort})

	syn := Segment{Seq: 100, Flags: SYN, Window: 5000}
	c, _, _ := l.Receive(epoch, server, client, &syn)
	var seg Segment
	require.True(t, c.Next(epoch, &seg))
	require.Equal(t, SYN|ACK, seg.Flags)
	require.Equal(t, Options{MSS: 1460}, seg.Options, "no window scale: the SYN had none")
	require.Equal(t, 536, c.snd.mss, "MUST-15")
	c, _, _ = l.Receive(epoch, server, client, &syn)
	require.Nil(t, c, "the backlog is bounded")
	require.Equal(t, 1, l.Dropped())
	l.Leave()
	c, _, _ = l.Receive(epoch, server, client, &syn)
	require.NotNil(t, c)

	_, ok = ReplyClosed(&Segment{Flags: RST | ACK})
	require.False(t, ok)
	reply, _ = ReplyClosed(&Segment{Seq: 10, Flags: SYN, Payload: []byte("abc")})
	require.Equal(t, [...]any{RST | ACK, Seq(0), Seq(14)}, [...]any{reply.Flags, reply.Seq, reply.Ack})
}

// RFC 9293, Section 3.10.7.3: SYN-SENT.
func TestSynSent(t *testing.T) {
	s := dialling(t, Config{})
	s.in(SYN|ACK, 0, 9, "")
	rst := s.one()
	require.Equal(t, RST, rst.flags)
	require.EqualValues(t, 9, rst.seq)
	s.in(RST, 0, 0, "")
	s.in(ACK, 1, 1, "data")
	require.Equal(t, SynSent, s.c.State())
	s.in(RST|ACK, 0, 1, "")
	require.Equal(t, ErrRefused, s.c.Err())
	s.none()
}

// RFC 6298, Section 5: a SYN goes again; then the RTO is 3 seconds (5.7), and one segment may be in flight.
// MUST-22
func TestSYNIsSentAgain(t *testing.T) {
	s := dialling(t, Config{})
	require.Empty(t, s.wait(999*time.Millisecond))
	again := s.wait(time.Millisecond)
	require.Equal(t, "sends SYN again: no acknowledgment within 1000 ms", text(again[0].why))
	require.EqualValues(t, 2_000_001, again[0].why.Replaces)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: Options{MSS: 1000}})
	s.one()
	require.Equal(t, 3*time.Second, s.c.Snapshot().RTO)
	require.Equal(t, 1000, s.c.Snapshot().Cwnd)
}

// RFC 6528, Section 3: numbers depend on time, on the connection and on the secret.
// MUST-8, MUST-9, SHLD-1
func TestInitialSequence(t *testing.T) {
	var secret [16]byte
	flow := trace.Flow{Local: client, Remote: server}
	iss, offset := initialSequence(epoch, &Config{Secret: secret}, flow)
	later, same := initialSequence(epoch.Add(time.Second), &Config{Secret: secret}, flow)
	require.Equal(t, iss.Add(250_000), later, "4 microseconds a number")
	require.Equal(t, offset, same)
	other, of := initialSequence(epoch, &Config{Secret: secret}, flow.Reverse())
	require.NotEqual(t, iss, other)
	require.NotEqual(t, offset, of)
	secret[0] = 1
	other, of = initialSequence(epoch, &Config{Secret: secret}, flow)
	require.NotEqual(t, iss, other)
	require.NotEqual(t, offset, of)

	// Without the secret a blind attacker needs only a clock.
	plain, _ := initialSequence(epoch, &Config{Secret: secret, NoSecretISN: true}, flow)
	other, _ = initialSequence(epoch, &Config{NoSecretISN: true}, flow.Reverse())
	require.Equal(t, plain, other)
}

// RFC 9293, Section 3.7.4: the Nagle algorithm.
// MAY-16, SHLD-7, MUST-17
func TestNagle(t *testing.T) {
	s := established(t, Config{})
	require.Equal(t, []int{1}, lens(s.write(1)), "nothing is in flight")
	require.Empty(t, s.write(11))
	require.Equal(t, []int{1000}, lens(s.write(1000)), "a full segment goes")
	s.c.SetNoDelay(true)
	require.Equal(t, []int{11}, lens(s.outs()))
}

// RFC 9293, Section 3.8.6.2.1: a small window is not used, but for no longer than the override timeout.
// MUST-38
func TestSenderAvoidsSillyWindow(t *testing.T) {
	s := established(t, Config{})
	s.inWindow(ACK, 1, 1, "", 300)
	require.Empty(t, s.write(5000))
	require.Equal(t, []int{300}, lens(s.wait(time.Second)))

	s = established(t, Config{NoSWSAvoidance: true})
	s.inWindow(ACK, 1, 1, "", 300)
	require.Equal(t, []int{300}, lens(s.write(5000)))
}

// RFC 9293, Section 3.8.4: keep-alives.
// MAY-5, MUST-24, MUST-25, MUST-26, MUST-27, MUST-28, MUST-29, SHLD-12
func TestKeepAlive(t *testing.T) {
	s := established(t, Config{})
	require.Empty(t, s.wait(24*time.Hour), "off by default (MUST-25)")
	s.c.SetKeepAlive(s.now, true, 0)
	require.Empty(t, s.wait(2*time.Hour-time.Second), "two hours by default (MUST-28)")
	probe := s.wait(time.Second)
	require.Len(t, probe, 1)
	require.Zero(t, probe[0].seq, "SND.NXT-1")
	s.in(ACK, 1, 1, "")
	require.Len(t, s.wait(2*time.Hour), 1, "the answer began the silence again")
	s.wait(time.Hour)
	require.Equal(t, ErrTimeout, s.c.Err())
}
