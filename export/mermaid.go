package export

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// maxMermaid is how many packets a Mermaid diagram holds: what renders it draws no more.
const maxMermaid = 400

// Mermaid writes the ladder as a sequence diagram in a Markdown page, with what is worth pointing at below it.
func Mermaid(w io.Writer, r *Run) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "# %s\n\n```mermaid\nsequenceDiagram\n", markdown(r.Title))
	ids := map[string]string{}
	for i, h := range r.Hosts {
		ids[h] = fmt.Sprintf("H%d", i+1)
		fmt.Fprintf(out, "    participant %s as %s\n", ids[h], mermaid(h))
	}
	streams := r.streams()
	shown := r.Packets[:min(len(r.Packets), maxMermaid)]
	for i := range shown {
		p := &shown[i]
		arrow := "->>" // a packet
		switch {
		case p.Lost != "":
			arrow = "-x" // one that did not arrive
		case p.Again:
			arrow = "-->>" // one that was sent again
		}
		label := seconds(p.At) + " " + r.label(p, streams)
		if p.Again {
			label += " (again)"
		}
		if p.Lost != "" {
			label += " (" + p.Lost + ")"
		}
		fmt.Fprintf(out, "    %s%s%s: %s\n", ids[p.From], arrow, ids[p.To], mermaid(label))
		for _, n := range r.notes(p.Number) {
			if !n.Fine {
				fmt.Fprintf(out, "    Note over %s: %s\n", ids[p.From], mermaid(n.Text))
			}
		}
	}
	fmt.Fprint(out, "```\n")
	if left := len(r.Packets) - len(shown) + r.More; left > 0 {
		fmt.Fprintf(out, "\n%d more packets are not drawn.\n", left)
	}
	if len(r.Notes) > 0 {
		fmt.Fprint(out, "\n| packet | what | rule |\n|---|---|---|\n")
	}
	for _, n := range r.Notes {
		fmt.Fprintf(out, "| %d | %s | %s |\n", n.Packet, markdown(n.Text), markdown(n.Ref))
	}
	return out.Flush()
}

// mermaid takes out of a label what ends a statement of Mermaid, or begins a word of its own.
func mermaid(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", ";", ",", "#", "№", "%%", "%").Replace(s)
}

// markdown takes out what would be a table's edge, or markup.
func markdown(s string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "|", "\\|", "<", "&lt;", "`", "'", "*", "\\*", "_", "\\_").Replace(s)
}
