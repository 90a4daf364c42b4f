package capture_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/ether"
)

func arpFrame(dst ether.MAC, m ether.Message) []byte {
	h := ether.Header{Dst: dst, Src: m.SenderMAC, Type: ether.TypeARP}
	return h.Append(nil, m.Append(nil))
}

// ARP in plain words, and as layers with its padding.
func TestARP(t *testing.T) {
	h1, h2 := ether.MAC{2, 0, 0, 0, 0, 1}, ether.MAC{2, 0, 0, 0, 0, 2}
	a, b, none := netip.MustParseAddr("10.0.1.10"), netip.MustParseAddr("10.0.1.1"), netip.IPv4Unspecified()
	for _, c := range []struct {
		frame []byte
		want  capture.Summary
	}{
		{
			arpFrame(ether.Broadcast(), ether.Message{Operation: ether.Request, SenderMAC: h1, Sender: a, Target: b}),
			capture.Summary{Src: "10.0.1.10", Dst: "all", Proto: "ARP", What: "who has 10.0.1.1? tell 10.0.1.10", Stream: -1},
		},
		{
			arpFrame(h2, ether.Message{Operation: ether.Request, SenderMAC: h1, Sender: a, Target: b}),
			capture.Summary{Src: "10.0.1.10", Dst: "10.0.1.1", Proto: "ARP", What: "who has 10.0.1.1? tell 10.0.1.10", Stream: -1},
		},
		{
			arpFrame(h1, ether.Message{Operation: ether.Reply, SenderMAC: h2, Sender: b, TargetMAC: h1, Target: a}),
			capture.Summary{Src: "10.0.1.1", Dst: "10.0.1.10", Proto: "ARP", What: "10.0.1.1 is at 02:00:00:00:00:02", Stream: -1},
		},
		{
			arpFrame(ether.Broadcast(), ether.Message{Operation: ether.Request, SenderMAC: h1, Sender: none, Target: a}),
			capture.Summary{Src: "02:00:00:00:00:01", Dst: "all", Proto: "ARP", What: "who has 10.0.1.10? is it free?", Stream: -1},
		},
		{
			arpFrame(ether.Broadcast(), ether.Message{Operation: ether.Request, SenderMAC: h1, Sender: a, Target: a}),
			capture.Summary{Src: "10.0.1.10", Dst: "all", Proto: "ARP", What: "10.0.1.10 is at 02:00:00:00:00:01, all take note", Stream: -1},
		},
		{
			append(make([]byte, 12), 8, 6, 0, 1),
			capture.Summary{Proto: "ARP", What: "2 octets", Stream: -1, Problem: "not a message about Ethernet and IPv4"},
		},
	} {
		require.Equal(t, c.want, capture.NewSummarizer().Add(capture.Ether, c.frame))
	}
	frame := arpFrame(ether.Broadcast(), ether.Message{Operation: ether.Request, SenderMAC: h1, Sender: a, Target: b})
	nodes := capture.Dissect(capture.Ether, frame)
	require.Equal(t, "Ethernet 0-14, Address Resolution Protocol 14-42, Padding 42-60", shape(nodes))
	require.Equal(t, "02:00:00:00:00:01", find(t, nodes, "arp.src.hw_mac").Value)
	require.Equal(t, "ff:ff:ff:ff:ff:ff", find(t, nodes, "eth.dst").Value)
}
