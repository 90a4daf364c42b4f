package http

import (
	"strconv"
	"strings"
	"time"
)

// SetCookie is a cookie as a server gives it (RFC 6265, Section 4.1).
type SetCookie struct {
	Name, Value string
	Domain      string    // hosts below which it is sent too; "": only to the host that set it
	Path        string    // targets for which it is sent; "": those beside the one that set it
	Expires     time.Time // zero: with the session
	Secure      bool      // only over TLS
	HTTPOnly    bool      // not for scripts
}

// String returns the value of a Set-Cookie field. The name has to be a token, the value without control characters, spaces, commas, semicolons, quotes and
// backslashes; see RFC 6265, Section 4.1.1.
func (c SetCookie) String() string {
	s := c.Name + "=" + c.Value
	if !c.Expires.IsZero() {
		s += "; Expires=" + string(AppendTime(nil, c.Expires))
	}
	if c.Domain != "" {
		s += "; Domain=" + c.Domain
	}
	if c.Path != "" {
		s += "; Path=" + c.Path
	}
	if c.Secure {
		s += "; Secure"
	}
	if c.HTTPOnly {
		s += "; HttpOnly"
	}
	return s
}

// ParseSetCookie reads the value of a Set-Cookie field as a user agent does, which is to forgive much. false: it is to be ignored (RFC 6265, Section 5.2).
func ParseSetCookie(s string, now time.Time) (c SetCookie, ok bool) {
	pair, attributes, _ := strings.Cut(s, ";")
	name, value, ok := strings.Cut(pair, "=")
	c.Name, c.Value = strings.Trim(name, " \t"), strings.Trim(value, " \t")
	if !ok || c.Name == "" || !isFieldValue(s) {
		return SetCookie{}, false
	}
	maxAge := false
	for attributes != "" {
		var attribute string
		attribute, attributes, _ = strings.Cut(attributes, ";")
		name, value, _ := strings.Cut(attribute, "=")
		value = strings.Trim(value, " \t")
		switch strings.ToLower(strings.Trim(name, " \t")) {
		case "expires":
			if t, ok := parseCookieDate(value); ok && !maxAge { // If a cookie has both the Max-Age and the Expires attribute, the Max-Age attribute has precedence. RFC 6265, Section 4.1.2.2
				c.Expires = t
			}
		case "max-age":
			if t, ok := parseMaxAge(value, now); ok {
				c.Expires, maxAge = t, true
			}
		case "domain":
			if value != "" {
				c.Domain = strings.ToLower(strings.TrimPrefix(value, "."))
			}
		case "path":
			if c.Path = ""; strings.HasPrefix(value, "/") {
				c.Path = value
			}
		case "secure":
			c.Secure = true
		case "httponly":
			c.HTTPOnly = true
		}
	}
	return c, true
}

// parseMaxAge reads a number of seconds (RFC 6265, Section 5.2.2). One that is not positive is the earliest time there is.
func parseMaxAge(s string, now time.Time) (time.Time, bool) {
	digits := strings.TrimPrefix(s, "-")
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return time.Time{}, false
		}
	}
	if digits == "" {
		return time.Time{}, false
	}
	const longest = 400 * 24 * 60 * 60 // more is of no use to anybody
	n, err := strconv.ParseInt(s, 10, 64)
	switch {
	case strings.HasPrefix(s, "-") || err == nil && n == 0:
		return time.Unix(0, 0).UTC(), true
	case err != nil || n > longest:
		n = longest
	}
	return now.Add(time.Duration(n) * time.Second), true
}

// parseCookieDate reads a date in whatever order its parts come: the algorithm of RFC 6265, Section 5.1.1.
func parseCookieDate(s string) (time.Time, bool) {
	clock, day, month, year := [3]int{-1, -1, -1}, -1, 0, -1
	for token := range strings.FieldsFuncSeq(s, isDateDelimiter) {
		if clock[0] < 0 {
			if c, ok := dateClock(token); ok {
				clock = c
				continue
			}
		}
		if day < 0 {
			if n, ok := leadingNumber(token, 1, 2); ok {
				day = n
				continue
			}
		}
		if month == 0 && len(token) >= 3 {
			if i := strings.Index("janfebmaraprmayjunjulaugsepoctnovdec", strings.ToLower(token[:3])); i >= 0 && i%3 == 0 {
				month = i/3 + 1
				continue
			}
		}
		if year < 0 {
			if n, ok := leadingNumber(token, 2, 4); ok {
				year = n
			}
		}
	}
	switch {
	case 70 <= year && year <= 99:
		year += 1900
	case 0 <= year && year <= 69:
		year += 2000
	}
	if day < 1 || day > 31 || month == 0 || year < 1601 || clock[0] < 0 || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 {
		return time.Time{}, false
	}
	t := time.Date(year, time.Month(month), day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // 31 February does not exist
}

func isDateDelimiter(c rune) bool {
	return c == '\t' || ' ' <= c && c <= '/' || ';' <= c && c <= '@' || '[' <= c && c <= '`' || '{' <= c && c <= '~'
}

// dateClock reads "08:49:37", behind which there may be something else.
func dateClock(s string) (clock [3]int, ok bool) {
	parts := strings.SplitN(s, ":", 3)
	if len(parts) < 3 {
		return clock, false
	}
	for i, part := range parts {
		if clock[i], ok = leadingNumber(part, 1, 2); !ok || i < 2 && len(part) > 2 {
			return clock, false
		}
	}
	return clock, true
}

// leadingNumber reads from least to most digits at the front of s, behind which there is no other digit.
func leadingNumber(s string, least, most int) (int, bool) {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	if n < least || n > most || n < len(s) && s[n] == ':' {
		return 0, false
	}
	value, _ := strconv.Atoi(s[:n])
	return value, true
}
