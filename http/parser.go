package http

import (
	"bytes"
	"fmt"
	"io"

	"netlab/wire"
)

// EventKind says what the Parser found.
type EventKind uint8

// What a Parser finds, in the order of a message: its head, its content in any number of pieces, its end.
const (
	NeedMore EventKind = iota // nothing yet: give the octets that are left again with more behind them
	HeadDone                  // Parser.Head is complete
	Content                   // Event.Data is the next octets of the content
	End                       // the message is over; Parser.Trailer is complete
)

// Event is one finding. Data is part of the octets given to Next.
type Event struct {
	Kind EventKind
	Data []byte
}

// Parser is a state machine that turns octets into messages. It does no I/O and keeps no octets: what it has not used
// yet, the caller gives it again. Where the octets are cut makes no difference to what it finds.
//
// One Parser reads all messages of one direction of a connection, one after the other.
type Parser struct {
	Head    Head   // valid from HeadDone on; its Header is used again for the next message
	Trailer Header // valid from End on, as long

	limits   Limits
	response bool
	request  string // method of the request that the next response answers

	state   state
	skipped bool // the empty line that may stand before a request was there
	at      int  // where the current line begins, counted from the first octet that is not used yet
	seen    int  // how far its end was looked for

	last       lastHead
	start      startSpan
	fields     []fieldSpan
	remaining  int64 // octets left of the content or of the current chunk
	content    int64 // octets of content announced so far
	extensions int   // octets of chunk extensions so far
	failed     error
}

// state is what the parser looks for next.
type state uint8

const (
	startLine state = iota
	headerLine
	fixedContent
	contentUntilClose
	chunkSize
	chunkData
	chunkEnd
	trailerLine
	messageEnd
)

// NewRequestParser returns a parser for what a server receives.
func NewRequestParser(l Limits) Parser { return Parser{limits: l.withDefaults()} }

// NewResponseParser returns a parser for what a client receives. Call Answers before each response.
func NewResponseParser(l Limits) Parser { return Parser{limits: l.withDefaults(), response: true} }

// Answers tells the parser the method of the request that the next response answers: a response to HEAD has no content
// whatever its fields say.
func (p *Parser) Answers(method string) { p.request = method }

// Next looks for the next event in b and returns it with the number of octets used up. After NeedMore, b[n:] has to come again with
// more behind it. An *Error says that the message is refused; there is no way to go on after one.
func (p *Parser) Next(b []byte) (ev Event, n int, err error) {
	if p.failed != nil {
		return Event{}, 0, p.failed
	}
	for {
		before := p.state
		ev, used, refused := p.step(b[n:])
		n += used
		if refused != nil {
			p.failed = refused
			return Event{}, n, refused
		}
		if ev.Kind != NeedMore || used == 0 && p.state == before {
			return ev, n, nil
		}
	}
}

// Pending returns how many octets of content are sure to come next, for a caller that wants to read them into a place of its own:
// -1 if they last until the connection closes.
func (p *Parser) Pending() int64 {
	switch p.state {
	case fixedContent, chunkData:
		return p.remaining
	case contentUntilClose:
		return -1
	}
	return 0
}

// EOF tells the parser that the peer sends nothing more. That ends content that lasts until then (End); between
// messages it is io.EOF; anywhere else the message is incomplete: an error that wraps io.ErrUnexpectedEOF.
func (p *Parser) EOF() (Event, error) {
	switch {
	case p.failed != nil:
		return Event{}, p.failed
	case p.state == contentUntilClose:
		p.state = startLine
		return Event{Kind: End}, nil
	case p.state == startLine && p.seen == 0:
		return Event{}, io.EOF
	}
	// If the sender closes the connection or the recipient times out before the indicated number of octets are received, the recipient MUST consider the message to be
	// incomplete and close the connection. RFC 9112, Section 6.3
	p.failed = fmt.Errorf("http: the message is incomplete (RFC 9112, Section 8): %w", io.ErrUnexpectedEOF)
	return Event{}, p.failed
}

// step makes one move in the current state. NeedMore with octets used or the state changed means: go on.
func (p *Parser) step(b []byte) (Event, int, *Error) {
	switch p.state {
	case startLine, headerLine, trailerLine:
		return p.sectionLines(b)
	case fixedContent, chunkData, contentUntilClose:
		return p.data(b)
	case chunkSize:
		return p.chunkSizeLine(b)
	case chunkEnd:
		return p.chunkEndLine(b)
	default: // messageEnd
		p.state, p.skipped = startLine, false
		return Event{Kind: End}, 0, nil
	}
}

// data hands on content.
func (p *Parser) data(b []byte) (Event, int, *Error) {
	if p.state == contentUntilClose {
		p.remaining = int64(len(b))
		if room := p.limits.Content - p.content; p.limits.Content > 0 && room < p.remaining {
			if p.remaining = room; room == 0 {
				return Event{}, 0, p.tooMuchContent()
			}
		}
		p.content += p.remaining
	}
	n := int(min(p.remaining, int64(len(b))))
	if p.remaining -= int64(n); p.remaining == 0 {
		switch p.state {
		case fixedContent:
			p.state = messageEnd
		case chunkData:
			p.state = chunkEnd
		}
	}
	if n == 0 {
		return Event{}, 0, nil
	}
	return Event{Content, b[:n]}, n, nil
}

// line returns the line that begins at p.at, without its CRLF; false if its end is not there yet.
func (p *Parser) line(b []byte, limit int, tooLong func(b []byte) *Error) ([]byte, bool, *Error) {
	i := bytes.IndexByte(b[p.seen:], '\n')
	end := p.seen + i + 1
	if i < 0 {
		end = len(b)
		p.seen = end
	}
	if end-p.at > limit {
		return nil, false, tooLong(b)
	}
	if i < 0 {
		return nil, false, nil
	}
	line := b[p.at : end-1]
	if len(line) == 0 || line[len(line)-1] != '\r' {
		// Although the line terminator for the start-line and fields is the sequence CRLF, a recipient MAY recognize a single LF. RFC 9112, Section 2.2
		// We do not: what ends a line for one recipient and not for another smuggles requests.
		return nil, false, bad("a bare LF ends a line", wire.RFC("9112", "2.2"))
	}
	p.seen = end
	return line[:len(line)-1], true, nil
}

func (p *Parser) tooMuchContent() *Error {
	return &Error{StatusContentTooLarge, fmt.Sprintf("the content is larger than %d octets", p.limits.Content), wire.RFC("9110", "15.5.14")}
}
