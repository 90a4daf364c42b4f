package ip

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// On a link with several hosts a packet may go out of the interface that it came in through; on one with two ends nobody else is
// there. Messages of neighbor discovery are for who finds neighbours, and only on such links.
func TestSharedLinks(t *testing.T) {
	now := time.Unix(0, 0)
	for _, shared := range []bool{false, true} {
		n := New(Config{Forward: true}, nil)
		n.AddInterface(Interface{Name: "eth0", MTU: 1500, Shared: shared, Prefixes: []netip.Prefix{
			netip.MustParsePrefix("10.0.1.1/24"), netip.MustParsePrefix("fd00::1/64"),
		}})
		h := Header{Src: netip.MustParseAddr("10.0.1.2"), Dst: netip.MustParseAddr("10.0.1.3"), TTL: 9, Protocol: UDP, TotalLength: 28}
		b := make([]byte, 28)
		h.Put(b)
		n.Receive(now, 0, b, 0, 0)
		out, ok := n.Next()
		require.True(t, ok)
		require.Equal(t, shared, out.Forwarded, "else ICMP host unreachable")

		ask := Neighbor{Target: netip.MustParseAddr("fd00::1")}
		for _, src := range []netip.Addr{netip.MustParseAddr("fd00::2"), netip.IPv6Unspecified()} {
			octets, _, _ := carry(t, src, SolicitedNode(ask.Target), 255, ask.Solicitation())
			d, ok := n.Receive(now, 0, octets, 0, 0)
			require.Equal(t, shared, ok)
			if ok {
				require.Equal(t, src, d.Header.Src, "a host that asks whether its address is free has none yet (RFC 4862, Section 5.4.2)")
			}
		}
	}
}
