package trace

import (
	"fmt"
	"net/netip"
	"time"

	"netlab/wire"
)

// ID numbers the events of a run: 1, 2, 3 … in the order in which they happened. 0 is no event.
type ID uint64

// Flow names a connection by its two ends, as the host that reports it sees them.
type Flow struct {
	Local, Remote netip.AddrPort
}

// IsZero reports whether f names no connection.
func (f Flow) IsZero() bool { return f == Flow{} }

// Reverse returns the flow as the other end sees it.
func (f Flow) Reverse() Flow { return Flow{f.Remote, f.Local} }

// Event is one thing that happened. It is a value; holders may keep it as long as they like,
// except for Octets (see there).
type Event struct {
	ID   ID        // given by the stream on Emit
	At   time.Time // when, on the run's clock
	Kind Kind
	Host string // who reports it: "h1"; empty for links and users
	Link string // for what happens on a link: "r1-r2", in the direction of travel "r1>r2"
	Flow Flow   // the connection it is about, if it is about one

	Cause    ID // the event that led to this one; 0 for inputs from outside
	Packet   ID // the packet it is about, named by the event of its first sending (or arrival from outside)
	Replaces ID // for a packet that carries what an earlier one carried: that packet

	// Say is a sentence without its subject ("sends bytes %d..%d again: three duplicate ACKs asked
	// for %d"), with a %d for each of Args that it uses. The two are kept apart so that the hot path
	// formats nothing. Text puts them together.
	Say  string
	Args [4]int64

	Ref     wire.Ref // what asks for it
	Changes []Change // what it changed; nil for nothing worth telling

	// Octets is the packet as it was at this point, from its first IP octet on, or if Frame is set from the first octet of the
	// Ethernet frame that carries it. It is valid only during Emit: a sink that keeps it copies it.
	Octets []byte
	Frame  bool
}

// Change is one variable before and after an event.
type Change struct {
	Name, Old, New string // "cwnd", "20440", "7300"
}

// Text returns the event as a sentence without its subject: "sends SYN to open the connection".
func (e *Event) Text() string {
	verbs := 0
	for i := 0; i+1 < len(e.Say); i++ {
		if e.Say[i] == '%' {
			if e.Say[i+1] == 'd' {
				verbs++
			}
			i++
		}
	}
	args := [4]any{e.Args[0], e.Args[1], e.Args[2], e.Args[3]}
	return fmt.Sprintf(e.Say, args[:min(verbs, len(args))]...)
}

// Reason is what a core says of a packet that it hands out: why it is sent. The host puts it into
// the event of sending. The zero Reason means that nobody listens.
type Reason struct {
	Cause    ID
	Replaces ID
	Say      string
	Args     [4]int64
	Ref      wire.Ref
}
