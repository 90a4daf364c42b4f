package capture

import (
	"encoding/binary"
	"io"
)

// pcapHeader is what the header of a pcap file says of its packets (draft-ietf-opsawg-pcap).
type pcapHeader struct {
	linkType LinkType
	unit     int64 // nanoseconds in the unit of the second part of times
	header   int   // octets of a packet's header
	old      bool  // of a version that had both lengths the other way round
	mixed    bool  // of the version in which some programs had them so
	kept     int   // octets that are kept of a packet at most, as far as one can rely on it
	odd      oddities
}

const (
	pcapFileHeader   = 24
	pcapPacketHeader = 16
)

func (s *Scanner) openPcap() error {
	b := s.in.peek(pcapFileHeader)
	if len(b) < pcapFileHeader {
		return s.short("the file header")
	}
	s.order = binary.BigEndian
	if b[0] != 0xa1 {
		s.order = binary.LittleEndian
	}
	s.pcap = pcapHeader{unit: 1000, header: pcapPacketHeader}
	switch s.order.Uint32(b) {
	case 0xa1b23c4d:
		s.pcap.unit = 1
	case 0xa1b2cd34: // Kuznetzov's patched libpcap: interface, protocol and packet type follow the lengths
		s.pcap.header += 8
	}
	major, minor := s.order.Uint16(b[4:]), s.order.Uint16(b[6:])
	if major != 2 {
		return s.damaged(4, "version %d.%d of the format; this reads 2.0 to 2.4", major, minor)
	}
	// Before version 2.3 the length on the wire came first; in that version it depends on who wrote the file, and no packet has more octets captured than it had.
	s.pcap.old, s.pcap.mixed = minor < 3, minor == 3
	// "Bits 16 to 31 of this field are used to indicate whether an FCS is present"; the type has the other half.
	s.pcap.linkType = LinkType(s.order.Uint32(b[20:]) & 0xffff)
	snap := s.order.Uint32(b[16:])
	s.pcap.kept = max(usualSnap, int(min(snap, maxPiece)))
	s.extra.Interfaces = []InterfaceInfo{{LinkType: s.pcap.linkType, SnapLen: snapLen(snap)}}
	s.in.take(pcapFileHeader)
	return nil
}

// nextPcap reads a packet of a pcap file.
func (s *Scanner) nextPcap(p *RawPacket) error {
	h := s.in.peek(s.pcap.header)
	if len(h) < s.pcap.header {
		if len(h) == 0 && s.in.err == io.EOF {
			return io.EOF
		}
		return s.short(s.place())
	}
	r := s.pcapRecord(h)
	if r.captured > maxPiece-s.pcap.header {
		return s.damaged(s.in.offset+8, "a packet of %d octets; the largest that is read has %d", r.captured, maxPiece)
	}
	if err := s.doubt(&r); err != nil {
		return err
	}
	whole := s.pcap.header + r.captured
	b := s.in.peek(whole)
	if len(b) < whole {
		return s.short(s.place())
	}
	*p = RawPacket{
		At: r.at, Offset: s.in.offset + int64(s.pcap.header), Data: b[s.pcap.header:whole:whole],
		Length: max(r.length, r.captured), LinkType: s.pcap.linkType,
	}
	s.in.take(whole)
	s.in.behind = whole
	s.largest = max(s.largest, whole)
	return nil
}

// pcapRecord is what the header of a packet says.
type pcapRecord struct {
	at               int64 // nanoseconds since 1970
	part             uint32
	captured, length int
}

func (s *Scanner) pcapRecord(h []byte) pcapRecord {
	r := pcapRecord{part: s.order.Uint32(h[4:]), captured: int(s.order.Uint32(h[8:])), length: int(s.order.Uint32(h[12:]))}
	if s.pcap.old || s.pcap.mixed && r.captured > r.length {
		r.captured, r.length = r.length, r.captured
	}
	r.at = int64(s.order.Uint32(h))*1e9 + int64(r.part)*s.pcap.unit
	return r
}

// snapLen is the most that is kept of a packet; 0 if that is no limit.
func snapLen(v uint32) int {
	if v >= 1<<18 {
		return 0
	}
	return int(v)
}
