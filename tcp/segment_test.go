package tcp

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/stretchr/testify/require"
)

var (
	src4 = netip.MustParseAddr("10.0.1.10")
	dst4 = netip.MustParseAddr("10.0.2.20")
	src6 = netip.MustParseAddr("2001:db8::1")
	dst6 = netip.MustParseAddr("2001:db8::2")
)

// octets reads hex; blanks are for the reader.
func octets(t testing.TB, s string) []byte {
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	require.NoError(t, err)
	return b
}

const headerOfSYN = "9c41 0050  0000 0064  0000 0000"

// MUST-6, MUST-64
func TestParse(t *testing.T) {
	tests := map[string]struct {
		in   string
		want Segment
	}{
		"SYN": {headerOfSYN + "5002 ffff 0000 0000", Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Window: 65535}},
		"data": {
			"0050 9c41 0000 0001 ffff ffff 5018 0010 0000 0000 6869",
			Segment{SrcPort: 80, DstPort: 40001, Seq: 1, Ack: 0xffffffff, Flags: PSH | ACK, Window: 16, Payload: []byte("hi")},
		},
		"urgent":                    {headerOfSYN + "5030 0001 0000 0007", Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: URG | ACK, Window: 1, Urgent: 7}},
		"reserved bits are ignored": {headerOfSYN + "5f02 0000 0000 0000", Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN}},
		"options of a SYN": {
			headerOfSYN + "a002 ffff 0000 0000  0204 05b4  0402  080a 0000 0001 0000 0002  01 0303 07",
			Segment{
				SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Window: 65535,
				Options: Options{MSS: 1460, SACKPermitted: true, Timestamps: true, TSVal: 1, TSEcr: 2, WindowScale: 8},
			},
		},
		"options in another order, not on word boundaries": {
			headerOfSYN + "8002 ffff 0000 0000  0303 02  0402  01  0204 0218  00 00",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Window: 65535, Options: Options{MSS: 536, SACKPermitted: true, WindowScale: 3}},
		},
		"SACK": {
			headerOfSYN + "a010 0000 0000 0000  0101 0512 0000 0001 0000 0002 0000 0003 0000 0004",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: ACK, Options: Options{SACKs: 2, SACK: [4]Block{{1, 2}, {3, 4}}}},
		},
		"what follows the end of the list does not count": {
			headerOfSYN + "7002 0000 0000 0000  00 0204 0101 0101 01",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN},
		},
		"an unknown option is skipped": {
			headerOfSYN + "7002 0000 0000 0000  fd04 abcd 0204 0218",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Options: Options{MSS: 536}},
		},
		"an option with another kind's length is skipped": {
			headerOfSYN + "7002 0000 0000 0000  0203 05 0402 010101",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Options: Options{SACKPermitted: true, Odd: true}},
		},
		"a shift count above 14 means 14": {
			headerOfSYN + "6002 0000 0000 0000  0303 ff 00",
			Segment{SrcPort: 40001, DstPort: 80, Seq: 100, Flags: SYN, Options: Options{WindowScale: 15}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := octets(t, test.in)
			got, err := Parse(b)
			require.NoError(t, err)
			if len(got.Payload) == 0 {
				got.Payload = nil
			}
			require.Equal(t, test.want, got)
			for n := range int(b[12]>>4) * 4 {
				_, err := Parse(b[:n])
				require.ErrorIs(t, err, ErrTruncated, "cut to %d octets", n)
			}
		})
	}
}

// "TCP implementations MUST be prepared to handle an illegal option length (e.g., zero)" (RFC 9293, Section 3.1): what came
// before such an option counts, what follows it does not.
// MUST-7
func TestOptionsOfIllegalLength(t *testing.T) {
	for name, in := range map[string]string{
		"of length 0":        "7002 ffff 0000 0000 0204 03e8 0200 0000",
		"of length 1":        "7002 ffff 0000 0000 0204 03e8 01fd 0100",
		"past the header":    "7002 ffff 0000 0000 0204 03e8 02fe 05b4",
		"without its length": "7002 ffff 0000 0000 0204 03e8 0101 0108",
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Parse(octets(t, headerOfSYN+in))
			require.NoError(t, err)
			require.True(t, s.Options.Illegal)
			s.Options.Illegal = false
			require.Equal(t, Options{MSS: 1000}, s.Options)
		})
	}
}

// An option with another length than its kind's is ignored alone, and it is said what is wrong with it.
// MUST-6
func TestOptionsOfAnotherLength(t *testing.T) {
	for in, problem := range map[string]string{
		"7002 ffff 0000 0000 0203 0501 0303 0700":           "a maximum segment size option of 3 octets; it has 4",
		"8002 ffff 0000 0000 0304 0500 0101 0303 0700 0000": "a window scale option of 4 octets; it has 3",
		"7002 ffff 0000 0000 0403 0001 0303 0700":           "a SACK-permitted option of 3 octets; it has 2",
		"8002 ffff 0000 0000 0806 0000 0001 0303 0700 0000": "a timestamps option of 6 octets; it has 10",
		"8002 ffff 0000 0000 0506 0000 0001 0303 0700 0000": "a SACK option of 6 octets; it has 2, and 8 for each block",
		"8002 ffff 0000 0000 0303 0701 0101 0101 0209 0000": "an option has an illegal length",
		"8002 ffff 0000 0000 0303 0701 1e03 ff01 0000 0203": "", // unknown to us, and what is behind the end
	} {
		b := octets(t, headerOfSYN+in)
		s, err := Parse(b)
		require.NoError(t, err)
		require.EqualValues(t, 8, s.Options.WindowScale, "the others count: %s", in)
		require.Equal(t, problem != "", s.Options.Odd || s.Options.Illegal, in)
		require.Equal(t, problem, OptionProblem(b[20:int(b[12]>>4)*4]))
		n := Dissect(b, 0, src4, dst4)
		require.Equal(t, problem, strings.TrimPrefix(n.Note, "malformed: "))
	}
}

// MUST-7
func TestParseMalformed(t *testing.T) {
	tests := map[string]struct {
		in   string
		err  error
		says string
	}{
		"empty":                    {"", ErrTruncated, "0 octets"},
		"data offset 4":            {headerOfSYN + "4002 ffff 0000 0000", ErrHeader, "data offset 4"},
		"data offset past the end": {headerOfSYN + "f002 ffff 0000 0000", ErrTruncated, "data offset 60 octets, 20 there"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(octets(t, test.in))
			require.ErrorIs(t, err, test.err)
			require.ErrorContains(t, err, test.says)
		})
	}
}

// randomSegment returns a segment that fits a header: at most 40 octets of options.
func randomSegment(r *rand.Rand) Segment {
	s := Segment{
		SrcPort: uint16(r.Uint32()), DstPort: uint16(r.Uint32()), Seq: Seq(r.Uint32()), Ack: Seq(r.Uint32()),
		Flags: Flags(r.Uint32()), Window: uint16(r.Uint32()), Urgent: uint16(r.Uint32()),
	}
	if r.IntN(2) == 0 {
		s.Options.MSS = uint16(r.Uint32())
	}
	if r.IntN(2) == 0 {
		s.Options.WindowScale = int8(1 + r.IntN(maxShift+1))
	}
	s.Options.SACKPermitted = r.IntN(2) == 0
	if r.IntN(2) == 0 {
		s.Options.Timestamps, s.Options.TSVal, s.Options.TSEcr = true, r.Uint32(), r.Uint32()
	}
	if room := 40 - s.Options.len(); room >= 12 {
		s.Options.SACKs = r.IntN(min(4, (room-4)/8) + 1)
		for i := range s.Options.SACKs {
			s.Options.SACK[i] = Block{Seq(r.Uint32()), Seq(r.Uint32())}
		}
	}
	s.Payload = make([]byte, r.IntN(100))
	for i := range s.Payload {
		s.Payload[i] = byte(r.Uint32())
	}
	return s
}

// MUST-2, MUST-3, MUST-4, MUST-5, MUST-68, MUST-69
func TestPutThenParse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	b := make([]byte, 2000)
	for range 2000 {
		s := randomSegment(r)
		src, dst := src4, dst4
		if r.IntN(2) == 0 {
			src, dst = src6, dst6
		}
		n := s.Put(b, src, dst)
		require.Equal(t, s.HeaderLen()+len(s.Payload), n)
		got, err := Parse(b[:n])
		require.NoError(t, err)
		require.Equal(t, s, got)

		require.True(t, Verify(src, dst, b[:n]))
		b[r.IntN(n)] ^= 1 << r.IntN(8)
		require.False(t, Verify(src, dst, b[:n]), "one wrong bit is noticed")
	}
}

// The codec decodes by hand; the layout is what everything else ranges over.
func TestLayoutAgreesWithCodec(t *testing.T) {
	layout := HeaderLayout()
	require.Equal(t, minHeader, layout.Len())
	bit := 0
	for _, f := range layout.Fields {
		require.Equal(t, bit, f.Bit, "%s begins where the field before it ends", f.Name)
		require.NotEmpty(t, f.Doc)
		require.False(t, f.Ref.IsZero())
		bit += f.Width
	}
	r := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, 2000)
	for range 1000 {
		s := randomSegment(r)
		n := s.Put(b, src4, dst4)
		get := func(key string) uint64 {
			v, ok := layout.Get(b[:n], key)
			require.True(t, ok, key)
			return v
		}
		require.EqualValues(t, s.SrcPort, get("tcp.srcport"))
		require.EqualValues(t, s.DstPort, get("tcp.dstport"))
		require.EqualValues(t, s.Seq, get("tcp.seq_raw"))
		require.EqualValues(t, s.Ack, get("tcp.ack_raw"))
		require.EqualValues(t, s.HeaderLen(), 4*get("tcp.hdr_len"))
		require.Zero(t, get("tcp.flags.res"))
		require.EqualValues(t, s.Window, get("tcp.window_size_value"))
		require.EqualValues(t, binary.BigEndian.Uint16(b[16:]), get("tcp.checksum"))
		require.EqualValues(t, s.Urgent, get("tcp.urgent_pointer"))
		for key, flag := range map[string]Flags{"cwr": CWR, "ece": ECE, "urg": URG, "ack": ACK, "push": PSH, "reset": RST, "syn": SYN, "fin": FIN} {
			require.Equal(t, s.Flags&flag != 0, get("tcp.flags."+key) == 1, key)
		}
	}
}

// gopacket must read what Put writes, and Parse what gopacket writes.
func TestAgainstGopacket(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	b := make([]byte, 2000)
	for range 1000 {
		s := randomSegment(r)
		n := s.Put(b, src4, dst4)
		p := gopacket.NewPacket(b[:n], layers.LayerTypeTCP, gopacket.NoCopy)
		require.Nil(t, p.ErrorLayer())
		theirs := p.Layer(layers.LayerTypeTCP).(*layers.TCP)
		require.EqualValues(t, s.SrcPort, theirs.SrcPort)
		require.EqualValues(t, s.DstPort, theirs.DstPort)
		require.EqualValues(t, s.Seq, theirs.Seq)
		require.EqualValues(t, s.Ack, theirs.Ack)
		require.EqualValues(t, s.Window, theirs.Window)
		require.EqualValues(t, s.Urgent, theirs.Urgent)
		require.Equal(t, s.Flags&SYN != 0, theirs.SYN)
		require.Equal(t, s.Flags&FIN != 0, theirs.FIN)
		require.Equal(t, s.Flags&CWR != 0, theirs.CWR)
		require.Equal(t, s.Payload, append([]byte{}, theirs.Payload...))
		require.NoError(t, theirs.SetNetworkLayerForChecksum(&layers.IPv4{SrcIP: src4.AsSlice(), DstIP: dst4.AsSlice(), Protocol: layers.IPProtocolTCP}))

		out := gopacket.NewSerializeBuffer()
		require.NoError(t, gopacket.SerializeLayers(out, gopacket.SerializeOptions{ComputeChecksums: true}, theirs, gopacket.Payload(s.Payload)))
		require.Equal(t, b[:n], out.Bytes(), "the same octets, the checksum included")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(octets(f, headerOfSYN+"a002 ffff 0000 0000 0204 05b4 0402 080a 0000 0001 0000 0002 01 0303 07"))
	f.Add(octets(f, headerOfSYN+"a010 0000 0000 0000  0101 0512 0000 0001 0000 0002 0000 0003 0000 0004"))
	f.Add(octets(f, headerOfSYN+"6002 ffff 0000 0000 0200 0000"))
	f.Fuzz(func(t *testing.T, b []byte) {
		Dissect(b, 0, src4, dst4)
		s, err := Parse(b)
		if err != nil || s.Options.len() > maxHeader-minHeader {
			return // what came unaligned in 40 octets can need more when aligned
		}
		out := make([]byte, s.HeaderLen()+len(s.Payload))
		s.Put(out, src4, dst4)
		s.Options.Illegal, s.Options.Odd = false, false // only what could be read is written
		again, err := Parse(out)
		require.NoError(t, err)
		require.Equal(t, s, again)
	})
}
