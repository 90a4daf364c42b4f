package stream_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/stream"
)

// servers returns the name that each stream of a capture asks for, by its number.
func servers(t *testing.T, name string, cut int) map[int]string {
	t.Helper()
	f, err := capture.Open(filepath.Join("..", "testdata", "captures", name))
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Load(t.Context(), nil))
	names := map[int]string{}
	h := stream.NewHellos()
	a := stream.New(stream.Config{
		Data: func(c stream.Chunk) {
			for b := c.Octets; len(b) > 0 && !c.UDP && cut > 0; c.Octets, b = b, b[min(cut, len(b)):] {
				one := c
				one.Octets = b[:min(cut, len(b))]
				h.Data(one)
			}
			if c.UDP || cut == 0 {
				h.Data(c)
			}
		},
		Ended: func(s *stream.Stream) {
			if name := h.Ended(s); name != "" {
				names[s.Number] = name
			}
		},
	})
	for i := range f.Len() {
		rec, err := f.Packet(i + 1)
		require.NoError(t, err)
		a.Add(stream.PacketOf(&rec))
	}
	a.Close()
	return names
}

func TestWhomClientsAskFor(t *testing.T) {
	require.Equal(t, map[int]string{0: "www.netlab.test"}, servers(t, "chromium-quic.pcap", 0), "its ClientHello is in two packets")
	require.Equal(t, map[int]string{0: "www.netlab.test", 1: "www.netlab.test"}, servers(t, "tls.pcapng", 0))
	for _, cut := range []int{6, 7, 60, 100, 500} {
		require.Equal(t, map[int]string{0: "www.netlab.test", 1: "www.netlab.test"}, servers(t, "tls.pcapng", cut), "in pieces of %d octets", cut)
	}
	require.Empty(t, servers(t, "http.pcap", 0))
}
