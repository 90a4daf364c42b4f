package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/sim"
	"netlab/trace"
)

// A link has IPv6 if the lab or the link says so, or if it gives an address; then both families are completed.
func TestAddressesAndRoutesOfBothFamilies(t *testing.T) {
	topology := parse(t, `
hosts:
  a: {role: client}
  b: {role: router}
  c: {role: router, routes: [{to: "::/0", via: "fd00:0:0:2::1"}]}
  d: {role: server}
  e: {role: server}
links:
  a-b: {ipv6: true}
  b-c: {addresses: {c: "fd00:0:0:2::7/64"}}
  c-d: {addresses: {c: 10.9.0.1/24, d: [10.9.0.2/24, "2001:db8::2/48"]}}
  b-e: {}
`)
	var got []string
	for _, h := range topology.Hosts {
		for _, i := range h.Interfaces {
			line := h.Name + " " + i.Link
			for _, a := range i.Addrs {
				line += " " + a.String()
			}
			got = append(got, line)
		}
		for _, r := range h.Routes {
			got = append(got, h.Name+" to "+r.To.String()+" via "+r.Via.String())
		}
	}
	require.Equal(t, strings.Split(strings.TrimSpace(`
a a-b 10.0.1.1/24 fd00:0:0:1::1/64
a to 10.0.2.0/24 via 10.0.1.2
a to 10.0.4.0/24 via 10.0.1.2
a to 10.9.0.0/24 via 10.0.1.2
a to fd00:0:0:2::/64 via fd00:0:0:1::2
a to 2001:db8::/48 via fd00:0:0:1::2
b a-b 10.0.1.2/24 fd00:0:0:1::2/64
b b-c 10.0.2.1/24 fd00:0:0:2::1/64
b b-e 10.0.4.1/24
b to 10.9.0.0/24 via 10.0.2.2
b to 2001:db8::/48 via fd00:0:0:2::7
c b-c 10.0.2.2/24 fd00:0:0:2::7/64
c c-d 10.9.0.1/24 2001:db8::1/48
c to ::/0 via fd00:0:0:2::1
d c-d 10.9.0.2/24 2001:db8::2/48
d to 10.0.2.0/24 via 10.9.0.1
d to 10.0.1.0/24 via 10.9.0.1
d to 10.0.4.0/24 via 10.9.0.1
d to fd00:0:0:2::/64 via 2001:db8::1
d to fd00:0:0:1::/64 via 2001:db8::1
e b-e 10.0.4.2/24
e to 10.0.1.0/24 via 10.0.4.1
e to 10.0.2.0/24 via 10.0.4.1
e to 10.9.0.0/24 via 10.0.4.1
`), "\n"), got)
	four := parse(t, "ipv6: true\nhosts: {a: {role: client}, b: {role: server}}\nlinks: {a-b: {ipv6: false}}\n")
	require.Len(t, four.Hosts[0].Interfaces[0].Addrs, 1)
}

// In the lab dual-stack h1 takes IPv6 where it works, and IPv4 a quarter of a second later where it does not.
func TestDualStackLab(t *testing.T) {
	var opened []string
	runLab(t, "dual-stack", func(e *trace.Event) {
		if e.Host == "h1" && strings.Contains(e.Text(), "the peer has answered with a SYN-ACK") {
			opened = append(opened, e.Flow.Remote.String()+" "+e.At.Sub(sim.Epoch()).String())
		}
	})
	require.Equal(t, []string{"[fd00:0:0:2::20]:80 120ms", "10.0.3.30:80 570ms"}, opened)
}

// In the lab path-mtu r1 says what fits, once for each packet that does not, in both families; r3 never says anything, and yet
// all arrives.
func TestPathMTULab(t *testing.T) {
	said := map[string]int{}
	heeded := 0
	runLab(t, "path-mtu", func(e *trace.Event) {
		if e.Kind == trace.Sent && strings.Contains(e.Text(), "tells the sender that the next link takes only 1400 octets") {
			said[e.Host]++
		}
		if e.Host == "h1" && strings.Contains(e.Text(), "a router has no room for more than") {
			heeded++
		}
	})
	require.Equal(t, map[string]int{"r1": 4}, said)
	require.Equal(t, 2, heeded, "once in each family")
}

// runLab runs a lab to its end, and shows each its events. No application may fail.
func runLab(t *testing.T, name string, each func(e *trace.Event)) {
	t.Helper()
	text, err := labs.Open(name)
	require.NoError(t, err)
	topology, err := sim.Parse(name+".yaml", text)
	require.NoError(t, err)
	n, err := sim.New(topology, sim.Options{})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	require.NoError(t, n.Err())
	v := n.Store().View()
	for id := v.First(); id <= v.Last(); id++ {
		e, ok := v.Event(id)
		require.True(t, ok)
		each(e)
	}
}
