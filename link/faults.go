package link

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Faults are what is wrong with one direction of a link. The zero value is a perfect link.
type Faults struct {
	Down bool // it carries nothing: the cable is cut

	Loss, Reorder, Duplicate, Corrupt float64 // probabilities for each packet, 0 to 1

	Delay  time.Duration // how long a packet travels
	Jitter time.Duration // Delay varies by up to this, either way; packets stay in order
	Rate   int64         // bits per second; 0: no limit
	Queue  int           // packets that may wait for the rate; 0: DefaultQueue
}

// DefaultQueue is how many packets wait for a limited rate when Faults.Queue is 0.
const DefaultQueue = 1000

// Limits of what ParseFaults takes. They keep sums of times far from overflowing.
const (
	maxDelay = time.Hour
	maxRate  = 1e12 // bits per second
	maxQueue = 1_000_000
)

const knownFaults = "down, loss, delay, jitter, reorder, dup, corrupt, rate, queue"

// ParseFaults reads faults as the command line writes them:
//
//	loss=10%,delay=20ms,jitter=5ms,reorder=1%,dup=1%,corrupt=0.1%,rate=10mbit,queue=32,down=true
//
// Any of them may be left out; "" and "none" are a perfect link; "down" is short for down=true. Probabilities are percentages,
// times are written as in time.ParseDuration, rates in bit, kbit, mbit or gbit (powers of 1000) per
// second, the queue in packets.
func ParseFaults(s string) (Faults, error) {
	return Faults{}.Apply(s)
}

// Apply returns f changed by s, which is written as for ParseFaults. What s does not name stays as it
// was; "none" clears everything that was said before it.
func (f Faults) Apply(s string) (Faults, error) {
	if strings.TrimSpace(s) == "" {
		return f, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.TrimSpace(part)
		if part == "none" {
			f = Faults{}
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if part == "down" {
			key, value, ok = "down", "true", true
		}
		if !ok {
			return Faults{}, fmt.Errorf("link: %q is not a fault: write name=value, as in loss=10%%; known: %s", part, knownFaults)
		}
		if err := f.set(strings.TrimSpace(key), strings.TrimSpace(value)); err != nil {
			return Faults{}, fmt.Errorf("link: %q: %w", part, err)
		}
	}
	return f, nil
}

// ParseFault reads the form of the --fault flag, "LINK:FAULTS": "r1-r2:loss=10%" is for both directions
// of the link, "r1>r2:loss=10%" for one. The faults come back as text that was found good, to be put
// on top of what the link has with Faults.Apply.
func ParseFault(s string) (link, faults string, err error) {
	link, faults, ok := strings.Cut(s, ":")
	link, faults = strings.TrimSpace(link), strings.TrimSpace(faults)
	switch {
	case !ok || link == "":
		return "", "", fmt.Errorf("link: %q names no link: write LINK:FAULTS, as in r1-r2:loss=10%%", s)
	case strings.ContainsAny(link, "=, ") || strings.Count(link, ">") > 1:
		return "", "", fmt.Errorf("link: %q is not the name of a link: write r1-r2, or r1>r2 for one direction", link)
	case faults == "":
		return "", "", fmt.Errorf("link: %q names no fault: known: %s, or none to clear them", s, knownFaults)
	}
	if _, err := ParseFaults(faults); err != nil {
		return "", "", err
	}
	return link, faults, nil
}

// String writes f as ParseFaults reads it; "none" for a perfect link.
func (f Faults) String() string {
	var b strings.Builder
	add := func(key, value string) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(key + "=" + value)
	}
	percent := func(key string, p float64) {
		if p != 0 {
			add(key, formatPercent(p))
		}
	}
	if f.Down {
		b.WriteString("down")
	}
	percent("loss", f.Loss)
	if f.Delay != 0 {
		add("delay", f.Delay.String())
	}
	if f.Jitter != 0 {
		add("jitter", f.Jitter.String())
	}
	percent("reorder", f.Reorder)
	percent("dup", f.Duplicate)
	percent("corrupt", f.Corrupt)
	if f.Rate != 0 {
		add("rate", formatRate(f.Rate))
	}
	if f.Queue != 0 {
		add("queue", strconv.Itoa(f.Queue))
	}
	if b.Len() == 0 {
		return "none"
	}
	return b.String()
}

func (f *Faults) set(key, value string) (err error) {
	switch key {
	case "down":
		if value != "true" && value != "false" {
			return fmt.Errorf("%q is neither true nor false", value)
		}
		f.Down = value == "true"
	case "loss":
		f.Loss, err = parsePercent(value)
	case "reorder":
		f.Reorder, err = parsePercent(value)
	case "dup":
		f.Duplicate, err = parsePercent(value)
	case "corrupt":
		f.Corrupt, err = parsePercent(value)
	case "delay":
		f.Delay, err = parseDelay(value)
	case "jitter":
		f.Jitter, err = parseDelay(value)
	case "rate":
		f.Rate, err = parseRate(value)
	case "queue":
		f.Queue, err = parseQueue(value)
	default:
		err = fmt.Errorf("no fault is called %q; known: %s", key, knownFaults)
	}
	return err
}

func parsePercent(s string) (float64, error) {
	number, ok := strings.CutSuffix(s, "%")
	p, err := strconv.ParseFloat(number, 64)
	if !ok || err != nil || !(p >= 0 && p <= 100) { // the comparison also refuses NaN
		return 0, fmt.Errorf("%q is not a percentage from 0%% to 100%%", s)
	}
	return p / 100, nil
}

func formatPercent(p float64) string {
	return strconv.FormatFloat(p*100, 'g', 12, 64) + "%"
}

func parseDelay(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > maxDelay {
		return 0, fmt.Errorf("%q is not a time from 0s to 1h, such as 20ms", s)
	}
	return d, nil
}

// parseRate takes the long suffixes first: "mbit" ends in "bit" too.
func parseRate(s string) (int64, error) {
	for _, unit := range rateUnits() {
		number, ok := strings.CutSuffix(s, unit.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(number, 64)
		v *= float64(unit.bits)
		if err != nil || !(v >= 1 && v <= maxRate) {
			break
		}
		return int64(v), nil
	}
	return 0, fmt.Errorf("%q is not a rate from 1bit to 1000gbit, such as 10mbit", s)
}

func formatRate(rate int64) string {
	for _, unit := range rateUnits() {
		if rate%unit.bits == 0 {
			return strconv.FormatInt(rate/unit.bits, 10) + unit.name
		}
	}
	return "" // not reached: the last unit divides every rate
}

type rateUnit struct {
	name string
	bits int64
}

func rateUnits() [4]rateUnit {
	return [4]rateUnit{{"gbit", 1e9}, {"mbit", 1e6}, {"kbit", 1e3}, {"bit", 1}}
}

func parseQueue(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || n > maxQueue {
		return 0, fmt.Errorf("%q is not a number of packets from 1 to %d", s, maxQueue)
	}
	return n, nil
}
