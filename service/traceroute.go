package service

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"time"

	"netlab/stack"
)

// TracerouteOptions say how to look for the way to a host. The zero value means the defaults.
type TracerouteOptions struct {
	First, Max int           // time to live of the first probes and of the last; 0: 1 and 30
	Queries    int           // probes for each; 0: 3
	Timeout    time.Duration // for each answer; 0: two seconds
	ICMP       bool          // echo requests instead of datagrams
	ID         uint16        // identifier of the echo requests; 0: 1
}

// The probes: datagrams to ports where nobody listens, counted up from the one that traceroute has always used, with so
// many octets of data that a packet has 60 octets in IPv4.
const (
	traceroutePort = 33434
	tracerouteData = 32
)

func (o TracerouteOptions) withDefaults() TracerouteOptions {
	if o.First == 0 {
		o.First = 1
	}
	if o.Max == 0 {
		o.Max = 30
	}
	if o.Queries == 0 {
		o.Queries = 3
	}
	if o.Timeout == 0 {
		o.Timeout = 2 * time.Second
	}
	if o.ID == 0 {
		o.ID = 1
	}
	return o
}

// Hop is one probe and what became of it.
type Hop struct {
	TTL   int        // of the probe: which router on the way should answer
	Query int        // which of the probes with this TTL, counted from 1
	From  netip.Addr // who answered; invalid if nobody did
	RTT   time.Duration
	Note  string // as traceroute(8) marks answers that are not those hoped for: "!H"; else empty
	Err   error  // nobody answered: a timeout, or why no probe could be sent

	last, reached bool
}

// TracerouteResult is the sum of all probes.
type TracerouteResult struct {
	To      netip.Addr
	Hops    int  // TTL of the last probes
	Reached bool // the destination itself has answered
}

// Traceroute finds the routers on the way to a host: each discards a packet whose time to live runs out there, and says so.
// Probes go out one after the other; each is called with the outcome of every one. It ends after the probes that the
// destination answered, after Max, or with ctx, which is no error.
func Traceroute(ctx context.Context, h Stack, to netip.Addr, o TracerouteOptions, each func(Hop)) (TracerouteResult, error) {
	o = o.withDefaults()
	result := TracerouteResult{To: to}
	for ttl, n := o.First, 0; ttl <= o.Max; ttl++ {
		result.Hops = ttl
		last := false
		for query := 1; query <= o.Queries; query++ {
			hop := Hop{TTL: ttl, Query: query}
			reply, err := o.probe(ctx, h, to, ttl, n)
			n++
			if ctx.Err() != nil {
				return result, nil
			}
			if err := hop.outcome(reply, err); err != nil {
				return result, fmt.Errorf("service: traceroute to %v: %w", to, err)
			}
			last = last || hop.last
			result.Reached = result.Reached || hop.reached
			each(hop)
		}
		if last {
			break
		}
	}
	return result, nil
}

// probe sends probe number n and waits for its answer.
func (o TracerouteOptions) probe(ctx context.Context, h Stack, to netip.Addr, ttl, n int) (stack.EchoReply, error) {
	data := make([]byte, tracerouteData)
	for i := range data {
		data[i] = '@' + byte(i)
	}
	if o.ICMP {
		return h.Echo(ctx, to, stack.EchoRequest{ID: o.ID, Seq: uint16(n + 1), Data: data, TTL: uint8(ttl), Timeout: o.Timeout})
	}
	port := uint16(traceroutePort + n%(65536-traceroutePort))
	return h.Probe(ctx, netip.AddrPortFrom(to, port), stack.ProbeRequest{Data: data, TTL: uint8(ttl), Timeout: o.Timeout})
}

// outcome fills in what came of a probe. It returns an error if no probe could be sent.
func (p *Hop) outcome(reply stack.EchoReply, err error) error {
	var e *stack.ICMPError
	switch {
	case err == nil:
		p.From, p.RTT, p.last, p.reached = reply.From, reply.RTT, true, true
	case errors.As(err, &e):
		p.From, p.RTT = e.From, e.RTT
		p.reached = e.Meaning() == stack.PortUnreachable && e.From == e.To
		p.last = e.Meaning() != stack.HopLimitExceeded
		if p.last && !p.reached {
			p.Note = mark(e)
		}
	case errors.Is(err, os.ErrDeadlineExceeded):
		p.Err = err
	default:
		return err
	}
	return nil
}
