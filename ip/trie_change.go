package ip

// insert gives a prefix a value, and returns the one that it had.
func (t *trie) insert(root uint32, k key, length int, value uint32) (old uint32, replaced bool) {
	if t.nodes.all == nil {
		t.nodes.all, t.entries.all = make([]node, 2), make([]entry, 1)
	}
	if e := t.find(root, k, length); e != nil {
		old, e.value = e.value, value
		return old, true
	}
	t.place(root, 0, entry{k.masked(length), value, uint8(length)})
	t.size++
	return 0, false
}

// place puts an entry, whose prefix is not there yet, below the node at, which has the given depth.
func (t *trie) place(at uint32, depth int, e entry) {
	for ; ; depth++ {
		n := &t.nodes.all[at]
		if int(e.bits) <= 4*(depth+1) {
			slot := e.key.slot(depth, int(e.bits))
			n.entries = t.entries.grow(n.entries, n.entryCount(), n.prefixAt(slot), e)
			n.prefixes |= 1 << slot
			return
		}
		v := e.key.nibble(depth)
		if n.leaves>>v&1 == 0 && n.children>>v&1 == 0 {
			t.addLeaf(at, v, e)
			return
		}
		if n.leaves>>v&1 != 0 { // two now: they go into a node of their own
			other := t.entries.all[int(n.entries)+n.leafAt(v)]
			t.removeLeaf(at, v)
			t.place(t.addChild(at, v), depth+1, other)
			n = &t.nodes.all[at]
		}
		at = n.below + uint32(n.childAt(v))
	}
}

// addChild adds an empty node below another for a value of the four bits.
func (t *trie) addChild(at, v uint32) uint32 {
	n := t.nodes.all[at] // a copy: the nodes may move
	place := n.childAt(v)
	below := t.nodes.grow(n.below, n.childCount(), place, node{})
	t.nodes.all[at].below = below
	t.nodes.all[at].children |= 1 << v
	return below + uint32(place)
}

func (t *trie) removeChild(at, v uint32) {
	n := t.nodes.all[at] // a copy: the nodes may move
	below := t.nodes.shrink(n.below, n.childCount(), n.childAt(v))
	t.nodes.all[at].below = below
	t.nodes.all[at].children &^= 1 << v
}

func (t *trie) addLeaf(at, v uint32, e entry) {
	n := &t.nodes.all[at]
	n.entries = t.entries.grow(n.entries, n.entryCount(), n.leafAt(v), e)
	n.leaves |= 1 << v
}

func (t *trie) removeLeaf(at, v uint32) {
	n := &t.nodes.all[at]
	n.entries = t.entries.shrink(n.entries, n.entryCount(), n.leafAt(v))
	n.leaves &^= 1 << v
}

// remove removes a prefix and returns its value.
func (t *trie) remove(root uint32, k key, length int) (value uint32, ok bool) {
	e := t.find(root, k, length)
	if e == nil {
		return 0, false
	}
	value = e.value
	t.size--
	t.takeOut(root, 0, e.key, length)
	return value, true
}

// takeOut removes a prefix that is there from below the node at, which has the given depth.
func (t *trie) takeOut(at uint32, depth int, k key, length int) {
	n := &t.nodes.all[at]
	if length <= 4*(depth+1) {
		slot := k.slot(depth, length)
		n.entries = t.entries.shrink(n.entries, n.entryCount(), n.prefixAt(slot))
		n.prefixes &^= 1 << slot
		return
	}
	v := k.nibble(depth)
	if n.leaves>>v&1 != 0 {
		t.removeLeaf(at, v)
		return
	}
	child := n.below + uint32(n.childAt(v))
	t.takeOut(child, depth+1, k, length)
	if c := t.nodes.all[child]; c.children == 0 && c.entryCount() == 1 {
		// Only one prefix is left there: the node is not needed any more.
		last := t.entries.all[c.entries]
		t.entries.put(c.entries, 1)
		t.removeChild(at, v)
		t.addLeaf(at, v, last)
	}
}
