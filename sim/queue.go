package sim

import "time"

// timer is something that happens at a time: fire is called then.
type timer struct {
	at    time.Duration // since the start of the run
	seq   uint64        // among those at the same time, the one that was set first happens first
	place int           // in the queue, counted from 1; 0: not in it
	fire  func()
}

// queue holds timers in the order in which they happen: a binary heap in a slice.
type queue struct {
	heap []*timer
	seq  uint64
}

// set puts t into the queue at the given time, or moves it there.
func (q *queue) set(t *timer, at time.Duration) {
	q.seq++
	t.at, t.seq = at, q.seq
	if t.place == 0 {
		q.heap = append(q.heap, t)
		t.place = len(q.heap)
	}
	q.up(t)
	q.down(t)
}

// remove takes t out of the queue if it is in it.
func (q *queue) remove(t *timer) {
	if t.place == 0 {
		return
	}
	last := q.heap[len(q.heap)-1]
	q.heap[len(q.heap)-1] = nil
	q.heap = q.heap[:len(q.heap)-1]
	if last != t {
		q.put(last, t.place)
		q.up(last)
		q.down(last)
	}
	t.place = 0
}

// next returns the timer that happens first; nil if there is none.
func (q *queue) next() *timer {
	if len(q.heap) == 0 {
		return nil
	}
	return q.heap[0]
}

func (t *timer) before(u *timer) bool { return t.at < u.at || t.at == u.at && t.seq < u.seq }

func (q *queue) put(t *timer, place int) {
	q.heap[place-1] = t
	t.place = place
}

// up moves t towards the front as far as it belongs there.
func (q *queue) up(t *timer) {
	for t.place > 1 {
		parent := q.heap[t.place/2-1]
		if parent.before(t) {
			return
		}
		place := t.place
		q.put(t, parent.place)
		q.put(parent, place)
	}
}

// down moves t towards the back as far as it belongs there.
func (q *queue) down(t *timer) {
	for 2*t.place <= len(q.heap) {
		child := q.heap[2*t.place-1]
		if 2*t.place < len(q.heap) && q.heap[2*t.place].before(child) {
			child = q.heap[2*t.place]
		}
		if t.before(child) {
			return
		}
		place := t.place
		q.put(t, child.place)
		q.put(child, place)
	}
}
