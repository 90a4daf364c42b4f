package sim

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/labs"
	"netlab/timeline"
)

// tell runs a lab to its end and returns its events: "h1 got …".
func tell(t *testing.T, text string) []string {
	t.Helper()
	topology, err := Parse("test.yaml", []byte(text))
	require.NoError(t, err)
	n, err := New(topology, Options{})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	require.NoError(t, n.Err())
	return saidBy(n.Store().View())
}

func saidBy(v timeline.View) []string {
	var said []string
	for id := v.First(); id <= v.Last(); id++ {
		e, _ := v.Event(id)
		said = append(said, e.Host+" "+e.Text())
	}
	return said
}

// inOrder checks that texts are said one after another, others between them.
func inOrder(t *testing.T, said []string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		i := 0
		for ; i < len(said) && !strings.HasPrefix(said[i], text); i++ {
		}
		require.Less(t, i, len(said), "nobody says %q then", text)
		said = said[i+1:]
	}
}

// The lab shows what its text promises.
func TestTheLabDNS(t *testing.T) {
	text, err := labs.Open("dns")
	require.NoError(t, err)
	inOrder(t, tell(t, string(text)),
		"h1 asks 10.0.53.53 in a datagram for A www.lab",
		"h1 waits no longer for an answer: the question or the answer was lost",
		"ns answers A www.lab from its zone: h2.lab, 10.0.2.20",
		"h1 remembers h2.lab A: 10.0.2.20, for 60 s",
		"h1 got the answer 204 No Content",
		"h1 got www.lab A without asking: it remembers: h2.lab, 10.0.2.20",
		"ns finds no name nope.lab in its zone",
		"h1 learned that there is no name nope.lab",
		"h1 remembers A nope.lab: there is none, for 59 s more",
		"h1 learned that there is no name nope.lab",
		"ns has an answer to TXT big.lab that is too long for a datagram, and says so",
		"h1 asks again over TCP: the answer is too long for a datagram (TXT big.lab)",
		"h1 got big.lab TXT from the name server",
	)
}

// The zone of the lab's hosts; names without a dot are looked for in it; a ping finds its target so too.
func TestHostsAskTheirNameServer(t *testing.T) {
	inOrder(t, tell(t, `
name: names
hosts:
  h1: {role: client, dns: h2}
  h2: {role: server}
links:
  h1-h2: {addresses: {h1: 10.0.0.1/24, h2: 10.0.0.2/24}}
apps:
  - {host: h2, do: dns-server, domain: example.test}
  - {host: h1, do: ping, to: h2, count: 1}
  - {host: h1, at: 1s, do: dns-lookup, name: h1.example.test, type: AAAA}
`),
		"h1 asks 10.0.0.2 in a datagram for A h2.example.test",
		"h2 answers A h2.example.test from its zone: 10.0.0.2",
		"h1 got 1 reply to 1 echo request",
		"h2 knows the name, but has no records for AAAA h1.example.test",
		"h1 learned that h1.example.test has no AAAA record",
	)
}

func TestMistakesInNames(t *testing.T) {
	lab := func(host, app string) string {
		return "name: n\nhosts:\n  h1: {role: client" + host + "}\n  h2: {role: server}\nlinks:\n  h1-h2: {}\napps:\n  - " + app + "\n"
	}
	for _, c := range []struct{ host, app, want string }{
		{", dns: h3", "{host: h2, do: dns-server}", `:3:27: there is no host "h3"`},
		{", dns: h2", "{host: h1, do: dns-lookup, name: a..b}", `:8:38: "a..b" is not a name such as www.lab`},
		{", dns: h2", "{host: h1, do: dns-lookup, name: a, type: QQ}", `:8:47: dns: "QQ" is no type of record`},
		{"", "{host: h1, do: dns-lookup, name: a}", `:8:20: host h1 asks no name server: give it one`},
		{"", `{host: h1, do: http-get, url: "http://www.lab/"}`, `:8:35: there is no host "www.lab"`},
		{"", `{host: h2, do: dns-server, zone: "a A 10.0.0"}`, `:8:38: dns: not a zone: zone: bad A`},
		{"", `{host: h2, do: dns-server, zone: "a.else. A 10.0.0.1"}`, `:8:38: dns: not a zone: zone: a.else is not in the zone lab`},
	} {
		_, err := Parse("test.yaml", []byte(lab(c.host, c.app)))
		require.ErrorContains(t, err, "test.yaml"+c.want)
	}
}
