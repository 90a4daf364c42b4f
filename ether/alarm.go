package ether

import (
	"container/heap"
	"time"
)

// alarm is something that happens at a time.
type alarm struct {
	at    time.Time
	seq   uint64 // among those at the same time, the one that was set first happens first
	place int    // in the heap, counted from 1; 0: not set
	fire  func(now time.Time)
}

// alarms holds alarms, the next one first. It implements heap.Interface.
type alarms struct {
	heap []*alarm
	seq  uint64
}

// Len implements heap.Interface.
func (a *alarms) Len() int { return len(a.heap) }

// Less implements heap.Interface.
func (a *alarms) Less(i, j int) bool {
	if c := a.heap[i].at.Compare(a.heap[j].at); c != 0 {
		return c < 0
	}
	return a.heap[i].seq < a.heap[j].seq
}

// Swap implements heap.Interface.
func (a *alarms) Swap(i, j int) {
	a.heap[i], a.heap[j] = a.heap[j], a.heap[i]
	a.heap[i].place, a.heap[j].place = i+1, j+1
}

// Push implements heap.Interface.
func (a *alarms) Push(x any) {
	al := x.(*alarm)
	a.heap = append(a.heap, al)
	al.place = len(a.heap)
}

// Pop implements heap.Interface.
func (a *alarms) Pop() any {
	last := a.heap[len(a.heap)-1]
	a.heap[len(a.heap)-1] = nil
	a.heap = a.heap[:len(a.heap)-1]
	last.place = 0
	return last
}

// set sets an alarm, or sets it anew.
func (a *alarms) set(al *alarm, at time.Time) {
	a.stop(al)
	a.seq++
	al.at, al.seq = at, a.seq
	heap.Push(a, al)
}

// stop takes an alarm back.
func (a *alarms) stop(al *alarm) {
	if al.place > 0 {
		heap.Remove(a, al.place-1)
	}
}

// next returns when the next alarm goes off; zero if none is set.
func (a *alarms) next() time.Time {
	if len(a.heap) == 0 {
		return time.Time{}
	}
	return a.heap[0].at
}

// advance lets those go off that are due.
func (a *alarms) advance(now time.Time) {
	for len(a.heap) > 0 && !a.heap[0].at.After(now) {
		heap.Pop(a).(*alarm).fire(now)
	}
}
