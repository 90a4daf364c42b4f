package tui

import (
	"errors"
	"sync"
	"time"

	"netlab/link"
	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

// LiveOptions say what a live run is.
type LiveOptions struct {
	Title string
	Store *timeline.Store // that the host's tracer appends to
	Start time.Time       // when the run's time is 0
	Hosts [2]Host         // the other side of the link, and the host behind it
	Link  string          // its name: "tun"

	Faults link.Faults             // at first
	Set    func(link.Faults) error // changes the faults of both directions; nil: they cannot be changed
	Drop   func(n int) error       // drops the next n packets, whichever way they go; nil: that cannot be done
}

// Live is a host in real time as a Source. Its time cannot be stopped, but what was recorded can be looked at
// in any order.
type Live struct {
	o LiveOptions

	mu     sync.Mutex
	faults link.Faults
}

// NewLive returns a source for a host that is running already.
func NewLive(o LiveOptions) *Live { return &Live{o: o, faults: o.Faults} }

// Title is what the options say.
func (l *Live) Title() string { return l.o.Title }

// Live is true: time passes by itself.
func (l *Live) Live() bool { return true }

// View returns what is recorded.
func (l *Live) View() timeline.View { return l.o.Store.View() }

// Generation is always 0: what has happened stays.
func (l *Live) Generation() int { return 0 }

// Start is when the run's time is 0.
func (l *Live) Start() time.Time { return l.o.Start }

// Ended is false.
func (l *Live) Ended() bool { return false }

// Hosts returns both ends of the link.
func (l *Live) Hosts() []Host { return l.o.Hosts[:] }

// Links returns the one link, as it is now.
func (l *Live) Links(trace.ID) []sim.LinkState {
	l.mu.Lock()
	defer l.mu.Unlock()
	return []sim.LinkState{{Name: l.o.Link, A: l.o.Hosts[0].Name, B: l.o.Hosts[1].Name, Up: l.faults, Down: l.faults}}
}

// Extend does nothing: events come by themselves.
func (l *Live) Extend(trace.ID) {}

var errNoFaults = errors.New("this link's faults cannot be changed")

// Change changes the link now.
func (l *Live) Change(_ trace.ID, c Change) (notice string, err error) {
	if c.Drop {
		if l.o.Drop == nil {
			return "", errNoFaults
		}
		return "the next packet on " + l.o.Link + " will be dropped", l.o.Drop(1)
	}
	if l.o.Set == nil {
		return "", errNoFaults
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	faults := cycle(l.faults, c.Cycle)
	if c.Clear {
		faults = link.Faults{}
	}
	if err := l.o.Set(faults); err != nil {
		return "", err
	}
	l.faults = faults
	return changeWords(l.o.Link, faults, c), nil
}

// KeyLog returns nil: the host's secrets are its own.
func (l *Live) KeyLog() []byte { return nil }

// Futures returns 0, 1: what happens happens once.
func (l *Live) Futures() (seen, kept int) { return 0, 1 }

// NextFuture has nowhere to go.
func (l *Live) NextFuture() (trace.ID, error) { return 0, errOneFuture }

var errOneFuture = errors.New("there is no other future: a fault while the view is in the past makes one")

// Close does nothing: the host goes on until its owner ends it.
func (l *Live) Close() {}
