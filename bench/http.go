package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	nethttp "net/http"
	"os/exec"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"netlab/http"
	"netlab/http/adapter"
)

// httpRows compare HTTP: netlab's own server and client on netlab's stack, and net/http on either stack; over the kernel's loopback both servers under wrk.
func httpRows() []row {
	rows := []row{
		{name: "HTTP in memory, 8 connections, own HTTP", unit: "1/s", beside: "net/http on gVisor", netlab: on(openNetlab, oursRequests), peer: on(openPeer, standardRequests)},
		{name: "HTTP in memory, 8 connections, net/http", unit: "1/s", beside: "net/http on gVisor", netlab: on(openNetlab, standardRequests), peer: on(openPeer, standardRequests)},
		{name: "HTTP over loopback, wrk, 64 connections", unit: "1/s", beside: "net/http", netlab: wrk(serveOurs), peer: wrk(serveStandard)},
		{name: "HTTP over loopback, wrk, net/http's handler", unit: "1/s", beside: "net/http", netlab: wrk(serveAdapted), peer: wrk(serveStandard)},
	}
	if _, err := exec.LookPath("wrk"); err != nil {
		rows = rows[:2]
	}
	return rows
}

const helloWorld = "hello, world\n"

// serveOurs answers with netlab's server, serveStandard with net/http's, until the listener is closed.
func serveOurs(l net.Listener) {
	server := http.Server{Now: time.Now}
	handler := func(w *http.ResponseWriter, r *http.Request) {
		w.Header.Add("Content-Type", "text/plain")
		w.WriteString(helloWorld)
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		go func() {
			defer conn.Close()
			_ = server.ServeConn(conn, handler)
		}()
	}
}

func serveStandard(l net.Listener) { _ = nethttp.Serve(l, nethttp.HandlerFunc(hello)) }

// serveAdapted answers with the same handler on netlab's server.
func serveAdapted(l net.Listener) {
	_ = (&adapter.Server{Handler: nethttp.HandlerFunc(hello)}).Serve(l)
}

func hello(w nethttp.ResponseWriter, _ *nethttp.Request) {
	w.Header().Set("Content-Type", "text/plain")
	io.WriteString(w, helloWorld)
}

// oursRequests is how many requests a second eight connections carry that ask one after the other, with netlab's HTTP at both ends.
func oursRequests(s stack, scale int) (float64, error) {
	l, err := s.listen(port)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	go serveOurs(l)
	return requests(scale*150_000, func(next func() bool) error {
		conn, err := s.dial(port)
		if err != nil {
			return err
		}
		defer conn.Close()
		client := http.NewClientConn(conn, http.Limits{})
		request := &http.Request{Target: "/", Header: http.Header{{Name: "Host", Value: "10.0.0.2:7000"}, {Name: "User-Agent", Value: "bench"}}}
		content := make([]byte, 100)
		for next() {
			response, err := client.RoundTrip(request)
			if err != nil {
				return err
			}
			if n, err := io.ReadFull(response.Body, content[:len(helloWorld)]); err != nil || string(content[:n]) != helloWorld {
				return fmt.Errorf("the answer is %q: %w", content[:n], err)
			}
		}
		return nil
	})
}

// standardRequests is the same with net/http at both ends.
func standardRequests(s stack, scale int) (float64, error) {
	l, err := s.listen(port)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	go serveStandard(l)
	return requests(scale*30_000, func(next func() bool) error {
		transport := &nethttp.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return s.dial(port) }}
		defer transport.CloseIdleConnections()
		client := nethttp.Client{Transport: transport}
		for next() {
			response, err := client.Get("http://10.0.0.2:7000/")
			if err != nil {
				return err
			}
			content, err := io.ReadAll(response.Body)
			response.Body.Close()
			if err != nil || string(content) != helloWorld {
				return fmt.Errorf("the answer is %q: %w", content, err)
			}
		}
		return nil
	})
}

// requests runs eight clients, which ask as long as next lets them, count times in all.
func requests(count int, client func(next func() bool) error) (float64, error) {
	var left atomic.Int64
	left.Store(int64(count))
	var all sync.WaitGroup
	results := make([]error, 8)
	start := time.Now()
	for i := range results {
		all.Go(func() { results[i] = client(func() bool { return left.Add(-1) >= 0 }) })
	}
	all.Wait()
	return float64(count) / time.Since(start).Seconds(), errors.Join(results...)
}

// wrk is how many requests a second wrk counts on a server behind the kernel's loopback interface.
func wrk(serve func(net.Listener)) func(scale int) (float64, error) {
	return func(scale int) (float64, error) {
		l, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		defer l.Close()
		go serve(l)
		out, err := exec.Command("wrk", "-t1", "-c64", fmt.Sprintf("-d%ds", 1+scale), "http://"+l.Addr().String()+"/").CombinedOutput()
		if err != nil {
			return 0, fmt.Errorf("wrk: %w: %s", err, out)
		}
		m := regexp.MustCompile(`Requests/sec: *([0-9.]+)`).FindSubmatch(out)
		if m == nil || bytes.Contains(out, []byte("Non-2xx")) {
			return 0, fmt.Errorf("wrk says %s", out)
		}
		return strconv.ParseFloat(string(m[1]), 64)
	}
}
