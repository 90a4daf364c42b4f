package adapter

import (
	"context"
	"errors"
	"io"
	"net"
	nethttp "net/http"
	"sync"
	"sync/atomic"
	"time"

	"netlab/http"
)

// Server serves a handler of net/http on listeners. The zero value, with a Handler, works.
type Server struct {
	Handler nethttp.Handler // nil: nethttp.DefaultServeMux
	HTTP    http.Server     // limits, time-outs, name; Now is the machine's clock if it is nil; Closing and Idle are the Server's own

	mu        sync.Mutex
	listeners map[net.Listener]bool
	conns     map[*watched]bool
	closing   atomic.Bool
	served    sync.WaitGroup
}

// Serve accepts connections and serves each on a goroutine of its own, until the listener fails: then it returns the reason, after Shutdown or Close
// nethttp.ErrServerClosed.
func (s *Server) Serve(l net.Listener) error {
	server := s.server()
	s.mu.Lock()
	if s.closing.Load() {
		s.mu.Unlock()
		return nethttp.ErrServerClosed
	}
	if s.listeners == nil {
		s.listeners, s.conns = map[net.Listener]bool{}, map[*watched]bool{}
	}
	s.listeners[l] = true
	s.mu.Unlock()
	defer l.Close()
	for {
		conn, err := l.Accept()
		if s.closing.Load() {
			if err == nil {
				conn.Close()
			}
			return nethttp.ErrServerClosed
		}
		if err != nil {
			return err
		}
		s.served.Go(func() { s.serve(&server, newWatched(conn)) })
	}
}

// server returns the settings of all connections.
func (s *Server) server() http.Server {
	server := s.HTTP
	if server.Now == nil {
		server.Now = time.Now
	}
	server.Closing = s.closing.Load
	server.Idle = func(conn io.ReadWriter, idle bool) { conn.(*watched).idle.Store(idle) }
	return server
}

// serve serves one connection.
func (s *Server) serve(server *http.Server, conn *watched) {
	s.mu.Lock()
	s.conns[conn] = true
	s.mu.Unlock()
	handler := s.Handler
	if handler == nil {
		handler = nethttp.DefaultServeMux
	}
	served, hijacked := newConnection(handler, conn), false
	_ = server.ServeConn(conn, func(w *http.ResponseWriter, r *http.Request) {
		served.serve(w, r)
		hijacked = w.Taken()
	})
	if !hijacked {
		drain(conn)
		conn.Close()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, conn)
}

// What drain waits for at most.
const (
	drainOctets = 256 << 10
	drainTime   = 500 * time.Millisecond
)

// drain closes a connection in stages, so that a reset does not take the answer away from a client that is still sending (RFC 9112, Section 9.6).
func drain(conn *watched) {
	if conn.CloseWrite() != nil {
		return
	}
	conn.SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, conn, drainOctets)
}

// Shutdown closes the listeners, lets the answers at hand be completed, and returns when the last connection has ended, or with ctx's error.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop(func(conn *watched) {
		if conn.idle.Load() {
			conn.SetReadDeadline(time.Unix(1, 0))
		}
	})
	done := make(chan struct{})
	go func() {
		s.served.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close closes the listeners and all connections.
func (s *Server) Close() error {
	return s.stop(func(conn *watched) { conn.Close() })
}

func (s *Server) stop(end func(conn *watched)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closing.Store(true)
	var errs []error
	for l := range s.listeners {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	for conn := range s.conns {
		end(conn)
	}
	return errors.Join(errs...)
}
