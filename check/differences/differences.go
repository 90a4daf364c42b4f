// Package differences runs all packet scripts against another implementation of TCP and says where it differs, and who is right by the standards: the
// tables docs/differences.md and docs/gvisor.md. It is made for tests.
package differences

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
	"time"

	"netlab/check"
)

// Longest is how much time a script may take that is run in real time.
const Longest = 20 * time.Second

// atOnce is how many scripts are run at the same time: they wait most of it.
const atOnce = 12

// Try runs a script against a subject, which is made anew for each try: in real time a machine that is busy is late now and then. why
// says why it cannot be run there; it is empty if it was.
func Try(script *check.Script, subject func() check.Subject) (played *check.Played, why string, err error) {
	if script.Length() > Longest {
		return nil, "takes too long in real time", nil
	}
	for range 3 {
		live, err := check.Real(script, subject())
		if errors.Is(err, check.ErrNoCounterpart) {
			return nil, err.Error(), nil
		}
		if err != nil {
			return nil, "", err
		}
		played = check.Play(script, live)
		if err := live.Close(); err != nil {
			return nil, "", err
		}
		if played.Skipped != "" {
			return nil, played.Skipped, nil
		}
		if played.Failure == nil {
			break
		}
	}
	return played, "", nil
}

// Table is what came of running all scripts.
type Table struct {
	Scripts, Held, Passed int      // all; those that hold; those that cannot be run there
	Rows                  []string // of a Markdown table: script, who is right, why
	Unexplained           []string // differences without a verdict
}

// verdict is a line of a file of verdicts: in which scripts the subject differs, who is right, and why.
type verdict struct{ glob, right, why string }

func verdicts(file string) (all []verdict, err error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		if line := s.Text(); line != "" && line[0] != '#' {
			parts := strings.Split(line, "\t")
			if len(parts) != 3 {
				return nil, fmt.Errorf("differences: %s: want three columns, not %q", file, line)
			}
			all = append(all, verdict{parts[0], parts[1], parts[2]})
		}
	}
	return all, s.Err()
}

// Run runs all scripts below root against a subject and looks up the verdicts.
func Run(root, verdictFile string, subject func() check.Subject) (*Table, error) {
	all, err := verdicts(verdictFile)
	if err != nil {
		return nil, err
	}
	files, err := check.Files(root)
	if err != nil {
		return nil, err
	}
	type outcome struct {
		story, why string
		err        error
	}
	outcomes := make([]outcome, len(files))
	var group sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for i, file := range files {
		group.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			script, err := check.Load(file)
			if err != nil {
				outcomes[i].err = err
				return
			}
			played, why, err := Try(script, subject)
			outcomes[i] = outcome{why: why, err: err}
			if played != nil && played.Failure != nil {
				f := played.Failure
				outcomes[i].story = fmt.Sprintf("line %d, %s: expected `%s`, got `%s`", script.Steps[f.Step].Line, f.What, f.Want, f.Got)
			}
		})
	}
	group.Wait()

	t := &Table{Scripts: len(files)}
	for i, o := range outcomes {
		name, _ := filepath.Rel(root, files[i])
		name = strings.TrimSuffix(filepath.ToSlash(name), ".pkt")
		switch {
		case o.err != nil:
			return nil, fmt.Errorf("differences: %s: %w", name, o.err)
		case o.why != "":
			t.Passed++
			continue
		case o.story == "":
			t.Held++
			continue
		}
		if v := slices.IndexFunc(all, func(v verdict) bool { ok, _ := path.Match(v.glob, name); return ok }); v < 0 {
			t.Unexplained = append(t.Unexplained, name+": "+o.story)
		} else {
			t.Rows = append(t.Rows, fmt.Sprintf("| `%s` | %s | %s |", name, all[v].right, all[v].why))
		}
	}
	return t, nil
}

// Write writes the table as Markdown. Which scripts fail by a little in real time depends on the machine, so it is not compared with an older one.
func (t *Table) Write(file, title, made, subject, verdictFile string) error {
	text := fmt.Sprintf("# %s\n\nMade by `%s`, on %s: of the %d scripts of `testdata/tcp`, all of which hold for netlab,\n%d hold there, and %d set what it has no "+
		"switch for, or take too long in real time. The verdicts are in `%s`.\n\n| script | right | why |\n|---|---|---|\n%s\n",
		title, made, subject, t.Scripts, t.Held, t.Passed, verdictFile, strings.Join(t.Rows, "\n"))
	return os.WriteFile(file, []byte(text), 0o644)
}
