package service

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/http"
	"netlab/stack"
	"netlab/tls"
)

// One event a second, numbered from where the client was; ten in one answer.
func TestEvents(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var stream http.EventStream
		var at []time.Duration
		start := client.Now()
		r, err := Fetch(context.Background(), client, "http://h2/events", FetchOptions{
			Header: http.Header{{Name: "Last-Event-ID", Value: "41"}},
			Out: writerFunc(func(p []byte) (int, error) {
				at = append(at, client.Now().Sub(start))
				return len(p), stream.Receive(p)
			}),
		})
		require.NoError(t, err)
		require.Equal(t, http.EventStreamType, r.Header.Get("Content-Type"))
		require.Len(t, at, 10, "each event comes by itself")
		for i := range at {
			require.Equal(t, time.Duration(i)*time.Second, at[i])
		}
		first, ok := stream.Event()
		require.True(t, ok)
		require.Equal(t, http.ServerEvent{ID: "42", Type: "tick", Data: "event 42\n0 ms after the first of this answer", Retry: 2 * time.Second}, first)
		require.Equal(t, "51", stream.LastEventID(), "what the client says when it comes back")
	})
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// dialWebSocket opens a WebSocket to /ws.
func dialWebSocket(t *testing.T, client *stack.Host) (*http.WebSocketConn, io.Closer) {
	t.Helper()
	conn := dial(t, client, "tcp", "h2:80")
	c, _, err := http.DialWebSocket(http.NewClientConn(conn, http.Limits{}), http.WebSocketRequest("h2", "/ws", [16]byte{1}), http.WebSocketConfig{Random: rand.NewChaCha8([32]byte{})})
	require.NoError(t, err)
	return c, conn
}

func TestWebSocketEcho(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		c, conn := dialWebSocket(t, client)
		defer conn.Close()
		large := bytes.Repeat([]byte("netlab "), 50_000)
		require.NoError(t, c.Send(http.OpBinary, large))
		ev, err := c.Receive()
		require.NoError(t, err)
		require.True(t, bytes.Equal(large, ev.Data))

		start := client.Now()
		ev, err = c.Receive() // nothing is said for a minute
		require.NoError(t, err)
		require.Equal(t, http.OpPing, ev.Opcode)
		require.Equal(t, time.Minute, client.Now().Sub(start).Round(time.Second))
		ev, err = c.Receive()
		require.NoError(t, err, "the ping was answered: this is another")
		require.Equal(t, http.OpPing, ev.Opcode)
		require.NoError(t, c.Close(http.CloseNormal, "enough"))

		// A peer that answers no ping is gone.
		_, dead := dialWebSocket(t, client)
		start = client.Now()
		block := make([]byte, 100)
		n, err := dead.(io.Reader).Read(block)
		require.NoError(t, err)
		require.Equal(t, byte(0x89), block[0])
		require.Less(t, n, 100)
		_, err = dead.(io.Reader).Read(block)
		require.ErrorIs(t, err, io.EOF)
		require.Equal(t, 2*time.Minute, client.Now().Sub(start).Round(time.Second))
	})
}

// A request that does not upgrade gets a page, or is told what to send.
func TestWebSocketRefuses(t *testing.T) {
	response, body := ask(t, "GET", "/ws", "text/html", "")
	require.Equal(t, http.StatusOK, response.Status)
	require.Contains(t, body, "new WebSocket(")
	response, body = ask(t, "GET", "/ws", "*/*", "")
	require.Equal(t, http.StatusUpgradeRequired, response.Status)
	require.Equal(t, "websocket", response.Header.Get("Upgrade"))
	require.Contains(t, body, "speaks WebSocket")
	_, body = ask(t, "GET", "/events", "text/html", "")
	require.Contains(t, body, "new EventSource(")
}

// /trace shows the handshake, the request, and the beginning of its own answer.
func TestTrace(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var out bytes.Buffer
		_, err := Fetch(context.Background(), client, "http://h2/trace?format=json", FetchOptions{Out: &out})
		require.NoError(t, err)
		var got traced
		require.NoError(t, json.Unmarshal(out.Bytes(), &got))
		var words []string
		for _, s := range got.Segments {
			words = append(words, s.From+" "+s.Proto+" "+s.What)
		}
		require.Equal(t, []string{
			"you TCP SYN", "host TCP SYN-ACK", "you TCP ack 1", "you HTTP GET /trace?format=json  data 1..98", "host TCP ack 98", "host HTTP 200 OK  data 1..177",
		}, words)
		require.Contains(t, got.Segments[0].Options, "Maximum Segment Size 1460")
		require.Zero(t, got.More)
		require.Equal(t, "10.0.0.2:80", got.Host)

		out.Reset()
		_, err = Fetch(context.Background(), client, "http://h2/trace", FetchOptions{Out: &out})
		require.NoError(t, err)
		require.Contains(t, out.String(), "host HTTP  200 OK")
	})
}

// No more than so many segments are kept, and the others counted.
func TestTraceIsBounded(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		conn := dial(t, client, "tcp", "h2:80")
		defer conn.Close()
		c := http.NewClientConn(conn, http.Limits{})
		get := func(target string) []byte {
			r, err := c.RoundTrip(&http.Request{Method: "GET", Target: target, Header: http.Header{{Name: "Host", Value: "h2"}}})
			require.NoError(t, err)
			body, err := io.ReadAll(r.Body)
			require.NoError(t, err)
			return body
		}
		get("/bytes/1000000")
		var got traced
		require.NoError(t, json.Unmarshal(get("/trace?format=json"), &got))
		require.Len(t, got.Segments, tracedSegments)
		require.Greater(t, got.More, 500)
	})
}

// A client that comes back is told what it has missed.
func TestFollowEvents(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var ids []string
		start := client.Now()
		require.NoError(t, FollowEvents(context.Background(), client, "http://h2/events", tls.Config{}, func(e http.ServerEvent) bool {
			ids = append(ids, e.ID)
			return len(ids) < 12
		}))
		require.Equal(t, []string{"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"}, ids)
		require.Equal(t, 12*time.Second, client.Now().Sub(start).Round(time.Second), "nine pauses, two seconds until it came back, one pause")
		require.ErrorContains(t, FollowEvents(context.Background(), client, "http://h2/", tls.Config{}, nil), `its type is "text/plain; charset=utf-8", not text/event-stream`)
		require.ErrorContains(t, FollowEvents(context.Background(), client, "http://h2/status/503", tls.Config{}, nil), "answered 503")
	})
}

func TestAskWebSocket(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		o := WebSocketOptions{Messages: []string{"Hello", "wörld"}, Pause: time.Second, Random: rand.NewChaCha8([32]byte{})}
		answers, err := AskWebSocket(context.Background(), client, "http://h2/ws", o)
		require.NoError(t, err)
		require.Equal(t, o.Messages, answers)
		_, err = AskWebSocket(context.Background(), client, "http://h2/", o)
		require.ErrorContains(t, err, "the server does not open a WebSocket: it answered 200 OK")
	})
}
