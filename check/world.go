package check

import (
	"time"
)

// World is what a script runs against: a Target in virtual time, or something beyond a wire in real time. Times count from
// the script's beginning.
type World interface {
	Now() time.Duration
	// Step lets time pass, at most to until: to the next thing that happens. It returns false when until is reached.
	Step(until time.Duration) bool
	// Sent returns the packets that came since it was asked last.
	Sent() []Sent
	Deliver(packet []byte)
	Call(c Call) Result
	Variable(socket int, name string) (value string, known bool)
}

// Sent is a packet that came from what is tested.
type Sent struct {
	At     time.Duration
	Octets []byte
}

// epoch is when scripts begin in virtual time.
func epoch() time.Time { return time.Unix(1_600_000_000, 0) }

// virtual is a Target in virtual time.
type virtual struct {
	target Target
	now    time.Time
	sent   []Sent
}

// Virtual returns a world in which a target has all the time it needs.
func Virtual(target Target) World { return &virtual{target: target, now: epoch()} }

func (v *virtual) Now() time.Duration { return v.now.Sub(epoch()) }

func (v *virtual) Step(until time.Duration) bool {
	end := epoch().Add(until)
	d := v.target.Deadline()
	if d.IsZero() || d.After(end) {
		if end.After(v.now) {
			v.now = end
		}
		return false
	}
	if d.After(v.now) {
		v.now = d
	}
	v.target.Advance(v.now)
	v.collect()
	return true
}

func (v *virtual) collect() {
	for _, octets := range v.target.Output(v.now) {
		v.sent = append(v.sent, Sent{v.Now(), octets})
	}
}

func (v *virtual) Sent() []Sent {
	v.collect()
	sent := v.sent
	v.sent = nil
	return sent
}

func (v *virtual) Deliver(packet []byte) {
	v.target.Deliver(v.now, packet)
	v.collect()
}

func (v *virtual) Call(c Call) Result {
	r := v.target.Call(v.now, c)
	v.collect()
	return r
}

func (v *virtual) Variable(socket int, name string) (string, bool) {
	return v.target.Variable(socket, name)
}
