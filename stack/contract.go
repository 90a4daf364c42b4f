package stack

import (
	"context"
	"net"
	"net/netip"
	"time"

	"netlab/link"
	"netlab/tcp"
	"netlab/trace"
)

type Config struct {
	Name    string
	Runtime Runtime // nil: real time
	Seed    uint64  // sequence numbers, ports, ids. 0: drawn from crypto/rand in real time
	Forward bool    // a router
	TCP     tcp.Config
	Trace   *trace.Tracer
	Snap    func(id trace.ID, f trace.Flow, s tcp.Snapshot) // called after an event changed a connection, when traced
	Hosts   map[string]netip.Addr                           // names that Dial and Listen know, besides literal addresses
}

type Host struct{ contract int }

func New(cfg Config) *Host { return nil }

// AddInterface adds an interface whose packets go out through send (called with the host's output, keeps nothing afterwards).
func (h *Host) AddInterface(name string, addr netip.Prefix, mtu int, send func([]link.Packet)) int {
	return 0
}
func (h *Host) AddRoute(prefix netip.Prefix, via netip.Addr) error { return nil }

// Attach adds an interface on a real-time link and reads it on a goroutine until the link is closed.
func (h *Host) Attach(name string, addr netip.Prefix, l link.Link) int { return 0 }

// Deliver hands the host packets that arrived on an interface.
func (h *Host) Deliver(iface int, packets []link.Packet) {}

func (h *Host) Dial(ctx context.Context, network, address string) (net.Conn, error) { return nil, nil }
func (h *Host) Listen(network, address string) (net.Listener, error)                { return nil, nil }
func (h *Host) ListenPacket(network, address string) (net.PacketConn, error)        { return nil, nil }

// Ping: Echo sends one echo request and waits for its reply, an ICMP error or the timeout.
func (h *Host) Echo(ctx context.Context, dst netip.Addr, id, seq uint16, data []byte, timeout time.Duration) (EchoReply, error) {
	return EchoReply{}, nil
}

type EchoReply struct {
	From netip.Addr
	TTL  uint8
	RTT  time.Duration
	Size int
}

func (h *Host) Now() time.Time              { return time.Time{} }
func (h *Host) Go(f func())                 {}
func (h *Host) Sleep(d time.Duration) error { return nil }
func (h *Host) Connections() []ConnInfo     { return nil }
func (h *Host) Close() error                { return nil }

type ConnInfo struct {
	Flow     trace.Flow
	Snapshot tcp.Snapshot
}
