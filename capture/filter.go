package capture

import (
	"context"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"

	"netlab/filter"
	"netlab/ip"
	"netlab/wire"
)

// FileKeys returns the names of fields that a filter of a capture may speak of: those of Keys, and what is known of a packet by its place in
// the capture: its number, its lengths, its stream; retx, which says that it carries only what its sender had sent before; and late, that it fills a gap.
func FileKeys() []string {
	keys := append(Keys(), "frame", "frame.number", "frame.len", "frame.cap_len", "tcp.stream", "udp.stream", "retx", "late")
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Filter returns the numbers of the packets from number from on that f chooses, of those that are indexed so far, in order, and the number after the last
// packet that it looked at, from which another call may go on. It looks into few packets: most filters are decided by the index.
// The names that f knows are to be those of FileKeys. It ends early, with the context's error, when ctx does.
func (f *File) Filter(ctx context.Context, fl filter.Filter, from int) (numbers []int32, next int, err error) {
	from = max(from, 1)
	end := f.Len() + 1
	parts := make([][]int32, (max(0, end-from)+rowsInPart-1)/rowsInPart)
	var wanted sync.Mutex
	part := 0
	take := func() int {
		wanted.Lock()
		defer wanted.Unlock()
		if ctx.Err() != nil || err != nil {
			return len(parts)
		}
		part++
		return part - 1
	}
	var workers sync.WaitGroup
	for range min(len(parts), runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			s := newSieve(f, fl)
			for i := take(); i < len(parts); i = take() {
				first := from + i*rowsInPart
				found, failed := s.part(first, min(first+rowsInPart, end))
				parts[i] = found
				if failed != nil {
					wanted.Lock()
					err = failed
					wanted.Unlock()
				}
			}
		})
	}
	workers.Wait()
	if err == nil {
		err = ctx.Err()
	}
	numbers = slices.Concat(parts...)
	return numbers, max(from, end), err
}

// rowsInPart is how many packets one worker of a filter takes at a time.
const rowsInPart = 1 << 12

// sieve decides for one packet after the other whether a filter chooses it: by its row, or else by its octets, or else by all its layers.
type sieve struct {
	file    *File
	byRow   func(*look) filter.Verdict
	byOctet func(*look) filter.Verdict
	window  window
	whole   int // packets that were taken apart from the link header on
	carried int // others of which what they carry was
}

// look is a packet as a sieve looks at it.
type look struct {
	number int
	row    *row
	pair   *pair  // nil: it has none
	octets []byte // nil: not read yet

	// What was found out already, so that several terms may ask.
	header     header // of IP
	headerRead bool
	carries    application
	told       bool

	// How far it was taken apart.
	whole   bool // from the link header on
	carried bool // what its segment or datagram carries
}

func newSieve(f *File, fl filter.Filter) *sieve {
	return &sieve{
		file: f, window: window{r: f.data},
		byRow: filter.Compile(fl, termByRow), byOctet: filter.Compile(fl, termByOctets),
	}
}

// part returns which of the packets from number first to before number end are chosen.
func (s *sieve) part(first, end int) (numbers []int32, err error) {
	f := s.file
	rows := make([]row, 0, end-first)
	f.mu.RLock()
	for i := first - 1; i < end-1; i++ {
		rows = append(rows, *f.rowAt(i))
	}
	pairs := f.sorter.pairs.list // what is looked at of a pair never changes
	f.mu.RUnlock()
	for i := range rows {
		l := look{number: first + i, row: &rows[i]}
		if p := rows[i].pair; p >= 0 {
			l.pair = &pairs[p]
		}
		chosen, err := s.chooses(&l)
		if err != nil {
			return numbers, err
		}
		if chosen {
			numbers = append(numbers, int32(l.number))
		}
	}
	return numbers, nil
}

func (s *sieve) chooses(l *look) (bool, error) {
	v := s.byRow(l)
	if v != filter.Unknown {
		return v == filter.Yes, nil
	}
	var err error
	if l.octets, err = s.window.octets(l.row.offset, int(l.row.captured)); err != nil {
		return false, err
	}
	v = s.byOctet(l)
	switch {
	case l.whole:
		s.whole++
	case l.carried:
		s.carried++
	}
	return v == filter.Yes, nil
}

// Layers reads a packet and returns what the file says of it, its number and its stream, and then its layers as Dissect does. It is what a filter matches.
func (f *File) Layers(number int) (Record, []wire.Node, error) {
	rec, err := f.Packet(number)
	if err != nil {
		return rec, nil, err
	}
	r, _ := f.row(number)
	l := look{number: number, row: &r, octets: rec.Packet}
	if p, ok := f.pair(r.pair); ok {
		l.pair = &p
	}
	return rec, l.layers(), nil
}

// layers is the whole packet: what the file says of it, and what Dissect does.
func (l *look) layers() []wire.Node {
	sum := Summary{Stream: -1, Again: l.row.kind&again != 0, Late: l.row.kind&late != 0}
	if key, v, ok := l.stream(); ok {
		sum.Stream, sum.Transport = int(v), strings.ToUpper(key[:3])
	}
	return FileLayers(&Record{Number: l.number, LinkType: LinkType(l.row.link), Packet: l.octets, Length: int(l.row.length)}, &sum)
}

// FileLayers returns what a filter with the names of FileKeys matches: what is known of a packet by its place in the capture, and its layers as Dissect returns them.
func FileLayers(rec *Record, sum *Summary) []wire.Node {
	number := func(name, key string, v int) wire.Node {
		return wire.Node{Name: name, Key: key, Value: strconv.Itoa(v), Uint: uint64(v)}
	}
	nodes := []wire.Node{{Name: "Frame", Key: "frame", Children: []wire.Node{
		number("Number", "frame.number", rec.Number),
		number("Length on the wire", "frame.len", rec.Length),
		number("Captured length", "frame.cap_len", len(rec.Packet)),
	}}}
	if sum.Stream >= 0 {
		nodes = append(nodes, number("Stream", strings.ToLower(sum.Transport)+".stream", sum.Stream))
	}
	if sum.Again {
		nodes = append(nodes, number("Sent again", "retx", 1))
	}
	if sum.Late {
		nodes = append(nodes, number("Late", "late", 1))
	}
	return append(nodes, Dissect(rec.LinkType, rec.Packet)...)
}

// stream returns the number of the packet's connection or flow, and under which key.
func (l *look) stream() (key string, number uint64, ok bool) {
	if l.pair == nil || l.pair.number < 0 {
		return "", 0, false
	}
	key = "tcp.stream"
	if l.pair.protocol == ip.UDP {
		key = "udp.stream"
	}
	return key, uint64(l.pair.number), true
}

// ends returns the sender's and the receiver's address and port.
func (l *look) ends() (src, dst netip.AddrPort) {
	ends := l.pair.ends()
	dir := l.row.dir()
	return ends[dir], ends[1-dir]
}

// window reads packets out of a file. Those that lie close together are read at once.
type window struct {
	r     io.ReaderAt
	buf   []byte
	at    int64 // of buf in the file
	ahead int   // octets to read beyond what is asked for
}

const mostAhead = 1 << 18

// octets returns n octets from an offset on; they are good until the next call.
func (w *window) octets(offset int64, n int) ([]byte, error) {
	if i := offset - w.at; i >= 0 && i+int64(n) <= int64(len(w.buf)) {
		return w.buf[i : i+int64(n)], nil
	}
	// Near what was read last: a reader that goes through the file. Else one that leaps.
	if offset >= w.at && offset < w.at+int64(len(w.buf))+1<<14 {
		w.ahead = min(max(2*w.ahead, 1<<14), mostAhead)
	} else {
		w.ahead = 0
	}
	if want := n + w.ahead; cap(w.buf) < want {
		w.buf = make([]byte, want)
	}
	w.buf = w.buf[:n+w.ahead]
	got, err := w.r.ReadAt(w.buf, offset)
	w.buf, w.at = w.buf[:got], offset
	if got < n {
		return nil, err
	}
	return w.buf[:n], nil
}
