package capture_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// QUIC of Chromium, whose ClientHello is in two packets, cut up and mixed: each is taken apart as far as it goes, and found by what it holds.
func TestFiltersOnQUIC(t *testing.T) {
	f := load(t, filepath.Join("..", "testdata", "captures", "chromium-quic.pcap"))
	layers := allLayers(t, f)
	for expr, want := range map[string]int{
		"quic": 24, "udp": 24, "data": 0, "tls": 1,
		"quic.header_form == 1": 5, "quic.header_form == 0": 21, // some datagrams have packets of both kinds
		"quic.version == 1": 5, "quic.packet_number == 2": 1, "quic.crypto.offset == 0": 1,
		"tls.handshake.type == 1": 1, "tls.handshake.ciphersuite": 1, "http": 0,
	} {
		require.Equal(t, want, agrees(t, f, layers, capture.FileKeys(), expr), expr)
	}
	sum := capture.NewSummarizer()
	for i, want := range []string{"Initial: PING, ClientHello", "Initial: PING, piece of the handshake", "Initial", "Initial, Handshake, 1-RTT, 328 octets"} {
		rec, err := f.Packet(i + 1)
		require.NoError(t, err)
		s := sum.Summarize(&rec)
		require.Equal(t, "QUIC", s.Proto)
		require.Equal(t, want, s.What)
	}
	for i := range layers {
		for _, n := range layers[i] {
			require.NotEqual(t, "data", n.Key)
			require.Empty(t, n.Note)
		}
	}
}
