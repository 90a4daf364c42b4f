package capture

import "time"

// The header of a packet in a pcap file has nothing that would show damage: every octets are some times and lengths. A header that is odd is believed if
// others follow where it says that its packet ends.

// oddities are what is odd about a header, one bit each. What is odd about the first one is how its file is.
type oddities uint8

const (
	oddPart   oddities = 1 << iota // more microseconds or nanoseconds than a second has
	oddLength                      // more captured than there was on the wire, or more on the wire than any packet has
	oddSize                        // more captured than the file keeps of a packet
	oddEmpty                       // nothing captured
	oddTime                        // far from the packets before
)

const (
	// usualSnap is how much is kept of a packet unless the file says more: MAXIMUM_SNAPLEN of libpcap. Some files keep more than they say.
	usualSnap = 1 << 18
	// mostLength is more than any packet has on its way to or from a network card: Linux puts together 512 KiB at most (GRO_MAX_SIZE).
	mostLength = 1 << 20
	// nearby is how far apart the times of two packets in a row are, mostly; a clock may be set meanwhile.
	nearby = 24 * time.Hour
)

// oddities returns what is odd about a header, behind packets with the given times.
func (h *pcapHeader) oddities(r *pcapRecord, times ...int64) oddities {
	var odd oddities
	if int64(r.part) >= 1e9/h.unit {
		odd |= oddPart
	}
	if r.captured > r.length || r.length > mostLength {
		odd |= oddLength
	}
	if r.captured > h.kept {
		odd |= oddSize
	}
	if r.captured == 0 {
		odd |= oddEmpty
	}
	far := len(times) > 0
	for _, t := range times {
		far = far && (r.at-t > int64(nearby) || t-r.at > int64(nearby))
	}
	if far {
		odd |= oddTime
	}
	return odd
}

// doubt returns an error if the header that is next is odd and nothing shows that it is right.
func (s *Scanner) doubt(r *pcapRecord) error {
	odd := s.pcap.oddities(r, s.known()...)
	if odd&^s.pcap.odd&^oddEmpty == 0 {
		return nil // nothing is done but this for almost every packet
	}
	whole := s.pcap.header + r.captured
	if odd&^s.pcap.odd&^oddEmpty == oddTime && s.framed(whole) || s.follows(whole, r.at) {
		return nil
	}
	if s.packets == 0 {
		s.pcap.odd = odd
		if s.follows(whole, r.at) {
			return nil
		}
		s.pcap.odd = 0
	}
	at := s.in.offset
	switch {
	case odd&oddPart != 0:
		return s.damaged(at+4, "a time with %d parts of a second, of which a second has %d", r.part, int64(1e9)/s.pcap.unit)
	case odd&oddSize != 0:
		return s.damaged(at+8, "a packet of %d octets, and %d at most are kept of each", r.captured, s.pcap.kept)
	case odd&oddLength != 0:
		return s.damaged(at+8, "%d octets captured of a packet of %d", r.captured, r.length)
	}
	return s.damaged(at, "the time of a packet is far from that of the one before, and no packet follows where it should end")
}

// framed reports whether the file ends after so many octets, or has a header there that is odd in nothing but its time: in files that were put together,
// times jump as they like, and octets that are no header do not look like one.
func (s *Scanner) framed(after int) bool {
	s.in.peek(after + s.pcap.header)
	b := s.in.buf[s.in.at:s.in.to]
	if s.in.err != nil && len(b) == after {
		return true
	}
	if len(b) < after+s.pcap.header {
		return false
	}
	next := s.pcapRecord(b[after:])
	return s.pcap.oddities(&next)&^s.pcap.odd&^oddEmpty == 0
}

// known returns the times of the last packets. Two, since that of one may be damaged.
func (s *Scanner) known() []int64 { return s.times[:min(s.packets, len(s.times))] }

// follows reports whether the file ends after so many octets, or packets are certain to begin there.
func (s *Scanner) follows(after int, at int64) bool {
	need := after
	for {
		b := s.in.peek(need)
		if len(b) < after {
			return false
		}
		b = s.in.buf[s.in.at:s.in.to]
		ended := s.in.err != nil
		if ended && len(b) == after {
			return true
		}
		v, more := s.certain(b[after:], ended, 0, append([]int64{at}, s.known()...))
		if v != needMore {
			return v == yes
		}
		need = after + more
	}
}
