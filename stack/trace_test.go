package stack

import (
	"net/netip"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
)

// recorder is a stream of events that keeps them all.
type recorder struct {
	mu     sync.Mutex
	events []trace.Event
	snaps  []tcp.State
}

func (r *recorder) config(host string) Config {
	return Config{Seed: 1, Trace: trace.New(host, r.emit), Snap: r.snap}
}

func (r *recorder) emit(e trace.Event) trace.ID {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.ID = trace.ID(len(r.events) + 1)
	e.Octets = append([]byte(nil), e.Octets...)
	if e.Packet == 0 && (e.Kind == trace.Sent || e.Kind == trace.Received) {
		e.Packet = e.ID
	}
	r.events = append(r.events, e)
	return e.ID
}

func (r *recorder) snap(id trace.ID, f trace.Flow, s tcp.Snapshot) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.snaps = append(r.snaps, s.State)
}

func TestEveryPacketHasAReasonAndAnOrigin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		p := newPair(t, r.config("a"), r.config("b"))
		client, server := p.connect(t)
		sent := send(client, make([]byte, 20_000))
		require.Len(t, readAll(t, server), 20_000)
		require.NoError(t, <-sent)
		require.NoError(t, server.Close())
		synctest.Wait()

		r.mu.Lock()
		defer r.mu.Unlock()
		kinds := map[trace.Kind]int{}
		for i, e := range r.events {
			kinds[e.Kind]++
			require.Less(t, int(e.Cause), i+1, "a cause comes before: %s", e.Text())
			switch e.Kind {
			case trace.Sent:
				require.NotEmpty(t, e.Say, "no reason: %v", e)
				require.False(t, e.Ref.IsZero(), "no RFC: %s", e.Text())
				require.True(t, e.Flow.Local.IsValid())
			case trace.Received:
				first := r.events[e.Packet-1]
				require.Equal(t, trace.Sent, first.Kind, "a packet is named by its first sending")
				require.Equal(t, first.Octets, e.Octets)
				require.Equal(t, first.Flow, e.Flow.Reverse())
				require.Equal(t, first.ID, e.Cause)
			}
		}
		require.Equal(t, kinds[trace.Sent], kinds[trace.Received])
		require.Equal(t, 4, kinds[trace.Call], "connect, write and close of the client, close of the server: %v", kinds)
		require.Contains(t, r.snaps, tcp.Established)
		require.Contains(t, r.snaps, tcp.LastAck)
	})
}

func TestForwardedPacketsKeepTheirIdentity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		p, _ := throughRouter(t, r.config)
		_, err := p.a.Dial(t.Context(), "tcp", "10.0.2.10:80")
		require.ErrorIs(t, err, tcp.ErrRefused)
		synctest.Wait()

		r.mu.Lock()
		defer r.mu.Unlock()
		forwarded := 0
		for _, e := range r.events {
			if e.Kind == trace.Forwarded {
				forwarded++
				require.Equal(t, trace.Received, r.events[e.Cause-1].Kind)
				require.Equal(t, r.events[e.Cause-1].Packet, e.Packet)
				require.Equal(t, trace.Sent, r.events[e.Packet-1].Kind)
			}
		}
		require.Equal(t, 2, forwarded, "a SYN and its RST")
	})
}

func TestSameSeedSamePackets(t *testing.T) {
	run := func(seed uint64) (octets [][]byte) {
		synctest.Test(t, func(t *testing.T) {
			var r recorder
			cfg := r.config("a")
			cfg.Seed = seed
			p := newPair(t, cfg, Config{Seed: 9})
			_, err := p.a.Dial(t.Context(), "tcp", "10.0.0.2:80")
			require.ErrorIs(t, err, tcp.ErrRefused)
			synctest.Wait()
			r.mu.Lock()
			defer r.mu.Unlock()
			for _, e := range r.events {
				octets = append(octets, e.Octets)
			}
		})
		return octets
	}
	require.Equal(t, run(1), run(1))
	require.NotEqual(t, run(1), run(2))
}

func TestALinksEventsStandBehindThePacketsTheyAreAbout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r recorder
		la, lb := link.Memory(1500)
		bad := link.Impair(la, link.ImpairOptions{Ways: [2]string{"a>b", "b>a"}, Trace: trace.New("", r.emit)})
		p := pair{New(r.config("a")), New(r.config("b"))}
		p.a.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, bad)
		p.b.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, lb)
		defer p.a.Close()
		defer p.b.Close()
		client, server := p.connect(t)
		synctest.Wait() // nothing else happens while the next packets are sent
		bad.DropNext(link.Toward, 3, nil)
		sent := send(client, make([]byte, 20_000))
		require.Len(t, readAll(t, server), 20_000)
		require.NoError(t, <-sent)

		r.mu.Lock()
		defer r.mu.Unlock()
		lost := 0
		for i, e := range r.events {
			if e.Kind == trace.Lost {
				lost++
				require.Equal(t, trace.Sent, r.events[i-1].Kind)
				require.Equal(t, r.events[i-1].Packet, e.Packet)
			}
		}
		require.Equal(t, 3, lost)
	})
}
