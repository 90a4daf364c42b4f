package stream_test

import (
	"context"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/stream"
)

// one is a listener that accepts one connection, and then nothing.
type one chan net.Conn

func (l one) Accept() (net.Conn, error) { return <-l, nil }
func (l one) Close() error              { return nil }
func (l one) Addr() net.Addr            { return &net.TCPAddr{} }

// overHTTP2 lets the library's client ask the library's server, and returns what they wrote.
func overHTTP2(t *testing.T, targets ...string) []spoken {
	var all []spoken
	mu := &sync.Mutex{}
	a, b := net.Pipe()
	var protocols nethttp.Protocols
	protocols.SetUnencryptedHTTP2(true)
	server := &nethttp.Server{Protocols: &protocols, Handler: nethttp.HandlerFunc(func(w nethttp.ResponseWriter, r *nethttp.Request) {
		w.Header().Set("Content-Type", "text/plain")
		body, _ := io.ReadAll(r.Body)
		if r.URL.Path == "/missing" {
			w.WriteHeader(404)
		}
		fmt.Fprintf(w, "you asked for %s with %q; %s", r.URL.Path, body, strings.Repeat("x", 40000))
	})}
	accepted := make(chan net.Conn, 1)
	accepted <- &listener{b, 1, mu, &all}
	go server.Serve(one(accepted))
	transport := &nethttp.Transport{Protocols: &protocols, DialContext: func(context.Context, string, string) (net.Conn, error) {
		return &listener{a, 0, mu, &all}, nil
	}}
	for _, target := range targets {
		response, err := (&nethttp.Client{Transport: transport}).Post("http://h"+target, "", strings.NewReader("a body"))
		require.NoError(t, err)
		_, err = io.ReadAll(response.Body)
		require.NoError(t, err)
	}
	mu.Lock()
	defer mu.Unlock()
	a.Close()
	return append([]spoken(nil), all...)
}

func TestMessagesOfHTTP2(t *testing.T) {
	all := overHTTP2(t, "/a", "/missing")
	for _, cut := range []int{1 << 20, 1460} {
		var done []string
		content := map[*stream.Message]string{}
		h := stream.HTTP{
			Content: func(m *stream.Message, b []byte) { content[m] += string(b) },
			Done: func(m *stream.Message) {
				done = append(done, fmt.Sprintf("%d %s of %s, %s: %.35q %d %s", m.Dir, m.Words(), m.Host, m.Type, content[m], m.Content, m.Problem))
			},
		}
		s := &stream.Stream{Transport: "TCP"}
		for _, p := range all {
			for b := []byte(p.octets); len(b) > 0; {
				n := min(cut, len(b))
				h.Data(stream.Chunk{Stream: s, Dir: p.dir, Octets: b[:n]})
				b = b[n:]
			}
		}
		h.Ended(s)
		require.Equal(t, []string{
			`0 POST /a of h, : "a body" 6 `,
			`1 200 OK of h, text/plain: "you asked for /a with \"a body\"; xxx" 40032 `,
			`0 POST /missing of h, : "a body" 6 `,
			`1 404 Not Found of h, text/plain: "you asked for /missing with \"a body" 40038 `,
		}, done)
	}
}

func TestHTTP2WithOctetsMissing(t *testing.T) {
	all := overHTTP2(t, "/a")
	for lost := range all {
		var problems int
		h := stream.HTTP{Done: func(m *stream.Message) {
			if m.Problem != "" {
				problems++
			}
		}}
		s := &stream.Stream{Transport: "TCP"}
		for i, p := range all {
			c := stream.Chunk{Stream: s, Dir: p.dir, Octets: []byte(p.octets)}
			if i == lost {
				c.Octets, c.Missing = nil, int64(len(p.octets))
			}
			h.Data(c)
		}
		h.Ended(s)
		require.LessOrEqual(t, problems, 2)
	}
}
