package timeline_test

import (
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
)

func flow() trace.Flow {
	return trace.Flow{Local: netip.MustParseAddrPort("10.0.0.1:1000"), Remote: netip.MustParseAddrPort("10.0.0.2:80")}
}

// story is a packet lost, sent again, and arriving over a router.
func story(s *timeline.Store) {
	s.Append(trace.Event{Kind: trace.StateChanged, Host: "h1"})                                              // 1
	s.Append(trace.Event{Kind: trace.Sent, Host: "h1", Octets: []byte{1, 2, 3}})                             // 2, packet 1
	s.Append(trace.Event{Kind: trace.Lost, Link: "h1>r1", Packet: 2, Cause: 2})                              // 3
	s.Append(trace.Event{Kind: trace.Sent, Host: "h1", Octets: []byte{1, 2, 3}, Replaces: 2})                // 4, packet 2
	s.Append(trace.Event{Kind: trace.Received, Host: "r1", Packet: 4, Cause: 4, Octets: []byte{1, 2, 3}})    // 5
	s.Append(trace.Event{Kind: trace.Forwarded, Host: "r1", Packet: 4, Cause: 5, Octets: []byte{1, 2, 9}})   // 6
	s.Append(trace.Event{Kind: trace.Received, Host: "h2", Packet: 4, Cause: 6, Octets: []byte{1, 2, 9}})    // 7
	s.Append(trace.Event{Kind: trace.Note, Host: "h2", Say: "reads %d octets", Args: [4]int64{3}, Cause: 7}) // 8
}

func TestPacketsAndTheirFates(t *testing.T) {
	s := timeline.New(0)
	story(s)
	v := s.View()
	require.Equal(t, trace.ID(8), v.Last())
	require.Equal(t, 2, v.Packets())

	p, ok := v.Packet(0)
	require.True(t, ok)
	require.Equal(t, 1, p.Number)
	require.Equal(t, trace.ID(3), p.Lost.ID)
	require.Nil(t, p.Received)
	require.Equal(t, 2, p.Replaced)

	p, ok = v.Packet(1)
	require.True(t, ok)
	require.Equal(t, 1, p.Replaces)
	require.Equal(t, "h2", p.Received.Host, "a router's receipt is not an arrival")
	require.Equal(t, []byte{1, 2, 3}, p.First.Octets)
	require.Equal(t, []byte{1, 2, 9}, p.Received.Octets)
	require.Equal(t, []trace.ID{4, 5, 6, 7}, p.Events)

	_, ok = v.Packet(2)
	require.False(t, ok)
}

func TestAViewThatEndsEarlierKnowsNothingOfTheFuture(t *testing.T) {
	s := timeline.New(0)
	story(s)
	v := s.View().Until(2)
	require.Equal(t, 1, v.Packets())
	p, ok := v.Packet(0)
	require.True(t, ok)
	require.Nil(t, p.Lost)
	require.Zero(t, p.Replaced)
	_, ok = v.Event(3)
	require.False(t, ok)
	require.Equal(t, []trace.ID{1}, v.Milestones())

	p, _ = s.View().Until(5).PacketOf(5)
	require.Equal(t, "r1", p.Received.Host)
	p, _ = s.View().Until(6).PacketOf(5)
	require.Nil(t, p.Received, "on its way again")
}

func TestAViewDoesNotChange(t *testing.T) {
	s := timeline.New(0)
	story(s)
	v := s.View()
	s.Append(trace.Event{Kind: trace.Sent, Octets: []byte{7}})
	require.Equal(t, trace.ID(8), v.Last())
	require.Equal(t, 2, v.Packets())
	_, ok := v.Packet(2)
	require.False(t, ok)
}

func TestMilestones(t *testing.T) {
	s := timeline.New(0)
	story(s)
	v := s.View()
	require.Equal(t, []trace.ID{1, 3, 4}, v.Milestones())
	require.Equal(t, trace.ID(3), v.NextMilestone(1))
	require.Equal(t, trace.ID(4), v.NextMilestone(3))
	require.Zero(t, v.NextMilestone(4))
	require.Equal(t, trace.ID(3), v.PrevMilestone(4))
	require.Zero(t, v.PrevMilestone(1))
}

func TestConnectionStates(t *testing.T) {
	s := timeline.New(0)
	story(s)
	key := timeline.ConnKey{Host: "h1", Flow: flow()}
	s.Conn("h1", 2, flow(), tcp.Snapshot{State: tcp.SynSent})
	s.Conn("h1", 7, flow(), tcp.Snapshot{State: tcp.Established})
	v := s.View()
	now, before, ok := v.Conn(key)
	require.True(t, ok)
	require.Equal(t, tcp.Established, now.State)
	require.Equal(t, tcp.SynSent, before.State)
	require.Equal(t, []timeline.ConnKey{key}, v.Conns())

	now, _, ok = v.Until(6).Conn(key)
	require.True(t, ok)
	require.Equal(t, tcp.SynSent, now.State)
	_, _, ok = v.Until(1).Conn(key)
	require.False(t, ok)
	require.Empty(t, v.Until(1).Conns())
}

func TestALimitedStoreForgetsItsOldestEventsAndCountsThem(t *testing.T) {
	s := timeline.New(1 << 20)
	octets := make([]byte, 1500)
	old := s.View()
	for i := range 20000 {
		octets[0], octets[1] = byte(i), byte(i>>8)
		id := s.Append(trace.Event{Kind: trace.Sent, Octets: octets, At: time.Unix(int64(i), 0)})
		s.Append(trace.Event{Kind: trace.Lost, Packet: id})
		s.Conn("h1", id, flow(), tcp.Snapshot{State: tcp.Established})
		if i == 10 {
			old = s.View()
		}
	}
	v := s.View()
	require.Equal(t, trace.ID(40000), v.Last())
	require.Greater(t, v.Forgotten(), uint64(30000))
	require.Equal(t, trace.ID(v.Forgotten()+1), v.First())
	_, ok := v.Event(1)
	require.False(t, ok)
	e, ok := v.Event(v.First())
	require.True(t, ok)
	require.Equal(t, v.First(), e.ID)

	n := v.Packets()
	require.InDelta(t, 600, n, 400, "about a mebibyte of packets of 1500 octets")
	last, ok := v.Packet(n - 1)
	require.True(t, ok)
	require.Equal(t, 20000, last.Number)
	require.NotNil(t, last.Lost)
	require.Equal(t, n-1, v.Index(last))
	first, ok := v.Packet(0)
	require.True(t, ok)
	require.Equal(t, 20000-n+1, first.Number)

	_, ok = old.Packet(0)
	require.False(t, ok, "forgotten since, and said so")
	e, ok = old.Event(1)
	require.True(t, ok, "a view keeps its own events")
	require.Equal(t, trace.Sent, e.Kind)
}

func TestADiscardedSegmentIsThatOfThePacketThatArrived(t *testing.T) {
	s := timeline.New(0)
	story(s)
	s.Append(trace.Event{Kind: trace.Discarded, Host: "h2", Cause: 7}) // 9
	s.Append(trace.Event{Kind: trace.Discarded, Host: "h2", Cause: 8}) // 10, of no arrival
	s.Append(trace.Event{Kind: trace.Discarded, Host: "h2", Cause: 7})
	v := s.View()
	p, ok := v.PacketOf(9)
	require.True(t, ok)
	require.Equal(t, trace.ID(9), p.Discarded.ID)
	require.Equal(t, 2, p.Number)
	_, ok = v.PacketOf(10)
	require.False(t, ok)
}

func TestUnchangedOctetsAreStoredOnce(t *testing.T) {
	s := timeline.New(0)
	story(s)
	v := s.View()
	a, _ := v.Event(4)
	b, _ := v.Event(5)
	c, _ := v.Event(6)
	require.Same(t, &a.Octets[0], &b.Octets[0])
	require.NotSame(t, &a.Octets[0], &c.Octets[0])
}

func TestTheCallersOctetsAreCopied(t *testing.T) {
	s := timeline.New(0)
	octets := []byte{1}
	s.Append(trace.Event{Kind: trace.Sent, Octets: octets})
	octets[0] = 2
	e, _ := s.View().Event(1)
	require.Equal(t, []byte{1}, e.Octets)
}

func TestReadersAndWritersAtOnce(t *testing.T) {
	s := timeline.New(1 << 18)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for range 3000 {
				id := s.Append(trace.Event{Kind: trace.Sent, Octets: make([]byte, 100)})
				s.Append(trace.Event{Kind: trace.Received, Packet: id})
				s.Conn("h1", id, flow(), tcp.Snapshot{State: tcp.Established})
			}
		})
	}
	wg.Go(func() {
		for range 300 {
			v := s.View()
			for i := range min(20, v.Packets()) {
				if p, ok := v.Packet(i); ok {
					require.NotNil(t, p.First)
				}
			}
			v.Milestones()
			v.Conns()
		}
	})
	wg.Wait()
	require.Equal(t, trace.ID(12000), s.View().Last())
}

func BenchmarkAppend(b *testing.B) {
	s := timeline.New(64 << 20)
	octets := make([]byte, 1500)
	b.ReportAllocs()
	for b.Loop() {
		id := s.Append(trace.Event{Kind: trace.Sent, Octets: octets})
		s.Append(trace.Event{Kind: trace.Received, Packet: id, Octets: octets})
	}
}
