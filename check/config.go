package check

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"netlab/tcp"
)

// Config is what a script sets before it begins.
type Config struct {
	TCP       tcp.Config
	Backlog   int
	MTU       int           // of the link; 1500
	IPv6      bool          // addresses are IPv6's
	Tolerance time.Duration // how much too early or too late a packet may be: 4 ms, as packetdrill has it
	IRS       uint32        // what is added to the peer's sequence numbers
	Exact     bool          // options must be in the order that the script has, padding too
	Ticks     bool          // the timestamps of segments that are expected differ by the milliseconds between them
	TimeWait  int           // connections in TIME-WAIT; not bounded by scripts
	Set       []string      // the words of the config lines: what another target is asked to do too
}

func defaultConfig() Config {
	return Config{MTU: 1500, Tolerance: 4 * time.Millisecond}
}

// linux sets what scripts for packetdrill take for granted: timeouts of 200 ms.
func (c *Config) linux() {
	c.TCP.MinRTO = 200 * time.Millisecond
}

// switches are the words that turn something off or on, and where.
func (c *Config) switches() map[string]struct {
	flag *bool
	on   bool // what "on" means
} {
	type s = struct {
		flag *bool
		on   bool
	}
	t := &c.TCP
	return map[string]s{
		"hystart": {&t.HyStart, true}, "keepalive": {&t.KeepAlive, true}, "nagle": {&t.NoDelay, false},
		"delack": {&t.NoDelayedACK, false}, "wscale": {&t.NoWindowScale, false}, "timestamps": {&t.NoTimestamps, false},
		"sws": {&t.NoSWSAvoidance, false}, "sack": {&t.NoSACK, false}, "dsack": {&t.NoDSACK, false}, "rack": {&t.NoRACK, false},
		"tlp": {&t.NoTLP, false}, "prr": {&t.NoPRR, false}, "undo": {&t.NoUndo, false}, "fastretransmit": {&t.NoFastRetransmit, false},
		"limitedtransmit": {&t.NoLimitedTransmit, false}, "congestioncontrol": {&t.NoCongestionControl, false},
		"challenge": {&t.NoChallengeACK, false}, "pathmtu": {&t.NoPathMTU, false}, "blackhole": {&t.NoBlackHole, false},
		"paws": {&t.NoPAWS, false}, "karn": {&t.NoKarn, false}, "backoff": {&t.NoBackOff, false}, "newreno": {&t.NoNewReno, false},
		"idlerestart": {&t.NoIdleRestart, false}, "validation": {&t.NoValidation, false}, "probes": {&t.NoWindowProbes, false},
		"urgent": {&t.NoUrgent, false}, "reopen": {&t.NoReopen, false}, "timewaitguard": {&t.NoTimeWaitGuard, false}, "secretisn": {&t.NoSecretISN, false},
		"cookies": {&t.NoSYNCookies, false}, "ipv6": {&c.IPv6, true}, "exact": {&c.Exact, true}, "ticks": {&c.Ticks, true},
	}
}

func (c *Config) numbers() map[string]*int {
	return map[string]*int{
		"mss": &c.TCP.MSS, "sndbuf": &c.TCP.SendBuffer, "rcvbuf": &c.TCP.ReceiveBuffer, "iw": &c.TCP.InitialWindow,
		"backlog": &c.Backlog, "mtu": &c.MTU,
	}
}

func (c *Config) durations() map[string]*time.Duration {
	return map[string]*time.Duration{
		"minrto": &c.TCP.MinRTO, "usertimeout": &c.TCP.UserTimeout, "msl": &c.TCP.MSL, "keepidle": &c.TCP.KeepAliveIdle,
		"tolerance": &c.Tolerance,
	}
}

// parse reads the rest of a config line: sack=off mss=1000 minrto=200ms.
func (c *Config) parse(s *scanner) {
	if s.done() {
		s.want("a setting, as sack=off")
	}
	for s.err == nil && !s.done() {
		at := s.at
		name := s.word("the name of a setting")
		s.expect("=")
		s.space()
		valueAt := s.at
		value := s.word("a value")
		if s.err != nil {
			return
		}
		c.Set = append(c.Set, name+"="+value)
		if known, fine := c.set(name, value); !known {
			s.wantOneOf(at, "setting", name, c.names())
		} else if fine != "" {
			s.fail(valueAt, "%s=%s: want %s", name, value, fine)
		}
	}
}

// set sets one value. It returns whether it knows the name, and if the value is no good, what would be.
func (c *Config) set(name, value string) (known bool, want string) {
	if sw, is := c.switches()[name]; is {
		if value != "on" && value != "off" {
			return true, "on or off"
		}
		*sw.flag = (value == "on") == sw.on
		return true, ""
	}
	if number := c.numbers()[name]; number != nil {
		n, err := strconv.Atoi(value)
		if err != nil || n <= 0 {
			return true, "a number above 0"
		}
		*number = n
		return true, ""
	}
	if duration := c.durations()[name]; duration != nil {
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 {
			return true, "a time with its unit, as 200ms"
		}
		*duration = d
		return true, ""
	}
	switch name {
	case "irs":
		n, err := strconv.ParseUint(value, 0, 32)
		c.IRS = uint32(n)
		if err != nil {
			return true, "a sequence number"
		}
	case "congestion":
		switch value {
		case "cubic":
			c.TCP.Congestion = tcp.Cubic
		case "newreno", "reno":
			c.TCP.Congestion = tcp.NewReno
		default:
			return true, "cubic or newreno"
		}
	case "ecn":
		switch value {
		case "on":
			c.TCP.ECN = tcp.ECNAlways
		case "off":
			c.TCP.ECN = tcp.ECNNever
		case "asked":
			c.TCP.ECN = tcp.ECNIfAsked
		default:
			return true, "on, off or asked"
		}
	default:
		return false, ""
	}
	return true, ""
}

func (c *Config) names() []string {
	all := []string{"irs", "congestion", "ecn"}
	for n := range c.switches() {
		all = append(all, n)
	}
	for n := range c.numbers() {
		all = append(all, n)
	}
	for n := range c.durations() {
		all = append(all, n)
	}
	slices.Sort(all)
	return all
}

// shell reads a block of shell between backticks. Lines that set sysctls that mean something to netlab become settings;
// whatever else is there cannot be run.
func (p *parser) shell() {
	begin := p.at
	text := p.until("`")
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == ';' || r == '&' }) {
		line = strings.TrimSpace(line)
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if words[0] != "sysctl" && !strings.HasPrefix(words[0], "/proc/sys/") {
			p.fail(begin, "shell is not run; only sysctl NAME=VALUE is understood, not %q", words[0])
			return
		}
		for _, w := range words[1:] {
			if strings.HasPrefix(w, "-") || strings.HasPrefix(w, ">") {
				continue
			}
			name, value, _ := strings.Cut(strings.Trim(w, `"'`), "=")
			p.sysctl(begin, strings.ReplaceAll(name, "/", "."), value)
		}
	}
}

func (p *parser) sysctl(at int, name, value string) {
	c := &p.script.Config
	onOff := map[string]string{
		"net.ipv4.tcp_sack": "sack", "net.ipv4.tcp_timestamps": "timestamps", "net.ipv4.tcp_window_scaling": "wscale",
		"net.ipv4.tcp_dsack": "dsack", "net.ipv4.tcp_syncookies": "cookies", "net.ipv4.tcp_early_retrans": "tlp",
		"net.ipv4.tcp_recovery": "rack",
	}
	without := []string{
		"net.ipv4.tcp_mtu_probing", "net.ipv4.tcp_no_metrics_save", "net.ipv4.tcp_moderate_rcvbuf", "net.ipv4.tcp_fastopen",
		"net.ipv4.tcp_min_tso_segs", "net.ipv4.tcp_shrink_window", "net.ipv4.tcp_slow_start_after_idle", "net.core.netdev_max_backlog",
	}
	switch {
	case onOff[name] != "":
		to := "on"
		if value == "0" {
			to = "off"
		}
		c.set(onOff[name], to)
		c.Set = append(c.Set, onOff[name]+"="+to)
	case name == "net.ipv4.tcp_congestion_control":
		if known, want := c.set("congestion", value); !known || want != "" {
			p.fail(at, "sysctl %s=%s: there are cubic and reno", name, value)
		}
	case name == "net.ipv4.tcp_ecn":
		c.TCP.ECN = map[string]tcp.ECN{"0": tcp.ECNNever, "1": tcp.ECNAlways}[value]
	case slices.Contains(without, name): // netlab has nothing that this turns on or off
	default:
		p.fail(at, "sysctl %s has no counterpart here; known are those of sack, timestamps, window_scaling, dsack, ecn, syncookies, recovery, early_retrans and congestion_control", name)
	}
}
