package main

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"netlab/link"
	"netlab/narrate"
	"netlab/sim"
	"netlab/tui"
)

// liveLab runs a lab with a way out, in real time, until it is interrupted or a time has passed.
func (a *app) liveLab(ctx context.Context, t *sim.Topology, o sim.Options, paused bool, until time.Duration) error {
	live, err := sim.NewLive(t, o, liveStore)
	if err != nil {
		return usageError("%w", err)
	}
	for _, h := range t.Outside() {
		if err := a.openTunnel(live, h.Name, h.Outside.Tunnel); err != nil {
			live.Close()
			return err
		}
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- live.Run(running) }()
	if a.onTerminal() {
		err = a.runScreen(ctx, tui.NewLiveLab(live), paused)
	} else {
		err = a.tellLiveLab(ctx, live, until)
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

// withTunnels returns the topology with the tunnels of the command line behind its ways out.
func withTunnels(t *sim.Topology, flags []string) (*sim.Topology, error) {
	changed := *t
	changed.Hosts = slices.Clone(t.Hosts)
	for _, text := range flags {
		name, spec, err := sim.ParseTunnel(text)
		if err != nil {
			return nil, usageError("--tunnel: %w", err)
		}
		i := slices.IndexFunc(changed.Hosts, func(h sim.HostSpec) bool { return h.Name == name && h.Role == sim.Outside })
		if i < 0 {
			return nil, usageError("--tunnel %q: the lab %s has no way out of this name%s", text, t.Name, listOutside(t))
		}
		outside := sim.OutsideSpec{Tunnel: &spec}
		if was := changed.Hosts[i].Outside; was != nil {
			outside.Networks = was.Networks
		}
		changed.Hosts[i].Outside = &outside
	}
	return &changed, nil
}

// listOutside says which ways out a lab has.
func listOutside(t *sim.Topology) string {
	var names []string
	for _, h := range t.Hosts {
		if h.Role == sim.Outside {
			names = append(names, h.Name)
		}
	}
	if len(names) == 0 {
		return ": give it a host with role: outside (docs/topology.md)"
	}
	return " (there are " + strings.Join(names, ", ") + ")"
}

// openTunnel puts a tunnel behind a way out of the lab.
func (a *app) openTunnel(live *sim.Live, name string, spec *sim.TunnelSpec) error {
	key, err := tunnelKey(spec)
	if err != nil {
		return err
	}
	l, _, _ := live.Topology().OutsideLink(name)
	tunnel, err := link.OpenTunnel(link.TunnelOptions{
		Listen: spec.Listen, Peer: spec.Peer, Key: key, MTU: l.MTU, Greeting: live.Greeting(name),
		Tell: func(e link.TunnelEvent) {
			live.Tell(name, e.Say)
			live.Met(name, e.Greeting)
		},
	})
	if err != nil {
		return usageError("the tunnel of %s: %w", name, err)
	}
	live.Tell(name, tunnelText(tunnel, spec, key != nil))
	return live.Attach(name, tunnel)
}

// tunnelKey returns the key that a tunnel's datagrams are signed with; nil if there is none.
func tunnelKey(spec *sim.TunnelSpec) ([]byte, error) {
	switch {
	case spec.Key != "":
		return []byte(spec.Key), nil
	case spec.KeyFile == "":
		return nil, nil
	}
	key, err := os.ReadFile(spec.KeyFile)
	if err != nil {
		return nil, usageError("key file %s: %v", spec.KeyFile, reason(err))
	}
	if key = bytes.TrimSpace(key); len(key) == 0 {
		return nil, usageError("key file %s: it is empty", spec.KeyFile)
	}
	return key, nil
}

// tunnelText says what a tunnel is, and who can pretend to be the other side.
func tunnelText(t *link.Tunnel, spec *sim.TunnelSpec, keyed bool) string {
	peer := "whoever has the key"
	if spec.Peer != (netip.AddrPort{}) {
		peer = spec.Peer.String()
	}
	text := fmt.Sprintf("is a tunnel from %s to %s", t.Addr(), peer)
	if keyed {
		return text + ", signed with a key"
	}
	return text + ", without a key: whoever can forge that address can pretend to be the other side"
}
