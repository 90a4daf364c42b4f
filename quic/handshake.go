package quic

import (
	"cmp"
	"slices"
	"strings"

	"netlab/tls"
	"netlab/wire"
)

// piece is a piece of the TLS handshake, in one CRYPTO frame.
type piece struct {
	offset uint64 // in the handshake
	octets []byte
	bit    int // where they are in the packet that is shown
	frame  int // in which node
}

// messages shows the messages that the pieces in a packet make up, from the beginning of the handshake to the first gap, and says what they are. Some clients
// cut a message up and mix its pieces, so that nobody takes their order for granted; more of it may be in another packet.
func (p *parts) messages(pieces []piece) string {
	joined, n := join(pieces)
	if len(joined) < 4 {
		return "piece of the handshake"
	}
	pieces = pieces[:n]
	root := wire.Node{
		Name: "Transport Layer Security", Key: "tls", Width: 8 * len(joined), Value: strings.Join(tls.MessageWords(joined), ", "),
		Doc: "Keeps what two applications say secret, and proves who they are.", Ref: wire.RFC("9001", "4"),
		Children: tls.DissectMessages(joined, 0),
	}
	place(&root, pieces)
	if n == 1 {
		data := &p.nodes[pieces[0].frame].Children
		last := &(*data)[len(*data)-1]
		last.Children = []wire.Node{root}
	} else {
		root.Name += ", put together"
		p.nodes = append(p.nodes, root)
	}
	return root.Value
}

// join puts pieces in order, and joins them up to the first gap, which is behind the first n of them.
func join(pieces []piece) (joined []byte, n int) {
	slices.SortStableFunc(pieces, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	for ; n < len(pieces) && pieces[n].offset == uint64(len(joined)); n++ {
		joined = append(joined, pieces[n].octets...)
	}
	return joined, n
}

// place moves a node, whose octets are counted from the beginning of the pieces, to where they are in the packet. What goes on in another piece ends with
// the one in which it begins.
func place(n *wire.Node, pieces []piece) {
	for i := range n.Children {
		place(&n.Children[i], pieces)
	}
	begin := 0
	for _, p := range pieces {
		size := 8 * len(p.octets)
		if n.Bit < begin+size {
			n.Width = min(n.Width, begin+size-n.Bit)
			n.Bit += p.bit - begin
			return
		}
		begin += size
	}
	n.Width = 0
}
