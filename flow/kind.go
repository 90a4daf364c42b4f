package flow

// Kind says what sort of thing was found.
type Kind uint8

// What a Tracker finds. The kinds of retransmission come first.
const (
	TimedOut    Kind = iota + 1 // sent again because no acknowledgment came in time
	Fast                        // sent again because acknowledgments told of what arrived after it
	TailProbe                   // sent again because the end of a flight stayed unacknowledged for two round trips
	Unnecessary                 // sent again although the receiver had it
	TooBig                      // sent again in smaller pieces, because a router said that the packet was too big

	Missing    // octets that the capture does not hold before this packet
	OutOfOrder // a segment that later ones have overtaken
	Duplicated // the same segment twice, too soon to be a retransmission

	DuplicateACK // an acknowledgment that acknowledges nothing new
	Duplicate    // a report that something arrived twice
	UnseenACK    // an acknowledgment of what the capture does not hold

	ZeroWindow
	WindowOpen // the end of a zero window
	WindowFull
	WindowProbe
	WindowProbeACK
	KeepAlive
	KeepAliveACK

	Reset
	Refused    // a SYN answered by a reset
	Unanswered // a SYN that nobody answered
	HalfOpen   // a handshake that was never completed
	PortReuse
	BothOpen // a simultaneous open

	SlowStart // and its end
	Idle
	BlackHole // big segments get lost, small ones do not
	Offloaded // a segment bigger than a packet can be
)

// What is found in packets other than TCP's, by package capture.
const (
	DNSFailed Kind = iota + 64
	DNSSlow
	DNSUnanswered
	ICMPError
	TLSAlert
	TLSVersion
	Certificate
	HTTPError
	HTTPSlow
	Malformed
	WrongChecksum
	ChecksumOffload // a checksum that the network card was still to compute
	CutShort        // a packet of which the capture kept only the beginning
)

// String returns the kind as the JSON output writes it.
func (k Kind) String() string {
	names := [...]string{
		TimedOut: "retransmission-timeout", Fast: "retransmission-fast", TailProbe: "retransmission-tail-probe", Unnecessary: "retransmission-unnecessary",
		TooBig:  "retransmission-too-big",
		Missing: "missing", OutOfOrder: "out-of-order", Duplicated: "duplicated",
		DuplicateACK: "duplicate-ack", Duplicate: "duplicate-report", UnseenACK: "ack-of-unseen",
		ZeroWindow: "zero-window", WindowOpen: "window-open", WindowFull: "window-full",
		WindowProbe: "window-probe", WindowProbeACK: "window-probe-ack", KeepAlive: "keep-alive", KeepAliveACK: "keep-alive-ack",
		Reset: "reset", Refused: "refused", Unanswered: "unanswered", HalfOpen: "half-open", PortReuse: "port-reuse", BothOpen: "simultaneous-open",
		SlowStart: "slow-start", Idle: "idle", BlackHole: "black-hole", Offloaded: "offloaded",
		DNSFailed: "dns-failed", DNSSlow: "dns-slow", DNSUnanswered: "dns-unanswered", ICMPError: "icmp-error",
		TLSAlert: "tls-alert", TLSVersion: "tls-version", Certificate: "certificate", HTTPError: "http-error", HTTPSlow: "http-slow",
		Malformed: "malformed", WrongChecksum: "wrong-checksum", ChecksumOffload: "checksum-offload", CutShort: "cut-short",
	}
	if int(k) < len(names) && names[k] != "" {
		return names[k]
	}
	return "unknown"
}

// Kinds returns all kinds, in order.
func Kinds() []Kind {
	var all []Kind
	for k := TimedOut; k <= CutShort; k++ {
		if k.String() != "unknown" {
			all = append(all, k)
		}
	}
	return all
}

// Again reports whether k is a kind of retransmission.
func (k Kind) Again() bool { return k >= TimedOut && k <= TooBig }

// Note reports whether k is worth knowing but no trouble: what TCP does when all is well, or what explains how the capture was made.
func (k Kind) Note() bool {
	switch k {
	case BothOpen, WindowOpen, WindowProbeACK, KeepAlive, KeepAliveACK, SlowStart, Idle, Offloaded, TLSVersion, ChecksumOffload, CutShort, DuplicateACK:
		return true
	}
	return false
}
