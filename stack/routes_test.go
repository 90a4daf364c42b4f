package stack

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
)

func TestRoutesComeAndGo(t *testing.T) {
	h := New(Config{Forward: true})
	defer h.Close()
	for _, i := range []Interface{
		{"eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, 1500},
		{"eth1", []netip.Prefix{netip.MustParsePrefix("10.0.1.1/24"), netip.MustParsePrefix("2001:db8::1/64")}, 1400},
	} {
		h.AddInterface(i.Name, i.Addrs, i.MTU, func([]link.Packet) {})
	}
	require.Equal(t, []Interface{
		{"eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.1/24")}, 1500},
		{"eth1", []netip.Prefix{netip.MustParsePrefix("10.0.1.1/24"), netip.MustParsePrefix("2001:db8::1/64")}, 1400},
	}, h.Interfaces())

	to := netip.MustParsePrefix("10.0.9.0/24")
	near, far := netip.MustParseAddr("10.0.0.2"), netip.MustParseAddr("10.0.1.2")
	require.NoError(t, h.InstallRoute(Route{to, near, "eth0", ip.MetricRIP + 3}))
	require.NoError(t, h.InstallRoute(Route{to, far, "eth1", ip.MetricRIP + 2}))
	require.NoError(t, h.AddRoute(netip.MustParsePrefix("0.0.0.0/0"), near))
	require.Equal(t, []Route{
		{netip.MustParsePrefix("0.0.0.0/0"), near, "eth0", ip.MetricStatic},
		{netip.MustParsePrefix("10.0.0.0/24"), netip.Addr{}, "eth0", ip.MetricAttached},
		{netip.MustParsePrefix("10.0.1.0/24"), netip.Addr{}, "eth1", ip.MetricAttached},
		{to, far, "eth1", ip.MetricRIP + 2},
		{to, near, "eth0", ip.MetricRIP + 3},
		{netip.MustParsePrefix("2001:db8::/64"), netip.Addr{}, "eth1", ip.MetricAttached},
	}, h.Routes())

	require.True(t, h.RemoveRoute(Route{Prefix: to, Via: far, Interface: "eth1"}))
	require.False(t, h.RemoveRoute(Route{Prefix: to, Via: far, Interface: "eth1"}))
	require.False(t, h.RemoveRoute(Route{Prefix: to, Via: far, Interface: "eth7"}))
	require.Error(t, h.InstallRoute(Route{to, far, "eth7", 1}))
	for i := range ip.MaxPaths {
		require.Equal(t, i < ip.MaxPaths-1, h.AddRoute(to, netip.AddrFrom4([4]byte{10, 0, 0, byte(10 + i)})) == nil)
	}
}
