package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/sim"
)

func checkStdin(t *testing.T, file string, flags ...string) result {
	t.Helper()
	c := netlabCommand(t, append([]string{"lab", "-", "--check"}, flags...)...)
	c.Stdin = strings.NewReader(file)
	return finish(t, c)
}

func TestCheckOfALabShowsEveryMistake(t *testing.T) {
	const file = `hosts:
  h1: {role: clint}
  h2: {role: server, receive-bufer: 9}
links:
  h1-h2: {loss: 10, mtu: 5}
apps:
  - {host: h1, do: ping, to: h3, count: x}
  - {host: h1, do: pong}
`
	r := checkStdin(t, file)
	require.Equal(t, exitUsage, r.code)
	require.Empty(t, r.out)
	require.Equal(t, `standard input:2:14: unknown role "clint": did you mean "client"?
   2 |   h1: {role: clint}
     |              ^^^^^
standard input:3:22: unknown key "receive-bufer": did you mean "receive-buffer"?
   3 |   h2: {role: server, receive-bufer: 9}
     |                      ^^^^^^^^^^^^^
standard input:5:17: "loss=10": "10" is not a percentage from 0% to 100%
   5 |   h1-h2: {loss: 10, mtu: 5}
     |                 ^^
standard input:5:26: "5" is not a whole number from 68 to 65535
   5 |   h1-h2: {loss: 10, mtu: 5}
     |                          ^
standard input:7:30: there is no host "h3": expected h1, h2
   7 |   - {host: h1, do: ping, to: h3, count: x}
     |                              ^^
standard input:7:41: "x" is not a whole number from 0 to 1073741824
   7 |   - {host: h1, do: ping, to: h3, count: x}
     |                                         ^
standard input:8:20: unknown application "pong": did you mean "ping"?
   8 |   - {host: h1, do: pong}
     |                    ^^^^
`, r.err)

	r = checkStdin(t, file, "--json")
	require.Equal(t, exitUsage, r.code)
	require.Equal(t, 7, strings.Count(r.out, "\n"))
	require.Contains(t, r.out, `{"column":14,"file":"standard input","kind":"mistake","line":2,"message":"unknown role \"clint\": did you mean \"client\"?"}`)

	many := checkStdin(t, "hosts: {a: {role: client}, b: {role: client}}\nlinks: {a-b: {}}\napps:\n"+strings.Repeat("  - {host: c, do: ping, to: b}\n", 25))
	require.Contains(t, many.err, "and 5 more\n")
}

func TestCheckOfALabThatIsRight(t *testing.T) {
	oneThread(t)
	for _, name := range labs.Names() {
		r := netlab(t, "lab", name, "--check")
		require.Zero(t, r.code, r.err)
		require.Regexp(t, `^ok: \d+ hosts, \d+ links?, \d+ applications?`, r.out)
	}
	require.Equal(t, exitUsage, netlab(t, "lab", "--check").code)
	require.Equal(t, exitUsage, netlab(t, "lab", "no-such-file.yaml", "--check").code)
}

func TestTheSchemaOfLabs(t *testing.T) {
	oneThread(t)
	r := netlab(t, "lab", "--schema")
	require.Zero(t, r.code)
	require.Equal(t, string(sim.Schema()), r.out)
}
