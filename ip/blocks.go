package ip

// maxBlock is how many items a block of a trie has at most: the entries of 31 prefixes and 16 leaves.
const maxBlock = 31 + 16

// blocks keeps blocks of items in one slice. A block is named by where it begins, and has as many items as its owner
// says. What is no longer used is used again for blocks of the same size.
type blocks[T any] struct {
	all  []T
	free [maxBlock + 1][]uint32 // by size
}

// get returns a block of n items, which may hold anything.
func (b *blocks[T]) get(n int) uint32 {
	if unused := len(b.free[n]); unused > 0 {
		base := b.free[n][unused-1]
		b.free[n] = b.free[n][:unused-1]
		return base
	}
	base := uint32(len(b.all))
	b.all = append(b.all, make([]T, n)...)
	return base
}

// grow returns a block that holds the n items of another and one more at a place, and gives up the other. n may be 0.
func (b *blocks[T]) grow(base uint32, n, at int, item T) uint32 {
	bigger := b.get(n + 1)
	from, to := b.all[base:int(base)+n], b.all[bigger:int(bigger)+n+1]
	copy(to, from[:at])
	to[at] = item
	copy(to[at+1:], from[at:])
	b.put(base, n)
	return bigger
}

// shrink returns a block that holds the n items of another but the one at a place, and gives up the other. It is 0 if no
// item is left.
func (b *blocks[T]) shrink(base uint32, n, at int) uint32 {
	if n == 1 {
		b.put(base, 1)
		return 0
	}
	smaller := b.get(n - 1)
	from, to := b.all[base:int(base)+n], b.all[smaller:int(smaller)+n-1]
	copy(to, from[:at])
	copy(to[at:], from[at+1:])
	b.put(base, n)
	return smaller
}

// put gives up a block.
func (b *blocks[T]) put(base uint32, n int) {
	if n > 0 {
		b.free[n] = append(b.free[n], base)
	}
}
