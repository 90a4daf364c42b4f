package stack

import (
	"container/heap"
	"sync"
	"time"
)

// timers are the deadlines of a host's connections, and the one alarm that goes off at the first.
//
// A deadline that moves back, as the retransmission timer does with every acknowledgement, is left
// where it is: the entry comes up early, and the connection is armed again with the deadline that
// it has then.
type timers struct {
	begin time.Time // the heap's times count from here
	mu    sync.Mutex
	heap  timerHeap
	alarm Alarm
	set   time.Duration // what the alarm is set to; 0: it is not
}

// timer is a connection's place in the heap. Guarded by timers.mu.
type timer struct {
	at    time.Duration
	place int // index in the heap + 1; 0: not there
}

// after returns t as the heap counts it; never 0, which stands for no time.
func (t *timers) after(at time.Time) time.Duration { return max(1, at.Sub(t.begin)) }

// add puts c into the heap, or moves it, so that it comes up at the time at.
func (t *timers) add(c *Conn, at time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c.timer.at = at
	if c.timer.place == 0 {
		heap.Push(&t.heap, c)
	} else {
		heap.Fix(&t.heap, c.timer.place-1)
	}
	t.ring()
}

func (t *timers) remove(c *Conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.timer.place == 0 {
		return
	}
	heap.Remove(&t.heap, c.timer.place-1)
	t.ring()
}

// due takes the next connection whose time has come out of the heap; nil if there is none.
func (t *timers) due(now time.Time) *Conn {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.heap) > 0 && t.heap[0].timer.at <= t.after(now) {
		return heap.Pop(&t.heap).(*Conn)
	}
	t.set = 0 // the alarm went off
	t.ring()
	return nil
}

// ring sets the alarm to the first deadline. Like the entries, an alarm that is set too early is
// left: it finds nothing due and is set again. With an empty heap it is stopped.
func (t *timers) ring() {
	switch {
	case len(t.heap) == 0 && t.set != 0:
		t.set = 0
		t.alarm.Set(time.Time{})
	case len(t.heap) > 0 && (t.set == 0 || t.heap[0].timer.at < t.set):
		t.set = t.heap[0].timer.at
		t.alarm.Set(t.begin.Add(t.set))
	}
}

// expire serves the connections whose deadline has come. It runs when the alarm goes off.
func (h *Host) expire() {
	now := h.runtime.Now()
	for c := h.timers.due(now); c != nil; c = h.timers.due(now) {
		c.mu.Lock()
		c.armed = 0
		c.core.Advance(now)
		c.settle(now)
		c.mu.Unlock()
	}
}

// timerHeap is a container/heap of connections, the first deadline at the top.
type timerHeap []*Conn

func (h timerHeap) Len() int           { return len(h) }
func (h timerHeap) Less(i, j int) bool { return h[i].timer.at < h[j].timer.at }

func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].timer.place, h[j].timer.place = i+1, j+1
}

func (h *timerHeap) Push(x any) {
	c := x.(*Conn)
	*h = append(*h, c)
	c.timer.place = len(*h)
}

func (h *timerHeap) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	c.timer.place = 0
	return c
}
