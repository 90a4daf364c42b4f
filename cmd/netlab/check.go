package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/check"
)

// checkFlags are those of netlab check.
type checkFlags struct {
	target, artifacts, serve string
	verbose, serveCalls      bool
	show                     int
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
  netlab check testdata/tcp/rto/doubles.pkt --show 7
  netlab check --target kernel testdata/tcp/handshake
  netlab check --serve 127.0.0.1:4000   # and elsewhere: netlab check --target 127.0.0.1:4000 testdata/tcp/close`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case flags.serveCalls:
				return check.ServeCalls(a.in, a.out)
			case flags.serve != "" && len(args) > 0:
				return usageError("check --serve %s %s: the scripts come from the other side; leave them out", flags.serve, args[0])
			case flags.serve != "":
				return a.serveScripts(cmd.Context(), flags.serve, flags.target)
			}
			return a.check(args, flags)
		},
	}
	f := c.Flags()
	f.StringVar(&flags.target, "target", "", "what to test: kernel (Linux, in a namespace), a command that makes the calls there, or ADDR:PORT where somebody serves a TCP (docs/scripts.md)")
	f.StringVar(&flags.serve, "serve", "", "let others test netlab's TCP, or the --target, through this ADDR:PORT until interrupted")
	f.BoolVar(&flags.serveCalls, "serve-calls", false, "make calls with the kernel's sockets, as --target kernel has it done")
	_ = f.MarkHidden("serve-calls")
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
	if flags.show > 0 && flags.target != "" {
		return usageError("check --show %d: tells what netlab's own TCP does, not what --target %s does", flags.show, flags.target)
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
	if flags.target != "" { // in real time: say how long that is, and each script when it is done
		flags.verbose = flags.verbose || !a.quiet
		var least time.Duration
		for _, script := range scripts {
			least += script.Length()
		}
		if !a.quiet && !a.json && least > time.Second {
			fmt.Fprintf(a.out, "In real time; these scripts wait for %v at least.\n", least.Round(time.Second))
		}
	}
	begun := time.Now()
	failed, skipped := 0, 0
	for _, script := range scripts {
		played, err := a.play(script, flags.target)
		if err != nil {
			return err
		}
		if played.Skipped != "" {
			skipped++
		}
		if err := a.reportScript(played, flags, failed == 0); err != nil {
			return err
		}
		if played.Failure != nil {
			failed++
		}
	}
	if !a.json && !a.quiet {
		cannot := ""
		if skipped > 0 {
			cannot = fmt.Sprintf(", %d cannot be run there", skipped)
		}
		held := len(scripts) - failed - skipped
		fmt.Fprintf(a.out, "%d scripts, %d held, %d failed%s (%v)\n", len(scripts), held, failed, cannot, time.Since(begun).Round(time.Millisecond))
	}
	if failed > 0 {
		return &codeError{code: exitNo}
	}
	return nil
}

// play runs one script against what is to be tested.
func (a *app) play(script *check.Script, target string) (*check.Played, error) {
	if target == "" {
		return check.Against(script), nil
	}
	subject, err := checkSubject(target)
	if err != nil {
		return nil, err
	}
	live, err := check.Real(script, subject)
	if errors.Is(err, check.ErrNoCounterpart) {
		return &check.Played{Script: script, Skipped: err.Error()}, nil
	}
	if errors.Is(err, check.ErrUnreachable) {
		return nil, usageError("%w; there, netlab check --serve ADDR:PORT answers", err)
	}
	if err != nil {
		return nil, err
	}
	played := check.Play(script, live)
	return played, live.Close()
}

// checkSubject returns what --target names.
func checkSubject(target string) (check.Subject, error) {
	if target == "kernel" {
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		return check.Kernel([]string{self, "check", "--serve-calls"}), nil
	}
	if host, port, err := net.SplitHostPort(target); err == nil && !strings.ContainsAny(host, " /") {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return nil, usageError("check --target %s: %q is no port: want a number up to 65535", target, port)
		}
		return check.Remote(target), nil
	}
	return check.Kernel(strings.Fields(target)), nil
}

// serveScripts lets other programs run scripts against netlab's TCP, or what target names, until it is interrupted. Each connection is one script.
func (a *app) serveScripts(ctx context.Context, address, target string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return usageError("check --serve %s: %w", address, err)
	}
	defer context.AfterFunc(ctx, func() { listener.Close() })()
	what := "netlab's TCP"
	if target != "" {
		what = target
	}
	fmt.Fprintf(a.out, "%s is tested by: netlab check --target %s SCRIPT…\n", what, listener.Addr())
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			return &codeError{code: exitInterrupted}
		}
		if err != nil {
			return fmt.Errorf("check --serve %s: %w", address, err)
		}
		subject := check.Timed(func(cfg check.Config) check.Target { return check.NewCore(cfg, false) })
		if target != "" {
			if subject, err = checkSubject(target); err != nil {
				return err
			}
		}
		go func() {
			defer conn.Close()
			defer context.AfterFunc(ctx, func() { conn.Close() })()
			if err := check.ServeSubject(conn, subject); err != nil && ctx.Err() == nil {
				fmt.Fprintf(a.err, "netlab: %s: %v\n", conn.RemoteAddr(), err)
			}
		}()
	}
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
		line := map[string]any{"script": played.Script.Name, "steps": len(played.Script.Steps), "held": played.Held, "ok": !failed && played.Skipped == ""}
		if played.Skipped != "" {
			line["skipped"] = played.Skipped
		}
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
	case played.Skipped != "" && flags.verbose:
		fmt.Fprintf(a.out, "--   %s: %s\n", played.Script.Name, played.Skipped)
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
