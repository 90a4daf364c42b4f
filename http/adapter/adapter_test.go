package adapter

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	nethttp "net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// both serves h with net/http's server and with netlab's, and returns their addresses.
func both(t *testing.T, h nethttp.Handler) (theirs, ours string) {
	t.Helper()
	listen := func() net.Listener {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		require.NoError(t, err)
		return l
	}
	a, b := listen(), listen()
	standard := &nethttp.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
	mine := &Server{Handler: h}
	var all sync.WaitGroup
	all.Go(func() { _ = standard.Serve(a) })
	all.Go(func() { require.ErrorIs(t, mine.Serve(b), nethttp.ErrServerClosed) })
	t.Cleanup(func() {
		standard.Close()
		mine.Close()
		all.Wait()
	})
	return a.Addr().String(), b.Addr().String()
}

// exchange sends a request as it stands, ends its direction, and returns what comes back.
func exchange(t *testing.T, address, request string) []byte {
	t.Helper()
	conn, err := net.Dial("tcp4", address)
	require.NoError(t, err)
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	_, err = io.WriteString(conn, request)
	require.NoError(t, err)
	got, err := io.ReadAll(conn)
	require.NoError(t, err, "%s", request)
	return got
}

// summary writes down all responses of a connection: status, fields but those that say when or how it was framed, content, trailers.
func summary(t *testing.T, octets []byte, method string) string {
	t.Helper()
	var s strings.Builder
	for r := bufio.NewReader(bytes.NewReader(octets)); ; {
		response, err := nethttp.ReadResponse(r, &nethttp.Request{Method: method})
		if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
			return s.String()
		}
		require.NoError(t, err, "%s", octets)
		content, err := io.ReadAll(response.Body)
		fmt.Fprintf(&s, "%d\n", response.StatusCode)
		for _, name := range []string{"Date", "Connection", "Content-Length"} { // the last: netlab counts answers up to 4096 octets, net/http up to 2048
			response.Header.Del(name)
		}
		for _, f := range fields(nil, response.Header) {
			fmt.Fprintf(&s, "%s: %s\n", f.Name, f.Value)
		}
		fmt.Fprintf(&s, "\n%s\n", content)
		for _, f := range fields(nil, response.Trailer) {
			fmt.Fprintf(&s, "trailer %s: %s\n", f.Name, f.Value)
		}
		if err != nil {
			s.WriteString("cut short\n")
		}
		if response.StatusCode/100 != 1 {
			method = nethttp.MethodGet
		}
	}
}

// handlers is what is served to compare.
func handlers(t *testing.T) nethttp.Handler {
	dir := t.TempDir()
	write := func(name, content string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644))
		old := time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC)
		require.NoError(t, os.Chtimes(filepath.Join(dir, name), old, old))
	}
	write("a.txt", strings.Repeat("0123456789", 100))
	write("b.html", "<p>hello")
	write("large.bin", strings.Repeat("\x00\x01\x02", 100_000))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	write("sub/index.html", "<p>index")

	mux := nethttp.NewServeMux()
	mux.Handle("/files/", nethttp.StripPrefix("/files/", nethttp.FileServer(nethttp.Dir(dir))))
	mux.HandleFunc("POST /echo", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		content, err := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %d %v %v %q %v %v\n", r.Method, r.URL, r.Host, r.ContentLength, r.TransferEncoding, r.Trailer, content, err, r.Close)
	})
	mux.HandleFunc("/request/{id}", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		fmt.Fprintf(w, "%s %s %s %v %v %q", r.PathValue("id"), r.Proto, r.RequestURI, r.Header, r.URL.Query(), r.Host)
	})
	mux.HandleFunc("/trailer", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Trailer", "X-Sum, X-Unset")
		io.WriteString(w, "content")
		w.Header().Set("X-Sum", "7")
		w.Header().Set(nethttp.TrailerPrefix+"X-Late", "8")
	})
	mux.HandleFunc("/flush", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		io.WriteString(w, "one")
		w.(nethttp.Flusher).Flush()
		w.Header().Set("X-Too-Late", "y")
		io.WriteString(w, "two")
	})
	mux.HandleFunc("/hints", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(nethttp.StatusEarlyHints)
		w.WriteHeader(nethttp.StatusTeapot)
		w.WriteHeader(nethttp.StatusOK)
	})
	mux.HandleFunc("/nothing", func(nethttp.ResponseWriter, *nethttp.Request) {})
	mux.HandleFunc("/204", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.WriteHeader(nethttp.StatusNoContent)
		_, err := io.WriteString(w, "x")
		if !errors.Is(err, nethttp.ErrBodyNotAllowed) {
			panic(err)
		}
	})
	mux.HandleFunc("/length", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		w.Header().Set("Content-Length", "5")
		_, err := io.WriteString(w, "hello")
		if err == nil {
			_, err = io.WriteString(w, "!")
		}
		if !errors.Is(err, nethttp.ErrContentLength) {
			panic(err)
		}
	})
	mux.HandleFunc("/sniff", func(w nethttp.ResponseWriter, _ *nethttp.Request) { io.WriteString(w, "<html>") })
	mux.HandleFunc("/multi", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		nethttp.SetCookie(w, &nethttp.Cookie{Name: "a", Value: "1"})
		nethttp.SetCookie(w, &nethttp.Cookie{Name: "b", Value: "2"})
		w.Header().Set("X-Split", "a\r\nX-Injected: b")
	})
	mux.HandleFunc("/abort", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		io.WriteString(w, "part")
		w.(nethttp.Flusher).Flush()
		panic(nethttp.ErrAbortHandler)
	})
	mux.HandleFunc("/abort-early", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		io.WriteString(w, "not sent")
		panic(nethttp.ErrAbortHandler)
	})
	mux.HandleFunc("/hijack", func(w nethttp.ResponseWriter, _ *nethttp.Request) {
		conn, rw, err := w.(nethttp.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		line, _ := rw.ReadString('\n')
		fmt.Fprintf(rw, "HTTP/1.0 200 OK\r\n\r\ntook %q", line)
		rw.Flush()
	})
	mux.Handle("/small", nethttp.MaxBytesHandler(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		_, err := io.ReadAll(r.Body)
		var tooLarge *nethttp.MaxBytesError
		fmt.Fprint(w, errors.As(err, &tooLarge))
	}), 3))
	mux.Handle("/timeout", nethttp.TimeoutHandler(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) { <-r.Context().Done() }), time.Millisecond, "too late"))
	mux.HandleFunc("/redirect", func(w nethttp.ResponseWriter, r *nethttp.Request) {
		nethttp.Redirect(w, r, "/flush", nethttp.StatusFound)
	})
	return mux
}

func TestSameAsNetHTTP(t *testing.T) {
	theirs, ours := both(t, handlers(t))
	const end = " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
	for _, request := range []string{
		"GET /files/a.txt" + end,
		"HEAD /files/a.txt" + end,
		"GET /files/a.txt" + end + "Range: bytes=5-14\r\n",
		"GET /files/a.txt" + end + "Range: bytes=-5\r\n",
		"GET /files/a.txt" + end + "Range: bytes=1000-\r\n",
		"GET /files/a.txt" + end + "Range: bytes=4-3\r\n",
		"GET /files/a.txt" + end + "If-Modified-Since: Thu, 02 Jan 2020 03:04:05 GMT\r\n",
		"GET /files/a.txt" + end + "If-Unmodified-Since: Wed, 01 Jan 2020 03:04:05 GMT\r\n",
		"GET /files/a.txt" + end + "Range: bytes=0-0\r\nIf-Range: Thu, 02 Jan 2020 03:04:05 GMT\r\n",
		"GET /files/large.bin" + end,
		"GET /files/b.html" + end,
		"GET /files/" + end,
		"GET /files/sub" + end,
		"GET /files/sub/" + end,
		"GET /files/sub/index.html" + end,
		"GET /files/none" + end,
		"GET /files/../../etc/passwd" + end,
		"DELETE /echo" + end,
		"POST /echo" + end + "Content-Length: 5\r\n\r\nhello",
		"POST /echo" + end + "Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
		"POST /echo" + end + "Transfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n",
		"POST http://x:8/echo?a=b" + end + "Content-Length: 0\r\n",
		"GET /request/7?a=b&a=c" + end + "X-A: 1\r\nx-a: 2\r\nX-B:\r\n",
		"GET /request/%41%2f" + end,
		"GET /request/7 HTTP/1.0\r\n",
		"GET /trailer" + end + "TE: trailers\r\n",
		"GET /flush" + end,
		"GET /flush HTTP/1.0\r\n",
		"HEAD /flush" + end,
		"GET /hints" + end,
		"GET /nothing" + end,
		"GET /204" + end,
		"GET /length" + end,
		"GET /sniff" + end,
		"GET /multi" + end,
		"GET /abort" + end,
		"GET /abort-early" + end,
		"GET /hijack" + end + "\r\nmore\n",
		"POST /small" + end + "Content-Length: 4\r\n\r\nabcd",
		"GET /timeout" + end,
		"GET /redirect" + end,
		"GET /none" + end,
		"OPTIONS * HTTP/1.1\r\nHost: h\r\nConnection: close\r\n",
		"GET /nothing HTTP/1.1\r\nHost: h\r\n\r\nPOST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabcGET /sniff" + end, // pipelined
	} {
		if !strings.Contains(request, "\r\n\r\n") || strings.HasSuffix(request, "close\r\n") {
			request += "\r\n"
		} else if strings.Contains(request, "chunked") {
			request += "\r\n"
		}
		method, _, _ := strings.Cut(request, " ")
		want := summary(t, exchange(t, theirs, request), method)
		require.Equal(t, want, summary(t, exchange(t, ours, request), method), "%s", request)
	}
}

func TestContextEndsWhenTheClientGoesAway(t *testing.T) {
	ended := make(chan error, 1)
	_, ours := both(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		select {
		case <-r.Context().Done():
			ended <- r.Context().Err()
		case <-time.After(30 * time.Second):
			ended <- nil
		}
	}))
	conn, err := net.Dial("tcp4", ours)
	require.NoError(t, err)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	conn.Close()
	require.ErrorIs(t, <-ended, context.Canceled)
}

// pipes is a listener of connections within the program, which work with time that a test makes pass.
type pipes chan net.Conn

func (l pipes) Accept() (net.Conn, error) {
	if conn, open := <-l; open {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (l pipes) Close() error   { return nil }
func (l pipes) Addr() net.Addr { return &net.TCPAddr{} }

// What a client sends while a handler is at work is its next request, although the connection is watched meanwhile.
func TestWatchingLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		started := make(chan bool)
		server := &Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
			if r.URL.Path == "/slow" {
				started <- true
				<-started
			}
			fmt.Fprint(w, r.Context().Err(), " ", r.Method, " ", r.URL.Path)
		})}
		conn, far := net.Pipe()
		listener := make(pipes, 1)
		listener <- far
		var serving sync.WaitGroup
		serving.Go(func() { _ = server.Serve(listener) })
		defer func() {
			conn.Close()
			close(listener)
			serving.Wait()
			require.NoError(t, server.Close())
		}()
		reader := bufio.NewReader(conn)
		for range 3 {
			io.WriteString(conn, "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
			<-started
			time.Sleep(2 * patienceBeforeWatch) // of the bubble's own time: the watch begins
			go io.WriteString(conn, "GET /next HTTP/1.1\r\nHost: h\r\n\r\n")
			synctest.Wait() // the watch has read an octet
			started <- true
			for _, want := range []string{"<nil> GET /slow", "<nil> GET /next"} {
				response, err := nethttp.ReadResponse(reader, nil)
				require.NoError(t, err)
				content, err := io.ReadAll(response.Body)
				require.NoError(t, err)
				require.Equal(t, want, string(content))
			}
		}
	})
}

func TestReverseProxy(t *testing.T) {
	_, backend := both(t, nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.Header.Get("Upgrade") != "" {
			conn, rw, err := nethttp.NewResponseController(w).Hijack()
			require.NoError(t, err)
			defer conn.Close()
			io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n")
			line, _ := rw.ReadString('\n')
			io.WriteString(conn, strings.ToUpper(line))
			return
		}
		io.Copy(w, r.Body) // while it is read
	}))
	target, err := url.Parse("http://" + backend)
	require.NoError(t, err)
	_, ours := both(t, httputil.NewSingleHostReverseProxy(target))

	transport := &nethttp.Transport{}
	defer transport.CloseIdleConnections()
	large := strings.Repeat("netlab ", 200_000)
	for range 3 {
		response, err := (&nethttp.Client{Transport: transport}).Post("http://"+ours, "text/plain", strings.NewReader(large))
		require.NoError(t, err)
		got, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.Equal(t, large, string(got))
	}
	conn, err := net.Dial("tcp4", ours)
	require.NoError(t, err)
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\nahoy\n")
	got, err := io.ReadAll(conn)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(string(got), "HTTP/1.1 101 "), string(got))
	require.True(t, strings.HasSuffix(string(got), "\r\n\r\nAHOY\n"), string(got))
}

func TestShutdownLetsAnswersBeCompleted(t *testing.T) {
	begun, proceed := make(chan bool), make(chan bool)
	s := &Server{Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		begun <- true
		<-proceed
		io.WriteString(w, "done")
	})}
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	var all sync.WaitGroup
	all.Go(func() { require.ErrorIs(t, s.Serve(l), nethttp.ErrServerClosed) })
	idle, err := net.Dial("tcp4", l.Addr().String())
	require.NoError(t, err)
	busy, err := net.Dial("tcp4", l.Addr().String())
	require.NoError(t, err)
	io.WriteString(busy, "GET / HTTP/1.1\r\nHost: h\r\n\r\n")
	<-begun
	all.Go(func() { require.NoError(t, s.Shutdown(context.Background())) })
	got, err := io.ReadAll(idle)
	require.NoError(t, err)
	require.Empty(t, got)
	idle.Close()
	proceed <- true
	got, err = io.ReadAll(busy)
	require.NoError(t, err)
	require.Contains(t, string(got), "Connection: close\r\n")
	require.Contains(t, string(got), "done")
	busy.Close()
	all.Wait()
	require.ErrorIs(t, s.Serve(l), nethttp.ErrServerClosed)
}
