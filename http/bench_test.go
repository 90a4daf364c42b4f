package http

import (
	"bufio"
	"bytes"
	"io"
	"net"
	nethttp "net/http"
	"testing"
	"time"
)

// curlRequest is what curl sends; browserRequest has the fields of a browser.
const (
	curlRequest    = "GET /bytes/100 HTTP/1.1\r\nHost: 10.77.0.2\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n"
	browserRequest = "GET /bytes/100?x=y HTTP/1.1\r\nHost: 10.77.0.2\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36\r\n" +
		"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\n" +
		"Cache-Control: max-age=0\r\nConnection: keep-alive\r\nUpgrade-Insecure-Requests: 1\r\nReferer: http://10.77.0.2/\r\n\r\n"
)

func BenchmarkParse(b *testing.B) {
	for name, request := range map[string]string{"curl": curlRequest, "browser": browserRequest} {
		octets := []byte(request)
		b.Run(name+"/netlab", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(octets)))
			p := NewRequestParser(Limits{})
			for b.Loop() {
				for rest := octets; ; {
					ev, n, err := p.Next(rest)
					if err != nil {
						b.Fatal(err)
					}
					if rest = rest[n:]; ev.Kind == End {
						break
					}
				}
			}
		})
		b.Run(name+"/net-http", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(octets)))
			r := bytes.NewReader(octets)
			buffered := bufio.NewReader(r)
			for b.Loop() {
				r.Reset(octets)
				buffered.Reset(r)
				if _, err := nethttp.ReadRequest(buffered); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkServe answers one small request after another on one connection that is in memory and never waits.
func BenchmarkServe(b *testing.B) {
	b.Run("netlab", func(b *testing.B) {
		b.ReportAllocs()
		server := Server{Now: time.Now, Name: "netlab"}
		conn := &repeat{request: curlRequest, left: b.N}
		if err := server.ServeConn(conn, func(w *ResponseWriter, r *Request) {
			w.Header.Add("Content-Type", "text/plain")
			w.WriteString("hello, world\n")
		}); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("net-http", func(b *testing.B) {
		b.ReportAllocs()
		done := make(chan struct{})
		conn := &repeat{request: curlRequest, left: b.N}
		server := nethttp.Server{
			Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
				w.Header().Set("Content-Type", "text/plain")
				io.WriteString(w, "hello, world\n")
			}),
			ConnState: func(_ net.Conn, s nethttp.ConnState) {
				if s == nethttp.StateClosed {
					close(done)
				}
			},
		}
		go server.Serve(&one{conn: conn, done: done})
		<-done
	})
}

// Requests and answers that repeat themselves cost no memory on either side.
func TestNothingIsAllocatedForARequest(t *testing.T) {
	count := func(n int) float64 {
		return testing.AllocsPerRun(1, func() {
			server := Server{Now: time.Now, Name: "netlab"}
			conn := &repeat{request: curlRequest, left: n}
			if err := server.ServeConn(conn, func(w *ResponseWriter, r *Request) {
				w.Header.Add("Content-Type", "text/plain")
				w.WriteString("hello, world\n")
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
	if few, many := count(10), count(1010); many-few > 20 {
		t.Errorf("1000 more requests make %v more allocations", many-few)
	}
	client := NewClientConn(&repeat{request: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", left: 1 << 20}, Limits{})
	request := &Request{Target: "/", Header: Header{{"Host", "h"}}}
	var content [2]byte
	if n := testing.AllocsPerRun(1000, func() {
		response, err := client.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Read(content[:])
	}); n > 0 {
		t.Errorf("%v allocations for each request of a client", n)
	}
}

// repeat is a connection on which the same request arrives left times, and what is written is forgotten.
type repeat struct {
	net.Conn
	request string
	left    int
	rest    string // of the request that is being read
}

func (c *repeat) Read(p []byte) (int, error) {
	if c.rest == "" {
		if c.left == 0 {
			return 0, io.EOF
		}
		c.left--
		c.rest = c.request
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

func (c *repeat) Write(p []byte) (int, error)      { return len(p), nil }
func (c *repeat) Close() error                     { return nil }
func (c *repeat) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *repeat) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *repeat) SetDeadline(time.Time) error      { return nil }
func (c *repeat) SetReadDeadline(time.Time) error  { return nil }
func (c *repeat) SetWriteDeadline(time.Time) error { return nil }

// one is a listener that accepts one connection.
type one struct {
	conn net.Conn
	done chan struct{}
}

func (l *one) Accept() (net.Conn, error) {
	if conn := l.conn; conn != nil {
		l.conn = nil
		return conn, nil
	}
	<-l.done
	return nil, io.EOF
}
func (l *one) Close() error   { return nil }
func (l *one) Addr() net.Addr { return &net.TCPAddr{} }
