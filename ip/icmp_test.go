package ip

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

func message(m Message) []byte {
	b := make([]byte, m.Len())
	m.Put(b, client, server)
	return b
}

func TestParseICMP(t *testing.T) {
	b := unhex(t, "0800 2166 1234 0003 616263")
	m, err := ParseICMP(client, server, b)
	require.NoError(t, err)
	require.Equal(t, Message{Type: EchoRequest, Rest: 0x12340003, Data: []byte("abc")}, m)
	require.Equal(t, m, Echo(server, 0x1234, 3, []byte("abc")))
	require.Equal(t, uint16(0x1234), m.ID())
	require.Equal(t, uint16(3), m.Seq())
	require.Equal(t, b, message(m))

	for i := range 8 {
		_, err := ParseICMP(client, server, b[:i])
		require.ErrorIs(t, err, ErrTruncated)
		DissectICMP(b[:i], 0)
	}
	b[9] ^= 4
	_, err = ParseICMP(client, server, b)
	require.ErrorIs(t, err, ErrChecksum)
}

func TestICMPAgreesWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 300 {
		m := Message{Type: MessageType(r.Uint32()), Code: uint8(r.Uint32()), Rest: r.Uint32(), Data: randomBytes(r, r.IntN(50))}
		b := message(m)
		var theirs layers.ICMPv4
		require.NoError(t, theirs.DecodeFromBytes(b, gopacket.NilDecodeFeedback))
		require.Equal(t, layers.CreateICMPv4TypeCode(uint8(m.Type), m.Code), theirs.TypeCode)
		require.Equal(t, m.ID(), theirs.Id)
		require.Equal(t, m.Seq(), theirs.Seq)
		buf := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, &theirs, gopacket.Payload(m.Data)))
		require.Equal(t, buf.Bytes(), b)
		back, err := ParseICMP(client, server, b)
		require.NoError(t, err)
		require.Equal(t, m.Rest, back.Rest)
	}
}

// RFC 792: an error carries the header and the first 64 bits of data of the packet that it is about.
func TestQuoted(t *testing.T) {
	src, dst := netip.MustParseAddrPort("10.0.1.10:40000"), netip.MustParseAddrPort("10.0.2.20:80")
	tcpStart := unhex(t, "9c40 0050 01020304")
	about := packet(Header{TTL: 7, Protocol: TCP, Src: src.Addr(), Dst: dst.Addr(), Options: []byte{1, 1, 1, 1}}, append(tcpStart, make([]byte, 100)...))
	m, err := ParseICMP(client, server, message(Message{Type: Unreachable, Code: FragmentationNeeded, Rest: 1280, Data: about[:24+8]}))
	require.NoError(t, err)
	require.True(t, m.IsError())
	require.Equal(t, 1280, m.MTU())
	q, ok := m.Quoted()
	require.True(t, ok)
	require.Equal(t, tcpStart, q.Payload)
	gotSrc, gotDst, ok := q.Ends()
	require.True(t, ok)
	require.Equal(t, []netip.AddrPort{src, dst}, []netip.AddrPort{gotSrc, gotDst})
	seq, ok := q.Seq()
	require.True(t, ok)
	require.Equal(t, uint32(0x01020304), seq)

	for i := range 24 {
		short := Message{Type: TimeExceeded, Data: about[:i]}
		_, ok = short.Quoted()
		require.False(t, ok, "%d octets of header", i)
	}
	short := Message{Type: TimeExceeded, Data: about[:24+7]}
	q, ok = short.Quoted()
	require.True(t, ok)
	_, ok = q.Seq()
	require.False(t, ok)
	request := Message{Type: EchoRequest, Data: about}
	_, ok = request.Quoted()
	require.False(t, ok, "an echo is about nothing")
}

func TestDissectICMPShowsTheQuotedPacket(t *testing.T) {
	about := packet(Header{TTL: 1, Protocol: UDP, Src: netip.MustParseAddr("10.0.1.10"), Dst: netip.MustParseAddr("10.0.2.20")}, make([]byte, 8))
	b := message(Message{Type: TimeExceeded, Data: about})
	n, q, at, ok := DissectICMP(b, 160)
	require.True(t, ok)
	require.Equal(t, "Time Exceeded (11)", n.Find("icmp.type").Value)
	require.Equal(t, "TTL Exceeded in Transit (0)", n.Find("icmp.code").Value)
	require.Empty(t, n.Find("icmp.checksum").Note)
	require.Equal(t, "10.0.2.20", n.Find("ip.dst").Value)
	require.Equal(t, 160+64+128, n.Find("ip.dst").Bit)
	require.Equal(t, 160+64+160, at)
	require.Equal(t, UDP, q.Header.Protocol)
	b[3] ^= 1
	n, _, _, _ = DissectICMP(b, 160)
	require.Contains(t, n.Find("icmp.checksum").Note, "wrong: should be 0x")
}

func TestMessageLayoutsAgreeWithCodec(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 6))
	for range 200 {
		m := Message{Rest: r.Uint32()}
		for typ, fields := range map[MessageType]map[string]uint64{
			EchoReply:        {"icmp.ident": uint64(m.ID()), "icmp.seq": uint64(m.Seq())},
			Unreachable:      {"icmp.mtu": uint64(m.MTU())},
			ParameterProblem: {"icmp.pointer": uint64(m.Pointer())},
			Redirect:         {"icmp.redir_gw": wire.Bits(m.Gateway().AsSlice(), 0, 32)},
		} {
			m.Type, m.Code = typ, 0
			if typ == Unreachable {
				m.Code = FragmentationNeeded
			}
			b, l := message(m), MessageLayout(m.Type, m.Code)
			require.Equal(t, icmpHeader, l.Len())
			for key, want := range fields {
				got, ok := l.Get(b, key)
				require.True(t, ok, key)
				require.Equal(t, want, got, key)
			}
		}
	}
}

// RFC 792 and RFC 4443: gopacket is the second opinion on random messages of both versions, checksums included.
func TestMessagesAgreeWithGopacket(t *testing.T) {
	r := newRand(8)
	for range 500 {
		m := Message{Type: MessageType(r.IntN(256)), Code: uint8(r.Uint32()), Rest: r.Uint32(), Data: randomBytes(r, r.IntN(60))}
		b := message(m)
		var theirs layers.ICMPv4
		require.NoError(t, theirs.DecodeFromBytes(b, gopacket.NilDecodeFeedback))
		require.Equal(t, [2]uint8{uint8(m.Type), m.Code}, [2]uint8{theirs.TypeCode.Type(), theirs.TypeCode.Code()})
		require.Equal(t, [2]uint16{m.ID(), m.Seq()}, [2]uint16{theirs.Id, theirs.Seq})
		require.Equal(t, m.Data, append([]byte{}, theirs.Payload...))

		m.Type += version6
		six := packet(Header{Src: client6, Dst: server6, TTL: 64, Protocol: ICMPv6}, func() []byte {
			b := make([]byte, m.Len())
			m.Put(b, client6, server6)
			return b
		}())
		p := gopacket.NewPacket(six, layers.LayerTypeIPv6, gopacket.DecodeOptions{})
		l := p.Layer(layers.LayerTypeICMPv6).(*layers.ICMPv6)
		require.Equal(t, [2]uint8{uint8(m.Type % version6), m.Code}, [2]uint8{l.TypeCode.Type(), l.TypeCode.Code()})
		require.NoError(t, l.SetNetworkLayerForChecksum(p.NetworkLayer()))
		buf := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, l, gopacket.Payload(l.LayerPayload())))
		require.Equal(t, buf.Bytes(), six[header6:])
	}
}

func FuzzParseICMP(f *testing.F) {
	f.Add(message(Echo(server, 1, 2, []byte("data"))))
	f.Add(message(Message{Type: Unreachable, Code: 3, Data: packet(Header{TTL: 1, Protocol: UDP, Src: netip.AddrFrom4([4]byte{1}), Dst: netip.AddrFrom4([4]byte{2})}, make([]byte, 8))}))
	f.Fuzz(func(t *testing.T, b []byte) {
		inside := func(leaf *wire.Node) {
			_, to := leaf.Octets()
			require.LessOrEqual(t, to, len(b))
		}
		n, _, _, _ := DissectICMP(b, 0)
		n.Leaves(inside)
		n, _, _, _ = DissectICMPv6(b, 0, server, server)
		n.Leaves(inside)
		m, err := ParseICMP(client, server, b)
		if err != nil {
			return
		}
		if q, ok := m.Quoted(); ok {
			q.Ends()
			q.Seq()
		}
		again := message(m)
		require.Equal(t, b[:2], again[:2])
		require.Equal(t, b[4:], again[4:])
	})
}
