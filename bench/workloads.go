package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const port = 7000

// serve accepts connections and gives each to f on a goroutine.
func serve(s stack, f func(net.Conn)) error {
	l, err := s.listen(port)
	if err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f(c)
		}
	}()
	return nil
}

// bulk is how fast a connection carries octets, in millions a second. The time ends when the server has
// read the last one.
func bulk(s stack, scale int) (float64, error) {
	total := int64(scale) * 192 << 20
	done := make(chan int64, 1)
	err := serve(s, func(c net.Conn) {
		defer c.Close()
		n, _ := receiveAll(c)
		done <- n
	})
	if err != nil {
		return 0, err
	}
	c, err := s.dial(port)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	start := time.Now()
	if err := sendAll(c, total); err != nil {
		return 0, err
	}
	if got := <-done; got != total {
		return 0, fmt.Errorf("%d of %d octets arrived", got, total)
	}
	return float64(total) / 1e6 / time.Since(start).Seconds(), nil
}

// sendAll sends n octets and closes the direction.
func sendAll(c net.Conn, n int64) error {
	chunk := make([]byte, 64<<10)
	for n > 0 {
		k, err := c.Write(chunk[:min(n, int64(len(chunk)))])
		if err != nil {
			return err
		}
		n -= int64(k)
	}
	closer, ok := c.(interface{ CloseWrite() error })
	if !ok {
		return errors.New("the connection cannot close one direction")
	}
	return closer.CloseWrite()
}

// receiveAll reads to the end. The wrappers keep io.CopyBuffer from ways that only some connections have.
func receiveAll(c net.Conn) (int64, error) {
	return io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{c}, make([]byte, 256<<10))
}

func echo(c net.Conn) {
	defer c.Close()
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
	}
}

// pingPong is how often a second one octet goes there and back.
func pingPong(s stack, scale int) (float64, error) {
	count := scale * 20_000
	if err := serve(s, echo); err != nil {
		return 0, err
	}
	c, err := s.dial(port)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	var b [1]byte
	start := time.Now()
	for range count {
		if _, err := c.Write(b[:]); err != nil {
			return 0, err
		}
		if _, err := io.ReadFull(c, b[:]); err != nil {
			return 0, err
		}
	}
	return float64(count) / time.Since(start).Seconds(), nil
}

// connectClose is how many connections a second are opened and closed; the server closes when it sees
// the client's FIN.
func connectClose(s stack, scale int) (float64, error) {
	err := serve(s, func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.Close()
	})
	if err != nil {
		return 0, err
	}
	return connectMany(s, scale*5_000, func(net.Conn) error { return nil })
}

// connectRequest is the same with one octet there and back.
func connectRequest(s stack, scale int) (float64, error) {
	if err := serve(s, echo); err != nil {
		return 0, err
	}
	return connectMany(s, scale*4_000, func(c net.Conn) error {
		var b [1]byte
		if _, err := c.Write(b[:]); err != nil {
			return err
		}
		_, err := io.ReadFull(c, b[:])
		return err
	})
}

// connectMany opens count connections, eight at a time, uses each and closes it.
func connectMany(s stack, count int, use func(net.Conn) error) (float64, error) {
	var left atomic.Int64
	left.Store(int64(count))
	var all sync.WaitGroup
	results := make([]error, 8)
	start := time.Now()
	for i := range results {
		all.Go(func() {
			for left.Add(-1) >= 0 && results[i] == nil {
				c, err := s.dial(port)
				if err == nil {
					err = errors.Join(use(c), c.Close())
				}
				results[i] = err
			}
		})
	}
	all.Wait()
	return float64(count) / time.Since(start).Seconds(), errors.Join(results...)
}

// idleHeap is how many octets of heap a connection takes on which nothing happens, both ends together.
func idleHeap(s stack, scale int) (float64, error) {
	count := scale * 2_000
	held := make(chan net.Conn, count)
	l, err := s.listen(port)
	if err != nil {
		return 0, err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			held <- c
		}
	}()
	before := heap()
	clients := make([]net.Conn, count)
	servers := make([]net.Conn, count)
	for i := range clients {
		if clients[i], err = s.dial(port); err != nil {
			return 0, err
		}
		servers[i] = <-held
	}
	used := heap() - before
	for i := range clients {
		clients[i].Close()
		servers[i].Close()
	}
	return float64(used) / float64(count), nil
}

// heap returns the octets in use after the rubbish is collected.
func heap() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
		time.Sleep(20 * time.Millisecond)
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
