package check

import (
	"sync"
	"time"
)

// timed is a Target that is given the machine's time as it passes.
type timed struct {
	make   func(Config) Target
	lock   sync.Mutex
	target Target
	sent   func([]byte)
	alarm  *time.Timer
}

// Timed returns a target as a subject in real time. It is made anew for each script.
func Timed(make func(Config) Target) Subject { return &timed{make: make} }

// Start implements Subject.
func (t *timed) Start(cfg Config, sent func(packet []byte)) error {
	t.target, t.sent = t.make(cfg), sent
	t.alarm = time.AfterFunc(time.Hour, func() {
		t.at(func(now time.Time) { t.target.Advance(now) })
	})
	return nil
}

// at does something now, passes on what is sent because of it, and sets the alarm for what is due next.
func (t *timed) at(do func(now time.Time)) {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.target == nil {
		return
	}
	now := time.Now()
	do(now)
	for _, packet := range t.target.Output(now) {
		t.sent(packet)
	}
	if d := t.target.Deadline(); d.IsZero() {
		t.alarm.Stop()
	} else {
		t.alarm.Reset(max(0, time.Until(d)))
	}
}

// Deliver implements Subject.
func (t *timed) Deliver(packet []byte) {
	t.at(func(now time.Time) { t.target.Deliver(now, packet) })
}

// Call implements Subject.
func (t *timed) Call(c Call) (r Result) {
	t.at(func(now time.Time) { r = t.target.Call(now, c) })
	return r
}

// Variable implements Subject.
func (t *timed) Variable(socket int, name string) (value string, known bool) {
	t.at(func(time.Time) { value, known = t.target.Variable(socket, name) })
	return value, known
}

// Close implements Subject.
func (t *timed) Close() error {
	t.lock.Lock()
	defer t.lock.Unlock()
	if t.alarm != nil {
		t.alarm.Stop()
	}
	t.target = nil
	return nil
}
