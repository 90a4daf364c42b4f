package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"github.com/spf13/cobra"

	"netlab/service"
)

func (a *app) tracerouteCommand() *cobra.Command {
	var f clientFlags
	var family familyFlags
	o := service.TracerouteOptions{Timeout: 2 * time.Second}
	c := &cobra.Command{
		Use:   "traceroute HOST",
		Short: "Find the routers on the way to a host",
		Long: `Sends probes whose time to live runs out at the first router, at the second, and so on: each says that it discarded one.
The probes are UDP datagrams to ports where nobody listens, or echo requests with -I.`,
		Example: "  netlab traceroute --lab routed h2\n  netlab traceroute -I -q 1 10.77.0.1",
		Args:    oneArg("traceroute", "the host to find: an address, or the name of a host of the lab"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.Max < 1 || o.Max > 255 || o.First < 1 || o.First > o.Max || o.Queries < 1 || o.Queries > 10 || o.Timeout <= 0 {
				return usageError("traceroute: want -m from 1 to 255, -f from 1 to that, -q from 1 to 10, -w above 0")
			}
			o.ID = f.echoID()
			return a.runClient(cmd.Context(), "traceroute "+args[0], f, func(ctx context.Context, s service.Stack, names map[netip.Addr]string) error {
				to, err := family.lookUp(s, args[0])
				if err != nil {
					return err
				}
				return a.traceroute(ctx, s, args[0], to, names, o)
			})
		},
	}
	f.add(c)
	family.add(c)
	c.Flags().BoolVarP(&o.ICMP, "icmp", "I", false, "send ICMP echo requests instead of UDP datagrams")
	c.Flags().IntVarP(&o.Max, "max-hops", "m", 30, "time to live of the last probes")
	c.Flags().IntVarP(&o.First, "first", "f", 1, "time to live of the first probes")
	c.Flags().IntVarP(&o.Queries, "queries", "q", 3, "how many probes for each hop")
	c.Flags().VarP((*seconds)(&o.Timeout), "wait", "w", "how long to wait for each answer: 0.5, or 500ms")
	return c
}

func (a *app) traceroute(ctx context.Context, s service.Stack, target string, to netip.Addr, names map[netip.Addr]string, o service.TracerouteOptions) error {
	p := hopPrinter{app: a, names: names}
	if !a.json && !a.quiet {
		fmt.Fprintf(a.out, "traceroute to %s (%s), %d hops max, %s probes\n", target, to, o.Max, map[bool]string{true: "ICMP", false: "UDP"}[o.ICMP])
	}
	result, err := service.Traceroute(ctx, s, to, o, p.print)
	p.end()
	switch {
	case err != nil:
		return answerNo("%w", err)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if a.json {
		_ = a.printJSON(map[string]any{"to": to, "hops": result.Hops, "reached": result.Reached})
	}
	if !result.Reached {
		return &codeError{code: exitNo} // the lines above say it
	}
	return nil
}

// hopPrinter writes what becomes of the probes, a line for each time to live.
type hopPrinter struct {
	app   *app
	names map[netip.Addr]string
	hop   service.Hop // the one printed last
}

func (p *hopPrinter) print(hop service.Hop) {
	if p.app.json {
		p.printJSON(hop)
		return
	}
	if hop.TTL != p.hop.TTL {
		p.end()
		fmt.Fprintf(p.app.out, "%2d ", hop.TTL)
	}
	switch {
	case hop.Err != nil:
		fmt.Fprint(p.app.out, " *")
	default:
		if hop.From != p.hop.From || hop.TTL != p.hop.TTL {
			fmt.Fprintf(p.app.out, " %s", p.who(hop.From))
		}
		fmt.Fprintf(p.app.out, "  %.3f ms", milliseconds(hop.RTT))
		if hop.Note != "" {
			fmt.Fprintf(p.app.out, " %s", hop.Note)
		}
	}
	p.hop = hop
}

// end ends the line.
func (p *hopPrinter) end() {
	if p.hop.TTL > 0 && !p.app.json {
		fmt.Fprintln(p.app.out)
	}
}

// who names a router with its address.
func (p *hopPrinter) who(a netip.Addr) string {
	if name := p.names[a]; name != "" {
		return fmt.Sprintf("%s (%s)", name, a)
	}
	return a.String()
}

func (p *hopPrinter) printJSON(hop service.Hop) {
	line := map[string]any{"hop": hop.TTL, "query": hop.Query}
	if hop.Err != nil {
		line["error"] = hop.Err.Error()
	} else {
		line["from"], line["ms"] = hop.From, milliseconds(hop.RTT)
	}
	if name := p.names[hop.From]; name != "" {
		line["name"] = name
	}
	if hop.Note != "" {
		line["note"] = hop.Note
	}
	_ = p.app.printJSON(line)
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1000 }
