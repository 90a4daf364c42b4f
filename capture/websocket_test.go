package capture_test

import (
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/wire"
)

// Frames on a port of HTTP are taken apart, with the payload as its sender meant it; the same octets elsewhere are data.
func TestWebSocketFrames(t *testing.T) {
	payload := "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58\x89\x80\x00\x00\x00\x00" // RFC 6455, Section 5.7, and a ping
	packet := func(port layers.TCPPort, payload string) []byte {
		ip := ipv4("10.0.1.10", "10.0.2.20", layers.IPProtocolTCP)
		tcp := &layers.TCP{SrcPort: 40001, DstPort: port, Seq: 1, Ack: 1, ACK: true, PSH: true, Window: 1000}
		require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
		return build(t, ip, tcp, gopacket.Payload(payload))
	}
	sum := capture.NewSummarizer().Add(capture.RawIP, packet(80, payload))
	require.Equal(t, "WebSocket", sum.Proto)
	require.Equal(t, `text "Hello", ping  data 1..18`, sum.What)
	nodes := capture.Dissect(capture.RawIP, packet(80, payload))
	require.Len(t, nodes, 4)
	require.Equal(t, `"Hello" (unmasked)`, nodes[2].Find("websocket.payload").Value)
	for i := range nodes {
		nodes[i].Leaves(func(n *wire.Node) {
			require.True(t, n.Key == "" || slices.Contains(capture.Keys(), n.Key), n.Key)
		})
	}
	for _, other := range [][]byte{packet(7, payload), packet(80, payload[:10]), packet(80, payload+"\x00")} {
		require.Equal(t, "TCP", capture.NewSummarizer().Add(capture.RawIP, other).Proto)
		nodes := capture.Dissect(capture.RawIP, other)
		require.Equal(t, "data", nodes[len(nodes)-1].Key)
	}
}
