package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"netlab/capture"
	"netlab/filter"
	"netlab/narrate"
)

// replayFlags say what of a capture is wanted.
type replayFlags struct {
	packets, streams bool
	layers, why      bool
	fields           []string
	findings         bool
	filter           string
	follow, as, side string
	extract, keyLog  string
	export           []string
	play             playFlags
}

func (a *app) replayCommand() *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay FILE [-- CMD…]",
		Short: "Say in plain words what a capture file holds",
		Long: `Reads a pcap or pcapng file from any tool, packed with gzip or zstd or not, and tells who talked with whom and what
happened. - reads standard input. On a terminal it opens a screen: packets, findings, streams, filters, views
of TCP, TLS, HTTP and the hosts, and the capture played at its own pace; --plain or a pipe gives text.

--packets says of each packet what it is: handshakes, data by relative sequence number, what was sent again, requests and
answers. --layers takes each apart, --fields writes values for other programs. --findings says only what is worth a sentence. --streams lists the connections, --follow shows what the two ends of one said, --extract writes the content of
HTTP messages to files.

--play sends the packets once more, in their time, over a simulated wire: a host for each address, and tap, where it was captured, in the middle. On a terminal
that is a screen, to stop, step, go back, and lose packets; --fault, --drop and --pcap are as for netlab lab. --to tun sends them out of a TUN instead, with other addresses, and --serve plays the server's side of a connection to a
real client there: CMD, or what netlab exec runs meanwhile.

A damaged file shows what it holds, behind the damage too where packets are certain to begin again; then one line says at which octet it breaks, and the exit
code is 2.`,
		Example: `  netlab replay capture.pcapng
  tcpdump -w - -c 20 | netlab replay --packets -
  netlab replay capture.pcap --filter 'tcp.flags.syn and ip.addr == 10.0.0.0/8'
  netlab replay capture.pcap --layers --why --filter 'frame.number == 4'
  netlab replay capture.pcap --fields frame.number,ip.src,tcp.len --filter tcp
  netlab replay capture.pcap --findings
  netlab replay capture.pcap --follow 0
  netlab replay capture.pcap --follow udp:3 --as hex
  netlab replay capture.pcap --extract files/
  netlab replay capture.pcap --play --fault 'h1>tap:loss=10%' --speed max
  netlab replay capture.pcap --to tun --speed 10x -- tshark -c 20 -ni netlab0
  netlab replay capture.pcap --serve 0 -- curl -sS http://10.77.0.2/
  netlab replay --json capture.pcap | jq 'select(.summary).summary.what'`,
		Args: func(cmd *cobra.Command, args []string) error {
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				f.play.command, args = args[n:], args[:n]
			}
			return oneArg("replay", "the capture file to read, or - for standard input")(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneWay(cmd); err != nil {
				return err
			}
			if isRun(args[0]) {
				return usageError("replay %s: it is the stored run of a lab, not a capture: netlab lab %s repeats it", args[0], args[0])
			}
			if args[0] != "-" && a.onTerminal() && !asksForMore(cmd) {
				return a.replayScreen(cmd.Context(), args[0], f.keyLog)
			}
			return a.replay(cmd.Context(), args[0], f)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&f.packets, "packets", false, "a line for each packet")
	flags.BoolVar(&f.layers, "layers", false, "each packet field by field: its octets, its value, the standard")
	flags.BoolVar(&f.why, "why", false, "with --layers: a sentence on what each field is for")
	flags.StringSliceVar(&f.fields, "fields", nil, "the values of `fields`, as ip.src,tcp.len: a line for each packet, a tab between them")
	flags.BoolVar(&f.findings, "findings", false, "what is worth a sentence: what was lost, sent again, refused, slow or damaged, and the round-trip times")
	flags.BoolVar(&f.streams, "streams", false, "the TCP connections and UDP flows")
	flags.StringVar(&f.filter, "filter", "", "only the packets that this `expression` chooses, as \"tcp.port == 80\" (netlab help filters): a line for each, or with --findings, --streams or --export what is about them")
	flags.StringVar(&f.follow, "follow", "", "what was said in a stream: `N` is a TCP connection, udp:N a UDP flow, as --streams numbers them")
	flags.StringVar(&f.as, "as", "text", "how --follow writes it: text, hex, raw, or messages: those of HTTP, WebSocket, DNS and TLS, with their fields")
	flags.StringVar(&f.side, "side", "both", "whose octets --follow writes: those of the first end, the second or both")
	flags.StringVar(&f.extract, "extract", "", "write the content of HTTP messages to files in this `folder`")
	flags.StringVar(&f.keyLog, "keylog", "", "decrypt TLS with the secrets in this `file`, as SSLKEYLOGFILE names one, which is heeded too")
	flags.StringArrayVar(&f.export, "export", nil, "write it to this `file` as its ending says: .html, .svg, .md, .pcapng with findings, .sqlog (repeatable; see netlab export)")
	f.play.add(c)
	for _, other := range []string{"findings", "streams", "follow", "extract", "export"} {
		c.MarkFlagsMutuallyExclusive("play", other)
		c.MarkFlagsMutuallyExclusive("to", other)
		c.MarkFlagsMutuallyExclusive("serve", other)
	}
	return c
}

// oneWay finds two flags that ask for different things, and flags without the one that they are about.
func oneWay(c *cobra.Command) error {
	given := func(flag string) bool { return c.Flags().Changed(flag) }
	for _, apart := range [][]string{
		{"packets", "findings", "streams", "follow", "extract", "export", "fields"},
		{"layers", "findings", "streams", "follow", "extract", "export", "fields"},
		{"filter", "follow", "extract"},
	} {
		if flags := slices.DeleteFunc(apart, func(flag string) bool { return !given(flag) }); len(flags) > 1 {
			return usageError("--%s and --%s ask for different things: give one of them", flags[0], flags[1])
		}
	}
	playing := given("play") || given("to") || given("serve")
	switch {
	case given("why") && !given("layers"):
		return usageError("--why says what fields are for: give --layers as well")
	case !playing && given("speed"):
		return usageError("--speed says how fast a capture is played: give --play, --to tun or --serve as well")
	case !playing && given("pcap"):
		return usageError("--pcap writes what --play sends: give that as well; --export writes the capture itself")
	case !playing && given("seed"):
		return usageError("--seed is what the faults of --play are drawn from: give that as well")
	case given("json") && given("as"):
		return usageError("--as is how --follow writes text: --json has the octets themselves, in hex")
	case !given("follow") && (given("as") || given("side")):
		return usageError("--as and --side say how a stream is followed: name it with --follow N")
	}
	return nil
}

func (a *app) replay(ctx context.Context, name string, f replayFlags) error {
	if err := f.play.check(); err != nil {
		return err
	}
	o := narrate.Options{ASCII: a.useASCII()}
	var err error
	if o.Filter, o.Picked, err = readFilter(ctx, f.filter, name); err != nil {
		return err
	}
	o.Detail = narrate.Detail{Layers: f.layers, Why: f.why, Fields: f.fields}
	if err := checkFields(f.fields); err != nil {
		return err
	}
	keys, err := readCaptureKeys(f.keyLog)
	if err != nil {
		return err
	}
	o.Keys = keys.log
	follow, err := f.following()
	if err != nil {
		return err
	}
	in, file, out := a.in, name != "-", newBufferedOut(a.out)
	if !file {
		if isTerminal(in) {
			return usageError("replay -: standard input is a terminal: put a capture into it, as in tcpdump -w - | netlab replay -")
		}
		name, in = "standard input", untilQuiet(ctx, in)
		if o.Live = f.byPacket(); o.Live {
			in = flushing{in, out}
		}
	} else {
		opened, err := os.Open(name)
		if err != nil {
			return usageError("replay %s: %v", name, reason(err))
		}
		defer opened.Close()
		addSecrets(opened, o.Keys)
		in, name = opened, filepath.Base(name)
	}
	if len(f.export) > 0 {
		if err := checkForms(f.export); err != nil {
			return err
		}
		return a.exportCapture(ctx, name, in, f.export, keys, o)
	}
	if file {
		in = untilDone{ctx, in}
	}
	r, err := capture.NewReader(name, in)
	if err != nil {
		return usageError("%w", err)
	}
	switch {
	case f.extract != "":
		return a.extract(name, r, o, f.extract)
	case f.play.serve != "":
		return a.serveExchange(ctx, r, f.play)
	case f.play.to == "" && f.play.play:
		f.play.asText = f.packets
		return a.playOnWire(ctx, name, r, o, f.play)
	case f.play.given():
		return a.playCapture(ctx, name, r, o, f.play)
	}
	err = a.tellCapture(out, name, r, o, f, follow)
	if flushErr := out.Flush(); err == nil {
		err = flushErr
	}
	if !file && ctx.Err() != nil && errors.Is(err, capture.ErrCutOff) {
		return ctx.Err() // it was not the capture that ended
	}
	return outputError(err)
}

// byPacket reports whether packets are told one by one, which is worth while even where more of them are still to come.
func (f *replayFlags) byPacket() bool {
	return !f.findings && !f.streams && f.follow == "" && f.extract == "" && len(f.export) == 0 && !f.play.play && f.play.serve == ""
}

// flushing writes what has been told before it waits for more.
type flushing struct {
	io.Reader
	out *bufio.Writer
}

func (f flushing) Read(p []byte) (int, error) {
	if err := f.out.Flush(); err != nil {
		return 0, err
	}
	return f.Reader.Read(p)
}

// tellCapture writes what is wanted of a capture.
func (a *app) tellCapture(out *bufio.Writer, name string, r *capture.Reader, o narrate.Options, f replayFlags, follow narrate.Follow) error {
	switch {
	case f.follow != "" && a.json:
		return narrate.FollowJSON(out, name, r, follow, o)
	case f.follow != "":
		return narrate.FollowPlain(out, r, follow, o)
	case f.findings && a.json:
		return narrate.FindingsJSON(out, name, r, o)
	case f.findings:
		return narrate.FindingsPlain(out, name, r, o)
	case f.streams && a.json:
		return narrate.StreamsJSON(out, name, r, o)
	case f.streams:
		return narrate.StreamsPlain(out, name, r, o)
	case a.json:
		return narrate.ReplayJSON(out, name, r, o)
	case len(f.fields) > 0:
		return narrate.FieldsPlain(out, r, o)
	case f.packets || f.layers || f.filter != "":
		return narrate.ReplayPlain(out, name, r, o)
	}
	return narrate.DigestPlain(out, name, r, o)
}

// checkFields finds a name that no field has.
func checkFields(fields []string) error {
	for _, name := range fields {
		if slices.Contains(narrate.TimeFields(), name) {
			continue
		}
		if name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._") != "" {
			return usageError("--fields %q: want names of fields, such as ip.src,tcp.len (docs/filters.md has them all)", name)
		}
		var wrong *filter.Error
		if _, err := filter.Parse(name, capture.FileKeys()); errors.As(err, &wrong) {
			return usageError("--fields:\n%s", wrong.Caret())
		}
	}
	return nil
}

// following reads the flags that say what to follow.
func (f *replayFlags) following() (narrate.Follow, error) {
	follow := narrate.Follow{Transport: "TCP", Form: narrate.Form(f.as)}
	switch f.as {
	case "text", "hex", "raw", "messages":
	default:
		return follow, usageError("--as %q: there are text, hex, raw and messages", f.as)
	}
	switch f.side {
	case "both":
	case "first":
		follow.Side = 1
	case "second":
		follow.Side = 2
	default:
		return follow, usageError("--side %q: there are first, second and both", f.side)
	}
	if f.follow == "" {
		return follow, nil
	}
	number := f.follow
	if transport, n, ok := strings.Cut(number, ":"); ok {
		follow.Transport, number = strings.ToUpper(transport), n
	}
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || follow.Transport != "TCP" && follow.Transport != "UDP" {
		return follow, usageError("--follow %q: want the number of a TCP connection, such as 0, or of a UDP flow, such as udp:0", f.follow)
	}
	follow.Number = n
	return follow, nil
}

// reason returns what is wrong with a file, without the operation and the name that the caller says better.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// outputError makes an error of writing standard output an error of its own kind: what reads it went away or
// is full, which is not the input's fault.
func outputError(err error) error {
	var pathErr *fs.PathError
	switch {
	case err == nil || errors.Is(err, io.ErrClosedPipe):
		return nil
	case errors.As(err, &pathErr) && pathErr.Op == "write":
		return &codeError{exitNo, fmt.Errorf("standard output: %w", pathErr.Err)}
	case errors.Is(err, narrate.ErrNoStream):
		return usageError("--follow: %w", err)
	}
	return usageError("%w", err)
}

// oneArg is a cobra argument check that says what is missing.
func oneArg(command, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError("%s wants one argument: %s (see netlab %s --help)", command, what, command)
		}
		return nil
	}
}
