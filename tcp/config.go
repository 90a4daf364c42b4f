package tcp

import "time"

// Config says how a connection behaves. The zero value means the defaults. The switches turn a mechanism
// off, to show what it is for.
type Config struct {
	MSS           int // the largest segment we take and send, octets of data; 0: 1460. The host knows it from its MTU
	SendBuffer    int // octets that Write queues; 0: 1 MiB. Memory is taken only as needed
	ReceiveBuffer int // octets that wait for Read, and so the largest window; 0: 1 MiB

	// Secret keys the initial sequence numbers (RFC 6528, Section 3). One for each host.
	Secret [16]byte

	Congestion    Congestion    // Cubic, unless said otherwise
	HyStart       bool          // slow start ends when round trips become longer (RFC 9406)
	InitialWindow int           // segments sent before the first acknowledgment; 0: 10 (RFC 6928, Section 2)
	MinRTO        time.Duration // 0: 1 s, as RFC 6298, Section 2 says; many systems use 200 ms
	// UserTimeout is how long something may go unacknowledged before the connection is given up: R2 of RFC 9293,
	// Section 3.8.3. 0: 5 minutes, "the present global default" (RFC 9293, Section 3.9.1.1).
	UserTimeout time.Duration
	// MSL is the maximum segment lifetime; TIME-WAIT lasts twice as long. 0: 30 s, as most systems have it; RFC 9293,
	// Section 3.4.2 takes it to be 2 minutes, as "an engineering choice".
	MSL time.Duration

	// KeepAlive turns on keep-alives: "they MUST default to off (MUST-25)" (RFC 9293, Section 3.8.4).
	KeepAlive     bool
	KeepAliveIdle time.Duration // silence before the first probe; 0: 2 hours

	ECN ECN // ECNIfAsked, unless said otherwise (RFC 3168)

	NoDelay             bool // no Nagle algorithm (RFC 9293, Section 3.7.4)
	NoDelayedACK        bool // an acknowledgment for each segment (RFC 9293, Section 3.8.6.3)
	NoWindowScale       bool // windows of at most 65,535 octets (RFC 7323, Section 2)
	NoTimestamps        bool // no Timestamps option, and so no PAWS (RFC 7323, Section 3)
	NoSWSAvoidance      bool // silly windows are offered and used (RFC 9293, Section 3.8.6.2)
	NoSACK              bool // no selective acknowledgments (RFC 2018), and so none of the next five
	NoDSACK             bool // nothing is said of what arrives twice (RFC 2883)
	NoRACK              bool // losses are told by how much has arrived after them (RFC 6675), not by time (RFC 8985)
	NoTLP               bool // no probe if the last segments may be lost (RFC 8985, Section 7)
	NoPRR               bool // fast recovery sends in bursts (RFC 6937)
	NoUndo              bool // a window that was reduced for nothing stays so (RFC 3522, RFC 3708)
	NoFastRetransmit    bool // lost segments wait for the timer (RFC 5681, Section 3.2)
	NoLimitedTransmit   bool // the first two duplicate ACKs send nothing (RFC 3042, Section 2)
	NoCongestionControl bool // only the receiver's window limits sending (RFC 5681)
	NoChallengeACK      bool // an RST or SYN anywhere in the window resets (RFC 5961)
	NoPAWS              bool // old duplicates are told by sequence number alone (RFC 7323, Section 5)
	NoKarn              bool // round trips are measured of what was sent again too (RFC 6298, Section 3)
	NoBackOff           bool // the timeout is not doubled (RFC 6298, Section 5)
	NoNewReno           bool // a partial acknowledgment ends fast recovery: Reno (RFC 6582)
	NoIdleRestart       bool // cwnd stays as it is when nothing is sent for long (RFC 5681, Section 4.1)
	NoValidation        bool // a congestion window that is not used grows too (RFC 7661)
	NoWindowProbes      bool // a closed window is not probed (RFC 9293, Section 3.8.6.1)
	NoUrgent            bool // the URG bit is passed over (RFC 6093, Section 5)
	NoReopen            bool // a SYN in TIME-WAIT is never a new connection (RFC 6191)
	NoTimeWaitGuard     bool // an RST ends TIME-WAIT (RFC 1337)
	NoSecretISN         bool // initial sequence numbers come from the clock alone (RFC 6528)
	NoPathMTU           bool // ICMP does not make segments smaller (RFC 1191)
	NoBlackHole         bool // nor do timeouts of large segments (RFC 4821)
	NoSYNCookies        bool // a Listener whose backlog is full drops SYNs (RFC 4987, Section 3.6)
}

const (
	maxRTO             = time.Minute            // RFC 6298, Section 2, (2.5): "at least 60 seconds"
	initialRTO         = time.Second            // RFC 6298, Section 2, (2.1)
	delayedACKTimeout  = 200 * time.Millisecond // "MUST be less than 0.5 seconds (MUST-40)", RFC 9293, Section 3.8.6.3
	quickACKs          = 8                      // segments acknowledged at once after one came out of order
	keepAliveInterval  = 75 * time.Second       // between probes that go unanswered
	keepAliveProbes    = 9                      // MUST-29: no single probe decides
	finWait2Timeout    = time.Minute            // after CloseRead: nothing more is of use
	synTimeout         = 3 * time.Minute        // R2 of a SYN: "at least 3 minutes (MUST-23)", RFC 9293, Section 3.8.3
	idleBeforeRelease  = time.Second            // before unused buffers are given back
	challengeInterval  = 5 * time.Second        // "in any 5 second window, no more than 10 challenge ACKs
	challengesAtMost   = 10                     // should be sent" (RFC 5961, Section 7)
	maxRanges          = 1024                   // pieces that wait for what is missing before them, on either side
	smallestMSS        = 48                     // a peer that asks for less gets this
	maxUnscaledWindow  = 65535                  // what 16 bits can say
	defaultMSS         = 1460                   // an Ethernet frame less 40 octets of IPv4 and TCP headers
	defaultBuffer      = 1 << 20                // octets
	defaultPeerMSS4    = 536                    // "MUST assume a default send MSS of 536 (576 - 40) for IPv4
	defaultPeerMSS6    = 1220                   // or 1220 (1280 - 60) for IPv6 (MUST-15)", RFC 9293, Section 3.7.1
	duplicateThreshold = 3                      // RFC 5681, Section 3.2
	retransmissionsR1  = 3                      // R1, "at least 3 retransmissions" (SHLD-10), RFC 9293, Section 3.8.3
)

// withDefaults returns cfg with every zero number replaced.
func (cfg Config) withDefaults() Config {
	if cfg.MSS <= 0 || cfg.MSS > maxUnscaledWindow {
		cfg.MSS = defaultMSS
	}
	if cfg.SendBuffer <= 0 {
		cfg.SendBuffer = defaultBuffer
	}
	if cfg.ReceiveBuffer <= 0 {
		cfg.ReceiveBuffer = defaultBuffer
	}
	cfg.ReceiveBuffer = min(cfg.ReceiveBuffer, maxUnscaledWindow<<maxShift)
	if cfg.NoWindowScale {
		cfg.ReceiveBuffer = min(cfg.ReceiveBuffer, maxUnscaledWindow)
	}
	if cfg.InitialWindow <= 0 {
		cfg.InitialWindow = 10
	}
	if cfg.MinRTO <= 0 {
		cfg.MinRTO = time.Second
	}
	if cfg.UserTimeout <= 0 {
		cfg.UserTimeout = 5 * time.Minute
	}
	if cfg.MSL <= 0 {
		cfg.MSL = 30 * time.Second
	}
	if cfg.KeepAliveIdle <= 0 {
		cfg.KeepAliveIdle = 2 * time.Hour
	}
	return cfg
}

// shift returns the smallest shift count with which 16 bits can say the whole receive buffer.
func (cfg *Config) shift() int {
	shift := 0
	for shift < maxShift && maxUnscaledWindow<<shift < cfg.ReceiveBuffer {
		shift++
	}
	return shift
}
