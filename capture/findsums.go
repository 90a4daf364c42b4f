package capture

import (
	"encoding/binary"
	"net/netip"

	"netlab/flow"
	"netlab/wire"
)

// wrongHeaderSum is what a header's problem is called if its checksum is wrong.
const wrongHeaderSum = "wrong header checksum"

// senderSums is what the checksums of one sender are worth.
type senderSums struct {
	right bool         // some are
	wrong int          // how many are
	first flow.Finding // the first that is wrong, until it is known why
	told  bool         // it was told that its network card computes them
	ip    headerSums
}

// headerSums is what the checksums of a sender's IP headers are worth.
type headerSums struct {
	right bool
	wrong int
	first flow.Finding // the first that is wrong, until one is right
}

const (
	maxSenders    = 4096 // that are told apart; of others each wrong checksum is reported
	recentSenders = 4096
)

// rightSums says which ends of a connection have sent right checksums: about more of these there is nothing to say.
type rightSums struct {
	stream int32 // 1 + the connection's number
	ends   [2]bool
}

const recentRight = 1 << 12

// isRight reports whether it was known that the sender of a segment has sent right checksums. From now on it is, as this one is right.
func (f *Finder) isRight(at flow.Place) bool {
	r := &f.right[at.Stream%recentRight]
	if r.stream != int32(at.Stream)+1 {
		*r = rightSums{stream: int32(at.Stream) + 1}
	}
	was := r.ends[at.Dir]
	r.ends[at.Dir] = true
	return was
}

// checksum judges a transport checksum. Whose checksums are all wrong leaves them to its network card, and the capture was made before the
// card had seen the packets; a sender with right ones and wrong ones had octets changed on the way.
func (f *Finder) checksum(h *header, who netip.AddrPort, protocol string, ref wire.Ref, state sumState) {
	s := f.sender(h.src)
	f.rightHeader(h, s)
	if state == sumAbsent || state == sumUnknown {
		return
	}
	switch {
	case state == sumRight:
		s.right = true
		f.release(&s.first)
	case state == sumPartial:
		if !s.told {
			s.told = true
			f.add(flow.ChecksumOffload, host(h.src), ref, "leaves checksums to its network card: the packet was captured before the card computed this one, so it is not wrong")
		}
	default:
		s.wrong++
		f.add(flow.WrongChecksum, who, ref, "sends a wrong %s checksum: an octet was changed on the way, and the receiver throws the packet away").Name = protocol
		if !s.right {
			f.hold(&s.first)
		}
	}
}

// hold takes back the latest finding until it is known why. Of several, the first is kept.
func (f *Finder) hold(first *flow.Finding) {
	last := len(f.found) - 1
	if first.Packet == 0 {
		*first = f.found[last]
	}
	f.found = f.found[:last]
}

// release tells what was held.
func (f *Finder) release(first *flow.Finding) {
	if first.Packet != 0 {
		f.found = append(f.found, *first)
		*first = flow.Finding{}
	}
}

// sender returns what is known of a sender's checksums.
func (f *Finder) sender(a netip.Addr) *senderSums {
	octets := a.As16()
	recent := &f.senders[binary.BigEndian.Uint32(octets[12:])*0x9e3779b1>>(32-12)]
	if recent.addr == a {
		return recent.sums
	}
	s := f.sums[a]
	switch {
	case s != nil:
	case len(f.sums) < maxSenders:
		s = &senderSums{}
		f.sums[a] = s
	default:
		s = &f.otherSums
		s.right, s.ip.right = true, true
	}
	recent.addr, recent.sums = a, s
	return s
}

// sumsEnd reports the senders of which no checksum was right.
func (f *Finder) sumsEnd() {
	for _, s := range f.sums {
		if first := s.ip.first; first.Packet != 0 {
			if s.ip.wrong > 1 {
				first.Say = "sends wrong IP header checksums in all of %d packets, this being the first: something changed the headers and left the checksums, such as a program that edits captures"
				first.Args[0] = int64(s.ip.wrong)
			}
			f.found = append(f.found, first)
		}
		if s.first.Packet == 0 {
			continue
		}
		one := s.first
		if s.wrong > 1 {
			one.Kind, one.Say = flow.ChecksumOffload, "sends wrong %s checksums in all of %d packets, this being the first: it leaves them to its network card, and the capture was made before that computed them"
			one.Args[0] = int64(s.wrong)
		}
		f.found = append(f.found, one)
	}
	sortFindings(f.found)
}

// rightHeader takes note of a header that is right.
func (f *Finder) rightHeader(h *header, s *senderSums) {
	if h.problem == "" && !s.ip.right {
		s.ip.right = true
		f.release(&s.ip.first)
	}
}

// headerProblem reports what is wrong with an IP header.
func (f *Finder) headerProblem(b []byte, h *header) {
	ref := wire.RFC("791", "")
	if h.dst.Is6() {
		ref = wire.RFC("8200", "3")
	}
	if h.problem == wrongHeaderSum && binary.BigEndian.Uint16(b[10:]) == 0 {
		if s := f.sender(h.src); !s.told {
			s.told = true
			f.add(flow.ChecksumOffload, host(h.src), ref, "leaves the checksum of the IP header to its network card: the packet was captured before the card computed it, so it is not wrong")
		}
		return
	}
	if h.problem == wrongHeaderSum {
		f.add(flow.WrongChecksum, host(h.src), ref, "sends a wrong IP header checksum: the header was changed on the way, and the next router or the receiver throws the packet away")
		if s := f.sender(h.src); !s.ip.right {
			s.ip.wrong++
			f.hold(&s.ip.first)
		}
		return
	}
	f.malformed(host(h.src), ref, h.problem)
}
