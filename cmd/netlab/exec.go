package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"netlab/netns"
)

func (a *app) execCommand() *cobra.Command {
	var f tunFlags
	c := &cobra.Command{
		Use:   "exec [flags] [--] CMD [ARG...]",
		Short: "Run a command that talks to netlab's host: curl, ping, a shell",
		Long: `Runs CMD in the namespace of the running netlab up, and ends with its exit code. Without a running netlab up: starts
one for the length of CMD. The kernel's side is 10.77.0.1 and fd77::1; netlab's host is 10.77.0.2 and fd77::2.`,
		Example: "  netlab exec -- curl -sS http://10.77.0.2/\n  netlab exec --fault 'tun:loss=5%' --pcap x.pcapng -- curl -o /dev/null http://10.77.0.2/bytes/2000000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("exec wants a command to run, such as: netlab exec -- curl -sS http://10.77.0.2/")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.exec(cmd.Context(), args, f)
		},
	}
	f.add(c)
	c.Flags().SetInterspersed(false) // what follows CMD is CMD's
	return c
}

func (a *app) exec(ctx context.Context, args []string, f tunFlags) error {
	command := netns.Command{Args: args}
	if client, err := connectUp(); err == nil {
		defer client.Close()
		if given := f.given(a); given != "" {
			return usageError("a netlab up is running, and %s is for the one that starts the host: give it to netlab up", given)
		}
		return exitWith(client.Run(command))
	} else if !errors.Is(err, netns.ErrNotRunning) {
		return machineError(err)
	}
	h, err := a.startTunHost(ctx, f, tunOptions{serve: true})
	if err != nil {
		return err
	}
	code, runErr := h.ns.Run(command)
	h.drain()
	if err := h.close(); err != nil {
		return err
	}
	return exitWith(code, runErr)
}

// connectUp reaches the namespace of the running netlab up. The error is netns.ErrNotRunning if there is none.
func connectUp() (*netns.Client, error) {
	path, err := netns.SocketPath("up")
	if err != nil {
		return nil, err
	}
	return netns.Connect(path)
}

// exitWith makes a command's exit code netlab's own.
func exitWith(code int, err error) error {
	if code == 0 && err == nil {
		return nil
	}
	return &codeError{code, err}
}

// machineError marks an error as the machine's: exit code 3.
func machineError(err error) error {
	var p *netns.Problem
	if err == nil || errors.As(err, &p) {
		return err
	}
	if errors.Is(err, netns.ErrRunning) {
		return answerNo("%w", err) // the machine can; another has done it
	}
	return &codeError{exitMachine, fmt.Errorf("%w; without it: netlab lab, a simulated network", err)}
}
