package udp

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"
)

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

func randomAddr(r *rand.Rand, v6 bool) netip.Addr {
	var b [16]byte
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	if v6 {
		b[0] = 0x20
		return netip.AddrFrom16(b)
	}
	return netip.AddrFrom4([4]byte(b[:4]))
}

func randomData(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

var (
	client = netip.MustParseAddrPort("10.0.1.10:40000")
	server = netip.MustParseAddrPort("10.0.2.20:7")
)

func TestParseTable(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		data      string
		err       error
	}{
		{"hello", "9c40 0007 000d 089d  68656c6c6f", "hello", nil},
		{"no checksum", "9c40 0007 000d 0000  68656c6c6f", "hello", nil},
		{"wrong checksum", "9c40 0007 000d 089c  68656c6c6f", "", ErrChecksum},
		{"longer packet than datagram", "9c40 0007 0008 0000  68656c6c6f", "", nil},
		{"length below the header", "9c40 0007 0007 0000  68656c6c6f", "", ErrLength},
		{"length beyond the packet", "9c40 0007 000e 0000  68656c6c6f", "", ErrTruncated},
		{"empty", "", "", ErrTruncated},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, data, err := Parse(client.Addr(), server.Addr(), unhex(t, c.hex))
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.data, string(data))
			if err == nil {
				require.Equal(t, client.Port(), h.SrcPort)
				require.Equal(t, server.Port(), h.DstPort)
			}
		})
	}
}

func TestEveryTruncationFailsCleanly(t *testing.T) {
	b := make([]byte, 100)
	b = b[:Put(b, client, server, []byte("a few octets of data"))]
	for i := range b {
		_, _, err := Parse(client.Addr(), server.Addr(), b[:i])
		require.ErrorIs(t, err, ErrTruncated, "%d octets", i)
		Dissect(b[:i], 0, client.Addr(), server.Addr())
	}
}

// RFC 768: "If the computed checksum is zero, it is transmitted as all ones".
func TestZeroChecksumIsSentAsAllOnes(t *testing.T) {
	b := make([]byte, 10)
	found := false
	for v := range 1 << 16 {
		Put(b, client, server, []byte{byte(v >> 8), byte(v)})
		require.False(t, b[6] == 0 && b[7] == 0)
		if b[6] == 0xff && b[7] == 0xff {
			found = true
			_, _, err := Parse(client.Addr(), server.Addr(), b)
			require.NoError(t, err)
		}
	}
	require.True(t, found, "one of all data words makes the checksum zero")
}

// RFC 8200, Section 8.1: IPv6 receivers must discard UDP packets containing a zero checksum.
func TestZeroChecksumIsRefusedInIPv6(t *testing.T) {
	src, dst := netip.MustParseAddrPort("[2001:db8::1]:1"), netip.MustParseAddrPort("[2001:db8::2]:2")
	b := make([]byte, 10)
	Put(b, src, dst, []byte("hi"))
	_, _, err := Parse(src.Addr(), dst.Addr(), b)
	require.NoError(t, err)
	b[6], b[7] = 0, 0
	_, _, err = Parse(src.Addr(), dst.Addr(), b)
	require.ErrorIs(t, err, ErrChecksum)
}

// gopacket is the second opinion: what it writes we read, and what we write it writes the same.
func TestAgreesWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		v6 := r.IntN(2) == 0
		src := netip.AddrPortFrom(randomAddr(r, v6), uint16(r.Uint32()))
		dst := netip.AddrPortFrom(randomAddr(r, v6), uint16(r.Uint32()))
		data := randomData(r, r.IntN(100))
		u := &layers.UDP{SrcPort: layers.UDPPort(src.Port()), DstPort: layers.UDPPort(dst.Port())}
		if v6 {
			require.NoError(t, u.SetNetworkLayerForChecksum(&layers.IPv6{SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(), NextHeader: layers.IPProtocolUDP}))
		} else {
			require.NoError(t, u.SetNetworkLayerForChecksum(&layers.IPv4{SrcIP: src.Addr().AsSlice(), DstIP: dst.Addr().AsSlice(), Protocol: layers.IPProtocolUDP}))
		}
		buf := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, u, gopacket.Payload(data)))

		ours := make([]byte, Len(len(data)))
		Put(ours, src, dst, data)
		require.Equal(t, buf.Bytes(), ours)
		h, got, err := Parse(src.Addr(), dst.Addr(), buf.Bytes())
		require.NoError(t, err)
		require.Equal(t, Header{src.Port(), dst.Port(), uint16(len(ours)), h.Checksum}, h)
		require.Equal(t, string(data), string(got))
	}
}

func TestLayoutAgreesWithCodec(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	l := HeaderLayout()
	require.Equal(t, headerLen, l.Len())
	for range 200 {
		b := randomData(r, 40)
		l.Put(b, "udp.length", uint64(headerLen+r.IntN(32)))
		l.Put(b, "udp.checksum", 0)
		h, _, err := Parse(client.Addr(), server.Addr(), b)
		require.NoError(t, err)
		for key, v := range map[string]uint16{"udp.srcport": h.SrcPort, "udp.dstport": h.DstPort, "udp.length": h.Length, "udp.checksum": h.Checksum} {
			got, ok := l.Get(b, key)
			require.True(t, ok)
			require.EqualValues(t, v, got, key)
		}
	}
}

func TestDissect(t *testing.T) {
	b := make([]byte, 40)
	b = b[:Put(b, client, server, []byte("hello"))]
	n, data := Dissect(b, 160, client.Addr(), server.Addr())
	require.Equal(t, "hello", string(data))
	require.Empty(t, n.Find("udp.checksum").Note)
	require.Equal(t, "40000", n.Find("udp.srcport").Value)
	require.Equal(t, 160+16, n.Find("udp.dstport").Bit)

	right := n.Find("udp.checksum").Value
	b[6] ^= 1
	n, _ = Dissect(b, 160, client.Addr(), server.Addr())
	require.Equal(t, "wrong: should be "+right, n.Find("udp.checksum").Note)
	n, _ = Dissect(b, 160, netip.Addr{}, netip.Addr{})
	require.Empty(t, n.Find("udp.checksum").Note, "without addresses nothing can be said")
	n, data = Dissect(b[:10], 160, client.Addr(), server.Addr())
	require.Equal(t, "3 octets of the datagram are not there", n.Find("udp.length").Note)
	require.Equal(t, "he", string(data))
}

func FuzzParse(f *testing.F) {
	b := make([]byte, 40)
	f.Add(b[:Put(b, client, server, []byte("hello"))])
	f.Add([]byte{0, 1, 0, 2, 0, 8, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, data, err := Parse(client.Addr(), server.Addr(), b)
		n, shown := Dissect(b, 0, client.Addr(), server.Addr())
		if err != nil {
			return
		}
		require.Equal(t, data, shown)
		require.Empty(t, n.Find("udp.checksum").Note)
		again := make([]byte, Len(len(data)))
		Put(again, netip.AddrPortFrom(client.Addr(), h.SrcPort), netip.AddrPortFrom(server.Addr(), h.DstPort), data)
		_, back, err := Parse(client.Addr(), server.Addr(), again)
		require.NoError(t, err)
		require.Equal(t, data, back)
	})
}
