// Command bench measures netlab beside a peer. Mostly that is gVisor's netstack: two stacks of the same kind joined by a
// link in memory, and one stack behind a TUN device with Linux's own TCP on the other side, in a namespace
// that the program makes. Where nothing else is said the MTU is 1500 octets and checksums are computed. For a link with faults
// the peer is Linux itself, twice. Each row is measured in turn, netlab, peer, netlab, peer, because on a shared machine
// only figures taken side by side can be compared. It prints medians and the ratio; docs/performance.md says what they mean.
// As "bench soak" it exposes netlab to what a host on the Internet meets.
//
// It is a Go module of its own so that the peer never enters the product's go.mod.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/netns"
)

// row is one thing that is measured, on either side; a nil peer cannot do it. Of a better stack the figure is higher, unless
// lower is set.
type row struct {
	name, unit   string
	lower        bool
	slow         bool   // measured only if it is asked for by name
	beside       string // the peer; empty: gVisor
	netlab, peer func(scale int) (float64, error)
}

// on measures what run finds of a stack that open makes.
func on(open func() (stack, error), run func(s stack, scale int) (float64, error)) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		s, err := open()
		if err != nil {
			return 0, err
		}
		defer s.close()
		return run(s, scale)
	}
}

func inMemory(name, unit string, lower bool, run func(s stack, scale int) (float64, error)) row {
	return row{name: name, unit: unit, lower: lower, netlab: on(openNetlab, run), peer: on(openPeer, run)}
}

// large opens a stack whose link carries packets of 64 KiB.
func large(open func(mtu int) (stack, error)) func() (stack, error) {
	return func() (stack, error) { return open(65535) }
}

func memoryRows() []row {
	return []row{
		inMemory("bulk", "MB/s", false, bulk),
		{name: "bulk, MTU 64K", unit: "MB/s", netlab: on(large(openNetlabMTU), bulk), peer: on(large(openPeerMTU), bulk)},
		{name: "bulk, offload", unit: "MB/s", netlab: on(openNetlabCards, bulk), peer: on(openPeerCards, bulk)},
		inMemory("ping-pong of one octet", "1/s", false, pingPong),
		inMemory("connect and close, 8 at once", "1/s", false, connectClose),
		inMemory("connect, one octet each way, close, 8 at once", "1/s", false, connectRequest),
		inMemory("heap of an idle connection, both ends", "octets", true, idleHeap),
		{name: "checksum of 1460 octets", unit: "MB/s", netlab: checksumOf(netlabChecksum), peer: checksumOf(peerChecksum)},
		{name: "reassembly, fragments on one core", unit: "1/s", netlab: reassembleNetlab, peer: reassemblePeer},
		{name: "forwarding on one core, 1 route", unit: "1/s", netlab: forwardNetlab(1), peer: forwardPeer(1)},
		{name: "forwarding on one core, 1,000 routes", unit: "1/s", netlab: forwardNetlab(1000), peer: forwardPeer(1000)},
		// The peer keeps its routes in a list, in order: it takes longer than anybody waits to fill it with a million.
		{name: "forwarding on one core, 1,000,000 routes", unit: "1/s", netlab: forwardNetlab(1_000_000)},
	}
}

func main() {
	netns.Hold()
	runKernel()
	runCapture()
	quick := flag.Bool("quick", false, "less of everything: within a minute")
	rounds := flag.Int("rounds", 5, "how often each row is measured for each stack")
	only := flag.String("row", "", "measure only the rows whose name begins so; a $ at its end stands for the end of the name")
	scale := flag.Int("scale", 4, "how much of everything")
	alone := flag.Bool("alone", false, "measure netlab without its peers")
	profile := flag.String("profile", "", "write a profile of the processor's time to this file (go tool pprof reads it)")
	serve := flag.String("serve", "", "serve gVisor's TCP to netlab check --target, at this address, until interrupted")
	flag.Parse()
	if *serve != "" {
		fmt.Fprintln(os.Stderr, "bench:", serveSubject(*serve))
		os.Exit(1)
	}
	if flag.Arg(0) == "soak" {
		if err := soak(); err != nil {
			fmt.Fprintln(os.Stderr, "bench soak:", err)
			os.Exit(1)
		}
		return
	}
	if *profile != "" {
		stop, err := profileTo(*profile)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		defer stop()
	}
	if *quick {
		*scale, *rounds = 1, 3
	}
	rows := memoryRows()
	overTUN, missing := tunRows()
	ofCaptures, cleanUp := captureRows()
	defer cleanUp()
	rows = append(append(append(rows, httpRows()...), tlsRows()...), ofCaptures...)
	rows = append(rows, overTUN...)
	for i := range rows {
		if *alone {
			rows[i].peer = nil
		}
	}
	if err := report(rows, *only, *rounds, *scale); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		cleanUp()
		os.Exit(1)
	}
	if missing != nil {
		fmt.Printf("\nrows over TUN: skipped: %s; fix: %s\n", missing.What, missing.Fix)
	}
}

// profileTo writes a profile of what the processors do from now on until stop is called.
func profileTo(name string) (stop func(), err error) {
	f, err := os.Create(name)
	if err == nil {
		err = pprof.StartCPUProfile(f)
	}
	return func() {
		pprof.StopCPUProfile()
		_ = f.Close()
	}, err
}

// report measures the rows and prints them.
func report(rows []row, only string, rounds, scale int) error {
	start := time.Now()
	fmt.Printf("MTU 1500, full checksums; in memory where nothing else is said; median of %d, taken in turn.\n\n", rounds)
	fmt.Printf("%-46s %12s %12s  %-7s %8s\n", "", "netlab", "peer", "", "netlab")
	for _, r := range rows {
		if !strings.HasPrefix(r.name+"$", only) || r.slow && only == "" {
			continue
		}
		var ours, theirs []float64
		for range rounds {
			for _, side := range []struct {
				measure func(scale int) (float64, error)
				results *[]float64
			}{{r.netlab, &ours}, {r.peer, &theirs}} {
				if side.measure == nil {
					continue
				}
				value, err := side.measure(scale)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				*side.results = append(*side.results, value)
			}
		}
		if r.peer == nil {
			fmt.Printf("%-46s %12s %12s  %-7s\n", r.name, number(median(ours)), "-", r.unit)
			continue
		}
		a, b := median(ours), median(theirs)
		factor := a / b
		if r.lower {
			factor = b / a
		}
		fmt.Printf("%-46s %12s %12s  %-7s %7.1fx %s\n", r.name, number(a), number(b), r.unit, factor, r.beside)
	}
	fmt.Printf("\n%.0f s\n", time.Since(start).Seconds())
	return nil
}

// number writes a figure with as many digits as say something.
func number(v float64) string {
	if v < 10 {
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return strconv.FormatFloat(v, 'f', 0, 64)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
