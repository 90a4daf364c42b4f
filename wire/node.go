package wire

// Node is a dissected piece of a packet: a header, a field of it, an option, a payload.
// Nodes form a tree whose leaves are fields. Offsets count bits from the first octet of the
// packet that was dissected, so that a screen can mark the octets of any node.
type Node struct {
	Name  string // "Sequence Number"
	Key   string // the name in filters: "tcp.seq"; empty if it has none
	Bit   int    // offset from the packet's first bit
	Width int    // in bits
	Value string // in words: "40001", "SYN, ACK", "10.0.1.10"
	Uint  uint64 // the number, if the field has one and is at most 64 bits wide
	Doc   string // one sentence that says what the field is for
	Ref   Ref    // what defines it
	Note  string // what is wrong with it, in one sentence; empty if nothing is

	Children []Node
}

// Octets returns the first octet that n touches and the octet after its last one.
func (n *Node) Octets() (from, to int) { return n.Bit / 8, (n.Bit + n.Width + 7) / 8 }

// At returns the path from n to its deepest descendant that contains the given octet;
// nil if n does not contain it. The path's first element is n itself.
func (n *Node) At(octet int) []*Node {
	from, to := n.Octets()
	if octet < from || octet >= to {
		return nil
	}
	for i := range n.Children {
		if path := n.Children[i].At(octet); path != nil {
			return append([]*Node{n}, path...)
		}
	}
	return []*Node{n}
}

// Find returns the first node, depth first, whose key is key, or nil.
func (n *Node) Find(key string) *Node {
	if n.Key == key {
		return n
	}
	for i := range n.Children {
		if found := n.Children[i].Find(key); found != nil {
			return found
		}
	}
	return nil
}

// With calls f with the first node whose key is key, if there is one: a dissection leaves out what is cut off, and what is not asked for.
func (n *Node) With(key string, f func(*Node)) {
	if found := n.Find(key); found != nil {
		f(found)
	}
}

// Leaves calls f for each node without children, in order.
func (n *Node) Leaves(f func(*Node)) {
	if len(n.Children) == 0 {
		f(n)
		return
	}
	for i := range n.Children {
		n.Children[i].Leaves(f)
	}
}
