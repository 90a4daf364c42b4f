package capture

import (
	"bytes"
	"io"
	"runtime"
	"time"
)

// Record is a packet read from a capture file.
type Record struct {
	Number    int       // 1, 2, 3 … in the order of the file
	At        time.Time // when it was captured, UTC
	LinkType  LinkType
	Packet    []byte
	Length    int      // on the wire; more than len(Packet) if the capture kept only its beginning
	Comments  []string // pcapng only
	Interface int      // counted from 0 over the whole file; Extra.Interfaces says more of it
	Link      string   // the name of the interface; empty: the file does not say it
	Joined    []byte   // by File.Layers: the octets of messages that it makes whole, with pieces in earlier packets
	Untimed   bool     // the file does not say when it was captured; At is that of the packet before

	borrowed *Reader // of which Packet is borrowed; nil: it is not
}

// Reader reads pcap (either byte order, micro- and nanoseconds) and pcapng, packed with gzip, zstd or not.
type Reader struct {
	scanner *Scanner
	number  int
	latest  *parsed // packet
	isRead  bool    // latest is parsed
	own     parsed
	ahead   *ahead   // nil: nothing is read ahead
	there   []parsed // that were
	over    bool     // no more will be
}

// NewReader reads a capture's file header. name is what errors call the file.
func NewReader(name string, r io.Reader) (*Reader, error) {
	s, err := NewScanner(name, r)
	if err != nil {
		return nil, err
	}
	return &Reader{scanner: s}, nil
}

// ReadAhead has other goroutines read and parse packets ahead, if there is more than one core and the file has nothing but packets, which is so for pcap. They end at the end of the file,
// so it is for who will read up to there. A Finder, which may be nil, looks at the packets ahead as well: its Add, which is to be
// called for each packet all the same, then only tells what was found. Nothing else of the Finder is to be used before the end.
func (c *Reader) ReadAhead(finder *Finder) {
	if c.ahead == nil && c.number == 0 && c.scanner.format == pcap && runtime.GOMAXPROCS(0) > 1 {
		c.ahead = c.scanner.begin(0, finder)
	}
}

// next reads the next packet into latest.
func (c *Reader) next() error {
	if c.ahead == nil {
		c.latest, c.isRead = &c.own, false
		return c.scanner.Next(&c.own.RawPacket)
	}
	if len(c.there) == 0 {
		var ok bool
		if c.there, ok = c.ahead.next(); !ok {
			c.over = true
			return c.ahead.ended()
		}
	}
	c.latest, c.there, c.isRead = &c.there[0], c.there[1:], true
	return nil
}

// Next returns the next packet, or io.EOF at the end of the file. Any other error says what is wrong
// and at which octet; it comes after every packet that could be read, and again at each further call.
func (c *Reader) Next() (Record, error) {
	rec, err := c.Borrow()
	rec.Packet, rec.borrowed = bytes.Clone(rec.Packet), nil
	return rec, err
}

// Borrow is Next without a copy of the packet: its octets are valid until the next call of Borrow or Next.
func (c *Reader) Borrow() (Record, error) {
	if err := c.next(); err != nil {
		return Record{}, err
	}
	raw := &c.latest.RawPacket
	c.number++
	return Record{
		Number: c.number, At: time.Unix(0, raw.At).UTC(), LinkType: raw.LinkType, Packet: raw.Data, Length: raw.Length,
		Comments: raw.Comments(), Interface: raw.Interface, Link: c.scanner.extra.nameOf(raw.Interface), Untimed: raw.Untimed, borrowed: c,
	}, nil
}

// view returns what a borrowed packet tells by itself, parsed once for all who ask while it is the latest of its Reader; else nil.
func (rec *Record) view() *parsed {
	c := rec.borrowed
	if c == nil || c.number != rec.Number || len(rec.Packet) != len(c.latest.Data) || len(rec.Packet) > 0 && &rec.Packet[0] != &c.latest.Data[0] {
		return nil
	}
	if !c.isRead {
		c.latest.parse()
		c.isRead = true
	}
	return c.latest
}

// Extra returns what the file holds besides packets, as far as it was read: names, secrets, interfaces, comments.
func (c *Reader) Extra() *Extra { return c.scanner.Extra() }

// Secrets returns the decryption secrets read so far. A block with them may come anywhere, even after the packets they open.
func (c *Reader) Secrets() []Secrets { return c.scanner.extra.Secrets }

// Names returns the names of hosts read so far.
func (c *Reader) Names() []HostName { return c.scanner.extra.Names }

// Damage returns the places of the file that were skipped so far because nothing could be read there.
func (c *Reader) Damage() []Damage {
	if c.ahead == nil {
		return c.scanner.Damage()
	}
	all := c.ahead.damage
	for !c.over && len(all) > 0 && all[len(all)-1].After >= c.number { // it was read ahead
		all = all[:len(all)-1]
	}
	return all
}
