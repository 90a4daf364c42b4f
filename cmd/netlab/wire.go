package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"netlab/capture"
	"netlab/narrate"
	"netlab/replay"
	"netlab/sim"
	"netlab/trace"
	"netlab/tui"
)

// playOnWire sends a capture over a simulated wire: on the screen, or told packet by packet in time. Of a damaged one it plays what is there.
func (a *app) playOnWire(ctx context.Context, name string, r *capture.Reader, o narrate.Options, f playFlags) error {
	factor, err := f.factor()
	if err != nil {
		return err
	}
	seed, err := a.seed()
	if err != nil {
		return err
	}
	wireOptions := replay.WireOptions{Choose: chooser(o)}
	if len(f.rewrite) > 0 {
		if wireOptions.Rewriter, err = f.rewriter(); err != nil {
			return err
		}
	}
	w, damaged := replay.ReadWire(name, r, wireOptions)
	if damaged != nil {
		damaged = usageError("%w", damaged)
	}
	if len(w.Topology.Recording) == 0 {
		return firstError(damaged, usageError("replay %s: it holds no packet to play%s", name, notSent(w)))
	}
	options := sim.Options{Seed: seed, Faults: f.faults, Matcher: matcher(w.Topology)}
	for _, text := range f.drops {
		options.Inputs = append(options.Inputs, sim.Input{Drop: 1, Filter: text})
	}
	if a.onTerminal() && !f.asText {
		return firstError(a.showWire(ctx, w, options, factor), damaged)
	}
	n, err := sim.New(w.Topology, options)
	if err != nil {
		return usageError("%w", err)
	}
	defer n.Close()
	err = a.tellWire(ctx, n, w, factor)
	return firstError(err, a.writePcapShifted(n.Store().View(), w.Begin.Sub(sim.Epoch())), damaged)
}

// showWire shows the wire on the screen of the labs.
func (a *app) showWire(ctx context.Context, w *replay.Wire, o sim.Options, factor float64) error {
	lab, err := tui.NewLab(w.Topology, o)
	if err != nil {
		return usageError("%w", err)
	}
	screen := a.screenOptions(false)
	screen.Speed = cmp.Or(factor, 1)
	err = firstError(tui.Run(lab, screen), ctx.Err())
	return firstError(a.writePcapShifted(lab.View(), w.Begin.Sub(sim.Epoch())), err)
}

// chooser returns what chooses packets as a narration of the capture would; nil: all of them.
func chooser(o narrate.Options) func(*capture.Record, *capture.Summary) bool {
	if o.Filter.String() == "" {
		return nil
	}
	return o.Chooser()
}

// tellWire runs the wire to its end, and says what happens on it when it happens.
func (a *app) tellWire(ctx context.Context, n *sim.Network, w *replay.Wire, factor float64) error {
	out := newBufferedOut(a.out)
	t := n.Topology()
	o := narrate.Options{ASCII: a.useASCII(), Names: namesOf(t), Brief: true, Octets: true}
	var tell teller = narrate.NewPlain(out, o)
	if a.json {
		tell = narrate.NewJSON(out, o)
	}
	header := narrate.Header{Title: t.Title}
	if !a.quiet {
		header.About = aboutWire(w)
	}
	pace := pacer{factor: factor}
	err := tell.Begin(header)
	for next, more := trace.ID(1), true; err == nil && more; {
		more = n.Step()
		for v := n.Store().View(); err == nil && next <= v.Last(); {
			e, _ := v.Event(next)
			if factor > 0 {
				err = out.Flush()
			}
			if err = firstError(err, pace.wait(ctx, e.At)); err == nil {
				next, err = tell.Events(v.Until(next), next)
			}
		}
	}
	if ctx.Err() != nil {
		err = nil // what was played so far is told to its end
	}
	if err = firstError(err, tell.End()); err == nil && !a.json {
		_, err = fmt.Fprint(out, linksInWords(n))
	}
	return firstError(outputError(firstError(err, out.Flush())), ctx.Err())
}

// aboutWire says what there is on the wire, and what is not.
func aboutWire(w *replay.Wire) []string {
	var hosts []string
	for _, h := range w.Hosts {
		host := h.Name + " " + h.Addr.String()
		if !h.Addr.IsValid() {
			host = h.Name + " (groups, broadcasts, and further addresses)"
		}
		if h.Away > 0 {
			host += fmt.Sprintf(", %s away", h.Away)
		}
		hosts = append(hosts, host)
	}
	lines := []string{
		replay.Tap + " is where it was captured, and each host has a link to it: " + strings.Join(hosts, "; ") + ".",
		"The hosts are recordings: they send what they sent then, and answer nothing; what is lost here is not sent again because of it.",
	}
	if not := notSent(w); not != "" {
		lines = append(lines, "Not as in the capture: "+strings.TrimPrefix(not, ": ")+".")
	}
	return lines
}

// notSent says what of a capture is not sent as it was, as ": 3 of its packets hold …"; empty: there is no such thing.
func notSent(w *replay.Wire) string {
	var parts []string
	add := func(n int, what string) {
		if n > 0 {
			parts = append(parts, count(n, "packet")+" "+what)
		}
	}
	add(w.NotIP, "without IP left out")
	add(w.Unfit, "left out, of which it has too little to give them other addresses")
	add(w.Cut, "of which it has only the beginning")
	add(w.Large, "larger than 1500 octets, cut up here as the network card was to do")
	add(w.Whole, "larger than 1500 octets, which cannot be cut up")
	add(w.Back, "with a time before that of the packet before: sent right after it")
	add(w.More, "beyond what can be played at a time left out (--filter chooses others)")
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, "; ")
}

// linksInWords says how many packets went over each link, and what became of them.
func linksInWords(n *sim.Network) string {
	var b strings.Builder
	for _, l := range n.Links() {
		fmt.Fprintf(&b, "%s: %s from %s, %d lost; %d to %s, %d lost.\n", l.Name, count(int(l.Sent[0]), "packet"), l.A, l.Lost[0], l.Sent[1], l.A, l.Lost[1])
	}
	return b.String()
}
