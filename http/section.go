package http

import (
	"bytes"
	"cmp"
	"fmt"

	"netlab/wire"
)

// sectionLines takes the lines of a head or trailer section. Its octets are used up only when the whole section is there.
func (p *Parser) sectionLines(b []byte) (Event, int, *Error) {
	if p.state == startLine {
		if skip, wait := p.emptyLineBefore(b); skip > 0 || wait {
			return Event{}, skip, nil
		}
		if p.last.is(b, p.request) {
			return p.repeat()
		}
		if err := p.firstOctets(b); err != nil {
			return Event{}, 0, err
		}
	}
	for {
		limit, tooLong := p.limits.Head-p.at, p.headTooLarge
		if p.state == startLine && p.limits.Line <= limit {
			limit, tooLong = p.limits.Line, p.startTooLong
		}
		line, ok, err := p.line(b, limit, tooLong)
		if !ok || err != nil {
			return Event{}, 0, err
		}
		at := p.at
		p.at = p.seen
		switch {
		case p.state == startLine:
			err = p.firstLine(line, at)
		case len(line) > 0:
			err = p.fieldLine(line, at)
		case p.state == headerLine:
			return p.endHead(b)
		default:
			return p.endTrailer(b)
		}
		if err != nil {
			return Event{}, 0, err
		}
	}
}

func (p *Parser) firstLine(line []byte, at int) (err *Error) {
	p.fields = p.fields[:0]
	p.state = headerLine
	if p.response {
		p.start, err = statusLine(line, at)
	} else {
		p.start, err = requestLine(line, at)
	}
	return err
}

func (p *Parser) fieldLine(line []byte, at int) *Error {
	if line[0] == ' ' || line[0] == '\t' {
		if !p.response || len(p.fields) == 0 {
			return bad("a field line begins with space (obsolete line folding)", wire.RFC("9112", "5.2"))
		}
		return p.fields[len(p.fields)-1].foldedLine(line, at)
	}
	if len(p.fields) == p.limits.Fields {
		return &Error{StatusHeaderTooLarge, fmt.Sprintf("the section has more than %d field lines", p.limits.Fields), wire.RFC("9110", "5.4")}
	}
	f, err := fieldLine(line, at)
	p.fields = append(p.fields, f)
	return err
}

// section appends the field lines collected to h. All their strings are parts of one.
func (p *Parser) section(h Header, text string) Header {
	for i := range p.fields {
		h = append(h, p.fields[i].field(text))
	}
	return h
}

// endTrailer completes the trailer section and with it the message.
func (p *Parser) endTrailer(b []byte) (Event, int, *Error) {
	n := p.at
	p.Trailer = p.section(nil, string(b[:n]))
	p.at, p.seen = 0, 0
	p.state = messageEnd
	return Event{}, n, nil
}

// endHead completes the head and decides how the content is framed.
func (p *Parser) endHead(b []byte) (Event, int, *Error) {
	text := string(b[:p.at])
	p.Head = Head{Version: p.start.version, Header: p.section(p.Head.Header[:0], text)}
	if p.response {
		p.Head.Status, p.Head.Reason = p.start.status, p.start.second.of(text)
	} else {
		p.Head.Method, p.Head.Target = p.start.first.of(text), p.start.second.of(text)
		if err := cmp.Or(checkTarget(p.Head.Method, p.Head.Target), checkHost(&p.Head)); err != nil {
			return Event{}, 0, err
		}
	}
	if err := p.Head.frame(p.response, p.request); err != nil {
		return Event{}, 0, err
	}
	p.last.keep(p, text)
	return p.begin(len(text))
}

// begin starts the message whose head, n octets, is complete.
func (p *Parser) begin(n int) (Event, int, *Error) {
	p.at, p.seen, p.extensions = 0, 0, 0
	p.Trailer, p.fields = nil, p.fields[:0]
	p.remaining, p.content = p.Head.Length, max(p.Head.Length, 0)
	if p.limits.Content > 0 && p.content > p.limits.Content {
		return Event{}, n, p.tooMuchContent()
	}
	switch {
	case p.Head.Chunked:
		p.state = chunkSize
	case p.Head.Length > 0:
		p.state = fixedContent
	case p.Head.Length < 0:
		p.state = contentUntilClose
	default:
		p.state = messageEnd
	}
	return Event{Kind: HeadDone}, n, nil
}

// emptyLineBefore skips one empty line before a request.
//
// In the interest of robustness, a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF) received prior to the
// request-line. RFC 9112, Section 2.2
func (p *Parser) emptyLineBefore(b []byte) (skip int, wait bool) {
	switch {
	case len(b) == 0:
		return 0, true
	case p.response || p.skipped || b[0] != '\r':
		return 0, false
	case len(b) == 1:
		return 0, true
	case b[1] == '\n':
		p.skipped = true
		return 2, false
	}
	return 0, false
}

// firstOctets refuses at once what cannot become a message, so that nobody waits for the end of a line that never comes.
func (p *Parser) firstOctets(b []byte) *Error {
	const version = "HTTP/"
	n := min(len(b), len(version))
	switch {
	case p.response && string(b[:n]) != version[:n]:
		return bad("the response does not begin with HTTP/", wire.RFC("9112", "4"))
	case !p.response && b[0] == 0x16:
		return bad("this is a TLS record, and the port speaks plain HTTP", wire.RFC("9112", "3.1"))
	case !p.response && !isTchar(b[0]):
		return bad("the request does not begin with a method", wire.RFC("9112", "3.1"))
	}
	return nil
}

func (p *Parser) headTooLarge([]byte) *Error {
	// A server that receives a request header field line, field value, or set of fields larger than it wishes to process MUST respond with an appropriate 4xx
	// (Client Error) status code. RFC 9110, Section 5.4
	return &Error{StatusHeaderTooLarge, fmt.Sprintf("the section is longer than %d octets", p.limits.Head), wire.RFC("9110", "5.4")}
}

func (p *Parser) startTooLong(b []byte) *Error {
	if !p.response && bytes.IndexByte(b[:min(len(b), p.limits.Line)], ' ') < 0 {
		// A server that receives a method longer than any that it implements SHOULD respond with a 501 (Not Implemented) status code. RFC 9112, Section 3
		return &Error{StatusNotImplemented, fmt.Sprintf("the method is longer than %d octets", p.limits.Line), wire.RFC("9112", "3")}
	}
	return &Error{StatusURITooLong, fmt.Sprintf("the start line is longer than %d octets", p.limits.Line), wire.RFC("9112", "3")}
}
