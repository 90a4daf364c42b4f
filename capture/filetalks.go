package capture

import (
	"context"
	"math"
	"slices"
	"sync"

	"netlab/dns"
	"netlab/ip"
	"netlab/tcp"
)

// talks are how the segments of a file lie in messages. That is looked up when somebody asks, a connection from its beginning: the index knows nothing of it.
type talks struct {
	working sync.Mutex // held by who looks up
	window  window
	memory  memory
	upTo    map[uint16]int // packets that were looked at for all connections with a port; 0: for all

	mu   sync.RWMutex // held while what follows is added to
	of   map[int32]*fileTalk
	laid int // of all connections
}

// fileTalk is the talk of one connection.
type fileTalk struct {
	talk
	upTo    int    // packets of the file that were looked at for it
	joined  int    // the same, by Join
	long    bool   // it has more packets than Join looks at
	foreign int    // segments with data of which nobody knows
	laid    []laid // of those segments that do not tell all by themselves, by packet
}

const (
	mostLaid    = 1 << 20 // segments that are remembered
	mostForeign = 16      // segments of a connection after which nothing is looked for in it any more
	mostJoined  = 1 << 15 // packets of a connection that Join looks at
)

// Join looks up, for the connections of some packets, which messages lie in several of their segments; from then on Layers and Summary tell of them. It looks at the
// beginning of long connections only. It reports whether there was anything new.
func (f *File) Join(ctx context.Context, numbers []int) (more bool, err error) {
	f.talks.working.Lock()
	defer f.talks.working.Unlock()
	wanted := map[int32]int{} // pairs, and packets of them to look at
	from, end := math.MaxInt, f.Len()
	for _, n := range numbers {
		r, ok := f.row(n)
		if !ok || r.protocol != ip.TCP || r.pair < 0 || wanted[r.pair] > 0 {
			continue
		}
		switch t := f.talks.of[r.pair]; {
		case t == nil:
			from = 0
		case t.long || t.joined >= end:
			continue
		default:
			from = min(from, t.joined)
		}
		wanted[r.pair] = mostJoined
	}
	if len(wanted) == 0 {
		return false, nil
	}
	known := f.talks.laid
	err = f.join(ctx, from, end, func(pair int32) bool {
		left, ok := wanted[pair]
		if ok {
			wanted[pair] = left - 1
		}
		return left > 0
	})
	f.talks.mu.Lock()
	defer f.talks.mu.Unlock()
	for pair, left := range wanted {
		if t := f.talks.of[pair]; t != nil && err == nil {
			t.joined, t.long = end, left <= 0
		}
	}
	return f.talks.laid > known, err
}

// joinAll looks up the messages of all connections; of those with a port, if it is not 0.
func (f *File) joinAll(ctx context.Context, port uint16) error {
	f.talks.working.Lock()
	defer f.talks.working.Unlock()
	from, end := max(f.talks.upTo[0], f.talks.upTo[port]), f.Len()
	if from >= end {
		return nil
	}
	f.mu.RLock()
	pairs := f.sorter.pairs.list // what is looked at of a pair never changes
	f.mu.RUnlock()
	err := f.join(ctx, from, end, func(i int32) bool { return port == 0 || pairs[i].aPort == port || pairs[i].bPort == port })
	if err == nil {
		f.talks.upTo[port] = end
	}
	return err
}

// join looks at the packets behind number from up to number end, of the pairs that are wanted.
func (f *File) join(ctx context.Context, from, end int, wanted func(pair int32) bool) error {
	f.talks.window.r = f.data
	rows := make([]row, 0, rowsInPart)
	for ; from < end; from += rowsInPart {
		if err := ctx.Err(); err != nil {
			return err
		}
		rows = rows[:0]
		f.mu.RLock()
		for i := from; i < min(end, from+rowsInPart); i++ {
			rows = append(rows, *f.rowAt(i))
		}
		f.mu.RUnlock()
		if err := f.joinRows(from, rows, wanted); err != nil {
			return err
		}
	}
	return nil
}

func (f *File) joinRows(from int, rows []row, wanted func(pair int32) bool) error {
	f.talks.mu.Lock()
	defer f.talks.mu.Unlock()
	for i := range rows {
		r, number := &rows[i], from+i+1
		if r.protocol != ip.TCP || r.pair < 0 || !wanted(r.pair) {
			continue
		}
		t := f.talks.of[r.pair]
		if t == nil {
			t = &fileTalk{}
			f.talks.of[r.pair] = t
		}
		if number <= t.upTo {
			continue
		}
		t.upTo = number
		if t.foreign >= mostForeign || r.data == 0 && r.flags&tcp.SYN == 0 && !t.waits() {
			continue
		}
		octets, err := f.talks.window.octets(r.offset, int(r.captured))
		if err != nil {
			return err
		}
		f.talks.segment(t, r, number, octets)
	}
	return nil
}

// segment looks at a segment.
func (s *talks) segment(t *fileTalk, r *row, number int, octets []byte) {
	c, ok := CarriedBy(LinkType(r.link), octets)
	if !ok {
		return
	}
	seg, err := tcp.Parse(c.Octets)
	if err != nil {
		return
	}
	dir := r.dir()
	t.ports[dir], t.ports[1-dir] = seg.SrcPort, seg.DstPort
	l := t.talk.segment(dir, number, &seg, c.Cut, &s.memory)
	if len(seg.Payload) > 0 && t.ends[0].of == noApplication && t.ends[1].of == noApplication {
		t.foreign++
	} else {
		t.foreign = 0
	}
	inPieces := l.again > 0 || l.rest > 0 || l.left > 0 || len(l.whole) > 0
	if l.plain() || !inPieces && streamApplication(t.from(dir), seg.Payload) == l.of || s.laid >= mostLaid {
		return
	}
	for i := range l.whole {
		l.whole[i].octets = nil // they are in the file
		for _, p := range l.whole[i].from {
			if j, ok := t.find(p.packet); ok {
				t.laid[j].next = number
			}
		}
	}
	t.laid = append(t.laid, l)
	s.laid++
}

// find returns where in laid a packet is.
func (t *fileTalk) find(number int) (int, bool) {
	return slices.BinarySearchFunc(t.laid, number, func(l laid, number int) int { return l.number - number })
}

// lies returns how the data of a packet lies in messages, with the octets of those that it makes whole; nil if its octets alone tell, as far as that was looked up.
func (f *File) lies(pair int32, number int) *laid {
	f.talks.mu.RLock()
	t := f.talks.of[pair]
	if t == nil {
		f.talks.mu.RUnlock()
		return nil
	}
	i, ok := t.find(number)
	if !ok {
		f.talks.mu.RUnlock()
		return nil
	}
	l := t.laid[i]
	f.talks.mu.RUnlock()
	l.whole = slices.Clone(l.whole)
	for i := range l.whole {
		l.whole[i].octets = f.octetsOf(&l.whole[i])
	}
	return &l
}

// octetsOf reads the octets of a message; nil if the file does not hold them all, or there are too many.
func (f *File) octetsOf(m *cutUp) []byte {
	if m.size > mostOctets {
		return nil
	}
	b := make([]byte, 0, m.size)
	for _, p := range m.from {
		r, ok := f.row(p.packet)
		if !ok {
			return nil
		}
		packet := make([]byte, r.captured)
		if _, err := f.data.ReadAt(packet, r.offset); err != nil {
			return nil
		}
		c, ok := CarriedBy(LinkType(r.link), packet)
		if !ok {
			return nil
		}
		header := int(c.Octets[12]>>4) * 4
		if header+p.at+p.len > len(c.Octets) {
			return nil
		}
		b = append(b, c.Octets[header+p.at:header+p.at+p.len]...)
	}
	if len(b) != m.size {
		return nil
	}
	return b
}

// portOf returns the port of the connections that can have a field of a layer; 0: any. ok is false if the layer is of no message.
func portOf(layer, key string) (port uint16, ok bool) {
	switch layer {
	case "dns":
		return dns.Port, true
	case "http", "http2", "websocket", "tls", "data":
		return 0, true
	}
	return 0, isJoined(key)
}
