package tcp

// buffer is a queue of octets in one piece, so that any range of it is a slice. It grows as needed and
// moves its octets to the front only when at least half of it lies unused there, so that each octet is
// moved at most about once.
//
//	         head            tail              top
//	   unused | the queue     | islands and gaps | unused
//	b: -------+---------------+------------------+--------
//
// What lies between tail and top arrived out of order: the connection knows which octets of it are there.
type buffer struct {
	b               []byte
	head, tail, top int
}

const smallestBuffer = 1 << 10

// len returns how many octets are queued.
func (q *buffer) len() int { return q.tail - q.head }

// bytes returns the octets from offset from up to to, counted from the queue's first.
func (q *buffer) bytes(from, to int) []byte { return q.b[q.head+from : q.head+to : q.head+to] }

// append adds p to the queue.
func (q *buffer) append(p []byte) {
	q.place(0, p)
	q.extend(len(p))
}

// place writes p at octets behind the queue's end, without adding it to the queue.
func (q *buffer) place(at int, p []byte) {
	q.reserve(at + len(p))
	copy(q.b[q.tail+at:], p)
	q.top = max(q.top, q.tail+at+len(p))
}

// extend adds to the queue the next n octets, which were placed there.
func (q *buffer) extend(n int) {
	q.tail += n
	q.top = max(q.top, q.tail)
}

// discard removes the first n octets.
func (q *buffer) discard(n int) {
	q.head += n
	if q.head == q.top {
		q.head, q.tail, q.top = 0, 0, 0
	}
}

// reserve makes room for n octets behind the queue's end.
func (q *buffer) reserve(n int) {
	if q.tail+n <= len(q.b) {
		return
	}
	b := q.b
	if need := q.tail - q.head + n; q.head < len(b)/2 || need > len(b) {
		size := max(smallestBuffer, 2*len(b))
		for size < need {
			size *= 2
		}
		b = make([]byte, size)
	}
	copy(b, q.b[q.head:q.top])
	q.b = b
	q.tail, q.top, q.head = q.tail-q.head, q.top-q.head, 0
}

// release gives the memory back if nothing is in it.
func (q *buffer) release() {
	if q.top == q.head {
		*q = buffer{}
	}
}
