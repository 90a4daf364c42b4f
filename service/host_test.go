package service

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/http"
	"netlab/link"
	"netlab/stack"
)

// hosts runs f with a client and a server host on one link, in the virtual time of a synctest bubble.
func hosts(t *testing.T, o Options, f func(t *testing.T, client, server *stack.Host)) {
	synctest.Test(t, func(t *testing.T) {
		names := map[string][]netip.Addr{"h2": {netip.MustParseAddr("10.0.0.2")}}
		a, b := link.Memory(1500)
		client := stack.New(stack.Config{Name: "h1", Seed: 1, Hosts: names})
		server := stack.New(stack.Config{Name: "h2", Seed: 2, Hosts: names})
		client.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, a)
		server.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, b)
		require.NoError(t, Serve(server, o))
		f(t, client, server)
		client.Close()
		server.Close()
		a.Close()
		b.Close()
	})
}

func dial(t *testing.T, h *stack.Host, network, address string) net.Conn {
	t.Helper()
	conn, err := h.Dial(context.Background(), network, address)
	require.NoError(t, err)
	return conn
}

// Two echo services that were set on each other by one forged datagram would never end.
func TestEchoDoesNotAnswerAnEchoService(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		ask := func(port string) error {
			conn, err := client.ListenPacket("udp", port)
			require.NoError(t, err)
			defer conn.Close()
			_, err = conn.WriteTo([]byte("echo"), &net.UDPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 7})
			require.NoError(t, err)
			require.NoError(t, conn.SetReadDeadline(client.Now().Add(time.Second)))
			_, _, err = conn.ReadFrom(make([]byte, 100))
			return err
		}
		require.NoError(t, ask(":5000"))
		require.ErrorIs(t, ask(":7"), os.ErrDeadlineExceeded)
		require.ErrorIs(t, ask(":19"), os.ErrDeadlineExceeded)
	})
}

func TestSmallServices(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		large := bytes.Repeat([]byte("netlab "), 50_000)
		var back bytes.Buffer
		require.NoError(t, Netcat(client, dial(t, client, "tcp", "h2:7"), bytes.NewReader(large), &back))
		require.True(t, bytes.Equal(large, back.Bytes()))

		back.Reset()
		require.NoError(t, Netcat(client, dial(t, client, "udp", "h2:7"), strings.NewReader("one datagram"), &back))
		require.Equal(t, "one datagram", back.String())

		back.Reset()
		require.NoError(t, Netcat(client, dial(t, client, "tcp", "h2:9"), bytes.NewReader(large), &back))
		require.Zero(t, back.Len())

		conn := dial(t, client, "tcp", "h2:19")
		lines := make([]byte, 95*74*3)
		_, err := io.ReadFull(conn, lines)
		require.NoError(t, err)
		require.Equal(t, appendChargenLine(nil, 0), lines[74*190:74*191])
		require.NoError(t, conn.Close())
	})
}

func TestFetch(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		ctx := context.Background()
		want := sha256.New()
		_, err := io.Copy(want, NewPattern(3_000_000))
		require.NoError(t, err)
		got := sha256.New()
		var progress, total int64
		result, err := Fetch(ctx, client, "http://h2/bytes/3000000", FetchOptions{Out: got, Progress: func(n, of int64) { progress, total = n, of }})
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, result.Status)
		require.Equal(t, want.Sum(nil), got.Sum(nil))
		require.EqualValues(t, 3_000_000, result.Octets)
		require.EqualValues(t, 3_000_000, progress)
		require.EqualValues(t, 3_000_000, total)
		require.Equal(t, "10.0.0.2:80", result.Remote.String())
		require.LessOrEqual(t, result.Connected, result.FirstByte)
		require.LessOrEqual(t, result.FirstByte, result.Done)

		for _, length := range []int64{5_000_000, -1} {
			got := sha256.New()
			sum := sha256.New()
			_, err = Fetch(ctx, client, "h2/echo", FetchOptions{Body: io.TeeReader(NewPattern(5_000_000), sum), Length: length, Out: got})
			require.NoError(t, err)
			require.Equal(t, sum.Sum(nil), got.Sum(nil), "what was sent comes back")
		}

		result, err = Fetch(ctx, client, "http://h2/status/404", FetchOptions{})
		require.NoError(t, err)
		require.Equal(t, http.StatusNotFound, result.Status)
		result, err = Fetch(ctx, client, "http://h2/bytes/5", FetchOptions{Method: "HEAD"})
		require.NoError(t, err)
		require.Equal(t, "5", result.Header.Get("Content-Length"))
		require.Zero(t, result.Octets)

		_, err = Fetch(ctx, client, "http://nobody/", FetchOptions{})
		require.ErrorContains(t, err, "nobody")
		_, err = Fetch(ctx, client, "http://h2:81/", FetchOptions{})
		require.ErrorContains(t, err, "refused")
	})
}

func TestFetchEndsWithItsContext(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		ctx, cancel := context.WithTimeout(context.Background(), 1200*time.Millisecond)
		defer cancel()
		var out bytes.Buffer
		result, err := Fetch(ctx, client, "http://h2/slow", FetchOptions{Out: &out})
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, 3, strings.Count(out.String(), "\n"), "what came until then is kept")
		require.EqualValues(t, out.Len(), result.Octets)
	})
}

func TestSlowIsPaced(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var out bytes.Buffer
		result, err := Fetch(context.Background(), client, "http://h2/slow", FetchOptions{Out: &out})
		require.NoError(t, err)
		require.Contains(t, out.String(), "line 10 of 10, 4500 ms after the first\n")
		require.GreaterOrEqual(t, result.Done, 4500*time.Millisecond)
	})
}

func TestConnectionPage(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var out bytes.Buffer
		result, err := Fetch(context.Background(), client, "http://h2/", FetchOptions{Out: &out})
		require.NoError(t, err)
		require.Equal(t, "text/plain; charset=utf-8", result.Header.Get("Content-Type"))
		require.Contains(t, out.String(), result.Local.String())
		require.Contains(t, out.String(), "ESTABLISHED")
		require.Contains(t, out.String(), "1448")
		require.Contains(t, out.String(), "timestamps, SACK")
	})
}

func TestIdleConnectionIsClosed(t *testing.T) {
	hosts(t, Options{Idle: 10 * time.Second}, func(t *testing.T, client, _ *stack.Host) {
		for _, port := range []string{"7", "9", "80"} {
			conn := dial(t, client, "tcp", "h2:"+port)
			start := client.Now()
			_, err := io.Copy(io.Discard, conn)
			require.NoError(t, err)
			require.Equal(t, 10*time.Second, client.Now().Sub(start).Truncate(time.Second), "port %s", port)
			conn.Close()
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	hosts(t, Options{Connections: 2}, func(t *testing.T, client, _ *stack.Host) {
		one := dial(t, client, "tcp", "h2:7")
		two := dial(t, client, "tcp", "h2:7")
		start := client.Now()
		three := dial(t, client, "tcp", "h2:7")
		_, err := three.Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
		require.Less(t, client.Now().Sub(start), time.Second, "it is closed at once, not when it was idle for long")
		three.Close()
		one.Close()
		two.Close()
		synctest.Wait()
		var back bytes.Buffer
		require.NoError(t, Netcat(client, dial(t, client, "tcp", "h2:7"), strings.NewReader("free again"), &back))
		require.Equal(t, "free again", back.String())
	})
}

func TestRefusedRequestGetsItsAnswer(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		conn := dial(t, client, "tcp", "h2:80")
		_, err := conn.Write([]byte("GET / HTTP/1.1\nHost: h2\n\n" + strings.Repeat("more than the server reads ", 10000)))
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		require.NoError(t, err, "no reset overtakes the answer")
		require.Contains(t, string(answer), "a bare LF ends a line")
		conn.Close()
	})
}

func TestPing(t *testing.T) {
	hosts(t, Options{}, func(t *testing.T, client, _ *stack.Host) {
		var lines []string
		start := client.Now()
		each := func(p Probe) { lines = append(lines, p.String()) }
		result, err := Ping(context.Background(), client, netip.MustParseAddr("10.0.0.2"), PingOptions{Count: 3}, each)
		require.NoError(t, err)
		require.Equal(t, 2*time.Second, client.Now().Sub(start).Truncate(time.Second))
		require.Len(t, lines, 3)
		require.Regexp(t, `^64 bytes from 10\.0\.0\.2: icmp_seq=1 ttl=64 time=\d+\.\d{3} ms$`, lines[0])
		require.Contains(t, result.String(), "3 packets transmitted, 3 received, 0% packet loss")

		lines = nil
		result, err = Ping(context.Background(), client, netip.MustParseAddr("10.0.0.9"), PingOptions{Count: 2}, each)
		require.NoError(t, err)
		require.Equal(t, 2, result.Sent)
		require.Zero(t, result.Received)
		require.Contains(t, result.String(), "100% packet loss")

		ctx, cancel := context.WithTimeout(context.Background(), 2500*time.Millisecond)
		defer cancel()
		result, err = Ping(ctx, client, netip.MustParseAddr("10.0.0.2"), PingOptions{}, each)
		require.NoError(t, err)
		require.Equal(t, 3, result.Received)
	})
}
