package tcp

import (
	"encoding/hex"
	"fmt"
	"net/netip"
	"strconv"

	"netlab/wire"
)

// Dissector takes segments apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked   wire.Asked
	header  wire.Layout
	options []wire.Layout
}

// NewDissector returns a dissector that shows of segments what is asked for.
func NewDissector(asked wire.Asked) *Dissector {
	return &Dissector{asked, HeaderLayout(), OptionLayouts()}
}

// Dissect returns the header of the segment in b as a tree: its fields in order, the control bits under one
// node, the options under another, and last the length of the data. bit is the offset of b in the packet.
// The checksum is verified if src and dst are valid and b is the whole segment; a wrong one gets a note.
// Malformed octets are shown as far as they make sense, with a note that says what is wrong.
func Dissect(b []byte, bit int, src, dst netip.Addr) wire.Node {
	return NewDissector("").Segment(b, bit, src, dst)
}

// Segment is Dissect, for what is asked for.
func (d *Dissector) Segment(b []byte, bit int, src, dst netip.Addr) wire.Node {
	n := d.asked.Dissect(&d.header, b, bit)
	if len(b) < minHeader {
		return n
	}
	switch flags := flagsNode(Flags(b[13]), bit); {
	case d.asked.All():
		n.Children = groupFlags(n.Children, flags)
	case d.asked.Wants(flags.Key):
		n.Children = append(n.Children, flags)
	}
	header := int(b[12]>>4) * 4
	if header < minHeader {
		n.With("tcp.hdr_len", func(f *wire.Node) { f.Note = "a header has at least 5 words" })
		n.Note = "malformed: data offset too small"
		return n
	}
	n.With("tcp.hdr_len", func(f *wire.Node) { f.Value = fmt.Sprintf("%d (%d octets)", f.Uint, header) })
	n.With("tcp.checksum", func(f *wire.Node) {
		if src.IsValid() && dst.IsValid() && !Verify(src, dst, b) {
			f.Note = fmt.Sprintf("wrong: should be 0x%04x", checksum(b, src, dst))
		}
	})
	if header > len(b) {
		n.Note = fmt.Sprintf("cut short: %d of %d octets of header", len(b), header)
		header = len(b)
	}
	n.Width = 8 * header
	if header > minHeader {
		options, note := d.dissectOptions(b[minHeader:header], bit+8*minHeader)
		n.Children = d.asked.Join(n.Children, options)
		if n.Note == "" {
			n.Note = note
		}
	}
	data := len(b) - header
	n.Children = d.asked.Join(n.Children, wire.Node{
		Name: "Length of data", Key: "tcp.len", Bit: bit + 8*header, Value: strconv.Itoa(data), Uint: uint64(data),
		Doc: "Octets of data that follow the header; not a field, but what is left of the packet.", Ref: wire.RFC("9293", "3.1"),
	})
	return n
}

// checksum returns what the checksum field of the segment in b should hold.
func checksum(b []byte, src, dst netip.Addr) uint16 {
	sum := wire.Sum(wire.PseudoSum(src, dst, protocolNumber, len(b)), b[:16])
	return ^wire.Sum(sum, b[18:])
}

// flagsNode returns the control bits of a segment, which begins at the given bit, as one node.
func flagsNode(flags Flags, bit int) wire.Node {
	return wire.Node{
		Name: "Control bits", Key: "tcp.flags", Bit: bit + 8*13, Width: 8, Value: flags.String(), Uint: uint64(flags),
		Doc: "What kind of segment this is and which of its fields count.", Ref: wire.RFC("9293", "3.1"),
	}
}

// groupFlags puts the eight control bits among the fields under a node of their own.
func groupFlags(fields []wire.Node, group wire.Node) []wire.Node {
	first := 0
	for fields[first].Key != "tcp.flags.cwr" {
		first++
	}
	group.Children = append([]wire.Node(nil), fields[first:first+8]...)
	out := append([]wire.Node(nil), fields[:first]...)
	out = append(out, group)
	return append(out, fields[first+8:]...)
}

// dissectOptions returns the options in b as one node with a child for each, and a note if they are malformed.
func (d *Dissector) dissectOptions(b []byte, bit int) (n wire.Node, note string) {
	n = wire.Node{
		Name: "Options", Key: "tcp.options", Bit: bit, Width: 8 * len(b), Value: strconv.Itoa(len(b)) + " octets",
		Doc: "What goes beyond the 20 octets that every header has.", Ref: wire.RFC("9293", "3.1"),
	}
	for off := 0; off < len(b); {
		kind, opt, ok := option(b[off:])
		child := d.option(opt, bit+8*off)
		off += len(opt)
		if !ok {
			child.Note = "illegal length"
			note = "malformed: an option has an illegal length"
		} else if problem := oddLength(opt); problem != "" {
			child.Note = problem
			note = "malformed: " + problem
		}
		n.Children = d.asked.Join(n.Children, child)
		if kind == kindEnd && off < len(b) {
			n.Children = d.asked.Join(n.Children, padding(b[off:], bit+8*off))
			break
		}
	}
	return n, note
}

// option returns one option.
func (d *Dissector) option(opt []byte, bit int) wire.Node {
	layout := OptionLayout(d.options, opt)
	n := d.asked.Dissect(layout, opt, bit)
	switch at := layout.Len(); {
	case len(opt) <= at:
	case layout == &d.options[7]:
		n.Width = 8 * len(opt)
		for block := &d.options[6]; at < len(opt); at += block.Len() {
			n.Children = d.asked.Join(n.Children, d.asked.Dissect(block, opt[at:at+block.Len()], bit+8*at))
		}
	default:
		n.Width = 8 * len(opt)
		n.Children = d.asked.Join(n.Children, wire.Node{
			Name: "Data", Bit: bit + 8*at, Width: 8 * (len(opt) - at), Value: hex.EncodeToString(opt[at:]), Ref: wire.RFC("9293", "3.1"),
		})
	}
	return n
}

// padding shows what follows the End of Option List. "The content of the header beyond the End of Option
// List Option MUST be header padding of zeros (MUST-69)." (RFC 9293, Section 3.1)
func padding(b []byte, bit int) wire.Node {
	n := wire.Node{
		Name: "Padding", Key: "tcp.options.padding", Bit: bit, Width: 8 * len(b), Value: hex.EncodeToString(b),
		Doc: "Fills the header up to whole words.", Ref: wire.RFC("9293", "3.1"),
	}
	for _, octet := range b {
		if octet != 0 {
			n.Note = "must be zero"
		}
	}
	return n
}
