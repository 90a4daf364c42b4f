package netlab

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/rfc9293.md anew")

// TestEveryRequirementOfRFC9293 writes docs/rfc9293.md: for each requirement of RFC 9293, Appendix B, the tests and packet
// scripts that name it, in a comment such as "MUST-13". One without a test needs a reason in
// testdata/rfc9293-requirements.tsv, its last column.
func TestEveryRequirementOfRFC9293(t *testing.T) {
	shown := map[string][]string{}
	testsThatName(t, shown)
	scriptsThatName(t, shown)

	rows, err := os.ReadFile(filepath.Join("testdata", "rfc9293-requirements.tsv"))
	require.NoError(t, err)
	var doc strings.Builder
	doc.WriteString("# RFC 9293, requirement by requirement\n\nMade by `go test . -run RFC9293 -update` from the list in Appendix B of the RFC" +
		" (`testdata/rfc9293-requirements.tsv`) and from the tests and packet scripts that name a requirement in a comment.\n")
	group, known := "", map[string]bool{}
	for _, row := range strings.Split(strings.TrimSpace(string(rows)), "\n") {
		if strings.HasPrefix(row, "#") {
			continue
		}
		f := append(strings.Split(row, "\t"), "", "")
		id, level, section, why := f[0], f[1], f[4], f[5]
		known[id] = true
		if f[2] != group {
			group = f[2]
			fmt.Fprintf(&doc, "\n## %s\n\n| requirement | | section | shown by |\n|---|---|---|---|\n", strings.TrimSuffix(group, ":"))
		}
		by := strings.Join(shown[id], "<br>")
		if by == "" {
			by = "no test: " + why
			if why == "" {
				t.Errorf("%s (%s %s, RFC 9293, Section %s) has no test, and its row gives no reason", id, level, f[3], section)
			}
		} else if why != "" {
			by += "<br>" + why
		}
		fmt.Fprintf(&doc, "| %s | %s: %s | %s | %s |\n", id, level, f[3], section, by)
	}
	for id, by := range shown {
		require.True(t, known[id], "%v name %s, which RFC 9293 does not have", by, id)
	}

	path := filepath.Join("docs", "rfc9293.md")
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(doc.String()), 0o644))
	}
	have, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, doc.String(), string(have), "docs/rfc9293.md is not up to date: go test . -run RFC9293 -update")
}

// requirement finds the names of requirements in a comment.
func requirement() *regexp.Regexp { return regexp.MustCompile(`\b(?:MUST|SHLD|MAY|REC)-\d+\b`) }

func name(shown map[string][]string, text, by string) {
	for _, id := range requirement().FindAllString(text, -1) {
		if !slices.Contains(shown[id], by) {
			shown[id] = append(shown[id], by)
		}
	}
}

// testsThatName looks into the comments of the test functions of tcp and stack, and of those that run them.
func testsThatName(t *testing.T, shown map[string][]string) {
	for _, dir := range []string{"tcp", "stack", "check", "cmd/netlab"} {
		files, err := filepath.Glob(filepath.Join(filepath.FromSlash(dir), "*_test.go"))
		require.NoError(t, err)
		for _, path := range files {
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, path, nil, parser.ParseComments)
			require.NoError(t, err)
			for _, d := range file.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || !strings.HasPrefix(f.Name.Name, "Test") {
					continue
				}
				by := "`" + dir + "." + f.Name.Name + "`"
				for _, c := range file.Comments {
					if c == f.Doc || c.Pos() > f.Pos() && c.End() < f.End() {
						name(shown, c.Text(), by)
					}
				}
			}
		}
	}
}

// scriptsThatName looks into the comments of packet scripts.
func scriptsThatName(t *testing.T, shown map[string][]string) {
	root := filepath.Join("testdata", "tcp")
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		by, _ := filepath.Rel(root, path)
		for _, line := range strings.Split(string(text), "\n") {
			if _, comment, ok := strings.Cut(line, "#"); ok {
				name(shown, comment, "`"+filepath.ToSlash(by)+"`")
			}
		}
		return nil
	})
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
}
