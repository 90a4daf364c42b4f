package stack

import (
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/ip"
	"netlab/link"
	"netlab/tcp"
)

// testbed is a host on a clock that stands still, whose link is the test: it delivers segments from
// 10.0.0.1:5000 to 10.0.0.2:80 and sees what the host sends.
type testbed struct {
	t       testing.TB
	runtime *still
	host    *Host
	iface   int
	sent    []tcp.Segment
}

func newTestbed(t testing.TB) *testbed {
	w := &testbed{t: t, runtime: newStill()}
	w.host = New(Config{Seed: 1, Runtime: w.runtime})
	w.iface = w.host.AddInterface("eth0", []netip.Prefix{netip.MustParsePrefix("10.0.0.2/24")}, 1500, func(packets []link.Packet) {
		for _, p := range packets {
			h, payload, err := ip.Parse(p.Octets)
			require.NoError(t, err)
			require.Equal(t, ip.TCP, h.Protocol)
			require.True(t, tcp.Verify(h.Src, h.Dst, payload))
			seg, err := tcp.Parse(payload)
			require.NoError(t, err)
			w.sent = append(w.sent, seg)
		}
	})
	return w
}

// deliver hands the host segments in one batch and returns what it sends.
func (w *testbed) deliver(segments ...tcp.Segment) []tcp.Segment {
	w.sent = nil
	var packets []link.Packet
	for _, seg := range segments {
		packets = append(packets, link.Packet{Octets: packetTo80(seg)})
	}
	w.host.Deliver(w.iface, packets)
	return w.sent
}

// open listens, makes the handshake and returns a segment of the client's to send next.
func (w *testbed) open() tcp.Segment {
	_, err := w.host.Listen("tcp", ":80")
	require.NoError(w.t, err)
	reply := w.deliver(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.SYN, Window: 60_000})
	require.Len(w.t, reply, 1)
	require.Equal(w.t, tcp.SYN|tcp.ACK, reply[0].Flags)
	next := tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1001, Ack: reply[0].Seq + 1, Flags: tcp.ACK, Window: 60_000}
	require.Empty(w.t, w.deliver(next))
	return next
}

func at(seg tcp.Segment, seq tcp.Seq, payload string) tcp.Segment {
	seg.Seq, seg.Payload = seq, []byte(payload)
	return seg
}

// "an ACK SHOULD be generated for at least every second full-sized segment" (RFC 9293, Section 3.8.6.3); but what comes
// out of the link in a long row gets one.
// SHLD-19
func TestEverySecondSegmentIsAcknowledged(t *testing.T) {
	w := newTestbed(t)
	next := w.open()
	batch := func(n, from int) (row []tcp.Segment) {
		for i := range n {
			row = append(row, at(next, tcp.Seq(from+4*i), "data"))
		}
		return row
	}
	sent := w.deliver(batch(6, 1001)...)
	require.Len(t, sent, 3)
	for i := range sent {
		require.Equal(t, tcp.Seq(1001+8*(i+1)), sent[i].Ack)
	}
	sent = w.deliver(batch(stretchACK+1, 1025)...)
	require.Len(t, sent, 1)
	require.Equal(t, tcp.Seq(1025+4*(stretchACK+1)), sent[0].Ack)
}

func TestOutOfOrderSegmentsOfABatchAreAcknowledgedEach(t *testing.T) {
	w := newTestbed(t)
	next := w.open()
	sent := w.deliver(at(next, 1005, "bbbb"), at(next, 1009, "cccc"), at(next, 1013, "dddd"))
	require.Len(t, sent, 3, "three duplicate ACKs make the peer send again")
	for _, ack := range sent {
		require.Equal(t, tcp.Seq(1001), ack.Ack)
	}
	sent = w.deliver(at(next, 1001, "aaaa"))
	require.Len(t, sent, 1)
	require.Equal(t, tcp.Seq(1017), sent[0].Ack)
}

func TestHandshakeAndDataInOneBatch(t *testing.T) {
	w := newTestbed(t)
	_, err := w.host.Listen("tcp", ":80")
	require.NoError(t, err)
	syn := tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.SYN, Window: 60_000}
	sent := w.deliver(syn, syn)
	require.Len(t, w.host.Connections(), 1, "a SYN twice is one connection")
	require.NotEmpty(t, sent)
}

func TestRetransmissionByTheAlarm(t *testing.T) {
	w := newTestbed(t)
	_, err := w.host.Listen("tcp", ":80")
	require.NoError(t, err)
	first := w.deliver(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.SYN, Window: 60_000})
	w.sent = nil
	w.runtime.pass(999 * time.Millisecond)
	require.Empty(t, w.sent)
	w.runtime.pass(time.Millisecond)
	require.Equal(t, first[0].Seq, w.sent[0].Seq, "the SYN-ACK again after the initial RTO of 1 s")
	w.runtime.pass(time.Second)
	require.Len(t, w.sent, 1)
	w.runtime.pass(time.Second)
	require.Len(t, w.sent, 2, "the RTO has doubled")
}

func TestMalformedSegmentsAreCounted(t *testing.T) {
	w := newTestbed(t)
	next := w.open()
	good := packetTo80(at(next, 1001, "data"))

	wrongSum := append([]byte(nil), good...)
	wrongSum[len(wrongSum)-1] ^= 1
	w.host.Deliver(w.iface, []link.Packet{{Octets: wrongSum}})
	require.EqualValues(t, 1, counter(w.host, "segments discarded: wrong checksum"))

	badOffset := append([]byte(nil), good...)
	badOffset[ipHeader+12] = 0x10
	repairChecksums(badOffset)
	w.host.Deliver(w.iface, []link.Packet{{Octets: badOffset}})
	require.EqualValues(t, 1, counter(w.host, "segments discarded: malformed header"))

	for n := range len(good) {
		w.host.Deliver(w.iface, []link.Packet{{Octets: good[:n]}})
	}
	require.Zero(t, w.host.Connections()[0].Snapshot.Unread)
	w.host.Deliver(w.iface, []link.Packet{{Octets: good}})
	require.Equal(t, 4, w.host.Connections()[0].Snapshot.Unread)
}

func TestNobodyListens(t *testing.T) {
	w := newTestbed(t)
	sent := w.deliver(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.SYN})
	require.Len(t, sent, 1)
	require.Equal(t, tcp.RST|tcp.ACK, sent[0].Flags)
	require.Equal(t, tcp.Seq(1001), sent[0].Ack)
	require.Empty(t, w.deliver(tcp.Segment{SrcPort: 5000, DstPort: 80, Seq: 1000, Flags: tcp.RST}), "never an RST for an RST")
}

// TestBulkAllocatesNothing: segments arrive, are acknowledged and read, and data is sent and acknowledged.
func TestBulkAllocatesNothing(t *testing.T) {
	w := newTestbed(t)
	next := w.open()
	c := w.host.sortedConns()[0]
	w.host.ifaces[0].send = func([]link.Packet) {}
	payload := string(make([]byte, 1400))
	packets := make([]link.Packet, 8)
	buf := make([]byte, 64<<10)
	seq := tcp.Seq(1001)
	fill := func() {
		for i := range packets {
			packets[i].Octets = packetTo80(at(next, seq, payload))
			seq = seq.Add(len(payload))
		}
	}
	round := func() {
		fill()
		w.host.Deliver(w.iface, packets)
		if n, err := c.Read(buf); err != nil || n != len(packets)*len(payload) {
			t.Errorf("read %d octets: %v", n, err)
		}
		if n, err := c.Write(buf[:1072]); err != nil || n != 1072 {
			t.Errorf("wrote %d octets: %v", n, err)
		}
		next.Ack = next.Ack.Add(1072) // two segments of 536, as our SYN had no MSS option
	}
	for range 100 { // until the buffers have grown to their size
		round()
	}
	total := testing.AllocsPerRun(100, round)
	filling := testing.AllocsPerRun(1, fill)
	require.Equal(t, filling, total, "the rest is the test's own: making the packets")
}
