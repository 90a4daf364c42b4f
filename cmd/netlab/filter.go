package main

import (
	"context"
	"errors"
	"net/netip"

	"netlab/capture"
	"netlab/filter"
	"netlab/sim"
)

// readFilter reads a filter of the packets of a capture file, and finds out which were lost if it asks for that. An error shows the place with a caret. What only the
// whole file tells takes a pass over it, which is made only if the filter has such a word.
func readFilter(ctx context.Context, expr, name string) (chosen filter.Filter, lost capture.Numbers, err error) {
	whole := readBefore{ctx: ctx, name: name}
	defer whole.close()
	words := capture.FileWords()
	words.Hosts = func() (map[string][]netip.Addr, error) {
		f, err := whole.open("hosts are called")
		if err != nil {
			return nil, err
		}
		return f.Hosts(ctx)
	}
	words.Links = func() ([]string, error) {
		f, err := whole.open("links there are")
		if err != nil {
			return nil, err
		}
		return f.Words(ctx).Links()
	}
	chosen, err = words.Parse(expr)
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		return chosen, lost, usageError("--filter:\n%s", wrong.Caret())
	}
	if err == nil && chosen.Uses("lost") {
		f, err := whole.open("was lost")
		if err != nil {
			return chosen, lost, usageError("--filter: %w", err)
		}
		lost = *f.Lost()
	}
	return chosen, lost, err
}

// readBefore is a capture file that is read from its beginning to its end before it is told of.
type readBefore struct {
	ctx  context.Context
	name string
	file *capture.File
}

// open reads the file, if it was not read yet. what says what for.
func (w *readBefore) open(what string) (*capture.File, error) {
	if w.name == "-" {
		return nil, errors.New("what " + what + " shows only at the end of standard input: put it into a file first")
	}
	if w.file != nil {
		return w.file, nil
	}
	f, err := capture.Open(w.name)
	if err != nil {
		return nil, reason(err)
	}
	w.file = f
	_ = f.Load(w.ctx, nil) // what is wrong with it shows when it is told of
	return f, w.ctx.Err()
}

func (w *readBefore) close() {
	if w.file != nil {
		w.file.Close()
	}
}

// matcher returns what reads filters for packets as they are on the links of a network.
func matcher(t *sim.Topology) sim.Matcher {
	words := capture.Words()
	words.Hosts = func() (map[string][]netip.Addr, error) { return addressesOf(t), nil }
	words.Links = func() (names []string, err error) {
		for _, l := range t.Links {
			names = append(names, l.Name())
		}
		return names, nil
	}
	return func(text string) (match func(way string, frame bool, octets []byte) bool, nth int, err error) {
		f, err := words.Parse(text)
		if err != nil {
			return nil, 0, err
		}
		w := capture.NewWatcher(f)
		return func(way string, frame bool, octets []byte) bool {
			t := capture.RawIP
			if frame {
				t = capture.Ether
			}
			return w.Match(way, t, octets)
		}, f.Nth(), nil
	}
}

// addressesOf returns the addresses of the hosts of a network.
func addressesOf(t *sim.Topology) map[string][]netip.Addr {
	all := map[string][]netip.Addr{}
	for _, h := range t.Hosts {
		all[h.Name] = nil
		for _, i := range h.Interfaces {
			for _, a := range i.Addrs {
				all[h.Name] = append(all[h.Name], a.Addr())
			}
		}
	}
	return all
}
