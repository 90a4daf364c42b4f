package stack

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"time"

	"netlab/trace"
	"netlab/wire"
)

// attemptDelay is how long an attempt to connect may go on before the next one begins beside it: the Connection Attempt
// Delay of RFC 8305, Section 5.
const attemptDelay = 250 * time.Millisecond

// attempts are connections to several addresses of one name, of which the first that is established wins. Guarded by
// Host.mu.
type attempts struct {
	conns   []*Conn // those that may still win
	running int
	over    bool
	winner  *Conn
	err     error // of the attempt that failed first
	changed Cond
}

// race connects to the first of the addresses that answers. They are tried in their order, each as soon as all before it
// have failed, but no later than attemptDelay after the one before it ("Happy Eyeballs", RFC 8305, Section 5). When one is
// established the others are given up. The error is that of the first one that failed.
func (h *Host) race(ctx context.Context, network string, remotes []netip.AddrPort) (net.Conn, error) {
	h.mu.Lock()
	a := &attempts{changed: h.runtime.NewCond(&h.mu)}
	for i, remote := range remotes {
		h.tellAttempt(remote, i)
		a.running++
		h.runtime.Go(func() { h.attempt(ctx, network, a, remote) })
		var until time.Time // the last one makes room for no other
		if i < len(remotes)-1 {
			until = h.runtime.Now().Add(attemptDelay)
		}
		for a.winner == nil && a.running > 0 && (until.IsZero() || h.runtime.Now().Before(until)) {
			a.changed.Wait(until)
		}
		if a.winner != nil || ctx.Err() != nil {
			break
		}
	}
	a.over = true
	losers, winner, err := a.conns, a.winner, a.err
	h.mu.Unlock()
	for _, c := range losers {
		if c != winner {
			c.abort()
		}
	}
	switch {
	case winner != nil:
		return winner, nil
	case err == nil:
		return nil, &net.OpError{Op: "dial", Net: network, Err: ctx.Err()}
	}
	return nil, err
}

// attempt connects to one address and says what came of it.
func (h *Host) attempt(ctx context.Context, network string, a *attempts, remote netip.AddrPort) {
	err := ctx.Err()
	var c *Conn
	if err == nil {
		c, err = h.open(remote)
	}
	if err == nil {
		h.mu.Lock()
		if a.over {
			h.mu.Unlock()
			c.abort()
			return
		}
		a.conns = append(a.conns, c)
		h.mu.Unlock()
		err = c.establish(ctx)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	a.running--
	switch {
	case err == nil && !a.over && a.winner == nil:
		a.winner = c
	case err != nil:
		a.conns = slices.DeleteFunc(a.conns, func(other *Conn) bool { return other == c })
		if a.err == nil {
			a.err = dialError(network, remote, err)
		}
	}
	a.changed.Broadcast()
}

// tellAttempt says which address is tried. h.mu is held.
func (h *Host) tellAttempt(remote netip.AddrPort, before int) {
	if !h.trace.On() {
		return
	}
	say := "tries the first address of the name, and the next one if nothing answers within 250 ms"
	if before > 0 {
		say = "tries the next address of the name beside those that have not answered"
	}
	h.trace.Emit(trace.Event{
		At: h.runtime.Now(), Kind: trace.Note, Flow: trace.Flow{Remote: remote}, Say: say, Ref: wire.RFC("8305", "5"),
	})
}
