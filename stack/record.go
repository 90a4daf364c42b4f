package stack

import (
	"time"

	"netlab/trace"
)

// RecordedSegment is a segment of a connection, as Conn.Recorded remembers it.
type RecordedSegment struct {
	At     time.Time
	Sent   bool         // by this host
	Octets []byte       // of the TCP segment, its first ones
	Length int          // of the whole segment
	Why    trace.Reason // of one that was sent; zero when nobody traces
}

// recorded is how many octets of a segment are kept: the longest header, and the beginning of what it carries.
const recorded = 128

// recording is the first segments of one connection. The connection's mutex guards it.
type recording struct {
	most int
	kept []RecordedSegment
	more int // segments since it is full
}

// Record has each connection that the listener makes from now on remember its first segments, so that an application can show them; n is how many at most.
func (l *Listener) Record(n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.record = n
}

// Recorded returns the connection's first segments, in the order in which they came and went, and how many followed them. nil: its listener records none.
func (c *Conn) Recorded() (first []RecordedSegment, more int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.recording == nil {
		return nil, 0
	}
	return append([]RecordedSegment(nil), c.recording.kept...), c.recording.more
}

// note records a segment, if the connection records; data is what of it lies behind octets elsewhere. c.mu is held.
func (c *Conn) note(now time.Time, sent bool, octets, data []byte, why trace.Reason) {
	r := c.recording
	if r == nil {
		return
	}
	if len(r.kept) >= r.most {
		r.more++
		return
	}
	kept := append([]byte(nil), octets[:min(len(octets), recorded)]...)
	kept = append(kept, data[:min(len(data), recorded-len(kept))]...)
	r.kept = append(r.kept, RecordedSegment{At: now, Sent: sent, Octets: kept, Length: len(octets) + len(data), Why: why})
}
