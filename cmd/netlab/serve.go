package main

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"netlab/capture"
	"netlab/link"
	"netlab/netns"
	"netlab/replay"
)

// serveExchange plays the server of a captured connection to clients behind a TUN: a command, or what netlab exec runs there, until it is interrupted.
func (a *app) serveExchange(ctx context.Context, r *capture.Reader, f playFlags) error {
	number, err := strconv.Atoi(f.serve)
	if err != nil || number < 0 {
		return usageError("--serve %q: want the number of a TCP connection, as --streams has them", f.serve)
	}
	factor, err := f.factor()
	if err != nil {
		return err
	}
	if factor == 0 {
		factor = 1e6
	}
	exchange, err := replay.ReadExchange(r, number)
	if err != nil {
		return usageError("%w", err)
	}
	local := netip.AddrPortFrom(tunAddrs()[0].Addr(), exchange.Server.Port())
	if exchange.Server.Addr().Is6() {
		local = netip.AddrPortFrom(tunAddrs()[1].Addr(), exchange.Server.Port())
	}
	ns, err := startPlayNamespace()
	if err != nil {
		return err
	}
	defer ns.Close()
	if !a.quiet && !a.json {
		fmt.Fprintf(a.out, "The server of connection %d (%s) answers at %s, with %d segments of the capture.\n", number, exchange.Server, local, len(exchange.Steps))
	}
	server := replay.NewServer(exchange, local, factor)
	if len(f.command) == 0 {
		if !a.quiet && !a.json {
			fmt.Fprintln(a.out, "netlab exec -- COMMAND connects to it from another terminal; Ctrl-C ends it.")
		}
		a.playServer(ctx, ns, server)
		if !a.quiet && !a.json {
			fmt.Fprintf(a.out, "%s served.\n", count(server.Accepted(), "client"))
		}
		return &codeError{code: exitInterrupted}
	}
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan struct{})
	go func() {
		defer close(served)
		a.playServer(ctx, ns, server)
	}()
	code, runErr := ns.Run(netns.Command{Args: f.command})
	cancel()
	<-served
	return exitWith(code, runErr)
}

// playServer carries packets between the TUN and the server, until ctx is done.
func (a *app) playServer(ctx context.Context, ns *netns.Namespace, server *replay.Server) {
	arrived := make(chan []byte, 256)
	go func() {
		for {
			packets, err := ns.TUN().Read()
			if err != nil {
				return
			}
			for _, p := range packets {
				select {
				case arrived <- append([]byte(nil), p.Octets...):
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	alarm := time.NewTimer(time.Hour)
	defer alarm.Stop()
	for {
		for packet := server.Next(time.Now()); packet != nil; packet = server.Next(time.Now()) {
			_ = ns.TUN().Write([]link.Packet{{Octets: packet}})
		}
		next := time.Hour
		if d := server.Deadline(); !d.IsZero() {
			next = max(0, time.Until(d))
		}
		alarm.Reset(next)
		select {
		case packet := <-arrived:
			server.Receive(time.Now(), packet)
			for _, remark := range server.Remarks() {
				a.remark(remark)
			}
		case <-alarm.C:
		case <-ctx.Done():
			return
		}
	}
}

// remark says on standard error what a client should know of the server that is played.
func (a *app) remark(text string) {
	if !a.quiet {
		fmt.Fprintf(a.err, "netlab: %s\n", text)
	}
}
