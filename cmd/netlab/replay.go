package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"netlab/capture"
	"netlab/narrate"
)

func (a *app) replayCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "replay FILE",
		Short: "Say in plain words what a capture file holds",
		Long: `Reads a pcap or pcapng file from any tool and says of each packet what it is: handshakes, data by relative
sequence number, what was sent again, requests and answers. - reads standard input.

A damaged file shows what it holds first; then one line says at which octet it breaks, and the exit code is 2.`,
		Example: "  netlab replay capture.pcapng\n  tcpdump -w - -c 20 | netlab replay -\n  netlab replay --json capture.pcap | jq .summary",
		Args:    oneArg("replay", "the capture file to read, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.replay(args[0])
		},
	}
}

func (a *app) replay(name string) error {
	in := a.in
	if name == "-" {
		name = "standard input"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return usageError("replay %s: %v", name, reason(err))
		}
		defer f.Close()
		in, name = f, filepath.Base(name)
	}
	r, err := capture.NewReader(name, in)
	if err != nil {
		return usageError("%w", err)
	}
	write := narrate.ReplayPlain
	if a.json {
		write = narrate.ReplayJSON
	}
	out := newBufferedOut(a.out)
	err = write(out, name, r, narrate.Options{ASCII: a.useASCII()})
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	return outputError(err)
}

// reason returns what is wrong with a file, without the operation and the name that the caller says better.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// outputError makes an error of writing standard output an error of its own kind: what reads it went away or
// is full, which is not the input's fault.
func outputError(err error) error {
	var pathErr *fs.PathError
	switch {
	case err == nil || errors.Is(err, io.ErrClosedPipe):
		return nil
	case errors.As(err, &pathErr) && pathErr.Op == "write":
		return &codeError{exitNo, fmt.Errorf("standard output: %w", pathErr.Err)}
	}
	return usageError("%w", err)
}

// oneArg is a cobra argument check that says what is missing.
func oneArg(command, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError("%s wants one argument: %s (see netlab %s --help)", command, what, command)
		}
		return nil
	}
}
