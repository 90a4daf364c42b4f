package capture_test

import (
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/rip"
)

func TestRIP(t *testing.T) {
	m := rip.Message{Command: rip.Response, Password: "sesame", Entries: []rip.Entry{
		{Family: 2, Prefix: netip.MustParsePrefix("10.0.1.0/24"), Metric: 1},
		{Family: 2, Prefix: netip.MustParsePrefix("10.0.2.0/24"), Metric: 16},
	}}
	network := ipv4("10.0.12.1", "224.0.0.9", layers.IPProtocolUDP)
	datagram := &layers.UDP{SrcPort: 520, DstPort: 520}
	require.NoError(t, datagram.SetNetworkLayerForChecksum(network))
	b := build(t, network, datagram, gopacket.Payload(m.Append(nil)))

	sum := capture.NewSummarizer().Add(capture.RawIP, b)
	require.Equal(t, "RIP", sum.Proto)
	require.Equal(t, "response: 10.0.1.0/24 1, 10.0.2.0/24 unreachable", sum.What)

	nodes := capture.Dissect(capture.RawIP, b)
	require.Len(t, nodes, 3)
	require.Equal(t, "rip", nodes[2].Key)
	require.Len(t, nodes[2].Children, 3+3)
	require.Equal(t, "10.0.2.0/24", nodes[2].Children[5].Value)
	for n := range len(b) + 1 {
		covers(t, capture.Dissect(capture.RawIP, b[:n:n]), n)
	}
}
