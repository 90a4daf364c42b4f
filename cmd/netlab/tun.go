package main

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"netlab/capture"
	"netlab/filter"
	"netlab/link"
	"netlab/narrate"
	"netlab/netns"
	"netlab/service"
	"netlab/stack"
	"netlab/tcp"
	"netlab/timeline"
	"netlab/trace"
	"netlab/tui"
)

// maxEarly is how many octets of 0-RTT data --early-data takes: a head as large as package http reads.
const maxEarly = 64 << 10

// liveStore is how much memory a live host's timeline may use, in octets.
const liveStore = 64 << 20

// tunAddrs are netlab's own addresses behind the TUN, kernelAddrs those of the kernel's side: IPv4 first.
func tunAddrs() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("10.77.0.2/24"), netip.MustParsePrefix("fd77::2/64")}
}

func kernelAddrs() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("10.77.0.1/24"), netip.MustParsePrefix("fd77::1/64")}
}

// addrsOf returns the addresses without their networks.
func addrsOf(prefixes []netip.Prefix) []netip.Addr {
	addrs := make([]netip.Addr, len(prefixes))
	for i, p := range prefixes {
		addrs[i] = p.Addr()
	}
	return addrs
}

// tunFlags are the flags of commands that start a host behind a TUN.
type tunFlags struct {
	faults, drops []string
	hostNet       bool
	backend       string
	early         bool
}

func (f *tunFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.faults, "fault", nil, "impair the TUN: 'tun:loss=5%,reorder=5%'; netlab>kernel or kernel>netlab for one direction (repeatable)")
	c.Flags().StringArrayVar(&f.drops, "drop", nil, "drop the first packet that matches: 'tcp.len > 0 #3' for the third (repeatable)")
	c.Flags().StringVar(&f.backend, "tun-backend", "auto", "how the TUN is opened: water, one packet a system call; vnet, large segments at once; auto, vnet where the kernel has it")
	c.Flags().BoolVar(&f.early, "early-data", false, "take 0-RTT data of HTTPS clients that come back: a round trip less, and a request that may be somebody's copy")
	c.Flags().BoolVar(&f.hostNet, "host-net", false, "put the TUN into the machine's own network instead of a namespace: wants root")
}

// given names a flag that was given, or nothing.
func (f *tunFlags) given(a *app) string {
	switch {
	case len(f.faults) > 0:
		return "--fault"
	case len(f.drops) > 0:
		return "--drop"
	case f.hostNet:
		return "--host-net"
	case f.early:
		return "--early-data"
	case f.backend != "auto" && f.backend != "":
		return "--tun-backend"
	case a.pcap != "":
		return "--pcap"
	}
	return ""
}

// tunOptions are what the commands want of their host.
type tunOptions struct {
	serve   bool // start the services
	shared  bool // let netlab exec and the clients of other terminals in
	watched bool // keep a timeline
}

// tunHost is netlab's own host behind a TUN, with its namespace.
type tunHost struct {
	ns       *netns.Namespace
	wire     *link.Impaired
	host     *stack.Host
	store    *timeline.Store // nil if nobody watches
	recorder *narrate.Recorder
	file     *wholeFile
	started  time.Time
	hostNet  bool
	secure   *certified // nil: it serves nothing
	cancel   context.CancelFunc
}

// startTunHost starts netlab's host behind a TUN, by default in a namespace of its own. The caller closes it.
func (a *app) startTunHost(ctx context.Context, f tunFlags, o tunOptions) (_ *tunHost, err error) {
	faults, drops, err := f.parse()
	if err != nil {
		return nil, err
	}
	backend := cmp.Or(netns.Backend(f.backend), netns.BackendAuto)
	if !slices.Contains([]netns.Backend{netns.BackendAuto, netns.BackendWater, netns.BackendVNet}, backend) {
		return nil, usageError("--tun-backend %q: it is auto, water or vnet", f.backend)
	}
	seed := uint64(0) // real traffic: sequence numbers and ports are not to be guessed
	luck, err := a.seed()
	if err != nil {
		return nil, err
	}
	h := &tunHost{hostNet: f.hostNet}
	defer func() {
		if err != nil {
			h.abandon()
		}
	}()
	options := netns.Options{Addrs: kernelAddrs(), HostNet: f.hostNet, Backend: backend}
	if o.shared {
		if options.Socket, err = netns.SocketPath("up"); err != nil {
			return nil, machineError(err)
		}
	}
	if a.pcap != "" {
		if h.file, err = createFile(a.pcap); err != nil {
			return nil, err
		}
		if h.recorder, err = narrate.NewRecorder(h.file, capture.Raw("netlab")...); err != nil {
			return nil, err
		}
		a.keys.into(h.recorder.Secrets)
	}
	if h.ns, err = netns.Start(options); err != nil {
		return nil, machineError(err)
	}
	ctx, h.cancel = context.WithCancel(ctx)
	h.started = time.Now()
	tracer, snap := h.watch(o)
	h.wire = link.Impair(h.ns.TUN(), link.ImpairOptions{
		Ways: [2]string{"netlab>kernel", "kernel>netlab"}, Seed: luck, Trace: tracer, Outside: "kernel",
	})
	for d, faults := range faults {
		if faults != (link.Faults{}) {
			h.wire.SetFaults(link.Direction(d), faults)
		}
	}
	for _, drop := range drops {
		h.dropMatching(drop)
	}
	h.host = stack.New(stack.Config{
		Name: "netlab", Seed: seed, Trace: tracer, Snap: snap,
		// RFC 6298, Section 2, (2.4) says that the RTO SHOULD be at least 1 s; kernels take 200 ms on real links.
		TCP: tcp.Config{MinRTO: 200 * time.Millisecond},
	})
	if tracer.On() || len(f.faults) > 0 || len(f.drops) > 0 {
		h.host.Attach("tun", tunAddrs(), h.wire)
	} else { // nothing to see and nothing to impair: the TUN may cut up large segments
		h.host.Attach("tun", tunAddrs(), h.ns.TUN())
	}
	if o.serve {
		zones, err := service.TestZones(addrsOf(tunAddrs()), addrsOf(kernelAddrs()))
		if err != nil {
			return nil, err
		}
		services := service.Options{Zones: zones}
		if h.secure, err = a.certify(); err == nil {
			if f.early {
				h.secure.early = maxEarly
			}
			services.TLS = h.secure.config
		} else if !a.quiet {
			fmt.Fprintf(a.err, "netlab: HTTPS is not served: %v\n", err)
		}
		if err := service.Serve(h.host, services); err != nil {
			return nil, err
		}
	}
	if o.shared {
		path, err := netns.SocketPath("stack")
		if err != nil {
			return nil, machineError(err)
		}
		if err := lendHost(ctx, h.host, path); err != nil {
			return nil, machineError(err)
		}
	}
	return h, nil
}

// parse reads the faults per direction, and the filters of what to drop.
func (f *tunFlags) parse() (faults [2]link.Faults, drops []filter.Filter, err error) {
	for _, text := range f.faults {
		where, what, err := link.ParseFault(text)
		if err != nil {
			return faults, nil, usageError("--fault %q: %w", text, err)
		}
		ways := map[string][]link.Direction{
			"tun": {link.Toward, link.From}, "netlab>kernel": {link.Toward}, "kernel>netlab": {link.From},
		}[where]
		if ways == nil {
			return faults, nil, usageError("--fault %q: the link here is tun, or one of its directions netlab>kernel and kernel>netlab", text)
		}
		for _, d := range ways {
			if faults[d], err = faults[d].Apply(what); err != nil {
				return faults, nil, usageError("--fault %q: %w", text, err)
			}
		}
	}
	for _, text := range f.drops {
		match, err := tunWords().Parse(text)
		if err != nil {
			return faults, nil, usageError("--drop: %w", err)
		}
		drops = append(drops, match)
	}
	return faults, drops, nil
}

// tunWords are what a filter of packets of the TUN may speak of.
func tunWords() filter.Words {
	words := capture.Words()
	words.Links = func() ([]string, error) { return []string{"netlab-kernel"}, nil }
	return words
}

func (h *tunHost) dropMatching(f filter.Filter) {
	w := capture.NewWatcher(f)
	var watching sync.Mutex // by both directions
	h.drop(max(1, f.Nth()), func(d link.Direction, octets []byte) bool {
		watching.Lock()
		defer watching.Unlock()
		return w.Match(map[link.Direction]string{link.Toward: "netlab>kernel", link.From: "kernel>netlab"}[d], capture.RawIP, octets)
	})
}

// drop drops the n-th packet that matches from now on, whichever way it goes.
func (h *tunHost) drop(n int, match func(d link.Direction, octets []byte) bool) {
	var seen atomic.Int64 // by both directions
	for _, d := range []link.Direction{link.Toward, link.From} {
		h.wire.DropNth(d, 1, func(octets []byte) bool {
			return seen.Load() < int64(n) && match(d, octets) && seen.Add(1) == int64(n)
		})
	}
}

// watch returns where the host's events go: to the timeline, to the capture, to both, or nowhere.
func (h *tunHost) watch(o tunOptions) (*trace.Tracer, func(trace.ID, trace.Flow, tcp.Snapshot)) {
	var emit func(trace.Event) trace.ID
	var snap func(trace.ID, trace.Flow, tcp.Snapshot)
	if o.watched {
		h.store = timeline.New(liveStore)
		emit = h.store.Append
		snap = func(id trace.ID, f trace.Flow, s tcp.Snapshot) { h.store.Conn("netlab", id, f, s) }
	}
	if h.recorder != nil {
		if emit == nil {
			var last trace.ID
			emit = func(trace.Event) trace.ID { last++; return last } // the recorder calls it one at a time
		}
		emit = h.recorder.Tee(emit)
	}
	if emit == nil {
		return nil, nil
	}
	return trace.New("netlab", emit), snap
}

// source is the live host as the screen shows it.
func (h *tunHost) source() tui.Source {
	set := func(f link.Faults) error {
		h.wire.SetFaults(link.Toward, f)
		h.wire.SetFaults(link.From, f)
		return nil
	}
	return tui.NewLive(tui.LiveOptions{
		Title: "up   10.77.0.2 and fd77::2 behind tun" + h.where(),
		Store: h.store,
		Start: h.started,
		Hosts: [2]tui.Host{
			{Name: "kernel", Role: "your clients", Addrs: addrsOf(kernelAddrs())},
			{Name: "netlab", Role: "userspace", Addrs: addrsOf(tunAddrs())},
		},
		Link:   "tun",
		Faults: h.wire.Faults(link.Toward),
		Set:    set,
		Drop: func(n int) error {
			for range n {
				h.drop(1, func(link.Direction, []byte) bool { return true })
			}
			return nil
		},
	})
}

// where says in which network the TUN is, for people.
func (h *tunHost) where() string {
	if h.hostNet {
		return ", in this machine's own network"
	}
	return ", in a namespace of its own"
}

// execCommand is what reaches the host from another terminal.
func (h *tunHost) execCommand() string {
	if h.hostNet {
		return ""
	}
	return "netlab exec -- "
}

// drainTime is how long connections may take to close in good order when their client has ended.
const drainTime = 250 * time.Millisecond

// drain waits until no connection is open, or at most drainTime: a client that ends leaves its last FIN on the way, and a
// host that went away before answering it would have to reset the connection.
func (h *tunHost) drain() {
	open := func(c stack.ConnInfo) bool { return c.Snapshot.State != tcp.TimeWait && c.Snapshot.State != tcp.Closed }
	for end := time.Now().Add(drainTime); time.Now().Before(end) && slices.ContainsFunc(h.host.Connections(), open); {
		if h.host.Sleep(time.Millisecond) != nil {
			return
		}
	}
}

// close ends the host, the TUN and the namespace, and finishes the capture.
func (h *tunHost) close() error {
	if h.cancel != nil {
		h.cancel()
	}
	if h.host != nil {
		_ = h.host.Close()
	}
	if h.ns != nil {
		_ = h.ns.Close()
	}
	if h.recorder == nil {
		return nil
	}
	return h.file.finish(h.recorder.Close())
}

// abandon closes what there is of a host that did not start.
func (h *tunHost) abandon() {
	_ = h.close()
	if h.file != nil {
		h.file.remove()
	}
}
