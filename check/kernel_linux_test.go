package check_test

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/check"
	"netlab/netns"
)

// longest is how much time a script may take that is run in real time.
const longest = 20 * time.Second

// needTUN skips the test where there is no TUN, and says why; .ci/run insists on it.
func needTUN(t *testing.T) {
	t.Helper()
	for _, f := range netns.Check() {
		if f.Problem != nil {
			if os.Getenv("NETLAB_NEED_TUN") != "" {
				t.Fatal(f.Problem)
			}
			t.Skip(f.Problem)
		}
	}
}

// kernel runs a script against the kernel. nil: it cannot be run there, and why.
func kernel(t *testing.T, script *check.Script) (played *check.Played, why string) {
	self, err := os.Executable()
	require.NoError(t, err)
	if script.Length() > longest {
		return nil, "takes too long in real time"
	}
	for range 3 { // in real time a machine that is busy is late now and then
		live, err := check.Kernel(script, []string{"/usr/bin/env", serveCalls + "=1", self})
		if errors.Is(err, check.ErrNoCounterpart) {
			return nil, err.Error()
		}
		require.NoError(t, err)
		played = check.Play(script, live)
		require.NoError(t, live.Close())
		if played.Skipped != "" {
			return nil, played.Skipped
		}
		if played.Failure == nil {
			break
		}
	}
	return played, ""
}

// The kernel is another implementation that the scripts can be run against, in real time.
func TestKernelHoldsTheHandshake(t *testing.T) {
	needTUN(t)
	for _, name := range []string{"handshake/passive", "handshake/rst-in-syn-sent", "data/out-of-order", "close/passive", "nagle/second-waits"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			script, err := check.Load(filepath.Join("..", "testdata", "tcp", name+".pkt"))
			require.NoError(t, err)
			played, why := kernel(t, script)
			require.Empty(t, why)
			require.Empty(t, played.Story())
		})
	}
}

// verdict is a line of testdata/kernel.tsv: in which scripts the kernel differs, who is right, and why.
type verdict struct{ glob, right, why string }

func verdicts(t *testing.T) (all []verdict) {
	f, err := os.Open("testdata/kernel.tsv")
	require.NoError(t, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if line := s.Text(); line != "" && line[0] != '#' {
			parts := strings.Split(line, "\t")
			require.Len(t, parts, 3, line)
			all = append(all, verdict{parts[0], parts[1], parts[2]})
		}
	}
	return all
}

// TestKernelDifferences runs every script against the kernel. Whatever does not hold there must have a verdict; docs/differences.md
// is the table. It takes minutes of mostly waiting.
func TestKernelDifferences(t *testing.T) {
	if os.Getenv("NETLAB_KERNEL") == "" {
		t.Skip("set NETLAB_KERNEL=1 to run every script against this machine's kernel")
	}
	needTUN(t)
	root := filepath.Join("..", "testdata", "tcp")
	files, err := check.Files(root)
	require.NoError(t, err)
	type outcome struct{ name, story, why string }
	outcomes := make([]outcome, len(files))
	var group sync.WaitGroup
	slots := make(chan struct{}, 12)
	for i, file := range files {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			script, err := check.Load(file)
			if err != nil {
				t.Error(err)
				return
			}
			name, _ := filepath.Rel(root, file)
			played, why := kernel(t, script)
			outcomes[i] = outcome{name: strings.TrimSuffix(filepath.ToSlash(name), ".pkt"), why: why}
			if played != nil && played.Failure != nil {
				f := played.Failure
				outcomes[i].story = fmt.Sprintf("line %d, %s: expected `%s`, the kernel `%s`", script.Steps[f.Step].Line, f.What, f.Want, f.Got)
			}
		})
	}
	group.Wait()

	all := verdicts(t)
	var rows, unexplained []string
	held, skipped := 0, 0
	for _, o := range outcomes {
		switch {
		case o.why != "":
			skipped++
			continue
		case o.story == "":
			held++
			continue
		}
		i := slices.IndexFunc(all, func(v verdict) bool { ok, _ := path.Match(v.glob, o.name); return ok })
		if i < 0 {
			unexplained = append(unexplained, o.name+": "+o.story)
			continue
		}
		rows = append(rows, fmt.Sprintf("| `%s` | %s | %s |", o.name, all[i].right, all[i].why))
	}
	t.Logf("%d scripts, %d held, %d differ, %d cannot be run there", len(outcomes), held, len(rows)+len(unexplained), skipped)
	for _, u := range unexplained {
		t.Errorf("no verdict in testdata/kernel.tsv: %s", u)
	}
	writeDifferences(t, rows, len(outcomes), held, skipped)
}

// writeDifferences writes docs/differences.md, if -update is given. Which scripts fail by a little in real time depends on the
// machine, so the table is not compared.
func writeDifferences(t *testing.T, rows []string, scripts, held, skipped int) {
	if !updating() || t.Failed() {
		return
	}
	text := fmt.Sprintf("# Where Linux differs from the scripts\n\nMade by `NETLAB_KERNEL=1 go test ./check -run KernelDifferences -update`, on Linux %s: of the %d scripts of `testdata/tcp`, "+
		"all of which\nhold for netlab, %d hold for the kernel, and %d set what it has no switch for, or take too long in real time. The verdicts are in `check/testdata/kernel.tsv`.\n\n"+
		"| script | right | why |\n|---|---|---|\n%s\n", release(t), scripts, held, skipped, strings.Join(rows, "\n"))
	require.NoError(t, os.WriteFile("../docs/differences.md", []byte(text), 0o644))
}

func release(t *testing.T) string {
	text, err := os.ReadFile("/proc/sys/kernel/osrelease")
	require.NoError(t, err)
	version, _, _ := strings.Cut(strings.TrimSpace(string(text)), "-")
	return version
}
