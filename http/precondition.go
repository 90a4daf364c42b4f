package http

import (
	"strings"
	"time"
)

// Validators tell the versions of a representation apart (RFC 9110, Section 8.8).
type Validators struct {
	ETag     string    // with its quotes: `"v1"`, or `W/"v1"` for a weak one; "": none
	Modified time.Time // of the last change; zero: not known
	Missing  bool      // there is no representation
}

// Precondition evaluates the conditions of a request against the current representation of its target: 0 means that the method is to be performed,
// StatusNotModified or StatusPreconditionFailed that this is the answer. Evaluate it when the answer without conditions would be a success.
// now is for dates with a year of two digits.
//
// The steps are those of RFC 9110, Section 13.2.2.
func (r *Request) Precondition(v Validators, now time.Time) Status {
	reads := r.Method == MethodGet || r.Method == MethodHead
	switch {
	case r.Header.Count("If-Match") > 0: // 1.
		if !v.matches(r.Header, "If-Match", strongMatch) {
			return StatusPreconditionFailed
		}
	case r.Header.Count("If-Unmodified-Since") > 0: // 2.
		if v.modifiedSince(r.Header, "If-Unmodified-Since", now) == yes {
			return StatusPreconditionFailed
		}
	}
	switch {
	case r.Header.Count("If-None-Match") > 0: // 3.
		if !v.matches(r.Header, "If-None-Match", weakMatch) {
			return 0
		}
		if reads {
			return StatusNotModified
		}
		return StatusPreconditionFailed
	case reads && v.modifiedSince(r.Header, "If-Modified-Since", now) == no: // 4.
		return StatusNotModified
	}
	return 0
}

// rangeApplies is step 5: whether If-Range, if there is one, lets the Range of a request count.
//
// A client MUST NOT generate an If-Range header field containing an entity tag that is marked as weak. RFC 9110, Section 13.1.5
func (r *Request) rangeApplies(v Validators, now time.Time) bool {
	if r.Header.Count("If-Range") == 0 {
		return true
	}
	condition := r.Header.Get("If-Range")
	if tag, rest, ok := cutTag(condition); ok {
		return rest == "" && strongMatch(tag, v.ETag)
	}
	since, ok := ParseTime(condition, now)
	// If the HTTP-date validator provided exactly matches the Last-Modified field value for the selected representation, the condition is true.
	// RFC 9110, Section 13.1.5
	return ok && !v.Modified.IsZero() && since.Equal(v.Modified.Truncate(time.Second))
}

// matches reports whether a list of entity tags names the representation. "*" names any that there is.
func (v Validators) matches(h Header, name string, same func(a, b string) bool) bool {
	for i := range h {
		if !strings.EqualFold(h[i].Name, name) {
			continue
		}
		list := strings.Trim(h[i].Value, " \t")
		if list == "*" {
			return !v.Missing
		}
		for list != "" {
			tag, rest, ok := cutTag(strings.TrimLeft(list, ", \t"))
			if !ok {
				break
			}
			if same(tag, v.ETag) {
				return true
			}
			list = rest
		}
	}
	return false
}

// answer of a condition that may not count at all.
type answer uint8

const (
	ignored answer = iota
	yes
	no
)

// modifiedSince compares the time of the last change with the date in a field. Ignored: there is no such field, or more than one, or no date in it, or the time is not known
// (RFC 9110, Section 13.1.3).
func (v Validators) modifiedSince(h Header, name string, now time.Time) answer {
	if h.Count(name) != 1 || v.Modified.IsZero() {
		return ignored
	}
	since, ok := ParseTime(h.Get(name), now)
	switch {
	case !ok:
		return ignored
	case v.Modified.Truncate(time.Second).After(since):
		return yes
	}
	return no
}

// cutTag cuts an entity tag, `"v1"` or `W/"v1"`, from the front of a list (RFC 9110, Section 8.8.3).
func cutTag(s string) (tag, rest string, ok bool) {
	i := 0
	if strings.HasPrefix(s, "W/") {
		i = 2
	}
	if i >= len(s) || s[i] != '"' {
		return "", "", false
	}
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return s[:i+1], strings.TrimLeft(s[i+1:], " \t"), true
		case c <= ' ' || c == 0x7f:
			return "", "", false
		}
	}
	return "", "", false
}

// strongMatch: two entity tags are equivalent if both are not weak and their opaque-tags match character-by-character. RFC 9110, Section 8.8.3.2
func strongMatch(a, b string) bool { return a == b && strings.HasPrefix(a, `"`) }

// weakMatch: two entity tags are equivalent if their opaque-tags match character-by-character, regardless of either or both being tagged as "weak". RFC 9110, Section 8.8.3.2
func weakMatch(a, b string) bool {
	return a != "" && strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/")
}
