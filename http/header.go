package http

import (
	"strings"

	"netlab/wire"
)

// Field is one field line of a header or trailer section (RFC 9110, Section 5).
type Field struct{ Name, Value string }

// Header is the fields of a section in the order in which they were received or will be sent.
// Names are compared without regard to case (RFC 9110, Section 5.1).
type Header []Field

// Get returns the value of the first field with that name; "" if there is none.
func (h Header) Get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Count returns how many field lines have that name.
func (h Header) Count(name string) int {
	n := 0
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			n++
		}
	}
	return n
}

// Has reports whether the comma-separated list that all fields with that name make up (RFC 9110, Section 5.6.1) contains a token, in any case.
func (h Header) Has(name, token string) bool {
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		for member := range strings.SplitSeq(h[i].Value, ",") {
			if strings.EqualFold(strings.Trim(member, " \t"), token) {
				return true
			}
		}
	}
	return false
}

// only reports whether the members of the list that all fields with that name make up are all the same token, in any case.
func (h Header) only(name, token string) bool {
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		for member := range strings.SplitSeq(h[i].Value, ",") {
			// A recipient MUST parse and ignore a reasonable number of empty list elements. RFC 9110, Section 5.6.1.2
			if member = strings.Trim(member, " \t"); member != "" && !strings.EqualFold(member, token) {
				return false
			}
		}
	}
	return true
}

// Add appends a field.
func (h *Header) Add(name, value string) { *h = append(*h, Field{name, value}) }

// Set replaces all fields with that name by one.
func (h *Header) Set(name, value string) {
	h.Del(name)
	h.Add(name, value)
}

// Del removes all fields with that name.
func (h *Header) Del(name string) {
	kept := (*h)[:0]
	for _, f := range *h {
		if !strings.EqualFold(f.Name, name) {
			kept = append(kept, f)
		}
	}
	*h = kept
}

// Check returns an *Error if a field could not be sent as one line: a name or value with a line end in it would let its author
// write fields, or a whole response, of their own (RFC 9112, Section 11.1).
func (h Header) Check() error {
	for i := range h {
		if !isToken(h[i].Name) {
			return &Error{StatusInternalServerError, "a field name is not a token", wire.RFC("9110", "5.1")}
		}
		if !isFieldValue(h[i].Value) {
			return &Error{StatusInternalServerError, "the value of " + h[i].Name + " holds a control character", wire.RFC("9110", "5.5")}
		}
	}
	return nil
}

// isTchar reports whether c may stand in a token (RFC 9110, Section 5.6.2): letters, digits and !#$%&'*+-.^_`|~. The two numbers have a bit for each
// octet below 128; a test holds them against that list.
func isTchar(c byte) bool {
	const low, high = 0x03ff6cfa00000000, 0x57ffffffc7fffffe
	bits := uint64(low)
	if c >= 64 {
		bits = high
	}
	return c < 128 && bits>>(c&63)&1 == 1
}

func isToken[T string | []byte](s T) bool {
	for i := range len(s) {
		if !isTchar(s[i]) {
			return false
		}
	}
	return len(s) > 0
}

// isFieldValue reports whether s holds visible characters, spaces, tabs and octets from 128 on alone (RFC 9110, Section 5.5).
func isFieldValue[T string | []byte](s T) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
