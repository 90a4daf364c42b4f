package check

import (
	"net/netip"
	"regexp"
	"strings"
	"time"

	"netlab/ip"
)

// Script is a parsed script.
type Script struct {
	Name   string
	Config Config
	Steps  []Step
	// Requirements are those of RFC 9293, Appendix B that the comments name: "MUST-13".
	Requirements []string
	// Classic says that the script has calls in packetdrill's form: it is written for Linux, and what is sent after its last
	// line does not matter.
	Classic bool

	source  *source
	partial bool // only its beginning: what follows is not asked for
}

// Step is one line of a script that does something.
type Step struct {
	Line int
	Text string // the line without its comment
	When When
	Do   Action
}

// When says at what time a step happens, or what it expects.
type When struct {
	Kind     WhenKind
	From, To time.Duration // since the beginning of the script, or since the step before; To: the end of a range
	Blocks   bool          // of a call: it blocks from From to To
}

// WhenKind is how a time is written.
type WhenKind uint8

// The kinds of time.
const (
	Relative WhenKind = iota // +.1, or nothing
	Absolute                 // 1.5
	Any                      // *
)

// Action is what a step does: *Arrive, *Expect, *Invoke, *Assert, *Quiet or *Flood.
type Action interface{ action() }

// Arrive is a packet that arrives.
type Arrive struct{ Packet Packet }

// Expect is a packet that must be sent.
type Expect struct{ Packet Packet }

// Quiet says that nothing is sent up to its time.
type Quiet struct{}

// Flood is a number of SYNs that arrive from as many ports; what is sent to those is not looked at.
type Flood struct{ Count int }

// Assert compares variables of a connection with values.
type Assert struct {
	Conn   int // which connection, from 1 on
	Checks []Comparison
}

// Comparison is one comparison.
type Comparison struct {
	Variable string // as in docs/scripts.md
	Operator string // ==, !=, <, <=, >, >=
	Value    string // a number, a state, on or off; durations are in nanoseconds
	Text     string // as the script has it
}

// Invoke is a call of the application.
type Invoke struct {
	Conn int // which connection, from 1 on; in a classic script the number of its socket
	Call Call
	Want Outcome
	Sets int // classic: the socket's number that the call returns; 0: none
}

// Outcome is what a call must return.
type Outcome struct {
	Any    bool
	Blocks bool          // it does not return at once
	For    time.Duration // how long it blocks; 0: it is not said
	N      int
	HasN   bool
	Err    string // "ECONNRESET"
}

func (*Arrive) action() {}
func (*Expect) action() {}
func (*Quiet) action()  {}
func (*Flood) action()  {}
func (*Assert) action() {}
func (*Invoke) action() {}

// Packet is a packet as a script writes it: a segment, a datagram or an ICMP message. In an expected one, fields that are
// not written match anything.
type Packet struct {
	Conn    int // which connection, from 1 on
	Proto   ip.Protocol
	ECN     int // the ECN field of the IP header; -1: any (to send: 0)
	TTL     int // 0: any (to send: 64)
	DF      int // 1: must be set, 0: must not; -1: any
	BadSum  bool
	Segment Segment
	Length  int // of a datagram's data
	ICMP    Message
}

// Segment is a TCP segment as a script writes it. Numbers are relative: the peer's to the offset that Config.IRS
// gives, ours to the initial sequence number.
type Segment struct {
	Flags          uint8
	HasSeq         bool
	Seq            int64
	Length         int // of the data
	HasAck         bool
	Ack            int64
	Window, Urgent int // -1: any (to send: 65535 and 0)
	Options        []Option
	AnyOptions     bool // <...>: any
	MoreOptions    bool // <mss 1460,...>: and any others
	Offset         int  // the Data Offset field, in words; 0: what is right
	Reserved       int  // the four reserved bits
	FlagsAny       bool
}

// Option is one TCP option.
type Option struct {
	Kind   uint8
	Octets []byte     // of an option that is written octet by octet: kind, length and all
	Value  int64      // mss, wscale, TS val
	Ecr    int64      // TS ecr
	Blocks [][2]int64 // sack, relative
	AnyVal bool       // TS val … and so on: any value
	AnyEcr bool
}

// Message is an ICMP message about a segment or datagram that is quoted.
type Message struct {
	Type  ip.MessageType
	Code  uint8
	MTU   int
	Seq   int64 // of the quoted segment
	Len   int   // of its data
	UDP   bool
	Short bool // only the first eight octets of the segment are quoted
	Echo  bool
}

// Call is a call of the application.
type Call struct {
	Op     string // docs/scripts.md lists them: "write", "accept" …
	Socket int    // which; 0: none yet
	N      int    // octets, backlog, or what is set
	Name   string // of an option
	Data   []byte // what write writes
	Local  netip.AddrPort
	Remote netip.AddrPort
	Config Config // for socket and listen
}

// Result is what a call returned.
type Result struct {
	Blocked bool   // it would block: the caller asks again
	N       int    // octets, or the new socket
	Data    []byte // what was read
	Err     string // "ECONNRESET"; empty: none
	Remote  netip.AddrPort
}

// Length is how much time the script takes at least; steps at any time count for nothing.
func (s *Script) Length() (length time.Duration) {
	for i := range s.Steps {
		switch w := s.Steps[i].When; w.Kind {
		case Relative:
			length += w.From
		case Absolute:
			length = max(length, w.From)
		}
	}
	return length
}

// Text returns the script as it was read, Comments what its comments say.
func (s *Script) Text() string     { return s.source.text }
func (s *Script) Comments() string { return strings.Join(sortedComments(s.source), "\n") }

func requirements(s *source) (all []string) {
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(`\b(MUST|SHLD|MAY|REC)-\d+\b`).FindAllString(strings.Join(sortedComments(s), "\n"), -1) {
		if !seen[id] {
			seen[id] = true
			all = append(all, id)
		}
	}
	return all
}

func sortedComments(s *source) (all []string) {
	for line := range strings.Count(s.text, "\n") + 2 {
		if c, is := s.comments[line]; is {
			all = append(all, c)
		}
	}
	return all
}
