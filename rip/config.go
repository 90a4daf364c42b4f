package rip

import (
	"net/netip"
	"time"
)

// Config of a Router. The zero value is what RFC 2453 says.
type Config struct {
	// Update is how often a router tells its neighbours all that it knows; 0: 30 s. The other times follow it, so that a
	// lab's network can be made faster as a whole.
	Update  time.Duration
	Timeout time.Duration // a route that nobody tells of any more is believed for so long; 0: 6 × Update (180 s)
	Garbage time.Duration // and is told of as unreachable for so long after that; 0: 4 × Update (120 s)

	Horizon     Horizon
	NoTriggered bool   // changes wait for the next regular update
	Password    string // of at most 16 octets, the same on all routers; empty: none
	MaxRoutes   int    // networks that are remembered; 0: 1,000

	// Name returns what to call a neighbour in events; nil: its address.
	Name func(netip.Addr) string
}

// Horizon says what a router tells those neighbours of a route from which it learnt it (RFC 2453, Section 3.4.3).
type Horizon uint8

// The kinds of split horizon.
const (
	PoisonedReverse Horizon = iota // that it cannot be reached this way
	SplitHorizon                   // nothing
	NoHorizon                      // the same as others: two routers may then believe each other's stale route, and count to infinity
)

// withDefaults returns c with its zero fields filled.
func (c Config) withDefaults() Config {
	if c.Update == 0 {
		c.Update = 30 * time.Second
	}
	if c.Timeout == 0 {
		c.Timeout = 6 * c.Update
	}
	if c.Garbage == 0 {
		c.Garbage = 4 * c.Update
	}
	if c.MaxRoutes == 0 {
		c.MaxRoutes = 1000
	}
	return c
}
