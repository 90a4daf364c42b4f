package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"netlab/capture"
	"netlab/link"
	"netlab/narrate"
	"netlab/netns"
	"netlab/replay"
)

// playFlags say how a capture is shown once more, in time.
type playFlags struct {
	play      bool
	speed, to string
	rewrite   []string
	serve     string
	faults    []string // of the simulated wire
	drops     []string
	asText    bool     // packets are told of on a terminal as well
	command   []string // runs in the namespace of the TUN
}

func (f *playFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.BoolVar(&f.play, "play", false, "send the packets once more in their time, over a simulated wire: on a terminal with a map, to stop, step, go back and break links")
	flags.StringVar(&f.speed, "speed", "1x", "how fast --play, --to and --serve go: 2x, 0.1x, or max without any waiting")
	flags.StringVar(&f.to, "to", "", "tun: send the packets out of a TUN as well, in a namespace where tcpdump can watch (implies --play)")
	flags.StringArrayVar(&f.rewrite, "rewrite", nil, "another address for one of the capture, `OLD=NEW` (repeatable); with --to, the others become 10.77.0.2, 10.77.0.3 … and fd77::2 …")
	flags.StringArrayVar(&f.faults, "fault", nil, "with --play: impair a link of the wire: 'h1-tap:loss=10%,delay=20ms', h1>tap for one direction (repeatable)")
	flags.StringArrayVar(&f.drops, "drop", nil, "with --play: drop the first packet that matches: 'tcp.len > 0 #3' for the third (repeatable)")
	flags.StringVar(&f.serve, "serve", "", "play the server's side of TCP connection `N` to clients that connect to 10.77.0.2 through a TUN")
}

// given reports whether the capture is to be played in any way.
func (f *playFlags) given() bool { return f.play || f.to != "" || f.serve != "" }

// factor reads --speed; 0: without waiting.
func (f *playFlags) factor() (float64, error) {
	if f.speed == "max" {
		return 0, nil
	}
	x, err := strconv.ParseFloat(strings.TrimSuffix(f.speed, "x"), 64)
	if err != nil || !(x > 0 && x <= 1e6) {
		return 0, usageError("--speed %q: want a factor such as 2x or 0.1x, or max", f.speed)
	}
	return x, nil
}

// rewriter reads --rewrite. Out of the TUN, every address becomes one of its network.
func (f *playFlags) rewriter() (*replay.Rewriter, error) {
	r := &replay.Rewriter{Given: map[netip.Addr]netip.Addr{}}
	if f.to != "" {
		r.Net4, r.Net6 = tunAddrs()[0].Addr(), tunAddrs()[1].Addr()
	}
	for _, text := range f.rewrite {
		from, to, _ := strings.Cut(text, "=")
		a, err := netip.ParseAddr(from)
		b, err2 := netip.ParseAddr(to)
		if err != nil || err2 != nil || a.Is4() != b.Is4() {
			return nil, usageError("--rewrite %q: write OLD=NEW, two addresses of the same family, as 192.0.2.1=10.77.0.2", text)
		}
		r.Given[a] = b
	}
	return r, nil
}

// check finds what does not go together.
func (f *playFlags) check() error {
	switch {
	case f.to != "" && f.to != "tun":
		return usageError("--to %q: there is tun", f.to)
	case f.to == "" && !f.play && len(f.rewrite) > 0:
		return usageError("--rewrite says which addresses the packets have that --play or --to tun sends: give one of them")
	case len(f.faults)+len(f.drops) > 0 && (!f.play || f.to != ""):
		return usageError("--fault and --drop are for the simulated wire of --play: give that, without --to and --serve")
	case f.serve != "" && (f.play || f.to != ""):
		return usageError("--serve plays one side of a connection; --play and --to all packets: choose")
	case len(f.command) > 0 && f.to == "" && f.serve == "":
		return usageError("replay: the command %q runs where --to tun or --serve puts it: give one of them", f.command[0])
	}
	return nil
}

// settling is how long a command is given at the most to get ready to watch, and looks how long lies between two looks whether it is.
const (
	settling = 8 * time.Second
	looks    = 50 * time.Millisecond
	inARow   = 10 // looks that must find somebody: programs such as tshark try the device once before they capture
)

// watched reports whether a program in the namespace captures packets: /proc/net/packet has a line for each socket that does, below its heading.
func watched(ns *netns.Namespace) bool {
	out, in, err := os.Pipe()
	if err != nil {
		return false
	}
	defer out.Close()
	_, err = ns.Run(netns.Command{Args: []string{"cat", "/proc/net/packet"}, Stdout: in})
	in.Close()
	text, readErr := io.ReadAll(out)
	return err == nil && readErr == nil && strings.Count(string(text), "\n") > 1
}

// playCapture tells of the packets in time, and sends them out of a TUN.
func (a *app) playCapture(ctx context.Context, name string, r *capture.Reader, o narrate.Options, f playFlags) error {
	factor, err := f.factor()
	if err != nil {
		return err
	}
	rewriter, err := f.rewriter()
	if err != nil {
		return err
	}
	ns, err := startPlayNamespace()
	if err != nil {
		return err
	}
	defer ns.Close()
	out := newBufferedOut(a.out)
	interrupted := ctx
	ctx, ended := f.start(ctx, ns)
	sender := tunSender{tun: ns.TUN(), rewriter: rewriter}
	pace := pacer{factor: factor}
	o.Before = func(rec *capture.Record) error {
		if err := out.Flush(); err != nil {
			return err
		}
		if err := pace.wait(ctx, rec.At); err != nil {
			return err
		}
		sender.send(rec)
		return nil
	}
	if a.json {
		err = narrate.ReplayJSON(out, name, r, o)
	} else {
		err = narrate.ReplayPlain(out, name, r, o)
	}
	if errors.Is(err, errCommandEnded) {
		err = nil
	}
	if !a.json && !a.quiet {
		fmt.Fprintln(out, sender.String())
	}
	err = firstError(outputError(firstError(err, out.Flush())), interrupted.Err())
	if ended != nil {
		err = firstError(err, <-ended)
	}
	return err
}

// tunSender sends the packets of a capture out of a TUN.
type tunSender struct {
	tun      link.Link
	rewriter *replay.Rewriter

	sent, cutUp, partial, others int
}

func (s *tunSender) send(rec *capture.Record) {
	packet, ok := capture.IPPacket(rec.LinkType, rec.Packet)
	switch {
	case !ok:
		s.others++
		return
	case rec.Length > len(rec.Packet):
		s.partial++
		return
	}
	packet = slices.Clone(packet)
	if !s.rewriter.Packet(packet) {
		s.others++
		return
	}
	pieces := replay.Pieces(packet, replay.MTU)
	if len(pieces) > 1 {
		s.cutUp++
	}
	for _, piece := range pieces {
		if s.tun.Write([]link.Packet{{Octets: piece}}) == nil {
			s.sent++
		}
	}
}

// String says what was sent, and what was not.
func (s *tunSender) String() string {
	text := "Sent out of the TUN: " + count(s.sent, "packet")
	if s.cutUp > 0 {
		text += fmt.Sprintf(" (%d of the capture were larger than %d octets, and cut up as the network card was to do)", s.cutUp, replay.MTU)
	}
	if s.partial > 0 {
		text += fmt.Sprintf("; not %d of which the capture has only the beginning", s.partial)
	}
	if s.others > 0 {
		text += fmt.Sprintf("; not %d that hold no whole IP packet", s.others)
	}
	return text + "."
}

// errCommandEnded ends a play whose watcher has gone.
var errCommandEnded = errors.New("the command has ended")

// start runs the command of f in the namespace, if there is one. The context it returns ends with the command.
func (f *playFlags) start(ctx context.Context, ns *netns.Namespace) (context.Context, <-chan error) {
	if len(f.command) == 0 {
		return ctx, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		code, err := ns.Run(netns.Command{Args: f.command})
		ended <- exitWith(code, err)
		cancel(errCommandEnded)
	}()
	found := 0
	for end := time.Now().Add(settling); time.Now().Before(end) && found < inARow; {
		if found++; !watched(ns) {
			found = 0
		}
		if wait(ctx, looks) != nil {
			break
		}
	}
	return ctx, ended
}

// wait waits, or returns why it does not.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// pacer waits until a packet's time has come.
type pacer struct {
	factor float64
	begun  time.Time
	first  time.Time
}

func (p *pacer) wait(ctx context.Context, at time.Time) error {
	if p.first.IsZero() {
		p.first, p.begun = at, time.Now()
	}
	if p.factor == 0 {
		return context.Cause(ctx)
	}
	return wait(ctx, time.Until(p.begun.Add(time.Duration(float64(at.Sub(p.first))/p.factor))))
}

// startPlayNamespace makes a namespace with a TUN that netlab exec finds.
func startPlayNamespace() (*netns.Namespace, error) {
	options := netns.Options{Addrs: kernelAddrs(), Backend: netns.BackendWater}
	var err error
	if options.Socket, err = netns.SocketPath("up"); err != nil {
		return nil, machineError(err)
	}
	ns, err := netns.Start(options)
	if err != nil {
		return nil, machineError(err)
	}
	return ns, nil
}
