package sim

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// appTable is the table of applications in docs/topology.md.
func appTable() string {
	var b strings.Builder
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

func TestTheDocumentationListsTheApplications(t *testing.T) {
	doc, err := os.ReadFile("../docs/topology.md")
	require.NoError(t, err)
	require.Contains(t, string(doc), appTable(), "docs/topology.md must hold this table:\n%s", appTable())
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
