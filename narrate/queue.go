package narrate

import (
	"io"
	"sync"
)

// mostQueued is how many octets may wait to be written. Only a file that takes them more slowly than
// packets come for so long makes the writer of packets wait.
const mostQueued = 64 << 20

// queue is a writer that returns at once: a goroutine of its own hands the octets to the file.
type queue struct {
	w    io.Writer
	done chan struct{}

	mu     sync.Mutex
	change *sync.Cond
	wait   []byte // to be written
	closed bool
	err    error // the first; ends the writing
}

func newQueue(w io.Writer) *queue {
	q := &queue{w: w, done: make(chan struct{})}
	q.change = sync.NewCond(&q.mu)
	go q.run()
	return q
}

func (q *queue) Write(p []byte) (int, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.wait) > mostQueued && q.err == nil {
		q.change.Wait()
	}
	if q.err != nil {
		return 0, q.err
	}
	q.wait = append(q.wait, p...)
	q.change.Broadcast()
	return len(p), nil
}

func (q *queue) run() {
	defer close(q.done)
	var batch []byte
	for {
		q.mu.Lock()
		for len(q.wait) == 0 && !q.closed {
			q.change.Wait()
		}
		if len(q.wait) == 0 {
			q.mu.Unlock()
			return
		}
		batch, q.wait = q.wait, batch[:0]
		q.change.Broadcast()
		q.mu.Unlock()

		if _, err := q.w.Write(batch); err != nil {
			q.mu.Lock()
			q.err = err
			q.wait = nil
			q.change.Broadcast()
			q.mu.Unlock()
			return
		}
	}
}

// Close waits until everything is written and returns the first error.
func (q *queue) Close() error {
	q.mu.Lock()
	q.closed = true
	q.change.Broadcast()
	q.mu.Unlock()
	<-q.done
	return q.err
}
