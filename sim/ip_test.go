package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/sim"
)

// RFC 1191: with path MTU discovery segments become smaller; without it, as a host can be told, routers cut packets up.
func TestPathMTUDiscoveryCanBeSwitchedOff(t *testing.T) {
	lab := func(switches string) string {
		return script(run(t, parse(t, `
hosts:
  h1: {role: client`+switches+`}
  r1: {role: router}
  r2: {role: router}
  h2: {role: server}
links: {h1-r1: {}, r1-r2: {mtu: 600}, r2-h2: {}}
apps:
  - {host: h2, do: tcp-echo-server}
  - {host: h1, do: tcp-send, to: "h2:7", bytes: 4000}
`), sim.Options{Seed: 1}))
	}
	on, off := lab(""), lab(", ip: {path-mtu: off}")
	require.Contains(t, on, "h1  note: makes its segments smaller")
	require.NotContains(t, on, "h1-r1 forwarded: forwards the packet in fragments")
	require.NotContains(t, off, "h1  note: makes its segments smaller")
	require.Contains(t, off, "forwards the packet in fragments: the next link takes only 600 octets")
}

// RFC 8201: the first echo request is too big for a link on the way; the next is sent in fragments.
func TestPathMTUOfIPv6IsFound(t *testing.T) {
	s := script(run(t, parse(t, `
ipv6: true
hosts:
  h1: {role: client}
  r1: {role: router}
  h2: {role: server}
links: {h1-r1: {}, r1-h2: {mtu: 1280}}
apps:
  - {host: h1, do: ping, to: "fd00:0:0:2::2", count: 3, bytes: 1400}
`), sim.Options{Seed: 1}))
	require.Equal(t, 1, strings.Count(s, "sends no packets of more than 1280 octets there for ten minutes"))
	require.Equal(t, 2, strings.Count(s, "h2  note: has all fragments of the packet now and puts them together"))
	require.Equal(t, 2, strings.Count(s, "h1  note: has all fragments of the packet now and puts them together"))
}

// RFC 1812, Section 5.3.8: r2 does not believe that packets of h2's other address come from there.
func TestReversePathCheckOfALab(t *testing.T) {
	lab := func(switches string) string {
		return script(run(t, parse(t, `
hosts:
  h1: {role: client}
  h2: {role: server, routes: [{to: 10.0.1.0/24, via: 10.0.4.1}]}
  r1: {role: router}
  r2: {role: router, routes: [{to: 10.0.1.0/24, via: 10.0.3.1}]`+switches+`}
links: {h1-r1: {}, r1-h2: {}, h1-r2: {}, r2-h2: {}}
apps:
  - {host: h1, do: ping, to: 10.0.2.2, count: 1}
`), sim.Options{Seed: 1}))
	}
	const says = "discards a packet whose source is not reached where it came from: it may be forged"
	require.NotContains(t, lab(""), says)
	require.Contains(t, lab(", ip: {reverse-path: on}"), says)
}
