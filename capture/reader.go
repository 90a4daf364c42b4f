package capture

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// What can be wrong with a capture file. The errors of Reader wrap one of these and say where it is wrong.
var (
	ErrNotCapture = errors.New("not a capture file")
	ErrCutOff     = errors.New("cut off")
	ErrDamaged    = errors.New("damaged")
)

// Record is a packet read from a capture file.
type Record struct {
	Number   int       // 1, 2, 3 … in the order of the file
	At       time.Time // when it was captured, UTC
	LinkType LinkType
	Packet   []byte
	Length   int      // on the wire; more than len(Packet) if the capture kept only its beginning
	Comments []string // pcapng only
}

// Reader reads pcap (either byte order, micro- and nanoseconds) and pcapng, packed with gzip or not.
type Reader struct {
	name   string
	in     *countingReader
	buf    *bufio.Reader
	next   func(*Record) error
	number int
	end    int64 // the octet after the last whole packet
	err    error
}

// NewReader reads a capture's file header. name is what errors call the file.
func NewReader(name string, r io.Reader) (*Reader, error) {
	c := &Reader{name: name}
	begin := c.count(r)
	if len(begin) >= 2 && begin[0] == 0x1f && begin[1] == 0x8b {
		unpacked, err := gzip.NewReader(c.buf)
		if err != nil {
			return nil, fmt.Errorf("%s: %w gzip file: %w", name, ErrDamaged, err)
		}
		begin = c.count(unpacked) // octets are counted in what comes out
	}
	var err error
	switch formatOf(begin) {
	case pcap:
		err = c.openPcap()
	case pcapng:
		err = c.openPcapng()
	default:
		return nil, notCapture(name, begin, c.in.err)
	}
	if err != nil {
		return nil, c.explain("the file header", err)
	}
	c.end = c.offset()
	return c, nil
}

// count makes r the input and returns its first octets. pcapgo uses a bufio.Reader that it is given
// as it is, so that what it has consumed is known to the octet.
func (c *Reader) count(r io.Reader) (begin []byte) {
	c.in = &countingReader{r: r}
	c.buf = bufio.NewReaderSize(c.in, 1<<16)
	begin, _ = c.buf.Peek(16)
	return begin
}

type format int

const (
	unknown format = iota
	pcap
	pcapng
)

// formatOf tells the format by the magic number a file begins with.
func formatOf(b []byte) format {
	if len(b) < 4 {
		return unknown
	}
	switch [4]byte(b) {
	case [4]byte{0xd4, 0xc3, 0xb2, 0xa1}, [4]byte{0xa1, 0xb2, 0xc3, 0xd4}, // microseconds
		[4]byte{0x4d, 0x3c, 0xb2, 0xa1}, [4]byte{0xa1, 0xb2, 0x3c, 0x4d}: // nanoseconds
		return pcap
	case [4]byte{0x0a, 0x0d, 0x0d, 0x0a}: // the same in either byte order
		return pcapng
	}
	return unknown
}

func notCapture(name string, begin []byte, err error) error {
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: %w", name, err)
	}
	if len(begin) == 0 {
		return fmt.Errorf("%s: %w: it is empty", name, ErrNotCapture)
	}
	return fmt.Errorf("%s: %w: begins with %s, not with the magic number of pcap (d4 c3 b2 a1) or pcapng (0a 0d 0d 0a)",
		name, ErrNotCapture, quoteBegin(begin))
}

// quoteBegin shows octets as text if they are text, in hex otherwise.
func quoteBegin(b []byte) string {
	for _, c := range b {
		if c != '\n' && c != '\r' && c != '\t' && (c < ' ' || c > '~') {
			return fmt.Sprintf("% x", b[:min(8, len(b))])
		}
	}
	return fmt.Sprintf("%q", b)
}

func (c *Reader) openPcap() error {
	r, err := pcapgo.NewReader(c.buf)
	if err != nil {
		return err
	}
	c.next = func(rec *Record) (err error) {
		var info gopacket.CaptureInfo
		rec.Packet, info, err = r.ReadPacketData()
		if err == io.EOF && c.offset() > c.end {
			err = io.ErrUnexpectedEOF // the file ends right after a packet's header
		}
		rec.At, rec.Length, rec.LinkType = info.Timestamp, info.Length, LinkType(r.LinkType())
		return err
	}
	return nil
}

func (c *Reader) openPcapng() error {
	r, err := pcapgo.NewNgReader(c.buf, pcapgo.NgReaderOptions{WantMixedLinkType: true})
	if err != nil {
		return err
	}
	c.next = func(rec *Record) error {
		packet, info, options, err := r.ReadPacketDataWithOptions()
		if err != nil {
			return err
		}
		rec.Packet, rec.At, rec.Length, rec.Comments = packet, info.Timestamp, info.Length, options.Comments
		if t, ok := info.AncillaryData[0].(layers.LinkType); ok {
			rec.LinkType = LinkType(t)
		}
		return nil
	}
	return nil
}

// Next returns the next packet, or io.EOF at the end of the file. Any other error says what is wrong
// and at which octet; it comes after every packet before that place, and again at each further call.
func (c *Reader) Next() (Record, error) {
	if c.err != nil {
		return Record{}, c.err
	}
	rec := Record{Number: c.number + 1}
	if err := c.next(&rec); err == io.EOF {
		c.err = io.EOF
		return Record{}, c.err
	} else if err != nil {
		c.err = c.explain(c.place(), err)
		return Record{}, c.err
	}
	c.number++
	c.end = c.offset()
	return rec, nil
}

// place says in words what was being read.
func (c *Reader) place() string {
	if c.number == 0 {
		return fmt.Sprintf("what follows the file header at octet %d", c.end)
	}
	return fmt.Sprintf("what follows packet %d at octet %d", c.number, c.end)
}

// explain turns an error of pcapgo into one that names file, place and octet.
func (c *Reader) explain(within string, err error) error {
	ended := errors.Is(c.in.err, io.EOF) || errors.Is(c.in.err, io.ErrUnexpectedEOF)
	switch {
	case c.in.err != nil && !ended:
		return fmt.Errorf("%s: octet %d: %w", c.name, c.in.n, c.in.err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%s: %w: the file ends at octet %d, within %s", c.name, ErrCutOff, c.in.n, within)
	}
	return fmt.Errorf("%s: %w: octet %d, within %s: %w", c.name, ErrDamaged, c.offset(), within, err)
}

// offset returns how many octets of the file have been consumed.
func (c *Reader) offset() int64 { return c.in.n - int64(c.buf.Buffered()) }

// countingReader counts the octets read and keeps the error that ended them.
type countingReader struct {
	r   io.Reader
	n   int64
	err error
}

func (r *countingReader) Read(p []byte) (int, error) {
	n, err := r.r.Read(p)
	r.n += int64(n)
	if err != nil {
		r.err = err
	}
	return n, err
}
