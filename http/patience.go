package http

import (
	"errors"
	"fmt"
	"io"
	"time"

	"netlab/wire"
)

// Timeouts bound how long a server waits for a client, so that slow ones do not hold connections for nothing. They work where the server has a clock
// (Server.Now) and the connection has SetReadDeadline and SetWriteDeadline, as a net.Conn does. 0: the default. Negative: no bound.
type Timeouts struct {
	Idle  time.Duration // until the first octet of the next request; default one minute. The connection then ends without an answer
	Head  time.Duration // from there to the end of the head; default 10 s. Then the answer is 408 (Request Timeout)
	Body  time.Duration // waiting for the content, besides the time that its octets take at Rate; default 20 s. 408 if nothing was answered yet
	Write time.Duration // each write, besides the time that its octets take at Rate; default 30 s
	Rate  int           // octets a second that a client must keep up with; default 200
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		value *time.Duration
		usual time.Duration
	}{{&t.Idle, time.Minute}, {&t.Head, 10 * time.Second}, {&t.Body, 20 * time.Second}, {&t.Write, 30 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.usual
		}
	}
	if t.Rate <= 0 {
		t.Rate = 200
	}
	return t
}

// time is how long n octets take at the lowest rate.
func (t Timeouts) time(n int64) time.Duration {
	return time.Duration(n) * time.Second / time.Duration(t.Rate)
}

// patience reads and writes a connection, and gives up when its peer takes too long.
type patience struct {
	rw       io.ReadWriter
	read     func(time.Time) error // SetReadDeadline; nil: the connection has none, or there is no clock
	write    func(time.Time) error
	now      func() time.Time
	timeouts Timeouts

	waited             time.Duration // for the head, or for the content, of this request so far
	octets             int64         // of its content that arrived
	readEnds, writeEnd time.Time     // the deadlines that are set
}

// The phases of a connection that waits for its peer.
type phase uint8

const (
	betweenRequests phase = iota
	inHead
	inContent
)

func newPatience(rw io.ReadWriter, now func() time.Time, t Timeouts) patience {
	p := patience{rw: rw, now: now, timeouts: t.withDefaults()}
	if conn, ok := rw.(interface {
		SetReadDeadline(time.Time) error
		SetWriteDeadline(time.Time) error
	}); ok && now != nil {
		p.read, p.write = conn.SetReadDeadline, conn.SetWriteDeadline
	}
	return p
}

// receive reads from the connection, as long as the phase allows. io.EOF ends an idle one.
func (p *patience) receive(b []byte, at phase) (int, error) {
	if p.read == nil {
		return p.rw.Read(b)
	}
	start := p.now()
	allowed := p.allowed(at)
	if p.readEnds = rearm(p.read, p.readEnds, start, allowed); p.readEnds.IsZero() && allowed > 0 {
		p.read = nil // the connection cannot have deadlines after all
	}
	n, err := p.rw.Read(b)
	switch {
	case isTimeout(err) && n == 0:
		return 0, p.tooSlow(at)
	case at == betweenRequests:
		p.waited, p.octets = 0, 0
	default:
		p.waited += p.now().Sub(start)
	}
	if at == inContent {
		p.octets += int64(n)
	}
	return n, err
}

// allowed is how much longer the peer has; negative: as long as it wants.
func (p *patience) allowed(at phase) time.Duration {
	bound, credit := p.timeouts.Idle, time.Duration(0)
	switch at {
	case inHead:
		bound, credit = p.timeouts.Head, -p.waited
	case inContent:
		bound, credit = p.timeouts.Body, p.timeouts.time(p.octets)-p.waited
	}
	if bound < 0 {
		return bound
	}
	return max(bound+credit, 0)
}

// rearm sets a deadline and returns it. One that is nearly the same is left, so that a busy connection does not set its alarm for each request.
func rearm(set func(time.Time) error, now, start time.Time, allowed time.Duration) time.Time {
	switch ends := start.Add(allowed); {
	case allowed < 0:
		if !now.IsZero() {
			set(time.Time{})
		}
		return time.Time{}
	case now.IsZero() || now.After(ends) || ends.Sub(now) > allowed/8:
		if set(ends) != nil {
			return time.Time{}
		}
		return ends
	}
	return now
}

// tooSlow is the error for a peer that took too long.
func (p *patience) tooSlow(at phase) error {
	// The 408 (Request Timeout) status code indicates that the server did not receive a complete request message within the time that it was prepared to wait.
	// RFC 9110, Section 15.5.9
	say := fmt.Sprintf("the head of the request was not there after %v", p.timeouts.Head)
	switch at {
	case betweenRequests:
		return io.EOF
	case inContent:
		say = fmt.Sprintf("the content comes slower than %d octets a second", p.timeouts.Rate)
	}
	return &Error{StatusRequestTimeout, say, wire.RFC("9110", "15.5.9")}
}

// headDone starts the account of the content.
func (p *patience) headDone() { p.waited, p.octets = 0, 0 }

// Write writes to the connection.
func (p *patience) Write(b []byte) (int, error) {
	if p.write != nil {
		allowed := p.timeouts.Write
		if allowed >= 0 {
			allowed += p.timeouts.time(int64(len(b)))
		}
		p.writeEnd = rearm(p.write, p.writeEnd, p.now(), allowed)
	}
	return p.rw.Write(b)
}

// end takes the deadlines off again.
func (p *patience) end() {
	if p.read != nil {
		p.read(time.Time{})
	}
	if p.write != nil {
		p.write(time.Time{})
	}
}

func isTimeout(err error) bool {
	if err == nil {
		return false
	}
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
