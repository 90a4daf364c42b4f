package service

import (
	"context"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/dhcp"
	"netlab/link"
	"netlab/stack"
	"netlab/tcp"
)

// leased runs f with a host that has no address, on a link with a router that leases some.
func leased(t *testing.T, change func(c *dhcp.ServerConfig), f func(t *testing.T, client, router *stack.Host)) {
	synctest.Test(t, func(t *testing.T) {
		a, b := link.Memory(1500)
		client, router := stack.New(stack.Config{Name: "h1", Seed: 1}), stack.New(stack.Config{Name: "r1", Seed: 2})
		client.Attach("eth0", nil, a)
		router.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, b)
		c := dhcp.ServerConfig{
			Address: netip.MustParsePrefix("10.0.0.1/24"), First: netip.MustParseAddr("10.0.0.100"), Last: netip.MustParseAddr("10.0.0.101"),
			Lease: 10 * time.Minute, Routers: []netip.Addr{netip.MustParseAddr("10.0.0.1")},
		}
		if change != nil {
			change(&c)
		}
		require.NoError(t, ServeDHCP(router, "eth0", c))
		require.NoError(t, Serve(router, Options{}))
		f(t, client, router)
		client.Close()
		router.Close()
	})
}

func clientOf(got func(dhcp.Lease)) DHCPClient {
	return DHCPClient{Interface: "eth0", ClientConfig: dhcp.ClientConfig{Hardware: dhcp.HardwareAddr{2, 0, 0, 0, 0, 1}}, Got: got}
}

func TestALeaseIsUsedAndGivenBack(t *testing.T) {
	leased(t, nil, func(t *testing.T, client, router *stack.Host) {
		got := make(chan dhcp.Lease, 1)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		start := client.Now()
		go func() { done <- clientOf(func(l dhcp.Lease) { got <- l }).Run(ctx, client) }()
		lease := <-got
		require.Equal(t, "10.0.0.100/24", lease.Address.String())
		wait := client.Now().Sub(start)
		require.True(t, time.Second <= wait && wait <= 10*time.Second, "it waits first: RFC 2131, Section 4.4.1 (%v)", wait)
		require.Contains(t, client.Routes(), stack.Route{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Via: netip.MustParseAddr("10.0.0.1"), Interface: "eth0"})
		time.Sleep(time.Hour)
		require.Empty(t, done, "it is renewed again and again")
		conn := dial(t, client, "tcp", "10.0.0.1:7")
		require.Equal(t, tcp.Established, client.Connections()[0].Snapshot.State)

		cancel()
		require.ErrorIs(t, <-done, context.Canceled)
		synctest.Wait()
		require.Empty(t, client.Interfaces()[0].Addrs)
		require.Empty(t, client.Routes())
		_, err := conn.Read(make([]byte, 1))
		require.ErrorIs(t, err, tcp.ErrAddressGone)
		go func() { done <- clientOf(func(l dhcp.Lease) { got <- l }).Run(t.Context(), client) }()
		require.Equal(t, "10.0.0.100/24", (<-got).Address.String())
	})
}

// An address that somebody has is declined.
func TestATakenAddress(t *testing.T) {
	leased(t, nil, func(t *testing.T, client, _ *stack.Host) {
		got := make(chan dhcp.Lease, 1)
		c := clientOf(func(l dhcp.Lease) { got <- l })
		c.AtOnce = true
		c.Taken = func(a netip.Prefix) bool {
			time.Sleep(3 * time.Second)
			return a == netip.MustParsePrefix("10.0.0.100/24")
		}
		start := client.Now()
		go func() { _ = c.Run(t.Context(), client) }()
		require.Equal(t, "10.0.0.101/24", (<-got).Address.String())
		require.Equal(t, 16*time.Second, client.Now().Sub(start), "two checks, and ten seconds between them")
	})
}

// The server pings first, and takes half a second for it.
func TestTheServerPings(t *testing.T) {
	leased(t, func(c *dhcp.ServerConfig) { c.Check = true }, func(t *testing.T, client, _ *stack.Host) {
		got := make(chan dhcp.Lease, 1)
		c := clientOf(func(l dhcp.Lease) { got <- l })
		c.AtOnce = true
		start := client.Now()
		go func() { _ = c.Run(t.Context(), client) }()
		<-got
		require.Equal(t, pingTimeout, client.Now().Sub(start))
	})
}

func TestDHCPOnNoInterface(t *testing.T) {
	leased(t, nil, func(t *testing.T, client, router *stack.Host) {
		require.ErrorContains(t, ServeDHCP(client, "eth9", dhcp.ServerConfig{}), "dhcp: the server's configuration is wrong")
		c := clientOf(nil)
		c.Interface = "eth9"
		require.ErrorContains(t, c.Run(t.Context(), client), `no interface "eth9"`)
	})
}
