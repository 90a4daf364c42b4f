package trace

// Kind says what sort of thing happened.
type Kind uint8

// The kinds of event. Those of packets come first.
const (
	Sent       Kind = iota + 1 // a host hands a packet of its own to a link
	Forwarded                  // a router hands on a packet that is not its own
	Received                   // a host takes a packet from a link
	Lost                       // a link loses a packet (loss, full queue, dropped by hand)
	Duplicated                 // a link makes a second copy of a packet
	Corrupted                  // a link changes an octet of a packet
	Reordered                  // a link holds a packet back so that later ones overtake it
	Discarded                  // a host throws a packet away (malformed, not for it, not acceptable)

	StateChanged // a connection changes its state
	TimerExpired // a timer of a connection goes off
	Congestion   // the congestion window or threshold changes its phase (slow start, recovery, …)
	DuplicateACK // an acknowledgement that acknowledges nothing new
	Window       // a window closes or opens again
	Delivered    // octets reach the application
	Failed       // a connection or an operation ends in an error
	Route        // a router learns, changes or loses a route
	Translated   // a router changes the addresses of a packet
	Waiting      // a packet waits, and will be sent later: it is not known yet which network card is to get it

	Call  // an application calls its host: connect, write, close
	Fault // a user changes the network: loss switched on, a packet dropped
	Note  // anything else worth a sentence
)

// String returns the kind as the JSON output and tests write it.
func (k Kind) String() string {
	names := [...]string{
		Sent: "sent", Forwarded: "forwarded", Received: "received", Lost: "lost", Duplicated: "duplicated",
		Corrupted: "corrupted", Reordered: "reordered", Discarded: "discarded",
		StateChanged: "state", TimerExpired: "timer", Congestion: "congestion", DuplicateACK: "dup-ack", Window: "window",
		Delivered: "delivered", Failed: "failed", Route: "route", Translated: "translated", Waiting: "waiting", Call: "call", Fault: "fault", Note: "note",
	}
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return "unknown"
}

// OfPacket reports whether events of this kind carry a packet.
func (k Kind) OfPacket() bool { return k >= Sent && k <= Discarded }

// Milestone reports whether e is worth stopping at: a loss, a packet sent again, a change of state,
// a timer, a route, a fault, an end.
func (e *Event) Milestone() bool {
	switch e.Kind {
	case Lost, Corrupted, StateChanged, TimerExpired, Congestion, Failed, Route, Fault:
		return true
	case Sent:
		return e.Replaces != 0
	}
	return false
}
