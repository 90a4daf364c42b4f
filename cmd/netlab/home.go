package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"netlab/labs"
	"netlab/sim"
	"netlab/tui"
)

// home shows the home screen, or the same menu as text.
func (a *app) home(ctx context.Context) error {
	if !a.onTerminal() {
		return a.textMenu()
	}
	entries, err := a.homeEntries(ctx)
	if err != nil {
		return err
	}
	o := a.screenOptions(false)
	o.Opened, o.Recent = rememberCapture, func() []tui.Entry { return recentEntries(time.Now()) }
	if err := tui.Home(entries, o); err != nil {
		return err
	}
	return ctx.Err()
}

func (a *app) textMenu() error {
	fmt.Fprintln(a.out, "netlab: watch a network think")
	fmt.Fprintln(a.out, "\nSimulated labs, inside this process:")
	if err := a.listLabs(); err != nil {
		return err
	}
	_, err := fmt.Fprint(a.out, `
Real traffic, behind a TUN device:
netlab up                      a host at 10.77.0.2 and fd77::2, with every packet shown
netlab exec -- curl -sS http://10.77.0.2/

Captures:
netlab replay FILE             any pcap or pcapng, in plain words

netlab doctor                  what this machine can do
netlab help                    all commands
`)
	return err
}

// homeEntries are the lines of the home screen.
func (a *app) homeEntries(context.Context) ([]tui.Entry, error) {
	seed, err := a.seed()
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		self = "netlab"
	}
	var entries []tui.Entry
	for _, name := range labs.Names() {
		t, _, err := openLab(name)
		if err != nil {
			return nil, err
		}
		entry := tui.Entry{Section: "Labs", Name: name, Title: t.Title, About: t.About}
		if len(t.Outside()) > 0 {
			entry.Command = []string{self, "lab", name}
		} else {
			entry.Open = func() (tui.Source, error) { return tui.NewLab(t, sim.Options{Seed: seed, Matcher: matcher(t)}) }
		}
		entries = append(entries, entry)
	}
	samples, err := samples(seed)
	if err != nil {
		return nil, err
	}
	return append(entries,
		tui.Entry{
			Section: "Captures", Key: "r", Name: "replay", Title: "What a capture file holds",
			About: "Opens any pcap or pcapng: the packets in plain words, what a reviewer would point at, what both ends said, and every field.\n\n" +
				"The same, without this menu:\n  netlab replay FILE\n\n" +
				"If you have none at hand: what each lab sends can be chosen too.",
			Replay: true, Samples: samples,
		},
		tui.Entry{
			Section: "Real traffic", Key: "t", Name: "up", Title: "Your own curl against netlab's TCP",
			About: "Starts netlab's host at 10.77.0.2 and fd77::2 behind a TUN device, without root, and shows every packet.\n\n" +
				"In another terminal:\n  netlab exec -- curl -sS http://10.77.0.2/",
			Command: []string{self, "up"},
		},
		tui.Entry{
			Section: "This machine", Key: "d", Name: "doctor", Title: "What works here",
			About: "Tries the simulated network, the TUN device, a namespace without root and the terminal, and says how to get what is missing.",
			Report: func() string {
				var text bytes.Buffer
				quiet := &app{in: a.in, out: &text, err: &text}
				doctor := quiet.doctorCommand()
				if err := doctor.RunE(doctor, nil); err != nil {
					fmt.Fprintln(&text, err)
				}
				return text.String()
			},
		},
	), nil
}

func (a *app) screenOptions(paused bool) tui.Options {
	return tui.Options{Version: version, Theme: a.theme, ASCII: a.useASCII(), Paused: paused}
}
