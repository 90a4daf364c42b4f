package service

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"

	codec "github.com/miekg/dns"

	"netlab/dns"
	"netlab/stack"
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
	lookups := r.begin(name, codec.TypeAAAA, codec.TypeA)
	if err := r.run(ctx, lookups); err != nil {
		return nil, err
	}
	var addrs []netip.Addr
	var failure error
	for _, l := range lookups {
		answer, err := l.Result()
		addrs = append(addrs, answer.Addrs()...)
		if failure == nil || !errors.Is(err, dns.ErrNoRecord) {
			failure = err
		}
	}
	switch {
	case len(addrs) > 0:
		return addrs, nil
	case errors.Is(failure, dns.ErrNoName) || errors.Is(failure, dns.ErrNoRecord):
		return nil, fmt.Errorf("%w: %w", stack.ErrUnknownHost, failure)
	}
	return nil, failure
}

// LookUp returns the records of a type that a name has. The errors are those of dns.Lookup, or that of ctx.
func (r *Resolver) LookUp(ctx context.Context, name string, qtype uint16) (dns.Answer, error) {
	lookups := r.begin(name, qtype)
	if err := r.run(ctx, lookups); err != nil {
		return dns.Answer{}, err
	}
	return lookups[0].Result()
}

// begin returns a lookup for each type.
func (r *Resolver) begin(name string, types ...uint16) []*dns.Lookup {
	if r.domain != "" && !strings.Contains(name, ".") {
		name += "." + r.domain
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var lookups []*dns.Lookup
	for _, t := range types {
		lookups = append(lookups, r.core.Lookup(r.host.Now(), name, t))
	}
	return lookups
}

// run asks until every lookup has its answer. The datagrams of all go out from one port, which the host chose by chance.
func (r *Resolver) run(ctx context.Context, lookups []*dns.Lookup) error {
	opened, err := r.host.ListenPacket("udp", ":0")
	if err != nil {
		return fmt.Errorf("service: resolver: %w", err)
	}
	conn := opened.(*stack.PacketConn)
	defer conn.Close()
	_ = conn.ReportErrors(true)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	datagram := make([]byte, 65535)
	for {
		r.ask(ctx, conn, lookups)
		deadline, waiting := r.deadline(lookups)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case !waiting:
			return nil
		}
		conn.SetReadDeadline(deadline)
		n, from, err := conn.ReadFromUDPAddrPort(datagram)
		if errors.Is(err, net.ErrClosed) && ctx.Err() == nil {
			return err // the host is closed
		}
		r.receive(lookups, from, datagram[:n], err)
	}
}

// ask sends what the lookups want to send now. What goes over TCP has its answer when ask returns.
func (r *Resolver) ask(ctx context.Context, conn *stack.PacketConn, lookups []*dns.Lookup) {
	for again := true; again; {
		again = false
		for _, l := range lookups {
			r.mu.Lock()
			q, ok := l.Next(r.host.Now())
			deadline := l.Deadline()
			r.mu.Unlock()
			if !ok {
				continue
			}
			again = true
			var message []byte
			var err error
			if q.TCP {
				message, err = askTCP(ctx, r.host, q, deadline)
			} else {
				_, err = conn.WriteToUDPAddrPort(q.Octets, q.Server)
			}
			r.mu.Lock()
			switch now := r.host.Now(); {
			case err != nil:
				l.Fail(now, err)
			case q.TCP:
				if !l.Receive(now, q.Server, message) {
					l.Fail(now, errNoAnswer)
				}
			}
			r.mu.Unlock()
		}
	}
}

// errNoAnswer is what a server did that sent something else than the answer over a connection.
var errNoAnswer = errors.New("service: the name server sends something else than the answer")

// deadline returns when the first lookup gives up waiting; false: none waits.
func (r *Resolver) deadline(lookups []*dns.Lookup) (first time.Time, waiting bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, l := range lookups {
		if d := l.Deadline(); !l.Done() && (first.IsZero() || d.Before(first)) {
			first, waiting = d, true
		}
	}
	return first, waiting
}

// receive gives the lookups what came: a datagram, an ICMP error, or nothing in time.
func (r *Resolver) receive(lookups []*dns.Lookup, from netip.AddrPort, message []byte, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.host.Now()
	var unreachable *stack.ICMPError
	for _, l := range lookups {
		switch {
		case errors.As(err, &unreachable):
			if l.Server().Addr() == unreachable.To {
				l.Fail(now, err)
			}
		case err != nil:
			l.Advance(now)
		case l.Receive(now, from, message):
			return
		}
	}
}

// Exchange asks servers one question and returns the first answer, as it is: nothing is remembered, no alias is followed. The error
// wraps dns.ErrTimeout or dns.ErrServer, or is that of ctx.
func Exchange(ctx context.Context, h Stack, x *dns.Exchange) (dns.Response, error) {
	for {
		q, ok := x.Next(h.Now())
		switch {
		case !ok:
			return x.Result()
		case q.TCP:
			message, err := askTCP(ctx, h, q, x.Deadline())
			if err != nil {
				x.Fail(h.Now(), err)
			} else if !x.Receive(h.Now(), q.Server, message) {
				x.Fail(h.Now(), errNoAnswer)
			}
		default:
			if err := askUDP(ctx, h, q, x); err != nil {
				x.Fail(h.Now(), err)
			}
		}
		if ctx.Err() != nil {
			return dns.Response{}, ctx.Err()
		}
	}
}

// askUDP sends a query in a datagram, from a port of its own, and takes what comes back until it is the answer or time is up.
func askUDP(ctx context.Context, h Stack, q dns.Query, x *dns.Exchange) error {
	conn, err := h.Dial(ctx, "udp", q.Server.String())
	if err != nil {
		return err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	if _, err := conn.Write(q.Octets); err != nil {
		return err
	}
	conn.SetReadDeadline(x.Deadline())
	datagram := make([]byte, 65535)
	for {
		n, err := conn.Read(datagram)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			x.Advance(maxTime(h.Now(), x.Deadline()))
			return nil
		}
		if errors.Is(err, io.EOF) {
			return stack.ErrUnreachable // a lent connection ends so
		}
		if err != nil {
			return err
		}
		if x.Receive(h.Now(), q.Server, datagram[:n]) {
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

// askTCP sends a query over a connection of its own and returns the message that comes back.
func askTCP(ctx context.Context, h Stack, q dns.Query, deadline time.Time) ([]byte, error) {
	conn, err := h.Dial(ctx, "tcp", q.Server.String())
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	conn.SetDeadline(deadline)
	if err := writeMessage(conn, q.Octets); err != nil {
		return nil, err
	}
	return readMessage(bufio.NewReader(conn), 0xffff)
}
