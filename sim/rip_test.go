package sim_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/link"
	"netlab/sim"
	"netlab/trace"
)

// via returns the neighbour through which a host reaches a network.
func via(t *testing.T, n *sim.Network, host, network string) string {
	t.Helper()
	for _, r := range n.Host(host).Routes() {
		if r.Prefix == netip.MustParsePrefix(network) {
			return r.Interface
		}
	}
	return "nowhere"
}

// The lab's four routers find a way, lose it with the cable, find the other, and come back.
func TestRIPConvergesAndSurvivesACutLink(t *testing.T) {
	n, err := sim.New(lab(t, "rip"), sim.Options{})
	require.NoError(t, err)
	defer n.Close()
	n.RunUntil(time.Second)
	require.Equal(t, "r1-r2", via(t, n, "r1", "10.0.2.0/24"))
	require.Equal(t, "r2-r3", via(t, n, "r3", "10.0.2.0/24"))
	n.RunUntil(19 * time.Second)
	require.Zero(t, count(n, trace.Route, "loses"))
	n.RunUntil(62 * time.Second)
	require.True(t, n.Links()[1].Up.Down)
	require.Equal(t, "r4-r1", via(t, n, "r1", "10.0.2.0/24"))
	require.Equal(t, "r2-r3", via(t, n, "r2", "10.0.1.0/24"))
	n.RunUntil(time.Hour)
	require.True(t, n.Done())
	require.Equal(t, 90*time.Second, n.Topology().Ends)
	require.Less(t, n.Now(), 91*time.Second)
	require.Equal(t, "r1-r2", via(t, n, "r1", "10.0.2.0/24"))
	require.Equal(t, 1, count(n, trace.Note, "got the answer 200 OK"), "through the long way round")
	require.Equal(t, 2, count(n, trace.Fault, "changes, as the lab has it"))
	require.NoError(t, n.Err())

	up := link.Faults{Delay: 5 * time.Millisecond}
	down := up
	down.Down = true
	changes := n.Changes()
	require.Len(t, changes, 4, "two of each direction")
	require.Equal(t, down, *changes[0].Faults)
	require.Equal(t, up, *changes[3].Faults)
	require.Equal(t, "r2>r1", changes[3].Link)
}

// What the user does comes on top of what the lab foresees, and runs again as it was.
func TestInputsAndEventsOfTheLab(t *testing.T) {
	topology := lab(t, "rip")
	n, err := sim.New(topology, sim.Options{})
	require.NoError(t, err)
	defer n.Close()
	n.RunUntil(30 * time.Second)
	require.NoError(t, n.Input(sim.Input{Link: "r3-r4", Faults: &link.Faults{Down: true}}))
	n.RunUntil(time.Hour)
	require.Len(t, n.Changes(), 5)
	again := run(t, topology, sim.Options{Inputs: n.Inputs()})
	require.Equal(t, n.Store().View().Last(), again.Store().View().Last())
	require.Equal(t, n.Changes(), again.Changes())
	require.Equal(t, 1, count(n, trace.Fault, "now has these faults: down"))
}

func TestRIPSettings(t *testing.T) {
	const file = `
hosts:
  r1: {role: router, rip: {update: 2s, password: sesame}}
  r2: {role: router, rip: {update: 2s, password: PASSWORD, horizon: none, triggered: false}}
  r3: {role: router, rip: true, spread: packet}
  r4: {role: router, rip: false}
links:
  r1-r2: {}
  r2-r3: {}
  r3-r4: {}
`
	parse := func(password string) *sim.Topology {
		topology, err := sim.Parse("x.yaml", []byte(strings.Replace(file, "PASSWORD", password, 1)))
		require.NoError(t, err)
		return topology
	}
	topology := parse("sesame")
	require.Equal(t, 5*time.Minute, topology.Ends, "routers never stop")
	require.Equal(t, 2*time.Second, topology.Hosts[0].RIP.Update)
	require.True(t, topology.Hosts[1].RIP.NoTriggered)
	require.True(t, topology.Hosts[2].PerPacket)
	require.Nil(t, topology.Hosts[3].RIP)
	require.Empty(t, topology.Hosts[0].Routes, "it learns its routes")
	require.NotEmpty(t, topology.Hosts[3].Routes)
	n := run(t, topology, sim.Options{})
	require.Equal(t, 1, count(n, trace.Route, "learns 10.0.2.0/24 from r2"))
	require.NotZero(t, count(n, trace.Note, "without the right password"), "r3 has none")
	n = run(t, parse("other"), sim.Options{})
	require.Zero(t, count(n, trace.Route, "learns"))
}

// Two equal routes: the packets of a flow take one of them, or with spread: packet both in turn.
func TestSpread(t *testing.T) {
	const file = `
hosts:
  h1: {role: client}
  r1: {role: router, routes: [{to: 10.0.6.0/24, via: 10.0.2.2}, {to: 10.0.6.0/24, via: 10.0.3.2}], spread: SPREAD}
  r2: {role: router}
  r3: {role: router}
  r4: {role: router}
  h2: {role: server}
links:
  h1-r1: {}
  r1-r2: {}
  r1-r3: {}
  r2-r4: {}
  r3-r4: {}
  r4-h2: {}
apps:
  - {host: h2, do: udp-echo-server}
  - {host: h1, do: udp-send, to: "h2:7", count: 10}
`
	for spread, want := range map[string][]uint64{"packet": {5, 5}, "flow": {0, 10}} {
		topology, err := sim.Parse("x.yaml", []byte(strings.Replace(file, "SPREAD", spread, 1)))
		require.NoError(t, err)
		n := run(t, topology, sim.Options{})
		ways := []uint64{n.Links()[1].Sent[0], n.Links()[2].Sent[0]}
		if ways[0] > ways[1] {
			ways[0], ways[1] = ways[1], ways[0]
		}
		require.Equal(t, want, ways, spread)
	}
}
