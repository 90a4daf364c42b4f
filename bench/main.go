// Command bench measures netlab beside a peer, gVisor's netstack: two stacks of the same kind joined by a
// link in memory, and one stack behind a TUN device with Linux's own TCP on the other side, in a namespace
// that the program makes. Always with an MTU of 1500 octets and full checksums. Each row is measured in
// turn, netlab, peer, netlab, peer, because on a shared machine only figures taken side by side can be
// compared. It prints medians and the ratio.
//
// It is a Go module of its own so that the peer never enters the product's go.mod.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"netlab/netns"
)

// row is one thing that is measured. Of a better stack the figure is higher, unless lower is set.
type row struct {
	name, unit string
	lower      bool
	run        func(s stack, scale int) (float64, error)

	openNetlab, openPeer func() (stack, error)
}

func memoryRows() []row {
	return []row{
		{"bulk", "MB/s", false, bulk, openNetlab, openPeer},
		{"ping-pong of one octet", "1/s", false, pingPong, openNetlab, openPeer},
		{"connect and close, 8 at once", "1/s", false, connectClose, openNetlab, openPeer},
		{"connect, one octet each way, close, 8 at once", "1/s", false, connectRequest, openNetlab, openPeer},
		{"heap of an idle connection, both ends", "octets", true, idleHeap, openNetlab, openPeer},
	}
}

func main() {
	netns.Hold()
	runKernel()
	quick := flag.Bool("quick", false, "less of everything: within a minute")
	rounds := flag.Int("rounds", 5, "how often each row is measured for each stack")
	only := flag.String("row", "", "measure only the rows whose name begins so")
	flag.Parse()
	scale := 4
	if *quick {
		scale, *rounds = 1, 3
	}
	rows := memoryRows()
	overTUN, missing := tunRows()
	if err := report(append(rows, overTUN...), *only, *rounds, scale); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	if missing != nil {
		fmt.Printf("\nbulk over TUN: skipped: %s; fix: %s\n", missing.What, missing.Fix)
	}
}

// report measures the rows and prints them.
func report(rows []row, only string, rounds, scale int) error {
	start := time.Now()
	fmt.Printf("MTU 1500, full checksums; in memory where nothing else is said; median of %d, taken in turn.\n\n", rounds)
	fmt.Printf("%-46s %12s %12s  %-7s %8s\n", "", "netlab", "gVisor", "", "netlab")
	for _, r := range rows {
		if !strings.HasPrefix(r.name, only) {
			continue
		}
		var ours, theirs []float64
		for range rounds {
			for _, side := range []struct {
				open    func() (stack, error)
				results *[]float64
			}{{r.openNetlab, &ours}, {r.openPeer, &theirs}} {
				value, err := measure(side.open, r, scale)
				if err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
				*side.results = append(*side.results, value)
			}
		}
		a, b := median(ours), median(theirs)
		factor := a / b
		if r.lower {
			factor = b / a
		}
		fmt.Printf("%-46s %12.0f %12.0f  %-7s %7.1fx\n", r.name, a, b, r.unit, factor)
	}
	fmt.Printf("\n%.0f s\n", time.Since(start).Seconds())
	return nil
}

func measure(open func() (stack, error), r row, scale int) (float64, error) {
	s, err := open()
	if err != nil {
		return 0, err
	}
	defer s.close()
	return r.run(s, scale)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
