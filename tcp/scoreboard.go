package tcp

import (
	"sort"
	"time"

	"netlab/trace"
)

// sent is the record of one segment that occupies sequence numbers and is not fully acknowledged.
type sent struct {
	seq    Seq
	n      int32         // SEG.LEN
	again  bool          // it was retransmitted: Karn's algorithm takes no measurement from it
	sacked bool          // the peer says that it has arrived (RFC 2018)
	lost   bool          // it is taken to be lost, and not yet sent again
	at     time.Duration // of its last sending, since the connection was made
	id     trace.ID      // the event of its last sending
}

func (s *sent) end() Seq { return s.seq.Add(int(s.n)) }

// scoreboard is the retransmission queue: the segments between SND.UNA and SND.NXT, in order and without gaps.
type scoreboard struct {
	records []sent
	head    int // records before it are acknowledged
}

func (b *scoreboard) len() int       { return len(b.records) - b.head }
func (b *scoreboard) at(i int) *sent { return &b.records[b.head+i] }

// push adds a segment at the end. Room at the front is used again when it is half of all.
func (b *scoreboard) push(s sent) {
	if len(b.records) == cap(b.records) && b.head > 0 && b.head >= len(b.records)/2 {
		b.records = b.records[:copy(b.records, b.records[b.head:])]
		b.head = 0
	}
	b.records = append(b.records, s)
}

// pop removes the first segment.
func (b *scoreboard) pop() {
	b.head++
	if b.head == len(b.records) {
		b.records, b.head = b.records[:0], 0
	}
}

// find returns the index of the segment that carried seq, or that of the first one if seq is before it.
func (b *scoreboard) find(seq Seq) int {
	if b.len() > 0 && seq.Less(b.at(0).end()) {
		return 0 // mostly
	}
	return sort.Search(b.len(), func(i int) bool { return seq.Less(b.at(i).end()) })
}
