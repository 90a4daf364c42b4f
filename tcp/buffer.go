package tcp

// buffer is a queue of octets in a ring, so that none is ever moved but to a larger ring, when the queue needs one.
//
//	        head             n                  reach
//	ring: ---+---------------+------------------+--------
//	  unused | the queue     | islands and gaps | unused      and on from the ring's end to its beginning
//
// What lies behind the queue arrived out of order: the connection knows which octets of it are there.
type buffer struct {
	ring     []byte // its length is a power of two, or 0
	head     int    // where in it the queue begins
	n, reach int    // octets from there to the end of the queue, and of the last island
}

const smallestBuffer = 1 << 10

// len returns how many octets are queued.
func (q *buffer) len() int { return q.n }

// from returns the ring from an offset behind the queue's first octet on, up to the ring's end.
func (q *buffer) from(offset int) []byte { return q.ring[(q.head+offset)&(len(q.ring)-1):] }

// bytes returns the octets from offset from up to to, counted from the queue's first: a part of the ring, or a copy of what
// goes on at its beginning.
func (q *buffer) bytes(from, to int) []byte {
	n := to - from
	if b := q.from(from); len(b) >= n {
		return b[:n:n]
	}
	b := make([]byte, n)
	q.read(from, b)
	return b
}

// read copies the octets from an offset on to p, as many as p has room for.
func (q *buffer) read(offset int, p []byte) {
	n := copy(p, q.from(offset))
	copy(p[n:], q.ring)
}

// append adds p to the queue.
func (q *buffer) append(p []byte) {
	q.place(0, p)
	q.extend(len(p))
}

// place writes p at octets behind the queue's end, without adding it to the queue.
func (q *buffer) place(at int, p []byte) {
	at += q.n
	q.reserve(at + len(p))
	n := copy(q.from(at), p)
	copy(q.ring, p[n:])
	q.reach = max(q.reach, at+len(p))
}

// extend adds to the queue the next n octets, which were placed there.
func (q *buffer) extend(n int) { q.n += n }

// discard removes the first n octets.
func (q *buffer) discard(n int) {
	if q.n, q.reach = q.n-n, q.reach-n; q.reach == 0 {
		q.head = 0 // what follows lies where the processor's cache has it
		return
	}
	q.head = (q.head + n) & (len(q.ring) - 1)
}

// reserve makes room for n octets from the queue's first on.
func (q *buffer) reserve(n int) {
	if n <= len(q.ring) {
		return
	}
	size := max(smallestBuffer, 2*len(q.ring))
	for size < n {
		size *= 2
	}
	ring := make([]byte, size)
	if q.reach > 0 {
		q.read(0, ring[:q.reach])
	}
	q.ring, q.head = ring, 0
}

// release gives the memory back if nothing is in it.
func (q *buffer) release() {
	if q.reach == 0 {
		*q = buffer{}
	}
}
