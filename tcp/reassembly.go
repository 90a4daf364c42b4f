package tcp

// reassembly knows which octets beyond RCV.NXT have arrived: islands. Their octets lie in the receive buffer
// already, each where it belongs. "Segments with higher beginning sequence numbers SHOULD be held for later
// processing (SHLD-31)." (RFC 9293, Section 3.10.7.4)
//
// It also says what SACK options tell of it (RFC 2018, Section 4; RFC 2883, Section 4).
type reassembly struct {
	ranges
	recent [4]Seq // a number in each of the islands that something was added to last, the latest first
	twice  Block  // what arrived last and had arrived before; empty: nothing since the last acknowledgment
}

// arrived notes that the octets [left, right) have come out of order. It reports false, and notes nothing, if there
// are too many islands.
func (r *reassembly) arrived(left, right Seq) bool {
	island, ok := r.add(left, right)
	if !ok {
		return false
	}
	kept, n := [...]Seq{left, left, left, left}, 1
	for _, seq := range r.recent {
		if n < len(kept) && (seq.Less(island.Left) || island.Right.LessEq(seq)) {
			kept[n] = seq
			n++
		}
	}
	r.recent = kept
	return true
}

// duplicate notes octets that had arrived already, for a D-SACK block.
func (r *reassembly) duplicate(left, right Seq) { r.twice = Block{left, right} }

// report fills o with at most room blocks. "The first SACK block (i.e., the one immediately following the kind and
// length fields in the option) MUST specify the contiguous block of data containing the segment which triggered this
// ACK" (RFC 2018, Section 4); behind it stand those that were reported last. Before it stands what arrived twice, "the
// first block of the SACK option" (RFC 2883, Section 4), and only once.
func (r *reassembly) report(o *Options, room int) {
	if r.twice != (Block{}) && room > 0 {
		o.SACK[0], o.SACKs = r.twice, 1
		r.twice = Block{}
	}
	first := o.SACKs
	for _, seq := range r.recent {
		block, ok := r.contains(seq)
		for i := first; ok && i < o.SACKs; i++ {
			ok = o.SACK[i] != block // it has grown together with one before it
		}
		if ok && o.SACKs < room {
			o.SACK[o.SACKs] = block
			o.SACKs++
		}
	}
}

// sackRoom is how many blocks fit a segment that has room for so many octets of options besides timestamps: four, three
// beside timestamps (RFC 2018, Section 3).
func (c *Conn) sackRoom(octets int) int {
	most := 4
	if c.ts.on {
		most = 3
	}
	return max(0, min(most, (octets-4)/8))
}

// sackOctets is how much shorter the data of a segment is because of what its SACK option has to tell.
func (c *Conn) sackOctets() int {
	if !c.sackOK || len(c.late.blocks) == 0 {
		return 0
	}
	return 4 + 8*min(len(c.late.blocks), c.sackRoom(c.snd.mss/2))
}
