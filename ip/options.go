package ip

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// OptionKind is the first octet of an option: copied flag, class and number (RFC 791, Section 3.1).
type OptionKind uint8

// The options that netlab knows.
const (
	OptionEnd         OptionKind = 0
	OptionNop         OptionKind = 1
	OptionRecordRoute OptionKind = 7
	OptionTimestamp   OptionKind = 68
	OptionLooseRoute  OptionKind = 131
	OptionStrictRoute OptionKind = 137
	OptionRouterAlert OptionKind = 148 // RFC 2113
)

// Option is one option of a header.
type Option struct {
	Kind   OptionKind
	Octets []byte // all of it, with kind and length; a part of the header
}

// NextOption returns the first option in b and the octets after it. The error is ErrOption; the option
// is then all that is left of b.
func NextOption(b []byte) (o Option, rest []byte, err error) {
	o.Kind = OptionKind(b[0])
	n := 1
	if o.Kind != OptionEnd && o.Kind != OptionNop {
		if len(b) < 2 || int(b[1]) < 2 || int(b[1]) > len(b) {
			o.Octets = b
			return o, nil, ErrOption
		}
		n = int(b[1])
	}
	o.Octets = b[:n:n]
	return o, b[n:], nil
}

// sourceRoute reports whether the option tells routers which way to go.
func (o Option) sourceRoute() bool { return o.Kind == OptionLooseRoute || o.Kind == OptionStrictRoute }

// slot returns how many octets a host or router writes into a record route or timestamp option, of which at least
// the fixed fields are there.
func (o Option) slot() int {
	if o.Kind == OptionTimestamp && o.Octets[3]&15 != 0 {
		return 8 // an address and a timestamp
	}
	return 4
}

// checkOptions goes through the options in b. It returns ErrOption and the offset in the header of what is
// wrong, for the pointer of a Parameter Problem message; and whether there is a source route.
func checkOptions(b []byte) (pointer int, sourceRoute bool, err error) {
	for rest := b; len(rest) > 0; {
		at := minHeader + len(b) - len(rest)
		o, next, err := NextOption(rest)
		switch {
		case err != nil:
			return at, sourceRoute, err
		case o.Kind == OptionEnd:
			return 0, sourceRoute, nil
		case o.sourceRoute():
			if sourceRoute || len(o.Octets) < 3 || o.Octets[2] < 4 {
				return at, true, ErrOption // there is at most one, and its pointer is 4 or more (RFC 791, Section 3.1)
			}
			sourceRoute = true
		case o.Kind == OptionRecordRoute && (len(o.Octets) < 3 || o.Octets[2] < 4),
			o.Kind == OptionTimestamp && (len(o.Octets) < 4 || o.Octets[2] < 5):
			// Record route: "the smallest legal value for the pointer is 4". Internet timestamp: "The smallest
			// legal value is 5." (RFC 791, Section 3.1)
			return at + min(2, len(o.Octets)-1), sourceRoute, ErrOption
		case o.Kind == OptionRecordRoute || o.Kind == OptionTimestamp:
			// "If there is some room but not enough room for a full address [timestamp] to be inserted, the original
			// datagram is considered to be in error and is discarded." (RFC 791, Section 3.1)
			if room := len(o.Octets) - int(o.Octets[2]) + 1; room > 0 && room < o.slot() {
				return at + 2, sourceRoute, ErrOption
			}
		}
		rest = next
	}
	return 0, sourceRoute, nil
}

// updateOptions writes into the record route and timestamp options of b, which were checked, that the packet
// was at addr at the time now. own tells the addresses of this host. "Routers MUST support the Record Route
// option in forwarded packets." (RFC 1812, Section 5.3.13.5) "Routers MUST support the timestamp option in
// forwarded packets." (RFC 1812, Section 5.3.13.6)
func updateOptions(b []byte, addr netip.Addr, own func(netip.Addr) bool, now time.Time) {
	for len(b) > 0 {
		o, rest, err := NextOption(b)
		if err != nil || o.Kind == OptionEnd {
			return
		}
		switch o.Kind {
		case OptionRecordRoute:
			recordRoute(o.Octets, addr)
		case OptionTimestamp:
			recordTime(o.Octets, addr, own, now)
		}
		b = rest
	}
}

// recordRoute puts addr where the pointer, which counts from 1, says. "If the route data area is already full
// (the pointer exceeds the length) the datagram is forwarded without inserting the address into the recorded
// route." (RFC 791, Section 3.1)
func recordRoute(b []byte, addr netip.Addr) {
	at := int(b[2]) - 1
	if at+4 > len(b) {
		return
	}
	a := addr.As4()
	copy(b[at:], a[:])
	b[2] += 4
}

// recordTime puts a timestamp, and the address if the option's flag asks for it, where the pointer says. If no
// space is left it counts itself in the overflow (RFC 791, Section 3.1).
func recordTime(b []byte, addr netip.Addr, own func(netip.Addr) bool, now time.Time) {
	at, overflow, flag := int(b[2])-1, b[3]>>4, b[3]&15
	size := Option{OptionTimestamp, b}.slot()
	if at+size > len(b) {
		if overflow < 15 {
			b[3] += 1 << 4
		}
		return
	}
	a := addr.As4()
	switch flag {
	case 0: // timestamps only
	case 1: // each timestamp is preceded by the address of its host
		copy(b[at:], a[:])
	case 3: // the sender named the addresses: only the next of them records
		if !own(netip.AddrFrom4([4]byte(b[at : at+4]))) {
			return
		}
	default:
		return
	}
	binary.BigEndian.PutUint32(b[at+size-4:], midnightMillis(now))
	b[2] += byte(size)
}

// midnightMillis is "milliseconds since midnight UT" (RFC 791, Section 3.1).
func midnightMillis(now time.Time) uint32 {
	return uint32(now.UnixMilli() % (24 * 60 * 60 * 1000))
}
