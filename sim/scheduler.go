package sim

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"netlab/stack"
)

// Epoch returns the time at which every run starts: 2026-01-01 00:00:00 UTC.
func Epoch() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// scheduler is the stack.Runtime of a simulated network: it runs goroutines one at a time, on a clock
// that stands still while they run.
//
// One token goes round. Whoever has it runs: the scheduler itself, or the one task that it handed the
// token to, until that task waits or ends. So nothing here needs a lock, and the order of everything is the
// order in which it was asked for.
type scheduler struct {
	epoch   time.Time
	now     time.Duration // since the epoch
	queue   queue         // what will happen, in time
	ready   []*task       // tasks that can go on, in order
	running *task         // the task that has the token; nil: the scheduler has it
	tasks   []*task       // those that have not ended
	back    chan struct{} // a task gives the token back
	crashed func(recovered any)
}

// task is a goroutine that the scheduler runs.
type task struct {
	token   chan struct{} // the scheduler hands the token over
	waits   *cond         // what it waits for
	until   timer         // ends the wait
	discard bool          // it is to end where it stands
}

// newScheduler returns a scheduler without tasks, whose time begins at epoch. crashed is told when a task panics.
func newScheduler(epoch time.Time, crashed func(recovered any)) *scheduler {
	return &scheduler{epoch: epoch, back: make(chan struct{}), crashed: crashed}
}

// Now returns the time on the network's clock.
func (s *scheduler) Now() time.Time { return s.epoch.Add(s.now) }

// Go starts a task. It runs when those that are ready before it have waited or ended.
func (s *scheduler) Go(f func()) {
	t := &task{token: make(chan struct{})}
	t.until.fire = func() { s.timeout(t) }
	s.tasks = append(s.tasks, t)
	s.ready = append(s.ready, t)
	go func() {
		<-t.token
		defer func() {
			if r := recover(); r != nil {
				s.crashed(r)
			}
			s.tasks = slices.DeleteFunc(s.tasks, func(other *task) bool { return other == t })
			s.back <- struct{}{}
		}()
		if !t.discard {
			f()
		}
	}()
}

// step runs the next task that is ready, or else lets the next thing happen and moves the clock there, but
// not beyond limit. It reports false if there was nothing to do.
func (s *scheduler) step(limit time.Duration) bool {
	if len(s.ready) > 0 {
		t := s.ready[0]
		s.ready = slices.Delete(s.ready, 0, 1)
		s.run(t)
		return true
	}
	next := s.queue.next()
	if next == nil || next.at > limit {
		return false
	}
	s.queue.remove(next)
	s.now = max(s.now, next.at)
	next.fire()
	return true
}

// run hands the token to t and waits for it to come back.
func (s *scheduler) run(t *task) {
	s.running = t
	t.token <- struct{}{}
	<-s.back
	s.running = nil
}

// idle reports whether nothing will ever happen again.
func (s *scheduler) idle() bool { return len(s.ready) == 0 && s.queue.next() == nil }

// quiet reports whether nothing happens until a time.
func (s *scheduler) quiet(until time.Duration) bool {
	return len(s.ready) == 0 && (s.queue.next() == nil || s.queue.next().at > until)
}

// at makes fire happen at a time since the start.
func (s *scheduler) at(when time.Duration, fire func()) {
	s.queue.set(&timer{fire: fire}, max(when, s.now))
}

// set puts t into the queue for a time on the network's clock. A time that is over means now.
func (s *scheduler) set(t *timer, when time.Time) {
	s.queue.set(t, max(when.Sub(s.epoch), s.now))
}

// close ends all tasks. Those that something has woken run on until they end or wait again; those
// that still wait then end where they stand.
func (s *scheduler) close() {
	for len(s.tasks) > 0 {
		if len(s.ready) == 0 {
			t := s.tasks[0]
			t.discard = true
			s.queue.remove(&t.until)
			s.timeout(t)
		}
		s.step(0)
	}
}

// timeout wakes a task that nobody has woken, because its time is up.
func (s *scheduler) timeout(t *task) {
	t.waits.waiting = slices.DeleteFunc(t.waits.waiting, func(other *task) bool { return other == t })
	s.ready = append(s.ready, t)
}

// cond is the scheduler's stack.Cond.
type cond struct {
	s       *scheduler
	l       sync.Locker
	waiting []*task
}

// NewCond returns a condition variable whose locker is l.
func (s *scheduler) NewCond(l sync.Locker) stack.Cond { return &cond{s: s, l: l} }

// Wait gives the token back until Broadcast or until the given time.
func (c *cond) Wait(until time.Time) {
	t := c.s.running
	if t == nil {
		panic("sim: a call that blocks can only be made by an application of the network: use Network.Go")
	}
	if t.discard {
		runtime.Goexit() // a deferred call that would wait once more
	}
	t.waits = c
	c.waiting = append(c.waiting, t)
	if !until.IsZero() {
		c.s.set(&t.until, until)
	}
	c.l.Unlock()
	c.s.back <- struct{}{}
	<-t.token
	c.l.Lock()
	if t.discard {
		runtime.Goexit() // with the lock, as its deferred calls expect
	}
}

// Broadcast makes all who wait ready, in the order in which they began to wait.
func (c *cond) Broadcast() {
	for i, t := range c.waiting {
		c.s.queue.remove(&t.until)
		c.s.ready = append(c.s.ready, t)
		c.waiting[i] = nil
	}
	c.waiting = c.waiting[:0]
}

// alarm is the scheduler's stack.Alarm. It goes off while no task runs.
type alarm struct {
	s     *scheduler
	timer timer
}

// NewAlarm returns an alarm that calls f. f may wake tasks, and may not wait.
func (s *scheduler) NewAlarm(f func()) stack.Alarm { return &alarm{s: s, timer: timer{fire: f}} }

// Set makes the alarm go off at t; the zero time: not at all.
func (a *alarm) Set(t time.Time) {
	if t.IsZero() {
		a.s.queue.remove(&a.timer)
		return
	}
	a.s.set(&a.timer, t)
}
