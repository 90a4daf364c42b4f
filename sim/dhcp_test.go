package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/labs"
)

// The lab shows what its text promises.
func TestTheLabDHCP(t *testing.T) {
	text, err := labs.Open("dhcp")
	require.NoError(t, err)
	topology, err := Parse("dhcp.yaml", text)
	require.NoError(t, err)
	n, err := New(topology, Options{})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	require.ErrorContains(t, n.Err(), "the local address is gone")
	inOrder(t, saidBy(n.Store().View()),
		"h1 asks everybody for an address",
		"r1 offers 10.0.1.100 to 02:00:00:00:00:01 for 2m0s",
		"r1 tells everybody so",
		"h1 goes from SELECTING to REQUESTING: it takes the offer of 10.0.1.100 by 10.0.1.1",
		"r1 gives 10.0.1.100 to 02:00:00:00:00:01 for 2m0s",
		"h1 goes from REQUESTING to BOUND",
		"h1 has the address 10.0.1.100/24 from now on",
		"h1 got the answer 204 No Content", // over the router that the server named
		"h1 goes from BOUND to RENEWING",
		"r1 leaves 10.0.1.100 to 02:00:00:00:00:01 for another 2m0s",
		"h1 goes from RENEWING to BOUND",
		"h1 goes from RENEWING to REBINDING: its server does not answer",
		"h1 loses its address: the lease has expired",
		"h1 has the address 10.0.1.100 no more",
		"h1 goes to CLOSED: the address that it speaks from is gone",
		"h1 goes from REQUESTING to BOUND",
	)
}

// The server pings what it offers if it is told to, and the client asks the name server that it was told of.
func TestLeasesWithNames(t *testing.T) {
	inOrder(t, tell(t, `
name: leases
hosts:
  h1: {role: client, dns: h2}
  h2: {role: server}
links:
  h1-h2: {addresses: {h1: none, h2: 10.0.0.2/24}}
apps:
  - {host: h2, do: dns-server}
  - {host: h2, do: dhcp-server, pool: 10.0.0.7-10.0.0.9, check: "yes", lease: 1h}
  - {host: h1, do: dhcp-client, link: h1-h2}
  - {host: h1, at: 5s, do: ping, to: h2, count: 1}
ends: 10s
`),
		"h2 looks whether somebody has 10.0.0.7 before it offers it",
		"h2 sends echo request",
		"h2 offers 10.0.0.7",
		"h1 has the address 10.0.0.7/24 from now on",
		"h2 answers A h2.lab from its zone: 10.0.0.2",
		"h1 got 1 reply to 1 echo request",
	)
}

func TestMistakesInLeases(t *testing.T) {
	lab := func(app string) string {
		return "name: n\nhosts:\n  h1: {role: client}\n  h2: {role: server}\n  h3: {role: server}\nlinks:\n" +
			"  h1-h2: {addresses: {h1: none, h2: 10.0.0.2/24}}\n  h2-h3: {}\napps:\n  - " + app + "\n"
	}
	for _, c := range []struct{ app, want string }{
		{"{host: h2, do: dhcp-server, pool: 10.0.0.5}", `"10.0.0.5" is no pool of addresses such as`},
		{"{host: h2, do: dhcp-server, pool: 10.0.9.5-10.0.9.6}", "is not in the server's network 10.0.0.0/24"},
		{"{host: h2, do: dhcp-server, pool: 10.0.0.6-10.0.0.5}", "before it begins"},
		{"{host: h2, do: dhcp-server, pool: 10.0.0.5-10.0.0.6, link: h1-h3}", `there is no link "h1-h3"`},
		{"{host: h1, do: dhcp-client, link: h2-h3}", "host h1 is at no end of link h2-h3"},
		{"{host: h1, do: dhcp-server, pool: 10.0.0.5-10.0.0.6}", "the server has no IPv4 address"},
		{"{host: h2, do: dhcp-server, pool: 10.0.0.5-10.0.0.6, check: maybe}", `"maybe" is neither yes nor no`},
		{"{host: h2, do: dhcp-server, pool: 10.0.0.5-10.0.0.6, lease: 0s}", "a lease of 0s ends before it begins"},
	} {
		_, err := Parse("test.yaml", []byte(lab(c.app)))
		require.ErrorContains(t, err, c.want)
		require.ErrorContains(t, err, "test.yaml:10:")
	}
}
