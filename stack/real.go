package stack

import (
	"sync"
	"time"
)

// Real returns the runtime of real time: Go's own clock, goroutines and timers.
func Real() Runtime { return realTime{} }

type realTime struct{}

func (realTime) Now() time.Time             { return time.Now() }
func (realTime) Go(f func())                { go f() }
func (realTime) NewCond(l sync.Locker) Cond { return &realCond{sync.Cond{L: l}} }
func (realTime) NewAlarm(f func()) Alarm    { return &realAlarm{f: f} }

// realCond is sync.Cond and, while somebody waits with a deadline, a timer.
type realCond struct{ sync.Cond }

func (c *realCond) Wait(until time.Time) {
	if until.IsZero() {
		c.Cond.Wait()
		return
	}
	// The timer takes the lock, so that it cannot go off between its start and our waiting.
	timer := time.AfterFunc(time.Until(until), func() {
		c.L.Lock()
		defer c.L.Unlock()
		c.Broadcast()
	})
	c.Cond.Wait()
	timer.Stop()
}

type realAlarm struct {
	f     func()
	mu    sync.Mutex
	timer *time.Timer
}

func (a *realAlarm) Set(t time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case t.IsZero() && a.timer != nil:
		a.timer.Stop()
	case t.IsZero():
	case a.timer == nil:
		a.timer = time.AfterFunc(time.Until(t), a.f)
	default:
		a.timer.Reset(time.Until(t))
	}
}
