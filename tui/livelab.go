package tui

import (
	"fmt"
	"time"

	"netlab/sim"
	"netlab/timeline"
	"netlab/trace"
)

// LiveLab is a lab in real time as a Source. As with Live, its time cannot be stopped, and what was recorded can be
// looked at in any order.
type LiveLab struct {
	lab   *sim.Live
	hosts []Host
}

// NewLiveLab returns a source for a lab that its owner runs.
func NewLiveLab(l *sim.Live) *LiveLab { return &LiveLab{l, hostsOf(l.Topology())} }

// Title is the lab's title.
func (l *LiveLab) Title() string { return l.lab.Topology().Title + "   in real time" }

// Live is true: time passes by itself.
func (l *LiveLab) Live() bool { return true }

// View returns what is recorded.
func (l *LiveLab) View() timeline.View { return l.lab.Store().View() }

// Generation is always 0: what has happened stays.
func (l *LiveLab) Generation() int { return 0 }

// Start is when the run's time is 0.
func (l *LiveLab) Start() time.Time { return l.lab.Start() }

// Ended is false.
func (l *LiveLab) Ended() bool { return false }

// Hosts returns the hosts in the order of the lab's file.
func (l *LiveLab) Hosts() []Host { return l.hosts }

// Links returns the links as they stand after an event.
func (l *LiveLab) Links(after trace.ID) []sim.LinkState {
	return linksAfter(l.lab.Topology().Links, l.lab.Changes(), after)
}

// Extend does nothing: events come by themselves.
func (l *LiveLab) Extend(trace.ID) {}

// Change changes the network now.
func (l *LiveLab) Change(_ trace.ID, c Change) (notice string, err error) {
	now := l.View().Last() + 1
	for _, state := range l.Links(now) {
		if state.Name != c.Link {
			continue
		}
		inputs, notice := plan(state, l.Links(0), c)
		gone := l.lab.Do(func(n *sim.Network) {
			for _, in := range inputs {
				if err == nil {
					err = n.Input(in)
				}
			}
		})
		if gone != nil {
			err = gone
		}
		return notice, err
	}
	return "", fmt.Errorf("tui: there is no link %q", c.Link)
}

// KeyLog returns nil: it is not kept.
func (l *LiveLab) KeyLog() []byte { return nil }

// Futures returns 0, 1: what happens happens once.
func (l *LiveLab) Futures() (seen, kept int) { return 0, 1 }

// NextFuture has nowhere to go.
func (l *LiveLab) NextFuture() (trace.ID, error) { return 0, errOneFuture }

// Close does nothing: the lab goes on until its owner ends it.
func (l *LiveLab) Close() {}
