package tui

import (
	"context"
	"fmt"
	"sync/atomic"

	tea "charm.land/bubbletea/v2"
)

// study is something about the capture that takes a while to find out. That is done by a command, and what it found is kept until something
// else is asked for.
type study[K comparable, V any] struct {
	of    K // what was asked for
	asked bool
	ready bool // got is what was found; otherwise it is what was found before
	got   V
	stop  context.CancelFunc
	done  *atomic.Int64 // steps
	all   *atomic.Int64 // of so many
}

// ask has something found out. find runs off the Update goroutine, says how many steps it has done, and ends early when its context does.
func (s *study[K, V]) ask(k K, find func(ctx context.Context, progress func(done, all int)) V) tea.Cmd {
	before := s.got
	s.forget()
	ctx, stop := context.WithCancel(context.Background())
	done, all := &atomic.Int64{}, &atomic.Int64{}
	*s = study[K, V]{of: k, asked: true, stop: stop, done: done, all: all, got: before}
	return func() tea.Msg {
		got := find(ctx, func(n, of int) { done.Store(int64(n)); all.Store(int64(of)) })
		return did(func(*replay) tea.Cmd {
			if s.done == done { // nothing else was asked for
				s.ready, s.got = true, got
			}
			stop()
			return nil
		})
	}
}

// underWay reports whether it is being found out.
func (s *study[K, V]) underWay() bool { return s.asked && !s.ready }

// forget stops the finding out, and forgets what was found.
func (s *study[K, V]) forget() {
	if s.stop != nil {
		s.stop()
	}
	*s = study[K, V]{}
}

// words say how far it is.
func (s *study[K, V]) words() string {
	if s.all == nil || s.all.Load() == 0 {
		return waitingWords
	}
	return fmt.Sprintf("reading: %d %% of %s   Esc stops", 100*s.done.Load()/s.all.Load(), count(int(s.all.Load()), "packet"))
}

// findOut has found out what the scene shows and nobody knows yet.
func (r *replay) findOut() tea.Cmd {
	return tea.Batch(r.followTCP(), r.readTLS(), r.readHTTP(), r.readTraffic(), r.tick())
}

// findingOut reports whether something is being found out.
func (r *replay) findingOut() bool {
	return r.course.underWay() || r.secrecy.underWay() || r.web.underWay() || r.traffic.underWay()
}

// forgetStudies stops all finding out.
func (r *replay) forgetStudies() {
	r.course.forget()
	r.secrecy.forget()
	r.web.forget()
	r.traffic.forget()
}
