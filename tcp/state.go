package tcp

// State is a state of RFC 9293, Section 3.3.2.
type State uint8

// The states, in the order in which the RFC lists them, after CLOSED: the state of a connection that is no more.
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

// String returns the name as the RFC writes it: "FIN-WAIT-1".
func (s State) String() string {
	names := [...]string{
		"CLOSED", "LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
		"CLOSING", "LAST-ACK", "TIME-WAIT",
	}
	if int(s) < len(names) {
		return names[s]
	}
	return "unknown"
}

// Synchronized reports whether s is one of the "synchronized states": both ends know each other's
// initial sequence number (RFC 9293, Section 3.5.2).
func (s State) Synchronized() bool { return s >= Established }

// receives reports whether the peer may still send data: it has not sent its FIN.
func (s State) receives() bool { return s == Established || s == FinWait1 || s == FinWait2 }

// sends reports whether our side may still have octets or a FIN to send, or to send again.
func (s State) sends() bool {
	return s == Established || s == CloseWait || s == FinWait1 || s == Closing || s == LastAck
}
