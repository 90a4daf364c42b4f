package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"netlab/narrate"
	"netlab/netns"
	"netlab/timeline"
	"netlab/trace"
	"netlab/tui"
)

// narrationTick is how often the narration of a live host looks for new events.
const narrationTick = 50 * time.Millisecond

func (a *app) upCommand() *cobra.Command {
	var f tunFlags
	var paused bool
	c := &cobra.Command{
		Use:   "up",
		Short: "A host behind a TUN device that real clients talk to, with every packet shown",
		Long: `Starts netlab's own host at 10.77.0.2 and fd77::2, behind a TUN device whose kernel side is 10.77.0.1 and fd77::1, in a
namespace of its own, without root. It serves ICMP echo, UDP and TCP echo (7), discard (9), chargen (19), DNS (53, for netlab.test), iperf3 (5201), HTTP (80)
and HTTPS (443) until it is interrupted. The certificate of HTTPS comes from a lab authority of your own, which is made when it is first needed; its PEM file is named
at the start, for curl --cacert. netlab fetch trusts it by itself.
netlab exec, in another terminal, runs curl or whatever else in the same namespace.`,
		Example: "  netlab up\n  netlab up --fault 'tun:loss=5%,delay=20ms' --pcap up.pcapng\n  sudo netlab up --host-net",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.up(cmd.Context(), f, paused)
		},
	}
	f.add(c)
	c.Flags().BoolVar(&paused, "paused", false, "begin with the view paused (screen)")
	return c
}

func (a *app) up(ctx context.Context, f tunFlags, paused bool) error {
	h, err := a.startTunHost(ctx, f, tunOptions{serve: true, shared: true, watched: true})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() { // somebody may kill the process that holds the namespace
		select {
		case <-h.ns.Ended():
			cancel(machineError(netns.ErrEnded))
		case <-ctx.Done():
		}
	}()
	if a.onTerminal() {
		err = a.runScreen(ctx, h.source(), paused)
	} else {
		err = a.tellLive(ctx, h)
	}
	if ended := context.Cause(ctx); errors.Is(ended, netns.ErrEnded) {
		err = ended
	}
	return firstError(err, h.close())
}

// tellLive narrates a live host until ctx ends.
func (a *app) tellLive(ctx context.Context, h *tunHost) error {
	header := narrate.Header{Title: "netlab up"}
	if !a.quiet {
		header.About = []string{
			fmt.Sprintf("netlab's host is %s, behind a TUN whose kernel side is %s%s.", listed(tunAddrs()), listed(kernelAddrs()), h.where()),
			"It serves ICMP echo, UDP and TCP echo 7, discard 9, chargen 19, DNS 53, iperf3 5201, HTTP 80" + h.servesHTTPS() + ". In another terminal:",
			fmt.Sprintf("  %scurl -sS http://%s/", h.execCommand(), tunAddrs()[0].Addr()),
		}
		if h.secure != nil {
			header.About = append(header.About, fmt.Sprintf("  %scurl -sS --cacert %s https://%s/", h.execCommand(), h.secure.path, tunAddrs()[0].Addr()))
		}
		if !h.ns.IPv6() {
			header.About = append(header.About, "The kernel's side has no IPv6: it is switched off or missing there (net.ipv6.conf.all.disable_ipv6).")
		}
	}
	err := a.tellStore(ctx, h.store, header, narrate.Options{ASCII: a.useASCII(), Start: h.started, Brief: true})
	return firstError(err, &codeError{code: exitInterrupted})
}

// servesHTTPS names the service that needs a certificate, if there is one.
func (h *tunHost) servesHTTPS() string {
	if h.secure == nil {
		return ""
	}
	return ", HTTPS 443"
}

// tellStore narrates what is stored, as it comes, until ctx ends.
func (a *app) tellStore(ctx context.Context, store *timeline.Store, header narrate.Header, o narrate.Options) error {
	out := newBufferedOut(a.out)
	var t teller = narrate.NewPlain(out, o)
	if a.json {
		t = narrate.NewJSON(out, o)
	}
	// A terminal that is closed ends the host as Ctrl-C does: the capture is to be whole.
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP)
	defer stop()
	err := t.Begin(header)
	ticker := time.NewTicker(narrationTick)
	defer ticker.Stop()
	for next := trace.ID(1); err == nil; {
		if err = out.Flush(); err != nil {
			break
		}
		select {
		case <-ctx.Done():
			if _, err = t.Events(store.View(), next); err == nil {
				err = firstError(t.End(), out.Flush())
			}
			return outputError(err)
		case <-ticker.C:
			next, err = t.Events(store.View(), next)
		}
	}
	return outputError(err)
}

// runScreen shows a run on the terminal until its user leaves or ctx ends.
func (a *app) runScreen(ctx context.Context, s tui.Source, paused bool) error {
	if err := tui.Run(s, a.screenOptions(paused)); err != nil {
		return err
	}
	return ctx.Err() // SIGTERM, which ends the screen in good order
}

// listed returns addresses in words: "10.77.0.2 and fd77::2".
func listed(prefixes []netip.Prefix) string {
	var all []string
	for _, a := range addrsOf(prefixes) {
		all = append(all, a.String())
	}
	return strings.Join(all, " and ")
}
