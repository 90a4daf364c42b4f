package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"

	"netlab/stack"
)

// A running netlab up lends its stack to fetch, nc, ping and traceroute of other terminals, so that its screen shows
// what they do. They talk over a Unix socket beside that of the namespace, a message a packet: the
// client says what it wants, up answers, and for a dial the socket then carries the connection's octets.

// remoteRequest is what a client wants: Op "dial" with Network and Address, "echo" with Echo, or "probe" with Probe; both
// of these with an Address.
type remoteRequest struct {
	Op, Network, Address string
	Echo                 stack.EchoRequest
	Probe                stack.ProbeRequest
}

// remoteAnswer is what up says to it.
type remoteAnswer struct {
	Err           string             // why it failed
	ICMP          *stack.ICMPError   // if that is why
	TooBig        *stack.TooBigError // or that
	Timeout       bool               // or because nothing came in time
	Local, Remote netip.AddrPort
	Reply         stack.EchoReply
}

// failed returns the answer that tells of an error; of none, if err is nil.
func failed(err error) remoteAnswer {
	var a remoteAnswer
	if err == nil {
		return a
	}
	errors.As(err, &a.ICMP)
	errors.As(err, &a.TooBig)
	a.Err, a.Timeout = err.Error(), errors.Is(err, os.ErrDeadlineExceeded)
	return a
}

// err returns the error that an answer tells of.
func (a *remoteAnswer) err() error {
	switch {
	case a.Err == "":
		return nil
	case a.ICMP != nil:
		return a.ICMP
	case a.TooBig != nil:
		return a.TooBig
	case a.Timeout:
		return &remoteTimeout{a.Err}
	}
	return errors.New(a.Err)
}

// remoteTimeout is os.ErrDeadlineExceeded in the words of up.
type remoteTimeout struct{ text string }

func (e *remoteTimeout) Error() string { return e.text }
func (e *remoteTimeout) Unwrap() error { return os.ErrDeadlineExceeded }

// remoteMessage is the most octets in one message of a lent connection.
const remoteMessage = 64 << 10

// lendHost answers on the socket at path until ctx ends.
func lendHost(ctx context.Context, h *stack.Host, path string) error {
	_ = os.Remove(path) // of an up that was killed; that none is running was seen before
	l, err := net.Listen("unixpacket", path)
	if err != nil {
		return fmt.Errorf("lending the stack: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return err
	}
	context.AfterFunc(ctx, func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				lend(ctx, h, c.(*net.UnixConn))
			}()
		}
	}()
	return nil
}

// lend serves one client.
func lend(ctx context.Context, h *stack.Host, client *net.UnixConn) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var r remoteRequest
	if err := readMessage(client, &r); err != nil {
		return
	}
	switch r.Op {
	case "echo":
		to, err := netip.ParseAddr(r.Address)
		var reply stack.EchoReply
		if err == nil {
			reply, err = h.Echo(ctx, to, r.Echo)
		}
		a := failed(err)
		a.Reply = reply
		_ = writeMessage(client, a)
	case "probe":
		to, err := netip.ParseAddrPort(r.Address)
		var reply stack.EchoReply
		if err == nil {
			reply, err = h.Probe(ctx, to, r.Probe)
		}
		a := failed(err)
		a.Reply = reply
		_ = writeMessage(client, a)
	case "dial":
		c, err := h.Dial(ctx, r.Network, r.Address)
		if err != nil {
			_ = writeMessage(client, failed(err))
			return
		}
		defer c.Close()
		local, _ := netip.ParseAddrPort(c.LocalAddr().String())
		remote, _ := netip.ParseAddrPort(c.RemoteAddr().String())
		if writeMessage(client, remoteAnswer{Local: local, Remote: remote}) == nil {
			splice(client, c)
		}
	default:
		_ = writeMessage(client, remoteAnswer{Err: fmt.Sprintf("unknown request %q", r.Op)})
	}
}

// splice carries octets both ways until both directions have ended.
func splice(client *net.UnixConn, c net.Conn) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.CopyBuffer(onlyWriter{c}, onlyReader{client}, make([]byte, remoteMessage))
		if half, ok := c.(interface{ CloseWrite() error }); ok {
			_ = half.CloseWrite()
		} else {
			_ = c.Close() // datagrams have no end of one direction: the client is gone
		}
	}()
	_, _ = io.CopyBuffer(onlyWriter{client}, onlyReader{c}, make([]byte, remoteMessage))
	_ = client.CloseWrite()
	<-done
}

// onlyReader and onlyWriter hide faster ways to copy, which would lose the limits of messages.
type (
	onlyReader struct{ io.Reader }
	onlyWriter struct{ io.Writer }
)

func readMessage(c net.Conn, v any) error {
	b := make([]byte, 2*remoteMessage) // the data of an echo in base64
	n, err := c.Read(b)
	if err != nil {
		return err
	}
	return json.Unmarshal(b[:n], v)
}

func writeMessage(c net.Conn, v any) error {
	b, err := json.Marshal(v)
	if err == nil {
		_, err = c.Write(b)
	}
	return err
}

// borrowed is the stack of a running up, as the clients use it.
type borrowed struct{ path string }

// Dial opens a connection of up's host. Reads and writes of at most remoteMessage octets keep the limits of datagrams.
func (b borrowed) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	c, a, err := b.ask(ctx, remoteRequest{Op: "dial", Network: network, Address: address})
	if err != nil {
		return nil, err
	}
	if network == "udp" {
		return borrowedConn{c, a.Local, a.Remote}, nil
	}
	return &borrowedStream{borrowedConn: borrowedConn{c, a.Local, a.Remote}, socket: c}, nil
}

// LookUp reads a literal address: the host of a netlab up knows no names.
func (b borrowed) LookUp(host string) ([]netip.Addr, error) {
	addr, err := netip.ParseAddr(host)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", stack.ErrUnknownHost, host)
	}
	return []netip.Addr{addr}, nil
}

// Echo sends one echo request from up's host.
func (b borrowed) Echo(ctx context.Context, dst netip.Addr, r stack.EchoRequest) (stack.EchoReply, error) {
	return b.reply(ctx, remoteRequest{Op: "echo", Address: dst.String(), Echo: r})
}

// Probe sends one datagram from up's host.
func (b borrowed) Probe(ctx context.Context, dst netip.AddrPort, r stack.ProbeRequest) (stack.EchoReply, error) {
	return b.reply(ctx, remoteRequest{Op: "probe", Address: dst.String(), Probe: r})
}

func (b borrowed) reply(ctx context.Context, r remoteRequest) (stack.EchoReply, error) {
	c, a, err := b.ask(ctx, r)
	if err != nil {
		return stack.EchoReply{}, err
	}
	c.Close()
	return a.Reply, nil
}

// Now, Sleep and Go are the machine's own: a running up lives in real time.
func (b borrowed) Now() time.Time { return time.Now() }

// Sleep waits for d.
func (b borrowed) Sleep(d time.Duration) error {
	time.Sleep(d)
	return nil
}

// Go runs f on a goroutine.
func (b borrowed) Go(f func()) { go f() }

func (b borrowed) ask(ctx context.Context, r remoteRequest) (*net.UnixConn, remoteAnswer, error) {
	var a remoteAnswer
	var d net.Dialer
	c, err := d.DialContext(ctx, "unixpacket", b.path)
	if err != nil {
		return nil, a, fmt.Errorf("the running netlab up does not answer: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if err = writeMessage(c, r); err == nil {
		err = readMessage(c, &a)
	}
	if err == nil {
		err = a.err()
	}
	if err != nil {
		c.Close()
		return nil, a, err
	}
	return c.(*net.UnixConn), a, nil
}

// borrowedConn is a connection of up's host, carried over a Unix socket.
type borrowedConn struct {
	net.Conn
	local, remote netip.AddrPort
}

func (c borrowedConn) LocalAddr() net.Addr  { return net.TCPAddrFromAddrPort(c.local) }
func (c borrowedConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// borrowedStream is one whose direction can be ended by itself.
type borrowedStream struct {
	borrowedConn
	socket *net.UnixConn

	reading sync.Mutex
	message []byte // room for one message
	rest    []byte // what is left of the last one
}

// Read reads what is left of a message, or the next one: a Read of the socket itself that has no room for all of a message loses what is left of it.
func (c *borrowedStream) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.rest) == 0 && len(p) < remoteMessage {
		if c.message == nil {
			c.message = make([]byte, remoteMessage)
		}
		n, err := c.socket.Read(c.message)
		if err != nil {
			return 0, err
		}
		c.rest = c.message[:n]
	}
	if len(c.rest) == 0 {
		return c.socket.Read(p)
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// Write sends p in messages of at most remoteMessage octets.
func (c *borrowedStream) Write(p []byte) (int, error) {
	sent := 0
	for sent < len(p) {
		n, err := c.socket.Write(p[sent:min(len(p), sent+remoteMessage)])
		sent += n
		if err != nil {
			return sent, err
		}
	}
	return sent, nil
}

// CloseWrite ends our direction.
func (c *borrowedStream) CloseWrite() error { return c.socket.CloseWrite() }
