package capture

import (
	"net/netip"

	"netlab/ip"
	"netlab/tcp"
)

// Summary reads a packet and says what it is, with sequence numbers relative to the start of its connection. It says of one packet what a
// Summarizer says of it, save for what only those before it tell: duplicate acknowledgements, windows that changed or are full, probes.
func (f *File) Summary(number int) (Record, Summary, error) {
	rec, err := f.Packet(number)
	if err != nil {
		return rec, Summary{}, err
	}
	r, _ := f.row(number)
	s := NewSummarizer()
	if p, ok := f.pair(r.pair); ok && p.number >= 0 {
		s.begin(&p, &r, rec.Packet)
	}
	s.given = true
	if l := f.lies(r.pair, number); l != nil {
		s.laid = *l
	}
	sum := s.Summarize(&rec)
	if p, ok := f.pair(r.pair); ok && p.number >= 0 && sum.Stream >= 0 {
		sum.Stream = int(p.number)
	}
	sum.Again, sum.Late = r.kind&again != 0, r.kind&late != 0
	return rec, sum, nil
}

// pair returns a copy of a pair, which Load may go on changing.
func (f *File) pair(i int32) (pair, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if i < 0 || int(i) >= len(f.sorter.pairs.list) {
		return pair{}, false
	}
	return f.sorter.pairs.list[i], true
}

// begin puts a Summarizer into the middle of a connection, right before a packet.
func (s *Summarizer) begin(p *pair, r *row, packet []byte) {
	ends := p.ends()
	st := &stream{number: int(p.number), name: [2]string{ends[0].String(), ends[1].String()}}
	var seq, ack tcp.Seq
	if p.protocol == ip.TCP && r.kind&regular != 0 {
		if seg, err := tcp.Parse(packet[r.transport:]); err == nil {
			seq, ack = seg.Seq, seg.Ack
		}
	}
	for i, number := range map[bool][2]tcp.Seq{false: {seq, ack}, true: {ack, seq}}[r.kind&reverse != 0] {
		e := &p.end[i]
		st.end[i] = end{seen: e.seen, isn: e.isn, next: relativeTo(e.isn, number), shift: int(e.shift)}
	}
	s.streams[streamKey{p.protocol, ends[0], ends[1]}] = st
}

// relativeTo returns a number relative to another: how far it is after it, or if it is shortly before it, as in a capture that begins in the middle, a negative number.
func relativeTo(isn, number tcp.Seq) int64 {
	const shortly = 1 << 24
	if before := uint32(isn - number); before < shortly {
		return -int64(before)
	}
	return int64(uint32(number - isn))
}

// Ends returns both ends of a packet's connection or flow, or the hosts between which it travels; the one that was seen sending first comes first.
// It reports false for a packet that does not travel between hosts.
func (f *File) Ends(number int) (ends [2]netip.AddrPort, ok bool) {
	r, ok := f.row(number)
	if !ok {
		return ends, false
	}
	p, ok := f.pair(r.pair)
	return p.ends(), ok
}
