package tcp

import (
	"fmt"
	"net/netip"

	"netlab/wire"
)

// Dissect returns the header of the segment in b as a tree: its fields in order, the control bits under one
// node, the options under another, and last the length of the data. bit is the offset of b in the packet.
// The checksum is verified if src and dst are valid and b is the whole segment; a wrong one gets a note.
// Malformed octets are shown as far as they make sense, with a note that says what is wrong.
func Dissect(b []byte, bit int, src, dst netip.Addr) wire.Node {
	n := HeaderLayout().Dissect(b, bit)
	if len(b) < minHeader {
		return n
	}
	n.Children = groupFlags(n.Children, Flags(b[13]))
	if f := n.Find("tcp.hdr_len"); f.Uint < minHeader/4 {
		f.Note = "a header has at least 5 words"
		n.Note = "malformed: data offset too small"
		return n
	} else {
		f.Value = fmt.Sprintf("%d (%d octets)", f.Uint, 4*f.Uint)
	}
	if src.IsValid() && dst.IsValid() && !Verify(src, dst, b) {
		n.Find("tcp.checksum").Note = fmt.Sprintf("wrong: should be 0x%04x", checksum(b, src, dst))
	}
	header := int(b[12]>>4) * 4
	if header > len(b) {
		n.Note = fmt.Sprintf("cut short: %d of %d octets of header", len(b), header)
		header = len(b)
	}
	n.Width = 8 * header
	if header > minHeader {
		options, note := dissectOptions(b[minHeader:header], bit+8*minHeader)
		n.Children = append(n.Children, options)
		if n.Note == "" {
			n.Note = note
		}
	}
	data := len(b) - header
	n.Children = append(n.Children, wire.Node{
		Name: "Length of data", Key: "tcp.len", Bit: bit + 8*header, Value: fmt.Sprint(data), Uint: uint64(data),
		Doc: "Octets of data that follow the header; not a field, but what is left of the packet.", Ref: wire.RFC("9293", "3.1"),
	})
	return n
}

// checksum returns what the checksum field of the segment in b should hold.
func checksum(b []byte, src, dst netip.Addr) uint16 {
	sum := wire.Sum(wire.PseudoSum(src, dst, protocolNumber, len(b)), b[:16])
	return ^wire.Sum(sum, b[18:])
}

// groupFlags puts the eight control bits under a node of their own.
func groupFlags(fields []wire.Node, flags Flags) []wire.Node {
	first := 0
	for fields[first].Key != "tcp.flags.cwr" {
		first++
	}
	bits := append([]wire.Node(nil), fields[first:first+8]...)
	group := wire.Node{
		Name: "Control bits", Key: "tcp.flags", Bit: bits[0].Bit, Width: 8, Value: flags.String(), Uint: uint64(flags),
		Doc: "What kind of segment this is and which of its fields count.", Ref: wire.RFC("9293", "3.1"), Children: bits,
	}
	out := append([]wire.Node(nil), fields[:first]...)
	out = append(out, group)
	return append(out, fields[first+8:]...)
}

// dissectOptions returns the options in b as one node with a child for each, and a note if they are malformed.
func dissectOptions(b []byte, bit int) (n wire.Node, note string) {
	n = wire.Node{
		Name: "Options", Key: "tcp.options", Bit: bit, Width: 8 * len(b), Value: fmt.Sprintf("%d octets", len(b)),
		Doc: "What goes beyond the 20 octets that every header has.", Ref: wire.RFC("9293", "3.1"),
	}
	layouts := OptionLayouts()
	for off := 0; off < len(b); {
		kind, opt, ok := option(b[off:])
		child := dissectOption(layouts, kind, opt, bit+8*off)
		off += len(opt)
		if !ok {
			child.Note = "illegal length"
			note = "malformed: an option has an illegal length"
		}
		n.Children = append(n.Children, child)
		if kind == kindEnd && off < len(b) {
			n.Children = append(n.Children, padding(b[off:], bit+8*off))
			break
		}
	}
	return n, note
}

// dissectOption returns one option. One that is unknown or whose length is not its kind's is shown as
// kind, length and octets.
func dissectOption(layouts []wire.Layout, kind byte, opt []byte, bit int) wire.Node {
	switch kind {
	case kindEnd:
		return layouts[0].Dissect(opt, bit)
	case kindNop:
		return layouts[1].Dissect(opt, bit)
	case kindMSS, kindWindowScale, kindSACKPermitted:
		if l := layouts[kind]; len(opt) == l.Len() {
			return l.Dissect(opt, bit)
		}
	case kindTimestamps:
		if l := layouts[5]; len(opt) == l.Len() {
			return l.Dissect(opt, bit)
		}
	case kindSACK:
		if len(opt)%8 == 2 {
			return dissectSACK(layouts[6], opt, bit)
		}
	}
	n := optionLayout("unknown", "tcp.options.unknown", "An option that this program does not know, or with an unusual length.", wire.RFC("9293", "3.1")).Dissect(opt, bit)
	if len(opt) > 2 {
		n.Width = 8 * len(opt)
		n.Children = append(n.Children, wire.Node{
			Name: "Data", Bit: bit + 16, Width: 8 * (len(opt) - 2), Value: fmt.Sprintf("%x", opt[2:]), Ref: wire.RFC("9293", "3.1"),
		})
	}
	return n
}

func dissectSACK(block wire.Layout, opt []byte, bit int) wire.Node {
	n := optionLayout("SACK", "tcp.options.sack", "What arrived although something before it is missing.", wire.RFC("2018", "3")).Dissect(opt, bit)
	n.Width = 8 * len(opt)
	for off := 2; off < len(opt); off += block.Len() {
		n.Children = append(n.Children, block.Dissect(opt[off:off+block.Len()], bit+8*off))
	}
	return n
}

// padding shows what follows the End of Option List. "The content of the header beyond the End of Option
// List Option MUST be header padding of zeros (MUST-69)." (RFC 9293, Section 3.1)
func padding(b []byte, bit int) wire.Node {
	n := wire.Node{
		Name: "Padding", Key: "tcp.options.padding", Bit: bit, Width: 8 * len(b), Value: fmt.Sprintf("%x", b),
		Doc: "Fills the header up to whole words.", Ref: wire.RFC("9293", "3.1"),
	}
	for _, octet := range b {
		if octet != 0 {
			n.Note = "must be zero"
		}
	}
	return n
}
