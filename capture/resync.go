package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Damage is a place of a file that could not be read, behind which packets were found again.
type Damage struct {
	From, To int64 // the octets From to To-1 of the file, or of what was unpacked, are skipped
	After    int   // so many packets were read before
	Within   bool  // the last of these begins there: its length was wrong, so that too many octets were taken for its own
}

// String says which octets are skipped.
func (d Damage) String() string {
	s := fmt.Sprintf("octets %d to %d are damaged and skipped", d.From, d.To-1)
	if d.Within {
		s += fmt.Sprintf(", and packet %d, which begins there, is not as it was", d.After)
	}
	return s
}

// damage is what a Scanner has found damaged.
type damage struct {
	places []Damage
	more   int   // beyond mostDamage
	first  error // what was wrong first
	steps  int   // how much looking for packets has cost so far
}

const (
	mostDamage = 1 << 10
	// mostSteps bounds how long packets are looked for, in headers that follow others: a file may be made to cost much.
	mostSteps = 1 << 24
	// inARow is how many packets or blocks, each where the one before says that it ends, are no accident.
	inARow = 3
	// usualLargest is the least that is taken for the largest packet of a file: a frame of Ethernet and its headers.
	usualLargest = 2 << 10
)

// Damage returns the places that were skipped so far.
func (s *Scanner) Damage() []Damage { return s.damage.places }

type verdict int

const (
	no verdict = iota
	yes
	needMore // more octets tell
)

// certain reports whether packets of a pcap file, or blocks of a pcapng file, begin at b, and go on over reach octets at least: three in a row, or up to the end of the file. ended
// says that there is nothing behind b. If it cannot be told yet, it returns how many octets are needed. times are those of packets before, if they are known.
//
// A packet may hold a piece of a capture file itself. Over more octets than the largest packet has, such a piece cannot go on.
func (s *Scanner) certain(b []byte, ended bool, reach int, times []int64) (v verdict, need int) {
	at := 0
	sure := s.format == pcapng || len(times) > 0 // two packets at the end of the file do, or one if its time is that of those before
	header := s.recordHeader()
	for n := 0; n < inARow || at < reach; n++ {
		size := 0
		if at+header <= len(b) {
			var t int64
			if size, t = s.plausible(b[at:], times); size == 0 {
				return no, 0
			}
			times = []int64{t}
			s.damage.steps++
		}
		if ended && at == len(b) {
			if n > 1 || n > 0 && sure {
				return yes, 0
			}
			return no, 0
		}
		if size = max(size, header); at+size > len(b) {
			switch {
			case !ended:
				return needMore, at + size
			case n >= inARow:
				return yes, 0 // the file is cut off besides
			}
			return no, 0
		}
		if !s.complete(b[at : at+size]) {
			return no, 0
		}
		at += size
	}
	return yes, 0
}

// recordHeader returns how many octets say how long a packet of a pcap file, or a block of a pcapng file, is.
func (s *Scanner) recordHeader() int {
	if s.format == pcap {
		return s.pcap.header
	}
	return blockFrame
}

// plausible returns how long the packet or block is that may begin at b, and the packet's time; 0 if it does not look like one.
func (s *Scanner) plausible(b []byte, times []int64) (size int, at int64) {
	if s.format == pcap {
		r := s.pcapRecord(b)
		if s.pcap.oddities(&r, times...)&^s.pcap.odd != 0 {
			return 0, 0
		}
		return s.pcap.header + r.captured, r.at
	}
	kind, n := s.order.Uint32(b), s.order.Uint32(b[4:])
	if n < blockFrame || n%4 != 0 || n > maxPiece {
		return 0, 0
	}
	switch kind {
	case blockInterface, blockOldPacket, blockSimple, blockNames, blockStatistics, blockPacket, blockJournal, blockSecrets, blockCustom, blockCustomFixed, blockSection:
		return int(n), 0
	}
	return 0, 0
}

// complete reports whether a block ends with the length that it begins with.
func (s *Scanner) complete(b []byte) bool {
	return s.format == pcap || s.order.Uint32(b[4:]) == s.order.Uint32(b[len(b)-4:])
}

// resync looks behind damage for where packets begin again, takes everything before, and reports whether there is such a place.
func (s *Scanner) resync(err error) bool {
	if s.in.failed() != nil {
		return false
	}
	end := s.in.offset
	d := Damage{From: end, After: s.packets}
	var lost uint32
	if b := s.in.peek(4); s.format == pcapng && len(b) == 4 {
		lost = s.order.Uint32(b)
	}
	// The length that led here may be what is damaged, so the packet before is searched too.
	s.in.back()
	before := s.in.offset
	if !s.find(end) {
		return false
	}
	if d.To = s.in.offset; d.To < end {
		d.From, d.Within = before, true
	}
	if errors.Is(err, ErrCutOff) {
		err = s.damaged(end, "a length that is more than the file has left")
	}
	s.lose(lost)
	s.note(d, err)
	return true
}

// find moves on to where packets are certain to begin. end is where they should have begun: packets from before there have to go on beyond it.
func (s *Scanner) find(end int64) bool {
	at, need := 1, 1
	times := s.known()
	for s.damage.steps < mostSteps {
		s.in.peek(max(need, s.in.there()))
		b, ended := s.in.buf[s.in.at:s.in.to], s.in.err != nil
		if at >= len(b) && ended {
			return false
		}
		for at < len(b) && s.damage.steps < mostSteps {
			v, more := no, 0
			if at += s.nonsense(b[at:]); at == len(b) {
				break
			}
			if here := s.in.offset + int64(at); here != end {
				v, more = s.certain(b[at:], ended, int(max(0, end-here))+max(s.largest, usualLargest), times)
			}
			if v == yes {
				s.in.take(at)
				return true
			}
			if v == needMore {
				need = at + more
				break
			}
			at++
			need = at + 1
		}
		if at > inputBuffer/2 {
			s.in.take(at)
			at, need = 0, need-at
		}
	}
	return false
}

// nonsense returns at how many octets in a row nothing can begin: of almost all of them one number tells.
func (s *Scanner) nonsense(b []byte) int {
	number := binary.LittleEndian.Uint32
	if s.order == binary.BigEndian {
		number = binary.BigEndian.Uint32
	}
	length, most := 4, uint32(maxPiece) // where a block says how long it is
	if s.format == pcap {
		length, most = 8, max(mostLength, uint32(s.pcap.kept))
	}
	at := 0
	for at+length+4 <= len(b) && number(b[at+length:]) > most {
		at++
	}
	return at
}

// lose notes that a block of a kind is lost: what follows may rest on it.
func (s *Scanner) lose(kind uint32) {
	switch kind {
	case blockSection: // what follows belongs to a section of which nothing is known
		s.ng.first = len(s.extra.Interfaces)
	case blockInterface: // interfaces are numbered
		if len(s.extra.Interfaces) < maxInterfaces {
			s.extra.Interfaces = append(s.extra.Interfaces, InterfaceInfo{LinkType: lostLink, Section: s.ng.number, perSecond: 1e6})
		}
	}
}

// note remembers damage.
func (s *Scanner) note(d Damage, err error) {
	if s.damage.first == nil {
		s.damage.first = err
	}
	if len(s.damage.places) == mostDamage {
		s.damage.more++
		return
	}
	s.damage.places = append(s.damage.places, d)
}

// ending returns the error of the end of the file: err, unless there was damage before, which is then said.
func (s *Scanner) ending(err error) error {
	if s.damage.first == nil {
		return err
	}
	d := s.damage.places[0]
	skipped := fmt.Sprintf("octets %d to %d are skipped", d.From, d.To-1)
	if n := len(s.damage.places) + s.damage.more - 1; n > 0 {
		skipped = fmt.Sprintf("octets %d to %d are skipped, besides %s", d.From, d.To-1, plural(n, "more place"))
	}
	follow := plural(s.packets-d.After, "packet") + " follow"
	if s.packets-d.After == 1 {
		follow += "s"
	}
	then := ""
	if say := err.Error(); say != "EOF" {
		then = "; then: " + strings.TrimPrefix(say, s.name+": ")
	}
	return fmt.Errorf("%w; %s, and %s%s", s.damage.first, skipped, follow, then)
}

func plural(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}
