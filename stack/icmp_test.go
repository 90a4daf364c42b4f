package stack

import (
	"context"
	"net/netip"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// throughRouter is a pair with a router between: a is 10.0.1.10, b is 10.0.2.10, the router has .1 of both.
func throughRouter(t testing.TB, config func(name string) Config) (p pair, router *Host) {
	la, ra := link.Memory(1500)
	rb, lb := link.Memory(1500)
	forward := config("r")
	forward.Forward = true
	p, router = pair{New(config("a")), New(config("b"))}, New(forward)
	p.a.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.1.10/24")}, la)
	p.b.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.2.10/24")}, lb)
	router.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.1.1/24")}, ra)
	router.Attach("eth1", []netip.Prefix{netip.MustParsePrefix("10.0.2.1/24")}, rb)
	everything := netip.MustParsePrefix("0.0.0.0/0")
	require.NoError(t, p.a.AddRoute(everything, netip.MustParseAddr("10.0.1.1")))
	require.NoError(t, p.b.AddRoute(everything, netip.MustParseAddr("10.0.2.1")))
	t.Cleanup(func() {
		p.a.Close()
		p.b.Close()
		router.Close()
	})
	return p, router
}

func untraced(name string) Config { return Config{Name: name} }

func TestEcho(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := throughRouter(t, untraced)
		ctx := context.Background()
		reply, err := p.a.Echo(ctx, netip.MustParseAddr("10.0.2.10"), EchoRequest{ID: 7, Seq: 1, Data: make([]byte, 56), Timeout: time.Second})
		require.NoError(t, err)
		require.Equal(t, EchoReply{From: netip.MustParseAddr("10.0.2.10"), TTL: 63, Size: 56}, reply)

		reply, err = p.a.Echo(ctx, netip.MustParseAddr("10.0.2.1"), EchoRequest{ID: 7, Seq: 2, Timeout: time.Second})
		require.NoError(t, err, "the router's far side")
		require.Equal(t, netip.MustParseAddr("10.0.2.1"), reply.From)
	})
}

func TestEchoErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := throughRouter(t, untraced)
		ctx := context.Background()

		_, err := p.a.Echo(ctx, netip.MustParseAddr("10.0.9.9"), EchoRequest{ID: 7, Seq: 1, Timeout: time.Second})
		var icmp *ICMPError
		require.ErrorAs(t, err, &icmp, "the router knows no way")
		require.Equal(t, ip.Unreachable, icmp.Type)
		require.Equal(t, netip.MustParseAddr("10.0.1.1"), icmp.From)

		p.b.Close()
		start := time.Now()
		_, err = p.a.Echo(ctx, netip.MustParseAddr("10.0.2.10"), EchoRequest{ID: 7, Seq: 1, Timeout: time.Second})
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		require.Equal(t, time.Second, time.Since(start))

		short, cancel := context.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		_, err = p.a.Echo(short, netip.MustParseAddr("10.0.2.10"), EchoRequest{ID: 7, Seq: 1, Timeout: time.Second})
		require.ErrorIs(t, err, context.DeadlineExceeded)

		_, err = p.b.Echo(ctx, netip.MustParseAddr("10.0.1.10"), EchoRequest{ID: 7, Seq: 1, Timeout: time.Second})
		require.Error(t, err, "a closed host")
	})
}

func TestDialUnreachable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := throughRouter(t, untraced)
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_, err := p.a.Dial(ctx, "tcp", "10.0.9.9:80")
		require.Error(t, err)
		require.NotErrorIs(t, err, tcp.ErrRefused)
	})
}

func TestTCPThroughRouter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := throughRouter(t, untraced)
		l, err := p.b.Listen("tcp", ":80")
		require.NoError(t, err)
		c, err := p.a.Dial(context.Background(), "tcp", "10.0.2.10:80")
		require.NoError(t, err)
		s, err := l.Accept()
		require.NoError(t, err)
		data := make([]byte, 1<<20)
		for i := range data {
			data[i] = byte(i * 7)
		}
		sent := send(c, data)
		require.Equal(t, data, readAll(t, s))
		require.NoError(t, <-sent)
	})
}

func TestAddRouteNeedsARouterNearby(t *testing.T) {
	h := New(Config{})
	h.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, 1500, func([]link.Packet) {})
	require.NoError(t, h.AddRoute(netip.MustParsePrefix("10.1.0.0/16"), netip.MustParseAddr("10.0.0.9")))
	require.ErrorContains(t, h.AddRoute(netip.MustParsePrefix("10.2.0.0/16"), netip.MustParseAddr("10.1.0.1")), "none of the host's networks")
	require.ErrorContains(t, h.AddRoute(netip.MustParsePrefix("10.2.0.0/16"), netip.MustParseAddr("192.0.2.1")), "none of the host's networks")
}

func TestFragmentsThatDoNotAllComeAreGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire, l := link.Memory(1500)
		h := New(Config{Seed: 1})
		h.Attach("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, l)
		defer h.Close()
		header := ip.Header{
			TotalLength: 28, ID: 7, MoreFragments: true, TTL: 64, Protocol: ip.UDP,
			Src: netip.MustParseAddr("10.0.0.1"), Dst: netip.MustParseAddr("10.0.0.2"),
		}
		first := make([]byte, header.TotalLength)
		header.Put(first)
		start := time.Now()
		require.NoError(t, wire.Write([]link.Packet{{Octets: first}}))

		packets, err := wire.Read()
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(start))
		require.Len(t, packets, 1)
		got, payload, err := ip.Parse(packets[0].Octets)
		require.NoError(t, err)
		require.Equal(t, header.Src, got.Dst)
		m, err := ip.ParseICMP(got.Src, got.Dst, payload)
		require.NoError(t, err)
		require.Equal(t, ip.TimeExceeded, m.Type)
		require.Equal(t, ip.ReassemblyExceeded, m.Code)
	})
}
