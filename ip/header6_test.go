package ip

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"
)

// randomHeader6 returns a header with random fields, extension headers and payload.
func randomHeader6(r *rand.Rand) (Header, []byte) {
	var src, dst [16]byte
	for i := range src {
		src[i], dst[i] = byte(r.Uint32()), byte(r.Uint32())
	}
	h := Header{
		Src: netip.AddrFrom16(src), Dst: netip.AddrFrom16(dst), TOS: uint8(r.Uint32()), TTL: uint8(r.Uint32()), Protocol: UDP,
		FlowLabel: r.Uint32() & 0xfffff,
	}
	if r.IntN(2) == 0 { // hop-by-hop options with padding, then destination options
		h.FirstExtension = HopByHopOptions
		h.Extensions = []byte{byte(DestinationOptions), 0, 1, 4, 0, 0, 0, 0, byte(UDP), 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	}
	if r.IntN(2) == 0 {
		h.ID, h.MoreFragments, h.FragmentOffset = r.Uint32(), true, 8*r.IntN(8000)
	}
	payload := make([]byte, 8*r.IntN(20))
	h.TotalLength = h.Len() + len(payload)
	return h, payload
}

// RFC 8200, Sections 3 and 4: what is written is read again, by us and by gopacket.
func TestIPv6RoundTripAndGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 6))
	for range 2000 {
		h, payload := randomHeader6(r)
		b := make([]byte, h.TotalLength)
		h.Put(b)
		copy(b[h.Len():], payload)

		got, rest, err := Parse(b)
		require.NoError(t, err)
		require.Equal(t, payload, append([]byte{}, rest...))
		want := h
		if len(h.Extensions) == 0 {
			want.FirstExtension = UDP
			if h.IsFragment() {
				want.FirstExtension = FragmentHeader
			}
		} else {
			want.Extensions = b[40 : 40+len(h.Extensions)]
		}
		require.Equal(t, want, got)

		p := gopacket.NewPacket(b, layers.LayerTypeIPv6, gopacket.Default)
		theirs := p.Layer(layers.LayerTypeIPv6).(*layers.IPv6)
		require.Equal(t, [5]any{h.TOS, h.FlowLabel, h.TTL, h.Src.String(), h.Dst.String()},
			[5]any{theirs.TrafficClass, theirs.FlowLabel, theirs.HopLimit, theirs.SrcIP.String(), theirs.DstIP.String()})
		if h.IsFragment() {
			f := p.Layer(layers.LayerTypeIPv6Fragment).(*layers.IPv6Fragment)
			require.Equal(t, [3]any{h.ID, h.FragmentOffset, h.MoreFragments}, [3]any{f.Identification, int(f.FragmentOffset) * 8, f.MoreFragments})
		}
	}
}

// Every packet that is cut short is refused.
func TestIPv6Truncation(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 6))
	for range 50 {
		h, payload := randomHeader6(r)
		b := make([]byte, h.TotalLength)
		h.Put(b)
		copy(b[h.Len():], payload)
		for n := range b {
			_, _, err := Parse(b[:n])
			require.ErrorIs(t, err, ErrTruncated)
		}
	}
}

// RFC 8200, Section 4.1: hop-by-hop options stand only behind the fixed header; and there is an end to extension headers.
func TestIPv6ExtensionsThatCannotBe(t *testing.T) {
	h := Header{
		Src: netip.MustParseAddr("2001:db8::1"), Dst: netip.MustParseAddr("2001:db8::2"), TTL: 1, Protocol: UDP,
		FirstExtension: DestinationOptions, Extensions: []byte{byte(HopByHopOptions), 0, 1, 4, 0, 0, 0, 0, 0, 0, 1, 4, 0, 0, 0, 0},
	}
	put := func() []byte {
		h.TotalLength = h.Len()
		b := make([]byte, h.TotalLength)
		h.Put(b)
		return b
	}
	got, _, err := Parse(put())
	require.NoError(t, err)
	require.Equal(t, HopByHopOptions, got.Protocol, "to be dealt with like a protocol that is unknown")

	h.Extensions = nil
	for range maxExtensions + 1 {
		h.Extensions = append(h.Extensions, byte(DestinationOptions), 0, 1, 4, 0, 0, 0, 0)
	}
	_, _, err = Parse(put())
	require.ErrorIs(t, err, ErrExtension)
}

// RFC 6946, Section 4: an atomic fragment is a whole packet.
func TestAtomicFragment(t *testing.T) {
	h := Header{
		Src: netip.MustParseAddr("2001:db8::1"), Dst: netip.MustParseAddr("2001:db8::2"), TTL: 1, Protocol: UDP,
		FirstExtension: FragmentHeader, Extensions: []byte{byte(UDP), 0, 0, 0, 1, 2, 3, 4}, TotalLength: 52,
	}
	b := make([]byte, 52)
	h.Put(b)
	got, payload, err := Parse(b)
	require.NoError(t, err)
	require.False(t, got.IsFragment())
	require.Equal(t, UDP, got.Protocol)
	require.Len(t, payload, 4)
}
