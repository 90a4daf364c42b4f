package service

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"time"

	"netlab/stack"
)

// PingOptions say how to ping. The zero value means the defaults.
type PingOptions struct {
	Count    int           // requests to send; 0: until ctx ends
	Interval time.Duration // from one to the next; 0: one second
	Timeout  time.Duration // for each reply; 0: one second
	Size     int           // octets of data; 0: 56, -1: none
	ID       uint16        // identifier of the echo requests; 0: 1
	TTL      int           // time to live, or hop limit; 0: the host's default

	// DontFragment: rather fail than be sent in fragments, which shows what the way takes.
	DontFragment bool
}

func (o PingOptions) withDefaults() PingOptions {
	if o.Interval == 0 {
		o.Interval = time.Second
	}
	if o.Timeout == 0 {
		o.Timeout = time.Second
	}
	switch {
	case o.Size == 0:
		o.Size = 56
	case o.Size < 0:
		o.Size = 0
	}
	if o.ID == 0 {
		o.ID = 1
	}
	return o
}

// Probe is one echo request and what became of it.
type Probe struct {
	Seq   uint16
	Reply stack.EchoReply
	Err   error // no reply: a timeout, or the ICMP error that came in its place
}

// echoHeader is the octets of an echo message before its data, which ping counts (RFC 792).
const echoHeader = 8

// String returns the line that ping prints.
func (p Probe) String() string {
	var answer *stack.ICMPError
	var tooBig *stack.TooBigError
	switch {
	case errors.As(p.Err, &answer):
		return fmt.Sprintf("From %s icmp_seq=%d %s", answer.From, p.Seq, words(answer))
	case errors.As(p.Err, &tooBig):
		return fmt.Sprintf("icmp_seq=%d not sent: packet too big, MTU %d", p.Seq, tooBig.MTU)
	case errors.Is(p.Err, os.ErrDeadlineExceeded):
		return fmt.Sprintf("no answer yet for icmp_seq=%d", p.Seq)
	case p.Err != nil:
		return fmt.Sprintf("icmp_seq=%d: %v", p.Seq, p.Err)
	}
	return fmt.Sprintf("%d bytes from %s: icmp_seq=%d ttl=%d time=%s", p.Reply.Size+echoHeader, p.Reply.From, p.Seq, p.Reply.TTL, milliseconds(p.Reply.RTT))
}

// PingResult is the sum of all probes.
type PingResult struct {
	To             netip.Addr
	Sent, Received int
	Min, Max       time.Duration
	sum, squares   float64 // of round-trip times, in nanoseconds
}

// Mean returns the mean round-trip time.
func (r PingResult) Mean() time.Duration {
	if r.Received == 0 {
		return 0
	}
	return time.Duration(r.sum / float64(r.Received))
}

// Deviation returns the standard deviation of the round-trip times.
func (r PingResult) Deviation() time.Duration {
	if r.Received == 0 {
		return 0
	}
	mean := r.sum / float64(r.Received)
	return time.Duration(math.Sqrt(max(r.squares/float64(r.Received)-mean*mean, 0)))
}

// String returns the two or three lines that ping ends with.
func (r PingResult) String() string {
	loss := 0.0
	if r.Sent > 0 {
		loss = 100 * float64(r.Sent-r.Received) / float64(r.Sent)
	}
	s := fmt.Sprintf("--- %s ping statistics ---\n%d packets transmitted, %d received, %.4g%% packet loss", r.To, r.Sent, r.Received, loss)
	if r.Received > 0 {
		s += fmt.Sprintf("\nrtt min/avg/max/mdev = %s / %s / %s / %s", milliseconds(r.Min), milliseconds(r.Mean()), milliseconds(r.Max), milliseconds(r.Deviation()))
	}
	return s
}

func milliseconds(d time.Duration) string { return fmt.Sprintf("%.3f ms", d.Seconds()*1000) }

// Ping sends echo requests one after the other and calls each with the outcome of every one. It ends after Count requests or with ctx, which is no error.
func Ping(ctx context.Context, h Stack, to netip.Addr, o PingOptions, each func(Probe)) (PingResult, error) {
	o = o.withDefaults()
	result := PingResult{To: to}
	data := make([]byte, o.Size)
	for i := range data {
		data[i] = byte(i)
	}
	for next := h.Now(); o.Count == 0 || result.Sent < o.Count; {
		if err := sleepUntil(ctx, h, next); err != nil {
			return result, fmt.Errorf("service: ping: %w", err)
		}
		if ctx.Err() != nil {
			break
		}
		next = h.Now().Add(o.Interval)
		result.Sent++
		probe := Probe{Seq: uint16(result.Sent)}
		probe.Reply, probe.Err = h.Echo(ctx, to, stack.EchoRequest{
			ID: o.ID, Seq: probe.Seq, Data: data, TTL: uint8(o.TTL), DontFragment: o.DontFragment, Timeout: o.Timeout,
		})
		if ctx.Err() != nil && probe.Err != nil {
			result.Sent-- // nobody waited for its reply
			break
		}
		result.add(probe)
		each(probe)
	}
	return result, nil
}

// sleepUntil sleeps until t, or little longer than ctx if ctx can end: a host's Sleep knows no context.
func sleepUntil(ctx context.Context, h Stack, t time.Time) error {
	const slice = 50 * time.Millisecond
	for ctx.Err() == nil {
		left := t.Sub(h.Now())
		if left <= 0 {
			return nil
		}
		if ctx.Done() != nil {
			left = min(left, slice)
		}
		if err := h.Sleep(left); err != nil {
			return err
		}
	}
	return nil
}

func (r *PingResult) add(p Probe) {
	if p.Err != nil {
		return
	}
	rtt := p.Reply.RTT
	if r.Received == 0 || rtt < r.Min {
		r.Min = rtt
	}
	r.Max = max(r.Max, rtt)
	r.Received++
	r.sum += float64(rtt)
	r.squares += float64(rtt) * float64(rtt)
}
