package tcp

import (
	"errors"
	"net/netip"
	"time"

	"netlab/trace"
)

// Errors an application or host can test for.
var (
	ErrTruncated = errors.New("tcp: segment is cut short")
	ErrHeader    = errors.New("tcp: malformed header")
	ErrChecksum  = errors.New("tcp: wrong checksum")
	ErrReset     = errors.New("tcp: connection reset by peer")
	ErrRefused   = errors.New("tcp: connection refused")
	ErrTimeout   = errors.New("tcp: connection timed out")
	ErrClosing   = errors.New("tcp: connection closing") // Write after Close
	ErrClosed    = errors.New("tcp: connection closed")  // after Abort
)

// Seq is a sequence number, modulo 2^32 (RFC 9293, Section 3.4).
type Seq uint32

// Flags are the control bits.
type Flags uint8

const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// Options are the options of one segment. The zero value has none.
type Options struct {
	MSS           uint16 // 0: absent
	WindowScale   int8   // shift + 1; 0: absent
	SACKPermitted bool
	Timestamps    bool
	TSVal, TSEcr  uint32
	SACK          [4]Block
	SACKs         int // how many of SACK are there
}

// Block is an edge pair of a SACK option: [Left, Right).
type Block struct{ Left, Right Seq }

// Segment is a parsed or a to-be-built segment.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         Seq
	Flags            Flags
	Window           uint16
	Urgent           uint16
	Options          Options
	Payload          []byte // sent: part of the send buffer, valid until the next call on the Conn. received: the packet's own octets

	Cause trace.ID     // received: the event of its arrival
	Why   trace.Reason // to send: filled only if the Conn is traced
}

// Parse reads the segment in b without checking its checksum. Payload is a part of b.
func Parse(b []byte) (Segment, error) { panic("contract") }

// Verify checks the checksum over pseudo-header and segment.
func Verify(src, dst netip.Addr, b []byte) bool { panic("contract") }

// HeaderLen is the octets of header and options that s needs; always a multiple of 4.
func (s *Segment) HeaderLen() int { panic("contract") }

// Put writes header, options, payload and checksum to b, which has HeaderLen()+len(Payload) octets or more; returns the length.
func (s *Segment) Put(b []byte, src, dst netip.Addr) int { panic("contract") }

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

// State is a state of RFC 9293, Section 3.3.2. String prints FIN-WAIT-1.
type State uint8

const (
	Closed State = iota
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
)

func (s State) String() string { return "" }

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
