package stack

import (
	"sync"
	"time"
)

// Runtime is how a host tells the time, starts goroutines, waits and is woken: in real time (Real),
// or simulated (package sim). A host calls nothing else that depends on the clock or the scheduler,
// so that the same code runs in both.
type Runtime interface {
	// Now is the time. A host asks for it once for each batch of packets and each call by an
	// application.
	Now() time.Time

	// Go starts f on a goroutine that the runtime knows of.
	Go(f func())

	// NewCond returns a condition variable whose locker is l.
	NewCond(l sync.Locker) Cond

	// NewAlarm returns an alarm that is not set. When it goes off, f runs on a goroutine of the
	// runtime.
	NewAlarm(f func()) Alarm
}

// Cond is a condition variable whose Wait can end at a time.
type Cond interface {
	// Wait unlocks the locker, waits for Broadcast or for the time until, and locks it again. A zero
	// until never comes. The caller holds the locker, and asks for its condition again afterwards.
	Wait(until time.Time)

	// Broadcast wakes all who wait. The caller holds the locker.
	Broadcast()
}

// Alarm goes off once, at the time last Set; at the zero time it does not go off. It may go off
// although it has just been set to something else.
type Alarm interface{ Set(t time.Time) }
