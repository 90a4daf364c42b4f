package main

import (
	"cmp"
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
	"netlab/narrate"
	"netlab/sim"
	"netlab/tls"
)

func (a *app) exportCommand() *cobra.Command {
	var f labFlags
	var to []string
	c := &cobra.Command{
		Use:   "export RUN --to FILE",
		Short: "Write a run or a capture as a web page, a diagram, a log or a commented capture",
		Long: `Writes a lab's run (by the lab's name or file; the seed and the faults choose which; or a run stored as FILE.netlab), or a capture file, in the form that the ending of
the file's name says:

  .html    one page that needs no network: packets, layers, octets, findings, and the ladder
  .svg     the ladder: who sent what when, and what was lost
  .md      the ladder as a Mermaid diagram in a Markdown page
  .pcapng  a capture with comments: why each packet was sent, and what is to be found
  .sqlog   the events as qlog
  .netlab  the run itself: the lab, seed and inputs, with which netlab lab FILE.netlab repeats it (of a lab alone)

The same run gives the same file, always. The file is there whole or not at all.`,
		Example: "  netlab export lossy-upload --seed 7 --to run.html --to run.netlab\n  netlab export run.netlab --to run.svg\n  netlab export capture.pcapng --to ladder.svg --to findings.pcapng",
		Args:    oneArg("export", "a lab's name or file, a stored run, or a capture file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(to) == 0 {
				return usageError("export %s: --to which file? Its name ends in %s", args[0], strings.Join(append(export.Forms(), runEnding), ", "))
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

// namesLab reports whether a name is that of a lab, or of a file that describes one or its run.
func namesLab(name string) bool {
	return slices.Contains(labs.Names(), name) || strings.HasSuffix(name, ".yaml") || strings.HasSuffix(name, ".yml") || isRun(name)
}

// export writes a lab's run or a capture.
func (a *app) export(ctx context.Context, name string, f labFlags, to []string) error {
	forms := slices.DeleteFunc(slices.Clone(to), isRun)
	if err := checkForms(forms); err != nil {
		return err
	}
	if namesLab(name) {
		return a.exportLab(ctx, name, f, forms, slices.DeleteFunc(slices.Clone(to), func(file string) bool { return !isRun(file) }))
	}
	if len(forms) < len(to) {
		return usageError("export %s: only the run of a lab is stored as %s; of a capture there are %s", name, runEnding, strings.Join(export.Forms(), ", "))
	}
	file, err := os.Open(name)
	if err != nil {
		return usageError("export %s: %v (labs are %s)", name, reason(err), strings.Join(labs.Names(), ", "))
	}
	defer file.Close()
	keys, err := readCaptureKeys(a.keyLog)
	if err != nil {
		return err
	}
	addSecrets(file, keys.log)
	return a.exportCapture(ctx, filepath.Base(name), file, to, keys, narrate.Options{})
}

func checkForms(to []string) error {
	for _, file := range to {
		if _, err := export.Form(file); err != nil {
			return usageError("%w", err)
		}
	}
	return nil
}

// exportLab writes a lab's run in some forms, and as stored runs.
func (a *app) exportLab(ctx context.Context, name string, f labFlags, forms, runs []string) error {
	until, err := f.untilTime()
	if err != nil {
		return err
	}
	if until > 0 && len(runs) > 0 {
		return usageError("export %s: a run is stored whole: leave --until out, and give it when the run is repeated", name)
	}
	topology, options, err := a.prepareLab(name, f)
	if err != nil {
		return err
	}
	if len(topology.Outside()) > 0 {
		return usageError("export %s: it has a way out, so it runs in real time: netlab lab %s --pcap FILE records it", name, name)
	}
	n, err := sim.New(topology, options)
	if err != nil {
		return usageError("%s: %w", name, err)
	}
	defer n.Close()
	for _, file := range runs {
		if err := a.exportRun(file, n); err != nil {
			return err
		}
	}
	if len(forms) == 0 {
		return nil
	}
	for n.Step() && (until == 0 || n.Now() < until) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	run := export.Timeline(fmt.Sprintf("%s, seed %d", topology.Title, n.Seed()), n.Store().View(), namesOf(topology))
	return a.writeExports(run, forms, nil)
}

// exportRun stores a run, and says so.
func (a *app) exportRun(file string, n *sim.Network) error {
	if err := a.saveRun(file, n.Save); err != nil || a.quiet {
		return err
	}
	if a.json {
		return a.printJSON(map[string]any{"file": file, "lab": n.Topology().Name, "seed": n.Seed(), "inputs": len(n.Inputs())})
	}
	_, err := fmt.Fprintf(a.out, "%s: lab %s, seed %d, %s: netlab lab %s repeats it\n", file, n.Topology().Name, n.Seed(), count(len(n.Inputs()), "input"), file)
	return outputError(err)
}

// captureKeys are what decrypts the TLS of a capture.
type captureKeys struct {
	log   *tls.KeyLog
	given []byte // the key log that was named for it, which goes into captures that are made of it
}

// readCaptureKeys reads the keys of a capture. Those of the file that the environment variable names open it, but do not go into a capture that somebody may pass on.
func readCaptureKeys(flag string) (captureKeys, error) {
	log, text, err := readKeyLog(flag)
	if flag == "" {
		text = nil
	}
	return captureKeys{log, text}, err
}

// exportCapture writes a capture in other forms; of one that is damaged, what it holds. It is read twice: to find what is in it, and to write all its
// packets with that.
func (a *app) exportCapture(ctx context.Context, name string, in io.Reader, to []string, keys captureKeys, o narrate.Options) error {
	first, again, err := readTwice(in)
	if err != nil {
		return usageError("%s: %w", name, err)
	}
	defer again.Close()
	r, err := capture.NewReader(name, untilDone{ctx, first})
	if err != nil {
		return usageError("%w", err)
	}
	run, damaged := export.Capture(name, r, export.CaptureOptions{Keys: keys.log, Choose: chooser(o)})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if filter := o.Filter.String(); filter != "" {
		run.Title += ": " + filter
	}
	var whole func(io.Writer) error
	if len(run.Packets) > 0 {
		keyLog := append(r.Extra().KeyLog(), keys.given...)
		whole = func(w io.Writer) error { return exportPackets(ctx, w, name, again, run, keyLog) }
	}
	if err := a.writeExports(run, to, whole); err != nil {
		return err
	}
	if damaged != nil {
		return usageError("%w", damaged)
	}
	return nil
}

// exportPackets writes all packets of a capture that was read once, with what was found in it.
func exportPackets(ctx context.Context, w io.Writer, name string, file *os.File, run *export.Run, keyLog []byte) error {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	r, err := capture.NewReader(name, file)
	if err != nil {
		return err
	}
	out := export.NewCapture(w, run, keyLog)
	for rec, err := r.Borrow(); err == nil; rec, err = r.Borrow() { // what ends it has been met before
		if err := cmp.Or(ctx.Err(), out.Add(rec)); err != nil {
			return err
		}
	}
	return out.Flush()
}

// readTwice returns what reads a capture, and then the file that holds it: itself or, of a pipe, a temporary copy without a name.
func readTwice(in io.Reader) (first io.Reader, again *os.File, err error) {
	if f, ok := in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			return f, f, nil
		}
	}
	again, err = os.CreateTemp("", "netlab-*.pcap")
	if err != nil {
		return nil, nil, err
	}
	_ = os.Remove(again.Name())
	return io.TeeReader(in, again), again, nil
}

// writeExports writes a run in the forms that the files' names say. whole, if there is one, writes a capture of all packets, however many there are.
func (a *app) writeExports(run *export.Run, to []string, whole func(io.Writer) error) error {
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
		packets, more := len(run.Packets)+run.More, 0
		switch {
		case form != ".pcapng":
			short := run.Short()
			packets, more = len(short.Packets), short.More
			err = export.Write(out, form, short)
		case whole != nil:
			err = whole(out)
		default:
			err = export.Write(out, form, run)
		}
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
			if err := a.printJSON(map[string]any{"file": name, "packets": packets, "findings": len(run.Notes), "left_out": more}); err != nil {
				return err
			}
			continue
		}
		left := ""
		if more > 0 {
			left = fmt.Sprintf(", %d left out", more)
		}
		if _, err := fmt.Fprintf(a.out, "%s: %s%s, %s to point at\n", name, count(packets, "packet"), left, count(len(run.Notes), "thing")); err != nil {
			return outputError(err)
		}
	}
	return nil
}
