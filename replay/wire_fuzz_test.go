package replay_test

import (
	"bytes"
	"net/netip"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/replay"
	"netlab/sim"
)

// Whatever a capture holds, it can be played, with other addresses too: each packet that is sent arrives at the host that it goes to.
func FuzzWire(f *testing.F) {
	for _, name := range []string{"http.pcap", "mixed.pcap", "offload.pcap"} {
		octets, err := os.ReadFile("../testdata/captures/" + name)
		require.NoError(f, err)
		f.Add(octets, false)
		f.Add(octets, true)
	}
	f.Fuzz(func(t *testing.T, file []byte, rewrite bool) {
		r, err := capture.NewReader("fuzz", bytes.NewReader(file))
		if err != nil {
			return
		}
		o := replay.WireOptions{}
		if rewrite {
			o.Rewriter = &replay.Rewriter{Given: map[netip.Addr]netip.Addr{netip.MustParseAddr("10.77.0.1"): netip.MustParseAddr("192.0.2.1")}}
		}
		w, _ := replay.ReadWire("fuzz", r, o)
		n, err := sim.New(w.Topology, sim.Options{})
		require.NoError(t, err)
		defer n.Close()
		for n.Step() {
		}
		v := n.Store().View()
		require.Equal(t, len(w.Topology.Recording), v.Packets())
		for i := range v.Packets() {
			p, _ := v.Packet(i)
			require.NotNil(t, p.Received)
			require.Equal(t, w.Topology.Recording[p.Number-1].To, p.Received.Host)
		}
	})
}
