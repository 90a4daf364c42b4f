package tcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"netlab/trace"
	"netlab/wire"
)

// Flags are the control bits of a segment (RFC 9293, Section 3.1), as they lie in the header's 14th octet.
type Flags uint8

// The control bits.
const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
)

// String returns the set bits from the least significant on, as "SYN, ACK"; "none" if no bit is set.
func (f Flags) String() string {
	names := [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"}
	var set []string
	for i, name := range names {
		if f&(1<<i) != 0 {
			set = append(set, name)
		}
	}
	if set == nil {
		return "none"
	}
	return strings.Join(set, ", ")
}

const (
	minHeader = 20 // octets, without options
	maxHeader = 60 // what the four bits of Data Offset can say
)

// Segment is a parsed or a to-be-built segment.
type Segment struct {
	SrcPort, DstPort uint16
	Seq, Ack         Seq
	Flags            Flags
	Window           uint16 // as in the header, not scaled
	Urgent           uint16 // offset from Seq; meaningful if URG is set
	ECN              uint8  // the ECN field of the IP header: NotECT, ECT0, ECT1 or CE
	MayFragment      bool   // to send: the packet goes without DF
	Cut              int    // to send: the data is that of several segments with so many octets each (SetOffload); 0: of one
	Options          Options
	// Payload of a received segment is a part of the packet's own octets. In a segment to send it is a part
	// of the connection's send buffer and valid until the next call on the Conn but Next.
	Payload []byte

	Cause trace.ID     // received: the event of its arrival
	Why   trace.Reason // to send: why; filled only if the connection is traced
}

// Len is SEG.LEN: "the number of octets occupied by the data in the segment (counting SYN and FIN)"
// (RFC 9293, Section 3.4).
func (s *Segment) Len() int {
	n := len(s.Payload)
	if s.Flags&SYN != 0 {
		n++
	}
	if s.Flags&FIN != 0 {
		n++
	}
	return n
}

// Parse reads the segment in b, which ends where the segment ends, without checking its checksum.
// Payload is a part of b. Errors wrap ErrTruncated or ErrHeader.
func Parse(b []byte) (Segment, error) {
	var s Segment
	err := s.Parse(b)
	return s, err
}

// Parse is Parse into s, which it overwrites. After an error s is zero.
func (s *Segment) Parse(b []byte) error {
	*s = Segment{}
	if len(b) < minHeader {
		return fmt.Errorf("%w: %d octets, a header has at least %d", ErrTruncated, len(b), minHeader)
	}
	header := int(b[12]>>4) * 4
	if header < minHeader {
		return fmt.Errorf("%w: data offset %d, a header has at least 5 words", ErrHeader, b[12]>>4)
	}
	if header > len(b) {
		return fmt.Errorf("%w: data offset %d octets, %d there", ErrTruncated, header, len(b))
	}
	s.SrcPort = binary.BigEndian.Uint16(b[0:])
	s.DstPort = binary.BigEndian.Uint16(b[2:])
	s.Seq = Seq(binary.BigEndian.Uint32(b[4:]))
	s.Ack = Seq(binary.BigEndian.Uint32(b[8:]))
	s.Flags = Flags(b[13])
	s.Window = binary.BigEndian.Uint16(b[14:])
	s.Urgent = binary.BigEndian.Uint16(b[18:])
	s.Payload = b[header:]
	if header > minHeader {
		s.Options.parse(b[minHeader:header])
	}
	return nil
}

// HeaderLen is the number of octets of header and options that s needs; always a multiple of 4.
func (s *Segment) HeaderLen() int { return minHeader + s.Options.len() }

// Put writes header, options, payload and checksum to b and returns their length, HeaderLen()+len(s.Payload).
// It panics if b is shorter. The addresses are those of the IP header: the checksum covers them.
func (s *Segment) Put(b []byte, src, dst netip.Addr) int {
	header := s.PutHeader(b, src, dst)
	n := header + len(s.Payload)
	copy(b[header:n], s.Payload)
	// The field holds the sum of the pseudo-header.
	binary.BigEndian.PutUint16(b[16:], ^wire.Sum(0, b[:n]))
	return n
}

// PutHeader writes header and options alone, and returns their length, HeaderLen(). In the checksum's field stands the sum of
// the pseudo-header, to which whoever sends the segment on adds the rest.
func (s *Segment) PutHeader(b []byte, src, dst netip.Addr) int {
	header := s.HeaderLen()
	b = b[:header]
	binary.BigEndian.PutUint16(b[0:], s.SrcPort)
	binary.BigEndian.PutUint16(b[2:], s.DstPort)
	binary.BigEndian.PutUint32(b[4:], uint32(s.Seq))
	binary.BigEndian.PutUint32(b[8:], uint32(s.Ack))
	b[12] = byte(header/4) << 4 // the reserved bits are zero
	b[13] = byte(s.Flags)
	binary.BigEndian.PutUint16(b[14:], s.Window)
	binary.BigEndian.PutUint16(b[16:], wire.PseudoSum(src, dst, protocolNumber, header+len(s.Payload)))
	binary.BigEndian.PutUint16(b[18:], s.Urgent)
	if header > minHeader {
		s.Options.put(b[minHeader:])
	}
	return header
}

// protocolNumber is TCP's in the IP header and the pseudo-header.
const protocolNumber = 6

// Verify checks the checksum of the segment in b: the sum over pseudo-header and segment, its checksum
// included, is all ones. "The sender MUST generate it (MUST-2) and the receiver MUST check it (MUST-3)."
// (RFC 9293, Section 3.1)
func Verify(src, dst netip.Addr, b []byte) bool {
	return wire.Sum(wire.PseudoSum(src, dst, protocolNumber, len(b)), b) == 0xffff
}
