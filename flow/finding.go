package flow

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"netlab/wire"
)

// Finding is one thing worth a sentence.
type Finding struct {
	Kind    Kind
	Packet  int   // the packet that shows it
	Related []int // other packets that it is about, in the order of the sentence; nil: none
	Stream  int   // the connection's number; -1: it is about none
	At      int64 // of Packet, in nanoseconds, on the clock of Segment.At
	Who     netip.AddrPort
	Lost    int // the packet that is taken for lost, whose content this one carries again; 0: none, or the capture does not hold it

	// Say is a sentence without its subject, which is Who: "sends octets %d..%d again: …". %d stands for the next of Args, %t for
	// the next of Args as a time in nanoseconds, %p for the next of Related, %s for Name.
	Say  string
	Args [4]int64
	Name string

	Ref wire.Ref // the rule
}

// Text returns the sentence with its subject: "10.0.1.10:40001 sends octets 1461..2921 again: …".
func (f *Finding) Text() string {
	text := f.Sentence()
	switch {
	case !f.Who.IsValid():
		return text
	case f.Who.Port() == 0:
		return f.Who.Addr().String() + " " + text
	}
	return f.Who.String() + " " + text
}

// Sentence returns the sentence without its subject.
func (f *Finding) Sentence() string {
	var b strings.Builder
	arg, related := 0, 0
	for rest := f.Say; ; {
		before, after, found := strings.Cut(rest, "%")
		b.WriteString(before)
		if !found || after == "" {
			return b.String()
		}
		switch verb := after[0]; {
		case verb == 's':
			b.WriteString(f.Name)
		case verb == 'p' && related < len(f.Related):
			b.WriteString(strconv.Itoa(f.Related[related]))
			related++
		case verb == 'd' && arg < len(f.Args):
			b.WriteString(strconv.FormatInt(f.Args[arg], 10))
			arg++
		case verb == 't' && arg < len(f.Args):
			b.WriteString(Duration(f.Args[arg]))
			arg++
		default:
			b.WriteByte('?')
		}
		rest = after[1:]
	}
}

// Duration writes a time in nanoseconds with three digits or so: "1.23 s", "203 ms", "31.5 ms", "80 µs".
func Duration(ns int64) string {
	d := time.Duration(ns).Abs()
	sign := ""
	if ns < 0 {
		sign = "-"
	}
	unit, name := time.Microsecond, " µs"
	switch {
	case d >= time.Second:
		unit, name = time.Second, " s"
	case d >= time.Millisecond:
		unit, name = time.Millisecond, " ms"
	}
	decimals := 2
	switch {
	case d >= 100*unit:
		decimals = 0
	case d >= 10*unit:
		decimals = 1
	}
	s := strconv.FormatFloat(float64(d)/float64(unit), 'f', decimals, 64)
	if decimals > 0 {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return sign + s + name
}
