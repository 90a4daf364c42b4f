package tcp

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"

	"netlab/wire"
)

func TestDissect(t *testing.T) {
	s := Segment{
		SrcPort: 40001, DstPort: 80, Seq: 100, Ack: 7, Flags: SYN | ACK, Window: 65535, Payload: []byte("abc"),
		Options: Options{MSS: 1460, WindowScale: 8, Timestamps: true, TSVal: 5, TSEcr: 6, SACKs: 1, SACK: [4]Block{{10, 20}}},
	}
	b := make([]byte, 100)
	n := s.Put(b, src4, dst4)
	const ip = 160 // bits of an IP header before it
	node := Dissect(b[:n], ip, src4, dst4)

	require.Empty(t, node.Note)
	require.Equal(t, ip, node.Bit)
	require.Equal(t, 8*s.HeaderLen(), node.Width)
	for key, want := range map[string]string{
		"tcp.srcport": "40001", "tcp.flags": "SYN, ACK", "tcp.flags.syn": "set", "tcp.flags.fin": "not set", "tcp.len": "3",
		"tcp.hdr_len": "13 (52 octets)", "tcp.options.mss_val": "1460", "tcp.options.wscale.shift": "7",
		"tcp.options.timestamp.tsecr": "6", "tcp.options.sack_le": "10", "tcp.options.sack_re": "20",
	} {
		found := node.Find(key)
		require.NotNil(t, found, key)
		require.Equal(t, want, found.Value, key)
	}
	require.Empty(t, node.Find("tcp.checksum").Note)

	b[20] ^= 0xff // the MSS option's kind
	node = Dissect(b[:n], ip, src4, dst4)
	require.Contains(t, node.Find("tcp.checksum").Note, "wrong: should be 0x")
	require.NotNil(t, node.Find("tcp.options.unknown"))
	node = Dissect(b[:n], ip, netip.Addr{}, netip.Addr{})
	require.Empty(t, node.Find("tcp.checksum").Note, "nothing to verify with")
}

func TestDissectMalformed(t *testing.T) {
	for name, test := range map[string]struct{ in, note string }{
		"cut short":                {"9c41 00", "cut short: 3 of 20 octets"},
		"data offset too small":    {headerOfSYN + "4002 ffff 0000 0000", "malformed: data offset too small"},
		"data offset past the end": {headerOfSYN + "7002 ffff 0000 0000 0101", "cut short: 22 of 28 octets of header"},
		"illegal option length":    {headerOfSYN + "6002 ffff 0000 0000 0200 0000", "malformed: an option has an illegal length"},
	} {
		t.Run(name, func(t *testing.T) {
			node := Dissect(octets(t, test.in), 0, netip.Addr{}, netip.Addr{})
			require.Equal(t, test.note, node.Note)
		})
	}
	node := Dissect(octets(t, headerOfSYN+"6002 ffff 0000 0000 0001 0000"), 0, netip.Addr{}, netip.Addr{})
	require.Equal(t, "must be zero", node.Find("tcp.options.padding").Note)
}

// Every bit of the header belongs to exactly one leaf, in order.
func TestDissectCoversHeader(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	b := make([]byte, 200)
	for range 500 {
		s := randomSegment(r)
		n := s.Put(b, src4, dst4)
		if s.HeaderLen() > minHeader { // any octets for options
			for i := minHeader; i < s.HeaderLen(); i++ {
				b[i] = byte(r.IntN(12))
			}
		}
		node := Dissect(b[:n], 0, netip.Addr{}, netip.Addr{})
		bit := 0
		node.Leaves(func(leaf *wire.Node) {
			require.Equal(t, bit, leaf.Bit, leaf.Name)
			bit += leaf.Width
		})
		require.Equal(t, 8*s.HeaderLen(), bit)
	}
}
