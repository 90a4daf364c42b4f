package http

import (
	"bufio"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shout is a protocol: what comes in goes out in capitals.
func shout(conn io.ReadWriter) {
	block := make([]byte, 100)
	for {
		n, err := conn.Read(block)
		if err != nil {
			return
		}
		io.WriteString(conn, strings.ToUpper(string(block[:n])))
	}
}

func upgradeHandler(t *testing.T) Handler {
	return func(w *ResponseWriter, r *Request) {
		w.Header.Add("X-Mode", "loud")
		conn, err := w.Upgrade("shout")
		if err != nil {
			w.SetStatus(StatusUpgradeRequired)
			w.Header.Set("Upgrade", "shout")
			w.WriteString(err.Error())
			return
		}
		_, err = w.Write([]byte("x"))
		require.ErrorIs(t, err, ErrTaken)
		require.ErrorIs(t, w.Flush(), ErrTaken)
		_, err = w.Upgrade("shout")
		require.ErrorIs(t, err, ErrTaken)
		shout(conn)
	}
}

// RFC 9110, Section 7.8
func TestUpgrade(t *testing.T) {
	const switched = "HTTP/1.1 101 Switching Protocols\r\nX-Mode: loud\r\nConnection: Upgrade\r\nUpgrade: shout\r\n\r\n"
	head := "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket, Shout\r\n"
	for _, c := range []struct{ name, request, want string }{
		{"what follows is of the new protocol", head + "\r\nhello GET / HTTP/1.1\r\n", switched + "HELLO GET / HTTP/1.1\r\n"},
		{"content is of the request", head + "Content-Length: 3\r\n\r\nabchello", switched + "HELLO"},
		{"chunked content too", head + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nhello", switched + "HELLO"},
		{"100 comes before 101", head + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabchello", "HTTP/1.1 100 Continue\r\n\r\n" + switched + "HELLO"},
	} {
		for n := 1; n < len(c.request); n++ {
			s := &script{reads: []string{c.request[:n], c.request[n:]}}
			require.NoError(t, (&Server{}).ServeConn(s, upgradeHandler(t)))
			require.Equal(t, c.want, s.written.String(), c.name)
		}
	}
	for name, request := range map[string]string{
		"not offered":          "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
		"not in Connection":    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: shout\r\n\r\n",
		"HTTP/1.0 cannot":      "GET / HTTP/1.0\r\nConnection: Upgrade, keep-alive\r\nUpgrade: shout\r\n\r\n",
		"no Upgrade at all":    "GET / HTTP/1.1\r\nHost: h\r\n\r\n",
		"content is cut short": head + "Content-Length: 3\r\n\r\nab",
	} {
		s := &script{reads: []string{request}}
		err := (&Server{}).ServeConn(s, upgradeHandler(t))
		require.NotContains(t, s.written.String(), "101", name)
		if name != "content is cut short" {
			require.NoError(t, err)
			require.Contains(t, s.written.String(), "HTTP/1.1 426 Upgrade Required\r\n", name)
		}
	}
}

func TestUpgradeWithBothClients(t *testing.T) {
	address := loopback(t, upgradeHandler(t))
	request, err := nethttp.NewRequest("GET", "http://"+address, nil)
	require.NoError(t, err)
	request.Header.Set("Connection", "Upgrade")
	request.Header.Set("Upgrade", "shout")
	response, err := nethttp.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.Equal(t, 101, response.StatusCode)
	theirs := response.Body.(io.ReadWriteCloser)
	defer theirs.Close()
	io.WriteString(theirs, "ahoy\n")
	line, err := bufio.NewReader(theirs).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "AHOY\n", line)

	conn, err := net.Dial("tcp4", address)
	require.NoError(t, err)
	defer conn.Close()
	client := NewClientConn(conn, Limits{})
	answer, err := client.RoundTrip(&Request{Target: "/", Header: Header{{"Host", "h"}, {"Connection", "upgrade"}, {"Upgrade", "shout"}}})
	require.NoError(t, err)
	require.Equal(t, StatusSwitchingProtocols, answer.Status)
	io.WriteString(client.Stream(), "ahoy\n")
	line, err = bufio.NewReader(client.Stream()).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "AHOY\n", line)
}

// RFC 9110, Section 9.3.6
func TestTunnel(t *testing.T) {
	handler := func(w *ResponseWriter, r *Request) {
		require.Equal(t, "h2:443", r.Target)
		require.Equal(t, "h2:443", r.Host())
		conn, err := w.Tunnel()
		require.NoError(t, err)
		shout(conn)
	}
	s := &script{reads: []string{"CONNECT h2:443 HTTP/1.1\r\nHost: h2:443\r\n\r\nhello"}}
	require.NoError(t, (&Server{}).ServeConn(s, handler))
	require.Equal(t, "HTTP/1.1 200 OK\r\n\r\nHELLO", s.written.String())

	s = &script{reads: []string{"CONNECT h2:443 HTTP/1.1\r\nHost: h2:443\r\n\r\nhello"}}
	require.Error(t, (&Server{}).ServeConn(s, func(w *ResponseWriter, _ *Request) { w.WriteString("yes") }))
	require.True(t, strings.HasPrefix(s.written.String(), "HTTP/1.1 500 "), "a tunnel that is none")

	client := NewClientConn(&script{reads: []string{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nHELLO"}}, Limits{})
	_, err := client.RoundTrip(&Request{Method: MethodConnect, Target: "h2:443", Header: Header{{"Host", "h2:443"}}})
	require.NoError(t, err)
	got, err := io.ReadAll(client.Stream())
	require.NoError(t, err)
	require.Equal(t, "HELLO", string(got), "the length is ignored")

	s = &script{reads: []string{"GET / HTTP/1.1\r\nHost: h\r\n\r\n"}}
	require.NoError(t, (&Server{}).ServeConn(s, func(w *ResponseWriter, _ *Request) {
		_, err := w.Tunnel()
		require.Error(t, err)
		w.WriteString("no")
	}))
	require.True(t, strings.HasSuffix(s.written.String(), "\r\n\r\nno"))
}
