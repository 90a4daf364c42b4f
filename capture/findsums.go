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
}

const (
	maxSenders    = 4096 // that are told apart; of others each wrong checksum is reported
	recentSenders = 4096
)

// checksum judges a transport checksum. Whose checksums are all wrong leaves them to its network card, and the capture was made before the
// card had seen the packets; a sender with right ones and wrong ones had octets changed on the way.
func (f *Finder) checksum(h *header, who netip.AddrPort, protocol string, ref wire.Ref, state sumState) {
	if state == sumAbsent || state == sumUnknown {
		return
	}
	s := f.sender(h.src)
	switch {
	case state == sumRight:
		if s.right = true; s.first.Packet != 0 {
			f.found = append(f.found, s.first)
			s.first = flow.Finding{}
		}
	case state == sumPartial:
		if !s.told {
			s.told = true
			f.add(flow.ChecksumOffload, host(h.src), ref, "leaves checksums to its network card: the packet was captured before the card computed this one, so it is not wrong")
		}
	default:
		s.wrong++
		f.add(flow.WrongChecksum, who, ref, "sends a wrong %s checksum: an octet was changed on the way, and the receiver throws the packet away").Name = protocol
		if !s.right {
			last := len(f.found) - 1
			if s.first.Packet == 0 {
				s.first = f.found[last]
			}
			f.found = f.found[:last] // told when it is known why
		}
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
		s.right = true
	}
	recent.addr, recent.sums = a, s
	return s
}

// sumsEnd reports the senders of which no checksum was right.
func (f *Finder) sumsEnd() {
	for _, s := range f.sums {
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
		return
	}
	f.malformed(host(h.src), ref, h.problem)
}
