package capture_test

import (
	"bytes"
	"net"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// build puts a packet together with gopacket: lengths and checksums are right.
func build(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	t.Helper()
	b := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, parts...))
	return bytes.Clone(b.Bytes())
}

func ipv4(src, dst string, p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, IHL: 5, TTL: 64, Id: 7, Protocol: p, SrcIP: net.ParseIP(src).To4(), DstIP: net.ParseIP(dst).To4()}
}

// talk is a TCP connection between a, 10.0.1.10:40001, and b, 10.0.2.20:80.
type talk struct {
	t   testing.TB
	sum *capture.Summarizer
}

const (
	isnA = 0xffff_f000 // wraps within the test
	isnB = 5000
)

// a sends a segment; seq and ack are relative.
func (k talk) a(seq, ack int, flags string, window uint16, payload string, options ...layers.TCPOption) capture.Summary {
	k.t.Helper()
	return k.send("10.0.1.10", "10.0.2.20", 40001, 80, isnA+uint32(seq), isnB+uint32(ack), flags, window, payload, options)
}

func (k talk) b(seq, ack int, flags string, window uint16, payload string, options ...layers.TCPOption) capture.Summary {
	k.t.Helper()
	return k.send("10.0.2.20", "10.0.1.10", 80, 40001, isnB+uint32(seq), isnA+uint32(ack), flags, window, payload, options)
}

func (k talk) send(src, dst string, sport, dport layers.TCPPort, seq, ack uint32, flags string, window uint16, payload string, options []layers.TCPOption) capture.Summary {
	k.t.Helper()
	network := ipv4(src, dst, layers.IPProtocolTCP)
	seg := &layers.TCP{SrcPort: sport, DstPort: dport, Seq: seq, Ack: ack, Window: window, Options: options}
	for _, f := range flags {
		switch f {
		case 'S':
			seg.SYN = true
		case 'A':
			seg.ACK = true
		case 'F':
			seg.FIN = true
		case 'R':
			seg.RST = true
		}
	}
	require.NoError(k.t, seg.SetNetworkLayerForChecksum(network))
	return k.sum.Add(capture.RawIP, build(k.t, network, seg, gopacket.Payload(payload)))
}

func scale(shift byte) layers.TCPOption {
	return layers.TCPOption{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{shift}}
}

func sack(left, right uint32) layers.TCPOption {
	left, right = isnA+left, isnA+right
	return layers.TCPOption{OptionType: layers.TCPOptionKindSACK, OptionLength: 10, OptionData: []byte{
		byte(left >> 24), byte(left >> 16), byte(left >> 8), byte(left), byte(right >> 24), byte(right >> 16), byte(right >> 8), byte(right),
	}}
}

func newTalk(t testing.TB) talk { return talk{t, capture.NewSummarizer()} }

func filler(n int) string { return string(bytes.Repeat([]byte{'x'}, n)) }

// opened is a talk after its handshake: both windows are scaled by 128.
func opened(t testing.TB) talk {
	k := newTalk(t)
	require.Equal(t, capture.Summary{Src: "10.0.1.10:40001", Dst: "10.0.2.20:80", Proto: "TCP", Transport: "TCP", What: "SYN", Numbers: capture.Sequence{Len: 1, Known: true}}, k.a(0, -isnB, "S", 65535, "", scale(7)))
	require.Equal(t, capture.Summary{Src: "10.0.2.20:80", Dst: "10.0.1.10:40001", Proto: "TCP", Transport: "TCP", What: "SYN-ACK", Numbers: capture.Sequence{Ack: 1, Len: 1, Known: true, AckKnown: true}}, k.b(0, 1, "SA", 65535, "", scale(7)))
	require.Equal(t, "ack 1", k.a(1, 1, "A", 512, "").What)
	return k
}

func TestAConnectionInWords(t *testing.T) {
	k := opened(t)
	require.Equal(t, "data 1..1461", k.a(1, 1, "A", 512, filler(1460)).What)
	require.Equal(t, "data 1461..2921", k.a(1461, 1, "A", 512, filler(1460)).What)
	require.Equal(t, "data 2921..4381", k.a(2921, 1, "A", 512, filler(1460)).What)
	require.Equal(t, "data 4381..5841", k.a(4381, 1, "A", 512, filler(1460)).What)
	require.Equal(t, "ack 1461", k.b(1, 1461, "A", 512, "").What)
	require.Equal(t, "ack 1461  dup 1  sack 2921..4381", k.b(1, 1461, "A", 512, "", sack(2921, 4381)).What)
	require.Equal(t, "ack 1461  dup 2  sack 2921..5841", k.b(1, 1461, "A", 512, "", sack(2921, 5841)).What)

	again := k.a(1461, 1, "A", 512, filler(1460))
	require.Equal(t, "data 1461..2921", again.What)
	require.True(t, again.Again)
	require.Equal(t, "ack 5841", k.b(1, 5841, "A", 512, "").What)
	require.Equal(t, "data 5841..5941  FIN", k.a(5841, 1, "FA", 512, filler(100)).What)
	require.Equal(t, "ack 5942", k.b(1, 5942, "A", 512, "").What)
	require.Equal(t, "FIN", k.b(1, 5942, "FA", 512, "").What)
	fin := k.b(1, 5942, "FA", 512, "")
	require.Equal(t, "FIN", fin.What)
	require.True(t, fin.Again)
	require.Equal(t, "ack 2", k.a(5942, 2, "A", 512, "").What)
	require.Equal(t, "RST", k.a(5942, 2, "RA", 0, "").What)
}

func TestWindows(t *testing.T) {
	k := opened(t)
	require.Equal(t, "ack 1  window 2560", k.b(1, 1, "A", 20, "").What)
	require.Equal(t, "data 1..1461", k.a(1, 1, "A", 512, filler(1460)).What)
	require.Equal(t, "data 1461..2561  window full", k.a(1461, 1, "A", 512, filler(1100)).What)
	require.Equal(t, "ack 2561  zero window", k.b(1, 2561, "A", 0, "").What)
	probe := k.a(2561, 1, "A", 512, "x")
	require.Equal(t, "data 2561..2562  zero-window probe", probe.What)
	require.False(t, probe.Again)
	require.Equal(t, "zero-window probe  ack 1", k.a(2560, 1, "A", 512, "").What)
	require.Equal(t, "ack 2561  zero window", k.b(1, 2561, "A", 0, "").What)
	require.Equal(t, "ack 2561  window 65536", k.b(1, 2561, "A", 512, "").What)
	require.Equal(t, "data 2561..2661", k.a(2561, 1, "A", 512, filler(100)).What)
	require.Equal(t, "ack 2661", k.b(1, 2661, "A", 512, "").What)
	require.Equal(t, "keep-alive  ack 1", k.a(2660, 1, "A", 512, "").What)
}

func TestAConnectionThatWasOpenBefore(t *testing.T) {
	k := newTalk(t)
	require.Equal(t, "ack 1", k.b(700, 900, "A", 10, "").What)
	require.Equal(t, "data 1..101", k.a(900, 700, "A", 10, filler(100)).What)
	require.Equal(t, "ack 101", k.b(700, 1000, "A", 10, "").What)
	require.Equal(t, "data 101..201", k.a(1000, 700, "A", 10, filler(100)).What, "nobody knows how large the window is")
}

func TestOutOfOrder(t *testing.T) {
	k := opened(t)
	require.Equal(t, "data 101..201", k.a(101, 1, "A", 512, filler(100)).What)
	late := k.a(1, 1, "A", 512, filler(50))
	require.True(t, late.Late)
	require.False(t, late.Again)
	require.True(t, k.a(51, 1, "A", 512, filler(50)).Late)
	require.True(t, k.a(51, 1, "A", 512, filler(50)).Again)
	more := k.a(151, 1, "A", 512, filler(100))
	require.False(t, more.Again || more.Late, "it has new octets too")
	for i := range 1000 {
		k.a(1000+2*i, 1, "A", 512, "x")
	}
	require.True(t, k.a(2997, 1, "A", 512, "x").Late)
	require.False(t, k.a(1001, 1, "A", 512, "x").Late, "so many gaps are not remembered")
}

func TestStreamsAreCounted(t *testing.T) {
	k := opened(t)
	require.Zero(t, k.b(1, 1, "A", 512, "x").Stream)
	other := k.send("10.0.1.10", "10.0.2.20", 40002, 80, 1, 0, "S", 100, "", nil)
	require.Equal(t, 1, other.Stream)
	again := k.send("10.0.1.10", "10.0.2.20", 40002, 80, 1, 0, "S", 100, "", nil)
	require.Equal(t, 1, again.Stream)
	require.True(t, again.Again)
	reused := k.send("10.0.1.10", "10.0.2.20", 40002, 80, 99, 0, "S", 100, "", nil)
	require.Equal(t, 2, reused.Stream, "a new connection between the same ends")
	require.False(t, reused.Again)
	require.Equal(t, "SYN-ACK", k.send("10.0.2.20", "10.0.1.10", 80, 40002, 7, 100, "SA", 100, "", nil).What)
	require.Zero(t, k.b(2, 1, "A", 512, "x").Stream)
}
