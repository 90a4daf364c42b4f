package http

import (
	"strconv"
	"strings"
)

// byteRange is a part of a representation: length octets from offset from.
type byteRange struct{ from, length int64 }

// contentRange returns "bytes 0-99/1000" (RFC 9110, Section 14.4).
func (b byteRange) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(b.from, 10) + "-" + strconv.FormatInt(b.from+b.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// maxRanges bounds the ranges of a request.
const maxRanges = 64

// ranges reads a Range field against a representation of size octets: "bytes=0-99,-500" (RFC 9110, Section 14.1.2). nil: the field is to be ignored. unsatisfiable: none of the
// ranges lies in the representation, or the field cannot be read.
func ranges(value string, size int64) (list []byteRange, unsatisfiable bool) {
	unit, set, ok := strings.Cut(value, "=")
	// An origin server MUST ignore a Range header field that contains a range unit it does not understand. RFC 9110, Section 14.2
	if !ok || !strings.EqualFold(strings.Trim(unit, " \t"), "bytes") || size == 0 {
		return nil, false
	}
	members, total := 0, int64(0)
	for member := range strings.SplitSeq(set, ",") {
		if member = strings.Trim(member, " \t"); member == "" {
			continue
		}
		b, satisfiable, valid := oneRange(member, size)
		if !valid {
			return nil, true
		}
		if members++; satisfiable {
			list = append(list, b)
			total += b.length
		}
		// A server MAY ignore or reject a Range header field that contains a set of many small ranges or more than two overlapping ranges, since these are indications of
		// either a broken client or a deliberate denial-of-service attack. RFC 9110, Section 14.2, shortened
		if members > maxRanges || total > size && len(list) > 1 {
			return nil, false
		}
	}
	return list, len(list) == 0
}

// oneRange reads "0-99", "100-" or "-500".
func oneRange(s string, size int64) (b byteRange, satisfiable, valid bool) {
	first, last, ok := strings.Cut(s, "-")
	first, last = strings.Trim(first, " \t"), strings.Trim(last, " \t")
	if !ok {
		return b, false, false
	}
	if first == "" { // the last so many octets
		n, ok := position(last)
		n = min(n, size)
		return byteRange{size - n, n}, n > 0, ok
	}
	from, ok := position(first)
	if !ok {
		return b, false, false
	}
	to := size - 1
	if last != "" {
		if to, ok = position(last); !ok || to < from {
			return b, false, false
		}
		to = min(to, size-1)
	}
	return byteRange{from, to - from + 1}, from < size, true
}

// position reads a number of digits. One that is too large is larger than any representation.
func position(s string) (int64, bool) {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0, false
		}
	}
	if s == "" {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 1<<63 - 1, true
	}
	return n, true
}
