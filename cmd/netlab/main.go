// Command netlab is a network lab in one program: simulated hosts and routers, or one userspace host behind a TUN device,
// with every packet and every decision shown. This package holds flags and wiring only.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"charm.land/fang/v2"

	"netlab/netns"
)

func main() {
	// The process that holds a rootless namespace is this program, started again.
	netns.Hold()
	// The first Ctrl-C or SIGTERM ends the command in good order; a second one ends the process.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program with its surroundings as parameters, so that tests can call it.
// It returns the exit code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	a := &app{in: in, out: out, err: errOut}
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errOut)
	err := fang.Execute(ctx, root, fang.WithoutVersion(), fang.WithErrorHandler(func(io.Writer, fang.Styles, error) {
		// exitCode prints errors, one line each.
	}))
	return a.exitCode(ctx, firstError(err, a.keys.close()))
}
