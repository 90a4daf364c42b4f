package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"netlab/netns"
	"netlab/service"
	"netlab/sim"
	"netlab/stack"
)

// clientFlags say where a client runs: in a lab, or behind the TUN.
type clientFlags struct {
	lab  string
	host string
	sim  labFlags
	tun  tunFlags
}

func (f *clientFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&f.lab, "lab", "", "run inside this lab, in virtual time: a name or a file")
	c.Flags().StringVar(&f.host, "host", "", "with --lab: the host to run on (the lab's first client)")
	c.Flags().StringArrayVar(&f.tun.faults, "fault", nil, "impair a link: 'tun:loss=5%', in a lab 'r1-r2:loss=10%' (repeatable)")
	c.Flags().StringArrayVar(&f.tun.drops, "drop", nil, "drop the first packet that matches: 'tcp.len > 0 #3' (repeatable)")
	_ = c.RegisterFlagCompletionFunc("lab", completeLabs)
}

// client is the work of fetch, nc, ping and traceroute on a stack. names are those of a lab's hosts.
type client func(ctx context.Context, s service.Stack, names map[netip.Addr]string) error

// runClient runs a client where the flags say: in a lab; on the stack of a running netlab up; or on a host of its own
// behind a TUN.
func (a *app) runClient(ctx context.Context, name string, f clientFlags, work client) error {
	if f.lab != "" {
		return a.runInLab(ctx, name, f, work)
	}
	if f.host != "" {
		return usageError("--host names a host of a lab: give --lab too")
	}
	if up, err := connectUp(); err == nil {
		up.Close()
		if given := f.tun.given(a); given != "" {
			return usageError("a netlab up is running, and %s is for the one that starts the host: give it to netlab up", given)
		}
		path, err := netns.SocketPath("stack")
		if err != nil {
			return machineError(err)
		}
		return work(ctx, borrowed{path}, nil)
	} else if !errors.Is(err, netns.ErrNotRunning) {
		return machineError(err)
	}
	h, err := a.startTunHost(ctx, f.tun, tunOptions{})
	if err != nil {
		return err
	}
	workErr := work(ctx, h.host, nil)
	return firstError(workErr, h.close())
}

// echoID returns an identifier for echo requests. Another ping from the same host has another one (RFC 792). In a lab
// nothing may depend on the process.
func (f *clientFlags) echoID() uint16 {
	if f.lab != "" {
		return 1000
	}
	return uint16(os.Getpid()) | 1
}

// familyFlags say which address of a host to use.
type familyFlags struct{ four, six bool }

func (f *familyFlags) add(c *cobra.Command) {
	c.Flags().BoolVarP(&f.four, "ipv4", "4", false, "use IPv4")
	c.Flags().BoolVarP(&f.six, "ipv6", "6", false, "use IPv6")
	c.MarkFlagsMutuallyExclusive("ipv4", "ipv6")
}

// lookUp returns the address of a host that a client is to speak to.
func (f *familyFlags) lookUp(s service.Stack, host string) (netip.Addr, error) {
	addrs, err := s.LookUp(host)
	if errors.Is(err, stack.ErrUnknownHost) {
		return netip.Addr{}, usageError("%q is no address such as 10.77.0.1 (host names are known inside labs: --lab NAME)", host)
	}
	if err != nil {
		return netip.Addr{}, answerNo("%w", err)
	}
	for _, a := range addrs {
		if a.Is4() && !f.six || a.Is6() && !f.four {
			return a, nil
		}
	}
	family := "IPv4"
	if f.six {
		family = "IPv6"
	}
	return netip.Addr{}, usageError("%s has no %s address", host, family)
}

// runInLab runs a client as one more application of a lab, and the lab until it has ended.
func (a *app) runInLab(ctx context.Context, name string, f clientFlags, work client) error {
	f.sim.faults, f.sim.drops = f.tun.faults, f.tun.drops
	topology, options, err := a.prepareLab(f.lab, f.sim)
	if err != nil {
		return err
	}
	if len(topology.Outside()) > 0 {
		return usageError("--lab %s: this lab has a way out, so that it runs in real time, with its own applications alone: netlab lab %s", f.lab, f.lab)
	}
	n, err := sim.New(topology, options)
	if err != nil {
		return usageError("%w", err)
	}
	defer n.Close()
	host, err := clientHost(n.Topology(), f.host)
	if err != nil {
		return err
	}
	var workErr error
	ended := false
	if err := n.Go(host, name, func(h *stack.Host) error {
		defer func() { ended = true }()
		if a.inLab, workErr = n.ClientTLS(h); workErr != nil {
			return nil
		}
		workErr = work(ctx, h, namesOf(n.Topology()))
		return nil
	}); err != nil {
		return err
	}
	for !ended && ctx.Err() == nil && n.Step() {
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return firstError(workErr, a.writePcap(n.Store().View()))
}

func clientHost(t *sim.Topology, wanted string) (string, error) {
	if wanted != "" {
		if _, ok := t.Host(wanted); !ok {
			return "", usageError("--host %q: the lab %s has no host of this name", wanted, t.Name)
		}
		return wanted, nil
	}
	for _, h := range t.Hosts {
		if h.Role == sim.Client {
			return h.Name, nil
		}
	}
	return "", usageError("the lab %s has no client: say with --host where to run", t.Name)
}

func (a *app) fetchCommand() *cobra.Command {
	var f clientFlags
	var o fetchFlags
	c := &cobra.Command{
		Use:     "fetch URL",
		Short:   "Fetch a page with netlab's own TCP, TLS and HTTP",
		Example: "  netlab fetch --lab routed http://h2/\n  netlab fetch -v http://10.77.0.1:8000/\n  netlab fetch -v https://10.77.0.2/",
		Args:    oneArg("fetch", "the URL"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, err := service.ParseURL(args[0]); err != nil {
				return usageError("%w", err)
			}
			return a.runClient(cmd.Context(), "fetch "+args[0], f, func(ctx context.Context, s service.Stack, _ map[netip.Addr]string) error {
				return a.fetch(ctx, s, args[0], o)
			})
		},
	}
	f.add(c)
	o.add(c)
	return c
}

func (a *app) ncCommand() *cobra.Command {
	var f clientFlags
	var datagrams bool
	c := &cobra.Command{
		Use:     "nc HOST PORT",
		Short:   "Connect standard input and output to a port",
		Example: "  echo hello | netlab nc --lab hello h2 7\n  echo hello | netlab nc -u 10.77.0.1 9000",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 2 {
				return usageError("nc wants a host and a port (see netlab nc --help)")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			network := "tcp"
			if datagrams {
				network = "udp"
			}
			if f.lab != "" && isTerminal(a.in) {
				return usageError("nc in a lab runs in virtual time and cannot wait for a keyboard: pipe the input in")
			}
			return a.runClient(cmd.Context(), "nc "+args[0], f, func(ctx context.Context, s service.Stack, _ map[netip.Addr]string) error {
				conn, err := s.Dial(ctx, network, net.JoinHostPort(args[0], args[1]))
				if err != nil {
					return answerNo("%w", err)
				}
				stop := context.AfterFunc(ctx, func() { conn.Close() })
				defer stop()
				if err := service.Netcat(s, conn, a.in, a.out); err != nil && ctx.Err() == nil {
					return answerNo("%w", err)
				}
				return ctx.Err()
			})
		},
	}
	f.add(c)
	c.Flags().BoolVarP(&datagrams, "udp", "u", false, "UDP instead of TCP")
	return c
}
