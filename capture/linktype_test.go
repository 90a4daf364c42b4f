package capture_test

import (
	"encoding/binary"
	"hash/crc32"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
)

// wifi is an 802.11 data frame with a packet.
func wifi(packet []byte) []byte {
	b := []byte{0x08, 0x02, 0, 0}                                                   // data, from the access point
	b = append(b, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3, 0x10, 0x00) // three addresses, sequence control
	b = append(b, 0xaa, 0xaa, 3, 0, 0, 0, 0x08, 0x00)                               // LLC, SNAP
	return append(b, packet...)
}

// withFCS adds the frame check sequence.
func withFCS(b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func tags(types ...uint16) []byte {
	b := []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}
	for i, t := range types {
		b = binary.BigEndian.AppendUint16(b, t)
		if i < len(types)-1 {
			b = binary.BigEndian.AppendUint16(b, uint16(100+i))
		}
	}
	return b
}

// A DNS question in every wrapping is found, its fields where they are, and cut anywhere it does no harm.
func TestEveryLinkTypeThatIsRead(t *testing.T) {
	network, datagram := ipv4("10.0.0.1", "10.0.0.2", layers.IPProtocolUDP), &layers.UDP{SrcPort: 40001, DstPort: 9}
	require.NoError(t, datagram.SetNetworkLayerForChecksum(network))
	packet := build(t, network, datagram, gopacket.Payload("hello"))
	join := func(before ...byte) []byte { return append(before, packet...) }
	for _, c := range []struct {
		name string
		t    capture.LinkType
		b    []byte
		at   int // where the IP header begins
	}{
		{"raw", capture.RawIP, packet, 0},
		{"raw as BSD numbers it", 12, packet, 0},
		{"raw as OpenBSD numbers it", 14, packet, 0},
		{"null", capture.Null, join(2, 0, 0, 0), 4},
		{"loop", capture.Loop, join(0, 0, 0, 2), 4},
		{"Ethernet", capture.Ether, append(tags(0x0800), packet...), 14},
		{"VLAN", capture.Ether, append(tags(0x8100, 0x0800), packet...), 18},
		{"QinQ", capture.Ether, append(tags(0x88a8, 0x8100, 0x0800), packet...), 22},
		{"QinQ of old", capture.Ether, append(tags(0x9100, 0x8100, 0x0800), packet...), 22},
		{"three tags", capture.Ether, append(tags(0x8100, 0x8100, 0x8100, 0x0800), packet...), 26},
		{"MPLS", capture.Ether, append(append(tags(0x8847), 0, 1, 1, 64), packet...), 18},
		{"PPPoE", capture.Ether, append(append(tags(0x8864), 0x11, 0, 0, 1, 0, byte(len(packet)+2), 0, 0x21), packet...), 22},
		{"PPP", capture.PPP, join(0xff, 3, 0, 0x21), 4},
		{"PPP of a serial line", capture.PPPSerial, join(0xff, 3, 0, 0x21), 4},
		{"PPP of pppd", capture.PPPD, join(1, 3, 0, 0x21), 4},
		{"PPPoE from its own header on", capture.PPPoE, join(0x11, 0, 0, 1, 0, byte(len(packet)+2), 0, 0x21), 8},
		{"Cisco HDLC", capture.CHDLC, join(0x0f, 0, 8, 0), 4},
		{"802.11", capture.WiFi, wifi(packet), 32},
		{"802.11 with FCS", capture.WiFi, withFCS(wifi(packet)), 32},
		{"radiotap", capture.Radiotap, append([]byte{0, 0, 8, 0, 0, 0, 0, 0}, wifi(packet)...), 40},
		{"radiotap with FCS", capture.Radiotap, append([]byte{0, 0, 9, 0, 2, 0, 0, 0, 0x10}, withFCS(wifi(packet))...), 41},
	} {
		t.Run(c.name, func(t *testing.T) {
			var found bool
			for _, n := range capture.Dissect(c.t, c.b) {
				if n.Key == "ip" {
					require.Equal(t, 8*c.at, n.Bit)
					require.Empty(t, notes(capture.Dissect(c.t, c.b)))
					found = true
				}
			}
			require.True(t, found, "%v", capture.Dissect(c.t, c.b))
			sum := capture.NewSummarizer().Add(c.t, c.b)
			require.Equal(t, "10.0.0.1:40001", sum.Src)
			require.Empty(t, sum.Problem)
			carried, ok := capture.CarriedBy(c.t, c.b)
			require.True(t, ok)
			require.Equal(t, "hello", string(carried.Octets[8:]))
			require.Zero(t, carried.Cut)
			for n := range c.b {
				covers(t, capture.Dissect(c.t, c.b[:n:n]), n)
				capture.NewSummarizer().Add(c.t, c.b[:n:n])
				capture.CarriedBy(c.t, c.b[:n:n])
			}
		})
	}
}

func TestFramesWithALength(t *testing.T) {
	// A spanning tree message: LLC behind a length in place of a type.
	stp := append(tags(38)[:14:14], 0x42, 0x42, 0x03, 0, 0, 0, 0, 0)
	stp = append(stp, make([]byte, 30)...)
	sum := capture.NewSummarizer().Add(capture.Ether, stp)
	require.Equal(t, "STP", sum.Proto)
	require.Empty(t, sum.Problem)
}

func TestUnknownLinkTypesAreNamed(t *testing.T) {
	for link, want := range map[capture.LinkType]string{
		201: "Bluetooth (link type 201)", 253: "Linux netlink (link type 253)", 9999: "link type 9999",
	} {
		require.Equal(t, want, link.String())
		nodes := capture.Dissect(link, []byte{1, 2, 3})
		require.Equal(t, "netlab does not know "+want, nodes[0].Note)
		require.Equal(t, capture.Summary{Proto: "?", What: "3 octets of " + want, Stream: -1}, capture.NewSummarizer().Add(link, []byte{1, 2, 3}))
	}
}
