package http

import (
	"bytes"
	"context"
	"errors"
	"net"
	nethttp "net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
)

// echoWebSocket sends back each message until the client closes.
func echoWebSocket(t *testing.T) Handler {
	return func(w *ResponseWriter, r *Request) {
		c, err := AcceptWebSocket(w, r, strings.Join(r.WebSocketProtocols(), ""), WebSocketConfig{Message: 4 << 20, Fragment: 1000})
		var refused *Error
		if errors.As(err, &refused) {
			RefuseWebSocket(w, refused)
			return
		}
		require.NoError(t, err)
		for {
			ev, err := c.Receive()
			if err != nil {
				return
			}
			if ev.Opcode == OpText || ev.Opcode == OpBinary {
				_ = c.Send(ev.Opcode, ev.Data)
			}
		}
	}
}

// github.com/coder/websocket as the client of our server.
func TestWebSocketServerWithAnotherClient(t *testing.T) {
	ctx := t.Context()
	c, response, err := websocket.Dial(ctx, "ws://"+loopback(t, echoWebSocket(t))+"/ws", &websocket.DialOptions{Subprotocols: []string{"chat"}})
	require.NoError(t, err)
	require.Equal(t, 101, response.StatusCode)
	require.Equal(t, "chat", c.Subprotocol())
	c.SetReadLimit(8 << 20)
	for _, size := range []int{0, 1, 125, 126, 65535, 65536, 3 << 20} {
		message := bytes.Repeat([]byte{'x'}, size)
		require.NoError(t, c.Write(ctx, websocket.MessageBinary, message))
		kind, back, err := c.Read(ctx)
		require.NoError(t, err)
		require.Equal(t, websocket.MessageBinary, kind)
		require.True(t, bytes.Equal(message, back))
	}
	reading := c.CloseRead(ctx)
	require.NoError(t, c.Ping(ctx), "the pong comes")
	require.NoError(t, reading.Err())
	require.NoError(t, c.Close(websocket.StatusNormalClosure, "done"), "the Close frame is answered")
}

// The same, when the client breaks a rule: it learns which.
func TestWebSocketServerRefuses(t *testing.T) {
	c, _, err := websocket.Dial(t.Context(), "ws://"+loopback(t, echoWebSocket(t)), nil)
	require.NoError(t, err)
	require.NoError(t, c.Write(t.Context(), websocket.MessageText, []byte{0xff}))
	_, _, err = c.Read(t.Context())
	require.Equal(t, websocket.StatusInvalidFramePayloadData, websocket.CloseStatus(err))

	for _, r := range []struct{ change, value, status string }{
		{"Sec-WebSocket-Version", "8", "426"},
		{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ", "400"},
		{"Upgrade", "h2c", "426"},
	} {
		request, err := nethttp.NewRequest("GET", "http://"+loopback(t, echoWebSocket(t)), nil)
		require.NoError(t, err)
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
			request.Header.Set(name, value)
		}
		request.Header.Set(r.change, r.value)
		response, err := nethttp.DefaultTransport.RoundTrip(request)
		require.NoError(t, err)
		response.Body.Close()
		require.Equal(t, r.status, response.Status[:3], r.change)
		if r.status == "426" {
			require.Equal(t, "13", response.Header.Get("Sec-WebSocket-Version"))
		}
	}
}

// Our client with a server of github.com/coder/websocket.
func TestWebSocketClientWithAnotherServer(t *testing.T) {
	server := httptest.NewServer(nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		if r.URL.Path != "/ws" {
			nethttp.NotFound(w, r)
			return
		}
		c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"chat"}})
		if err != nil {
			return
		}
		c.SetReadLimit(8 << 20)
		for {
			kind, message, err := c.Read(context.Background())
			if err != nil {
				return
			}
			if string(message) == "go" {
				c.Close(websocket.StatusGoingAway, "as you wish")
				return
			}
			_ = c.Write(context.Background(), kind, message)
		}
	}))
	defer server.Close()
	dial := func(target string) (*WebSocketConn, *Response, error) {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		require.NoError(t, err)
		t.Cleanup(func() { conn.Close() })
		r := WebSocketRequest("h", target, [16]byte{1, 2, 3}, "news", "chat")
		return DialWebSocket(NewClientConn(conn, Limits{}), r, WebSocketConfig{Random: keys(), Message: 8 << 20, Fragment: 5000})
	}
	c, response, err := dial("/ws")
	require.NoError(t, err)
	require.Equal(t, "chat", response.Header.Get("Sec-WebSocket-Protocol"))
	for _, size := range []int{0, 1, 125, 126, 65536, 3 << 20} {
		message := bytes.Repeat([]byte("y"), size)
		require.NoError(t, c.Send(OpText, message))
		ev, err := c.Receive()
		require.NoError(t, err)
		require.True(t, bytes.Equal(message, ev.Data))
	}
	require.NoError(t, c.Close(CloseNormal, ""))

	c, _, err = dial("/ws")
	require.NoError(t, err)
	require.NoError(t, c.Send(OpText, []byte("go")))
	_, err = c.Receive()
	var closed *WebSocketClosed
	require.ErrorAs(t, err, &closed)
	require.Equal(t, WebSocketClosed{CloseGoingAway, "as you wish"}, *closed)

	_, _, err = dial("/other")
	require.ErrorContains(t, err, "it answered 404 Not Found")
}
