package ip

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// spread sends datagrams of count flows, several of each, through a router with three equal routes and one that is worse,
// and returns which neighbours each flow's packets went to.
func spread(t *testing.T, cfg Config, count int, change func(h *Header)) map[int]map[netip.Addr]int {
	cfg.Forward = true
	n := New(cfg, nil)
	n.AddInterface(Interface{Name: "eth0", Prefixes: []netip.Prefix{netip.PrefixFrom(near, 24)}, MTU: 1500})
	for i := 1; i <= 4; i++ {
		own := netip.MustParsePrefix(fmt.Sprintf("10.9.%d.1/24", i))
		index := n.AddInterface(Interface{Name: fmt.Sprint("eth", i), Prefixes: []netip.Prefix{own}, MTU: 1500})
		metric := uint32(5)
		if i == 4 {
			metric = 6
		}
		require.True(t, n.AddRoute(Route{Prefix: netip.MustParsePrefix("192.0.2.0/24"), Via: own.Addr().Next(), Interface: index, Metric: metric}))
	}
	went := map[int]map[netip.Addr]int{}
	for flow := range count {
		went[flow] = map[netip.Addr]int{}
		for i := range 6 {
			h := Header{TTL: 9, Protocol: UDP, Src: client, Dst: netip.MustParseAddr("192.0.2.7"), ID: uint32(i)}
			if change != nil {
				change(&h)
			}
			payload := make([]byte, 24)
			binary.BigEndian.PutUint16(payload, uint16(40000+flow))
			n.Receive(start, 0, packet(h, payload), 0, 0)
			out, ok := n.Next()
			require.True(t, ok)
			went[flow][out.NextHop]++
		}
	}
	return went
}

// RFC 2992: a flow stays on one of the ways, and the flows share them evenly.
func TestFlowsShareEqualRoutes(t *testing.T) {
	users := map[netip.Addr]int{}
	for _, hops := range spread(t, Config{}, 3000, nil) {
		require.Len(t, hops, 1)
		for hop := range hops {
			users[hop]++
		}
	}
	require.Len(t, users, 3)
	for _, n := range users {
		require.InDelta(t, 1000, n, 120)
	}

	differ := 0
	other := spread(t, Config{Seed: 1}, 100, nil)
	for flow, hops := range spread(t, Config{}, 100, nil) {
		for hop := range hops {
			if other[flow][hop] == 0 {
				differ++
			}
		}
	}
	require.InDelta(t, 67, differ, 20, "another router chooses otherwise")
}

// All fragments of a datagram go one way, though only the first has the ports.
func TestFragmentsStayTogether(t *testing.T) {
	i := 0
	for _, hops := range spread(t, Config{}, 20, func(h *Header) {
		h.MoreFragments, h.FragmentOffset = i%2 == 0, 24*(i%2)
		i++
	}) {
		require.Len(t, hops, 1)
	}
}

func TestPacketsTakeTurns(t *testing.T) {
	for _, hops := range spread(t, Config{PerPacket: true}, 10, nil) {
		require.Len(t, hops, 3)
		for _, n := range hops {
			require.Equal(t, 2, n)
		}
	}
}
