package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// toy has a field of every format.
func toy() Layout {
	return Layout{
		Name: "Toy", Key: "toy", Ref: RFC("791", "3.1"), Doc: "A header to test with.",
		Fields: []Field{
			{Name: "Kind", Key: "toy.kind", Width: 4, Names: []Name{{5, "Five"}}},
			{Name: "Flag", Key: "toy.flag", Bit: 4, Width: 1, Format: Flag},
			{Name: "Odd", Key: "toy.odd", Bit: 5, Width: 11, Format: Hex},
			{Name: "Port", Key: "toy.port", Bit: 16, Width: 16},
			{Name: "Address", Key: "toy.addr", Bit: 32, Width: 32, Format: Address},
			{Name: "Long Address", Key: "toy.addr6", Bit: 64, Width: 128, Format: Address},
			{Name: "Nonce", Key: "toy.nonce", Bit: 192, Width: 80, Format: Bytes},
		},
	}
}

func toyOctets() []byte {
	b := make([]byte, 34)
	copy(b, []byte{0x58 | 0x2, 0xbc, 0x1f, 0x90, 10, 0, 1, 10, 0x20, 0x01, 0x0d, 0xb8})
	b[23] = 1
	copy(b[24:], "0123456789")
	return b
}

func TestLayoutDissect(t *testing.T) {
	l := toy()
	require.Equal(t, 34, l.Len())
	require.Zero(t, Layout{}.Len())
	n := l.Dissect(toyOctets(), 80)
	require.Empty(t, n.Note)
	for key, want := range map[string]string{
		"toy.kind": "Five (5)", "toy.flag": "set", "toy.odd": "0x2bc", "toy.port": "8080", "toy.addr": "10.0.1.10",
		"toy.addr6": "2001:db8::1", "toy.nonce": "30313233343536373839",
	} {
		require.Equal(t, want, n.Find(key).Value, key)
	}
	require.Equal(t, uint64(8080), n.Find("toy.port").Uint)
	require.Equal(t, 80+16, n.Find("toy.port").Bit)
	require.Nil(t, n.Find("toy.none"))
	require.Equal(t, "not set", l.Dissect(make([]byte, 34), 0).Children[1].Value)
}

// However short the octets, the fields that are there are shown and a note tells of the others.
func TestLayoutDissectTruncated(t *testing.T) {
	b := toyOctets()
	for i := range b {
		n := toy().Dissect(b[:i], 0)
		require.Contains(t, n.Note, "cut short", "%d octets", i)
		require.Equal(t, 8*i, n.Width)
		for _, f := range n.Children {
			require.LessOrEqual(t, f.Bit+f.Width, 8*i)
		}
	}
}

func TestLayoutGetAndPut(t *testing.T) {
	l, b := toy(), toyOctets()
	require.True(t, l.Put(b, "toy.odd", 0x7ff))
	v, ok := l.Get(b, "toy.odd")
	require.True(t, ok)
	require.Equal(t, uint64(0x7ff), v)
	kind, _ := l.Get(b, "toy.kind")
	require.Equal(t, uint64(5), kind, "the neighbour stays")
	for _, c := range []struct {
		key string
		b   []byte
	}{{"toy.none", b}, {"toy.nonce", b}, {"toy.port", b[:3]}} {
		_, ok := l.Get(c.b, c.key)
		require.False(t, ok, c.key)
		require.False(t, l.Put(c.b, c.key, 1), c.key)
	}
}

func TestNodeAtAndLeaves(t *testing.T) {
	n := toy().Dissect(toyOctets(), 80)
	path := n.At(10 + 5)
	require.Len(t, path, 2)
	require.Same(t, &n, path[0])
	require.Equal(t, "toy.addr", path[1].Key)
	require.Nil(t, n.At(9))
	require.Nil(t, n.At(44))
	from, to := n.Find("toy.odd").Octets()
	require.Equal(t, []int{10, 12}, []int{from, to}, "a field that begins within an octet touches all of it")
	var keys []string
	n.Leaves(func(leaf *Node) { keys = append(keys, leaf.Key) })
	require.Equal(t, []string{"toy.kind", "toy.flag", "toy.odd", "toy.port", "toy.addr", "toy.addr6", "toy.nonce"}, keys)
}
