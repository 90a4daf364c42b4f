package sim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/sim"
	"netlab/trace"
)

// The lab's clients share one address: the server sees nothing else, and each gets its own answers.
func TestNATLab(t *testing.T) {
	n, err := sim.New(lab(t, "nat"), sim.Options{})
	require.NoError(t, err)
	defer n.Close()
	n.RunUntil(10 * time.Second)
	require.NoError(t, n.Err())
	require.Equal(t, 2, count(n, trace.Note, "got 1 reply to 1 echo request"))
	require.Equal(t, 1, count(n, trace.Note, "got 1 answer to 1 datagram"))
	require.Equal(t, 1, count(n, trace.Note, "got the answer 200 OK with 2000 octets"))
	require.Equal(t, 1, count(n, trace.Note, "got 0 answers to 1 datagram"), "the unsolicited one")
	require.Equal(t, 1, count(n, trace.Discarded, "nobody inside has a session that it could belong to"))
	require.Equal(t, 2, count(n, trace.Note, "got the answer 200 OK with 100 octets"), "through the forwarded port, from outside and from inside")
	require.NotEmpty(t, n.Host("r1").NATSessions())

	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		if e.Kind == trace.Received && e.Host == "s1" && !e.Flow.IsZero() {
			require.Equal(t, "203.0.113.1", e.Flow.Remote.Addr().String(), "the server sees the router's address alone")
		}
	}
	n.RunUntil(time.Hour)
	require.True(t, n.Done())
	require.Empty(t, n.Host("r1").NATSessions(), "sessions end when they are silent")
	require.NotZero(t, count(n, trace.Note, "forgets that"))
}

func TestNATKinds(t *testing.T) {
	const file = `
hosts:
  h1: {role: client}
  r1: {role: router, nat: {outside: r1-r2, mapping: MAPPING}}
  r2: {role: router}
  s1: {role: server}
  s2: {role: server}
links: {h1-r1: {}, r1-r2: {}, r2-s1: {}, r2-s2: {}}
apps:
  - {host: s1, do: udp-echo-server}
  - {host: s2, do: udp-echo-server}
  - {host: h1, do: ping, to: s1, count: 1}
  - {host: h1, do: ping, to: s2, count: 1}
  - {host: s1, at: 1s, do: ping, to: h1, count: 1}
`
	for kind, mappings := range map[string]int{"endpoint-independent": 1, "address-dependent": 2} {
		topology, err := sim.Parse("x.yaml", []byte(strings.Replace(file, "MAPPING", kind, 1)))
		require.NoError(t, err)
		n, err := sim.New(topology, sim.Options{})
		require.NoError(t, err)
		n.RunUntil(20 * time.Second)
		require.ErrorContains(t, n.Err(), "s1: ping h1", "nobody outside has a route to the inside")
		ports := map[uint16]bool{}
		for _, s := range n.Host("r1").NATSessions() {
			ports[s.Outside.Port()] = true
		}
		require.Len(t, ports, mappings, kind)
		n.Close()
	}
}
