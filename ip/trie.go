package ip

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
)

// trie maps prefixes of both families to values. A step down goes by four bits of the address. A node holds the
// prefixes that end within its four bits, as one bit each in a map, and the ways on from there; what belongs to a bit lies in
// a block at the place that is the number of bits before it. (Eatherton, Varghese and Dittia call this a tree bitmap; it
// needs 16 octets for a node.) Where only one prefix lies further down, the node refers to that directly instead of
// through a chain of nodes, and the lookup compares it with the address.
//
// So an address of IPv4 takes at most eight steps, of a table with a million routes about five, each to one line of the
// processor's cache. Nothing in it is a pointer, so the garbage collector does not look at it.
type trie struct {
	nodes   blocks[node]
	entries blocks[entry]
	size    int // entries in use
}

// The roots of the two families are the first two nodes. No node has them below it: 0 stands for no block.
const (
	root4 = 0
	root6 = 1
)

// node is what is known of all addresses that begin with the same bits, four for each step from the root.
type node struct {
	// prefixes says which prefixes end here: bit 1 is the one without any of the four bits (only at the root, where it
	// is the default route), bits 2 and 3 are those of one bit, 4 to 7 of two, 8 to 15 of three, 16 to 31 of all four.
	prefixes uint32
	leaves   uint16 // for which values of the four bits there is exactly one prefix further down
	children uint16 // for which there are several, and so a node
	entries  uint32 // block with the entries of the prefixes, then those of the leaves
	below    uint32 // block with the children
}

// entry is a prefix with its value.
type entry struct {
	key   key
	value uint32
	bits  uint8
}

// key is an address of either family, from the first bit on.
type key struct{ hi, lo uint64 }

// keyOf returns the bits of a and the root of its family.
func keyOf(a netip.Addr) (k key, root uint32) {
	if a.Is4() {
		four := a.As4()
		return key{hi: uint64(binary.BigEndian.Uint32(four[:])) << 32}, root4
	}
	b := a.As16()
	return key{binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])}, root6
}

// nibble returns four bits of the key, those of the step from a depth to the next.
func (k key) nibble(depth int) uint32 {
	if depth < 16 {
		return uint32(k.hi>>(60-4*depth)) & 15
	}
	return uint32(k.lo>>(124-4*depth)) & 15
}

// masked returns the key with only its first n bits.
func (k key) masked(n int) key {
	// A shift by 64 or more leaves 0.
	return key{k.hi &^ (^uint64(0) >> n), k.lo &^ (^uint64(0) >> max(0, n-64))}
}

// prefix returns the prefix of an entry below a root.
func (e *entry) prefix(root uint32) netip.Prefix {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], e.key.hi)
	if root == root4 {
		return netip.PrefixFrom(netip.AddrFrom4([4]byte(b[:4])), int(e.bits))
	}
	binary.BigEndian.PutUint64(b[8:], e.key.lo)
	return netip.PrefixFrom(netip.AddrFrom16(b), int(e.bits))
}

// route returns a path to the network of an entry below a root.
func (e *entry) route(root uint32, p *path) Route {
	return Route{Prefix: e.prefix(root), Via: p.via, Interface: p.iface, Metric: p.metric}
}

// slot returns the bit in node.prefixes of a prefix that ends at a node of the given depth.
func (k key) slot(depth, length int) uint32 {
	n := length - 4*depth // 1 to 4, or 0 at the root
	return 1<<n | k.nibble(depth)>>(4-n)
}

// covering returns the bits in node.prefixes of all prefixes that contain the value v of the four bits.
func covering(v uint32) uint32 {
	v |= 16
	return 1<<v | 1<<(v>>1) | 1<<(v>>2) | 1<<(v>>3) | 1<<(v>>4)
}

func (n *node) prefixAt(slot uint32) int { return bits.OnesCount32(n.prefixes & (1<<slot - 1)) }
func (n *node) childAt(v uint32) int     { return bits.OnesCount16(n.children & (1<<v - 1)) }
func (n *node) leafAt(v uint32) int {
	return bits.OnesCount32(n.prefixes) + bits.OnesCount16(n.leaves&(1<<v-1))
}

func (n *node) childCount() int { return bits.OnesCount16(n.children) }
func (n *node) entryCount() int { return bits.OnesCount32(n.prefixes) + bits.OnesCount16(n.leaves) }

// lookup returns the entry with the longest prefix that k begins with; nil if there is none.
func (t *trie) lookup(root uint32, k key) *entry {
	if t.size == 0 {
		return nil
	}
	best := -1 // in entries
	at := root
	for depth := 0; ; depth++ {
		n := &t.nodes.all[at]
		v := k.nibble(depth)
		if found := n.prefixes & covering(v); found != 0 {
			best = int(n.entries) + n.prefixAt(uint32(bits.Len32(found))-1) // the longest is the last of them
		}
		if n.children>>v&1 != 0 {
			at = n.below + uint32(n.childAt(v))
			continue
		}
		if n.leaves>>v&1 != 0 {
			e := &t.entries.all[int(n.entries)+n.leafAt(v)]
			if k.masked(int(e.bits)) == e.key {
				return e
			}
		}
		break
	}
	if best < 0 {
		return nil
	}
	return &t.entries.all[best]
}

// find returns the entry of exactly this prefix; nil if there is none.
func (t *trie) find(root uint32, k key, length int) *entry {
	if t.size == 0 {
		return nil
	}
	k = k.masked(length)
	at := root
	for depth := 0; ; depth++ {
		n := &t.nodes.all[at]
		if length <= 4*(depth+1) {
			slot := k.slot(depth, length)
			if n.prefixes>>slot&1 == 0 {
				return nil
			}
			return &t.entries.all[int(n.entries)+n.prefixAt(slot)]
		}
		v := k.nibble(depth)
		if n.leaves>>v&1 != 0 {
			e := &t.entries.all[int(n.entries)+n.leafAt(v)]
			if e.key == k && int(e.bits) == length {
				return e
			}
		}
		if n.children>>v&1 == 0 {
			return nil
		}
		at = n.below + uint32(n.childAt(v))
	}
}

// walk calls f for the entries below a root in the order of their prefixes, until f reports false.
func (t *trie) walk(root uint32, f func(e *entry) bool) bool {
	if t.size == 0 {
		return true
	}
	n := &t.nodes.all[root]
	for v := range uint32(16) {
		// The prefixes that begin with this value of the four bits, shortest first.
		for length := range 5 {
			if v&(15>>length) != 0 {
				continue
			}
			if slot := uint32(1)<<length | v>>(4-length); n.prefixes>>slot&1 != 0 && !f(&t.entries.all[int(n.entries)+n.prefixAt(slot)]) {
				return false
			}
		}
		if n.leaves>>v&1 != 0 && !f(&t.entries.all[int(n.entries)+n.leafAt(v)]) {
			return false
		}
		if n.children>>v&1 != 0 && !t.walk(n.below+uint32(n.childAt(v)), f) {
			return false
		}
	}
	return true
}
