package main

import (
	"bufio"
	"os"
	"path/filepath"

	"netlab/capture"
	"netlab/labs"
	"netlab/narrate"
	"netlab/sim"
	"netlab/tui"
)

// samples are captures to begin with: what each lab sends, captured wherever it is sent. They are made when one is chosen, which takes
// milliseconds.
func samples(seed uint64) ([]tui.Sample, error) {
	var all []tui.Sample
	for _, lab := range labs.Names() {
		t, _, err := openLab(lab)
		if err != nil {
			return nil, err
		}
		if len(t.Outside()) > 0 {
			continue
		}
		name := lab + ".pcapng"
		all = append(all, tui.Sample{Name: name, About: t.Title, Open: func() (*capture.File, error) { return captureLab(name, t, seed) }})
	}
	return all, nil
}

// captureLab runs a lab to its end, and opens the capture of what was sent. Its file is gone from the folder when this returns, where
// the system allows that.
func captureLab(name string, t *sim.Topology, seed uint64) (*capture.File, error) {
	secrets := keyLogger{keep: true} // with them what was encrypted can be read
	n, err := sim.New(t, sim.Options{Seed: seed, Matcher: matcher(t), KeyLog: secrets.log()})
	if err != nil {
		return nil, err
	}
	defer n.Close()
	for n.Step() {
	}
	dir, err := os.MkdirTemp("", "netlab-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, name)
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := narrate.Pcapng(n.Store().View(), w, narrate.PcapngOptions{KeyLog: secrets.captured()}); err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil {
		return nil, err
	}
	return capture.Open(path)
}
