package sim

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"netlab/stack"
	"netlab/trace"
)

// app is an application of a network.
type app struct {
	host   string
	what   string // for events: "ping h2"
	server bool
}

// Go starts an application on a host, when the network next steps. f makes calls of h and of its
// connections, which wait in virtual time; it must not block on anything else. name is for its events.
func (n *Network) Go(host, name string, f func(h *stack.Host) error) error {
	if err := n.topology.checkRunner(host); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	if n.Host(host) == nil {
		return fmt.Errorf("sim: nothing runs on %s", host)
	}
	n.outside = true
	n.start(&app{host: host, what: name}, n.sched.now, func(h *stack.Host) (string, error) { return "", f(h) })
	return nil
}

// script starts an application of the topology at its time.
func (n *Network) script(spec AppSpec) error {
	kind, ok := findApp(spec.Do)
	if !ok {
		return fmt.Errorf("sim: unknown application %q%s", spec.Do, suggest(spec.Do, appNames()))
	}
	if err := n.topology.checkRunner(spec.Host); err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	args := arguments{}
	for _, a := range kind.args {
		text, given := spec.Args[a.name]
		if !given {
			text = a.value
		}
		if err := kind.check(n.topology, a.name, text); err != nil {
			return fmt.Errorf("sim: %s: %w", spec.Do, err)
		}
		args[a.name] = text
	}
	a := &app{host: spec.Host, what: kind.describe(args), server: kind.server}
	run := kind.run
	if run == nil {
		var err error
		if run, err = n.runner(spec); err != nil {
			return err
		}
	}
	n.start(a, spec.At, func(h *stack.Host) (string, error) {
		return run(h, args)
	})
	return nil
}

// start makes a task of an application. run returns what came of it, in words.
func (n *Network) start(a *app, at time.Duration, run func(h *stack.Host) (string, error)) {
	if !a.server {
		n.clients = append(n.clients, a)
	}
	h := n.Host(a.host)
	n.sched.at(at, func() {
		n.sched.Go(func() {
			started := n.tell(a, trace.Call, 0, "starts "+a.what)
			result, err := run(h)
			n.finish(a, started, result, err)
		})
	})
}

// finish tells what became of an application.
func (n *Network) finish(a *app, started trace.ID, result string, err error) {
	n.clients = slices.DeleteFunc(n.clients, func(other *app) bool { return other == a })
	switch {
	case n.closed:
	case err != nil:
		n.errs = append(n.errs, fmt.Errorf("%s: %s: %w", a.host, a.what, err))
		n.tell(a, trace.Failed, started, a.what+" fails: "+err.Error())
	case result != "":
		n.tell(a, trace.Note, started, result)
	}
}

// stuck tells of applications that wait for what will not come.
func (n *Network) stuck() {
	for _, a := range n.clients {
		n.errs = append(n.errs, fmt.Errorf("%s: %s: %w", a.host, a.what, ErrStuck))
		n.tell(a, trace.Failed, 0, a.what+" still waits, and nothing will happen any more")
	}
	n.clients = nil
}

// ErrStuck is what Err tells of an application that still waits when nothing more will happen.
var ErrStuck = errors.New("sim: still waits, and nothing will happen any more")

// panicked ends the run because an application panicked. It is told, not thrown: the screen goes on.
func (n *Network) panicked(r any) {
	if n.closed {
		return
	}
	n.crashed = true
	n.errs = append(n.errs, fmt.Errorf("sim: an application panicked: %v\n%s", r, debug.Stack()))
	n.emit(trace.Event{At: n.sched.Now(), Kind: trace.Failed, Say: literal(fmt.Sprintf("an application panicked: %v", r))})
}

// tell stores an event of an application.
func (n *Network) tell(a *app, kind trace.Kind, cause trace.ID, text string) trace.ID {
	return n.emit(trace.Event{At: n.sched.Now(), Kind: kind, Host: a.host, Cause: cause, Say: literal(text)})
}
