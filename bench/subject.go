package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"gvisor.dev/gvisor/pkg/buffer"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/header"
	"gvisor.dev/gvisor/pkg/tcpip/link/channel"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv6"
	gvisor "gvisor.dev/gvisor/pkg/tcpip/stack"
	"gvisor.dev/gvisor/pkg/tcpip/transport/tcp"
	"gvisor.dev/gvisor/pkg/waiter"

	"netlab/check"
)

// subject is gVisor's TCP, for packet scripts (package check). A socket's number is its place in endpoints, from 1 on.
type subject struct {
	stack     *gvisor.Stack
	link      *channel.Endpoint
	stop      context.CancelFunc
	ended     sync.WaitGroup
	endpoints []tcpip.Endpoint
	nagle     bool
	delivered bool // since it had time to deal with it
}

// settling is how long gVisor is given before a call or a look at a variable to deal with what has arrived: it does so on goroutines of its own.
const settling = 10 * time.Millisecond

func (g *subject) settle() {
	if g.delivered {
		time.Sleep(settling)
		g.delivered = false
	}
}

// Start implements check.Subject.
func (g *subject) Start(cfg check.Config, sent func(packet []byte)) error {
	g.stack = gvisor.New(gvisor.Options{
		NetworkProtocols:   []gvisor.NetworkProtocolFactory{ipv4.NewProtocol, ipv6.NewProtocol},
		TransportProtocols: []gvisor.TransportProtocolFactory{tcp.NewProtocol},
	})
	g.link = channel.New(65536, uint32(cfg.MTU), "")
	ctx, stop := context.WithCancel(context.Background())
	g.stop, g.nagle = stop, true
	if err := g.configure(cfg); err != nil {
		return err
	}
	if err := g.stack.CreateNIC(1, g.link); err != nil {
		return errors.New(err.String())
	}
	for _, a := range []netip.Addr{check.Local(false), check.Local(true)} {
		address := tcpip.ProtocolAddress{Protocol: network(a), AddressWithPrefix: tcpip.AddrFromSlice(a.AsSlice()).WithPrefix()}
		if err := g.stack.AddProtocolAddress(1, address, gvisor.AddressProperties{}); err != nil {
			return errors.New(err.String())
		}
	}
	g.stack.SetRouteTable([]tcpip.Route{{Destination: header.IPv4EmptySubnet, NIC: 1}, {Destination: header.IPv6EmptySubnet, NIC: 1}})
	g.ended.Go(func() {
		for {
			p := g.link.ReadContext(ctx)
			if p == nil {
				return
			}
			view := p.ToView()
			if octets := view.AsSlice(); isTCP(octets) {
				sent(octets)
			}
			view.Release()
			p.DecRef()
		}
	})
	return nil
}

// isTCP leaves out what a stack says of itself when it comes up over IPv6.
func isTCP(packet []byte) bool {
	return packet[0]>>4 == 4 || len(packet) > 6 && packet[6] == 6
}

func network(a netip.Addr) tcpip.NetworkProtocolNumber {
	if a.Is4() {
		return ipv4.ProtocolNumber
	}
	return ipv6.ProtocolNumber
}

// configure sets what a script asks for.
func (g *subject) configure(cfg check.Config) error {
	sack, rack, least := tcpip.TCPSACKEnabled(true), tcpip.TCPRACKLossDetection, tcpip.TCPMinRTOOption(time.Second)
	congestion, cookies := tcpip.CongestionControlOption("cubic"), tcpip.TCPAlwaysUseSynCookies(false)
	if cfg.TCP.MinRTO != 0 {
		least = tcpip.TCPMinRTOOption(cfg.TCP.MinRTO)
	}
	for _, setting := range cfg.Set {
		name, value, _ := strings.Cut(setting, "=")
		switch name {
		case "irs", "tolerance", "exact", "ticks", "ipv6", "minrto", "mtu":
		case "nagle":
			g.nagle = value == "on"
		case "sack":
			sack = value == "on"
		case "rack":
			if value == "off" {
				rack = 0
			}
		case "congestion":
			congestion = tcpip.CongestionControlOption(strings.TrimPrefix(value, "new"))
		default:
			return check.ErrNoCounterpart
		}
	}
	for _, option := range []tcpip.SettableTransportProtocolOption{&sack, &rack, &least, &congestion, &cookies} {
		if err := g.stack.SetTransportProtocolOption(tcp.ProtocolNumber, option); err != nil {
			return errors.New(err.String())
		}
	}
	return nil
}

// Deliver implements check.Subject.
func (g *subject) Deliver(packet []byte) {
	protocol := tcpip.NetworkProtocolNumber(ipv4.ProtocolNumber)
	if packet[0]>>4 == 6 {
		protocol = ipv6.ProtocolNumber
	}
	p := gvisor.NewPacketBuffer(gvisor.PacketBufferOptions{Payload: buffer.MakeWithData(packet)})
	g.link.InjectInbound(protocol, p)
	g.delivered = true
	p.DecRef()
}

// Close implements check.Subject.
func (g *subject) Close() error {
	if g.stop != nil {
		g.stop()
		g.ended.Wait()
		g.stack.Close()
		g.stop = nil
	}
	return nil
}

func (g *subject) add(e tcpip.Endpoint) int {
	e.SocketOptions().SetDelayOption(g.nagle)
	g.endpoints = append(g.endpoints, e)
	return len(g.endpoints)
}

// Call implements check.Subject.
func (g *subject) Call(c check.Call) check.Result {
	g.settle()
	switch c.Op {
	case "listen", "connect":
		return g.open(&c)
	}
	if c.Socket < 1 || c.Socket > len(g.endpoints) {
		return check.Result{Err: "EBADF"}
	}
	e := g.endpoints[c.Socket-1]
	var err tcpip.Error
	switch c.Op {
	case "accept":
		var from tcpip.FullAddress
		accepted, _, err := e.Accept(&from)
		if err != nil {
			return failed(err)
		}
		address, _ := netip.AddrFromSlice(from.Addr.AsSlice())
		return check.Result{N: g.add(accepted), Remote: netip.AddrPortFrom(address, from.Port)}
	case "write":
		n, err := e.Write(bytes.NewReader(c.Data), tcpip.WriteOptions{})
		if err != nil {
			return failed(err)
		}
		return check.Result{N: int(n)}
	case "read":
		return read(e, c.N)
	case "shutdown":
		err = e.Shutdown(map[string]tcpip.ShutdownFlags{
			"read": tcpip.ShutdownRead, "write": tcpip.ShutdownWrite, "both": tcpip.ShutdownRead | tcpip.ShutdownWrite,
		}[c.Name])
	case "close":
		e.Close()
	case "abort":
		e.Abort()
	case "error":
		err = e.LastError()
	case "set":
		return set(e, &c)
	default:
		return check.Result{Err: check.Unsupported}
	}
	if err != nil {
		return failed(err)
	}
	return check.Result{}
}

func (g *subject) open(c *check.Call) check.Result {
	e, err := g.stack.NewEndpoint(tcp.ProtocolNumber, network(c.Local.Addr()), new(waiter.Queue))
	if err != nil {
		return failed(err)
	}
	if err := e.Bind(full(c.Local)); err != nil {
		return failed(err)
	}
	if c.Op == "listen" {
		err = e.Listen(max(c.N, 128))
	} else {
		e.SocketOptions().SetDelayOption(g.nagle)
		err = e.Connect(full(c.Remote))
	}
	if _, started := err.(*tcpip.ErrConnectStarted); err != nil && !started {
		return failed(err)
	}
	return check.Result{N: g.add(e)}
}

func full(a netip.AddrPort) tcpip.FullAddress {
	return tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFromSlice(a.Addr().AsSlice()), Port: a.Port()}
}

// limited takes so many octets, and no more.
type limited struct {
	bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.Buffer.Write(p[:n])
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func read(e tcpip.Endpoint, n int) check.Result {
	into := limited{left: n}
	_, err := e.Read(&into, tcpip.ReadOptions{})
	if _, closed := err.(*tcpip.ErrClosedForReceive); closed {
		return check.Result{}
	}
	if _, full := err.(*tcpip.ErrBadBuffer); err != nil && !full {
		return failed(err)
	}
	return check.Result{N: into.Len(), Data: into.Bytes()}
}

func set(e tcpip.Endpoint, c *check.Call) check.Result {
	var err tcpip.Error
	switch c.Name {
	case "nodelay":
		e.SocketOptions().SetDelayOption(c.N == 0)
	case "keepalive":
		if idle := tcpip.KeepaliveIdleOption(time.Duration(c.N) * time.Millisecond); c.N > 1 {
			err = e.SetSockOpt(&idle)
		}
		e.SocketOptions().SetKeepAlive(c.N > 0)
	case "usertimeout":
		timeout := tcpip.TCPUserTimeoutOption(time.Duration(c.N) * time.Millisecond)
		err = e.SetSockOpt(&timeout)
	case "linger":
		e.SocketOptions().SetLinger(tcpip.LingerOption{Enabled: true})
	default:
		return check.Result{Err: check.Unsupported}
	}
	if err != nil {
		return failed(err)
	}
	return check.Result{}
}

func failed(err tcpip.Error) check.Result {
	switch err.(type) {
	case *tcpip.ErrWouldBlock:
		return check.Result{Blocked: true}
	case *tcpip.ErrConnectionReset:
		return check.Result{Err: "ECONNRESET"}
	case *tcpip.ErrConnectionRefused:
		return check.Result{Err: "ECONNREFUSED"}
	case *tcpip.ErrConnectionAborted:
		return check.Result{Err: "ECONNABORTED"}
	case *tcpip.ErrTimeout:
		return check.Result{Err: "ETIMEDOUT"}
	case *tcpip.ErrClosedForSend:
		return check.Result{Err: "EPIPE"}
	case *tcpip.ErrNotConnected:
		return check.Result{Err: "ENOTCONN"}
	case *tcpip.ErrHostUnreachable:
		return check.Result{Err: "EHOSTUNREACH"}
	case *tcpip.ErrNetworkUnreachable:
		return check.Result{Err: "ENETUNREACH"}
	case *tcpip.ErrPortInUse:
		return check.Result{Err: "EADDRINUSE"}
	}
	return check.Result{Err: "EINVAL"}
}

// Variable implements check.Subject.
func (g *subject) Variable(socket int, name string) (string, bool) {
	g.settle()
	if socket < 1 || socket > len(g.endpoints) {
		return "", false
	}
	e := g.endpoints[socket-1]
	var info tcpip.TCPInfoOption
	if e.GetSockOpt(&info) != nil {
		return "", false
	}
	switch name {
	case "state":
		if state := tcp.EndpointState(e.State()); state != tcp.StateError && state != tcp.StateClose {
			return strings.NewReplacer("SYN-RCVD", "SYN-RECEIVED", "FIN-WAIT", "FIN-WAIT-").Replace(state.String()), true
		}
		return "CLOSED", true
	case "cwnd", "tcpi_snd_cwnd":
		return strconv.Itoa(int(info.SndCwnd)), true
	}
	return "", false
}

// serveSubject lets netlab check --target ADDR:PORT run scripts against gVisor; each connection is one script.
func serveSubject(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Printf("gVisor's TCP is tested by: netlab check --target %s SCRIPT…\n", listener.Addr())
	for {
		conn, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			if err := check.ServeSubject(conn, &subject{}); err != nil {
				fmt.Fprintf(os.Stderr, "bench: %s: %v\n", conn.RemoteAddr(), err)
			}
		}()
	}
}
