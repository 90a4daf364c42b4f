package wire

import (
	"encoding/hex"
	"net/netip"
	"strconv"
	"strings"
)

// Format says how a field's number is written in words.
type Format uint8

// The formats of a field.
const (
	Decimal Format = iota
	Hex            // 0x1a2b
	Address        // 4 octets: IPv4, 16 octets: IPv6
	Flag           // one bit: "set" or "not set"
	Bytes          // octets in hex, for fields wider than 64 bits
	MAC            // 6 octets in hex with colons: 02:00:00:00:00:0a
)

// Name gives a number of a field its name, such as 6 and "TCP".
type Name struct {
	Value uint64
	Text  string
}

// Field declares one field of a header: where it is, what it means, who says so.
type Field struct {
	Name   string // "Sequence Number", as the standard writes it
	Key    string // the name in filters: "tcp.seq"
	Bit    int    // offset from the header's first bit
	Width  int    // in bits
	Format Format
	Names  []Name // names for some of its values
	Doc    string // one sentence
	Ref    Ref
}

// Layout declares a header: its fields in order, without gaps. Codec, dissector, byte view,
// exercises and the RFC-style figure all range over it.
type Layout struct {
	Name   string // "Transmission Control Protocol"
	Key    string // "tcp"
	Ref    Ref
	Doc    string
	Fields []Field
}

// Len returns the length of the header in octets.
func (l Layout) Len() int {
	if len(l.Fields) == 0 {
		return 0
	}
	last := l.Fields[len(l.Fields)-1]
	return (last.Bit + last.Width + 7) / 8
}

// Field returns the field with the given key.
func (l Layout) Field(key string) (Field, bool) {
	for _, f := range l.Fields {
		if f.Key == key {
			return f, true
		}
	}
	return Field{}, false
}

// Get reads the field with the given key from a header. It reports false if there is no
// such field, it is wider than 64 bits, or b is too short.
func (l Layout) Get(b []byte, key string) (uint64, bool) {
	f, ok := l.Field(key)
	if !ok || f.Width > 64 || f.Bit+f.Width > 8*len(b) {
		return 0, false
	}
	return Bits(b, f.Bit, f.Width), true
}

// Put writes the field with the given key into a header and reports whether it could.
func (l Layout) Put(b []byte, key string, v uint64) bool {
	f, ok := l.Field(key)
	if !ok || f.Width > 64 || f.Bit+f.Width > 8*len(b) {
		return false
	}
	PutBits(b, f.Bit, f.Width, v)
	return true
}

// Dissect returns the header at the start of b as a node whose children are its fields. bit is
// the offset of b in the packet. Fields that b is too short for are left out, and a note says so.
func (l Layout) Dissect(b []byte, bit int) Node {
	return Asked("").Dissect(&l, b, bit)
}

// Node returns the field as a node. b begins with the field's header; bit is b's offset in the packet.
func (f Field) Node(b []byte, bit int) Node {
	n := Node{Name: f.Name, Key: f.Key, Bit: bit + f.Bit, Width: f.Width, Doc: f.Doc, Ref: f.Ref}
	if f.Width <= 64 {
		n.Uint = Bits(b, f.Bit, f.Width)
	}
	n.Value = f.text(b, n.Uint)
	return n
}

func (f Field) text(b []byte, v uint64) string {
	for _, name := range f.Names {
		if name.Value == v && f.Width <= 64 {
			if f.Format == Hex {
				return name.Text + " (" + hexadecimal(v, (f.Width+3)/4) + ")"
			}
			return name.Text + " (" + strconv.FormatUint(v, 10) + ")"
		}
	}
	switch f.Format {
	case Hex:
		return hexadecimal(v, (f.Width+3)/4)
	case Flag:
		if v != 0 {
			return "set"
		}
		return "not set"
	case Address:
		if a, ok := netip.AddrFromSlice(b[f.Bit/8 : (f.Bit+f.Width)/8]); ok {
			return a.String()
		}
	case MAC:
		return colons(b[f.Bit/8 : (f.Bit+f.Width)/8])
	case Bytes:
		return hex.EncodeToString(b[f.Bit/8 : (f.Bit+f.Width)/8])
	}
	return strconv.FormatUint(v, 10)
}

// hexadecimal writes v with so many digits, at most 16: 0x001a.
func hexadecimal(v uint64, digits int) string {
	var text [18]byte
	at := len(text)
	for range min(digits, 16) {
		at--
		text[at] = "0123456789abcdef"[v&15]
		v >>= 4
	}
	at -= 2
	copy(text[at:], "0x")
	return string(text[at:])
}

// colons writes a hardware address.
func colons(b []byte) string {
	text := make([]byte, 0, 17)
	for i := range b {
		if i > 0 {
			text = append(text, ':')
		}
		text = hex.AppendEncode(text, b[i:i+1])
	}
	return string(text)
}

// Figure draws the layout as the RFCs draw headers: 32 bits a row, two columns a bit.
func (l Layout) Figure() string {
	const rule = "+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+\n"
	var s strings.Builder
	s.WriteString(" 0                   1                   2                   3\n")
	s.WriteString(" 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1\n")
	s.WriteString(rule)
	for _, f := range l.Fields {
		for bit := f.Bit; bit < f.Bit+f.Width; {
			width := min(32-bit%32, f.Bit+f.Width-bit)
			if bit%32 == 0 {
				s.WriteByte('|')
			}
			label := ""
			if bit == f.Bit {
				label = f.Name
			}
			s.WriteString(centre(label, 2*width-1))
			s.WriteByte('|')
			bit += width
			if bit%32 == 0 {
				s.WriteByte('\n')
				s.WriteString(rule)
			}
		}
	}
	return s.String()
}

// centre puts s in the middle of width columns, cut where it does not fit.
func centre(s string, width int) string {
	if len(s) > width {
		s = s[:width]
	}
	left := (width - len(s)) / 2
	return strings.Repeat(" ", left) + s + strings.Repeat(" ", width-len(s)-left)
}
