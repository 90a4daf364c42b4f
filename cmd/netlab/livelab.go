package main

import (
	"context"
	"errors"
	"time"

	"netlab/narrate"
	"netlab/netns"
	"netlab/sim"
	"netlab/tui"
)

// liveLab runs a lab with a way out, in real time, until it is interrupted or a time has passed.
func (a *app) liveLab(ctx context.Context, t *sim.Topology, o sim.Options, f labFlags, until time.Duration) error {
	live, err := sim.NewLive(t, o, liveStore)
	if err != nil {
		return usageError("%w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	ways := outside{live: live, hostNet: f.hostNet, lost: func() { cancel(machineError(netns.ErrEnded)) }}
	defer ways.close()
	for _, h := range t.Outside() {
		if err := ways.open(h); err != nil {
			live.Close()
			return err
		}
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- live.Run(running) }()
	if a.onTerminal() {
		err = a.runScreen(ctx, tui.NewLiveLab(live), f.paused)
	} else {
		err = a.tellLiveLab(ctx, live, until)
	}
	if gone := context.Cause(ctx); errors.Is(gone, netns.ErrEnded) {
		err = gone
	}
	stop()
	<-ended
	return firstError(a.writePcap(live.Store().View()), err)
}

// tellLiveLab narrates a lab in real time.
func (a *app) tellLiveLab(ctx context.Context, live *sim.Live, until time.Duration) error {
	t := live.Topology()
	header := narrate.Header{Title: "lab " + t.Name}
	if !a.quiet {
		header.About = []string{t.Title, t.About, "This lab has a way out: it runs in real time, and two runs differ. Ctrl-C ends it."}
	}
	telling := ctx
	if until > 0 {
		var cancel context.CancelFunc
		telling, cancel = context.WithTimeout(ctx, until)
		defer cancel()
	}
	o := narrate.Options{ASCII: a.useASCII(), Start: live.Start(), Names: namesOf(t), Brief: true, Octets: true}
	if err := a.tellStore(telling, live.Store(), header, o); err != nil {
		return err
	}
	if telling.Err() == context.DeadlineExceeded {
		return nil
	}
	return &codeError{code: exitInterrupted}
}
