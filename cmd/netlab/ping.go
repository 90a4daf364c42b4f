package main

import (
	"context"
	"fmt"
	"net/netip"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"netlab/service"
)

func (a *app) pingCommand() *cobra.Command {
	var f clientFlags
	var family familyFlags
	var o service.PingOptions
	var discover string
	c := &cobra.Command{
		Use:     "ping HOST",
		Short:   "Send ICMP echo requests from netlab's own stack",
		Example: "  netlab ping --lab routed h2\n  netlab ping -c 3 10.77.0.1\n  netlab ping -c 1 -s 1400 -M do --lab mtu h2",
		Args:    oneArg("ping", "the host to ask: an address, or the name of a host of the lab"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Count < 1 || o.Interval < 0 || o.Timeout <= 0 || o.Size < 0 || o.Size > 65507 || o.TTL < 1 || o.TTL > 255 {
				return usageError("ping: want -c from 1 up, -i and -W from 0 up, -s from 0 to 65507, -t from 1 to 255")
			}
			if discover != "do" && discover != "dont" {
				return usageError("ping: -M %q: want do (never in fragments) or dont (in fragments, if it has to be)", discover)
			}
			o.ID, o.DontFragment = f.echoID(), discover == "do"
			return a.runClient(cmd.Context(), "ping "+args[0], f, func(ctx context.Context, s service.Stack, _ map[netip.Addr]string) error {
				to, err := family.lookUp(s, args[0])
				if err != nil {
					return err
				}
				return a.ping(ctx, s, to, o)
			})
		},
	}
	f.add(c)
	family.add(c)
	c.Flags().IntVarP(&o.Count, "count", "c", 4, "how many requests")
	o.Interval, o.Timeout = time.Second, time.Second
	c.Flags().VarP((*seconds)(&o.Interval), "interval", "i", "time between two requests: 0.2, or 200ms")
	c.Flags().VarP((*seconds)(&o.Timeout), "timeout", "W", "how long to wait for each reply")
	c.Flags().IntVarP(&o.Size, "size", "s", 56, "octets of data in each request")
	c.Flags().IntVarP(&o.TTL, "ttl", "t", 64, "time to live, or hop limit: how many routers may pass a request on")
	c.Flags().StringVarP(&discover, "pmtudisc", "M", "dont", "do: rather fail than be sent in fragments, which shows what the way takes; dont: fragments, if it has to be")
	return c
}

// seconds is a flag that takes a time as ping(8) does, in seconds, or with a unit.
type seconds time.Duration

func (s *seconds) String() string { return time.Duration(*s).String() }
func (s *seconds) Type() string   { return "seconds" }

func (s *seconds) Set(text string) error {
	if n, err := strconv.ParseFloat(text, 64); err == nil && n >= 0 && n < 1e6 {
		*s = seconds(n * float64(time.Second))
		return nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return fmt.Errorf("want a time in seconds, such as 0.2, or with a unit, such as 200ms")
	}
	*s = seconds(d)
	return nil
}

func (a *app) ping(ctx context.Context, s service.Stack, to netip.Addr, o service.PingOptions) error {
	if o.Size == 0 {
		o.Size = -1
	}
	result, err := service.Ping(ctx, s, to, o, func(p service.Probe) {
		if a.json {
			line := map[string]any{"seq": p.Seq, "to": to}
			if p.Err != nil {
				line["error"] = p.Err.Error()
			} else {
				line["from"], line["ttl"], line["ms"], line["octets"] = p.Reply.From, p.Reply.TTL, milliseconds(p.Reply.RTT), p.Reply.Size
			}
			_ = a.printJSON(line)
		} else if !a.quiet {
			fmt.Fprintln(a.out, p)
		}
	})
	if err != nil {
		return answerNo("%w", err)
	}
	if a.json {
		_ = a.printJSON(map[string]any{"to": to, "sent": result.Sent, "received": result.Received})
	} else {
		fmt.Fprintln(a.out, result)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case result.Received == 0:
		return &codeError{code: exitNo} // the lines above say it
	}
	return nil
}
