package replay_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/ip"
	"netlab/replay"
	"netlab/sim"
	"netlab/tcp"
	"netlab/trace"
)

// Each packet passes the place of capture with the octets and at the time of the capture, and in its order.
func TestWirePassesTheTapAsCaptured(t *testing.T) {
	for _, name := range []string{"kernel-curl.pcap", "kernel-windows-at-server.pcap", "lossy-in-the-middle.pcapng", "path-mtu.pcapng", "http.pcap"} {
		w, err := replay.ReadWire(name, open(t, name), replay.WireOptions{})
		require.NoError(t, err)
		n, err := sim.New(w.Topology, sim.Options{})
		require.NoError(t, err)
		for n.Step() {
		}
		var passed []*trace.Event
		v := n.Store().View()
		for id := v.First(); id <= v.Last(); id++ {
			if e, _ := v.Event(id); e.Kind == trace.Forwarded {
				require.Equal(t, replay.Tap, e.Host)
				passed = append(passed, e)
			}
		}
		n.Close()

		r := open(t, name)
		var first time.Time
		for i, e := range passed {
			rec, err := r.Next()
			require.NoError(t, err)
			if i == 0 {
				first = rec.At
			}
			packet, _ := capture.IPPacket(rec.LinkType, rec.Packet)
			require.Equal(t, packet[:len(e.Octets)], e.Octets, "%s: packet %d", name, rec.Number)
			require.Zero(t, bytes.Trim(packet[len(e.Octets):], "\x00"), "%s: what a frame is filled up with", name)
			require.Equal(t, rec.At.Sub(first), e.At.Sub(passed[0].At), "%s: packet %d", name, rec.Number)
			p, _ := v.PacketOf(e.ID)
			require.NotNil(t, p.Received, "%s: packet %d arrives", name, rec.Number)
		}
		require.Equal(t, len(w.Topology.Recording), len(passed))
	}
}

// How far hosts are is what they really were: the lab that made this capture has 10 ms on its link, and was captured at one of its ends.
func TestWireKnowsDistances(t *testing.T) {
	for name, want := range map[string][2]time.Duration{
		"lossy.pcapng": {0, 10 * time.Millisecond}, "lossy-at-receiver.pcapng": {10 * time.Millisecond, 0}, "lossy-in-the-middle.pcapng": {2 * time.Millisecond, 12 * time.Millisecond},
	} {
		w, err := replay.ReadWire(name, open(t, name), replay.WireOptions{})
		require.NoError(t, err)
		require.Len(t, w.Hosts, 2)
		require.Equal(t, want, [2]time.Duration{w.Hosts[0].Away, w.Hosts[1].Away}, name)
	}
}

// Many addresses become few hosts and one for the rest; a clock that goes back holds nothing up.
func TestWireIsBounded(t *testing.T) {
	r := recording(t, func(write func(at time.Duration, packet []byte)) {
		for i := range 30 {
			packet := udp(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i%15)}), netip.MustParseAddr("10.0.1.1"))
			at := time.Duration(i) * time.Second
			if i == 20 {
				at = 0
			}
			write(at, packet)
		}
	})
	w, err := replay.ReadWire("many.pcap", r, replay.WireOptions{})
	require.NoError(t, err)
	require.Len(t, w.Hosts, 9)
	require.Equal(t, replay.Others, w.Hosts[8].Name)
	require.Equal(t, 1, w.Back)
	require.Len(t, w.Topology.Recording, 30)
	require.Equal(t, 19*time.Second, w.Topology.Recording[20].At)
	n, err := sim.New(w.Topology, sim.Options{Faults: []string{"others-tap:down=true"}})
	require.NoError(t, err)
	defer n.Close()
	for n.Step() {
	}
	links := n.Links()
	require.Equal(t, links[8].Sent[0], links[8].Lost[0])
	require.NotZero(t, links[8].Lost[0])
}

// recording returns a capture of raw IP packets.
func recording(t *testing.T, fill func(write func(at time.Duration, packet []byte))) *capture.Reader {
	t.Helper()
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.Interface{Name: "any", Type: capture.RawIP})
	require.NoError(t, err)
	fill(func(at time.Duration, packet []byte) { require.NoError(t, w.Write(sim.Epoch().Add(at), 0, packet, "")) })
	require.NoError(t, w.Flush())
	r, err := capture.NewReader("made.pcapng", &file)
	require.NoError(t, err)
	return r
}

// segmentPacket returns a segment in its IP packet.
func segmentPacket(src, dst netip.Addr, seg *tcp.Segment) []byte {
	h := ip.Header{Src: src, Dst: dst, Protocol: ip.TCP, TTL: 64}
	b := make([]byte, 60+len(seg.Payload))
	before := 20
	if src.Is6() {
		before = 40
	}
	n := before + seg.Put(b[before:], src, dst)
	h.TotalLength = n
	h.Put(b)
	return b[:n]
}

// udp returns a datagram of four octets, without a checksum.
func udp(src, dst netip.Addr) []byte {
	b := []byte{0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x30, 0x39, 0, 9, 0, 12, 0, 0, 'd', 'a', 't', 'a'}
	copy(b[12:], src.AsSlice())
	copy(b[16:], dst.AsSlice())
	return b
}

// The pieces of a segment hold its octets in order, each whole in itself.
func TestPieces(t *testing.T) {
	for _, ends := range [][2]string{{"10.0.0.1", "10.0.0.2"}, {"fd00::1", "fd00::2"}} {
		src, dst := netip.MustParseAddr(ends[0]), netip.MustParseAddr(ends[1])
		data := make([]byte, 4000)
		for i := range data {
			data[i] = byte(i * 7)
		}
		seg := tcp.Segment{SrcPort: 1000, DstPort: 80, Seq: 0xffffff00, Ack: 7, Flags: tcp.ACK | tcp.PSH | tcp.FIN, Window: 99, Payload: data}
		big := segmentPacket(src, dst, &seg)
		pieces := replay.Pieces(big, 1500)
		require.Len(t, pieces, 3)
		var got []byte
		for i, p := range pieces {
			require.LessOrEqual(t, len(p), 1500)
			h, payload, err := ip.Parse(p)
			require.NoError(t, err)
			require.True(t, tcp.Verify(h.Src, h.Dst, payload), "piece %d", i)
			s, err := tcp.Parse(payload)
			require.NoError(t, err)
			require.Equal(t, seg.Seq.Add(len(got)), s.Seq)
			require.Equal(t, i == 2, s.Flags&tcp.FIN != 0)
			require.Equal(t, i == 2, s.Flags&tcp.PSH != 0)
			got = append(got, s.Payload...)
		}
		require.Equal(t, data, got)
		require.Len(t, replay.Pieces(big, len(big)), 1)
	}
	require.Len(t, replay.Pieces(make([]byte, 3000), 1500), 1)
	require.Len(t, replay.Pieces(udp(netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("10.0.0.2")), 20), 1)
}
