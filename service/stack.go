package service

import (
	"context"
	"net"
	"net/netip"
	"time"

	"netlab/stack"
)

// Stack is what the clients need of a host: a *stack.Host of this process, or that of a running
// `netlab up`, which lends it to other processes.
type Stack interface {
	LookUp(host string) ([]netip.Addr, error)
	Dial(ctx context.Context, network, address string) (net.Conn, error)
	Echo(ctx context.Context, dst netip.Addr, r stack.EchoRequest) (stack.EchoReply, error)
	Probe(ctx context.Context, dst netip.AddrPort, r stack.ProbeRequest) (stack.EchoReply, error)
	Now() time.Time
	Sleep(d time.Duration) error
	Go(f func())
}
