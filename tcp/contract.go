package tcp

import (
	"net/netip"
	"time"

	"netlab/trace"
)

// Config: the zero value means defaults.
type Config struct {
	MSS           int      // largest segment we accept, octets; 0: 1460. The host sets it from the interface's MTU
	SendBuffer    int      // octets, 0: 1 MiB; grows lazily
	ReceiveBuffer int      // octets, 0: 1 MiB; grows lazily
	Secret        [16]byte // RFC 6528 key
	NoDelay       bool
	// … each mechanism switchable (NoWindowScale, NoSACK, …)
}

// Conn is a Transmission Control Block (RFC 9293, Section 3.3.1).
type Conn struct{ contract int }

// Dial is the OPEN call, active: returns a Conn in SYN-SENT whose first Next gives the SYN.
func Dial(now time.Time, cfg Config, local, remote netip.AddrPort, t *trace.Tracer) *Conn {
	panic("contract")
}

func (c *Conn) Receive(now time.Time, seg *Segment)        {}
func (c *Conn) Advance(now time.Time)                      {}
func (c *Conn) Next(now time.Time, seg *Segment) (ok bool) { return false } // fills seg
// Traced tells the core the event under which the host sent the segment that Next gave last.
func (c *Conn) Traced(id trace.ID)                               {}
func (c *Conn) Deadline() time.Time                              { return time.Time{} }
func (c *Conn) Write(now time.Time, p []byte) (n int, err error) { return 0, nil } // takes what fits; 0,nil when full
func (c *Conn) Read(now time.Time, p []byte) (n int, err error)  { return 0, nil } // 0,nil: nothing now; io.EOF after the peer's FIN; else the error that ended it
func (c *Conn) Readable() bool                                   { return false }  // Read would give octets, EOF or an error
func (c *Conn) Writable() int                                    { return 0 }      // octets Write would take now
func (c *Conn) Err() error                                       { return nil }    // what ended the connection; nil while it lives or after an orderly end
func (c *Conn) Close(now time.Time) error                        { return nil }    // CLOSE: our FIN after what is queued
func (c *Conn) Abort(now time.Time)                              {}                // ABORT: RST
func (c *Conn) State() State                                     { return 0 }
func (c *Conn) Snapshot() Snapshot                               { return Snapshot{} }

// Unreachable tells the connection of an ICMP error about a segment of its own (RFC 9293, Section 3.9.2.2; RFC 5927).
func (c *Conn) Unreachable(now time.Time, seq Seq, hard bool) {}

// Snapshot is a value copy for screens and tests.
type Snapshot struct {
	State State
	// SND.UNA … relative and raw numbers, windows, cwnd, ssthresh, SRTT, RTO, timers, queues, counters
}

// Listener is a connection in LISTEN: sans-I/O, bounded backlog.
type Listener struct{ contract int }

func NewListener(cfg Config, backlog int, t *trace.Tracer) *Listener { return nil }

// Receive handles a segment for a listening port without a connection of its own: a SYN makes a Conn in SYN-RECEIVED
// (the host then feeds it and calls Next on it); anything else may want a reply.
func (l *Listener) Receive(now time.Time, local, remote netip.AddrPort, seg *Segment) (c *Conn, reply Segment, ok bool) {
	return nil, Segment{}, false
}

// ReplyClosed is CLOSED's answer to a segment (RFC 9293, Section 3.10.7.1): a RST unless seg is one.
func ReplyClosed(seg *Segment) (reply Segment, ok bool) { return Segment{}, false }
