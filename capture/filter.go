package capture

import (
	"context"
	"io"
	"net/netip"
	"runtime"
	"slices"
	"sync"

	"netlab/filter"
	"netlab/ip"
)

// Filter returns the numbers of the packets from number from on that f chooses, of those that are indexed so far, in order, and the number after the last
// packet that it looked at, from which another call may go on. It looks into few packets: most filters are decided by the index.
// The names that f knows are to be those of FileKeys. It ends early, with the context's error, when ctx does.
func (f *File) Filter(ctx context.Context, fl filter.Filter, from int) (numbers []int32, next int, err error) {
	from = max(from, 1)
	end := f.Len() + 1
	if err := f.joinFor(ctx, fl); err != nil {
		return nil, from, err
	}
	known := f.factsFor(fl)
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
			s := newSieve(f, fl, known)
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
	known   *facts
	byRow   func(*look) filter.Verdict
	byOctet func(*look) filter.Verdict
	window  window
	whole   int // packets that were taken apart from the link header on
	carried int // others of which what they carry was
}

// look is a packet as a sieve looks at it.
type look struct {
	file   *File
	number int
	row    *row
	pair   *pair  // nil: it has none
	octets []byte // nil: not read yet
	known  *facts
	from   origin

	// What was found out already, so that several terms may ask.
	header     header // of IP
	headerRead bool
	carries    application
	told       bool

	// How far it was taken apart.
	whole   bool // from the link header on
	carried bool // what its segment or datagram carries

	lying *laid // how its data lies in messages
	lies  bool  // lying was looked up
}

func newSieve(f *File, fl filter.Filter, known *facts) *sieve {
	return &sieve{
		file: f, known: known, window: window{r: f.data},
		byRow: filter.Compile(fl, termByRow), byOctet: filter.Compile(fl, termByOctets),
	}
}

// part returns which of the packets from number first to before number end are chosen.
func (s *sieve) part(first, end int) (numbers []int32, err error) {
	f := s.file
	rows := make([]row, 0, end-first)
	origins := make([]origin, end-first)
	f.mu.RLock()
	for i := first - 1; i < end-1; i++ {
		rows = append(rows, *f.rowAt(i))
		if p := rows[len(rows)-1].pair; p >= 0 && s.known.numbered {
			origins[len(rows)-1] = f.sorter.pairs.list[p].origin()
		}
	}
	pairs := f.sorter.pairs.list // what is looked at of a pair never changes
	f.mu.RUnlock()
	for i := range rows {
		l := look{file: f, number: first + i, row: &rows[i], known: s.known, from: origins[i]}
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
