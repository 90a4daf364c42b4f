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
)

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := throughRouter(t, untraced)
		probe := func(port uint16, ttl uint8) (EchoReply, error) {
			return p.a.Probe(context.Background(), netip.AddrPortFrom(netip.MustParseAddr("10.0.2.10"), port), ProbeRequest{Data: []byte("x"), TTL: ttl, Timeout: time.Second})
		}
		var icmp *ICMPError
		_, err := probe(33434, 1)
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, HopLimitExceeded, icmp.Meaning())
		require.Equal(t, netip.MustParseAddr("10.0.1.1"), icmp.From)
		_, err = probe(33434, 2)
		require.ErrorAs(t, err, &icmp)
		require.Equal(t, PortUnreachable, icmp.Meaning())
		require.Equal(t, icmp.To, icmp.From)

		server, err := p.b.ListenPacket("udp", ":33434")
		require.NoError(t, err)
		_, err = probe(33434, 0)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "somebody listens, and says nothing")
		_, _, err = server.ReadFrom(make([]byte, 10))
		require.NoError(t, err)
		go func() {
			n, from, err := server.ReadFrom(make([]byte, 10))
			if err == nil {
				server.WriteTo(make([]byte, n+2), from)
			}
		}()
		reply, err := probe(33434, 0)
		require.NoError(t, err)
		require.Equal(t, EchoReply{From: netip.MustParseAddr("10.0.2.10"), TTL: 63, Size: 3}, reply)

		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err = p.a.Probe(ctx, netip.MustParseAddrPort("10.0.2.10:33434"), ProbeRequest{Timeout: time.Hour})
		require.ErrorIs(t, err, context.Canceled)
		_, err = p.a.Echo(context.Background(), netip.MustParseAddr("10.0.2.10"), EchoRequest{Data: make([]byte, 1473), DontFragment: true, Timeout: time.Second})
		var big *TooBigError
		require.ErrorAs(t, err, &big)
		require.Equal(t, 1500, big.MTU)
		require.ErrorIs(t, err, ip.ErrTooBig)
	})
}
