package capture_test

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// However little of each packet a capture keeps, nothing is called wrong that was right on the wire.
func TestASnapLengthIsNoDamage(t *testing.T) {
	for _, name := range []string{"http.pcap", "ping.pcap", "dns.pcapng", "mixed.pcap"} {
		records, err := readAll(file(t, name))
		require.NoError(t, err)
		for _, rec := range records {
			before := notes(capture.DissectRecord(&rec))
			problem := capture.NewSummarizer().Summarize(&rec).Problem
			whole := rec.Packet
			for n := range whole {
				rec.Packet = whole[:n:n]
				nodes := capture.DissectRecord(&rec)
				if len(before) == 0 {
					require.Empty(t, notes(nodes), "%s, packet %d, cut at %d", name, rec.Number, n)
				}
				last := nodes[len(nodes)-1]
				require.Equal(t, "Not Captured", last.Name)
				if problem == "" {
					require.Empty(t, capture.NewSummarizer().Summarize(&rec).Problem, "%s, packet %d, cut at %d", name, rec.Number, n)
				}
			}
		}
	}
}

func TestWhatTheNetworkCardDoesIsExplained(t *testing.T) {
	network := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolTCP)
	segment := &layers.TCP{SrcPort: 40001, DstPort: 9, ACK: true}
	require.NoError(t, segment.SetNetworkLayerForChecksum(network))
	packet := build(t, network, segment, gopacket.Payload(strings.Repeat("x", 5000)))
	b := append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0}, packet...)
	rec := capture.Record{LinkType: capture.Ether, Packet: b, Length: len(b)}
	nodes := capture.DissectRecord(&rec)
	require.Empty(t, notes(nodes))
	require.Contains(t, nodes[1].Value, "5040 octets, more than the 1500 that a frame usually holds")

	binary.BigEndian.PutUint16(b[14+10:], 0)
	require.Contains(t, capture.DissectRecord(&rec)[1].Find("ip.checksum").Value, "left to the network card")
	require.Empty(t, notes(capture.DissectRecord(&rec)))
	require.Empty(t, capture.NewSummarizer().Summarize(&rec).Problem)
	b[14+10] = 1
	require.NotEmpty(t, notes(capture.DissectRecord(&rec)))
	require.Equal(t, "wrong header checksum", capture.NewSummarizer().Summarize(&rec).Problem)
}
