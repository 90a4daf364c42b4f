package ip

import (
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"

	"netlab/wire"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

func randomHeader(r *rand.Rand) Header {
	h := Header{
		TOS: uint8(r.Uint32()), ID: uint32(uint16(r.Uint32())), DontFragment: r.IntN(2) == 0, MoreFragments: r.IntN(2) == 0,
		FragmentOffset: r.IntN(8192) * 8, TTL: uint8(r.Uint32()), Protocol: Protocol(r.Uint32()),
		Src: netip.AddrFrom4([4]byte(randomBytes(r, 4))), Dst: netip.AddrFrom4([4]byte(randomBytes(r, 4))),
	}
	if n := r.IntN(11); n > 0 {
		h.Options = randomBytes(r, 4*n)
	}
	return h
}

// packet returns h and payload as octets.
func packet(h Header, payload []byte) []byte {
	h.TotalLength = h.Len() + len(payload)
	b := make([]byte, h.TotalLength)
	h.Put(b)
	copy(b[h.Len():], payload)
	return b
}

func TestParseTable(t *testing.T) {
	for _, c := range []struct {
		name, hex string
		payload   int
		err       error
	}{
		{"as it should be", "45000018 1c464000 40010782 0a00010a 0a000214  01020304", 4, nil},
		{"padding after the packet", "45000018 1c464000 40010782 0a00010a 0a000214  01020304 00000000", 4, nil},
		{"nothing", "", 0, ErrTruncated},
		{"only the fixed part of a longer header", "46000018 1c464000 40010782 0a00010a 0a000214", 0, ErrTruncated},
		{"payload cut", "45000018 1c464000 40010782 0a00010a 0a000214  010203", 0, ErrTruncated},
		{"version 5", "55000018 1c464000 40010782 0a00010a 0a000214  01020304", 0, ErrVersion},
		{"header length 4 words", "44000018 1c464000 40010782 0a00010a 0a000214  01020304", 0, ErrHeader},
		{"one bit changed", "45000018 1c464000 41010782 0a00010a 0a000214  01020304", 0, ErrChecksum},
		{"total length 19", "45000013 1c464000 40010787 0a00010a 0a000214  01020304", 0, ErrLength},
	} {
		t.Run(c.name, func(t *testing.T) {
			h, payload, err := Parse(unhex(t, c.hex))
			require.ErrorIs(t, err, c.err)
			require.Len(t, payload, c.payload)
			if err == nil {
				require.Equal(t, Header{
					TotalLength: 24, ID: 0x1c46, DontFragment: true, TTL: 64, Protocol: ICMP,
					Src: netip.MustParseAddr("10.0.1.10"), Dst: netip.MustParseAddr("10.0.2.20"),
				}, h)
			}
		})
	}
}

func TestHeaderRoundTripAndTruncations(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		h := randomHeader(r)
		payload := randomBytes(r, r.IntN(40))
		b := packet(h, payload)
		got, data, err := Parse(b)
		require.NoError(t, err)
		h.TotalLength = len(b)
		require.Equal(t, h, got)
		require.Equal(t, string(payload), string(data))
		for i := range b {
			_, _, err := Parse(b[:i])
			require.ErrorIs(t, err, ErrTruncated, "%d octets", i)
			Dissect(b[:i], 0)
		}
	}
}

// RFC 791, Section 3.1: "The padding is zero."
func TestOptionsArePadded(t *testing.T) {
	h := Header{TTL: 1, Src: netip.AddrFrom4([4]byte{1}), Dst: netip.AddrFrom4([4]byte{2}), Options: []byte{1, 1, 1, 1, 7}, TotalLength: 28}
	require.Equal(t, 28, h.Len())
	b := []byte(strings.Repeat("\xff", 28))
	h.Put(b)
	require.Equal(t, []byte{1, 1, 1, 1, 7, 0, 0, 0}, b[20:])
	require.Zero(t, wire.Checksum(b))
}

// gopacket is the second opinion on random headers.
func TestAgreesWithGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 500 {
		h := randomHeader(r)
		h.Options = nil
		payload := randomBytes(r, r.IntN(40))
		ours := packet(h, payload)

		var theirs layers.IPv4
		require.NoError(t, theirs.DecodeFromBytes(ours, gopacket.NilDecodeFeedback))
		require.Equal(t, h.TOS, theirs.TOS)
		require.Equal(t, h.ID, uint32(theirs.Id))
		require.Equal(t, h.DontFragment, theirs.Flags&layers.IPv4DontFragment != 0)
		require.Equal(t, h.MoreFragments, theirs.Flags&layers.IPv4MoreFragments != 0)
		require.Equal(t, h.FragmentOffset, int(theirs.FragOffset)*8)
		require.Equal(t, h.TTL, theirs.TTL)
		require.EqualValues(t, h.Protocol, theirs.Protocol)
		require.Equal(t, h.Src.AsSlice(), []byte(theirs.SrcIP))
		require.Equal(t, h.Dst.AsSlice(), []byte(theirs.DstIP))

		buf := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, &theirs, gopacket.Payload(payload)))
		require.Equal(t, buf.Bytes(), ours)
	}
}

func TestLayoutAgreesWithCodec(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	l := HeaderLayout()
	require.Equal(t, minHeader, l.Len())
	flag := map[bool]uint64{true: 1}
	for range 300 {
		h := randomHeader(r)
		b := packet(h, nil)
		h, _, err := Parse(b)
		require.NoError(t, err)
		for key, want := range map[string]uint64{
			"ip.version": 4, "ip.hdr_len": uint64(h.Len() / 4), "ip.dsfield.dscp": uint64(h.TOS >> 2), "ip.dsfield.ecn": uint64(h.TOS & 3),
			"ip.len": uint64(h.TotalLength), "ip.id": uint64(h.ID), "ip.flags.rb": 0, "ip.flags.df": flag[h.DontFragment],
			"ip.flags.mf": flag[h.MoreFragments], "ip.frag_offset": uint64(h.FragmentOffset / 8), "ip.ttl": uint64(h.TTL), "ip.proto": uint64(h.Protocol),
			"ip.src": wire.Bits(h.Src.AsSlice(), 0, 32), "ip.dst": wire.Bits(h.Dst.AsSlice(), 0, 32), "ip.checksum": uint64(headerChecksum(b)),
		} {
			got, ok := l.Get(b, key)
			require.True(t, ok, key)
			require.Equal(t, want, got, key)
		}
	}
}

// Fields follow each other without gaps, each with its name, key, sentence and source.
func TestLayoutsAreComplete(t *testing.T) {
	all := []wire.Layout{HeaderLayout(), HeaderLayout6()}
	for _, kind := range []Protocol{HopByHopOptions, RoutingHeader, FragmentHeader, DestinationOptions} {
		all = append(all, ExtensionLayout(kind))
	}
	for typ := range 512 {
		for code := range 6 {
			all = append(all, MessageLayout(MessageType(typ), uint8(code)))
		}
	}
	for kind := range 256 {
		all = append(all, OptionLayout(OptionKind(kind)), OptionLayout6(uint8(kind)), NDPOptionLayout(uint8(kind)))
	}
	for _, l := range all {
		require.NotEmpty(t, l.Doc, l.Name)
		require.False(t, l.Ref.IsZero(), l.Name)
		bit := 0
		for _, f := range l.Fields {
			require.Equal(t, bit, f.Bit, "%s: %s", l.Name, f.Name)
			require.False(t, f.Ref.IsZero(), f.Name)
			require.True(t, strings.HasSuffix(f.Doc, "."), "%s: %q", f.Name, f.Doc)
			bit += f.Width
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(unhex(f, "45000018 1c464000 40010782 0a00010a 0a000214  01020304"))
	f.Add(packet(Header{TTL: 64, Protocol: TCP, Src: netip.AddrFrom4([4]byte{10, 0, 0, 1}), Dst: netip.AddrFrom4([4]byte{10, 0, 0, 2}), Options: []byte{7, 7, 4, 0, 0, 0, 0}}, []byte("data")))
	f.Add(packet(Header{
		TTL: 64, Protocol: UDP, Src: netip.MustParseAddr("fe80::1"), Dst: netip.MustParseAddr("fe80::2"), FirstExtension: HopByHopOptions,
		Extensions: []byte{byte(FragmentHeader), 0, 5, 2, 0, 0, 1, 0, byte(UDP), 0, 0, 0, 1, 2, 3, 4},
	}, []byte("data")))
	f.Fuzz(func(t *testing.T, b []byte) {
		n, _, shown, ok := Dissect(b, 0)
		n.Leaves(func(leaf *wire.Node) {
			_, to := leaf.Octets()
			require.LessOrEqual(t, to, len(b))
		})
		h, payload, err := Parse(b)
		if err != nil {
			return
		}
		require.True(t, ok)
		if h.Dst.Is6() && h.TotalLength == header6 {
			return // Dissect shows what follows, as captures of packets have it that are still to be cut up
		}
		require.Equal(t, payload, shown)
		again := make([]byte, h.Len())
		h.Put(again)
		if h.Dst.Is6() {
			if f := h.Len() - fragmentHeader; h.IsFragment() {
				b[f+1], b[f+3] = 0, b[f+3]&^6 // what is reserved is not kept
			}
			require.Equal(t, b[:h.Len()], again)
			return
		}
		require.Equal(t, b[12:h.Len()], again[12:])
		b[6] &^= 0x80 // the reserved bit is not kept
		require.Equal(t, b[:10], again[:10])
	})
}
