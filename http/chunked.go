package http

import (
	"bytes"
	"strconv"

	"netlab/wire"
)

// maxExtensions bounds the octets of all chunk extensions of a message: "A server ought to limit the total length of chunk
// extensions received in a request to an amount reasonable for the services provided." RFC 9112, Section 7.1.1, shortened
const maxExtensions = 16384

// chunkSizeLine reads "1f4" or "1f4;name=value" (RFC 9112, Section 7.1).
func (p *Parser) chunkSizeLine(b []byte) (Event, int, *Error) {
	line, ok, err := p.line(b, p.limits.Line, func([]byte) *Error {
		return bad("a chunk-size line is too long", wire.RFC("9112", "7.1.1"))
	})
	if !ok || err != nil {
		return Event{}, 0, err
	}
	digits := 0
	for digits < len(line) && isHex(line[digits]) {
		digits++
	}
	// Recipients MUST anticipate potentially large hexadecimal numerals and prevent parsing errors due to integer conversion overflows or precision loss due to integer
	// representation. RFC 9112, Section 7.1
	if digits > 16 {
		digits = 0 // zeros before the number are a way to send much for little content
	}
	size, convErr := strconv.ParseUint(string(line[:digits]), 16, 63)
	if convErr != nil {
		return Event{}, 0, bad("a chunk size is not a hexadecimal number below 2^63", wire.RFC("9112", "7.1"))
	}
	extension := line[digits:]
	if trimmed := bytes.TrimLeft(extension, " \t"); len(extension) > 0 && (len(trimmed) == 0 || trimmed[0] != ';') || !isFieldValue(extension) {
		return Event{}, 0, bad("a chunk size is followed by something that is no extension", wire.RFC("9112", "7.1.1"))
	}
	if p.extensions += len(extension); p.extensions > maxExtensions {
		return Event{}, 0, &Error{StatusContentTooLarge, "the chunk extensions are longer than 16384 octets", wire.RFC("9112", "7.1.1")}
	}
	n := p.seen
	p.at, p.seen = 0, 0
	if size == 0 {
		p.state = trailerLine
		return Event{}, n, nil
	}
	if p.content += int64(size); p.content < 0 || p.limits.Content > 0 && p.content > p.limits.Content {
		return Event{}, n, p.tooMuchContent()
	}
	p.remaining = int64(size)
	p.state = chunkData
	return Event{}, n, nil
}

// chunkEndLine takes the CRLF behind the data of a chunk.
func (p *Parser) chunkEndLine(b []byte) (Event, int, *Error) {
	const crlf = "\r\n"
	n := min(len(b), len(crlf))
	switch {
	case string(b[:n]) != crlf[:n]:
		return Event{}, 0, bad("the data of a chunk is not followed by CRLF", wire.RFC("9112", "7.1"))
	case n < len(crlf):
		return Event{}, 0, nil
	}
	p.state = chunkSize
	return Event{}, n, nil
}

// appendChunk appends data as one chunk. Without data it appends nothing: an empty chunk would be the last one.
func appendChunk(b, data []byte) []byte {
	if len(data) == 0 {
		return b
	}
	b = append(appendChunkSize(b, len(data)), data...)
	return append(b, "\r\n"...)
}

func appendChunkSize(b []byte, n int) []byte {
	return append(strconv.AppendInt(b, int64(n), 16), "\r\n"...)
}

// lastChunk ends the chunks: one without data. The trailer section follows.
const lastChunk = "0\r\n"

func isHex(c byte) bool { return isDigit(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F' }
