package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
	"gvisor.dev/gvisor/pkg/tcpip"
	"gvisor.dev/gvisor/pkg/tcpip/adapters/gonet"
	"gvisor.dev/gvisor/pkg/tcpip/link/fdbased"
	"gvisor.dev/gvisor/pkg/tcpip/network/ipv4"
	gvisor "gvisor.dev/gvisor/pkg/tcpip/stack"

	"netlab/netns"
	netlab "netlab/stack"
)

// Both stacks stand behind the same kind of device: a plain TUN, MTU 1500, one packet a system call, in a
// namespace made for each measurement.
const (
	kernelAddr = "10.77.0.1" // netns's own choice
	stackAddr  = "10.77.0.2"
)

// behindTUN is one stack that reaches the kernel of a namespace. dial connects to the kernel.
type behindTUN struct {
	stack
	namespace *netns.Namespace
}

func (t behindTUN) close() {
	t.stack.close()
	t.namespace.Close()
}

// tunRows returns the rows that need a TUN, or why this machine cannot measure them.
func tunRows() ([]row, *netns.Problem) {
	for _, finding := range netns.Check() {
		if finding.Problem != nil {
			return nil, finding.Problem
		}
	}
	return append([]row{
		overTUN("bulk over TUN, from the kernel", "MB/s", scaled(fromKernel)),
		overTUN("bulk over TUN, to the kernel", "MB/s", scaled(toKernel)),
		overTUN("UDP echo over TUN, 8 at once", "1/s", udpEcho),
		overTUN("accepts over TUN, 8 at once", "1/s", accepts),
		overTUN("ping-pong over TUN", "1/s", tunPingPong),
		overVNet("accepts over TUN, vnet, 8 at once", "1/s", accepts),
		overVNet("ping-pong over TUN, vnet", "1/s", tunPingPong),
		overVNet("bulk over TUN, vnet, from the kernel", "MB/s", scaled(fromKernel)),
		overVNet("bulk over TUN, vnet, to the kernel", "MB/s", scaled(toKernel)),
	}, faultyRows()...), nil
}

func overTUN(name, unit string, run func(s stack, scale int) (float64, error)) row {
	return row{name: name, unit: unit, netlab: on(openNetlabTUN, run), peer: on(openPeerTUN, run)}
}

// overVNet measures netlab behind a TUN with virtio-net headers. The peer's own endpoint for TUN descriptors has none.
func overVNet(name, unit string, run func(s stack, scale int) (float64, error)) row {
	return row{name: name, unit: unit, netlab: on(openNetlabVNet, run), peer: on(openPeerTUN, run)}
}

// scaled carries as many times tunOctets as the scale says.
func scaled(run func(s stack, total int64) (float64, error)) func(s stack, scale int) (float64, error) {
	return func(s stack, scale int) (float64, error) { return run(s, int64(scale)*tunOctets) }
}

type netlabTUN struct{ host *netlab.Host }

func openNetlabTUN() (stack, error) { return openNetlabBackend(netns.BackendWater) }

func openNetlabVNet() (stack, error) { return openNetlabBackend(netns.BackendVNet) }

func openNetlabBackend(backend netns.Backend) (stack, error) {
	namespace, err := netns.Start(netns.Options{Backend: backend})
	if err != nil {
		return nil, err
	}
	host := netlab.New(netlab.Config{})
	host.Attach("tun0", []netip.Prefix{netip.MustParsePrefix(stackAddr + "/24")}, namespace.TUN())
	return behindTUN{netlabTUN{host}, namespace}, nil
}

func (t netlabTUN) dial(port int) (net.Conn, error) {
	return t.host.Dial(context.Background(), "tcp", net.JoinHostPort(kernelAddr, strconv.Itoa(port)))
}

func (t netlabTUN) listen(port int) (net.Listener, error) {
	return t.host.Listen("tcp", ":"+strconv.Itoa(port))
}

func (t netlabTUN) listenPacket(port int) (net.PacketConn, error) {
	return t.host.ListenPacket("udp", ":"+strconv.Itoa(port))
}

func (t netlabTUN) close() { t.host.Close() }

// peerTUN is gVisor's netstack on its own endpoint for TUN descriptors, with generic receive offload and one
// goroutine that works on what arrives.
type peerTUN struct {
	stack *gvisor.Stack
	fd    int
}

func openPeerTUN() (stack, error) {
	namespace, err := netns.Start(netns.Options{Backend: netns.BackendWater})
	if err != nil {
		return nil, err
	}
	peer, err := newPeerTUN(namespace.TUN().File())
	if err != nil {
		return nil, errors.Join(err, namespace.Close())
	}
	return behindTUN{peer, namespace}, nil
}

func newPeerTUN(device *os.File) (*peerTUN, error) {
	raw, err := device.SyscallConn()
	if err != nil {
		return nil, err
	}
	p := &peerTUN{}
	var dupErr error
	if err := raw.Control(func(fd uintptr) { p.fd, dupErr = unix.FcntlInt(fd, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, err
	}
	if dupErr != nil {
		return nil, dupErr
	}
	endpoint, err := fdbased.New(&fdbased.Options{FDs: []int{p.fd}, MTU: 1500, GRO: true, ProcessorsPerChannel: 1})
	if err == nil {
		p.stack, err = newPeer(endpoint, netip.MustParseAddr(stackAddr).As4())
	}
	return p, err
}

func (p *peerTUN) dial(port int) (net.Conn, error) {
	to := tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4(netip.MustParseAddr(kernelAddr).As4()), Port: uint16(port)}
	return gonet.DialTCP(p.stack, to, ipv4.ProtocolNumber)
}

func (p *peerTUN) listen(port int) (net.Listener, error) {
	at := tcpip.FullAddress{NIC: 1, Addr: tcpip.AddrFrom4(netip.MustParseAddr(stackAddr).As4()), Port: uint16(port)}
	return gonet.ListenTCP(p.stack, at, ipv4.ProtocolNumber)
}

func (p *peerTUN) listenPacket(port int) (net.PacketConn, error) {
	return gonet.DialUDP(p.stack, &tcpip.FullAddress{Port: uint16(port)}, nil, ipv4.ProtocolNumber)
}

func (p *peerTUN) close() {
	p.stack.Close()
	p.stack.RemoveNIC(1) // waits for the goroutines that use the descriptor
	unix.Close(p.fd)
}

// inKernel starts "bench kernel …" in the namespace and returns where its end will be told.
func (t behindTUN) inKernel(args ...string) <-chan error {
	return inNamespace(t.namespace, nil, args...)
}

// inNamespace does that in any namespace. What it writes to its standard output goes to out, or nowhere.
func inNamespace(n *netns.Namespace, out *os.File, args ...string) <-chan error {
	ended := make(chan error, 1)
	go func() {
		ended <- func() error {
			self, err := os.Executable()
			if err != nil {
				return err
			}
			nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
			if err != nil {
				return err
			}
			defer nothing.Close()
			if out == nil {
				out = nothing
			}
			code, err := n.Run(netns.Command{Args: append([]string{self, "kernel"}, args...), Stdin: nothing, Stdout: out})
			if err == nil && code != 0 {
				err = fmt.Errorf("bench kernel %v: exit code %d", args, code)
			}
			return err
		}()
	}()
	return ended
}

// udpEcho is how many datagrams a second are answered that eight clients behind the kernel send, each the next when its last
// was answered. The time is that between the first and the last.
func udpEcho(s stack, scale int) (float64, error) {
	t, count := s.(behindTUN), scale*20_000
	c, err := t.stack.(interface {
		listenPacket(port int) (net.PacketConn, error)
	}).listenPacket(port)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	ended := t.inKernel("udp", net.JoinHostPort(stackAddr, strconv.Itoa(port)), strconv.Itoa(count))
	var start time.Time
	b := make([]byte, 2048)
	for i := range count {
		n, from, err := c.ReadFrom(b)
		if err != nil {
			return 0, err
		}
		if i == 0 {
			start = time.Now()
		}
		if _, err := c.WriteTo(b[:n], from); err != nil {
			return 0, err
		}
	}
	took := time.Since(start)
	return float64(count-1) / took.Seconds(), <-ended
}

// accepts is how many connections a second the stack accepts that eight clients behind the kernel open and close.
func accepts(s stack, scale int) (float64, error) {
	if err := serve(s, func(c net.Conn) {
		c.Read(make([]byte, 1))
		c.Close()
	}); err != nil {
		return 0, err
	}
	return askKernel(s.(behindTUN), "connects", scale*4_000)
}

// tunPingPong is how often a second one octet goes from the kernel to the stack and back.
func tunPingPong(s stack, scale int) (float64, error) {
	if err := serve(s, echo); err != nil {
		return 0, err
	}
	return askKernel(s.(behindTUN), "pingpong", scale*10_000)
}

// askKernel lets the application behind the kernel do something count times, and returns how often a second it did.
func askKernel(t behindTUN, what string, count int) (float64, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	err = <-inNamespace(t.namespace, w, what, net.JoinHostPort(stackAddr, strconv.Itoa(port)), strconv.Itoa(count))
	w.Close()
	var took int64
	err = errors.Join(err, binary.Read(r, binary.BigEndian, &took))
	return float64(count) * 1e9 / float64(took), err
}

// tunOctets is how much is carried at a scale of 1.
const tunOctets = 96 << 20

// fromKernel is how fast the stack receives what the kernel sends, in millions of octets a second.
func fromKernel(s stack, total int64) (float64, error) {
	t := s.(behindTUN)
	l, err := t.listen(port)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	ended := t.inKernel("send", net.JoinHostPort(stackAddr, strconv.Itoa(port)), strconv.FormatInt(total, 10))
	c, err := l.Accept()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	n, err := receiveAll(c)
	took := time.Since(start)
	c.Close()
	if err == nil && n != total {
		err = fmt.Errorf("%d of %d octets arrived", n, total)
	}
	return float64(total) / 1e6 / took.Seconds(), errors.Join(err, <-ended)
}

// toKernel is how fast the stack sends to the kernel. The time ends when the application behind the kernel
// has read the last octet and said so.
func toKernel(s stack, total int64) (float64, error) {
	t := s.(behindTUN)
	ended := t.inKernel("receive", net.JoinHostPort(kernelAddr, strconv.Itoa(port)))
	c, err := t.dialUntilHeard()
	if err != nil {
		return 0, err
	}
	defer c.Close()
	start := time.Now()
	if err := sendAll(c, total); err != nil {
		return 0, err
	}
	var n int64
	err = binary.Read(c, binary.BigEndian, &n)
	took := time.Since(start)
	if err == nil && n != total {
		err = fmt.Errorf("%d of %d octets arrived", n, total)
	}
	return float64(total) / 1e6 / took.Seconds(), errors.Join(err, <-ended)
}

// dialUntilHeard connects to the kernel as soon as somebody listens there.
func (t behindTUN) dialUntilHeard() (c net.Conn, err error) {
	for range 1000 {
		if c, err = t.dial(port); err == nil {
			return c, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil, err
}
