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
		child := dissectOption(layouts, opt, bit+8*off)
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

// dissectOption returns one option.
func dissectOption(layouts []wire.Layout, opt []byte, bit int) wire.Node {
	layout := OptionLayout(layouts, opt)
	n := layout.Dissect(opt, bit)
	switch at := layout.Len(); {
	case len(opt) <= at:
	case layout == &layouts[7]:
		n.Width = 8 * len(opt)
		for block := layouts[6]; at < len(opt); at += block.Len() {
			n.Children = append(n.Children, block.Dissect(opt[at:at+block.Len()], bit+8*at))
		}
	default:
		n.Width = 8 * len(opt)
		n.Children = append(n.Children, wire.Node{
			Name: "Data", Bit: bit + 8*at, Width: 8 * (len(opt) - at), Value: fmt.Sprintf("%x", opt[at:]), Ref: wire.RFC("9293", "3.1"),
		})
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
