package ip

import "net/netip"

// Route says where packets for a network go: to the next hop Via through an interface; Via is invalid if the
// network is attached to that interface itself.
type Route struct {
	Prefix    netip.Prefix
	Via       netip.Addr
	Interface int
}

// Table finds the route of an address: of those whose prefix contains it the one whose prefix is longest
// ("Longest Match", RFC 1812, Section 5.2.4.3).
//
// It is a binary trie, one per address family: the path to a node is the prefix, a bit a step, so that a lookup
// takes as many steps as the longest matching path has bits, however many routes there are. Nodes lie in one
// slice and name each other by index, which keeps a million routes in a few large blocks of memory. The zero
// Table is empty.
type Table struct {
	nodes  []tableNode
	routes []Route
}

// tableNode is a prefix: its two extensions by one bit, and its route. 0 is none of them: node 0 is never a
// child, and routes are counted from 1.
type tableNode struct {
	child [2]uint32
	route uint32
}

const (
	root4 = 0
	root6 = 1
)

// Add adds a route, or replaces the one with the same prefix.
func (t *Table) Add(r Route) {
	r.Prefix = r.Prefix.Masked()
	if t.nodes == nil {
		t.nodes = make([]tableNode, 2)
	}
	b, at := addrBits(r.Prefix.Addr())
	for bit := range r.Prefix.Bits() {
		way := b[bit/8] >> (7 - bit%8) & 1
		next := t.nodes[at].child[way]
		if next == 0 {
			next = uint32(len(t.nodes))
			t.nodes = append(t.nodes, tableNode{})
			t.nodes[at].child[way] = next
		}
		at = next
	}
	if old := t.nodes[at].route; old != 0 {
		t.routes[old-1] = r
		return
	}
	t.routes = append(t.routes, r)
	t.nodes[at].route = uint32(len(t.routes))
}

// Lookup returns the route of dst.
func (t *Table) Lookup(dst netip.Addr) (Route, bool) {
	if t.nodes == nil || !dst.IsValid() {
		return Route{}, false
	}
	b, at := addrBits(dst)
	best := t.nodes[at].route
	for bit := range dst.BitLen() {
		if at = t.nodes[at].child[b[bit/8]>>(7-bit%8)&1]; at == 0 {
			break
		}
		if route := t.nodes[at].route; route != 0 {
			best = route
		}
	}
	if best == 0 {
		return Route{}, false
	}
	return t.routes[best-1], true
}

// addrBits returns the octets of a from the first bit on, and the root of its family.
func addrBits(a netip.Addr) (b [16]byte, root uint32) {
	if a.Is4() {
		four := a.As4()
		copy(b[:], four[:])
		return b, root4
	}
	return a.As16(), root6
}
