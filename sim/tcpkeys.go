package sim

import (
	"time"

	"netlab/tcp"
)

// labTCP is how the hosts of a lab speak TCP if nothing else is said. Timestamps would make every segment 12 octets
// shorter and say nothing that a first look at TCP asks for.
func labTCP() tcp.Config { return tcp.Config{NoTimestamps: true} }

// tcpKeys are the switches of a host's TCP: `tcp: {sack: off, congestion: reno}`.
func tcpKeys() []key[tcp.Config] {
	onOff := []string{"on", "off"}
	without := func(name, doc string, field func(*tcp.Config) *bool) key[tcp.Config] {
		return key[tcp.Config]{name, doc, optional, oneOfSchema(onOff...), func(c *tcp.Config, e entry) { *field(c) = e.oneOf(onOff) == 1 }}
	}
	with := func(name, doc string, field func(*tcp.Config) *bool) key[tcp.Config] {
		return key[tcp.Config]{name, doc, optional, oneOfSchema(onOff...), func(c *tcp.Config, e entry) { *field(c) = e.oneOf(onOff) == 0 }}
	}
	number := func(name, doc string, most int, field func(*tcp.Config) *int) key[tcp.Config] {
		return key[tcp.Config]{name, doc, optional, wholeSchema(1, most), func(c *tcp.Config, e entry) { *field(c) = e.number(1, most) }}
	}
	duration := func(name, doc string, field func(*tcp.Config) *time.Duration) key[tcp.Config] {
		return key[tcp.Config]{name, doc, optional, durationSchema(), func(c *tcp.Config, e entry) { *field(c) = e.duration() }}
	}
	ways, asks := []string{"cubic", "reno"}, []string{"if-asked", "on", "off"}
	return []key[tcp.Config]{
		{"congestion", "`cubic` (RFC 9438) or `reno` (RFC 5681)", optional, oneOfSchema(ways...), func(c *tcp.Config, e entry) { c.Congestion = tcp.Congestion(e.oneOf(ways)) }},
		{"ecn", "`if-asked`, a peer that asks for ECN gets it; `on`, this host asks; `off` (RFC 3168)", optional, oneOfSchema(asks...), func(c *tcp.Config, e entry) { c.ECN = tcp.ECN(e.oneOf(asks)) }},
		without("sack", "selective acknowledgments (RFC 2018)", func(c *tcp.Config) *bool { return &c.NoSACK }),
		without("dsack", "reports of what arrives twice (RFC 2883)", func(c *tcp.Config) *bool { return &c.NoDSACK }),
		without("timestamps", "`off` if left out (RFC 7323)", func(c *tcp.Config) *bool { return &c.NoTimestamps }),
		without("window-scale", "windows beyond 65535 octets (RFC 7323)", func(c *tcp.Config) *bool { return &c.NoWindowScale }),
		without("rack", "losses told by time (RFC 8985); `off`: by what has arrived since (RFC 6675)", func(c *tcp.Config) *bool { return &c.NoRACK }),
		without("tlp", "probes if the last segments may be lost (RFC 8985)", func(c *tcp.Config) *bool { return &c.NoTLP }),
		without("prr", "fast recovery at a steady pace (RFC 6937)", func(c *tcp.Config) *bool { return &c.NoPRR }),
		without("undo", "reductions of the window that were for nothing are taken back (RFC 3522, RFC 3708)", func(c *tcp.Config) *bool { return &c.NoUndo }),
		without("fast-retransmit", "`off`: lost segments wait for the timer (RFC 5681)", func(c *tcp.Config) *bool { return &c.NoFastRetransmit }),
		without("limited-transmit", "new data for the first two duplicate ACKs (RFC 3042)", func(c *tcp.Config) *bool { return &c.NoLimitedTransmit }),
		without("congestion-control", "`off`: only the receiver's window limits the sender (RFC 5681)", func(c *tcp.Config) *bool { return &c.NoCongestionControl }),
		with("hystart", "slow start ends when round trips become longer (RFC 9406)", func(c *tcp.Config) *bool { return &c.HyStart }),
		without("nagle", "small segments wait for acknowledgments (RFC 9293)", func(c *tcp.Config) *bool { return &c.NoDelay }),
		without("delayed-ack", "an acknowledgment for every second segment (RFC 9293)", func(c *tcp.Config) *bool { return &c.NoDelayedACK }),
		without("sws-avoidance", "silly windows are avoided (RFC 9293)", func(c *tcp.Config) *bool { return &c.NoSWSAvoidance }),
		without("challenge-ack", "`off`: an RST or SYN anywhere in the window resets (RFC 5961)", func(c *tcp.Config) *bool { return &c.NoChallengeACK }),
		without("paws", "old duplicates are told by their timestamps (RFC 7323)", func(c *tcp.Config) *bool { return &c.NoPAWS }),
		without("karn", "`off`: round trips are measured of what was sent again too (RFC 6298)", func(c *tcp.Config) *bool { return &c.NoKarn }),
		without("back-off", "the timeout doubles each time (RFC 6298)", func(c *tcp.Config) *bool { return &c.NoBackOff }),
		without("newreno", "`off`: a partial acknowledgment ends fast recovery, as in Reno (RFC 6582)", func(c *tcp.Config) *bool { return &c.NoNewReno }),
		without("idle-restart", "slow start begins again when nothing was sent for long (RFC 5681)", func(c *tcp.Config) *bool { return &c.NoIdleRestart }),
		without("validation", "a congestion window that is not used does not grow (RFC 7661)", func(c *tcp.Config) *bool { return &c.NoValidation }),
		without("window-probes", "a closed window is probed (RFC 9293)", func(c *tcp.Config) *bool { return &c.NoWindowProbes }),
		without("urgent", "the urgent pointer of a peer is noted (RFC 9293)", func(c *tcp.Config) *bool { return &c.NoUrgent }),
		without("reopen", "a newer SYN ends TIME-WAIT (RFC 6191)", func(c *tcp.Config) *bool { return &c.NoReopen }),
		without("time-wait-guard", "`off`: an RST ends TIME-WAIT (RFC 1337)", func(c *tcp.Config) *bool { return &c.NoTimeWaitGuard }),
		without("secret-isn", "`off`: initial sequence numbers can be guessed (RFC 6528)", func(c *tcp.Config) *bool { return &c.NoSecretISN }),
		without("path-mtu", "segments become smaller when a router says so (RFC 1191)", func(c *tcp.Config) *bool { return &c.NoPathMTU }),
		without("black-hole", "smaller segments are tried when large ones vanish (RFC 4821)", func(c *tcp.Config) *bool { return &c.NoBlackHole }),
		without("syn-cookies", "SYNs are answered although the backlog is full (RFC 4987)", func(c *tcp.Config) *bool { return &c.NoSYNCookies }),
		with("keep-alive", "idle connections are probed (RFC 9293)", func(c *tcp.Config) *bool { return &c.KeepAlive }),
		number("mss", "the largest segment, in octets; without it what fits the link", 65535, func(c *tcp.Config) *int { return &c.MSS }),
		number("initial-window", "segments before the first acknowledgment; 10 (RFC 6928)", 1000, func(c *tcp.Config) *int { return &c.InitialWindow }),
		number("send-buffer", "in octets; 1048576", maxNumber, func(c *tcp.Config) *int { return &c.SendBuffer }),
		duration("min-rto", "the shortest timeout; 1s (RFC 6298)", func(c *tcp.Config) *time.Duration { return &c.MinRTO }),
		duration("user-timeout", "how long something may go unacknowledged; 5m (RFC 9293)", func(c *tcp.Config) *time.Duration { return &c.UserTimeout }),
		duration("msl", "TIME-WAIT lasts twice as long; 30s (RFC 9293)", func(c *tcp.Config) *time.Duration { return &c.MSL }),
		duration("keep-alive-idle", "silence before the first probe; 2h (RFC 9293)", func(c *tcp.Config) *time.Duration { return &c.KeepAliveIdle }),
	}
}
