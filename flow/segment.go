package flow

import (
	"encoding/binary"
	"net/netip"

	"netlab/tcp"
)

// Segment is a TCP segment in a capture, as far as a Tracker looks at it. What it looks at of every segment comes first, so that it lies together.
type Segment struct {
	Packet   int   // its packet's number in the capture: 1, 2, 3 …
	At       int64 // when it was captured, in nanoseconds since any fixed time
	Seq, Ack uint32
	Len      int // octets of data on the wire, captured or not
	Window   int // as in the header, not scaled
	Flags    tcp.Flags

	HasTS        bool
	TSVal, TSEcr uint32
	SACKs        int // how many of SACK are there

	key     key // of Src and Dst, if keyed
	swapped bool
	keyed   bool

	SACKOK bool         // the SACK-permitted option is there
	Odd    bool         // an option has an illegal length, or not that of its kind
	MSS    int          // of the option; -1: absent
	Shift  int          // of the window scale option, at most 14 (RFC 7323, Section 2.3); -1: absent
	SACK   [4][2]uint32 // left and right edges, in the order of the option

	Src, Dst netip.AddrPort
	Payload  []byte // the data as far as it was captured: a part of the packet's octets
}

// Read takes the segment in b, which begins with the TCP header and goes on as far as the packet was captured, into s; Packet and At
// are left alone. length is that of the segment on the wire, in octets. It reports false, and s is of no use, if the header is not all there.
func (s *Segment) Read(src, dst netip.Addr, b []byte, length int) bool {
	if len(b) < 20 {
		return false
	}
	header := int(b[12]>>4) * 4
	if header < 20 || header > len(b) {
		return false
	}
	s.Src = netip.AddrPortFrom(src, binary.BigEndian.Uint16(b))
	s.Dst = netip.AddrPortFrom(dst, binary.BigEndian.Uint16(b[2:]))
	s.key, s.swapped = keyOf(s.Src, s.Dst)
	s.keyed = true
	s.Seq, s.Ack = binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
	s.Flags, s.Window = tcp.Flags(b[13]), int(binary.BigEndian.Uint16(b[14:]))
	s.MSS, s.Shift, s.SACKs, s.HasTS, s.SACKOK, s.Odd = -1, -1, 0, false, false, false
	s.Payload = b[header:]
	s.Len = max(length-header, len(s.Payload))
	if header > 20 {
		s.options(b[20:header])
	}
	return true
}

// options reads the options in b. What is unknown, or has not its kind's length, is skipped, as tcp.Parse does.
func (s *Segment) options(b []byte) {
	if len(b) == 12 && binary.BigEndian.Uint32(b) == 0x0101080a { // timestamps alone, as RFC 7323, Appendix A lays them out
		s.HasTS, s.TSVal, s.TSEcr = true, binary.BigEndian.Uint32(b[4:]), binary.BigEndian.Uint32(b[8:])
		return
	}
	for len(b) > 0 && b[0] != 0 {
		if b[0] == 1 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
			s.Odd = true
			return
		}
		s.option(b[0], b[2:b[1]])
		b = b[b[1]:]
	}
}

// option reads one option: its kind, and what follows its length.
func (s *Segment) option(kind byte, b []byte) {
	switch {
	case kind == 2 && len(b) == 2: // RFC 9293, Section 3.2
		s.MSS = int(binary.BigEndian.Uint16(b))
	case kind == 3 && len(b) == 1: // RFC 7323, Section 2.2
		s.Shift = int(min(b[0], 14))
	case kind == 4 && len(b) == 0: // RFC 2018, Section 2
		s.SACKOK = true
	case kind == 8 && len(b) == 8: // RFC 7323, Section 3.2
		s.HasTS, s.TSVal, s.TSEcr = true, binary.BigEndian.Uint32(b), binary.BigEndian.Uint32(b[4:])
	case kind == 5 && len(b)%8 == 0: // RFC 2018, Section 3
		s.SACKs = len(b) / 8 // at most 4: options have 40 octets
		for i := range s.SACKs {
			s.SACK[i] = [2]uint32{binary.BigEndian.Uint32(b[8*i:]), binary.BigEndian.Uint32(b[8*i+4:])}
		}
	case kind == 2 || kind == 3 || kind == 4 || kind == 5 || kind == 8:
		s.Odd = true
	}
}
