package tcp

import (
	"errors"
	"time"

	"netlab/trace"
)

// enter changes the state. say is the whole sentence; section is of RFC 9293.
func (c *Conn) enter(now time.Time, s State, say, section string) {
	before := c.state
	c.state = s
	if c.trace.On() {
		c.emit(now, trace.StateChanged, say, "9293", section, []trace.Change{{Name: "state", Old: before.String(), New: s.String()}}, nil)
	}
}

// end is the orderly end: the TCB has no further use. What has arrived can still be read.
func (c *Conn) end(now time.Time, say, section string) {
	c.enter(now, Closed, say, section)
	c.stopTimers()
	c.owed = owed{}
	c.out, c.sent, c.late, c.rec = buffer{}, scoreboard{}, reassembly{}, nil
	c.idle = 0
}

// fail ends the connection with an error: "All segment queues should be flushed."
func (c *Conn) fail(now time.Time, err error, say, section string) {
	c.err = err
	c.end(now, say, section)
	c.in = buffer{}
	if c.trace.On() {
		c.emit(now, trace.Failed, failure(err), "9293", section, nil, nil)
	}
}

// abort ends the connection and tells the peer: <SEQ=SND.NXT><CTL=RST>. In CLOSING, LAST-ACK and TIME-WAIT
// the peer has closed already, and in SYN-SENT it knows of nothing: no RST (RFC 9293, Section 3.10.5).
func (c *Conn) abort(now time.Time, err error, w why) {
	switch c.state {
	case SynReceived, Established, FinWait1, FinWait2, CloseWait:
		c.reset = reset{pending: true, seq: c.snd.nxt, flags: RST, why: w}
	}
	c.fail(now, err, "goes to CLOSED at once: the connection is aborted", "3.10.5")
}

// AddressGone ends the connection because the host has its local address no more: the lease may have expired. The peer is not told,
// for nothing may be sent from there any more.
func (c *Conn) AddressGone(now time.Time) {
	if c.state != Closed {
		c.fail(now, ErrAddressGone, "goes to CLOSED: the address that it speaks from is gone", "3.3.2")
	}
}

func failure(err error) string {
	switch {
	case errors.Is(err, ErrReset):
		return "has lost the connection: the peer reset it"
	case errors.Is(err, ErrRefused):
		return "has no connection: it was refused"
	case errors.Is(err, ErrUnreachable):
		return "has no connection: the host cannot be reached"
	case errors.Is(err, ErrTimeout):
		return "has lost the connection: it timed out"
	case errors.Is(err, ErrAddressGone):
		return "has lost the connection: its own address is gone"
	}
	return "has no connection any more: it was aborted"
}
