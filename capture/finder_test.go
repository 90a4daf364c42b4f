package capture_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/flow"
)

// finding is a Finder that is given packets one after the other.
type finding struct {
	t testing.TB
	*capture.Finder
	n  int
	at time.Time
}

func newFinding(t testing.TB) *finding {
	return &finding{t: t, Finder: capture.NewFinder(), at: time.Unix(1_000_000, 0)}
}

// add gives a packet so many milliseconds after the last, and returns what was found in words.
func (f *finding) add(ms int, packet []byte) (said []string) {
	return f.cut(ms, packet, len(packet))
}

func (f *finding) cut(ms int, packet []byte, length int) []string {
	f.n++
	f.at = f.at.Add(time.Duration(ms) * time.Millisecond)
	return words(f.Add(&capture.Record{Number: f.n, At: f.at, LinkType: capture.RawIP, Packet: packet, Length: length}))
}

func words(found []flow.Finding) (said []string) {
	for i := range found {
		said = append(said, found[i].Kind.String()+": "+found[i].Text())
	}
	return said
}

func datagram(t testing.TB, src, dst string, sport, dport layers.UDPPort, payload gopacket.SerializableLayer) []byte {
	t.Helper()
	network := ipv4(src, dst, layers.IPProtocolUDP)
	u := &layers.UDP{SrcPort: sport, DstPort: dport}
	require.NoError(t, u.SetNetworkLayerForChecksum(network))
	return build(t, network, u, payload)
}

func dnsMessage(id uint16, response bool, code layers.DNSResponseCode) *layers.DNS {
	return &layers.DNS{ID: id, QR: response, ResponseCode: code, RD: true, Questions: []layers.DNSQuestion{{Name: []byte("www.netlab.test"), Type: layers.DNSTypeA, Class: layers.DNSClassIN}}}
}

func TestNamesThatAreNotFound(t *testing.T) {
	f := newFinding(t)
	const client, server = "10.77.0.1", "10.77.0.53"
	require.Empty(t, f.add(0, datagram(t, client, server, 5000, 53, dnsMessage(1, false, 0))))
	require.Equal(t, []string{"dns-failed: 10.77.0.53:53 answers the question of packet 1 with NXDOMAIN, there is no such name: A www.netlab.test"},
		f.add(10, datagram(t, server, client, 53, 5000, dnsMessage(1, true, layers.DNSResponseCodeNXDomain))))
	require.Empty(t, f.add(0, datagram(t, client, server, 5000, 53, dnsMessage(2, false, 0))))
	require.Empty(t, f.add(1000, datagram(t, client, server, 5000, 53, dnsMessage(2, false, 0))))
	require.Equal(t, []string{"dns-slow: 10.77.0.53:53 answers the question of packet 3 only after 1.1 s, in which it was asked 2 times: A www.netlab.test"},
		f.add(100, datagram(t, server, client, 53, 5000, dnsMessage(2, true, 0))))
	require.Empty(t, f.add(0, datagram(t, server, client, 53, 5000, dnsMessage(2, true, layers.DNSResponseCodeServFail))), "nobody asked")
	require.Empty(t, f.add(0, datagram(t, client, server, 5001, 53, dnsMessage(3, false, 0))))
	require.Empty(t, f.add(2000, datagram(t, client, server, 5001, 53, dnsMessage(3, false, 0))))
	require.Equal(t, []string{"dns-unanswered: 10.77.0.1:5001 asks for A www.netlab.test 2 times, and 10.77.0.53:53 does not answer, to the end of the capture 0 µs after the last"}, words(f.End()))
}

func (f *finding) tcp(ms int, src, dst string, sport, dport layers.TCPPort, seq, ack uint32, flags, payload string) []string {
	network := ipv4(src, dst, layers.IPProtocolTCP)
	seg := &layers.TCP{SrcPort: sport, DstPort: dport, Seq: seq, Ack: ack, Window: 65000, SYN: flags == "S" || flags == "SA", ACK: flags != "S"}
	require.NoError(f.t, seg.SetNetworkLayerForChecksum(network))
	return f.add(ms, build(f.t, network, seg, gopacket.Payload(payload)))
}

func TestWebServersThatFail(t *testing.T) {
	f := newFinding(t)
	const a, b = "10.77.0.1", "10.77.0.2"
	require.Empty(t, f.tcp(0, a, b, 4000, 80, 0, 0, "S", ""))
	require.Empty(t, f.tcp(1, b, a, 80, 4000, 0, 1, "SA", ""))
	request, answer := "GET /x HTTP/1.1\r\nHost: b\r\n\r\n", "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
	require.Empty(t, f.tcp(1, a, b, 4000, 80, 1, 1, "A", request))
	require.Equal(t, []string{
		"http-error: 10.77.0.2:80 answers the request of packet 3 with an error: 503 Service Unavailable to GET /x",
		"http-slow: 10.77.0.2:80 begins to answer the request of packet 3 only after 1.5 s: GET /x",
	}, f.tcp(1500, b, a, 80, 4000, 1, 1+uint32(len(request)), "A", answer))
	require.Len(t, f.tcp(10, b, a, 80, 4000, 1, 1+uint32(len(request)), "A", answer), 1, "a second time it is only a retransmission")
}

func TestChecksums(t *testing.T) {
	wrong := func(b []byte) []byte { b[len(b)-1] ^= 1; return b }
	one := func() []byte {
		return datagram(t, "10.77.0.1", "10.77.0.2", 5000, 7, gopacket.Payload("some octets"))
	}
	t.Run("changed on the way", func(t *testing.T) {
		f := newFinding(t)
		require.Empty(t, f.add(0, wrong(one())))
		require.Equal(t, []string{"wrong-checksum: 10.77.0.1:5000 sends a wrong UDP checksum: an octet was changed on the way, and the receiver throws the packet away"}, f.add(0, one()))
		require.Len(t, f.add(0, wrong(one())), 1)
		require.Empty(t, f.End())
	})
	t.Run("all wrong", func(t *testing.T) {
		f := newFinding(t)
		require.Empty(t, f.add(0, wrong(one())))
		require.Empty(t, f.add(0, wrong(one())))
		require.Equal(t, []string{"checksum-offload: 10.77.0.1:5000 sends wrong UDP checksums in all of 2 packets, this being the first: it leaves them to its network card, and the capture was made before that computed them"}, words(f.End()))
	})
	t.Run("one only", func(t *testing.T) {
		f := newFinding(t)
		require.Empty(t, f.add(0, wrong(one())))
		require.Contains(t, words(f.End())[0], "wrong-checksum")
	})
	t.Run("of more senders than are told apart", func(t *testing.T) {
		f := newFinding(t)
		for i := range 4096 {
			require.Empty(t, f.add(0, datagram(t, fmt.Sprintf("10.78.%d.%d", i>>8, i&255), "10.77.0.2", 5000, 7, gopacket.Payload("some octets"))))
		}
		require.Len(t, f.add(0, wrong(one())), 1, "nobody knows the sender, so it is told at once")
		require.Empty(t, f.End())
	})
	t.Run("of the header", func(t *testing.T) {
		f := newFinding(t)
		b := one()
		b[8]--
		require.Empty(t, f.add(0, b))
		require.Equal(t, []string{"wrong-checksum: 10.77.0.1 sends a wrong IP header checksum: the header was changed on the way, and the next router or the receiver throws the packet away"}, f.add(0, one()))
		require.Len(t, f.add(0, b), 1, "told at once")
		b[10], b[11] = 0, 0
		require.Contains(t, f.add(0, b)[0], "checksum-offload: 10.77.0.1 leaves")
		require.Empty(t, f.add(0, b), "it is told once")
		require.Empty(t, f.End())
	})
	t.Run("of all headers", func(t *testing.T) {
		f := newFinding(t)
		b := one()
		b[8]--
		require.Empty(t, f.add(0, b))
		require.Empty(t, f.add(0, b))
		require.Equal(t, []string{"wrong-checksum: 10.77.0.1 sends wrong IP header checksums in all of 2 packets, this being the first: something changed the headers and left the checksums, such as a program that edits captures"}, words(f.End()))
	})
}

func TestDamageAndWhatOnlyLooksLikeIt(t *testing.T) {
	f := newFinding(t)
	b := datagram(t, "10.77.0.1", "10.77.0.2", 5000, 7, gopacket.Payload("some octets"))
	require.Equal(t, []string{"cut-short: the capture kept only the first 30 of 39 octets of this packet (its snap length): the packet itself was whole"}, f.cut(0, b[:30], len(b)))
	require.Empty(t, f.cut(0, b[:22], len(b)))
	b[25] = 200
	require.Equal(t, []string{"malformed: 10.77.0.1:5000 sends a malformed packet: its UDP length does not fit into the packet"}, f.add(0, b))
	require.Equal(t, []string{"malformed: the packet is malformed: not an IP header"}, f.add(0, b[:12]))
}

// Nothing in a packet makes a Finder panic.
func FuzzFinder(f *testing.F) {
	t := f
	f.Add(datagram(t, "10.77.0.1", "10.77.0.53", 5000, 53, dnsMessage(1, false, 0)), uint8(3))
	f.Add(datagram(t, "10.77.0.53", "10.77.0.1", 53, 5000, dnsMessage(1, true, 3)), uint8(0))
	f.Fuzz(func(t *testing.T, b []byte, cut uint8) {
		finder := capture.NewFinder()
		for i := range 3 {
			packet := b[:max(0, len(b)-i*int(cut))]
			for _, one := range finder.Add(&capture.Record{Number: i + 1, LinkType: capture.RawIP, Packet: packet, Length: len(b)}) {
				require.NotEmpty(t, one.Text())
			}
		}
		finder.End()
	})
}
