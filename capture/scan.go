package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// What can be wrong with a capture file. The errors of Reader and Scanner wrap one of these and say where it is wrong.
var (
	ErrNotCapture = errors.New("not a capture file")
	ErrCutOff     = errors.New("cut off")
	ErrDamaged    = errors.New("damaged")
)

// RawPacket is a packet as it lies in the file.
type RawPacket struct {
	At        int64    // when it was captured: nanoseconds since 1970, UTC
	Offset    int64    // of its first octet in the file, or in what was unpacked
	Data      []byte   // what was captured of it; valid until the next call of Scanner.Next
	Length    int      // octets on the wire
	LinkType  LinkType // with which header it begins
	Interface int      // number of the interface, counted from 0 over all sections of a pcapng file; 0 in a pcap file
	Untimed   bool     // the file does not say when it was captured: At is that of the packet before

	options []byte // of its pcapng block
	order   binary.ByteOrder
}

// Comments returns the comments on a packet, of pcapng files only.
func (r *RawPacket) Comments() []string {
	if len(r.options) == 0 {
		return nil
	}
	return comments(r.options, r.order)
}

// InterfaceInfo is an interface whose packets a file holds.
type InterfaceInfo struct {
	Name     string // "eth0"; empty if the file does not say
	LinkType LinkType
	SnapLen  int    // octets kept of each packet at most; 0: all
	Section  int    // counted from 0
	Dropped  uint64 // packets that the capturing machine had no time for, if the file says

	perSecond uint64 // units of its times; 0: they are so fine that any time is 0
	offset    int64  // seconds to add
}

// Scanner reads a capture file packet by packet without allocating for them. Reader is the comfortable way; a Scanner is
// for a pass over a million packets.
//
// It reads pcap in either byte order, with micro- and nanoseconds, and pcapng with any number of sections and interfaces;
// both packed with gzip, zstd or not at all. What it does not know in a pcapng file it skips. Its memory is bounded, whatever the file claims.
type Scanner struct {
	name    string
	packed  string
	format  format
	in      *input
	next    func(*RawPacket) error
	order   binary.ByteOrder
	packets int
	mark    int64    // the octet after the last whole packet
	times   [2]int64 // At of the last packets
	largest int      // octets of the largest packet or block so far, its header included
	err     error
	damage  damage

	pcap  pcapHeader
	ng    section
	extra Extra
}

// NewScanner reads a capture's file header. name is what errors call the file.
func NewScanner(name string, r io.Reader) (*Scanner, error) {
	in, packed, err := unpack(name, r)
	if err != nil {
		return nil, err
	}
	s := &Scanner{name: name, in: in, packed: packed}
	begin := in.peek(16)
	switch s.format = formatOf(begin); s.format {
	case pcap:
		err = s.openPcap()
		s.next = s.nextPcap
	case pcapng:
		err = s.openSection()
		s.next = s.nextPcapng
	default:
		if in.failed() != nil {
			return nil, s.short("the file header")
		}
		return nil, notCapture(name, begin)
	}
	if err != nil {
		return nil, err
	}
	s.mark = in.offset
	return s, nil
}

// Next reads the next packet into p, or returns io.EOF at the end of the file. Any other error says what is wrong and at which octet, and comes again at
// each further call. Behind damage the reading goes on where it is certain that packets begin again; the error then comes at the end of the file.
func (s *Scanner) Next(p *RawPacket) error {
	for s.err == nil {
		err := s.next(p)
		if err == nil {
			s.packets++
			s.mark = s.in.offset
			s.times = [2]int64{p.At, s.times[0]}
			return nil
		}
		if err == io.EOF || !s.resync(err) {
			s.err = s.ending(err)
		}
	}
	return s.err
}

// Offset returns how many octets were read, of the file or of what was unpacked.
func (s *Scanner) Offset() int64 { return s.in.offset }

// Packed returns with what the file is packed: "gzip", "zstd", or "" if it is not. Offsets count in what was unpacked.
func (s *Scanner) Packed() string { return s.packed }

// Extra returns what the file holds besides packets, as far as it was read.
func (s *Scanner) Extra() *Extra { return &s.extra }

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
		[4]byte{0x4d, 0x3c, 0xb2, 0xa1}, [4]byte{0xa1, 0xb2, 0x3c, 0x4d}, // nanoseconds
		[4]byte{0x34, 0xcd, 0xb2, 0xa1}, [4]byte{0xa1, 0xb2, 0xcd, 0x34}: // with longer packet headers
		return pcap
	case [4]byte{0x0a, 0x0d, 0x0d, 0x0a}: // the same in either byte order
		return pcapng
	}
	return unknown
}

func notCapture(name string, begin []byte) error {
	if len(begin) == 0 {
		return fmt.Errorf("%s: %w: it is empty", name, ErrNotCapture)
	}
	if say := otherFormat(begin); say != "" {
		return fmt.Errorf("%s: %w: %s", name, ErrNotCapture, say)
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
