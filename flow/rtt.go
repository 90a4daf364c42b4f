package flow

import (
	"math/bits"
	"slices"
)

// roundTrip is what the acknowledgments of an end's segments tell of the time they took from the place of capture to the other
// end and back. Times are in microseconds, so that they take little room; more than an hour counts as an hour.
type roundTrip struct {
	n        uint32
	min, max uint32
	latest   uint32
	smooth   uint32 // SRTT and RTTVAR of RFC 6298, Section 2
	vary     uint32
	first    [4]uint32   // the first measurements
	rest     *[104]int32 // how many of all lie in each quarter of a power of two; nil as long as first has room
}

const hour = 3_600_000_000 // microseconds

// measure takes one round-trip time in nanoseconds.
func (r *roundTrip) measure(ns int64) {
	us := uint32(min(max(ns/1000, 0), hour))
	r.latest = us
	if r.n == 0 {
		r.min, r.max, r.smooth, r.vary = us, us, us, us/2
	} else {
		r.min, r.max = min(r.min, us), max(r.max, us)
		diff := max(us, r.smooth) - min(us, r.smooth)
		r.vary = (3*r.vary + diff) / 4
		r.smooth = uint32((7*uint64(r.smooth) + uint64(us)) / 8)
	}
	if int(r.n) < len(r.first) {
		r.first[r.n] = us
	} else {
		if r.rest == nil {
			r.rest = new([104]int32)
			for _, f := range r.first {
				r.rest[quarter(f)]++
			}
		}
		r.rest[quarter(us)]++
	}
	r.n++
}

// quarter returns in which quarter of a power of two us lies.
func quarter(us uint32) int {
	if us < 4 {
		return int(us)
	}
	n := bits.Len32(us) - 3 // us>>n is 4 to 7
	return min(4*(n+1)+int(us>>n)-4, 103)
}

// median returns the median; of more measurements than first holds, the middle of its quarter.
func (r *roundTrip) median() uint32 {
	if r.rest == nil {
		few := slices.Clone(r.first[:r.n])
		slices.Sort(few)
		if len(few) == 0 {
			return 0
		}
		return few[(len(few)-1)/2]
	}
	before := uint32(0)
	for q, n := range r.rest {
		if before += uint32(n); 2*before >= r.n {
			if q < 4 {
				return uint32(q)
			}
			width := uint64(1) << (q/4 - 1)
			return min(max(uint32(uint64(4+q%4)*width+width/2), r.min), r.max)
		}
	}
	return r.max
}

// timeout returns how long the end waits at least for an acknowledgment before it sends again, in nanoseconds. "Whenever RTO is
// computed, if it is less than 1 second, then the RTO SHOULD be rounded up to 1 second" (RFC 6298, Section 2.4), but most stacks stop at 200 ms.
func (r *roundTrip) timeout() int64 {
	if r.n == 0 {
		return 1_000_000_000 // RFC 6298, Section 2.1
	}
	return 1000 * max(200_000, int64(r.smooth)+4*int64(r.vary))
}

// probeTimeout returns how long the end waits for an acknowledgment before it sends a tail-loss probe, in nanoseconds: "PTO = 2 *
// SRTT", and 200 ms more if one segment is in flight, for which the other end may delay its acknowledgment (RFC 8985, Section 7.2).
func (r *roundTrip) probeTimeout(single bool) int64 {
	wait := 2 * int64(r.smooth)
	if single {
		wait += 200_000
	}
	return 1000 * wait
}
