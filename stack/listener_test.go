package stack

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// MUST-41, MUST-42
func TestManyConnections(t *testing.T) {
	const count = 500
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		l, err := p.b.Listen("tcp", ":7")
		require.NoError(t, err)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go func() {
					defer c.Close()
					b := make([]byte, 64)
					n, _ := c.Read(b)
					c.Write(b[:n])
				}()
			}
		}()
		var all sync.WaitGroup
		for i := range count {
			all.Go(func() {
				c, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:7")
				require.NoError(t, err)
				defer c.Close()
				line := fmt.Sprintf("connection %d", i)
				_, err = c.Write([]byte(line))
				require.NoError(t, err)
				require.Equal(t, line, string(readAll(t, c)))
			})
		}
		all.Wait()
		time.Sleep(10 * time.Minute)
		require.Empty(t, p.a.Connections())
		require.Empty(t, p.b.Connections())
		require.NoError(t, l.Close())
	})
}

func TestTimeWaitIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{TimeWait: 10}, Config{})
		for range 30 {
			client, server := p.connect(t)
			require.NoError(t, client.Close())
			require.Empty(t, readAll(t, server))
			require.NoError(t, server.Close())
			synctest.Wait()
		}
		require.Len(t, p.a.Connections(), 10)
		require.Len(t, p.a.timers.heap, 10)
	})
}

func TestAcceptQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{Backlog: 3, TCP: tcp.Config{NoSYNCookies: true}})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		results := make(chan error, 5)
		for range 5 {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), 500*time.Millisecond)
				defer cancel()
				_, err := p.a.Dial(ctx, "tcp", "10.0.0.2:80")
				results <- err
			}()
		}
		failed := 0
		for range 5 {
			if err := <-results; err != nil {
				require.ErrorIs(t, err, context.DeadlineExceeded)
				failed++
			}
		}
		require.Equal(t, 2, failed)

		_, err = l.Accept() // makes room for one
		require.NoError(t, err)
		_, err = p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
		require.NoError(t, err)
	})
}

// With SYN cookies more clients than the backlog has room for may come at once: they are served as the application accepts.
func TestMoreClientsThanTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{Backlog: 3})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				c, err := p.a.Dial(t.Context(), "tcp", "10.0.0.2:80")
				require.NoError(t, err)
				_, err = c.Write([]byte("hello"))
				require.NoError(t, err)
				require.Equal(t, "world", string(readAll(t, c)))
			})
		}
		synctest.Wait()
		for range 20 {
			c, err := l.Accept()
			require.NoError(t, err)
			b := make([]byte, 5)
			_, err = c.Read(b)
			require.NoError(t, err)
			_, err = c.Write([]byte("world"))
			require.NoError(t, err)
			require.NoError(t, c.Close())
		}
		all.Wait()
	})
}

// RFC 4987, Section 3.4: connections that are never established do not keep others out.
func TestOldHalfOpenConnectionsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{Backlog: 3})
		_, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		src, dst := netip.MustParseAddr("10.0.0.77"), netip.MustParseAddr("10.0.0.2")
		for port := range uint16(20) { // from an address where nobody answers the SYN-ACK
			syn := tcp.Segment{SrcPort: 1000 + port, DstPort: 80, Seq: 1, Flags: tcp.SYN}
			h := ip.Header{TTL: 64, Protocol: ip.TCP, Src: src, Dst: dst, TotalLength: 20 + syn.HeaderLen()}
			b := make([]byte, h.TotalLength)
			h.Put(b)
			syn.Put(b[20:], src, dst)
			p.b.Deliver(0, []link.Packet{{Octets: b}})
		}
		require.Len(t, p.b.Connections(), 3)
		time.Sleep(patience)
		for range 3 {
			ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
			_, err = p.a.Dial(ctx, "tcp", "10.0.0.2:80")
			cancel()
			require.NoError(t, err)
		}
	})
}

func TestListenerClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		l, err := p.b.Listen("tcp", "10.0.0.2:80")
		require.NoError(t, err)
		require.Equal(t, "10.0.0.2:80", l.Addr().String())
		c, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
		require.NoError(t, err)

		require.NoError(t, l.Close())
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrReset, "never accepted")
		_, err = l.Accept()
		require.ErrorIs(t, err, net.ErrClosed)
		require.ErrorIs(t, l.Close(), net.ErrClosed)
		_, err = p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
		require.ErrorIs(t, err, tcp.ErrRefused)
		again, err := p.b.Listen("tcp", "10.0.0.2:80")
		require.NoError(t, err, "the port is free again")
		require.NoError(t, again.Close())
	})
}

func TestAcceptDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		require.NoError(t, l.(*Listener).SetDeadline(time.Now().Add(time.Second)))
		_, err = l.Accept()
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
}

// MUST-43
func TestListenAddresses(t *testing.T) {
	p := newPair(t, Config{}, Config{})
	for _, c := range []struct {
		network, address string
		is               error
	}{
		{"tcp", "10.0.0.1:0", nil},
		{"tcp4", ":0", nil},
		{"tcp", "10.0.0.9:80", syscall.EADDRNOTAVAIL},
		{"tcp", "nowhere:80", ErrUnknownHost},
		{"tcp", "10.0.0.1:80:90", nil},
		{"tcp", "10.0.0.1:http", nil},
		{"tcp", "10.0.0.1:65536", nil},
		{"unix", "/tmp/x", net.UnknownNetworkError("unix")},
	} {
		l, err := p.a.Listen(c.network, c.address)
		switch {
		case err == nil:
			port := l.Addr().(*net.TCPAddr).Port
			require.True(t, port >= firstEphemeral && port <= lastEphemeral, "port %d", port)
			_, err = p.a.Listen("tcp", l.Addr().String())
			require.ErrorIs(t, err, syscall.EADDRINUSE)
			require.NoError(t, l.Close())
			require.Nil(t, c.is)
		case c.is != nil:
			require.ErrorIs(t, err, c.is)
		default:
			require.Error(t, err, c.address)
		}
	}
}

func TestDialContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPair(t, Config{}, Config{})
		p.b.Close() // nobody answers
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		start := time.Now()
		_, err := p.a.Dial(ctx, "tcp", "10.0.0.2:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 2*time.Second, time.Since(start))
		require.Empty(t, p.a.Connections())

		_, err = p.a.Dial(ctx, "tcp", "10.0.0.2:80")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = p.a.Dial(context.Background(), "tcp", "192.0.2.1:80")
		require.ErrorIs(t, err, ErrNoRoute)
		_, err = p.a.Dial(context.Background(), "tcp", "10.0.0.1:80")
		require.ErrorIs(t, err, tcp.ErrRefused, "to the host itself")
		_, err = p.a.Dial(context.Background(), "sctp", "10.0.0.2:80")
		require.ErrorIs(t, err, net.UnknownNetworkError("sctp"))
	})
}
