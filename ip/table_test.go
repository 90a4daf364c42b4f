package ip

import (
	"cmp"
	"math/rand/v2"
	"net/netip"
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLookup(t *testing.T) {
	var table Table
	_, ok := table.Lookup(client)
	require.False(t, ok)
	for i, p := range []string{"0.0.0.0/0", "10.0.0.0/8", "10.144.0.0/16", "10.144.2.0/24", "10.144.2.5/32", "2001:db8::/32", "2001:db8::1/128"} {
		table.Set(Route{Prefix: netip.MustParsePrefix(p), Interface: i})
	}
	// RFC 1812, Section 5.2.4.3 has the example of 10.144.2.5.
	for addr, want := range map[string]int{
		"192.0.2.1": 0, "10.1.1.1": 1, "10.144.9.9": 2, "10.144.2.6": 3, "10.144.2.5": 4, "2001:db8::2": 5, "2001:db8::1": 6,
	} {
		r, ok := table.Lookup(netip.MustParseAddr(addr))
		require.True(t, ok, addr)
		require.Equal(t, want, r.Interface, addr)
	}
	_, ok = table.Lookup(netip.MustParseAddr("2001:db9::1"))
	require.False(t, ok, "the default route of IPv4 is none for IPv6")
	_, ok = table.Lookup(netip.Addr{})
	require.False(t, ok)
	table.Set(Route{Prefix: netip.MustParsePrefix("10.144.2.99/24"), Interface: 9})
	r, _ := table.Lookup(netip.MustParseAddr("10.144.2.6"))
	require.Equal(t, 9, r.Interface, "replaced")
	require.Equal(t, netip.MustParsePrefix("10.144.2.0/24"), r.Prefix)
}

// naive is a table that goes through all its routes.
type naive []Route

func (n naive) lookup(a netip.Addr) (best Route, found bool) {
	for _, r := range n {
		longer := r.Prefix.Bits() > best.Prefix.Bits() || r.Prefix.Bits() == best.Prefix.Bits() && r.Metric < best.Metric
		if r.Prefix.Contains(a) && (!found || longer) {
			best, found = r, true
		}
	}
	return best, found
}

func (n naive) sorted() []Route {
	return slices.SortedStableFunc(slices.Values(n), func(a, b Route) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), a.Prefix.Bits()-b.Prefix.Bits(), cmp.Compare(a.Metric, b.Metric))
	})
}

// randomAddr returns an address like those of others: few leading bits differ, so that prefixes contain each other.
func randomAddr(rng *rand.Rand) netip.Addr {
	if rng.IntN(2) == 0 {
		return netip.AddrFrom4([4]byte{10, byte(rng.IntN(4)), byte(rng.IntN(8) << 5), byte(rng.Uint32())})
	}
	b := [16]byte{0x20, 0x01, 0xd, 0xb8, byte(rng.IntN(2)), 15: byte(rng.Uint32())}
	b[4+rng.IntN(12)] = byte(rng.Uint32())
	return netip.AddrFrom16(b)
}

// The trie finds what going through all routes finds, lists them in order, and forgets what is removed.
func TestTableAgreesWithSearch(t *testing.T) {
	for seed := range uint64(20) {
		rng := newRand(seed)
		var table Table
		var routes naive
		for i := range 1000 {
			a := randomAddr(rng)
			r := Route{Prefix: netip.PrefixFrom(a, rng.IntN(a.BitLen()+1)).Masked(), Interface: rng.IntN(3), Metric: uint32(rng.IntN(3))}
			same := func(o Route) bool { return o.Prefix == r.Prefix && o.Interface == r.Interface }
			if i%3 == 0 && len(routes) > 0 {
				r = routes[rng.IntN(len(routes))]
				require.True(t, table.Remove(r))
				routes = slices.DeleteFunc(routes, same)
				require.False(t, table.Remove(r))
				continue
			}
			routes = append(slices.DeleteFunc(routes, same), r)
			require.True(t, table.Add(r))
		}
		require.Equal(t, routes.sorted(), slices.Collect(table.All()))
		for range 500 {
			a := randomAddr(rng)
			want, found := routes.lookup(a)
			got, ok := table.Lookup(a)
			require.Equal(t, found, ok)
			require.Equal(t, want, got, a)
		}
		for _, r := range routes {
			require.True(t, table.Remove(r))
		}
		require.Zero(t, table.Len())
		require.Empty(t, slices.Collect(table.All()))
		for _, root := range []int{root4, root6} {
			n := table.trie.nodes.all[root]
			require.Zero(t, n.prefixes|uint32(n.leaves)|uint32(n.children), "nothing is left over")
		}
		require.Empty(t, table.sets.single)
	}
}

func TestSeveralRoutesToOneNetwork(t *testing.T) {
	var table Table
	to := netip.MustParsePrefix("10.0.9.0/24")
	dst := netip.MustParseAddr("10.0.9.1")
	hop := func(i int) netip.Addr { return netip.AddrFrom4([4]byte{10, 0, byte(i), 1}) }
	for i := range 4 {
		require.True(t, table.Add(Route{Prefix: to, Via: hop(i), Interface: i, Metric: 5}))
	}
	table.Add(Route{Prefix: to, Via: hop(9), Interface: 9, Metric: 6})
	require.Equal(t, 4, table.Paths(dst), "the longer route is not used")
	require.Equal(t, 1, table.Len())

	// RFC 2992: each next hop has a region of equal size of all that the hash can be.
	for i := range 4 {
		for _, hash := range []uint32{uint32(i) << 30, uint32(i)<<30 + 1<<30 - 1} {
			r, _ := table.Choose(dst, hash)
			require.Equal(t, hop(i), r.Via)
		}
	}
	require.True(t, table.Remove(Route{Prefix: to, Via: hop(1), Interface: 1}))
	require.Equal(t, 3, table.Paths(dst))
	require.False(t, table.Remove(Route{Prefix: to, Via: hop(1), Interface: 1}))

	require.True(t, table.Add(Route{Prefix: to, Via: hop(9), Interface: 9, Metric: 1}), "another metric for the same neighbour")
	r, _ := table.Lookup(dst)
	require.Equal(t, hop(9), r.Via)
	require.Equal(t, 1, table.Paths(dst))

	for i := range MaxPaths - 4 {
		require.True(t, table.Add(Route{Prefix: to, Via: hop(20 + i), Interface: 0}))
	}
	require.False(t, table.Add(Route{Prefix: to, Via: hop(99), Interface: 0}), "the bound")
	table.Set(Route{Prefix: to, Via: hop(1), Interface: 1})
	require.Equal(t, []Route{{Prefix: to, Via: hop(1), Interface: 1}}, slices.Collect(table.All()))
}

// A stopped walk stops.
func TestAllCanBeLeft(t *testing.T) {
	var table Table
	for i := range 100 {
		table.Set(Route{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i)}), 16)})
	}
	seen := 0
	for range table.All() {
		if seen++; seen == 3 {
			break
		}
	}
	require.Equal(t, 3, seen)
}

// manyRoutes returns a table like that of a router on the Internet: most prefixes of IPv4 have 24 bits, of IPv6 48; few
// neighbours.
func manyRoutes(n int, v6 bool) (*Table, []netip.Addr) {
	table := &Table{}
	rng := newRand(9)
	var addrs []netip.Addr
	for i := 0; table.Len() < n; i++ {
		b := [16]byte{0x20 | byte(rng.IntN(4)), byte(rng.Uint32()), byte(rng.IntN(16)), byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32())}
		p := netip.PrefixFrom(netip.AddrFrom16(b), 48-4*rng.IntN(5)*rng.IntN(2))
		if !v6 {
			a := netip.AddrFrom4([4]byte{1 + byte(rng.IntN(222)), byte(rng.Uint32()), byte(rng.Uint32()), byte(rng.Uint32())})
			p = netip.PrefixFrom(a, 24-rng.IntN(9)*rng.IntN(2))
		}
		table.Set(Route{Prefix: p.Masked(), Via: netip.AddrFrom4([4]byte{10, 0, 0, byte(i % 8)}), Interface: i % 8})
		if i%4 == 0 {
			addrs = append(addrs, p.Addr())
		}
	}
	return table, addrs
}

// BenchmarkLookup: addresses in any order, so that the processor's cache helps as little as it does a router.
func BenchmarkLookup(b *testing.B) {
	for _, bench := range []struct {
		name string
		n    int
		v6   bool
	}{{"1 route", 1, false}, {"1M routes", 1_000_000, false}, {"1M routes of IPv6", 1_000_000, true}} {
		b.Run(bench.name, func(b *testing.B) {
			before := heap()
			table, addrs := manyRoutes(bench.n, bench.v6)
			after := heap()
			i := 0
			for b.Loop() {
				table.Lookup(addrs[i])
				if i++; i == len(addrs) {
					i = 0
				}
			}
			b.ReportMetric(float64(after-before-int64(cap(addrs))*24)/float64(bench.n), "heap-B/route")
		})
	}
}

// BenchmarkTableAdd: a route to another network, of which there are many already; and it is removed again.
func BenchmarkTableAdd(b *testing.B) {
	table, addrs := manyRoutes(1_000_000, false)
	i := 0
	for b.Loop() {
		r := Route{Prefix: netip.PrefixFrom(addrs[i], 32), Interface: 1}
		table.Set(r)
		table.Remove(r)
		if i++; i == len(addrs) {
			i = 0
		}
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
