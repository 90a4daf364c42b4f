package sim_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/link"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

var errOver = errors.New("the test is over")

// runLive runs labs whose ways out are joined by a cable, for a time. It is called in a bubble of synctest, whose clock jumps.
func runLive(t *testing.T, forTime time.Duration, labs ...*sim.Live) {
	t.Helper()
	a, b := link.Memory(1500)
	require.NoError(t, labs[0].Attach("world", a))
	if len(labs) > 1 {
		require.NoError(t, labs[1].Attach("world", b))
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), forTime, errOver)
	defer cancel()
	ended := make(chan error)
	for _, l := range labs {
		go func() { ended <- l.Run(ctx) }()
	}
	for range labs {
		require.ErrorIs(t, <-ended, errOver)
	}
}

func liveLab(t *testing.T, name string, change ...string) *sim.Live {
	t.Helper()
	b, err := labs.Open(name)
	require.NoError(t, err)
	l, err := sim.NewLive(parse(t, strings.NewReplacer(change...).Replace(string(b))), sim.Options{}, 1<<24)
	require.NoError(t, err)
	return l
}

// sentences returns all that a run has told.
func sentences(s *timeline.Store) string {
	var b strings.Builder
	v := s.View()
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		b.WriteString(e.Host + " " + e.Text() + "\n")
	}
	return b.String()
}

func TestTwoLabsInRealTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left, right := liveLab(t, "tunnel-left"), liveLab(t, "tunnel-right")
		runLive(t, 20*time.Second, left, right)
		told := sentences(left.Store())
		require.Contains(t, told, "h1 got 4 replies to 4 echo requests")
		require.Contains(t, told, "h1 got the answer 200 OK")
		require.Contains(t, told, "world brings in a packet of 84 octets")
		require.Contains(t, told, "world takes a packet of 84 octets out of the lab")
		require.NotContains(t, told, "still waits")
		require.NotContains(t, told, "addresses of their own")
		require.Contains(t, sentences(right.Store()), "h2 answers echo request 1")

		e, ok := left.Store().View().Event(1)
		require.True(t, ok)
		require.Equal(t, left.Start().Add(time.Second), e.At, "time is that of the machine")
	})
}

func TestALiveLabTakesChangesWhileItRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left, right := liveLab(t, "tunnel-left"), liveLab(t, "tunnel-right")
		time.AfterFunc(500*time.Millisecond, func() {
			require.NoError(t, left.Do(func(n *sim.Network) {
				require.NoError(t, n.Input(sim.Input{Link: "r1-world", Faults: &link.Faults{Loss: 1}}))
			}))
		})
		runLive(t, 20*time.Second, left, right)
		require.Contains(t, sentences(left.Store()), "ping 10.2.2.20 fails: no reply to 4 echo requests")
		require.NotContains(t, sentences(right.Store()), "brings in")
		require.ErrorIs(t, left.Do(func(*sim.Network) {}), link.ErrClosed)
		require.Len(t, left.Changes(), 1)
	})
}

// Two labs that have the same addresses cannot be joined, and are told so.
func TestLabsWhoseAddressesClash(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := liveLab(t, "tunnel-left")
		right := liveLab(t, "tunnel-right", "10.2.2.20", "10.1.1.10", "10.2.2.1/", "10.1.1.1/", "do: http-server", "do: ping, to: 10.1.7.7")
		left.Met("world", right.Greeting("world"))
		right.Met("world", "10.9.9.1/24")
		runLive(t, 5*time.Second, left, right)
		require.Equal(t, "10.0.0.1/30", left.Greeting("world"))
		require.NotContains(t, sentences(left.Store()), "the other lab's end of the link")
		require.Contains(t, sentences(right.Store()), "the other lab's end of the link is 10.9.9.1/24, but this lab takes it for 10.0.0.1/30")
		require.Equal(t, 1, strings.Count(sentences(left.Store()), "a packet from 10.1.1.10, which is h1's address here"), sentences(left.Store()))
	})
}

// What comes from outside need not be a packet.
func TestALiveLabSurvivesWhateverComesIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := link.Memory(1500)
		l := liveLab(t, "tunnel-left")
		require.NoError(t, l.Attach("world", a))
		require.Error(t, l.Attach("h1", a))
		for _, octets := range [][]byte{{}, {0x45}, make([]byte, 1500), []byte("GET / HTTP/1.1\r\n\r\n"), {0x60, 0, 0, 0}} {
			require.NoError(t, b.Write([]link.Packet{{Octets: octets}}))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, l.Run(ctx), context.DeadlineExceeded)
		require.Equal(t, 5, strings.Count(sentences(l.Store()), "world brings in a packet"))
	})
}

// In a simulation nobody is behind the way out, and the run is the same each time as any other.
func TestAWayOutInASimulation(t *testing.T) {
	b, err := labs.Open("tunnel-left")
	require.NoError(t, err)
	n, err := sim.New(parse(t, string(b)), sim.Options{})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	require.Positive(t, count(n, trace.Discarded, "leads out of the lab, and in a simulation nobody is there"))
	require.Error(t, n.Go("world", "x", nil))
}

func TestParseTunnelFlag(t *testing.T) {
	name, spec, err := sim.ParseTunnel("world:listen=:7001,peer=[::1]:7002,key-file=secret")
	require.NoError(t, err)
	require.Equal(t, "world", name)
	require.Equal(t, sim.TunnelSpec{Listen: netip.MustParseAddrPort("[::]:7001"), Peer: netip.MustParseAddrPort("[::1]:7002"), KeyFile: "secret"}, spec)
	for text, want := range map[string]string{
		"listen=:7001":                            "names no way out",
		"world:listn=:7001":                       `did you mean "listen"?`,
		"world:peer=127.0.0.1:1":                  "say where to listen",
		"world:listen=:7001":                      "needs its peer",
		"world:listen=7001,peer=127.0.0.1:1":      "is not an address and a port",
		"world:listen=:7001,peer=:7002":           "is not an address and a port",
		"world:listen=127.0.0.1:99999,key-file=x": "is not an address and a port",
	} {
		_, _, err := sim.ParseTunnel(text)
		require.ErrorContains(t, err, want, text)
	}
}
