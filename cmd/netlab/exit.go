package main

import (
	"context"
	"errors"
	"fmt"

	"netlab/netns"
	"netlab/tui"
)

// The exit codes: scripts and graders rely on them.
const (
	exitOK          = 0
	exitNo          = 1   // what was asked about is not so
	exitUsage       = 2   // wrong usage or bad input
	exitMachine     = 3   // the machine cannot do it
	exitInterrupted = 130 // Ctrl-C or SIGTERM
)

// codeError is an error that decides the exit code. With a nil err nothing is printed.
type codeError struct {
	code int
	err  error
}

func (e *codeError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *codeError) Unwrap() error { return e.err }

// usageError says that the command line or an input file is wrong: one line that names the input,
// the place in it and the fix.
func usageError(format string, args ...any) error {
	return &codeError{exitUsage, fmt.Errorf(format, args...)}
}

// answerNo says that what was asked about is not so: a host does not answer, a page is not there.
func answerNo(format string, args ...any) error {
	return &codeError{exitNo, fmt.Errorf(format, args...)}
}

// exitCode prints err as one line on standard error and returns the exit code that goes with it.
func (a *app) exitCode(ctx context.Context, err error) int {
	if err == nil {
		return exitOK
	}
	code := exitUsage // what cobra itself finds wrong is always the usage
	var coded *codeError
	var cannot *netns.Problem
	switch {
	case errors.Is(err, context.Canceled) && ctx.Err() != nil || errors.Is(err, tui.ErrInterrupted):
		return exitInterrupted
	case errors.As(err, &coded):
		code, err = coded.code, coded.err
	case errors.As(err, &cannot):
		code = exitMachine
	}
	if err != nil {
		fmt.Fprintf(a.err, "netlab: %v\n", err)
	}
	return code
}
