package stack

import (
	"context"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/link"
)

// pair is two hosts at the ends of one link: a is 10.0.0.1 and fd00::1, b is 10.0.0.2 and fd00::2.
type pair struct{ a, b *Host }

func newPair(t testing.TB, a, b Config) pair {
	la, lb := link.Memory(1500)
	a.Name, b.Name = "a", "b"
	p := pair{New(a), New(b)}
	p.a.Attach("eth0", prefixes("10.0.0.1/24", "fd00::1/64"), la)
	p.b.Attach("eth0", prefixes("10.0.0.2/24", "fd00::2/64"), lb)
	t.Cleanup(func() {
		p.a.Close()
		p.b.Close()
	})
	return p
}

// connect returns the two ends of a connection that a opened.
func (p pair) connect(t testing.TB) (client, server *Conn) {
	l, err := p.b.Listen("tcp", ":80")
	require.NoError(t, err)
	defer l.Close()
	c, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
	require.NoError(t, err)
	s, err := l.Accept()
	require.NoError(t, err)
	return c.(*Conn), s.(*Conn)
}

// within fails the test if f takes longer than a minute, in the time of the test: it is there to end a
// test that hangs, not to measure.
func within(t testing.TB, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("hangs")
	}
}

// send writes b and closes the direction; it returns what went wrong on a channel.
func send(c net.Conn, b []byte) chan error {
	result := make(chan error, 1)
	go func() {
		_, err := c.Write(b)
		if err == nil {
			err = c.(*Conn).CloseWrite()
		}
		result <- err
	}()
	return result
}

func readAll(t testing.TB, c io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(c)
	require.NoError(t, err)
	return b
}
