// Package netlab holds no code: the project's packages are in the folders beside this file, and the
// program is cmd/netlab. The test here holds the boundaries between them.
package netlab

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ours says which packages of this module each package may import (ARCHITECTURE.md says why).
// A package that is not in the table fails the test: a new one needs a row, and a reason.
func ours() map[string]string {
	return map[string]string{
		"wire":              "",
		"trace":             "wire",
		"ip":                "wire trace",
		"udp":               "wire trace",
		"tcp":               "wire trace",
		"http":              "wire trace",
		"http/adapter":      "http",
		"http2":             "wire",
		"dns":               "wire trace",
		"dhcp":              "wire trace",
		"rip":               "wire trace",
		"tls":               "wire trace",
		"tls/tlsnet":        "tls",
		"quic":              "wire tls",
		"ether":             "wire trace ip",
		"flow":              "wire ip tcp",
		"link":              "wire trace",
		"netns":             "link",
		"timeline":          "wire trace tcp",
		"stack":             "wire trace ether ip udp tcp link",
		"service":           "wire trace ip tcp http dns dhcp rip tls tls/tlsnet stack capture",
		"nearest":           "",
		"filter":            "wire nearest",
		"labs":              "",
		"labca":             "",
		"sim":               "wire trace ether ip udp tcp http dns dhcp rip tls tls/tlsnet link stack service timeline labs labca nearest",
		"capture":           "wire filter ether ip udp tcp http dns dhcp rip tls quic flow http2",
		"stream":            "wire ip tcp http tls quic capture http2 dns",
		"narrate":           "wire trace timeline capture stream filter tls flow",
		"export":            "wire trace timeline flow capture narrate stream tls",
		"replay":            "wire ip tcp link capture sim",
		"check":             "wire trace ip tcp link netns capture nearest",
		"check/mutants":     "",
		"check/differences": "check",
		"tui":               "wire trace timeline capture link tcp sim labs narrate filter flow nearest stream tls export",
		"cmd/netlab":        "*",
	}
}

// pure are the packages that take octets and the time and give octets and deadlines, and nothing else:
// no goroutine, clock, socket, file or lock (DESIGN: sans-I/O cores).
func pure() []string {
	return []string{"wire", "trace", "ip", "udp", "tcp", "http", "http2", "dns", "dhcp", "rip", "ether", "tls", "quic", "flow"}
}

// codecs are the libraries that a pure package may import to build and read its messages, and nothing else of them: for tls, the one
// cipher that is not in the standard library.
func codecs() map[string]string {
	return map[string]string{"dns": "github.com/miekg/dns", "tls": "golang.org/x/crypto/chacha20poly1305"}
}

type goPackage struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func list(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...").Output()
	require.NoError(t, err)
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	for _, p := range list(t) {
		name, inModule := strings.CutPrefix(p.ImportPath, "netlab/")
		if !inModule || len(p.GoFiles) == 0 {
			continue
		}
		allowed, known := ours()[name]
		require.True(t, known, "package %s has no row in the table of arch_test.go", name)
		if allowed == "*" {
			continue
		}
		for _, i := range p.Imports {
			if dep, is := strings.CutPrefix(i, "netlab/"); is {
				require.Contains(t, strings.Fields(allowed), dep, "%s may not import %s", name, dep)
			}
		}
		if slices.Contains(pure(), name) {
			for _, i := range p.Imports {
				require.NotContains(t, []string{"net", "net/http", "os", "os/exec", "sync", "sync/atomic", "syscall", "context", "math/rand"}, i,
					"%s is sans-I/O and may not import %s", name, i)
				if i == codecs()[name] {
					continue
				}
				require.NotContains(t, strings.Split(i, "/")[0], ".", "%s is pure standard library and may not import %s", name, i)
			}
		}
	}
}

// What starts no goroutine has no races, and .ci/run need not look for them.
func TestRacesAreLookedForInAllButPurePackages(t *testing.T) {
	script, err := os.ReadFile(".ci/run")
	require.NoError(t, err)
	require.Contains(t, string(script), "\npure='"+strings.Join(pure(), "|")+"'\n")
}

func TestPureCoresHaveNoClockGoroutineOrChannel(t *testing.T) {
	for _, p := range list(t) {
		if !slices.Contains(pure(), strings.TrimPrefix(p.ImportPath, "netlab/")) {
			continue
		}
		eachFile(t, p, func(set *token.FileSet, f *ast.File) {
			ast.Inspect(f, func(n ast.Node) bool {
				what := ""
				switch n := n.(type) {
				case *ast.GoStmt:
					what = "a go statement"
				case *ast.ChanType:
					what = "a channel"
				case *ast.SelectStmt:
					what = "a select statement"
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" &&
						slices.Contains([]string{"Now", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Since", "Until"}, n.Sel.Name) {
						what = "time." + n.Sel.Name
					}
				}
				if what != "" {
					t.Errorf("%s: %s in a sans-I/O package", set.Position(n.Pos()), what)
				}
				return true
			})
		})
	}
}

// A package variable is state that two hosts, or two tests, share without saying so. Sentinel errors,
// compile-time assertions and embedded files are the exceptions.
func TestNoPackageVariables(t *testing.T) {
	for _, p := range list(t) {
		eachFile(t, p, func(set *token.FileSet, f *ast.File) {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Name.Name == "init" && fn.Recv == nil {
					t.Errorf("%s: an init function", set.Position(fn.Pos()))
				}
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.VAR {
					continue
				}
				for _, s := range g.Specs {
					v := s.(*ast.ValueSpec)
					for _, name := range v.Names {
						embedded := g.Doc != nil && strings.Contains(docText(g.Doc), "//go:embed") || v.Doc != nil && strings.Contains(docText(v.Doc), "//go:embed")
						if name.Name != "_" && !strings.HasPrefix(name.Name, "Err") && !strings.HasPrefix(name.Name, "err") && !embedded {
							t.Errorf("%s: package variable %s", set.Position(name.Pos()), name.Name)
						}
					}
				}
			}
		})
	}
}

func docText(g *ast.CommentGroup) string {
	var s strings.Builder
	for _, c := range g.List {
		s.WriteString(c.Text + "\n")
	}
	return s.String()
}

func eachFile(t *testing.T, p goPackage, f func(*token.FileSet, *ast.File)) {
	t.Helper()
	for _, name := range p.GoFiles {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.ParseComments)
		require.NoError(t, err)
		f(set, file)
	}
}

// Every file of Go in the module belongs to a package that the table names, or to a test.
func TestTheTableHasNoDeadRows(t *testing.T) {
	for name := range ours() {
		_, err := os.Stat(filepath.FromSlash(name))
		require.NoError(t, err, fmt.Sprintf("the table names %s, which does not exist", name))
	}
}
