package sim

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// update is a function because a package keeps no variables. TestMain declares the flag.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

// appTable is the table of applications in docs/topology.md.
func appTable() string {
	var b strings.Builder
	b.WriteString("| `do` | what it does | arguments |\n|---|---|---|\n")
	for _, k := range appKinds() {
		b.WriteString("| `" + k.name + "` | " + k.doc + " | ")
		for i, a := range k.args {
			if i > 0 {
				b.WriteString("; ")
			}
			b.WriteString("`" + a.name + "`: " + a.doc)
			if a.value == "" {
				b.WriteString(" (required)")
			} else {
				b.WriteString(" (" + a.value + ")")
			}
		}
		b.WriteString(" |\n")
	}
	return b.String()
}

// TestTheDocumentationListsTheKeys holds each table of docs/topology.md against what is declared. The tables stand
// between <!-- keys of … --> and <!-- end -->; -update writes them anew.
func TestTheDocumentationListsTheKeys(t *testing.T) {
	const path = "../docs/topology.md"
	doc, err := os.ReadFile(path)
	require.NoError(t, err)
	text := string(doc)
	for name, want := range map[string]string{
		"a lab": table(labKeys()), "a host": table(hostKeys()), "an application": table(appKeys()), "tcp": table(tcpKeys()), "ip": table(ipKeys()), "applications": appTable(), "a tunnel": table(tunnelKeys()), "an event": table(eventKeys()[:2]),
		"a link": table(append(linkKeys(), directionKeys("h1", "r1")[0])),
	} {
		begin := "<!-- keys of " + name + " -->\n"
		before, rest, ok := strings.Cut(text, begin)
		require.True(t, ok, "docs/topology.md has no table behind %s", begin)
		got, after, ok := strings.Cut(rest, "<!-- end -->\n")
		require.True(t, ok)
		if update() {
			text = before + begin + want + "<!-- end -->\n" + after
			continue
		}
		require.Equal(t, want, got, "the table of %s in docs/topology.md; -update writes it anew", name)
	}
	if update() {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
}

func TestTheExamplesOfTheDocumentationParse(t *testing.T) {
	doc, err := os.ReadFile("../docs/topology.md")
	require.NoError(t, err)
	blocks := strings.Split(string(doc), "```yaml\n")
	require.Len(t, blocks, 3)
	lab, _, _ := strings.Cut(blocks[1], "```")
	run, _, _ := strings.Cut(blocks[2], "```")
	_, err = Parse("my-lab.yaml", []byte(lab))
	require.NoError(t, err)

	_, o, err := Load("run.netlab", []byte(strings.Replace(run, "name: my-lab\n", lab, 1)))
	require.NoError(t, err)
	require.Equal(t, uint64(7), o.Seed)
	require.Len(t, o.Inputs, 2)
	require.Equal(t, "tcp.len > 0", o.Inputs[1].Filter)

	_, message, _ := strings.Cut(string(doc), "with its line:\n\n```\n")
	message, _, _ = strings.Cut(message, "\n```")
	_, err = Parse("my-lab.yaml", []byte(strings.Replace(lab, "loss: 10%", "los: 10%", 1)))
	require.EqualError(t, err, message)
}
