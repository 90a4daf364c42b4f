package capture

import (
	"fmt"
	"io"
	"os"
	"time"

	"netlab/flow"
)

// File is a capture file with an index, so that any of its packets can be had at once. Load makes the index; what is indexed so far
// can be looked at meanwhile, from other goroutines. A million packets take some 50 MB.
//
// What is packed, or comes out of a pipe, is written to a temporary file as it is read.
type File struct {
	name    string
	in      *os.File
	size    int64 // of in; 0: nobody knows
	data    io.ReaderAt
	copied  *copied // nil: data is in
	mapped  mapped  // in, while Load reads it
	scanner *Scanner
	sorter  sorter
	talks   talks

	mu       lookLock // held by Load while it adds packets
	read     int64    // octets of in
	rows     [][]row
	first    int64 // the earliest time of a packet, and the latest
	last     int64
	packets  int
	comments map[int][]string
	links    links
	lost     *Numbers // as so many findings tell; nil: nobody has asked
	lostOf   int
	names    []HostName // of name resolution blocks, as of the latest end of a pass
	findings []flow.Finding
	unkept   int // findings beyond mostFindings
	loaded   bool
	err      error
}

const (
	rowsInChunk  = 1 << 14
	mostComments = 1 << 12 // packets whose comments are kept
	mostFindings = 1 << 17 // findings that are kept
)

// Open opens a capture file and reads its header. Errors are those of NewScanner, and of the system.
func Open(name string) (*File, error) {
	in, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f := &File{name: in.Name(), in: in, data: in, sorter: newSorter(), comments: map[int][]string{}}
	f.talks = talks{upTo: map[uint16]int{}, of: map[int32]*fileTalk{}}
	if err := f.open(); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

func (f *File) open() error {
	info, err := f.in.Stat()
	if err != nil {
		return err
	}
	if info.IsDir() {
		return fmt.Errorf("%s: %w: it is a directory", f.name, ErrNotCapture)
	}
	begin, packed, err := unpack(f.name, &source{f})
	if err != nil {
		return err
	}
	if info.Mode().IsRegular() {
		f.size = info.Size()
	}
	if packed == "" && info.Mode().IsRegular() {
		if _, err := f.in.Seek(0, io.SeekStart); err != nil {
			return err
		}
		f.read = 0
		f.scanner, err = NewScanner(f.name, &source{f})
		return err
	}
	if f.copied, err = newCopied(&rest{begin}); err != nil {
		return err
	}
	f.data = f.copied.to
	f.scanner, err = NewScanner(f.name, f.copied)
	if err == nil {
		f.scanner.packed = packed
	}
	return err
}

// source reads the file of a File and counts.
type source struct{ *File }

func (s *source) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.mu.Lock()
	s.read = max(s.read, int64(len(s.mapped.octets))) + int64(n)
	s.mu.Unlock()
	return n, err
}

// Name is what the file was opened by.
func (f *File) Name() string { return f.name }

// Close ends every use of the file.
func (f *File) Close() error {
	if f.copied != nil {
		f.copied.Close()
	}
	return f.in.Close()
}

// Len returns how many packets are indexed so far.
func (f *File) Len() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.packets
}

// Progress returns how many octets of the file were read, of how many (0: nobody knows), and whether the pass has ended; with which error,
// if the file is damaged or cut off.
func (f *File) Progress() (read, size int64, loaded bool, err error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.read, f.size, f.loaded, f.err
}

// Findings returns what was found so far, in the order in which it showed, and how many more there were than are kept. What shows only at the
// end of a capture is there when Load has returned. The slice is not to be changed.
func (f *File) Findings() (findings []flow.Finding, more int) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.findings[:len(f.findings):len(f.findings)], f.unkept
}

// KeyLog returns the TLS key logs that are in what was read of the file so far.
func (f *File) KeyLog() []byte {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.scanner.Extra().KeyLog()
}

// row returns the row of the packet with a number, which counts from 1.
func (f *File) row(number int) (row, bool) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if number < 1 || number > f.packets {
		return row{}, false
	}
	return *f.rowAt(number - 1), true
}

func (f *File) rowAt(i int) *row { return &f.rows[i/rowsInChunk][i%rowsInChunk] }

// Packet reads the packet with a number: 1, 2, 3 … up to Len.
func (f *File) Packet(number int) (Record, error) {
	r, ok := f.row(number)
	if !ok {
		return Record{}, fmt.Errorf("%s: there is no packet %d", f.name, number)
	}
	b := make([]byte, r.captured)
	if _, err := f.data.ReadAt(b, r.offset); err != nil {
		return Record{}, fmt.Errorf("%s: packet %d at octet %d: %w", f.name, number, r.offset, err)
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	rec := r.record(number, b, f.comments[number])
	rec.Interface, rec.Link = f.links.of(number)
	return rec, nil
}

func (r *row) record(number int, packet []byte, comments []string) Record {
	return Record{
		Number: number, At: time.Unix(0, r.at).UTC(), LinkType: LinkType(r.link), Packet: packet, Length: int(r.length),
		Comments: comments, Untimed: r.kind&untimed != 0,
	}
}

// At returns when a packet was captured; the zero time if there is no such packet.
func (f *File) At(number int) time.Time {
	r, ok := f.row(number)
	if !ok {
		return time.Time{}
	}
	return time.Unix(0, r.at).UTC()
}

// copied is what was unpacked, or came out of a pipe, kept in a temporary file.
type copied struct {
	r  io.Reader
	to *os.File
	n  int64
}

// mostCopied is how many octets a temporary file may have.
const mostCopied = 16 << 30

func newCopied(r io.Reader) (*copied, error) {
	to, err := os.CreateTemp("", "netlab-*.pcap")
	if err != nil {
		return nil, err
	}
	// Where the system allows it the file has no name from here on, and so cannot be left behind.
	_ = os.Remove(to.Name())
	return &copied{r: r, to: to}, nil
}

func (c *copied) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > mostCopied {
		return 0, fmt.Errorf("more than %d octets when unpacked: unpack it first, and give the file that comes out", int64(mostCopied))
	}
	if n > 0 {
		if _, failed := c.to.WriteAt(p[:n], c.n-int64(n)); failed != nil {
			return 0, failed
		}
	}
	return n, err
}

func (c *copied) Close() {
	c.to.Close()
	_ = os.Remove(c.to.Name())
}
