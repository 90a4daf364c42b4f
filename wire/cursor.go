package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrTruncated says that octets were wanted which are not there.
var ErrTruncated = errors.New("wire: truncated")

// Cursor reads octets in order. Its error is sticky: after the first read past the end every read
// returns zero, and Err says where it went wrong. So a parser reads all its fields and looks once.
type Cursor struct {
	b   []byte
	off int
	err error
}

// NewCursor returns a cursor at the start of b.
func NewCursor(b []byte) *Cursor { return &Cursor{b: b} }

// Err returns the first error; it wraps ErrTruncated.
func (c *Cursor) Err() error { return c.err }

// Offset returns how many octets were read.
func (c *Cursor) Offset() int { return c.off }

// Len returns how many octets are left.
func (c *Cursor) Len() int { return len(c.b) - c.off }

// Rest returns all octets that are left, without reading them.
func (c *Cursor) Rest() []byte { return c.b[c.off:] }

// Bytes reads n octets. The slice is part of the cursor's own buffer; nil after an error.
func (c *Cursor) Bytes(n int) []byte {
	if c.err != nil {
		return nil
	}
	if n < 0 || n > c.Len() {
		c.err = fmt.Errorf("%w: %d octets wanted at offset %d, %d there", ErrTruncated, n, c.off, c.Len())
		return nil
	}
	c.off += n
	return c.b[c.off-n : c.off : c.off]
}

// Uint8 reads one octet.
func (c *Cursor) Uint8() uint8 {
	if b := c.Bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// Uint16 reads two octets in network byte order.
func (c *Cursor) Uint16() uint16 {
	if b := c.Bytes(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

// Uint24 reads three octets in network byte order.
func (c *Cursor) Uint24() uint32 {
	if b := c.Bytes(3); b != nil {
		return uint32(b[0])<<16 | uint32(b[1])<<8 | uint32(b[2])
	}
	return 0
}

// Uint32 reads four octets in network byte order.
func (c *Cursor) Uint32() uint32 {
	if b := c.Bytes(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}
