package ip

import "time"

// limit is a token bucket: it allows burst events at once, and then one each interval (RFC 1812, Section 4.3.2.8).
type limit struct {
	interval time.Duration
	burst    int
	full     time.Time // when all tokens will be there again
}

// allow takes a token and reports whether there was one.
func (l *limit) allow(now time.Time) bool {
	full := l.full
	if full.Before(now) {
		full = now
	}
	full = full.Add(l.interval)
	if full.Sub(now) > time.Duration(l.burst)*l.interval {
		return false
	}
	l.full = full
	return true
}
