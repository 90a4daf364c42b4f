package mutants_test

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/check/mutants"
)

// The test takes a minute and is a part of .ci/run, not of go test ./...
const wanted = "NETLAB_MUTANTS"

func TestEveryMutantIsKilled(t *testing.T) {
	if os.Getenv(wanted) == "" {
		t.Skipf("set %s=1 to seed mistakes into package tcp and see the scripts find them", wanted)
	}
	all := mutants.All()
	require.GreaterOrEqual(t, len(all), 60)
	binary := build(t, all)

	require.Empty(t, run(t, binary, 0), "without a mutant every script holds")
	killers := make([][]string, len(all))
	var group sync.WaitGroup
	slots := make(chan struct{}, 2)
	for i := range all {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			killers[i] = run(t, binary, i+1)
		})
	}
	group.Wait()
	for i, m := range all {
		if len(killers[i]) == 0 {
			t.Errorf("no script finds that %s (%s)", m.What, m.File)
		}
	}
	if !t.Failed() {
		table(t, all, killers)
	}
}

// build makes the runner of killer_test.go with all the mutants in it.
func build(t *testing.T, all []mutants.Mutant) (binary string) {
	dir := t.TempDir()
	tcp, err := filepath.Abs("../../tcp")
	require.NoError(t, err)
	replace := map[string]string{}
	texts := map[string]string{}
	for i, m := range all {
		path := filepath.Join(tcp, m.File)
		if texts[path] == "" {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			texts[path] = string(text)
		}
		if n := strings.Count(texts[path], m.Old); n != 1 {
			t.Errorf("mutant %d (%s): what it replaces is %d times in %s", i+1, m.What, n, m.File)
			continue
		}
		replacement := regexp.MustCompile(`\bM\b`).ReplaceAllString(m.New, fmt.Sprintf("mutant(%d)", i+1))
		texts[path] = strings.Replace(texts[path], m.Old, replacement, 1)
	}
	require.False(t, t.Failed())
	texts[filepath.Join(tcp, "mutant.go")] = "package tcp\n\nvar Mutant int\n\nfunc mutant(n int) bool { return n == Mutant }\n"
	for path, text := range texts {
		replace[path] = filepath.Join(dir, filepath.Base(path))
		require.NoError(t, os.WriteFile(replace[path], []byte(text), 0o600))
	}
	overlay := filepath.Join(dir, "overlay.json")
	j, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(overlay, j, 0o600))
	binary = filepath.Join(dir, "killer.test")
	out, err := exec.Command("go", "test", "-c", "-vet=off", "-tags", "mutants", "-overlay", overlay, "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// run runs all scripts with one mutant switched on and returns those that failed. A mutant that hangs is killed too.
func run(t *testing.T, binary string, number int) (killers []string) {
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Second)
	defer cancel()
	c := exec.CommandContext(ctx, binary, "-test.run", "^TestMutant$")
	c.Env = append(os.Environ(), "NETLAB_MUTANT="+strconv.Itoa(number))
	out, err := c.CombinedOutput()
	for _, line := range strings.Split(string(out), "\n") {
		if name, is := strings.CutPrefix(line, "killed by "); is {
			killers = append(killers, name)
		}
	}
	switch {
	case ctx.Err() != nil:
		killers = append(killers, "a connection that hangs")
	case err != nil:
		killers = append(killers, "a panic")
	}
	return killers
}

// update reports whether -update is given: docs/mutants.md is written anew.
func update() bool { return flag.Lookup("update").Value.String() == "true" }

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write docs/mutants.md anew")
	flag.Parse()
	os.Exit(m.Run())
}

// table compares docs/mutants.md with what was found, or writes it.
func table(t *testing.T, all []mutants.Mutant, killers [][]string) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Mistakes that the packet scripts find\n\nMade by `%s=1 go test ./check/mutants -update`: %d mistakes, each seeded into package `tcp` by itself, and how many of the scripts\n"+
		"in `testdata/tcp` find it. The first of them is named.\n\n| # | file | mistake | found by | and |\n|---|---|---|---|---|\n", wanted, len(all))
	for i, m := range all {
		more := ""
		if n := len(killers[i]) - 1; n > 0 {
			more = fmt.Sprintf("%d more", n)
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | `%s` | %s |\n", i+1, m.File, m.What, killers[i][0], more)
	}
	const path = "../../docs/mutants.md"
	if update() {
		require.NoError(t, os.WriteFile(path, []byte(b.String()), 0o644))
		return
	}
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	for i, m := range all { // which scripts find it changes with every new one
		require.Contains(t, string(text), fmt.Sprintf("| %d | `%s` | %s | ", i+1, m.File, m.What), "docs/mutants.md is old: run this with -update")
	}
}
