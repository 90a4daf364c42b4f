package http

import (
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// patient serves testHandler on a pipe in a bubble of virtual time. It returns what the client reads to the end and how long the server kept the connection.
func patient(t *testing.T, s Server, client func(conn net.Conn)) (answer string, held time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		s.Now = time.Now
		start := time.Now()
		var all sync.WaitGroup
		all.Go(func() {
			_ = s.ServeConn(ours, testHandler)
			held = time.Since(start)
			ours.Close()
		})
		if client == nil { // one that reads nothing
			io.WriteString(theirs, "GET /long HTTP/1.1\r\nHost: h\r\n\r\n")
			all.Wait()
			return
		}
		all.Go(func() { client(theirs) })
		got, _ := io.ReadAll(theirs)
		answer = string(got)
		all.Wait()
	})
	return answer, held
}

// drip writes s one octet every so often until nobody reads it.
func drip(s string, every time.Duration) func(conn net.Conn) { return drops(s, 1, every) }

// drops is drip with more octets each time.
func drops(s string, size int, every time.Duration) func(conn net.Conn) {
	return func(conn net.Conn) {
		for ; s != ""; s = s[min(size, len(s)):] {
			if _, err := io.WriteString(conn, s[:min(size, len(s))]); err != nil {
				return
			}
			time.Sleep(every)
		}
	}
}

func TestServerWaitsNotForEver(t *testing.T) {
	head := "POST /collect HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n"
	const timeout = "HTTP/1.1 408 Request Timeout\r\n"

	answer, held := patient(t, Server{}, func(net.Conn) {})
	require.Empty(t, answer, "an idle connection ends without a word")
	require.Equal(t, time.Minute, held)

	answer, held = patient(t, Server{}, drip(head, time.Second))
	require.True(t, strings.HasPrefix(answer, timeout), answer)
	require.Contains(t, answer, closed)
	require.Equal(t, 10*time.Second, held, "from the first octet on, however the others come")

	answer, held = patient(t, Server{}, func(conn net.Conn) {
		io.WriteString(conn, head)
		drip(strings.Repeat("x", 1000), time.Second)(conn)
	})
	require.True(t, strings.HasPrefix(answer, timeout), answer)
	require.InDelta(t, 20, held.Seconds(), 1)

	answer, held = patient(t, Server{}, func(conn net.Conn) {
		io.WriteString(conn, head)
		drops(strings.Repeat("x", 100_000), 500, 2*time.Second)(conn)
		conn.Close()
	})
	require.True(t, strings.HasPrefix(answer, ok200), "slow, but as fast as it must be")
	require.Greater(t, held, 6*time.Minute)

	_, held = patient(t, Server{}, nil)
	require.InDelta(t, 30+float64(outputBuffer)/200, held.Seconds(), 1, "a client that reads nothing")

	_, held = patient(t, Server{Timeouts: Timeouts{Idle: -1, Head: time.Hour}}, func(conn net.Conn) {
		time.Sleep(100 * time.Hour)
		drip("GET / HTTP/1.1\r\nHost: h\r\n\r\n", time.Minute)(conn)
		time.Sleep(100 * time.Hour)
		conn.Close()
	})
	require.Greater(t, held, 200*time.Hour, "as long as one wishes")
}

// Four hundred clients that dawdle do not keep the others waiting, and are rid of in time.
func TestSlowClientsHoldNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := Server{Now: time.Now}
		var all sync.WaitGroup
		open := func() net.Conn {
			ours, theirs := net.Pipe()
			all.Go(func() {
				_ = server.ServeConn(ours, testHandler)
				ours.Close()
			})
			return theirs
		}
		var refused atomic.Int64
		start := time.Now()
		for range 400 {
			conn := open()
			all.Go(func() { drip("GET / HTTP/1.1\r\nHost: h\r\nX-Slow: "+strings.Repeat("x", 100), time.Second)(conn) })
			all.Go(func() {
				if got, _ := io.ReadAll(conn); strings.HasPrefix(string(got), "HTTP/1.1 408 ") && time.Since(start) < 11*time.Second {
					refused.Add(1)
				}
			})
		}
		time.Sleep(5 * time.Second)
		begun := time.Now()
		conn := open()
		response, err := NewClientConn(conn, Limits{}).RoundTrip(&Request{Target: "/a", Header: Header{{"Host", "h"}}})
		require.NoError(t, err)
		require.Equal(t, StatusOK, response.Status)
		require.Zero(t, time.Since(begun))
		conn.Close()
		all.Wait()
		require.EqualValues(t, 400, refused.Load())
	})
}

// A connection that is answering ends after its answer; one that waits is woken.
func TestServerShutsDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var closing atomic.Bool
		var mu sync.Mutex
		idle := map[io.ReadWriter]bool{}
		server := Server{Now: time.Now, Closing: closing.Load, Idle: func(conn io.ReadWriter, is bool) {
			mu.Lock()
			defer mu.Unlock()
			idle[conn] = is
		}}
		var served sync.WaitGroup
		start := func(request string) *strings.Builder {
			ours, theirs := net.Pipe()
			served.Go(func() {
				require.NoError(t, server.ServeConn(ours, func(w *ResponseWriter, r *Request) {
					time.Sleep(time.Second)
					testHandler(w, r)
				}))
				ours.Close()
			})
			var got strings.Builder
			served.Go(func() { io.Copy(&got, theirs) })
			io.WriteString(theirs, request)
			return &got
		}
		busy := start(next + next)
		waiting := start("")
		synctest.Wait()
		closing.Store(true)
		mu.Lock()
		for conn, is := range idle {
			if is {
				conn.(net.Conn).SetReadDeadline(time.Now())
			}
		}
		mu.Unlock()
		served.Wait()
		require.Empty(t, waiting.String())
		require.Equal(t, 1, strings.Count(busy.String(), "GET /next for h"), "the second one was not begun")
		require.Contains(t, busy.String(), closed)
	})
}
