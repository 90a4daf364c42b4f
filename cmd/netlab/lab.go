package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/labs"
	"netlab/narrate"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
	"netlab/tui"
)

// labFlags are the flags of a simulated run.
type labFlags struct {
	faults []string
	drops  []string
	paused bool
	until  string
	save   string

	tunnels []string // of ways out of the lab
	taps    []string
	hostNet bool
}

// labActions are what can be done with a lab in place of running it.
type labActions struct{ check, schema bool }

func (a *app) labCommand() *cobra.Command {
	var f labFlags
	var do labActions
	c := &cobra.Command{
		Use:   "lab [NAME | FILE.yaml | FILE.netlab]",
		Short: "A simulated network: hosts, routers and links inside this process",
		Long: `Runs a lab. On a terminal it is live: play, stop, step, step back, break a link. Otherwise, or with --plain,
it is told in sentences to the end of its traffic. The same topology, seed and faults give the same octets, always.

A lab with a way out (role outside: a tunnel to another netlab, or a TAP device to this machine's kernel) runs in real time until it is interrupted, and no two runs are the same.

--save stores the run with what was done on the screen; netlab lab FILE.netlab repeats it, and netlab export writes it in other forms.

Without a name: the labs there are. docs/topology.md says how to write one.`,
		Example: "  netlab lab lossy-upload\n  netlab lab lossy-upload --seed 7 --plain --pcap run.pcapng\n" +
			"  netlab lab routed --fault 'r1-r2:loss=20%,delay=50ms' --drop 'tcp.len > 0 #3'\n  netlab lab my-lab.yaml --check\n  netlab lab lossy-upload --save run.netlab",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: completeLabs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case do.schema:
				_, err := a.out.Write(sim.Schema())
				return outputError(err)
			case len(args) == 0 && do.check:
				return usageError("lab --check: which file? (- is standard input)")
			case len(args) == 0:
				return a.listLabs()
			case do.check:
				return a.checkLab(args[0])
			}
			return a.lab(cmd.Context(), args[0], f)
		},
	}
	f.add(c)
	c.Flags().StringVar(&f.save, "save", "", "store the run as this `file`, whose name ends in .netlab, so that it can be repeated")
	c.Flags().StringArrayVar(&f.tunnels, "tunnel", nil, "put a tunnel to another netlab behind a way out: 'world:listen=:7001,peer=192.0.2.1:7002,key-file=F' (repeatable)")
	c.Flags().StringArrayVar(&f.taps, "tap", nil, "put this machine's kernel behind a way out, with a TAP device: 'world=tap0'")
	c.Flags().BoolVar(&f.hostNet, "host-net", false, "put the TAP device into the machine's own network instead of a namespace: wants root")
	c.Flags().BoolVar(&do.check, "check", false, "read the lab without running it, and show each mistake in it (- reads standard input)")
	c.Flags().BoolVar(&do.schema, "schema", false, "write the JSON schema of lab files, for editors")
	return c
}

func (f *labFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.faults, "fault", nil, "impair a link: 'r1-r2:loss=10%,delay=20ms', r1>r2 for one direction (repeatable)")
	c.Flags().StringArrayVar(&f.drops, "drop", nil, "drop the first packet that matches: 'tcp.len > 0 #3' for the third (repeatable)")
	c.Flags().BoolVar(&f.paused, "paused", false, "begin paused (screen)")
	c.Flags().StringVar(&f.until, "until", "", "end the run at this time, such as 500ms or 3s")
}

func completeLabs(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return labs.Names(), cobra.ShellCompDirectiveDefault
}

func (a *app) listLabs() error {
	for _, name := range labs.Names() {
		t, _, err := openLab(name)
		if err != nil {
			return err
		}
		if a.json {
			if err := a.printJSON(map[string]string{"name": name, "title": t.Title, "about": t.About}); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintf(a.out, "netlab lab %-14s %s\n", name, t.Title)
	}
	return nil
}

// openLab reads a lab by its name, or a file of one's own: a lab, or a stored run of one with its seed and inputs.
func openLab(name string) (*sim.Topology, sim.Options, error) {
	var t *sim.Topology
	var stored sim.Options
	file, text, err := readLab(name)
	if err != nil {
		return nil, stored, err
	}
	if isRun(name) {
		t, stored, err = sim.Load(file, text)
	} else {
		t, err = sim.Parse(file, text)
	}
	if err != nil {
		return nil, stored, usageError("%w", err)
	}
	return t, stored, nil
}

// readLab returns the text of a lab, and the name of its file for messages.
func readLab(name string) (file string, text []byte, err error) {
	if text, err = labs.Open(name); err == nil {
		return name + ".yaml", text, nil
	}
	text, err = os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !strings.ContainsAny(name, "./\\") {
		return "", nil, usageError("lab %q: there is no lab of this name (there are %s; a file of your own ends in .yaml)", name, strings.Join(labs.Names(), ", "))
	}
	if err != nil {
		return "", nil, usageError("lab %s: %v", name, reason(err))
	}
	return name, text, nil
}

// lab runs a simulated network, on the screen or told.
func (a *app) lab(ctx context.Context, name string, f labFlags) error {
	until, err := f.untilTime()
	if err != nil {
		return err
	}
	topology, options, err := a.prepareLab(name, f)
	if err != nil {
		return err
	}
	if topology, err = withOutside(topology, f); err != nil {
		return err
	}
	if f.save != "" && !isRun(f.save) {
		return usageError("--save %q: a stored run has a name that ends in %s", f.save, runEnding)
	}
	if len(topology.Outside()) > 0 {
		if f.save != "" {
			return usageError("--save %s: lab %s has a way out, and what comes in there cannot be stored: --pcap FILE records it", f.save, name)
		}
		return a.liveLab(ctx, topology, options, f, until)
	}
	if a.onTerminal() {
		lab, err := tui.NewLab(topology, options)
		if err != nil {
			return usageError("%s: %w", name, err)
		}
		err = a.runScreen(ctx, lab, f.paused)
		return firstError(a.writePcap(lab.View()), a.saveRun(f.save, lab.Save), err)
	}
	n, err := sim.New(topology, options)
	if err != nil {
		return usageError("%s: %w", name, err)
	}
	defer n.Close()
	err = a.tell(ctx, n, until)
	return firstError(a.writePcap(n.Store().View()), a.saveRun(f.save, n.Save), err)
}

// prepareLab reads a lab, and the seed, faults and drops of the command line.
func (a *app) prepareLab(name string, f labFlags) (*sim.Topology, sim.Options, error) {
	t, options, err := openLab(name)
	if err != nil {
		return nil, sim.Options{}, err
	}
	if isRun(name) && (a.seedFlag != firstSeed || len(f.faults)+len(f.drops) > 0) {
		return nil, sim.Options{}, usageError("%s: a stored run is repeated as it was: it has its seed, faults and drops with it, leave --seed, --fault and --drop out", name)
	}
	if !isRun(name) {
		if options.Seed, err = a.seed(); err != nil {
			return nil, sim.Options{}, err
		}
	}
	options.Faults, options.Matcher, options.KeyLog = f.faults, matcher(t), a.keys.log()
	for _, text := range f.drops {
		options.Inputs = append(options.Inputs, sim.Input{Drop: 1, Filter: text})
	}
	return t, options, nil
}

func (f labFlags) untilTime() (time.Duration, error) {
	if f.until == "" {
		return 0, nil
	}
	d, err := time.ParseDuration(f.until)
	if err != nil || d <= 0 {
		return 0, usageError("--until %q: want a time with its unit, such as 500ms or 3s", f.until)
	}
	return d, nil
}

// teller is what Plain and JSON narration have in common.
type teller interface {
	Begin(narrate.Header) error
	Events(v timeline.View, from trace.ID) (trace.ID, error)
	End() error
}

// tell runs the network to its end, or until a time, and says each event.
func (a *app) tell(ctx context.Context, n *sim.Network, until time.Duration) error {
	out := newBufferedOut(a.out)
	o := narrate.Options{ASCII: a.useASCII(), Names: namesOf(n.Topology()), Brief: a.quiet, Octets: true}
	var t teller = narrate.NewPlain(out, o)
	if a.json {
		t = narrate.NewJSON(out, o)
	}
	topology := n.Topology()
	err := t.Begin(narrate.Header{Title: "lab " + topology.Name, Seed: n.Seed(), About: []string{topology.Title, topology.About}})
	for next, more := trace.ID(1), true; err == nil && more; {
		if ctx.Err() != nil {
			break // what was told so far is kept
		}
		if until > 0 && n.Now() >= until {
			break
		}
		more = n.Step()
		next, err = t.Events(n.Store().View(), next)
	}
	if err == nil {
		err = t.End()
	}
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if err == nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return outputError(err)
}

// namesOf lets the narration call hosts by their names.
func namesOf(t *sim.Topology) map[netip.Addr]string {
	names := map[netip.Addr]string{}
	for _, h := range t.Hosts {
		for _, i := range h.Interfaces {
			for _, a := range i.Addrs {
				names[a.Addr()] = h.Name
			}
		}
	}
	return names
}

// writePcap writes the run's packets to the file that --pcap names, if it does.
func (a *app) writePcap(v timeline.View) error { return a.writePcapShifted(v, 0) }

// writePcapShifted is writePcap for a run whose times are to be others.
func (a *app) writePcapShifted(v timeline.View, shift time.Duration) error {
	if a.pcap == "" {
		return nil
	}
	f, err := createFile(a.pcap)
	if err != nil {
		return err
	}
	return f.finish(narrate.Pcapng(v, f, narrate.PcapngOptions{KeyLog: a.keys.captured(), Shift: shift}))
}
