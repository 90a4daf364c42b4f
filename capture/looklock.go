package capture

import (
	"sync"
	"sync/atomic"
)

// lookLock guards an index that one goroutine makes while others look at it: who makes it gives way to who looks, so that a screen that
// looks at a hundred packets does not wait a hundred times until a thousand more are indexed.
type lookLock struct {
	sync.RWMutex
	waiting atomic.Int32 // how many want to look
}

// RLock is as that of a sync.RWMutex.
func (l *lookLock) RLock() {
	l.waiting.Add(1)
	l.RWMutex.RLock()
	l.waiting.Add(-1)
}

// giveWay lets those look who wait for it. The caller holds the lock, and holds it again when this returns.
func (l *lookLock) giveWay() {
	if l.waiting.Load() > 0 {
		l.Unlock()
		l.Lock()
	}
}
