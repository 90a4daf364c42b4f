package capture

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What went between each two hosts is all that is in the file, each packet once.
func TestTraffic(t *testing.T) {
	f, err := Open(filepath.Join("..", "testdata", "captures", "mixed.pcap"))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(context.Background(), nil))
	traffic, others := f.Traffic(func(int, int) bool { return true })
	require.Equal(t, 2, others, "ARP")
	packets, octets := others, int64(0)
	for _, p := range traffic {
		packets += p.Packets[0] + p.Packets[1]
		octets += p.Octets[0] + p.Octets[1]
		inFlows := [2]int{}
		for _, flow := range p.Flows {
			inFlows[0] += flow.Packets[0]
			inFlows[1] += flow.Packets[1]
		}
		require.Equal(t, p.Packets, inFlows)
		first, ok := f.Ends(p.First)
		require.True(t, ok)
		require.Contains(t, p.Hosts, first[0].Addr())
	}
	require.Equal(t, f.Len(), packets)
	top := traffic[0]
	require.Equal(t, "10.0.1.1", top.Hosts[0].String())
	require.Equal(t, [2]int{3, 3}, top.Packets)
	require.Equal(t, [2]int64{1686, 742}, top.Octets)
	for n := 1; n <= f.Len(); n++ {
		rec, err := f.Packet(n)
		require.NoError(t, err)
		if _, ok := f.Ends(n); ok {
			octets -= int64(rec.Length)
		}
	}
	require.Zero(t, octets)
	traffic, _ = f.Traffic(func(int, int) bool { return false })
	require.NotEmpty(t, traffic, "a part was looked at before it was asked")
}
