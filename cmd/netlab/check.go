package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/check"
)

// checkFlags are those of netlab check.
type checkFlags struct {
	target, artifacts string
	verbose           bool
	show              int
}

func (a *app) checkCommand() *cobra.Command {
	var flags checkFlags
	c := &cobra.Command{
		Use:   "check SCRIPT…",
		Short: "Run packet scripts against a TCP",
		Long: `Runs scripts in packetdrill's notation (docs/scripts.md), files or folders of them, against netlab's TCP: what arrives,
what the application calls, and which packets must be sent, when.

The first script that fails is told of in full, and the exit code is 1. A script that cannot be read has the exit code 2.`,
		Example: `  netlab check testdata/tcp
  netlab check -v testdata/tcp/rto/doubles.pkt
  netlab check testdata/tcp/rto/doubles.pkt --show 7`,
		RunE: func(_ *cobra.Command, args []string) error { return a.check(args, flags) },
	}
	f := c.Flags()
	f.StringVar(&flags.artifacts, "artifacts", "", "leave the capture of each failed run in this folder, with comments")
	f.BoolVarP(&flags.verbose, "verbose", "v", false, "name each script, and what it did")
	f.IntVar(&flags.show, "show", 0, "tell all that happens up to this step of one script, and why")
	return c
}

func (a *app) check(args []string, flags checkFlags) error {
	if len(args) == 0 {
		return usageError("check wants scripts: files, or folders of .pkt files (see netlab check --help)")
	}
	files, err := check.Files(args...)
	if err != nil {
		return usageError("check: %w", err)
	}
	if len(files) == 0 {
		return usageError("check %s: no .pkt files there", strings.Join(args, " "))
	}
	scripts := make([]*check.Script, len(files))
	for i, file := range files { // all are read before any is run
		if scripts[i], err = check.Load(file); err != nil {
			return usageError("check: %w", err)
		}
	}
	if flags.show > 0 {
		return a.showStep(scripts, flags.show)
	}
	return a.runScripts(scripts, flags)
}

func (a *app) showStep(scripts []*check.Script, step int) error {
	if len(scripts) != 1 {
		return usageError("check --show %d: of one script, not of %d", step, len(scripts))
	}
	if n := len(scripts[0].Steps); step > n {
		return usageError("check --show %d: %s has %d steps", step, scripts[0].Name, n)
	}
	out := newBufferedOut(a.out)
	played := check.Explain(out, scripts[0], step)
	if played.Failure != nil {
		fmt.Fprintf(out, "\n%s", played.Story())
	}
	if err := out.Flush(); err != nil {
		return outputError(err)
	}
	if played.Failure != nil {
		return &codeError{code: exitNo}
	}
	return nil
}

func (a *app) runScripts(scripts []*check.Script, flags checkFlags) error {
	begun := time.Now()
	failed := 0
	for _, script := range scripts {
		played := check.Against(script)
		if err := a.reportScript(played, flags, failed == 0); err != nil {
			return err
		}
		if played.Failure != nil {
			failed++
		}
	}
	if !a.json && !a.quiet {
		fmt.Fprintf(a.out, "%d scripts, %d held, %d failed (%v)\n", len(scripts), len(scripts)-failed, failed, time.Since(begun).Round(time.Millisecond))
	}
	if failed > 0 {
		return &codeError{code: exitNo}
	}
	return nil
}

// reportScript says how a run went; the story of the first that failed in full.
func (a *app) reportScript(played *check.Played, flags checkFlags, first bool) error {
	failed := played.Failure != nil
	capture := ""
	if failed && flags.artifacts != "" {
		var err error
		if capture, err = writeArtifact(played, flags.artifacts); err != nil {
			return &codeError{exitNo, fmt.Errorf("check --artifacts %s: %w", flags.artifacts, reason(err))}
		}
	}
	switch {
	case a.json:
		line := map[string]any{"script": played.Script.Name, "steps": len(played.Script.Steps), "held": played.Held, "ok": !failed}
		if failed {
			f := played.Failure
			line["line"], line["what"], line["expected"], line["actual"] = played.Script.Steps[f.Step].Line, f.What, f.Want, f.Got
		}
		if capture != "" {
			line["capture"] = capture
		}
		return a.printJSON(line)
	case failed && (first || flags.verbose):
		fmt.Fprintf(a.out, "FAIL %s\n", played.Story())
	case failed:
		fmt.Fprintf(a.out, "FAIL %s, line %d: %s\n", played.Script.Name, played.Script.Steps[played.Failure.Step].Line, played.Failure.What)
	case flags.verbose:
		fmt.Fprintf(a.out, "ok   %s, %d steps\n", played.Script.Name, len(played.Script.Steps))
	}
	if capture != "" {
		fmt.Fprintf(a.out, "     %s\n", capture)
	}
	return nil
}

// writeArtifact writes the capture of a failed run and returns where.
func writeArtifact(played *check.Played, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	name := strings.TrimSuffix(strings.ReplaceAll(strings.TrimPrefix(filepath.Clean(played.Script.Name), "/"), string(filepath.Separator), "-"), ".pkt")
	path := filepath.Join(dir, name+".pcapng")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	err = played.WriteCapture(f)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return path, err
}
