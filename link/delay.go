package link

import (
	"container/heap"
	"sync"
	"time"
)

// maxUnderway is how many packets a delay line holds: 20 ms at a million packets a second.
const maxUnderway = 20_000

// delayLine holds packets until the time of their arrival. Its fields, and the methods add and idle, are
// for those who hold the lock that init was given; next and close take it.
type delayLine struct {
	mu      *sync.Mutex
	waiting parcels
	taken   []*parcel // what next returned last, with the packets below
	packets []Packet
	free    []*parcel
	added   uint64
	err     error // why it has ended; nil: it has not

	changed chan struct{} // an earlier packet than all others was added, or the end has come
	timer   *time.Timer
}

// parcel is a packet with a copy of its octets.
type parcel struct {
	packet Packet
	at     time.Time
	number uint64 // those that arrive at the same time keep their order
	octets []byte
}

func (l *delayLine) init(mu *sync.Mutex) {
	l.mu = mu
	l.changed = make(chan struct{}, 1)
}

// idle reports whether no packet waits or is just being handed on.
func (l *delayLine) idle() bool { return len(l.waiting) == 0 && len(l.taken) == 0 }

// add lets a copy of p arrive at a time, and returns the copy; nil if there is no room.
func (l *delayLine) add(p *Packet, at time.Time) *Packet {
	if len(l.waiting) >= maxUnderway || l.err != nil {
		return nil
	}
	var c *parcel
	if n := len(l.free); n > 0 {
		c, l.free = l.free[n-1], l.free[:n-1]
	} else {
		c = &parcel{}
	}
	c.octets = append(c.octets[:0], p.Octets...)
	c.packet = Packet{Octets: c.octets, Packet: p.Packet, Cause: p.Cause}
	c.at, c.number = at, l.added
	l.added++
	heap.Push(&l.waiting, c)
	if l.waiting[0] == c {
		l.wake()
	}
	return &c.packet
}

// next waits until packets have arrived and returns them. They are valid until the next call, of which there is
// one at a time.
func (l *delayLine) next() ([]Packet, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.free = append(l.free, l.taken...)
	l.taken, l.packets = l.taken[:0], l.packets[:0]
	for l.err == nil {
		now := time.Now()
		for len(l.waiting) > 0 && !l.waiting[0].at.After(now) && len(l.taken) < readBatch {
			c := heap.Pop(&l.waiting).(*parcel)
			l.taken = append(l.taken, c)
			l.packets = append(l.packets, c.packet)
		}
		if len(l.packets) > 0 {
			return l.packets, nil
		}
		l.wait(now)
	}
	return nil, l.err
}

// wait waits, without the lock, for the first packet's time or a change.
func (l *delayLine) wait(now time.Time) {
	var due <-chan time.Time
	if len(l.waiting) > 0 {
		d := l.waiting[0].at.Sub(now)
		if l.timer == nil {
			l.timer = time.NewTimer(d)
		} else {
			l.timer.Reset(d)
		}
		due = l.timer.C
	}
	l.mu.Unlock()
	select {
	case <-due:
	case <-l.changed:
	}
	l.mu.Lock()
}

func (l *delayLine) wake() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// close ends the line: next returns err.
func (l *delayLine) close(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
	l.wake()
}

// parcels is a heap, the first to arrive on top.
type parcels []*parcel

func (p parcels) Len() int      { return len(p) }
func (p parcels) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p *parcels) Push(x any)   { *p = append(*p, x.(*parcel)) }

func (p parcels) Less(i, j int) bool {
	if p[i].at.Equal(p[j].at) {
		return p[i].number < p[j].number
	}
	return p[i].at.Before(p[j].at)
}

func (p *parcels) Pop() any {
	last := len(*p) - 1
	c := (*p)[last]
	(*p)[last] = nil
	*p = (*p)[:last]
	return c
}
