package main

import (
	"fmt"
	"io"

	"netlab/sim"
)

// maxMistakes is how many mistakes of a lab file are shown.
const maxMistakes = 20

// checkLab reads a lab without running it, and shows what is wrong with it. Warnings do not fail.
func (a *app) checkLab(name string) error {
	if isRun(name) {
		return a.checkRun(name)
	}
	file, text := "standard input", []byte(nil)
	var err error
	if name == "-" {
		if text, err = io.ReadAll(a.in); err != nil {
			return usageError("lab -: %v", reason(err))
		}
	} else if file, text, err = readLab(name); err != nil {
		return err
	}
	t, mistakes, warnings := sim.Check(file, text)
	for i, m := range mistakes {
		if i == maxMistakes && !a.json {
			fmt.Fprintf(a.err, "and %d more\n", len(mistakes)-i)
			break
		}
		if err := a.showFinding("mistake", m); err != nil {
			return err
		}
	}
	if len(mistakes) > 0 {
		return &codeError{exitUsage, nil}
	}
	for _, w := range warnings {
		if err := a.showFinding("warning", w); err != nil {
			return err
		}
	}
	if a.json {
		return a.printJSON(map[string]any{"kind": "ok", "hosts": len(t.Hosts), "links": len(t.Links), "apps": len(t.Apps), "warnings": len(warnings)})
	}
	_, err = fmt.Fprintf(a.out, "ok: %s, %s, %s%s\n", count(len(t.Hosts), "host"), count(len(t.Links), "link"), count(len(t.Apps), "application"), but(len(warnings)))
	return outputError(err)
}

// checkRun reads a stored run, as far as the first mistake.
func (a *app) checkRun(name string) error {
	t, options, err := a.prepareLab(name, labFlags{})
	if err != nil {
		return err
	}
	n, err := sim.New(t, options)
	if err != nil {
		return usageError("%s: %w", name, err)
	}
	n.Close()
	if a.json {
		return a.printJSON(map[string]any{"kind": "ok", "hosts": len(t.Hosts), "links": len(t.Links), "apps": len(t.Apps), "inputs": len(options.Inputs)})
	}
	_, err = fmt.Fprintf(a.out, "ok: a run of lab %s with seed %d, %s\n", t.Name, options.Seed, count(len(options.Inputs), "input"))
	return outputError(err)
}

// showFinding shows a mistake or a warning, with its line and a caret.
func (a *app) showFinding(kind string, e *sim.ParseError) error {
	if a.json {
		return a.printJSON(map[string]any{"kind": kind, "file": e.File, "line": e.Line, "column": e.Col, "message": e.Wrong})
	}
	if kind == "warning" {
		e.Wrong = "warning: " + e.Wrong
	}
	_, err := fmt.Fprintln(a.err, e)
	return outputError(err)
}

func but(warnings int) string {
	if warnings == 0 {
		return ""
	}
	return ", " + count(warnings, "warning")
}

// count returns "1 host", "2 hosts".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
