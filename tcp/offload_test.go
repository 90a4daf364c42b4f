package tcp

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// offloaded returns the next segment to send as its octets of data, and Segment.Cut.
func (s *script) offloaded() (n, cut int, ok bool) {
	var seg Segment
	ok = s.c.Next(s.now, &seg)
	invariants(s.t, s.c)
	return len(seg.Payload), seg.Cut, ok
}

// Several full segments come at once, and are several all the same: what is lost of them goes again alone.
func TestOffload(t *testing.T) {
	s := established(t, Config{InitialWindow: 10})
	s.c.SetOffload(5000 + maxHeader)
	_, err := s.c.Write(s.now, make([]byte, 7500))
	require.NoError(t, err)
	n, cut, _ := s.offloaded()
	require.Equal(t, [2]int{5000, 1000}, [2]int{n, cut}, "as much as was allowed")
	n, cut, _ = s.offloaded()
	require.Equal(t, [2]int{2000, 1000}, [2]int{n, cut}, "whole segments only")
	_, _, ok := s.offloaded()
	require.False(t, ok, "the rest waits, as Nagle says")
	require.Equal(t, 7, s.c.sent.len())
	require.EqualValues(t, 2+7, s.c.Snapshot().Counters.SegmentsOut, "with SYN and ACK")

	s.now = s.now.Add(100 * time.Millisecond)
	s.in(ACK, 1, 2001, "")
	n, cut, ok = s.offloaded()
	require.False(t, ok, "%d %d", n, cut)
	require.Equal(t, []int{1000}, lens(s.wait(2*time.Second)), "the timeout")
}

// The FIN goes behind them, in a segment of its own or with the last octets.
func TestOffloadAndFIN(t *testing.T) {
	s := established(t, Config{})
	s.c.SetOffload(65535)
	_, err := s.c.Write(s.now, make([]byte, 3500))
	require.NoError(t, err)
	require.NoError(t, s.c.Close(s.now))
	n, cut, _ := s.offloaded()
	require.Equal(t, [2]int{3000, 1000}, [2]int{n, cut})
	out := s.one()
	require.Equal(t, FIN|ACK|PSH, out.flags)
	require.Len(t, out.data, 500)
}

// Neither urgent data nor what the window has no room for goes so.
func TestNoOffload(t *testing.T) {
	for name, set := range map[string]func(c *Conn){
		"none":   func(*Conn) {},
		"urgent": func(c *Conn) { c.SetOffload(65535); c.snd.urgent = true },
		"window": func(c *Conn) { c.SetOffload(65535); c.snd.wnd = 1999 },
		"cwnd":   func(c *Conn) { c.SetOffload(65535); c.cc.cwnd = 1999 },
		"small":  func(c *Conn) { c.SetOffload(1999 + maxHeader) },
		"islands": func(c *Conn) {
			c.SetOffload(65535)
			c.sackOK = true
			c.late.add(c.rcv.nxt.Add(1000), c.rcv.nxt.Add(2000))
		},
	} {
		s := established(t, Config{})
		set(s.c)
		_, err := s.c.Write(s.now, make([]byte, 5000))
		require.NoError(t, err)
		n, cut, ok := s.offloaded()
		require.True(t, ok, name)
		require.Zero(t, cut, name)
		require.LessOrEqual(t, n, 1000, name)
	}
}
