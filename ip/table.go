package ip

import (
	"iter"
	"net/netip"
)

// Table finds the route of an address: of those whose prefix contains it the one whose prefix is longest
// ("Longest Match", RFC 1812, Section 5.2.4.3). There can be several routes to one network. The zero Table is
// empty.
type Table struct {
	trie trie
	sets pathSets
}

// Len returns to how many networks there are routes.
func (t *Table) Len() int { return t.trie.size }

// Set makes r the only route to its network.
func (t *Table) Set(r Route) { t.put(r.Prefix, []path{{r.Via, r.Interface, r.Metric}}) }

// Add adds a route. It replaces the one to the same network through the same neighbour; other routes to that network
// stay. It reports false if there are MaxPaths of them already.
func (t *Table) Add(r Route) bool {
	paths := with(t.paths(r.Prefix), path{r.Via, r.Interface, r.Metric})
	if len(paths) > MaxPaths {
		return false
	}
	t.put(r.Prefix, paths)
	return true
}

// Remove removes the route to a network through the neighbour and interface of r, and reports whether there was one.
func (t *Table) Remove(r Route) bool {
	old := t.paths(r.Prefix)
	paths := without(old, r.Via, r.Interface)
	switch {
	case len(paths) == len(old):
		return false
	case len(paths) > 0:
		t.put(r.Prefix, paths)
	default:
		k, root := keyOf(r.Prefix.Addr())
		if set, ok := t.trie.remove(root, k, r.Prefix.Bits()); ok {
			t.sets.remove(set)
		}
	}
	return true
}

// put makes the paths those of a network.
func (t *Table) put(p netip.Prefix, paths []path) {
	k, root := keyOf(p.Addr())
	if old, ok := t.trie.insert(root, k, p.Bits(), t.sets.add(paths)); ok {
		t.sets.remove(old)
	}
}

// paths returns the paths of exactly this network. They must not be changed.
func (t *Table) paths(p netip.Prefix) []path {
	k, root := keyOf(p.Addr())
	if e := t.trie.find(root, k, p.Bits()); e != nil {
		return t.sets.sets[e.value].paths
	}
	return nil
}

// Lookup returns the route of dst; the first if several are equally good.
func (t *Table) Lookup(dst netip.Addr) (Route, bool) { return t.Choose(dst, 0) }

// Choose returns the route of dst. If several are equally good, hash says which; it is evenly spread over its 32 bits.
func (t *Table) Choose(dst netip.Addr, hash uint32) (Route, bool) {
	e, root := t.find(dst)
	if e == nil {
		return Route{}, false
	}
	return e.route(root, t.sets.sets[e.value].choose(hash)), true
}

// find returns the entry of dst with the longest prefix, and the root it lies below; nil if there is none.
func (t *Table) find(dst netip.Addr) (e *entry, root uint32) {
	if !dst.IsValid() {
		return nil, 0
	}
	k, root := keyOf(dst)
	return t.trie.lookup(root, k), root
}

// Paths returns how many equally good routes dst has.
func (t *Table) Paths(dst netip.Addr) int {
	if e, _ := t.find(dst); e != nil {
		return t.sets.sets[e.value].best
	}
	return 0
}

// All returns the routes in the order of their networks: IPv4 first, by address, the larger of two with the same address
// first; those to one network with the best first. The table must not be changed meanwhile.
func (t *Table) All() iter.Seq[Route] {
	return func(yield func(Route) bool) {
		for _, root := range []uint32{root4, root6} {
			more := t.trie.walk(root, func(e *entry) bool {
				for _, p := range t.sets.sets[e.value].paths {
					if !yield(e.route(root, &p)) {
						return false
					}
				}
				return true
			})
			if !more {
				return
			}
		}
	}
}
