package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCursor(t *testing.T) {
	c := NewCursor([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	require.Equal(t, uint8(1), c.Uint8())
	require.Equal(t, uint16(0x0203), c.Uint16())
	require.Equal(t, uint32(0x040506), c.Uint24())
	require.Equal(t, uint32(0x0708090a), c.Uint32())
	require.Equal(t, 10, c.Offset())
	require.Equal(t, 2, c.Len())
	require.Equal(t, []byte{11, 12}, c.Rest())
	got := c.Bytes(1)
	require.Equal(t, []byte{11}, got)
	require.Equal(t, 1, cap(got), "appending to a piece must not write over what follows it")
	require.Equal(t, []byte{}, c.Bytes(0))
	require.NoError(t, c.Err())
}

// The first error stays: later reads return zero, even where enough octets are left.
func TestCursorErrorIsSticky(t *testing.T) {
	for name, read := range map[string]func(*Cursor) bool{
		"Uint16":         func(c *Cursor) bool { return c.Uint16() == 0 },
		"Uint24":         func(c *Cursor) bool { return c.Uint24() == 0 },
		"Uint32":         func(c *Cursor) bool { return c.Uint32() == 0 },
		"Bytes":          func(c *Cursor) bool { return c.Bytes(2) == nil },
		"negative Bytes": func(c *Cursor) bool { return c.Bytes(-1) == nil },
	} {
		c := NewCursor([]byte{9, 8})
		require.Equal(t, uint8(9), c.Uint8())
		require.True(t, read(c), name)
		require.ErrorIs(t, c.Err(), ErrTruncated, name)
		first := c.Err()
		require.Zero(t, c.Uint8(), name)
		require.Equal(t, 1, c.Offset(), name)
		c.Bytes(100)
		require.Same(t, first, c.Err(), name)
	}
	c := NewCursor(nil)
	require.Zero(t, c.Uint8())
	require.EqualError(t, c.Err(), "wire: truncated: 1 octets wanted at offset 0, 0 there")
}
