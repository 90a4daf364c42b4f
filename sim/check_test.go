package sim_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/sim"
)

// TestCheckWarns shows what a user is warned of, for each kind of warning.
func TestCheckWarns(t *testing.T) {
	var all strings.Builder
	for _, file := range []string{
		`hosts: {h1: {role: client}, r1: {role: router, routes: []}, h2: {role: server, routes: []}, r2: {role: router}}
links: {h1-r1: {}, r1-r2: {}, r2-h2: {}}
`, `hosts: {h1: {role: client, routes: [{to: 10.9.0.0/16, via: 10.0.1.77}, {to: 10.8.0.0/16, via: 10.0.1.2}]}, h2: {role: server}}
links: {h1-h2: {}}
`, `hosts:
  a: {role: client}
  b: {role: router, routes: [{to: 10.0.3.0/24, via: 10.0.2.2}]}
  c: {role: router, routes: [{to: 10.0.3.0/24, via: 10.0.2.1}, {to: 10.0.1.0/24, via: 10.0.2.1}]}
  d: {role: router}
links: {a-b: {}, b-c: {}, d-a: {}}
apps:
  - {host: a, do: ping, to: 10.0.3.9}
  - {host: a, do: ping, to: 10.99.0.1}
`, `hosts: {h1: {role: client}, h2: {role: server}}
links: {h1-h2: {}}
apps:
  - {host: h2, do: http-server, port: 8080}
  - {host: h2, do: udp-echo-server}
  - {host: h1, do: http-get, url: "http://h2/"}
  - {host: h1, do: http-get, url: "http://h2:8080/"}
  - {host: h1, do: tcp-send, to: "h2:7"}
  - {host: h1, do: udp-send, to: "h2:7"}
  - {host: h1, do: ping, to: 10.0.1.99}
`,
	} {
		topology, mistakes, warnings := sim.Check("lab.yaml", []byte(file))
		require.Empty(t, mistakes)
		require.NotNil(t, topology)
		for _, w := range warnings {
			all.WriteString(w.Error() + "\n")
		}
		all.WriteString("\n")
	}
	golden(t, "warnings.golden", all.String())
}

// The labs that come with netlab have no warnings but those that they are about.
func TestTheLabsHaveNoWarnings(t *testing.T) {
	for _, name := range labs.Names() {
		b, err := labs.Open(name)
		require.NoError(t, err)
		_, mistakes, warnings := sim.Check(name, b)
		require.Empty(t, mistakes)
		meant := map[string]int{"refused": 2, "dual-stack": 1, "arp": 1}
		require.Len(t, warnings, meant[name], "%v", warnings)
	}
}
