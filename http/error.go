package http

import (
	"errors"

	"netlab/wire"
)

// Errors of a handler or caller: content that does not keep to the Content-Length announced, an answer on a connection that has left HTTP.
var (
	ErrTooLong  = errors.New("http: more content than Content-Length announced")
	ErrTooShort = errors.New("http: less content than Content-Length announced")
	ErrTaken    = errors.New("http: the handler has taken over the connection")
	ErrAbort    = errors.New("http: the handler has given up its answer") // to panic with: the connection ends, and what was not sent yet is not sent
)

// Error is a message that is refused: what is wrong with it, which status code says so, and who asks for that.
type Error struct {
	Status Status // what a server answers
	Say    string // "a bare LF ends a line"
	Ref    wire.Ref
}

func (e *Error) Error() string { return "http: " + e.Say + " (" + e.Ref.String() + ")" }

// bad is the error for a message that breaks the grammar.
func bad(say string, ref wire.Ref) *Error { return &Error{StatusBadRequest, say, ref} }

// Limits bound what a peer can make us hold. The zero value means the defaults.
type Limits struct {
	Line    int   // octets of a start line or a chunk-size line; 0: 8192 (RFC 9112, Section 3 recommends at least 8000)
	Head    int   // octets of start line and header section, or of a trailer section; 0: 65536
	Fields  int   // field lines of a header or trailer section; 0: 100
	Content int64 // octets of content; 0: any number, because content is streamed
}

func (l Limits) withDefaults() Limits {
	if l.Line == 0 {
		l.Line = 8192
	}
	if l.Head == 0 {
		l.Head = 65536
	}
	if l.Fields == 0 {
		l.Fields = 100
	}
	return l
}
