package dns

import "netlab/wire"

// pieces returns the labels and the compression pointer of the name that stands from one octet of the message to before another.
func (m *message) pieces(from, end int) []wire.Node {
	var nodes []wire.Node
	for at := from; at < end; {
		size := int(m.b[at])
		n := wire.Node{
			Name: "Label", Bit: m.bit + 8*at, Width: 8 * (1 + size),
			Doc: "An octet with the length, and as many octets of text.", Ref: wire.RFC("1035", "3.1"),
		}
		switch {
		case size>>6 == 3 && at+2 <= len(m.b):
			to := size&0x3f<<8 | int(m.b[at+1])
			n.Name, n.Width, n.Value, n.Uint = "Compression Pointer", 16, "to octet "+decimal(to)+" of the message", uint64(to)
			n.Doc, n.Ref = "The name goes on at an octet that was there before.", wire.RFC("1035", "4.1.4")
		case size>>6 != 0 || at+1+size > len(m.b):
			return nodes // cut short
		case size == 0:
			n.Name, n.Value, n.Doc = "Root", "the name ends", "A label without text stands for the root, where every name ends."
		default:
			n.Value = string(appendLabel(nil, m.b[at+1:at+1+size]))
		}
		nodes = append(nodes, n)
		at += n.Width / 8
	}
	return nodes
}
