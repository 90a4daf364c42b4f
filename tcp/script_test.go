package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/trace"
)

// script drives one connection by hand; the test plays its peer. Sequence numbers are relative: both
// ends' first octet of data is 1.
type script struct {
	t      *testing.T
	now    time.Time
	c      *Conn
	events []trace.Event
	packet int // counts what was sent, for Traced
}

const (
	peerISS    = 0xfffffff0 // so that the peer's numbers wrap around soon
	peerWindow = 60000
)

// out is a segment that the connection sent, with relative numbers.
type out struct {
	flags    Flags
	seq, ack int64
	data     string
	window   int
	urgent   int
	ecn      uint8
	why      trace.Reason
	options  Options
}

// dialling returns a connection in SYN-SENT whose SYN was sent.
func dialling(t *testing.T, cfg Config) *script {
	s := &script{t: t, now: epoch}
	s.c = Dial(s.now, cfg, client, server, tracer(&s.events))
	require.Equal(t, SYN, s.one().flags)
	return s
}

// established returns a connection in ESTABLISHED with a peer that takes segments of 1000 octets.
func established(t *testing.T, cfg Config) *script {
	return establishedWith(t, cfg, Options{MSS: 1000})
}

func establishedWith(t *testing.T, cfg Config, o Options) *script {
	s := dialling(t, cfg)
	s.receive(Segment{Seq: peerISS, Ack: s.c.snd.nxt, Flags: SYN | ACK, Window: peerWindow, Options: o})
	require.Equal(t, ACK, s.one().flags)
	require.Equal(t, Established, s.c.State())
	return s
}

func (s *script) receive(seg Segment) {
	seg.SrcPort, seg.DstPort = server.Port(), client.Port()
	seg.Cause = trace.ID(1_000_000 + len(s.events))
	s.c.Receive(s.now, &seg)
	invariants(s.t, s.c)
}

// in delivers a segment with relative numbers and the peer's usual window.
func (s *script) in(flags Flags, seq, ack int64, data string) {
	s.inWindow(flags, seq, ack, data, peerWindow)
}

func (s *script) inWindow(flags Flags, seq, ack int64, data string, window uint16) {
	s.receive(Segment{Seq: Seq(peerISS + uint32(seq)), Ack: s.c.snd.iss + Seq(ack), Flags: flags, Window: window, Payload: []byte(data)})
}

// outs takes all that the connection wants to send now.
func (s *script) outs() (all []out) {
	var seg Segment
	for s.c.Next(s.now, &seg) {
		s.packet++
		s.c.Traced(trace.ID(2_000_000 + s.packet))
		o := out{
			flags: seg.Flags, seq: int64(seg.Seq - s.c.snd.iss), data: string(seg.Payload),
			window: int(seg.Window), why: seg.Why, options: seg.Options, urgent: int(seg.Urgent), ecn: seg.ECN,
		}
		if seg.Flags&ACK != 0 {
			o.ack = int64(seg.Ack - peerISS)
		}
		all = append(all, o)
		require.Less(s.t, len(all), 10_000)
	}
	if d := s.c.Deadline(); !d.IsZero() {
		require.False(s.t, d.Before(s.now), "deadline in the past")
	}
	invariants(s.t, s.c)
	return all
}

func (s *script) one() out {
	s.t.Helper()
	all := s.outs()
	require.Len(s.t, all, 1)
	return all[0]
}

func (s *script) none() {
	s.t.Helper()
	require.Empty(s.t, s.outs())
}

// write queues n octets and returns what is sent.
func (s *script) write(n int) []out {
	k, err := s.c.Write(s.now, make([]byte, n))
	require.NoError(s.t, err)
	require.Equal(s.t, n, k)
	return s.outs()
}

// wait lets time pass, from deadline to deadline, and returns what is sent meanwhile.
func (s *script) wait(d time.Duration) (all []out) {
	end := s.now.Add(d)
	for {
		next := s.c.Deadline()
		if next.IsZero() || next.After(end) {
			break
		}
		s.now = next
		s.c.Advance(s.now)
		all = append(all, s.outs()...)
	}
	s.now = end
	return all
}

// read reads all there is.
func (s *script) read() string {
	b := make([]byte, 1<<20)
	n, err := s.c.Read(s.now, b)
	require.NoError(s.t, err)
	return string(b[:n])
}

// said returns the sentences of the events of a kind.
func (s *script) said(kind trace.Kind) (all []string) {
	for i := range s.events {
		if s.events[i].Kind == kind {
			all = append(all, s.events[i].Text())
		}
	}
	return all
}

func text(r trace.Reason) string { return (&trace.Event{Say: r.Say, Args: r.Args}).Text() }

func lens(all []out) (n []int) {
	for _, o := range all {
		n = append(n, len(o.data))
	}
	return n
}
