package tcp

import "sort"

// ranges is a set of sequence numbers: pieces in order, apart from each other, at most maxRanges of them. The receiver
// knows by one what has arrived out of order, the sender by another what the peer says has arrived. What an addition
// costs is a binary search and moving at most maxRanges blocks, whatever the peer does.
type ranges struct {
	blocks []Block
}

// touched returns the blocks i to j-1: those that overlap or touch [left, right).
func (r *ranges) touched(left, right Seq) (i, j int) {
	i = r.after(left)
	if i > 0 && r.blocks[i-1].Right == left {
		i--
	}
	for j = i; j < len(r.blocks) && r.blocks[j].Left.LessEq(right); j++ {
	}
	return i, j
}

// after returns the index of the first block that ends after seq.
func (r *ranges) after(seq Seq) int {
	return sort.Search(len(r.blocks), func(i int) bool { return seq.Less(r.blocks[i].Right) })
}

// add adds [left, right) and returns the block that it has become a part of. It reports false, and adds nothing, if
// there are too many blocks.
func (r *ranges) add(left, right Seq) (Block, bool) {
	i, j := r.touched(left, right)
	if i == j { // touches none
		if len(r.blocks) >= maxRanges {
			return Block{}, false
		}
		r.blocks = append(r.blocks, Block{})
		copy(r.blocks[i+1:], r.blocks[i:])
		r.blocks[i] = Block{left, right}
		return r.blocks[i], true
	}
	if r.blocks[i].Left.Less(left) {
		left = r.blocks[i].Left
	}
	r.blocks[i] = Block{left, right.max(r.blocks[j-1].Right)}
	r.blocks = append(r.blocks[:i+1], r.blocks[j:]...)
	return r.blocks[i], true
}

// contains returns the block that seq lies in.
func (r *ranges) contains(seq Seq) (Block, bool) {
	if i := r.after(seq); i < len(r.blocks) && r.blocks[i].Left.LessEq(seq) {
		return r.blocks[i], true
	}
	return Block{}, false
}

// advance removes what lies before next and the blocks that next reaches, and returns where the last of these ends.
func (r *ranges) advance(next Seq) Seq {
	n := 0
	for n < len(r.blocks) && r.blocks[n].Left.LessEq(next) {
		next = next.max(r.blocks[n].Right)
		n++
	}
	if n > 0 {
		r.blocks = append(r.blocks[:0], r.blocks[n:]...)
	}
	return next
}
