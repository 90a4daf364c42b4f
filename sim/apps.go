package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"netlab/http"
	"netlab/service"
	"netlab/stack"
	"netlab/tls"
)

// arguments are those of an application, checked and complete.
type arguments map[string]string

func (a arguments) number(name string) int {
	n, _ := strconv.Atoi(a[name])
	return n
}

func (a arguments) duration(name string) time.Duration {
	d, _ := parseDuration(a[name])
	return d
}

// pattern reads n octets to send: the alphabet again and again, so that one sees in a packet's octets
// where it belongs.
type pattern struct{ at, n int }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at == p.n {
		return 0, io.EOF
	}
	b = b[:min(len(b), p.n-p.at)]
	for i := range b {
		b[i] = 'a' + byte((p.at+i)%26)
	}
	p.at += len(b)
	return len(b), nil
}

// plural returns "1 reply", "2 replies".
func plural(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + more
}

func runPing(h *stack.Host, a arguments) (string, error) {
	o := service.PingOptions{Count: a.number("count"), Interval: a.duration("interval"), Size: a.number("bytes")}
	if o.Size == 0 {
		o.Size = -1 // 0 is its default
	}
	if o.Count == 0 {
		return "sends no echo requests: its count is 0", nil
	}
	to, err := h.LookUp(a["to"])
	if err != nil {
		return "", err
	}
	var last error
	r, err := service.Ping(context.Background(), h, to[0], o, func(p service.Probe) {
		if p.Err != nil {
			last = p.Err
		}
	})
	switch {
	case err != nil:
		return "", err
	case r.Received == 0:
		return "", fmt.Errorf("no reply to %s: %w", plural(r.Sent, "echo request", "echo requests"), last)
	}
	return fmt.Sprintf("got %s to %s", plural(r.Received, "reply", "replies"), plural(r.Sent, "echo request", "echo requests")), nil
}

// serverOptions are those of all servers: patient, because a user may lose every packet for a while.
func serverOptions() service.Options { return service.Options{Idle: time.Hour} }

func runHTTPServer(h *stack.Host, a arguments) (string, error) {
	return "", service.ServeWeb(h, ":"+a["port"], serverOptions())
}

func runHTTPEvents(h *stack.Host, a arguments, cfg tls.Config) (string, error) {
	n, last := 0, ""
	if a.number("count") == 0 {
		return "wants no events", nil
	}
	err := service.FollowEvents(context.Background(), h, a["url"], cfg, func(e http.ServerEvent) bool {
		n, last = n+1, e.ID
		return n < a.number("count")
	})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("got %s, the last with the ID %q", plural(n, "event", "events"), last), nil
}

func runWebSocket(h *stack.Host, a arguments, cfg tls.Config) (string, error) {
	o := service.WebSocketOptions{Pause: a.duration("interval"), Random: service.Chance(h), TLS: cfg}
	for range a.number("count") {
		o.Messages = append(o.Messages, a["text"])
	}
	answers, err := service.AskWebSocket(context.Background(), h, a["url"], o)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("got %s to %s", plural(len(answers), "answer", "answers"), plural(len(o.Messages), "message", "messages")), nil
}

func runTCPEcho(h *stack.Host, a arguments) (string, error) {
	return "", service.Accept(h, ":"+a["port"], serverOptions(), service.Echo)
}

func runTCPSink(h *stack.Host, a arguments) (string, error) {
	return "", service.Accept(h, ":"+a["port"], serverOptions(), func(h *stack.Host, c net.Conn) {
		if h.Sleep(a.duration("pause")) == nil {
			service.Discard(h, c)
		}
	})
}

func runTCPSend(h *stack.Host, a arguments) (string, error) {
	c, err := h.Dial(context.Background(), "tcp", a["to"])
	if err != nil {
		return "", err
	}
	n := a.number("bytes")
	var back counter
	if err := service.Netcat(h, c, &pattern{n: n}, &back); err != nil {
		return "", err
	}
	return fmt.Sprintf("sent %d octets and got %d back", n, back), nil
}

// counter counts the octets written to it.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

func runUDPEcho(h *stack.Host, a arguments) (string, error) {
	return "", service.EchoDatagrams(h, ":"+a["port"])
}

func runUDPSend(h *stack.Host, a arguments) (string, error) {
	c, err := h.Dial(context.Background(), "udp", a["to"])
	if err != nil {
		return "", err
	}
	defer c.Close()
	data, _ := io.ReadAll(&pattern{n: a.number("bytes")})
	answers := 0
	b := make([]byte, 65535)
	for range a.number("count") {
		if _, err := c.Write(data); err != nil {
			return "", err
		}
		c.SetReadDeadline(h.Now().Add(a.duration("wait")))
		_, err := c.Read(b)
		switch {
		case err == nil:
			answers++
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return "", err
		}
	}
	return fmt.Sprintf("got %s to %s", plural(answers, "answer", "answers"), plural(a.number("count"), "datagram", "datagrams")), nil
}
