package capture

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"netlab/flow"
	"netlab/wire"
)

// An option with a length that is not its kind's is told of: in the list, among the findings, and at the option itself.
func TestOptionsOfOddLength(t *testing.T) {
	syn := func(options ...byte) []byte {
		return append([]byte{1, 0, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, byte(5+len(options)/4) << 4, 2, 1, 0, 0, 0, 0, 0}, options...)
	}
	for _, c := range []struct {
		options []byte
		problem string
	}{
		{[]byte{2, 4, 5, 180}, ""},
		{[]byte{2, 3, 5, 1}, "a maximum segment size option of 3 octets; it has 4"},
		{[]byte{2, 40, 5, 1}, "an option has an illegal length"},
	} {
		b := around(6, syn(c.options...))
		h, _ := parseHeader(b)
		binary.BigEndian.PutUint16(b[36:], ^wire.Sum(wire.PseudoSum(h.src, h.dst, 6, len(h.payload)), h.payload))
		require.Equal(t, c.problem, NewSummarizer().Add(RawIP, b).Problem)
		rec := Record{Number: 1, At: time.Unix(0, 0), LinkType: RawIP, Packet: b, Length: len(b)}
		var told []string
		for _, f := range NewFinder().Add(&rec) {
			require.Equal(t, flow.Malformed, f.Kind)
			told = append(told, f.Name)
		}
		if c.problem == "" {
			require.Empty(t, told)
			continue
		}
		require.Equal(t, []string{c.problem}, told)
		nodes := Dissect(RawIP, b)
		require.Equal(t, "malformed: "+c.problem, nodes[1].Note)
	}
}

// The length of data is that on the wire, also where the capture kept headers alone.
func TestLengthOfDataThatWasNotCaptured(t *testing.T) {
	segment := append([]byte{1, 0, 0, 80, 0, 0, 0, 7, 0, 0, 0, 0, 0x50, 16, 1, 0, 0, 0, 0, 0}, make([]byte, 100)...)
	b := around(6, segment)
	for _, kept := range []int{len(b), len(b) - 1, 40} {
		nodes := Dissect(RawIP, b[:kept:kept])
		require.EqualValues(t, 100, nodes[1].Find("tcp.len").Uint, kept)
		one := parsed{RawPacket: RawPacket{Data: b[:kept:kept], Length: len(b), LinkType: RawIP}}
		one.parse()
		require.EqualValues(t, 100, one.row.data, kept)
	}
}
