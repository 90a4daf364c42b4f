package stack

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/nettest"

	"netlab/tcp"
)

func TestNettest(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		p := newPair(t, Config{}, Config{})
		client, server := p.connect(t)
		return client, server, func() {
			client.Close()
			server.Close()
			p.a.Close()
			p.b.Close()
		}, nil
	})
}

func TestBothDirections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{Seed: 1}, Config{Seed: 2}).connect(t)
		up, down := make([]byte, 3<<20), make([]byte, 2<<20)
		rng := rand.NewChaCha8([32]byte{1})
		rng.Read(up)
		rng.Read(down)
		sentUp, sentDown := send(client, up), send(server, down)
		got := make(chan []byte)
		go func() { got <- readAll(t, client) }()
		require.True(t, bytes.Equal(up, readAll(t, server)), "what a sent")
		require.True(t, bytes.Equal(down, <-got), "what b sent")
		require.NoError(t, <-sentUp)
		require.NoError(t, <-sentDown)
	})
}

func TestTransfer50MB(t *testing.T) {
	client, server := newPair(t, Config{}, Config{}).connect(t)
	data := make([]byte, 50<<20)
	rand.NewChaCha8([32]byte{2}).Read(data)
	within(t, func() {
		sent := send(client, data)
		got := readAll(t, server)
		require.NoError(t, <-sent)
		require.True(t, bytes.Equal(data, got))
	})
}

func TestHalfClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		require.NoError(t, client.CloseWrite())
		require.Empty(t, readAll(t, server), "the FIN is the end of file")
		_, err := client.Write([]byte("x"))
		require.ErrorIs(t, err, tcp.ErrClosing)

		_, err = server.Write([]byte("still here"))
		require.NoError(t, err)
		require.NoError(t, server.Close())
		require.Equal(t, "still here", string(readAll(t, client)))
	})
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, server := p.connect(t)
		require.NoError(t, client.Close())
		require.Empty(t, readAll(t, server))
		require.NoError(t, server.Close())
		synctest.Wait()
		require.Empty(t, p.b.Connections(), "LAST-ACK is over")
		require.Len(t, p.a.Connections(), 1, "who closes first waits")
		require.Equal(t, tcp.TimeWait, p.a.Connections()[0].Snapshot.State)

		time.Sleep(5 * time.Minute)
		require.Empty(t, p.a.Connections(), "TIME-WAIT is over")
		require.Empty(t, p.a.timers.heap)
	})
}

func TestAbandonedInFinWait2(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, server := p.connect(t)
		require.NoError(t, client.Close())
		synctest.Wait()
		require.Equal(t, tcp.FinWait2, p.a.Connections()[0].Snapshot.State)
		time.Sleep(59 * time.Second)
		require.Len(t, p.a.Connections(), 1)
		time.Sleep(2 * time.Second)
		require.Empty(t, p.a.Connections(), "a peer that never closes is given up")
		_, err := server.Write([]byte("x"))
		require.NoError(t, err)
		synctest.Wait()
		_, err = server.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrReset, "nobody knows the connection any more")
	})
}

func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		_, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:81")
		require.ErrorIs(t, err, tcp.ErrRefused)
		var op *net.OpError
		require.ErrorAs(t, err, &op)
		require.Equal(t, "dial", op.Op)
		require.Equal(t, "10.0.0.2:81", op.Addr.String())
		require.Empty(t, p.a.Connections())
	})
}

func TestCloseWithUnreadDataResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		_, err := client.Write([]byte("nobody reads this"))
		require.NoError(t, err)
		synctest.Wait()
		require.NoError(t, server.Close())
		synctest.Wait()
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrReset)
		_, err = client.Write([]byte("x"))
		require.ErrorIs(t, err, tcp.ErrReset)
	})
}

func TestDataAfterCloseResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		require.NoError(t, server.Close())
		synctest.Wait()
		_, err := client.Write([]byte("too late"))
		require.NoError(t, err)
		synctest.Wait()
		_, err = client.Write([]byte("x"))
		require.ErrorIs(t, err, tcp.ErrReset)
	})
}

func TestLingerZeroResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, server := p.connect(t)
		require.NoError(t, client.SetLinger(0))
		require.NoError(t, client.Close())
		synctest.Wait()
		_, err := server.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrReset)
		require.Empty(t, p.a.Connections(), "a reset connection has no TIME-WAIT")
	})
}

func TestDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		start := time.Now()

		require.NoError(t, client.SetReadDeadline(start.Add(3*time.Second)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		require.True(t, timeout.Timeout())
		require.Equal(t, 3*time.Second, time.Since(start))

		require.NoError(t, client.SetReadDeadline(time.Time{}))
		go func() {
			time.Sleep(time.Second)
			client.SetReadDeadline(time.Now()) // wakes the Read that waits
		}()
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, 4*time.Second, time.Since(start))

		require.NoError(t, client.SetWriteDeadline(time.Now().Add(time.Second)))
		n, err := client.Write(make([]byte, 16<<20)) // more than the two buffers hold
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Positive(t, n)
		require.Less(t, n, 16<<20)

		got := make([]byte, n)
		_, err = io.ReadFull(server, got) // what was taken before the deadline arrives
		require.NoError(t, err)
	})
}

func TestCloseWakesReaderAndWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		defer server.Close()
		results := make(chan error, 2)
		go func() {
			_, err := client.Read(make([]byte, 1))
			results <- err
		}()
		go func() {
			_, err := client.Write(make([]byte, 16<<20))
			results <- err
		}()
		synctest.Wait()
		require.NoError(t, client.Close())
		require.ErrorIs(t, <-results, net.ErrClosed)
		require.ErrorIs(t, <-results, net.ErrClosed)
		require.ErrorIs(t, client.Close(), net.ErrClosed)
		require.ErrorIs(t, client.SetDeadline(time.Time{}), net.ErrClosed)
	})
}

func TestWritesStayTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := newPair(t, Config{}, Config{}).connect(t)
		const size = 3 << 20 // each waits for room several times
		var all sync.WaitGroup
		for _, letter := range "abc" {
			all.Go(func() {
				_, err := client.Write(bytes.Repeat([]byte{byte(letter)}, size))
				require.NoError(t, err)
			})
		}
		go func() {
			all.Wait()
			client.CloseWrite()
		}()
		got := readAll(t, server)
		require.Len(t, got, 3*size)
		for i := range 3 {
			part := got[i*size : (i+1)*size]
			require.Equal(t, size, bytes.Count(part, part[:1]), "part %d is mixed", i)
		}
	})
}

func TestConcurrentUse(t *testing.T) {
	client, server := newPair(t, Config{}, Config{}).connect(t)
	within(t, func() {
		var all sync.WaitGroup
		for _, c := range []*Conn{client, server} {
			for range 4 {
				all.Go(func() {
					b := make([]byte, 1000)
					for {
						c.SetDeadline(time.Now().Add(time.Second))
						if _, err := c.Write(b); err != nil {
							return
						}
						c.Snapshot()
					}
				})
				all.Go(func() {
					b := make([]byte, 1000)
					for n := 0; n < 1<<20; {
						k, err := c.Read(b)
						if n += k; err != nil {
							return
						}
					}
					c.Close()
				})
			}
		}
		all.Wait()
	})
}

func TestPeerGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, _ := p.connect(t)
		p.b.mu.Lock()
		p.b.closed = true // b takes no packet any more, and says nothing
		p.b.mu.Unlock()
		_, err := client.Write([]byte("anybody there?"))
		require.NoError(t, err)
		start := time.Now()
		_, err = client.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrTimeout)
		require.Greater(t, time.Since(start), 100*time.Second, "RFC 1122, Section 4.2.3.5 asks for at least 100 s")
		require.Empty(t, p.a.Connections())
	})
}

func TestHostCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		client, server := p.connect(t)
		l, err := p.b.Listen("tcp", ":81")
		require.NoError(t, err)
		results := make(chan error, 4)
		go func() {
			_, err := server.Read(make([]byte, 1))
			results <- err
		}()
		go func() {
			_, err := l.Accept()
			results <- err
		}()
		go func() { results <- p.b.Sleep(time.Hour) }()
		synctest.Wait()
		require.NoError(t, p.b.Close())
		for range 3 {
			require.ErrorIs(t, <-results, net.ErrClosed)
		}
		require.ErrorIs(t, p.b.Close(), net.ErrClosed)
		_, err = p.b.Dial(context.Background(), "tcp", "10.0.0.1:80")
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = p.b.Listen("tcp", ":82")
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = client.Read(make([]byte, 1))
		require.True(t, errors.Is(err, tcp.ErrReset), "the peer hears of it: %v", err)
	})
}
