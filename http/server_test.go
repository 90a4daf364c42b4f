package http

import (
	"bytes"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// script is a connection whose peer has said everything already. Reads gives it in pieces; Written is the answer.
type script struct {
	reads   []string
	written bytes.Buffer
	flushes int
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.reads) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.reads[0])
	if s.reads[0] = s.reads[0][n:]; s.reads[0] == "" {
		s.reads = s.reads[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error) {
	s.flushes++
	return s.written.Write(p)
}

// testHandler answers in each way that a handler can.
func testHandler(w *ResponseWriter, r *Request) {
	w.Header.Set("Content-Type", "text/plain")
	switch r.Path() {
	case "/echo":
		if r.Length >= 0 {
			w.SetLength(r.Length)
		}
		if _, err := io.Copy(w, r.Body); err != nil {
			return
		}
	case "/long":
		for range 10 {
			w.WriteString(strings.Repeat("0123456789", 1000))
		}
	case "/none":
		w.SetStatus(StatusNoContent)
		w.WriteString("not to be seen")
	case "/collect":
		if content, err := io.ReadAll(r.Body); err == nil {
			w.Write(content)
		}
	case "/reset":
		w.SetStatus(StatusResetContent)
		w.WriteString("not to be seen")
	case "/short":
		w.SetLength(10)
		w.WriteString("five!")
	case "/panic":
		panic("as asked")
	case "/split":
		w.Header.Set("X", "a\r\nSet-Cookie: b")
	case "/unread":
		w.WriteString("did not look")
	default:
		w.WriteString(r.Method + " " + r.Path() + " for " + r.Host())
	}
}

func serve(t *testing.T, reads ...string) (string, error) {
	t.Helper()
	s := &script{reads: reads}
	server := Server{Limits: Limits{Line: 100}}
	err := server.ServeConn(s, testHandler)
	return s.written.String(), err
}

func TestServerAnswers(t *testing.T) {
	for _, c := range []struct{ name, request, want string }{
		{"short answers are counted", "GET /a HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\n\r\nGET /a for h"},
		{"HEAD has no content", "HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n"},
		{"absolute form", "GET http://x:8/a?b HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nGET /a for x:8"},
		{"204 has neither content nor length", "GET /none HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Type: text/plain\r\n\r\n"},
		{"close is answered by close", "GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nGET /a for h"},
		{"HTTP/1.0 closes", "GET /a HTTP/1.0\r\n\r\nGET /b HTTP/1.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: close\r\n\r\nGET /a for "},
		{"HTTP/1.0 stays if asked to", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 11\r\nConnection: keep-alive\r\n\r\nGET /a for "},
		{"content of known length", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc"},
		{"a panic is a 500", "GET /panic HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 37\r\nConnection: close\r\n\r\nThe server failed while it answered.\n"},
		{"a field with a line end is a 500", "GET /split HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 47\r\nConnection: close\r\n\r\nThe server made an answer that it cannot send.\n"},
		{"refused", "GET / HTTP/3.0\r\n", "HTTP/1.1 505 HTTP Version Not Supported\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 71\r\nConnection: close\r\n\r\nHTTP/3.0 is asked for, and this is HTTP/1.1 (RFC 9110, Section 15.6.6)\n"},
	} {
		got, _ := serve(t, c.request)
		require.Equal(t, c.want, got, c.name)
	}
}

func TestServerPipelining(t *testing.T) {
	three := "GET /1 HTTP/1.1\r\nHost: h\r\n\r\nPOST /unread HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nxyzGET /3 HTTP/1.1\r\nHost: h\r\n\r\n"
	want, err := serve(t, three)
	require.NoError(t, err)
	one := strings.Index(want, "GET /1 for h")
	two := strings.Index(want, "did not look")
	last := strings.Index(want, "GET /3 for h")
	require.True(t, 0 < one && one < two && two < last, want)

	for n := 1; n < len(three); n++ {
		got, err := serve(t, three[:n], three[n:])
		require.NoError(t, err)
		require.Equal(t, want, got, "cut after %d octets", n)
	}

	s := &script{reads: []string{three}}
	require.NoError(t, (&Server{}).ServeConn(s, testHandler))
	require.Equal(t, 1, s.flushes, "answers to pipelined requests go out together")
}

func TestServerContinue(t *testing.T) {
	head := "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
	got, err := serve(t, head, "abc")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"), got)

	got, err = serve(t, head+"abc")
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n"), "no word is needed when the content is there: %s", got)

	got, err = serve(t, strings.Replace(head, "/echo", "/unread", 1))
	require.NoError(t, err)
	require.NotContains(t, got, "100 Continue")
	require.Contains(t, got, "Connection: close")
}

func TestServerHalfARequestGetsNoWholeAnswer(t *testing.T) {
	head := "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
	got, err := serve(t, head, "oops\r\n")
	require.Error(t, err)
	require.Contains(t, got, "5\r\nhello\r\n")
	require.NotContains(t, got, "0\r\n\r\n")

	got, err = serve(t, head+"oops\r\n")
	require.Error(t, err)
	require.True(t, strings.HasPrefix(got, "HTTP/1.1 400 Bad Request\r\n"), got)
}

func TestServerErrors(t *testing.T) {
	got, err := serve(t, "GET /short HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n")
	require.ErrorIs(t, err, ErrTooShort)
	require.True(t, strings.HasSuffix(got, "five!"), "nothing may follow a short answer")

	_, err = serve(t, "GET / HTTP/1.1\r\nHo")
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)

	var refused *Error
	_, err = serve(t, "GET / HTTP/1.1\nHost: h\n\n")
	require.ErrorAs(t, err, &refused)
	require.Equal(t, StatusBadRequest, refused.Status)

	var reported any
	server := Server{Failed: func(v any, stack []byte) { reported = v; require.NotEmpty(t, stack) }}
	require.Error(t, server.ServeConn(&script{reads: []string{"GET /panic HTTP/1.1\r\nHost: h\r\n\r\n"}}, testHandler))
	require.Equal(t, "as asked", reported)

	server = Server{Now: func() time.Time { return time.Unix(784887151, 0) }, Name: "netlab"}
	s := &script{reads: []string{"GET /none HTTP/1.1\r\nHost: h\r\n\r\n"}}
	require.NoError(t, server.ServeConn(s, testHandler))
	require.Contains(t, s.written.String(), "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\nServer: netlab\r\n")
}

// loopback serves h to each connection on a port of the loopback interface.
func loopback(t *testing.T, h Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer conn.Close()
				_ = (&Server{}).ServeConn(conn, h)
			})
		}
	})
	t.Cleanup(func() { listener.Close(); wg.Wait() })
	return listener.Addr().String()
}

func TestServerWithNetHTTPClient(t *testing.T) {
	url := "http://" + loopback(t, testHandler)
	transport := &nethttp.Transport{ExpectContinueTimeout: time.Minute}
	defer transport.CloseIdleConnections()
	client := nethttp.Client{Transport: transport}
	large := bytes.Repeat([]byte("netlab "), 1<<20)

	for _, length := range []int64{int64(len(large)), -1} {
		request, err := nethttp.NewRequest("POST", url+"/echo", io.MultiReader(bytes.NewReader(large)))
		require.NoError(t, err)
		request.ContentLength = length
		request.Header.Set("Expect", "100-continue")
		response, err := client.Do(request)
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.True(t, bytes.Equal(large, got))
		require.Equal(t, length, response.ContentLength)
	}
	response, err := client.Get(url + "/long")
	require.NoError(t, err)
	got, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Len(t, got, 100_000)
	require.Equal(t, []string{"chunked"}, response.TransferEncoding)

	response, err = client.Head(url + "/a")
	require.NoError(t, err)
	require.EqualValues(t, len("HEAD /a for "+strings.TrimPrefix(url, "http://")), response.ContentLength)
}

func TestClientWithNetHTTPServer(t *testing.T) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	mux := nethttp.NewServeMux()
	mux.HandleFunc("/echo", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Trailer", "X-Sum")
		b, err := io.ReadAll(r.Body)
		if err == nil {
			w.Write(b)
		}
		w.Header().Set("X-Sum", "42")
	})
	mux.HandleFunc("/hints", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.WriteHeader(nethttp.StatusEarlyHints)
		w.WriteHeader(nethttp.StatusTeapot)
	})
	server := &nethttp.Server{Handler: mux}
	go server.Serve(listener)
	defer server.Close()

	conn, err := net.Dial("tcp4", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	client := NewClientConn(conn, Limits{})
	large := strings.Repeat("netlab ", 100_000)
	host := Header{{"Host", "h"}}

	for _, length := range []int64{int64(len(large)), -1} {
		response, err := client.RoundTrip(&Request{Method: "PUT", Target: "/echo", Header: host, Body: strings.NewReader(large), Length: length})
		require.NoError(t, err)
		require.Equal(t, StatusOK, response.Status)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, large, string(got))
		require.Equal(t, "42", response.Trailer().Get("X-Sum"))
	}
	response, err := client.RoundTrip(&Request{Method: "HEAD", Target: "/echo", Header: host})
	require.NoError(t, err)
	require.Equal(t, StatusOK, response.Status)

	response, err = client.RoundTrip(&Request{Target: "/hints", Header: host})
	require.NoError(t, err)
	require.EqualValues(t, 418, response.Status, "interim responses are passed over")

	_, err = client.RoundTrip(&Request{Target: "/a b", Header: host})
	require.Error(t, err)
	_, err = client.RoundTrip(&Request{Target: "/", Header: Header{{"Host", "h\r\nX: y"}}})
	var refused *Error
	require.True(t, errors.As(err, &refused))
}

func TestServerFlushes(t *testing.T) {
	for _, c := range []struct{ version, head, tail string }{
		{"1.1", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n", "6\r\nsecond\r\n0\r\n\r\n"},
		{"1.0", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nfirst", "second"},
	} {
		s := &script{reads: []string{"GET /?q HTTP/" + c.version + "\r\nHost: h\r\n\r\n"}}
		require.NoError(t, (&Server{}).ServeConn(s, func(w *ResponseWriter, r *Request) {
			require.Equal(t, "/", r.Path())
			require.Equal(t, "q", r.Query())
			w.WriteString("first")
			require.NoError(t, w.Flush())
			require.Equal(t, c.head, s.written.String(), "before the handler is done")
			w.WriteString("second")
		}))
		require.Equal(t, c.head+c.tail, s.written.String())
	}
}

func TestServerGivesTrailers(t *testing.T) {
	s := &script{reads: []string{chunkedRequest}}
	require.NoError(t, (&Server{}).ServeConn(s, func(w *ResponseWriter, r *Request) {
		content, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "hello0123456789", string(content))
		require.Equal(t, "1", r.Trailer().Get("x-sum"))
	}))
}

func TestServerRefusesInterimAnswers(t *testing.T) {
	s := &script{reads: []string{"GET / HTTP/1.1\r\nHost: h\r\n\r\n"}}
	err := (&Server{}).ServeConn(s, func(w *ResponseWriter, _ *Request) { w.SetStatus(StatusContinue) })
	require.EqualError(t, err, "http: an interim status code is no answer (RFC 9110, Section 15.2)")
	require.True(t, strings.HasPrefix(s.written.String(), "HTTP/1.1 500 "))
}

// A large Read goes past the buffer; it must end where the content does.
func TestClientReadsContentOfAnyFraming(t *testing.T) {
	large := strings.Repeat("netlab ", 5000)
	for _, c := range []struct{ name, head, tail string }{
		{"until close", "HTTP/1.0 200 OK\r\n\r\n", ""},
		{"by length", "HTTP/1.1 200 OK\r\nContent-Length: 35000\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
		{"in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n88b8\r\n", "\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n"},
	} {
		for _, size := range []int{1, 100, 4096, 100_000} {
			s := &script{reads: []string{c.head, large[:3], large[3:20_000], large[20_000:] + c.tail}}
			client := NewClientConn(s, Limits{})
			response, err := client.Receive(MethodGet)
			require.NoError(t, err)
			var got []byte
			for block := make([]byte, size); ; {
				n, err := response.Body.Read(block)
				got = append(got, block[:n]...)
				if err == io.EOF {
					break
				}
				require.NoError(t, err)
			}
			require.Equal(t, large, string(got), "%s in blocks of %d", c.name, size)
			if c.tail == "" {
				require.True(t, response.Close)
				continue
			}
			next, err := client.Receive(MethodGet)
			require.NoError(t, err)
			require.Equal(t, StatusNoContent, next.Status, c.name)
		}
	}
	for _, cut := range []string{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfive!", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfive!", "HTTP/1.1 200", ""} {
		response, err := NewClientConn(&script{reads: []string{cut}}, Limits{}).Receive(MethodGet)
		if err == nil {
			_, err = io.ReadAll(io.MultiReader(response.Body))
		}
		require.ErrorIs(t, err, io.ErrUnexpectedEOF, "%q", cut)
	}
}

func TestHandlerGivesUp(t *testing.T) {
	s := &script{reads: []string{next + next}}
	err := (&Server{}).ServeConn(s, func(w *ResponseWriter, r *Request) {
		w.WriteString("never seen")
		panic(ErrAbort)
	})
	require.ErrorIs(t, err, ErrAbort)
	require.Empty(t, s.written.String())

	s = &script{reads: []string{next}}
	err = (&Server{}).ServeConn(s, func(w *ResponseWriter, r *Request) {
		w.WriteString("seen")
		require.NoError(t, w.Flush())
		panic(ErrAbort)
	})
	require.ErrorIs(t, err, ErrAbort)
	require.True(t, strings.HasSuffix(s.written.String(), "4\r\nseen\r\n"), "and nothing says that this was all")
}

// An idle connection holds no more than a new one.
func TestIdleConnectionsAreSmall(t *testing.T) {
	large := strings.Repeat("x", 1<<20)
	post := "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1048576\r\n\r\n" + large
	c := newServerConn(&Server{}, &script{reads: []string{post}})
	require.NoError(t, c.in.head())
	keep, err := c.answer(testHandler)
	require.NoError(t, err)
	require.True(t, keep)
	c.shrink()
	require.ErrorIs(t, c.in.head(), io.EOF)
	require.LessOrEqual(t, len(c.in.buf), smallInput)
	require.LessOrEqual(t, cap(c.out.buf), outputBuffer/2)
	require.Nil(t, c.w.zip)
}
