package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	codec "github.com/miekg/dns"

	"netlab/dns"
	"netlab/stack"
	"netlab/trace"
)

// Resolver finds out about names for a host, over the host's own UDP and TCP.
type Resolver struct {
	host   *stack.Host
	domain string

	mu   sync.Mutex
	core *dns.Resolver
}

// NewResolver returns a resolver that asks the servers of c. Names without a dot are looked for in domain; an empty one stands for the root.
func NewResolver(h *stack.Host, c dns.Config, domain string) *Resolver {
	return &Resolver{host: h, domain: domain, core: dns.NewResolver(c, h.Random, h.Tracer())}
}

// Addrs returns the addresses of a name, IPv6 ones first: what a host's SetResolver takes. Both are asked for at once (RFC 8305, Section 3).
// The error wraps stack.ErrUnknownHost if there is no such name, or it has no address.
func (r *Resolver) Addrs(ctx context.Context, name string) ([]netip.Addr, error) {
	var answers [2]dns.Answer
	var errs [2]error
	var both []func()
	for i, qtype := range []uint16{codec.TypeAAAA, codec.TypeA} {
		both = append(both, func() { answers[i], errs[i] = r.LookUp(ctx, name, qtype) })
	}
	r.host.Together(both...)
	if addrs := append(answers[0].Addrs(), answers[1].Addrs()...); len(addrs) > 0 {
		return addrs, nil
	}
	err := errs[1]
	if errors.Is(err, dns.ErrNoRecord) && errs[0] != nil {
		err = errs[0]
	}
	if errors.Is(err, dns.ErrNoName) || errors.Is(err, dns.ErrNoRecord) {
		return nil, fmt.Errorf("%w: %w", stack.ErrUnknownHost, err)
	}
	return nil, err
}

// LookUp returns the records of a type that a name has. The errors are those of dns.Lookup, or that of ctx.
func (r *Resolver) LookUp(ctx context.Context, name string, qtype uint16) (dns.Answer, error) {
	if r.domain != "" && !strings.Contains(name, ".") {
		name += "." + r.domain
	}
	r.mu.Lock()
	l := &lookup{r: r, Lookup: r.core.Lookup(r.host.Now(), name, qtype)}
	r.mu.Unlock()
	if err := askServers(ctx, r.host, l); err != nil {
		return dns.Answer{}, err
	}
	return l.Result()
}

// lookup is one of several that share a resolver's cache.
type lookup struct {
	r *Resolver
	*dns.Lookup
}

// Next returns a query to send now. false: there is none.
func (l *lookup) Next(now time.Time) (dns.Query, bool) {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.Lookup.Next(now)
}

// Receive takes a message that came from a server and reports whether it was for this question.
func (l *lookup) Receive(now time.Time, from netip.AddrPort, message []byte) bool {
	l.r.mu.Lock()
	defer l.r.mu.Unlock()
	return l.Lookup.Receive(now, from, message)
}

// Exchange asks servers one question and returns the first answer, as it is: nothing is remembered, no alias is followed. The error
// wraps dns.ErrTimeout or dns.ErrServer, or is that of ctx.
func Exchange(ctx context.Context, h Stack, x *dns.Exchange) (dns.Response, error) {
	if err := askServers(ctx, h, x); err != nil {
		return dns.Response{}, err
	}
	return x.Result()
}

// question is what askServers brings to its end: a dns.Exchange or a lookup.
type question interface {
	Next(now time.Time) (dns.Query, bool)
	Receive(now time.Time, from netip.AddrPort, message []byte) bool
	Fail(now time.Time, err error)
	Advance(now time.Time)
	Deadline() time.Time
}

// errNoAnswer is what a server did that sent something else than the answer over a connection.
var errNoAnswer = errors.New("service: the name server sends something else than the answer")

// askServers sends the queries of a question, one after the other, until it has its answer or nothing more to try. The error is that of ctx.
func askServers(ctx context.Context, h Stack, x question) error {
	for {
		q, ok := x.Next(h.Now())
		if !ok {
			return ctx.Err()
		}
		askOnce := askUDP
		if q.TCP {
			askOnce = askTCP
		}
		err := askOnce(ctx, h, q, x)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			x.Fail(h.Now(), err)
		}
	}
}

// askUDP sends a query in a datagram, from a port of its own, and takes what comes back until it is the answer or time is up. The socket takes
// datagrams from the server alone. "Resolver implementations MUST: … Use an unpredictable source port for outgoing queries from the
// range of available ports (53, or 1024 and above) that is as large as possible and practicable". RFC 5452, Section 9.2
func askUDP(ctx context.Context, h Stack, q dns.Query, x question) error {
	conn, err := h.Dial(ctx, "udp", q.Server.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if c, ok := conn.(interface{ SetReason(trace.Reason) error }); ok {
		_ = c.SetReason(q.Why)
	}
	if _, err := conn.Write(q.Octets); err != nil {
		return err
	}
	deadline := x.Deadline()
	conn.SetReadDeadline(deadline)
	datagram := make([]byte, 65535)
	for {
		n, err := conn.Read(datagram)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			x.Advance(maxTime(h.Now(), deadline))
			return nil
		case errors.Is(err, io.EOF):
			return stack.ErrUnreachable // a lent connection ends so
		case err != nil:
			return err
		case x.Receive(h.Now(), q.Server, datagram[:n]):
			return nil
		}
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// askTCP sends a query over a connection of its own and takes the message that comes back.
func askTCP(ctx context.Context, h Stack, q dns.Query, x question) error {
	conn, err := h.Dial(ctx, "tcp", q.Server.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn.SetDeadline(x.Deadline())
	if err := writeMessage(conn, q.Octets); err != nil {
		return err
	}
	message, err := readMessage(bufio.NewReader(conn), 0xffff)
	if err == nil && !x.Receive(h.Now(), q.Server, message) {
		err = errNoAnswer
	}
	return err
}
