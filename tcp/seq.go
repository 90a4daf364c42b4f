package tcp

// Seq is a sequence number. "It is essential to remember that the actual sequence number space is finite,
// though large. This space ranges from 0 to 2^32 - 1. Since the space is finite, all arithmetic dealing with
// sequence numbers must be performed modulo 2^32." (RFC 9293, Section 3.4)
//
// Two numbers are compared by the sign of their difference, which is right as long as they are less than
// 2^31 apart. Windows are at most 2^30 octets (RFC 7323, Section 2.3), so those of one connection are.
type Seq uint32

// Less reports whether s comes before t.
func (s Seq) Less(t Seq) bool { return int32(s-t) < 0 }

// LessEq reports whether s comes before t or is t.
func (s Seq) LessEq(t Seq) bool { return int32(s-t) <= 0 }

// Sub returns how many octets s is after t; negative if it is before.
func (s Seq) Sub(t Seq) int { return int(int32(s - t)) }

// Add returns the number n octets after s.
func (s Seq) Add(n int) Seq { return s + Seq(n) }

// max returns the later of s and t.
func (s Seq) max(t Seq) Seq {
	if s.Less(t) {
		return t
	}
	return s
}

// min returns the earlier of s and t.
func (s Seq) min(t Seq) Seq {
	if t.Less(s) {
		return t
	}
	return s
}
