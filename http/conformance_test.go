package http

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	nethttp "net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

// requirement is a sentence of a standard with an exchange that shows it: what a client sends and what must be, and must not be, in all that the
// server of testHandler answers.
type requirement struct {
	ref        wire.Ref
	says, sent string
	want, not  string
}

const (
	ok200  = "HTTP/1.1 200 OK\r\n"
	closed = "Connection: close\r\n"
	next   = "GET /next HTTP/1.1\r\nHost: h\r\n\r\n" // a second request, answered by "GET /next" where the connection goes on
)

func requirements() []requirement {
	r := wire.RFC
	const post, bad = "POST /echo HTTP/1.1\r\nHost: h\r\n", "HTTP/1.1 400 Bad Request\r\n"
	return []requirement{
		{r("9112", "2.2"), "an empty line before a request is ignored", "\r\n" + next, ok200, ""},
		{r("9112", "2.2"), "a bare CR is an error", "GET / HTTP/1.1\r\nHost: h\r\nX: a\rb\r\n\r\n" + next, bad, "next"},
		{r("9112", "2.2"), "space before the first field is an error", "GET / HTTP/1.1\r\n X: y\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "2.3"), "a higher minor version is HTTP/1.1", "GET /a HTTP/1.7\r\nHost: h\r\n\r\n" + next, "next", ""},
		{r("9112", "2.3"), "the name of the protocol is case-sensitive", "GET / Http/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3"), "an invalid request line is a 400", "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3"), "a target that is too long is a 414", "GET /" + strings.Repeat("a", 9000) + " HTTP/1.1\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 414 URI Too Long\r\n", "next"},
		{r("9112", "3"), "8000 octets are not too long", "GET /" + strings.Repeat("a", 7980) + " HTTP/1.1\r\nHost: h\r\n\r\n" + next, "next", ""},
		{r("9112", "3"), "a method that is too long is a 501", strings.Repeat("A", 9000) + " / HTTP/1.1\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 501 Not Implemented\r\n", "next"},
		{r("9112", "3.1"), "the method is case-sensitive", "get /a HTTP/1.1\r\nHost: h\r\n\r\n", "get /a for h", ""},
		{r("9112", "3.2"), "no Host", "GET / HTTP/1.1\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "two Hosts of HTTP/1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "a Host that is none", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "a Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "a Host with a port that is none", "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "a Host with two ports", "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "an IPv6 Host", "GET /a HTTP/1.1\r\nHost: [fd77::2]:80\r\n\r\n", "GET /a for [fd77::2]:80", ""},
		{r("9112", "3.2"), "an IPv6 Host without its bracket", "GET / HTTP/1.1\r\nHost: [fd77::2\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2"), "an empty Host is one", "GET /a HTTP/1.1\r\nHost:\r\n\r\n" + next, "next", ""},
		{r("9112", "3.2.1"), "a target is no relative path", "GET a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2.1"), "a target has no fragment", "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2.2"), "absolute-form is accepted, and its host counts", "GET http://x:8/a?b HTTP/1.1\r\nHost: h\r\n\r\n" + next, "GET /a for x:8", ""},
		{r("9112", "3.2.2"), "absolute-form needs a Host too", "GET http://x/ HTTP/1.1\r\n\r\n" + next, bad, "next"},
		{r("9110", "4.2.1"), "a URI without host is invalid", "GET http:///a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9110", "4.2.4"), "a URI with a user is an error", "GET http://u:p@x/ HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2.3"), "CONNECT has authority-form", "CONNECT /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9110", "9.3.6"), "CONNECT needs a port", "CONNECT h2 HTTP/1.1\r\nHost: h2\r\n\r\n" + next, bad, "next"},
		{r("9110", "9.3.6"), "CONNECT needs a real port", "CONNECT h2:99999 HTTP/1.1\r\nHost: h2\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2.3"), "authority-form is for CONNECT", "GET h2:443 HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "3.2.4"), "* is for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n" + next, "OPTIONS * for h", ""},
		{r("9112", "3.2.4"), "* is for nothing else", "GET * HTTP/1.1\r\nHost: h\r\n\r\n" + next, bad, "next"},
		{r("9112", "5.1"), "space before a colon", "GET / HTTP/1.1\r\nHost: h\r\nX : y\r\n\r\n" + next, bad, "next"},
		{r("9112", "5.2"), "a folded line", "GET / HTTP/1.1\r\nHost: h\r\nX: y\r\n z\r\n\r\n" + next, bad, "next"},
		{r("9110", "5.5"), "NUL in a value", "GET / HTTP/1.1\r\nHost: h\r\nX: a\x00\r\n\r\n" + next, bad, "next"},
		{r("9110", "5.4"), "a field that is too long", "GET / HTTP/1.1\r\nHost: h\r\nX: " + strings.Repeat("a", 70000) + "\r\n\r\n" + next, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "next"},
		{r("9110", "5.4"), "too many fields", "GET / HTTP/1.1\r\nHost: h\r\n" + strings.Repeat("X: y\r\n", 101) + "\r\n" + next, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "next"},
		{r("9112", "6.1"), "a transfer coding that is not known", post + "Transfer-Encoding: gzip, chunked\r\n\r\n" + next, "HTTP/1.1 501 Not Implemented\r\n", "next"},
		{r("9112", "6.1"), "Transfer-Encoding in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, bad, "next"},
		{r("9112", "6.1"), "names of codings know no case", post + "Transfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n" + next, "next", ""},
		{r("9112", "6.3"), "Transfer-Encoding and Content-Length", post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + next, bad, "next"},
		{r("9112", "6.3"), "two lengths", post + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd" + next, bad, "next"},
		{r("9112", "6.3"), "one length twice", post + "Content-Length: 3, 3\r\n\r\nabc" + next, "next", ""},
		{r("9112", "6.3"), "no length is no content", "POST /echo HTTP/1.1\r\nHost: h\r\n\r\n" + next, "next", ""},
		{r("9112", "7.1"), "chunk sizes know no case and lead with zeros", post + "Transfer-Encoding: chunked\r\n\r\n00a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n" + next, "next", ""},
		{r("9112", "7.1.1"), "extensions are ignored", post + "Transfer-Encoding: chunked\r\n\r\n2;a;b=c ; d=\"e;f\"\r\nhi\r\n0;x\r\n\r\n" + next, "next", ""},
		{r("9112", "7.1.1"), "extensions are bounded", post + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("a", 1000)+"\r\nx\r\n", 20) + "0\r\n\r\n" + next, "", "next"},
		{r("9112", "7.1.2"), "a trailer section is read", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\nZ: w\r\n\r\n" + next, "next", ""},
		{r("9112", "7.1.2"), "its fields do not frame anything", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nContent-Length: 5\r\n\r\n" + next, "next", ""},
		{r("9112", "9.3"), "HTTP/1.1 goes on", "GET /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "next", closed},
		{r("9112", "9.3"), "close ends it", "GET /a HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n" + next, closed, "next"},
		{r("9112", "9.3"), "HTTP/1.0 ends", "GET /a HTTP/1.0\r\n\r\n" + next, closed, "next"},
		{r("9112", "9.3"), "HTTP/1.0 goes on with keep-alive", "GET /a HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n" + next, "Connection: keep-alive\r\n", closed},
		{r("9112", "9.3"), "close is stronger than keep-alive", "GET /a HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n" + next, closed, "next"},
		{r("9112", "9.3.2"), "what was not read of a content is not a request", "POST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 37\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: hhhhh\r\n\r\n" + next, "next", "smuggled"},
		{r("9110", "9.3.2"), "HEAD has the fields of GET and no content", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + next, "Content-Length: 13\r\n\r\nHTTP/1.1", "HEAD /a"},
		{r("9110", "10.1.1"), "100-continue in HTTP/1.0 is ignored", "POST /echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi", "hi", "100"},
		{r("9110", "10.1.1"), "an expectation that nobody knows", post + "Expect: 200-maybe\r\nContent-Length: 2\r\n\r\nhi" + next, "HTTP/1.1 417 Expectation Failed\r\n", "next"},
		{r("9110", "10.1.1"), "no 100 where no content comes", "GET /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n", ok200, "100 Continue"},
		{r("9110", "15.3.5"), "204 has no content", "GET /none HTTP/1.1\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 204 No Content\r\n", "not to be seen"},
		{r("9110", "15.3.6"), "205 has none either, and says so", "GET /reset HTTP/1.1\r\nHost: h\r\n\r\n" + next, "Content-Length: 0\r\n", "not to be seen"},
		{r("9110", "15.6.6"), "another major version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n" + next, "HTTP/1.1 505 HTTP Version Not Supported\r\n", "next"},
	}
}

func TestRequirements(t *testing.T) {
	for _, c := range requirements() {
		var first string
		for _, piece := range []int{len(c.sent), 1} {
			s := &script{}
			for rest := c.sent; rest != ""; {
				n := min(piece, len(rest))
				s.reads, rest = append(s.reads, rest[:n]), rest[n:]
			}
			_ = (&Server{}).ServeConn(s, testHandler)
			got := s.written.String()
			name := c.ref.String() + ": " + c.says + " gives " + got[:min(300, len(got))]
			require.Contains(t, got, c.want, name)
			if c.not != "" {
				require.NotContains(t, got, c.not, name)
			}
			status, _, _ := strings.Cut(got, "\r\n")
			if piece > 1 {
				first = status
			} else if !strings.Contains(c.says, "too ") {
				require.Equal(t, first, status, "cut to single octets: %s", name)
			}
			if strings.HasPrefix(status, "HTTP/1.1 4") || strings.HasPrefix(status, "HTTP/1.1 5") {
				require.Contains(t, got, closed, "who refuses closes: %s", name)
			}
		}
	}
}

// reading is what a recipient made of a request, and of what followed it.
type reading struct {
	method, target, host, content string
	left                          int
}

// readOurs reads one request with this package.
func readOurs(input []byte) (r reading, err error) {
	p := NewRequestParser(Limits{})
	for rest := input; ; {
		ev, n, err := p.Next(rest)
		rest = rest[n:]
		switch {
		case err != nil:
			return r, err
		case ev.Kind == HeadDone:
			request := Request{Method: p.Head.Method, Target: p.Head.Target, Header: p.Head.Header}
			r.method, r.target, r.host = request.Method, request.Target, request.Host()
		case ev.Kind == Content:
			r.content += string(ev.Data)
		case ev.Kind == End:
			r.left = len(rest)
			return r, nil
		default:
			return r, io.ErrUnexpectedEOF
		}
	}
}

// readTheirs reads one request with net/http.
func readTheirs(input []byte) (r reading, err error) {
	in := bytes.NewReader(input)
	buffered := bufio.NewReaderSize(in, 1<<17)
	request, err := nethttp.ReadRequest(buffered)
	if err != nil {
		return r, err
	}
	content, err := io.ReadAll(request.Body)
	return reading{request.Method, request.RequestURI, request.Host, string(content), in.Len() + buffered.Buffered()}, err
}

// Where this package and net/http both take a request, they take it for the same one. Where they differ in what they refuse, this table says so.
func TestAgreesWithNetHTTP(t *testing.T) {
	for _, c := range requirements() {
		ours, ourErr := readOurs([]byte(c.sent))
		theirs, theirErr := readTheirs([]byte(strings.TrimPrefix(c.sent, "\r\n")))
		if ourErr == nil && theirErr == nil {
			require.Equal(t, theirs, ours, c.says)
			continue
		}
		if (ourErr == nil) == (theirErr == nil) {
			continue
		}
		require.Contains(t, differs(), c.says, "we say %v, net/http says %v", ourErr, theirErr)
	}
}

// differs are the requirements that only one of the two holds: this package, all but the length given twice. net/http refuses some of them later, in
// its server.
func differs() []string {
	return []string{
		"a target that is too long is a 414", "a method that is too long is a 501", "no Host", "a Host that is none", "a Host with a user", "a Host with a port that is none", "a Host with two ports",
		"an IPv6 Host without its bracket", "a target has no fragment", "absolute-form needs a Host too", "a URI without host is invalid", "a URI with a user is an error",
		"CONNECT has authority-form", "CONNECT needs a port", "CONNECT needs a real port", "authority-form is for CONNECT", "* is for nothing else", "space before a colon",
		"a folded line", "a field that is too long", "too many fields", "Transfer-Encoding in HTTP/1.0", "Transfer-Encoding and Content-Length", "one length twice",
		"another major version",
	}
}

// FuzzAgreesWithNetHTTP looks for a request that the two read differently: one could be smuggled past the other.
func FuzzAgreesWithNetHTTP(f *testing.F) {
	for _, c := range requirements() {
		if len(c.sent) < 1000 {
			f.Add([]byte(c.sent))
		}
	}
	for _, c := range refusals() {
		f.Add([]byte(c.input))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		ours, err := readOurs(input)
		if err != nil || bytes.HasPrefix(input, []byte("\r\n")) {
			return
		}
		theirs, err := readTheirs(input)
		if err != nil {
			return
		}
		require.Equal(t, theirs, ours)
	})
}

// FuzzResponseAgrees looks for a response that this package and net/http both read, and read differently.
func FuzzResponseAgrees(f *testing.F) {
	for _, s := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n", "HTTP/1.0 200 \r\n\r\nuntil close",
		"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
		"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		response, err := NewClientConn(&script{reads: []string{string(input)}}, Limits{}).Receive(MethodGet)
		if err != nil || len(input) == 0 || response.Status == StatusSwitchingProtocols {
			return
		}
		ours, err := io.ReadAll(response.Body)
		if err != nil {
			return
		}
		reader := bufio.NewReaderSize(bytes.NewReader(input), 1<<17)
		theirs, err := nethttp.ReadResponse(reader, nil)
		for err == nil && theirs.StatusCode/100 == 1 {
			theirs, err = nethttp.ReadResponse(reader, nil)
		}
		if err != nil {
			return
		}
		content, err := io.ReadAll(theirs.Body)
		if err != nil {
			return
		}
		require.Equal(t, theirs.StatusCode, int(response.Status))
		require.Equal(t, string(content), string(ours))
	})
}

func TestInterim(t *testing.T) {
	handler := func(w *ResponseWriter, r *Request) {
		require.Error(t, w.Interim(StatusOK, nil))
		require.Error(t, w.Interim(StatusSwitchingProtocols, nil))
		require.NoError(t, w.Interim(103, Header{{"Link", "</a.css>; rel=preload"}}))
		w.WriteString("ok")
		require.NoError(t, w.Flush())
		require.Error(t, w.Interim(103, nil))
	}
	s := &script{reads: []string{"GET / HTTP/1.1\r\nHost: h\r\n\r\n"}}
	require.NoError(t, (&Server{}).ServeConn(s, handler))
	require.True(t, strings.HasPrefix(s.written.String(), "HTTP/1.1 103 "), s.written.String())
	require.Contains(t, s.written.String(), "\r\nLink: </a.css>; rel=preload\r\n\r\nHTTP/1.1 200 OK\r\n")

	s = &script{reads: []string{"GET / HTTP/1.0\r\n\r\n"}}
	require.NoError(t, (&Server{}).ServeConn(s, handler))
	require.True(t, strings.HasPrefix(s.written.String(), ok200), "HTTP/1.0 knows no interim responses")
}

// RFC 9110, Section 6.5
func TestTrailersGoBothWays(t *testing.T) {
	handler := func(w *ResponseWriter, r *Request) {
		w.Trailer.Add("X-Sum", "")
		content, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		w.Write(content)
		w.Trailer.Set("X-Sum", r.Trailer().Get("X-Sum"))
	}
	address := loopback(t, handler)
	request, err := nethttp.NewRequest("POST", "http://"+address, io.MultiReader(strings.NewReader("hello")))
	require.NoError(t, err)
	request.Trailer = nethttp.Header{"X-Sum": {"7"}}
	transport := &nethttp.Transport{}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	require.Contains(t, response.Trailer, "X-Sum", "announced")
	content, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, "hello", string(content))
	require.Equal(t, "7", response.Trailer.Get("X-Sum"))

	var sent bytes.Buffer
	client := NewClientConn(struct {
		io.Reader
		io.Writer
	}{nil, &sent}, Limits{})
	require.NoError(t, client.Send(&Request{
		Method: "POST", Target: "/", Header: Header{{"Host", "h"}}, Body: strings.NewReader("hi"), Length: 2,
		Trailing: Header{{"X-Sum", "7"}},
	}))
	require.Equal(t, "POST / HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n", sent.String())

	got, err := serveTrailer(t, "1.0", Header{{"X-Sum", "7"}})
	require.NoError(t, err)
	require.NotContains(t, got, "X-Sum", "HTTP/1.0 has no trailers")
	got, err = serveTrailer(t, "1.1", Header{{"Content-Length", "7"}})
	require.Error(t, err)
	require.False(t, strings.HasSuffix(got, "0\r\n\r\n"), "a trailer section that cannot be sent")
	var refused *Error
	require.True(t, errors.As(err, &refused))
}

func serveTrailer(t *testing.T, version string, trailer Header) (string, error) {
	t.Helper()
	s := &script{reads: []string{"GET / HTTP/" + version + "\r\nHost: h\r\n\r\n"}}
	err := (&Server{}).ServeConn(s, func(w *ResponseWriter, _ *Request) {
		w.Trailer = append(w.Trailer, trailer...)
		w.WriteString("hi")
	})
	return s.written.String(), err
}

// docs/http.md ends with the table of requirements.
func TestRequirementsAreInTheDocumentation(t *testing.T) {
	const file, begin = "../docs/http.md", "<!-- the rest is made by go test ./http -run Documentation -update -->\n\n"
	got, err := os.ReadFile(file)
	require.NoError(t, err)
	text, table, ok := strings.Cut(string(got), begin)
	require.True(t, ok)
	var want strings.Builder
	want.WriteString("| section | what the test shows |\n|---|---|\n")
	for _, r := range requirements() {
		fmt.Fprintf(&want, "| %s | %s |\n", r.ref, strings.ReplaceAll(r.says, "*", "\\*"))
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(text+begin+want.String()), 0o644))
		return
	}
	require.Equal(t, want.String(), table, "go test ./http -run Documentation -update")
}
