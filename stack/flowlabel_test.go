package stack

import (
	"net/netip"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
)

// RFC 6437, Section 3: all packets of a flow have one flow label, and other flows have others.
func TestFlowLabels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		labels := map[netip.Addr][]uint32{} // of each destination
		h := New(Config{Seed: 1})
		defer h.Close()
		h.AddInterface("eth0", prefixes("10.0.0.1/24", "fd00::1/64"), 1500, func(packets []link.Packet) {
			for _, p := range packets {
				header, _, err := ip.Parse(p.Octets)
				require.NoError(t, err)
				labels[header.Dst] = append(labels[header.Dst], header.FlowLabel)
			}
		})
		c := socket(t, h, ":5000")
		for range 3 {
			for _, to := range []string{"[fd00::2]:53", "[fd00::3]:53", "10.0.0.2:53"} {
				_, err := c.WriteToUDPAddrPort(make([]byte, 2000), netip.MustParseAddrPort(to))
				require.NoError(t, err)
			}
		}
		two, three := labels[netip.MustParseAddr("fd00::2")], labels[netip.MustParseAddr("fd00::3")]
		require.Len(t, two, 6, "each in two fragments")
		for i := range two {
			require.Equal(t, two[0], two[i])
			require.Equal(t, three[0], three[i])
		}
		require.NotZero(t, two[0])
		require.NotEqual(t, two[0], three[0])
		require.Zero(t, labels[netip.MustParseAddr("10.0.0.2")][0])

		from, to := netip.MustParseAddrPort("[fd00::1]:1"), netip.MustParseAddrPort("[fd00::2]:80")
		require.Equal(t, h.flowLabel(from, to), h.flowLabel(from, to))
		other := New(Config{Seed: 2})
		defer other.Close()
		require.NotEqual(t, h.flowLabel(from, to), other.flowLabel(from, to), "nobody can tell it without the secret")
	})
}
