package main

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"

	"netlab/capture"
	"netlab/filter"
	"netlab/sim"
)

// readFilter reads a filter of the packets of a capture file, and has the file's index say which those are; nil of what can be read only once, such as a pipe. An error shows the
// place with a caret.
func readFilter(ctx context.Context, expr, name string) (chosen filter.Filter, picked *capture.Numbers, err error) {
	whole := readBefore{ctx: ctx, name: name}
	defer whole.close()
	words := capture.FileWords()
	words.Hosts = func() (map[string][]netip.Addr, error) {
		f, err := whole.open("hosts are called")
		if err != nil {
			return nil, reason(err)
		}
		return f.Hosts(ctx)
	}
	words.Links = func() ([]string, error) {
		f, err := whole.open("links there are")
		if err != nil {
			return nil, reason(err)
		}
		return f.Words(ctx).Links()
	}
	chosen, err = words.Parse(expr)
	var wrong *filter.Error
	if errors.As(err, &wrong) {
		return chosen, nil, usageError("--filter:\n%s", wrong.Caret())
	}
	if err != nil || expr == "" || !whole.again() && !chosen.Uses("lost") {
		return chosen, nil, err
	}
	f, err := whole.open("was lost")
	if err != nil {
		return chosen, nil, whole.refuse(err)
	}
	numbers, _, err := f.Filter(ctx, chosen, 1)
	if err != nil {
		return chosen, nil, whole.refuse(err)
	}
	picked = &capture.Numbers{}
	for _, n := range numbers {
		picked.Add(int(n))
	}
	return chosen, picked, nil
}

// readBefore is a capture file that is read from its beginning to its end before it is told of.
type readBefore struct {
	ctx  context.Context
	name string
	file *capture.File
}

// open reads the file, if it was not read yet. what says what for.
func (w *readBefore) open(what string) (*capture.File, error) {
	if !w.again() {
		return nil, errors.New("what " + what + " shows only at the end of what can be read only once: put it into a file first")
	}
	if w.file != nil {
		return w.file, nil
	}
	f, err := capture.Open(w.name)
	if err != nil {
		return nil, err
	}
	w.file = f
	_ = f.Load(w.ctx, nil) // what is wrong with it shows when it is told of
	return f, w.ctx.Err()
}

// again reports whether the file can be read several times.
func (w *readBefore) again() bool {
	info, err := os.Stat(w.name)
	return w.name != "-" && (err != nil || info.Mode().IsRegular()) // what is not there is said when it is opened
}

// refuse says why the file cannot be read before it is told of.
func (w *readBefore) refuse(err error) error {
	var system *fs.PathError
	switch {
	case w.ctx.Err() != nil:
		return w.ctx.Err()
	case errors.As(err, &system):
		return usageError("replay %s: %w", w.name, system.Err)
	case !w.again():
		return usageError("--filter: %w", err)
	}
	return usageError("%w", err)
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
