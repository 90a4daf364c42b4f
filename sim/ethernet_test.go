package sim_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/ether"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

// office is two networks of two switches each and a router between them.
const office = `
ipv6: true
hosts:
  h1: {role: client}
  s1: {role: switch}
  s2: {role: switch}
  h2: {role: client}
  r1: {role: router}
  s3: {role: switch}
  h3: {role: server}
links:
  h1-s1: {delay: 1ms}
  s1-s2: {delay: 1ms}
  h2-s2: {delay: 1ms}
  s2-r1: {delay: 1ms}
  r1-s3: {delay: 1ms}
  s3-h3: {delay: 1ms}
`

// Links that switches join are one network, and routes lead from network to network.
func TestSegments(t *testing.T) {
	topology := parse(t, office)
	var got []string
	for _, h := range topology.Hosts {
		for _, i := range h.Interfaces {
			got = append(got, fmt.Sprint(h.Name, " ", i.Link, " ", i.Addrs))
		}
		for _, r := range h.Routes {
			got = append(got, fmt.Sprintf("%s to %v via %v", h.Name, r.To, r.Via))
		}
	}
	require.Equal(t, `h1 h1-s1 [10.0.1.1/24 fd00:0:0:1::1/64]
h1 to 10.0.5.0/24 via 10.0.1.3
h1 to fd00:0:0:5::/64 via fd00:0:0:1::3
s1 h1-s1 []
s1 s1-s2 []
s2 s1-s2 []
s2 h2-s2 []
s2 s2-r1 []
h2 h2-s2 [10.0.1.2/24 fd00:0:0:1::2/64]
h2 to 10.0.5.0/24 via 10.0.1.3
h2 to fd00:0:0:5::/64 via fd00:0:0:1::3
r1 s2-r1 [10.0.1.3/24 fd00:0:0:1::3/64]
r1 r1-s3 [10.0.5.1/24 fd00:0:0:5::1/64]
s3 r1-s3 []
s3 s3-h3 []
h3 s3-h3 [10.0.5.2/24 fd00:0:0:5::2/64]
h3 to 10.0.1.0/24 via 10.0.5.1
h3 to fd00:0:0:1::/64 via fd00:0:0:5::1`, strings.Join(got, "\n"))
	for _, l := range topology.Links {
		require.True(t, l.Ethernet)
	}
}

// Packets of both families go through switches and the router, and neighbours are found on the way.
func TestAcrossSwitchesAndRouters(t *testing.T) {
	for _, to := range []string{"10.0.5.2", `"fd00:0:0:5::2"`} {
		topology := parse(t, office+`
apps:
  - {host: h3, do: tcp-sink}
  - {host: h1, do: ping, to: `+to+`, count: 2, interval: 10ms}
  - {host: h2, at: 100ms, do: ping, to: `+to+`, count: 1}
  - {host: h2, at: 200ms, do: tcp-send, to: "h3:9", bytes: 20000}
`)
		n := run(t, topology, sim.Options{})
		require.NoError(t, n.Err())
		v := n.Store().View()
		for i := range v.Packets() {
			p, _ := v.Packet(i)
			require.True(t, p.First.Frame)
			_, _, err := ether.Parse(p.First.Octets)
			require.NoError(t, err)
			require.Nil(t, p.Lost)
		}
		require.Equal(t, 1, count(n, trace.Call, "got 2 replies")+count(n, trace.Note, "got 2 replies"))
		require.Len(t, n.SwitchTable("s1"), 3, "h1, h2 and r1")
		require.Len(t, n.SwitchTable("s3"), 2, "the other side of r1, and h3")
		require.Nil(t, n.SwitchTable("h1"))
		require.NotEmpty(t, n.Host("r1").Neighbors())
		require.NotZero(t, count(n, trace.Forwarded, "is behind it"))
	}
}

// The lab switched: a question for everybody, then frames that only one hears.
func TestSwitchedLab(t *testing.T) {
	n := run(t, lab(t, "switched"), sim.Options{})
	require.NoError(t, n.Err())
	v := n.Store().View()
	p, _ := v.Packet(0)
	require.Equal(t, "asks everybody on the link who has 10.0.1.20", p.First.Text())
	cause, _ := v.Event(p.First.Cause)
	require.Equal(t, trace.Waiting, cause.Kind, "a question has its cause in the packet that waits")
	require.Equal(t, 3, count(n, trace.Note, "is behind port"), "h1, h2 and h3")
	heard := 0
	for id := v.First(); id <= v.Last(); id++ {
		if e, _ := v.Event(id); e.Host == "h3" && e.Kind == trace.Received && e.ID < 40 {
			heard++
		}
	}
	require.Equal(t, 1, heard, "h3 hears the question of h1 and nothing of the ping")
}

// A router tells the sender that a host on its own network does not answer (RFC 1812, Section 4.3.3.1; RFC 4443, Section 3.1),
// and so does a host its own applications.
func TestHostUnreachable(t *testing.T) {
	for _, to := range []string{"10.0.5.99", "fd00:0:0:5::99"} {
		n := run(t, parse(t, office+fmt.Sprintf(`
apps:
  - {host: h1, do: tcp-send, to: "[%s]:9"}
`, to)), sim.Options{})
		require.ErrorContains(t, n.Err(), "timed out")
		require.ErrorContains(t, n.Err(), "unreachable (code")
		require.NotZero(t, count(n, trace.Sent, "tells the sender that the host does not answer on its network"))
		require.NotZero(t, count(n, trace.Failed, "gives up on "+to+": it has not answered 3 questions"))
	}
	n := run(t, parse(t, office+`
apps:
  - {host: h1, do: tcp-send, to: "10.0.1.99:9"}
  - {host: h1, do: udp-send, to: "10.0.1.98:9", wait: 5s}
  - {host: h1, do: tcp-send, to: "[fd00:0:0:1::99]:9"}
`), sim.Options{})
	require.ErrorContains(t, n.Err(), "nobody on the link answers for 10.0.1.99")
	require.ErrorContains(t, n.Err(), "nobody on the link answers for 10.0.1.98")
	require.ErrorContains(t, n.Err(), "nobody on the link answers for fd00:0:0:1::99")
	require.Less(t, n.Now().Seconds(), 10.0)
}

// A SYN that is sent again while the first waits for an answer to ARP, and what it replaces.
func TestWhatIsSentAgainWhileItWaits(t *testing.T) {
	n := run(t, parse(t, `
hosts:
  h1: {role: client}
  s1: {role: switch}
  h2: {role: server}
links:
  h1-s1: {delay: 400ms}
  s1-h2: {delay: 400ms}
apps:
  - {host: h2, do: tcp-sink}
  - {host: h1, do: tcp-send, to: "h2:9", bytes: 10}
`), sim.Options{})
	require.NoError(t, n.Err())
	v := n.Store().View()
	var syns []timeline.Packet
	for i := range v.Packets() {
		if p, _ := v.Packet(i); strings.Contains(p.First.Text(), "SYN") && p.First.Host == "h1" {
			syns = append(syns, p)
		}
	}
	require.GreaterOrEqual(t, len(syns), 2)
	require.Equal(t, syns[0].First.At, syns[1].First.At, "both have waited for the same answer")
	require.Equal(t, syns[0].Number, syns[1].Replaces)
	require.Equal(t, syns[1].Number, syns[0].Replaced)
}

func TestEthernetRunsAreTheSame(t *testing.T) {
	for _, name := range []string{"switched", "arp"} {
		require.Equal(t, digest(run(t, lab(t, name), sim.Options{Seed: 3})), digest(run(t, lab(t, name), sim.Options{Seed: 3})))
	}
}

// A DHCP client on Ethernet asks whether the address that it was given is free (RFC 2131, Section 4.4.1), and declines one that
// somebody else has.
func TestDHCPOnASwitch(t *testing.T) {
	n := run(t, parse(t, `
hosts:
  h1: {role: client}
  s1: {role: switch}
  h2: {role: server}
  h3: {role: client}
links:
  h1-s1: {addresses: {h1: none}}
  s1-h2: {addresses: {h2: 10.0.1.1/24}}
  s1-h3: {addresses: {h3: 10.0.1.100/24}}
apps:
  - {host: h2, do: dhcp-server, pool: 10.0.1.100-10.0.1.101}
  - {host: h1, do: dhcp-client}
  - {host: h1, at: 40s, do: ping, to: 10.0.1.1, count: 1}
ends: 60s
`), sim.Options{})
	require.NoError(t, n.Err())
	require.NotZero(t, count(n, trace.Failed, "does not use 10.0.1.100: 02:00:00:00:00:04 has it already"))
	require.NotZero(t, count(n, trace.Note, "uses 10.0.1.101: nobody else has it"))
	require.Equal(t, "10.0.1.101/24", n.Host("h1").Interfaces()[0].Addrs[0].String())
}
