package tui

import (
	"net/netip"
	"time"

	"netlab/link"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

// Source is the screen's view of a run. Lab and Live implement it.
//
// The methods of the first group return at once and may be called at any time. Those of the second may
// take their time: the screen calls them in a job, one at a time, never from its own goroutine.
type Source interface {
	Title() string                        // "lossy upload   seed 7"
	Live() bool                           // time passes by itself, and what happens cannot be run ahead
	View() timeline.View                  // all that is recorded
	Generation() int                      // counts how often the recorded future was replaced
	Start() time.Time                     // when the run's time is 0; zero: at the first event
	Ended() bool                          // nothing more will happen
	Hosts() []Host                        // in the order of the map
	Links(after trace.ID) []sim.LinkState // as they stand after an event
	KeyLog() []byte                       // the secrets of TLS so far, as SSLKEYLOGFILE has them; nil: nobody knows them

	// Extend goes on recording until there are more than wanted events, or for a short while.
	Extend(wanted trace.ID)

	// Change changes the network right after an event and says what it did. A recorded future after
	// that event is replaced by what happens now. On a live source it is now that it takes effect.
	Change(after trace.ID, c Change) (notice string, err error)

	// Futures returns how many futures are kept, and which of them, from 0, is seen. A change makes another one;
	// NextFuture goes to the next and returns the event after which it is different from the one before.
	Futures() (seen, kept int)
	NextFuture() (parting trace.ID, err error)

	Close()
}

// Host is a host or router on the map.
type Host struct {
	Name  string
	Role  string // "client", "server", "router"; empty: nothing worth saying
	Addrs []netip.Addr
}

// Change is what a user does to a link.
type Change struct {
	Link  string
	Cycle Fault // give this fault its next value
	Drop  bool  // drop the next packet
	Clear bool  // take away every fault
}

// Fault is one of the things that can be wrong with a link.
type Fault int

// The faults that a key cycles through.
const (
	NoFault Fault = iota
	Loss
	Delay
	Reorder
	Duplicate
	Corrupt
	Bandwidth
	Down
)

// cycle returns f with one fault at its next value: the smallest of the usual ones that is larger
// (for the bandwidth: smaller) than now, and none after the last.
func cycle(f link.Faults, what Fault) link.Faults {
	chance := func(p *float64, values ...float64) {
		for _, v := range values {
			if v > *p {
				*p = v
				return
			}
		}
		*p = 0
	}
	switch what {
	case Loss:
		chance(&f.Loss, 0.01, 0.05, 0.10, 0.25, 0.50, 1)
	case Reorder:
		chance(&f.Reorder, 0.01, 0.05, 0.25)
	case Duplicate:
		chance(&f.Duplicate, 0.01, 0.05, 0.25)
	case Corrupt:
		chance(&f.Corrupt, 0.01, 0.05, 0.25)
	case Delay:
		f.Delay = nextDelay(f.Delay)
	case Bandwidth:
		f.Rate = nextRate(f.Rate)
	case Down:
		f.Down = !f.Down
	}
	return f
}

func nextDelay(d time.Duration) time.Duration {
	for _, ms := range []time.Duration{1, 5, 20, 50, 100, 250} {
		if ms*time.Millisecond > d {
			return ms * time.Millisecond
		}
	}
	return 0
}

func nextRate(rate int64) int64 {
	for _, r := range []int64{100_000_000, 10_000_000, 1_000_000, 100_000} {
		if rate == 0 || r < rate {
			return r
		}
	}
	return 0
}
