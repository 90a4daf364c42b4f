package main

import (
	"context"
	"errors"
	"io/fs"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"netlab/capture"
	"netlab/tui"
)

// asksForMore reports whether a flag of the command itself was given: one that asks for text.
func asksForMore(cmd *cobra.Command) bool {
	asked := false
	cmd.LocalNonPersistentFlags().VisitAll(func(f *pflag.Flag) { asked = asked || f.Changed && f.Name != "keylog" })
	return asked
}

// replayScreen shows a capture file on the terminal.
func (a *app) replayScreen(ctx context.Context, name, keyLog string) error {
	_, keys, err := readKeyLog(keyLog)
	if err != nil {
		return err
	}
	f, err := capture.Open(name)
	var system *fs.PathError
	switch {
	case errors.As(err, &system):
		return usageError("replay %s: %v", name, reason(err))
	case err != nil:
		return usageError("%w", err)
	}
	o := a.screenOptions(false)
	o.KeyLog, o.KeyLogGiven = keys, keyLog != ""
	o.Opened = rememberCapture
	err = tui.Replay(f, name, o)
	if errors.Is(err, capture.ErrDamaged) || errors.Is(err, capture.ErrCutOff) {
		return usageError("%w", err)
	}
	if err != nil {
		return err
	}
	return ctx.Err() // SIGTERM, which ends the screen in good order
}
