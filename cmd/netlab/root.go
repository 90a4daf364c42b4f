package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"netlab/tls"
)

// app is one run of the program: its standard streams and the global flags.
type app struct {
	in       io.Reader
	out, err io.Writer

	plain, json, ascii, quiet, noProgress bool
	theme, seedFlag, pcap, keyLog         string

	keys  keyLogger
	inLab tls.Config // how a client in a lab speaks TLS
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "netlab",
		Short: "Watch a network think",
		Long: `netlab is a network lab in one program. Simulated hosts and routers, or one userspace host behind a
TUN device that real clients talk to: every packet, every header field and every decision is shown.

Without a command it opens the home screen.`,
		Example: `# two hosts, two routers, a link that loses packets: watch TCP mend it
netlab lab lossy-upload

# the real curl against netlab's own TCP and HTTP
netlab exec -- curl -sS http://10.77.0.2/`,
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return a.home(cmd.Context()) },
		PersistentPreRunE: func(cmd *cobra.Command, args []string) error {
			if !slices.Contains([]string{"auto", "dark", "light", "none"}, a.theme) {
				return usageError("--theme %q: there are auto, dark, light and none", a.theme)
			}
			if cmd.Name() == "export" && len(args) > 0 && !namesLab(args[0]) {
				return nil // of a capture, the key log is read
			}
			return a.keys.open(a.keyLog, a.pcap != "")
		},
	}
	f := root.PersistentFlags()
	f.BoolVar(&a.plain, "plain", false, "text instead of the screen: append-only, no escape sequences")
	f.BoolVar(&a.json, "json", false, "one JSON object a line (docs/json.md)")
	f.BoolVar(&a.ascii, "ascii", false, "draw with ASCII characters alone (by itself where the locale is not UTF-8)")
	f.StringVar(&a.theme, "theme", "auto", "colours: auto, dark, light or none")
	f.StringVar(&a.seedFlag, "seed", firstSeed, "what a simulated run's chance is drawn from: a number, or random")
	f.StringVar(&a.pcap, "pcap", "", "write the packets to this pcapng file, each with a comment saying why it was sent")
	f.StringVar(&a.keyLog, "keylog", "", "append the secrets of TLS connections to this file, as SSLKEYLOGFILE does, which is heeded too; with --pcap they go into the capture as well")
	f.BoolVar(&a.quiet, "quiet", false, "print results only")
	f.BoolVar(&a.noProgress, "no-progress", false, "no progress bars")
	root.AddCommand(a.labCommand(), a.upCommand(), a.execCommand(), a.fetchCommand(), a.pingCommand(), a.tracerouteCommand(), a.digCommand(), a.ncCommand(), a.wsCommand(),
		a.replayCommand(), a.exportCommand(), a.checkCommand(), a.doctorCommand(), a.versionCommand(), filterTopic())
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%v (see %s --help)", err, cmd.CommandPath())
	})
	for _, c := range append(root.Commands(), root) {
		c.Long = paragraphs(c.Long)
	}
	return root
}

// paragraphs joins the lines of each paragraph: how wide a terminal is, is known when they are shown. Lines that are set in stay as they are.
func paragraphs(text string) string {
	lines := strings.Split(text, "\n")
	var out strings.Builder
	for i, line := range lines {
		out.WriteString(line)
		switch {
		case i == len(lines)-1:
		case line == "" || lines[i+1] == "" || strings.HasPrefix(lines[i+1], " ") || strings.HasPrefix(line, " "):
			out.WriteByte('\n')
		default:
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// firstSeed is the seed of a run for which none is given.
const firstSeed = "1"

// seed returns the number that --seed gives, and prints it where it was drawn by chance.
func (a *app) seed() (uint64, error) {
	if a.seedFlag == "random" {
		n := rand.Uint64() >> 32
		fmt.Fprintf(a.err, "seed %d\n", n)
		return n, nil
	}
	n, err := strconv.ParseUint(a.seedFlag, 10, 64)
	if err != nil || n == 0 {
		return 0, usageError("--seed %q: want a number from 1 up, or random", a.seedFlag)
	}
	return n, nil
}

// onTerminal reports whether a screen can be shown: both ends are a terminal and nobody asked for text.
func (a *app) onTerminal() bool {
	return !a.plain && !a.json && isTerminal(a.in) && isTerminal(a.out) && os.Getenv("TERM") != "dumb"
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (a *app) printJSON(v any) error {
	e := json.NewEncoder(a.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
