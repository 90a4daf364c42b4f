package ether

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

func randomMAC(r *rand.Rand) MAC {
	var m MAC
	for i := range m {
		m[i] = byte(r.Uint32())
	}
	return m
}

func TestMAC(t *testing.T) {
	m, err := ParseMAC("02:00:00:00:00:0A")
	require.NoError(t, err)
	require.Equal(t, MAC{2, 0, 0, 0, 0, 10}, m)
	require.Equal(t, "02:00:00:00:00:0a", m.String())
	require.False(t, m.ToMany())
	require.True(t, Broadcast().ToMany())
	for _, bad := range []string{"", "02:00:00:00:00", "02-00-00-00-00-0a", "02:00:00:00:00:0g", "0200:00:00:00:0a", "02:00:00:00:00:0a:0b"} {
		_, err := ParseMAC(bad)
		require.Error(t, err, bad)
	}
}

// RFC 1112, Section 6.4: the low 23 bits; RFC 2464: the low 32 bits.
func TestGroup(t *testing.T) {
	require.Equal(t, "01:00:5e:00:00:fb", Group(netip.MustParseAddr("224.0.0.251")).String())
	require.Equal(t, "01:00:5e:7f:01:02", Group(netip.MustParseAddr("239.255.1.2")).String(), "the ninth bit is not in it")
	require.Equal(t, "33:33:ff:00:00:02", Group(netip.MustParseAddr("ff02::1:ff00:2")).String())
}

func randomHeader(r *rand.Rand) Header {
	h := Header{Dst: randomMAC(r), Src: randomMAC(r), Type: Type(minType + r.IntN(0x10000-minType))}
	if h.Type == TypeVLAN {
		h.Type = TypeIPv4
	}
	if r.IntN(2) == 0 {
		h.Tagged, h.Tag = true, uint16(r.Uint32())
	}
	return h
}

// Codec, layout and gopacket agree on random frames.
func TestFramesAgreeWithLayoutAndGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		h := randomHeader(r)
		if h.Type.isTag() {
			continue // behind which Dissect goes on, and Parse does not
		}
		payload := make([]byte, r.IntN(100))
		for i := range payload {
			payload[i] = byte(r.Uint32())
		}
		b := h.Append(nil, payload)
		require.GreaterOrEqual(t, len(b), MinLen)
		require.Equal(t, max(MinLen, h.Len()+len(payload)), len(b))
		got, rest, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, h, got)
		require.Equal(t, payload, rest[:len(payload)])
		require.Equal(t, make([]byte, len(rest)-len(payload)), rest[len(payload):], "padding is zero")

		nodes := Dissect(b, 0)
		next, at, ok := Payload(b)
		require.True(t, ok)
		require.Equal(t, h.Dst.String(), nodes[0].Find("eth.dst").Value)
		require.Equal(t, h.Src.String(), nodes[0].Find("eth.src").Value)
		require.Equal(t, h.Type, next)
		require.Equal(t, rest, b[at:])
		if h.Tagged {
			require.Equal(t, uint64(h.VLAN()), nodes[1].Find("vlan.id").Uint)
			require.Equal(t, uint64(h.Tag>>13), nodes[1].Find("vlan.priority").Uint)
		}

		packet := gopacket.NewPacket(b, layers.LayerTypeEthernet, gopacket.NoCopy)
		eth := packet.Layer(layers.LayerTypeEthernet).(*layers.Ethernet)
		require.Equal(t, h.Dst[:], []byte(eth.DstMAC))
		require.Equal(t, h.Src[:], []byte(eth.SrcMAC))
		if h.Tagged {
			tag := packet.Layer(layers.LayerTypeDot1Q).(*layers.Dot1Q)
			require.Equal(t, uint16(h.VLAN()), tag.VLANIdentifier)
			require.Equal(t, uint16(h.Type), uint16(tag.Type))
		} else {
			require.Equal(t, uint16(h.Type), uint16(eth.EthernetType))
		}
	}
}

func TestFramesThatAreNone(t *testing.T) {
	h := Header{Dst: Broadcast(), Src: MAC{2}, Type: TypeARP, Tagged: true}
	b := h.Append(nil, nil)
	for i := range HeaderLen + TagLen {
		_, _, err := Parse(b[:i])
		require.ErrorIs(t, err, ErrTruncated, "%d octets", i)
		Dissect(b[:i], 0)
		_, _, ok := Payload(b[:i])
		require.False(t, ok)
	}
	// IEEE 802.3, Section 3.2.6: below 1536 it is a length, and no more than 1500.
	frame := make([]byte, 1514)
	wire.PutBits(frame, 96, 16, 1500)
	h, payload, err := Parse(frame)
	require.NoError(t, err)
	require.Zero(t, h.Type)
	require.Len(t, payload, 1500)
	_, _, err = Parse(frame[:1000])
	require.ErrorIs(t, err, ErrTruncated)
	wire.PutBits(frame, 96, 16, 1501)
	_, _, err = Parse(frame)
	require.ErrorIs(t, err, ErrLength)
}

func randomMessage(r *rand.Rand) Message {
	addr := func() netip.Addr { return netip.AddrFrom4([4]byte(wireOctets(r, 4))) }
	return Message{Operation: Operation(1 + r.IntN(2)), SenderMAC: randomMAC(r), Sender: addr(), TargetMAC: randomMAC(r), Target: addr()}
}

func wireOctets(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func TestARPAgreesWithLayoutAndGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		m := randomMessage(r)
		b := m.Append(nil)
		require.Len(t, b, arpLen)
		got, err := ParseARP(append(b, make([]byte, 18)...))
		require.NoError(t, err)
		require.Equal(t, m, got)
		n := DissectARP(b, 0)
		require.Empty(t, n.Note)
		require.Equal(t, uint64(m.Operation), n.Find("arp.opcode").Uint)
		require.Equal(t, m.SenderMAC.String(), n.Find("arp.src.hw_mac").Value)
		require.Equal(t, m.TargetMAC.String(), n.Find("arp.dst.hw_mac").Value)
		require.Equal(t, m.Sender.String(), n.Find("arp.src.proto_ipv4").Value)
		require.Equal(t, m.Target.String(), n.Find("arp.dst.proto_ipv4").Value)

		arp := gopacket.NewPacket(b, layers.LayerTypeARP, gopacket.NoCopy).Layer(layers.LayerTypeARP).(*layers.ARP)
		require.Equal(t, uint16(m.Operation), arp.Operation)
		require.Equal(t, m.SenderMAC[:], arp.SourceHwAddress)
		require.Equal(t, m.Sender.AsSlice(), arp.SourceProtAddress)
		require.Equal(t, m.TargetMAC[:], arp.DstHwAddress)
		require.Equal(t, m.Target.AsSlice(), arp.DstProtAddress)
	}
}

// RFC 826, Packet Reception: "?Do I have the hardware type in ar$hrd?" and the questions after it.
func TestARPMessagesThatAreNone(t *testing.T) {
	m := Message{Operation: Request, SenderMAC: MAC{2}, Sender: netip.MustParseAddr("10.0.0.1"), Target: netip.MustParseAddr("10.0.0.2")}
	b := m.Append(nil)
	for i := range b {
		_, err := ParseARP(b[:i])
		require.ErrorIs(t, err, ErrARPTruncated)
	}
	for octet, want := range map[int]error{1: ErrARPKind, 2: ErrARPKind, 4: ErrARPKind, 5: ErrARPKind, 7: ErrARPOperation} {
		bad := append([]byte(nil), b...)
		bad[octet] ^= 0x40
		_, err := ParseARP(bad)
		require.ErrorIs(t, err, want, "octet %d", octet)
		require.NotEmpty(t, DissectARP(bad, 0).Note)
	}
}

func FuzzParse(f *testing.F) {
	h := Header{Dst: Broadcast(), Src: MAC{2}, Type: TypeARP}
	f.Add(h.Append(nil, []byte("hello")))
	h.Tagged = true
	f.Add(h.Append(nil, nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, payload, err := Parse(b)
		Dissect(b, 0)
		if err != nil || h.Type == 0 {
			return
		}
		again := h.Append(nil, payload)
		require.Equal(t, b, again[:len(b)])
	})
}

func FuzzParseARP(f *testing.F) {
	m := Message{Operation: Request, SenderMAC: MAC{2}, Sender: netip.MustParseAddr("10.0.0.1"), Target: netip.MustParseAddr("10.0.0.2")}
	f.Add(m.Append(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseARP(b)
		DissectARP(b, 0)
		if err == nil {
			require.Equal(t, b[:arpLen], m.Append(nil))
		}
	})
}
