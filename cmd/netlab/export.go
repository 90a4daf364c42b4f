package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"netlab/capture"
	"netlab/export"
	"netlab/labs"
	"netlab/sim"
)

func (a *app) exportCommand() *cobra.Command {
	var f labFlags
	var to []string
	c := &cobra.Command{
		Use:   "export RUN --to FILE",
		Short: "Write a run or a capture as a web page, a diagram, a log or a commented capture",
		Long: `Writes a lab's run (by the lab's name or file; the seed and the faults choose which), or a capture file, in the form that the ending of
the file's name says:

  .html    one page that needs no network: packets, layers, octets, findings, and the ladder
  .svg     the ladder: who sent what when, and what was lost
  .md      the ladder as a Mermaid diagram in a Markdown page
  .pcapng  a capture with comments: why each packet was sent, and what is to be found
  .sqlog   the events as qlog

The same run gives the same file, always. The file is there whole or not at all.`,
		Example: "  netlab export lossy-upload --seed 7 --to run.html\n  netlab export capture.pcapng --to ladder.svg --to findings.pcapng",
		Args:    oneArg("export", "a lab's name or file, or a capture file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(to) == 0 {
				return usageError("export %s: --to which file? Its name ends in %s", args[0], strings.Join(export.Forms(), ", "))
			}
			return a.export(cmd.Context(), args[0], f, to)
		},
		ValidArgsFunction: completeLabs,
	}
	c.Flags().StringArrayVar(&to, "to", nil, "the file to write (repeatable)")
	f.add(c)
	_ = c.Flags().MarkHidden("paused")
	return c
}

// export writes a lab's run or a capture.
func (a *app) export(ctx context.Context, name string, f labFlags, to []string) error {
	if err := checkForms(to); err != nil {
		return err
	}
	if slices.Contains(labs.Names(), name) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") {
		run, err := a.exportedLab(ctx, name, f)
		if err != nil {
			return err
		}
		return a.writeExports(run, to)
	}
	file, err := os.Open(name)
	if err != nil {
		return usageError("export %s: %v (labs are %s)", name, reason(err), strings.Join(labs.Names(), ", "))
	}
	defer file.Close()
	return a.exportCapture(filepath.Base(name), file, to)
}

func checkForms(to []string) error {
	for _, file := range to {
		if _, err := export.Form(file); err != nil {
			return usageError("%w", err)
		}
	}
	return nil
}

// exportedLab runs a lab to its end.
func (a *app) exportedLab(ctx context.Context, name string, f labFlags) (*export.Run, error) {
	until, err := f.untilTime()
	if err != nil {
		return nil, err
	}
	topology, options, err := a.prepareLab(name, f)
	if err != nil {
		return nil, err
	}
	if len(topology.Outside()) > 0 {
		return nil, usageError("export %s: it has a way out, so it runs in real time: netlab lab %s --pcap FILE records it", name, name)
	}
	n, err := sim.New(topology, options)
	if err != nil {
		return nil, usageError("%w", err)
	}
	defer n.Close()
	for n.Step() && (until == 0 || n.Now() < until) {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return export.Timeline(fmt.Sprintf("%s, seed %d", topology.Title, n.Seed()), n.Store().View(), namesOf(topology)), nil
}

// exportCapture writes a capture in other forms; of one that is damaged, what it holds.
func (a *app) exportCapture(name string, in io.Reader, to []string) error {
	r, err := capture.NewReader(name, in)
	if err != nil {
		return usageError("%w", err)
	}
	run, damaged := export.Capture(name, r)
	if err := a.writeExports(run, to); err != nil {
		return err
	}
	if damaged != nil {
		return usageError("%w", damaged)
	}
	return nil
}

func (a *app) writeExports(run *export.Run, to []string) error {
	for _, name := range to {
		form, err := export.Form(name)
		if err != nil {
			return usageError("%w", err)
		}
		file, err := createFile(name)
		if err != nil {
			return err
		}
		out := newBufferedOut(file)
		err = export.Write(out, form, run)
		if flushErr := out.Flush(); err == nil {
			err = flushErr
		}
		if err := file.finish(err); err != nil {
			return err
		}
		if a.quiet {
			continue
		}
		if a.json {
			if err := a.printJSON(map[string]any{"file": name, "packets": len(run.Packets), "findings": len(run.Notes), "left_out": run.More}); err != nil {
				return err
			}
			continue
		}
		left := ""
		if run.More > 0 {
			left = fmt.Sprintf(", %d left out", run.More)
		}
		if _, err := fmt.Fprintf(a.out, "%s: %d packets%s, %d things to point at\n", name, len(run.Packets), left, len(run.Notes)); err != nil {
			return outputError(err)
		}
	}
	return nil
}
