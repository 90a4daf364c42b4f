package http

import (
	"bytes"
	"strconv"
	"strings"

	"netlab/wire"
)

// Version is the version of HTTP that a message was sent with.
type Version struct{ Major, Minor uint8 }

// AtLeast11 reports whether the sender knows HTTP/1.1.
func (v Version) AtLeast11() bool { return v.Major == 1 && v.Minor >= 1 }

// String returns "HTTP/1.1".
func (v Version) String() string {
	return "HTTP/" + strconv.Itoa(int(v.Major)) + "." + strconv.Itoa(int(v.Minor))
}

// Head is the start line and header section of a message, and what they say of its framing.
type Head struct {
	Method, Target string // of a request
	Status         Status // of a response
	Reason         string // of a response: its own words
	Version        Version
	Header         Header

	Length  int64 // octets of content; -1: known only at its end
	Chunked bool  // the content comes in chunks
	Close   bool  // the connection ends after this message and its answer (RFC 9112, Section 9.3)
}

// span is a part of the octets of a head, by offset, so that it stays right when the caller moves them.
type span struct{ from, to int }

func (s span) of(text string) string { return text[s.from:s.to] }

// fieldSpan is a field line.
type fieldSpan struct {
	name, value span
	folded      bool
}

// startSpan is a start line: method and target, or status code and reason.
type startSpan struct {
	first, second span
	status        Status
	version       Version
}

// requestLine reads "GET /index.html HTTP/1.1" at offset at (RFC 9112, Section 3).
func requestLine(line []byte, at int) (s startSpan, err *Error) {
	method, rest, ok := bytes.Cut(line, []byte(" "))
	target, version, ok2 := bytes.Cut(rest, []byte(" "))
	switch {
	case !isToken(method):
		return s, bad("the method of the request line is not a token", wire.RFC("9112", "3.1"))
	case !ok || !ok2:
		return s, bad("the request line is not method, target and version with one space between", wire.RFC("9112", "3"))
	case !isTarget(target):
		return s, bad("the request target is empty or holds a character that must be percent-encoded", wire.RFC("9112", "3.2"))
	}
	if s.version, err = parseVersion(version); err != nil {
		return s, err
	}
	s.first = span{at, at + len(method)}
	s.second = span{s.first.to + 1, s.first.to + 1 + len(target)}
	return s, nil
}

// statusLine reads "HTTP/1.1 404 Not Found" at offset at (RFC 9112, Section 4).
func statusLine(line []byte, at int) (s startSpan, err *Error) {
	version, rest, _ := bytes.Cut(line, []byte(" "))
	if s.version, err = parseVersion(version); err != nil {
		return s, err
	}
	code, reason, _ := bytes.Cut(rest, []byte(" "))
	n, convErr := strconv.Atoi(string(code))
	if len(code) != 3 || convErr != nil || n < 100 {
		return s, bad("the status code is not three digits from 100 on", wire.RFC("9112", "4"))
	}
	if !isFieldValue(reason) {
		return s, bad("the reason phrase holds a control character", wire.RFC("9112", "4"))
	}
	s.status = Status(n)
	s.first = span{at + len(version) + 1, at + len(version) + 1 + len(code)}
	s.second = span{at + len(line) - len(reason), at + len(line)}
	return s, nil
}

// parseVersion reads "HTTP/1.1" (RFC 9112, Section 2.3).
func parseVersion(b []byte) (Version, *Error) {
	if len(b) != 8 || string(b[:5]) != "HTTP/" || !isDigit(b[5]) || b[6] != '.' || !isDigit(b[7]) {
		return Version{}, bad("the version is not of the form HTTP/1.1", wire.RFC("9112", "2.3"))
	}
	v := Version{b[5] - '0', b[7] - '0'}
	if v.Major != 1 {
		return v, &Error{StatusHTTPVersionNotSupported, v.String() + " is asked for, and this is HTTP/1.1", wire.RFC("9110", "15.6.6")}
	}
	return v, nil
}

// fieldLine reads "Host: example.org" at offset at (RFC 9112, Section 5).
func fieldLine(line []byte, at int) (f fieldSpan, err *Error) {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return f, bad("a field line has no colon", wire.RFC("9112", "5"))
	}
	name := line[:colon]
	if !isToken(name) {
		// No whitespace is allowed between the field name and colon. In the past, differences in the handling of such whitespace have led to security vulnerabilities in
		// request routing and response handling. RFC 9112, Section 5.1
		if isToken(bytes.TrimRight(name, " \t")) {
			return f, bad("there is space between a field name and its colon", wire.RFC("9112", "5.1"))
		}
		return f, bad("a field name is not a token", wire.RFC("9110", "5.1"))
	}
	value := line[colon+1:]
	if !isFieldValue(value) {
		return f, bad("the value of "+string(name)+" holds a control character", wire.RFC("9110", "5.5"))
	}
	f.name = span{at, at + colon}
	f.value = trim(line, at, colon+1)
	return f, nil
}

// foldedLine adds a line that begins with space to the value of the field before it (RFC 9112, Section 5.2).
func (f *fieldSpan) foldedLine(line []byte, at int) *Error {
	if !isFieldValue(line) {
		return bad("a folded line holds a control character", wire.RFC("9110", "5.5"))
	}
	f.value.to = trim(line, at, 0).to
	f.folded = true
	return nil
}

// trim returns the span of line[from:] without spaces and tabs around it.
func trim(line []byte, at, from int) span {
	to := len(line)
	for from < to && (line[from] == ' ' || line[from] == '\t') {
		from++
	}
	for from < to && (line[to-1] == ' ' || line[to-1] == '\t') {
		to--
	}
	return span{at + from, at + to}
}

// field makes strings of the spans. head is all octets of the section.
func (f fieldSpan) field(head string) Field {
	value := f.value.of(head)
	if f.folded {
		// A user agent that receives an obs-fold in a response message MUST replace each received obs-fold with one or more
		// SP octets prior to interpreting the field value. RFC 9112, Section 5.2, shortened
		value = strings.NewReplacer("\r\n", "  ").Replace(value)
	}
	return Field{f.name.of(head), value}
}

// isTarget reports whether b can be a request target: visible ASCII characters alone.
func isTarget(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return len(b) > 0
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
