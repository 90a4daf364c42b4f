package stack

import (
	"context"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/tcp"
)

// serveEach accepts connections on b's port 80 and gives each to f on a goroutine.
func (p pair) serveEach(t testing.TB, f func(net.Conn)) {
	l, err := p.b.Listen("tcp", ":80")
	require.NoError(t, err)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f(c)
		}
	}()
}

func (p pair) dial(t testing.TB) net.Conn {
	c, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
	require.NoError(t, err)
	return c
}

// BenchmarkBulk: one connection, as fast as it goes; an operation is 64 KiB.
func BenchmarkBulk(b *testing.B) {
	client, server := newPair(b, Config{}, Config{}).connect(b)
	done := make(chan int64)
	go func() {
		buf := make([]byte, 256<<10)
		var total int64
		for {
			n, err := server.Read(buf)
			total += int64(n)
			if err != nil {
				done <- total
				return
			}
		}
	}()
	chunk := make([]byte, 64<<10)
	b.SetBytes(int64(len(chunk)))
	b.ReportAllocs()
	var want int64
	for b.Loop() {
		if _, err := client.Write(chunk); err != nil {
			b.Fatal(err)
		}
		want += int64(len(chunk))
	}
	client.CloseWrite()
	require.Equal(b, want, <-done)
}

// BenchmarkPingPong: one octet there and back.
func BenchmarkPingPong(b *testing.B) {
	p := newPair(b, Config{}, Config{})
	p.serveEach(b, func(c net.Conn) {
		var octet [1]byte
		for {
			if _, err := c.Read(octet[:]); err != nil {
				return
			}
			c.Write(octet[:])
		}
	})
	c := p.dial(b)
	b.ReportAllocs()
	var octet [1]byte
	for b.Loop() {
		c.Write(octet[:])
		if _, err := io.ReadFull(c, octet[:]); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkConnectClose: eight workers open and close connections; the server closes when it sees the FIN.
func BenchmarkConnectClose(b *testing.B) {
	cfg := Config{TCP: tcp.Config{MSL: time.Millisecond}}
	p := newPair(b, cfg, cfg)
	p.serveEach(b, func(c net.Conn) {
		var octet [1]byte
		c.Read(octet[:])
		c.Close()
	})
	b.ReportAllocs()
	b.SetParallelism(max(1, 8/runtime.GOMAXPROCS(0)))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c, err := p.a.Dial(context.Background(), "tcp", "10.0.0.2:80")
			if err != nil {
				b.Error(err)
				return
			}
			c.Close()
		}
	})
}

// BenchmarkIdleConnection reports the heap that a connection takes on which nothing happens, both ends
// together.
func BenchmarkIdleConnection(b *testing.B) {
	const count = 2000
	for b.Loop() {
		p := newPair(b, Config{}, Config{})
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(b, err)
		before := heapInUse()
		var held [2 * count]net.Conn
		for i := range count {
			held[2*i] = p.dial(b)
			held[2*i+1], err = l.Accept()
			require.NoError(b, err)
		}
		b.ReportMetric(float64(heapInUse()-before)/count, "heap-B/conn")
		runtime.KeepAlive(&held)
		p.a.Close()
		p.b.Close()
	}
}

func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
