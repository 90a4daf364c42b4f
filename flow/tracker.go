package flow

import (
	"encoding/binary"
	"net/netip"

	"netlab/tcp"
	"netlab/wire"
)

// maxStreams bounds how many connections are remembered; the oldest is forgotten first. It is what package capture allows.
const maxStreams = 1 << 16

// Tracker follows the TCP connections of a capture.
type Tracker struct {
	byEnds  map[key]*stream
	streams []*stream // those that are still known, by number
	first   int       // the number of streams[0]

	last   *stream                // of the latest segment: mostly the next one's too
	recent [recentStreams]*stream // others of late, by a quick hash of their keys: it spares most look-ups in byEnds

	found []Finding
	free  [][]sent // for flights to come
	at    int64    // of the latest segment
}

// NewTracker returns a Tracker that has seen nothing yet.
func NewTracker() *Tracker { return &Tracker{byEnds: map[key]*stream{}} }

const recentStreams = 1 << 11

// key names a connection by its two ends, whichever comes first. It holds no pointers, so that hashing it is fast.
type key struct{ highA, lowA, highB, lowB, ports uint64 }

// keyOf returns the key of a segment's connection, and whether the sender is the key's second end.
func keyOf(src, dst netip.AddrPort) (k key, swapped bool) {
	highA, lowA := halves(src.Addr())
	highB, lowB := halves(dst.Addr())
	a, b := uint64(src.Port()), uint64(dst.Port())
	if highA > highB || highA == highB && (lowA > lowB || lowA == lowB && a > b) {
		return key{highB, lowB, highA, lowA, b<<16 | a}, true
	}
	return key{highA, lowA, highB, lowB, a<<16 | b}, false
}

// halves returns an address as two numbers; one of IPv4 as it is mapped into IPv6.
func halves(a netip.Addr) (high, low uint64) {
	if a.Is4() {
		b := a.As4()
		return 0, 0xffff<<32 | uint64(binary.BigEndian.Uint32(b[:]))
	}
	b := a.As16()
	return binary.BigEndian.Uint64(b[:]), binary.BigEndian.Uint64(b[8:])
}

// slot is a quick hash. Whoever makes segments collide gains no more than look-ups in a map.
func (k *key) slot() uint64 {
	return (k.lowA*0x9e3779b97f4a7c15 ^ k.lowB*0xc2b2ae3d27d4eb4f ^ k.ports*0x165667b19e3779f9) >> 40 % recentStreams
}

// Place says to which connection a segment belongs.
type Place struct {
	Stream int   // the connection's number: 0, 1, 2 … in the order of their first segments
	Dir    int   // which end sent it: 0 is the end that was seen sending first
	Data   int64 // the relative number of its first octet of data; the first of all is 1
}

// Connection returns the number of the latest connection between two ends, and which of its ends a is. It reports false if there is none.
func (t *Tracker) Connection(a, b netip.AddrPort) (Place, bool) {
	k, swapped := keyOf(a, b)
	st := t.byEnds[k]
	if st == nil {
		return Place{}, false
	}
	return Place{Stream: st.number, Dir: st.dir(swapped)}, true
}

// Add takes the next segment of the capture. What it returns of findings is good until the next call. It keeps nothing of s.
func (t *Tracker) Add(s *Segment) (Place, []Finding) {
	t.found = t.found[:0]
	t.at = s.At
	st, dir := t.stream(s)
	p := pass{t: t, s: s, st: st, dir: dir, me: &st.ends[dir], peer: &st.ends[1-dir]}
	p.run()
	return Place{st.number, dir, p.data}, t.found
}

// stream returns the connection of a segment, and which of its ends sent it. A SYN with another sequence number begins a new
// connection between the same ends.
func (t *Tracker) stream(s *Segment) (*stream, int) {
	syn := s.Flags&(tcp.SYN|tcp.ACK) == tcp.SYN
	k, swapped := s.key, s.swapped
	if !s.keyed {
		k, swapped = keyOf(s.Src, s.Dst)
	}
	if st := t.last; st != nil && !syn && st.key == k {
		return st, st.dir(swapped)
	}
	recent := &t.recent[k.slot()]
	before := *recent
	if before == nil || before.key != k {
		before = t.byEnds[k]
		*recent = before
	}
	if before != nil {
		dir := before.dir(swapped)
		if e := &before.ends[dir]; !syn || e.is&known == 0 || e.isn == s.Seq {
			t.last = before
			return before, dir
		}
	}
	st := &stream{number: t.first + len(t.streams), key: k, swapped: swapped, names: [2]netip.AddrPort{s.Src, s.Dst}}
	if before != nil {
		t.reuse(st, before, s)
	}
	if len(t.streams) == maxStreams {
		t.forget()
	}
	t.streams = append(t.streams, st)
	t.byEnds[k], t.last, *recent = st, st, st
	return st, 0
}

// reuse reports that a pair of ports is used for another connection.
func (t *Tracker) reuse(st, before *stream, s *Segment) {
	t.unfinished(before, s.At)
	say, ref := "begins a new connection between the ports of connection %d, which had ended", wire.RFC("6191", "2")
	if before.ends[0].is&(ended|reset) == 0 && before.ends[1].is&(ended|reset) == 0 {
		say = "begins a new connection between the ports of connection %d, whose end was not seen"
	}
	t.add(Finding{Kind: PortReuse, Packet: s.Packet, Stream: st.number, At: s.At, Who: s.Src, Say: say, Args: [4]int64{int64(before.number)}, Ref: ref})
}

// forget gives up the oldest connection.
func (t *Tracker) forget() {
	old := t.streams[0]
	t.unfinished(old, t.at)
	if t.byEnds[old.key] == old {
		delete(t.byEnds, old.key)
	}
	if recent := &t.recent[old.key.slot()]; *recent == old {
		*recent = nil
	}
	for i := range old.ends {
		t.release(&old.ends[i])
	}
	t.streams[0], t.last = nil, nil
	t.streams = t.streams[1:]
	t.first++
}

// TooBig notes that a router has said in a packet that what src sends to dst is too big for the way, so that it will be sent again in smaller pieces.
func (t *Tracker) TooBig(src, dst netip.AddrPort, packet int) {
	at, ok := t.Connection(src, dst)
	if !ok {
		return
	}
	e := &t.byNumber(at.Stream).ends[at.Dir]
	o := e.trouble()
	o.tooBig, o.backTo, o.timedOut = int32(packet), e.next, int32(packet)
}

func (t *Tracker) byNumber(n int) *stream { return t.streams[n-t.first] }

// End returns what shows only at the end of a capture, such as connections that were never answered.
func (t *Tracker) End() []Finding {
	t.found = nil
	for _, st := range t.streams {
		t.unfinished(st, t.at)
	}
	return t.found
}

// Streams returns how many connections there were.
func (t *Tracker) Streams() int { return t.first + len(t.streams) }

func (t *Tracker) add(f Finding) { t.found = append(t.found, f) }
