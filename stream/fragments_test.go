package stream_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/capture"
	"netlab/stream"
)

// cutUp returns the fragments of a UDP datagram with the given data.
func cutUp(t *testing.T, data string, size int, id uint16) [][]byte {
	datagram := binary.BigEndian.AppendUint16([]byte{0x9c, 0x41, 0, 9}, uint16(8+len(data)))
	datagram = append(append(datagram, 0, 0), data...)
	var all [][]byte
	for at := 0; at < len(datagram); at += size {
		end := min(len(datagram), at+size)
		ip := &layers.IPv4{
			Version: 4, IHL: 5, TTL: 64, Protocol: layers.IPProtocolUDP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}, Id: id, FragOffset: uint16(at / 8),
		}
		if end < len(datagram) {
			ip.Flags = layers.IPv4MoreFragments
		}
		buf := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, ip, gopacket.Payload(datagram[at:end])))
		all = append(all, buf.Bytes())
	}
	return all
}

func TestFragmentsArePutTogether(t *testing.T) {
	data := strings.Repeat("0123456789", 300)
	for seed := range uint64(20) {
		packets := cutUp(t, data, 800, 7)
		require.Len(t, packets, 4)
		packets = append(packets, packets[seed%4]) // one comes twice
		r := rand.New(rand.NewPCG(seed, 0))
		r.Shuffle(len(packets), func(i, j int) { packets[i], packets[j] = packets[j], packets[i] })
		tp := newTape(t, stream.Config{})
		for i, b := range packets {
			tp.a.Add(stream.Packet{Number: i + 1, LinkType: capture.RawIP, Octets: b})
		}
		tp.a.Close()
		require.Equal(t, data, string(tp.octets["UDP 0/0"]), "seed %d", seed)
	}
}

func TestFragmentsThatAreMissing(t *testing.T) {
	packets := cutUp(t, strings.Repeat("x", 3000), 800, 7)
	tp := newTape(t, stream.Config{})
	for _, i := range []int{0, 1, 3} {
		tp.a.Add(stream.Packet{Number: i + 1, LinkType: capture.RawIP, Octets: packets[i]})
	}
	tp.a.Close()
	require.Equal(t, []string{"0: " + strings.Repeat("x", 792), "0: -2208 missing- "}, tp.told)

	// Packets that never become whole are forgotten, the oldest first.
	tp = newTape(t, stream.Config{})
	for id := range uint16(1000) {
		tp.a.Add(stream.Packet{Number: 1, LinkType: capture.RawIP, Octets: cutUp(t, strings.Repeat("x", 3000), 800, id)[0]})
	}
	require.Len(t, tp.told, 2*(1000-256))
}
