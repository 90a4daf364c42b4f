package capture_test

import (
	"context"
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/wire"
)

var update = flag.Bool("update", false, "write docs/filters.md anew")

// The list of fields in docs/filters.md is that of the program, and its examples are filters: go test ./capture -run FilterDocument -update.
func TestFilterDocument(t *testing.T) {
	const begin, end = "<!-- made by go test ./capture -run FilterDocument -update -->\n", "<!-- end -->\n"
	name := filepath.Join("..", "docs", "filters.md")
	have, err := os.ReadFile(name)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(have), begin)
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, end)
	require.True(t, ok)
	want := before + begin + fieldTables(t) + end + after
	if *update {
		require.NoError(t, os.WriteFile(name, []byte(want), 0o644))
	}
	require.True(t, want == string(have) || *update, "docs/filters.md is not up to date: go test ./capture -run FilterDocument -update")

	f := load(t, filepath.Join("..", "testdata", "captures", "http.pcap"))
	examples := 0
	for line := range strings.Lines(before) {
		expr, ok := strings.CutPrefix(line, "    ")
		if !ok {
			continue
		}
		expr, _, _ = strings.Cut(strings.TrimSpace(expr), "   ")
		fl, err := f.Words(context.Background()).Parse(expr)
		require.NoError(t, err)
		_, _, err = f.Filter(context.Background(), fl, 1)
		require.NoError(t, err)
		examples++
	}
	require.Greater(t, examples, 8)
}

// fieldTables lists all fields, a table for each protocol.
func fieldTables(t testing.TB) string {
	seen := map[string]wire.Node{}
	var walk func([]wire.Node)
	walk = func(nodes []wire.Node) {
		for _, n := range nodes {
			if _, ok := seen[n.Key]; !ok {
				seen[n.Key] = n
			}
			walk(n.Children)
		}
	}
	for _, records := range sources(t) {
		for i := range records {
			walk(capture.FileLayers(&records[i], &capture.Summary{}))
		}
	}
	var b strings.Builder
	table := ""
	for _, f := range capture.FileFields() {
		if layer, _, _ := strings.Cut(f.Key, "."); layer != table {
			table = layer
			fmt.Fprintf(&b, "\n### %s\n\n| field | compared with | what it is |\n|---|---|---|\n", layer)
		}
		n := seen[f.Key]
		name, doc := f.Name, f.Doc
		if name == "" {
			name, doc = n.Name, n.Doc
		}
		what := strings.TrimSpace(strings.ReplaceAll(name+": "+doc, "|", "\\|"))
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", f.Key, kindOf(f, n), strings.Trim(what, ": "))
	}
	return b.String() + "\n"
}

// kindOf says what a field is compared with.
func kindOf(f wire.Field, n wire.Node) string {
	_, err := netip.ParseAddr(n.Value)
	switch {
	case f.Width == 1 || n.Width == 1:
		return "flag"
	case f.Format == wire.Address || err == nil:
		return "address, text"
	case f.Format == wire.MAC:
		return "text"
	case f.Width == 0 && n.Name == "" && strings.Contains(f.Key, "."):
		return "number, text" // in no packet of the captures
	case f.Width > 64, f.Width == 0 && n.Uint == 0 && n.Value != "0":
		return "text"
	}
	return "number, text"
}
