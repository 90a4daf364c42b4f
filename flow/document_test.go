package flow_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// docs/findings.md says how far findings can be trusted. go test ./flow -update writes it.
func TestFindingsDocument(t *testing.T) {
	var b strings.Builder
	b.WriteString(`# Findings, and how far they can be trusted

Written by go test ./flow -update: do not edit.

` + "`netlab replay FILE --findings`" + ` says what a reviewer would point at. A capture shows what passed one point; what the hosts thought is inferred from it. This page holds the findings against two others:
tshark, on the captures in [testdata/captures](../testdata/captures), and netlab's own stacks, which know what they did.

## Beside tshark

`)
	agreed, differences := compare(t)
	only := map[string][2]int{}
	total, apart := 0, len(differences)
	for _, d := range differences {
		n := only[d.class]
		if d.ours {
			n[0]++
		} else {
			n[1]++
		}
		only[d.class] = n
	}
	var rows strings.Builder
	for _, c := range classes() {
		total += agreed[c.name]
		fmt.Fprintf(&rows, "| `%s` | %d | %d | %d |\n", c.name, agreed[c.name], only[c.name][0], only[c.name][1])
	}
	fmt.Fprintf(&b, "Of %d captures. Both say the same %d times; %d times only one of them says it. `window_update` is no finding here: it is how TCP goes on.\n\n", len(all(t)), total, apart)
	b.WriteString("| `tcp.analysis.` | both | only netlab | only tshark |\n|---|---|---|---|\n" + rows.String())
	b.WriteString("\n### The differences\n\n| what | netlab finds | tshark says | packets | who is right, and why |\n|---|---|---|---|---|\n")
	for _, r := range reasons() {
		var where []string
		last := ""
		for _, d := range differences {
			if !r.covers(d) {
				continue
			}
			name := strings.TrimSuffix(d.capture, filepath.Ext(d.capture))
			if name == last {
				where[len(where)-1] += fmt.Sprintf(", %d", d.packet)
				continue
			}
			last = name
			where = append(where, fmt.Sprintf("%s: %d", name, d.packet))
		}
		if len(where) == 0 {
			continue
		}
		ours, theirs := "nothing", "nothing"
		if r.kind != 0 {
			ours = "`" + r.kind.String() + "`"
		}
		if r.tshark != "" {
			theirs = "`" + r.tshark + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s. %s |\n", r.class, ours, theirs, strings.Join(where, "; "), r.who, r.why)
	}
	fmt.Fprintf(&b, `
## Beside what happened

Labs with bad luck, %d seeds of each, captured at the sender (h1) and at the receiver (h2). Each packet of netlab's stacks says which one it replaces and why it was sent. *Right / wrong / missed*: found and
true, found and not true, true and not found.

`, seeds)
	of, sums := map[string]map[string]*score{}, map[string]map[string]*score{}
	if updating() {
		of, sums = measure(t)
	}
	b.WriteString("| lab | at | " + strings.Join(judged(), " | ") + " |\n|---|---|" + strings.Repeat("---|", len(judged())) + "\n")
	row := func(name, host string, scores map[string]*score) {
		fmt.Fprintf(&b, "| %s | %s |", name, host)
		for _, k := range judged() {
			if s := scores[k]; s != nil && k == hidden {
				fmt.Fprintf(&b, " %d |", s.right)
			} else if s != nil && s.right+s.wrong+s.missed > 0 {
				fmt.Fprintf(&b, " %d / %d / %d |", s.right, s.wrong, s.missed)
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	for _, s := range scenes() {
		row(s.name, "h1", of[s.name+"h1"])
		row(s.name, "h2", of[s.name+"h2"])
	}
	for _, host := range []string{"h1", "h2"} {
		row("**all**", host, sums[host])
		fmt.Fprintf(&b, "| precision, recall | %s |", host)
		for _, k := range judged() {
			if s := sums[host][k]; s != nil && k != hidden && s.right+s.wrong+s.missed >= 10 {
				fmt.Fprintf(&b, " %.3f, %.3f |", s.precision(), s.recall())
			} else {
				b.WriteString(" |")
			}
		}
		b.WriteString("\n")
	}
	b.WriteString(`
If the end of a flight is lost before the place of capture, the capture holds no gap, and what is sent again looks like what comes next: that cannot be seen, and is counted apart. The cause of a retransmission is
what its sender could know at the time, seen from the place of capture: there, a time-out and an answer to acknowledgments may look alike.
`)
	document := filepath.Join("..", "docs", "findings.md")
	if updating() {
		require.NoError(t, os.WriteFile(document, []byte(b.String()), 0o644))
	}
	// What happened in the stacks changes with them; TestFindingsAreTrue holds it.
	want, err := os.ReadFile(document)
	require.NoError(t, err)
	beside, _, found := strings.Cut(string(want), "## Beside what happened")
	require.True(t, found)
	require.True(t, strings.HasPrefix(b.String(), beside), "docs/findings.md is out of date: go test ./flow -update")
}
