package tcp

import "sort"

// reassembly knows which octets beyond RCV.NXT have arrived: islands, in order, apart from each other.
// Their octets lie in the receive buffer already, each where it belongs.
// "Segments with higher beginning sequence numbers SHOULD be held for later processing (SHLD-31)."
// (RFC 9293, Section 3.10.7.4)
type reassembly struct {
	islands []Block
}

// add notes that the octets [left, right) arrived and joins islands that touch. It reports false, and
// notes nothing, if there are too many islands.
func (r *reassembly) add(left, right Seq) bool {
	// i is the first island that ends at left or later, j the first that begins after right.
	i := sort.Search(len(r.islands), func(i int) bool { return left.LessEq(r.islands[i].Right) })
	j := i
	for j < len(r.islands) && r.islands[j].Left.LessEq(right) {
		j++
	}
	if i == j { // touches none
		if len(r.islands) >= maxIslands {
			return false
		}
		r.islands = append(r.islands, Block{})
		copy(r.islands[i+1:], r.islands[i:])
		r.islands[i] = Block{left, right}
		return true
	}
	if r.islands[i].Left.Less(left) {
		left = r.islands[i].Left
	}
	right = right.max(r.islands[j-1].Right)
	r.islands[i] = Block{left, right}
	r.islands = append(r.islands[:i+1], r.islands[j:]...)
	return true
}

// advance removes the islands that next reaches and returns where the octets without a gap end.
func (r *reassembly) advance(next Seq) Seq {
	n := 0
	for n < len(r.islands) && r.islands[n].Left.LessEq(next) {
		next = next.max(r.islands[n].Right)
		n++
	}
	if n > 0 {
		r.islands = append(r.islands[:0], r.islands[n:]...)
	}
	return next
}
