package http

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// transcript feeds input to a parser in pieces of the given size and writes down what it finds. eof: the peer closes at the end.
func transcript(p *Parser, input string, piece int, eof bool) string {
	var s strings.Builder
	var buf []byte
	content := 0
	for {
		ev, n, err := p.Next(buf)
		buf = buf[n:]
		switch {
		case err != nil:
			var refused *Error
			if errors.As(err, &refused) {
				fmt.Fprintf(&s, "refused %d: %s\n", refused.Status, refused.Say)
			} else {
				fmt.Fprintf(&s, "error %v\n", err)
			}
			return s.String()
		case ev.Kind == HeadDone:
			h := p.Head
			fmt.Fprintf(&s, "head %s %s %d %q %s length %d chunked %t close %t\n", h.Method, h.Target, h.Status, h.Reason, h.Version, h.Length, h.Chunked, h.Close)
			for _, f := range h.Header {
				fmt.Fprintf(&s, "  %q: %q\n", f.Name, f.Value)
			}
			content = 0
		case ev.Kind == Content:
			for _, c := range ev.Data {
				fmt.Fprintf(&s, "%02x", c)
			}
			content += len(ev.Data)
		case ev.Kind == End:
			fmt.Fprintf(&s, " content %d\nend %v\n", content, p.Trailer)
		case len(input) > 0:
			k := min(piece, len(input))
			buf = append(append([]byte(nil), buf...), input[:k]...) // another place in memory each time
			input = input[k:]
		case eof:
			ev, err := p.EOF()
			switch {
			case err == io.EOF:
				s.WriteString("closed\n")
			case err != nil:
				s.WriteString("incomplete\n")
			case ev.Kind == End:
				fmt.Fprintf(&s, " content %d\nend by close\n", content)
			}
			return s.String()
		default:
			return s.String()
		}
	}
}

const (
	twoRequests = "POST /a?b=c HTTP/1.1\r\nHost: h1:80\r\nContent-Length: 5\r\nX-Empty:\r\nX-Pad: \t v w \t\r\n\r\nhello" +
		"\r\nOPTIONS * HTTP/1.0\r\nconnection: Keep-Alive\r\n\r\n"
	chunkedRequest = "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nX-Sum: 1\r\n\r\n"
	responses      = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nX-Folded: a\r\n b\r\nX: y\r\n\r\nuntil close"
)

func TestParser(t *testing.T) {
	requests := NewRequestParser(Limits{})
	require.Equal(t, `head POST /a?b=c 0 "" HTTP/1.1 length 5 chunked false close false
  "Host": "h1:80"
  "Content-Length": "5"
  "X-Empty": ""
  "X-Pad": "v w"
68656c6c6f content 5
end []
head OPTIONS * 0 "" HTTP/1.0 length 0 chunked false close false
  "connection": "Keep-Alive"
 content 0
end []
closed
`, transcript(&requests, twoRequests, 1000, true))

	requests = NewRequestParser(Limits{})
	require.Equal(t, `head PUT /c 0 "" HTTP/1.1 length -1 chunked true close false
  "Host": "h"
  "Transfer-Encoding": "chunked"
68656c6c6f30313233343536373839 content 15
end [{X-Sum 1}]
closed
`, transcript(&requests, chunkedRequest, 1000, true))

	answers := NewResponseParser(Limits{})
	require.Equal(t, `head   100 "Continue" HTTP/1.1 length 0 chunked false close false
 content 0
end []
head   204 "No Content" HTTP/1.1 length 0 chunked false close false
  "Content-Length": "5"
 content 0
end []
head   200 "OK" HTTP/1.1 length -1 chunked false close true
  "X-Folded": "a   b"
  "X": "y"
756e74696c20636c6f7365 content 11
end by close
`, transcript(&answers, responses, 1000, true))
}

func TestParserCutAnywhere(t *testing.T) {
	inputs := []string{twoRequests, chunkedRequest, responses}
	for _, c := range refusals() {
		inputs = append(inputs, c.input)
	}
	for _, input := range inputs {
		for _, answers := range []bool{false, true} {
			whole := newParser(answers, Limits{Line: 100, Head: 300, Fields: 5})
			want := transcript(&whole, input, len(input), true)
			for piece := 1; piece < min(len(input), 40); piece++ {
				p := newParser(answers, Limits{Line: 100, Head: 300, Fields: 5})
				require.Equal(t, want, transcript(&p, input, piece, true), "%q in pieces of %d", input, piece)
			}
		}
	}
}

func TestParserTruncatedIsIncomplete(t *testing.T) {
	for n := 1; n < len(chunkedRequest); n++ {
		p := NewRequestParser(Limits{})
		require.True(t, strings.HasSuffix(transcript(&p, chunkedRequest[:n], n, true), "incomplete\n"), "first %d octets", n)
	}
}

func TestResponseToHeadHasNoContent(t *testing.T) {
	p := NewResponseParser(Limits{})
	p.Answers(MethodHead)
	got := transcript(&p, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 7, true)
	require.Equal(t, 2, strings.Count(got, " content 0\n"))
	require.True(t, strings.HasSuffix(got, "closed\n"))
}

func newParser(answers bool, l Limits) Parser {
	if answers {
		return NewResponseParser(l)
	}
	return NewRequestParser(l)
}

// refusal is a request that must be refused, with the status code and a word of the reason.
type refusal struct {
	input  string
	status Status
	say    string
}

func refusals() []refusal {
	post := "POST / HTTP/1.1\r\nHost: h\r\n"
	chunked := post + "Transfer-Encoding: chunked\r\n\r\n"
	return []refusal{
		{post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "twice"},
		{post + "Content-Length: 5, 6\r\n\r\n", 400, "twice"},
		{post + "Content-Length: +5\r\n\r\n", 400, "not a number"},
		{post + "Content-Length: -5\r\n\r\n", 400, "not a number"},
		{post + "Content-Length: 0x5\r\n\r\n", 400, "not a number"},
		{post + "Content-Length: 5 5\r\n\r\n", 400, "not a number"},
		{post + "Content-Length:\r\n\r\n", 400, "not a number"},
		{post + "Content-Length: 9223372036854775808\r\n\r\n", 400, "not a number"},
		{post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "both"},
		{post + "Transfer-Encoding: gzip\r\n\r\n", 400, "not the last"},
		{post + "Transfer-Encoding: gzip, chunked\r\n\r\n", 501, "only transfer coding"},
		{post + "Transfer-Encoding: chunked, chunked\r\n\r\n", 400, "once"},
		{post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "once"},
		{post + "Transfer-Encoding: chunked, gzip\r\n\r\n", 400, "not the last"},
		{post + "Transfer-Encoding: xchunked\r\n\r\n", 400, "not the last"},
		{post + "Transfer-Encoding:\r\n\r\n", 400, "empty"},
		{post + "Transfer-Encoding : chunked\r\n\r\n", 400, "space between"},
		{post + "Transfer-Encoding\t: chunked\r\n\r\n", 400, "space between"},
		{post + "X: a\r\n Content-Length: 5\r\n\r\n", 400, "folding"},
		{"POST / HTTP/1.1\r\n Host: h\r\n\r\n", 400, "folding"},
		{post + "X: a\rb\r\n\r\n", 400, "control character"},
		{post + "X: a\x00b\r\n\r\n", 400, "control character"},
		{post + "X: a\nY: b\r\n\r\n", 400, "bare LF"},
		{"GET / HTTP/1.1\nHost: h\n\n", 400, "bare LF"},
		{post + "X\r\n\r\n", 400, "no colon"},
		{post + ": x\r\n\r\n", 400, "not a token"},
		{post + "X y: z\r\n\r\n", 400, "not a token"},
		{"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "HTTP/1.0"},
		{"GET / HTTP/1.1\r\n\r\n", 400, "no Host"},
		{"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "more than one Host"},
		{"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400, "Host field"},
		{"GET  / HTTP/1.1\r\n", 400, "target"},
		{"GET /a b HTTP/1.1\r\n", 400, "version"},
		{"GET /\r\n", 400, "one space"},
		{"GET /\x7f HTTP/1.1\r\n", 400, "percent"},
		{"GET / HTTP/1.1 \r\n", 400, "version"},
		{"GET / http/1.1\r\n", 400, "version"},
		{"GET / HTTP/2.0\r\n", 505, "HTTP/2.0"},
		{"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "HTTP/2.0"},
		{" GET / HTTP/1.1\r\n", 400, "method"},
		{"\r\n\r\nGET / HTTP/1.1\r\n", 400, "method"},
		{"G@T / HTTP/1.1\r\n", 400, "token"},
		{"\x16\x03\x01\x02\x00", 400, "TLS"},
		{"GET /" + strings.Repeat("a", 100) + " HTTP/1.1\r\n", 414, "start line"},
		{"GET /" + strings.Repeat("a", 200), 414, "start line"},
		{post + "X: " + strings.Repeat("a", 300) + "\r\n", 431, "longer than 300"},
		{post + strings.Repeat("X: y\r\n", 5) + "\r\n", 431, "more than 5"},
		{chunked + "\r\n", 400, "hexadecimal"},
		{chunked + "g\r\n", 400, "hexadecimal"},
		{chunked + "-1\r\n", 400, "hexadecimal"},
		{chunked + "0x5\r\n", 400, "no extension"},
		{chunked + "5 \r\nhello\r\n", 400, "no extension"},
		{chunked + "5;a\x01\r\nhello\r\n", 400, "no extension"},
		{chunked + "5\nhello\r\n", 400, "bare LF"},
		{chunked + "5\r\nhello0\r\n", 400, "not followed by CRLF"},
		{chunked + "5\r\nhello\n0\r\n", 400, "not followed by CRLF"},
		{chunked + "8000000000000000\r\n", 400, "below 2^63"},
		{chunked + "00000000000000005\r\n", 400, "hexadecimal"},
		{chunked + "10000000000000005\r\n", 400, "below 2^63"},
		{chunked + "5;" + strings.Repeat("a", 100) + "\r\n", 400, "too long"},
		{chunked + "0\r\nContent-Length : 5\r\n\r\n", 400, "space between"},
	}
}

// Two recipients that read these differently let a request be smuggled past one of them (RFC 9112, Section 11.2).
func TestParserRefuses(t *testing.T) {
	for _, c := range refusals() {
		p := NewRequestParser(Limits{Line: 100, Head: 300, Fields: 5})
		got := transcript(&p, c.input, len(c.input), false)
		_, reason, ok := strings.Cut(got, fmt.Sprintf("refused %d: ", c.status))
		require.True(t, ok, "%q gives %s", c.input, got)
		require.Contains(t, reason, c.say, "%q", c.input)

		_, _, again := p.Next([]byte("GET / HTTP/1.1\r\nHost: h\r\n\r\n"))
		require.Error(t, again, "there is no way on after a refusal")
	}
}

// RFC 9110, Section 5.6.2
func TestTchar(t *testing.T) {
	const tchar = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	for c := range 256 {
		require.Equal(t, strings.IndexByte(tchar, byte(c)) >= 0, isTchar(byte(c)), "%q", c)
	}
}

// A head that comes again is taken from memory; whoever has changed the first one does not change the second.
func TestParserRepeats(t *testing.T) {
	p := NewRequestParser(Limits{})
	other := "GET /b HTTP/1.1\r\nHost: h\r\n\r\n"
	want := transcript(&p, twoRequests+twoRequests+other+twoRequests, 1000, false)
	p = NewRequestParser(Limits{})
	input := []byte(twoRequests + twoRequests + other + twoRequests)
	got := ""
	for range 7 {
		end := input
		got += transcript(&p, string(end[:nextMessage(t, end)]), 1000, false)
		if len(p.Head.Header) > 0 {
			p.Head.Header[0].Value = "changed"
		}
		input = input[nextMessage(t, input):]
	}
	require.Empty(t, input)
	require.Equal(t, want, got)

	answers := NewResponseParser(Limits{})
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
	answers.Answers(MethodGet)
	require.Contains(t, transcript(&answers, head+"hi", 1000, false), "content 2")
	answers.Answers(MethodHead)
	require.Contains(t, transcript(&answers, head, 1000, false), "content 0")
	answers.Answers(MethodGet)
	require.Contains(t, transcript(&answers, head+"hi", 1000, false), "content 2")
}

// nextMessage returns the length of the message at the front of b.
func nextMessage(t *testing.T, b []byte) int {
	p := NewRequestParser(Limits{})
	for n := 0; ; {
		ev, used, err := p.Next(b[n:])
		require.NoError(t, err)
		if n += used; ev.Kind == End {
			return n
		}
	}
}

func TestParserAcceptsEqualLengths(t *testing.T) {
	p := NewRequestParser(Limits{})
	got := transcript(&p, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2, 2\r\nContent-Length: 2\r\n\r\nhi", 1, true)
	require.Contains(t, got, "6869 content 2\n")
}

func TestParserLimitsContent(t *testing.T) {
	for _, input := range []string{
		"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n5\r\n",
	} {
		p := NewRequestParser(Limits{Content: 10})
		require.Contains(t, transcript(&p, input, 1, false), "refused 413")
	}
	p := NewResponseParser(Limits{Content: 10})
	require.Contains(t, transcript(&p, "HTTP/1.0 200 OK\r\n\r\n12345678901", 1, false), "refused 413")
}

func FuzzRequest(f *testing.F) {
	f.Add([]byte(twoRequests), uint8(3))
	f.Add([]byte(chunkedRequest), uint8(1))
	for _, c := range refusals() {
		f.Add([]byte(c.input), uint8(5))
	}
	f.Fuzz(func(t *testing.T, input []byte, piece uint8) { sameHoweverCut(t, false, input, piece) })
}

func FuzzResponse(f *testing.F) {
	f.Add([]byte(responses), uint8(2))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n"), uint8(4))
	f.Add([]byte("HTTP/1.0 200 \r\n\r\n"+strings.Repeat("over the limit ", 100)), uint8(39))
	f.Fuzz(func(t *testing.T, input []byte, piece uint8) { sameHoweverCut(t, true, input, piece) })
}

func FuzzChunked(f *testing.F) {
	f.Add([]byte("5\r\nhello\r\n0\r\n\r\n"), uint8(1))
	f.Add([]byte("1;a=b\r\nx\r\n0\r\nT: u\r\n\r\n"), uint8(2))
	f.Fuzz(func(t *testing.T, chunks []byte, piece uint8) {
		head := "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
		sameHoweverCut(t, false, append([]byte(head), chunks...), piece)
	})
}

func sameHoweverCut(t *testing.T, answers bool, input []byte, piece uint8) {
	limits := Limits{Line: 200, Head: 500, Fields: 8, Content: 1000}
	whole := newParser(answers, limits)
	cut := newParser(answers, limits)
	require.Equal(t, transcript(&whole, string(input), len(input)+1, true), transcript(&cut, string(input), int(piece)+1, true))
	Dissect(input, 0)
	Summary(input)
}
