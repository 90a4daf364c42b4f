package capture

import (
	"encoding/binary"
	"io"
	"math"
	"math/bits"
)

// A pcapng file (draft-ietf-opsawg-pcapng) is a sequence of blocks: type, length, body, and the length again. A section
// header begins a section, with a byte order and interfaces of its own. Blocks that are not known are skipped.
const (
	blockInterface  = 1
	blockOldPacket  = 2
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockPacket     = 6
	blockJournal    = 9
	blockSecrets    = 10
	blockSection    = 0x0a0d0d0a

	blockCustom      = 0x00000bad
	blockCustomFixed = 0x40000bad // not to be copied by who does not know it

	blockFrame = 12 // octets of a block besides its body
)

// section is where the reading of a pcapng file is.
type section struct {
	first  int // index of the section's first interface in Extra.Interfaces
	number int
}

// openSection reads a section header, which says in which byte order everything up to the next one is.
func (s *Scanner) openSection() error {
	within := "the file header"
	if s.mark > 0 {
		within = s.place()
	}
	b := s.in.peek(16)
	if len(b) < 16 {
		return s.short(within)
	}
	at := s.in.offset
	switch [4]byte(b[8:12]) {
	case [4]byte{0x1a, 0x2b, 0x3c, 0x4d}:
		s.order = binary.BigEndian
	case [4]byte{0x4d, 0x3c, 0x2b, 0x1a}:
		s.order = binary.LittleEndian
	default:
		return s.damaged(at+8, "the byte-order magic of a section is % x, not 1a 2b 3c 4d or 4d 3c 2b 1a", b[8:12])
	}
	if major := s.order.Uint16(b[12:]); major != 1 {
		return s.damaged(at+12, "version %d.%d of the format; this reads 1.0", major, s.order.Uint16(b[14:]))
	}
	size := s.order.Uint32(b[4:])
	if size < 28 || size%4 != 0 {
		return s.damaged(at+4, "a section header of %d octets; it has at least 28, and a multiple of 4", size)
	}
	body, err := s.body(size, within)
	if err != nil {
		return err
	}
	s.extra.addComments(comments(body[16:], s.order))
	s.ng = section{first: len(s.extra.Interfaces), number: s.extra.Sections}
	s.extra.Sections++
	s.leave(size)
	return nil
}

// nextPcapng reads blocks up to the next packet.
func (s *Scanner) nextPcapng(p *RawPacket) error {
	for {
		h := s.in.peek(8)
		if len(h) < 8 {
			if len(h) == 0 && s.in.err == io.EOF {
				return io.EOF
			}
			return s.short(s.place())
		}
		kind, size := s.order.Uint32(h), s.order.Uint32(h[4:])
		if kind == blockSection {
			if err := s.openSection(); err != nil {
				return err
			}
			continue
		}
		if size < blockFrame || size%4 != 0 {
			return s.damaged(s.in.offset+4, "a block of %d octets; it has at least %d, and a multiple of 4", size, blockFrame)
		}
		if found, err := s.block(kind, size, p); found || err != nil {
			return err
		}
	}
}

// block reads one block and reports whether it is a packet, which is then in p.
func (s *Scanner) block(kind, size uint32, p *RawPacket) (found bool, err error) {
	body, err := s.body(size, s.place())
	if err != nil {
		return false, err
	}
	switch kind {
	case blockPacket, blockOldPacket:
		err = s.packet(kind, body, p)
	case blockSimple:
		err = s.simplePacket(body, p)
	case blockInterface:
		err = s.declare(body)
	case blockNames:
		s.extra.addNames(body, s.order)
	case blockStatistics:
		s.statistics(body)
	case blockSecrets:
		s.extra.addSecrets(body, s.order)
	default:
		s.extra.Skipped++
	}
	if err != nil {
		return false, err
	}
	s.leave(size)
	return kind == blockPacket || kind == blockOldPacket || kind == blockSimple, nil
}

// body returns what a block holds between its lengths, without taking it. "Block Total Length: Total size of this block, in octets. This field is
// duplicated to permit backward file navigation." Where both differ, one of them is wrong, and with it where the next block begins.
func (s *Scanner) body(size uint32, within string) ([]byte, error) {
	if size > maxPiece {
		return nil, s.damaged(s.in.offset+4, "a block of %d octets; the largest that is read has %d", size, maxPiece)
	}
	b := s.in.peek(int(size))
	if len(b) < int(size) {
		return nil, s.short(within)
	}
	if again := s.order.Uint32(b[size-4:]); again != size {
		return nil, s.damaged(s.in.offset+int64(size)-4, "a block that began with %d octets as its length ends with %d", size, again)
	}
	return b[8 : size-4], nil
}

// leave takes a block.
func (s *Scanner) leave(size uint32) {
	s.largest = max(s.largest, int(size))
	s.in.take(int(size))
}

// packet reads the body of a packet block, of the present kind or the old one.
func (s *Scanner) packet(kind uint32, b []byte, p *RawPacket) error {
	const fixed = 20
	at := s.in.offset + 8
	if len(b) < fixed {
		return s.damaged(at, "a packet block of %d octets; it has at least %d", len(b)+blockFrame, fixed+blockFrame)
	}
	iface := s.order.Uint32(b)
	if kind == blockOldPacket {
		iface = uint32(s.order.Uint16(b))
	}
	i, err := s.of(iface, at)
	if err != nil {
		return err
	}
	captured, length := s.order.Uint32(b[12:]), s.order.Uint32(b[16:])
	if int64(captured) > int64(len(b)-fixed) {
		return s.damaged(at+12, "a packet of %d octets in a block with room for %d", captured, len(b)-fixed)
	}
	end := fixed + int(captured)
	*p = RawPacket{
		At: i.time(uint64(s.order.Uint32(b[4:]))<<32 | uint64(s.order.Uint32(b[8:]))), Offset: at + fixed,
		Data: b[fixed:end:end], Length: max(int(length), int(captured)), LinkType: i.LinkType, Interface: s.ng.first + int(iface),
		order: s.order, options: b[min(len(b), fixed+int(captured+3)&^3):],
	}
	return nil
}

// simplePacket reads the body of a simple packet block: no time, and always the section's first interface.
func (s *Scanner) simplePacket(b []byte, p *RawPacket) error {
	at := s.in.offset + 8
	if len(b) < 4 {
		return s.damaged(at, "a simple packet block of %d octets; it has at least 16", len(b)+blockFrame)
	}
	i, err := s.of(0, at)
	if err != nil {
		return err
	}
	// "the size of the captured packet data is the minimum of the Original Packet Length and the SnapLen"
	length := s.order.Uint32(b)
	captured := int(min(uint32(len(b)-4), length))
	if i.SnapLen > 0 {
		captured = min(captured, i.SnapLen)
	}
	*p = RawPacket{
		At: s.times[0], Untimed: true, Offset: at + 4, Data: b[4 : 4+captured : 4+captured], Length: max(int(length), captured),
		LinkType: i.LinkType, Interface: s.ng.first,
	}
	return nil
}

// of returns an interface of the present section.
func (s *Scanner) of(iface uint32, at int64) (*InterfaceInfo, error) {
	if n := len(s.extra.Interfaces) - s.ng.first; int64(iface) >= int64(n) {
		return nil, s.damaged(at, "a packet of interface %d, and %d interfaces are declared", iface, n)
	}
	return &s.extra.Interfaces[s.ng.first+int(iface)], nil
}

// time turns a time in the interface's units into nanoseconds since 1970, as far as these reach.
func (i *InterfaceInfo) time(units uint64) int64 {
	var seconds, part uint64
	switch i.perSecond {
	case 1e6: // division by a constant is several times as fast
		seconds, part = units/1e6, units%1e6*1000
	case 1e9:
		seconds, part = units/1e9, units%1e9
	case 0:
	default:
		seconds = units / i.perSecond
		hi, lo := bits.Mul64(units%i.perSecond, 1e9)
		part, _ = bits.Div64(hi, lo, i.perSecond)
	}
	const most = math.MaxInt64/1_000_000_000 - 1
	if seconds > most {
		return math.MaxInt64
	}
	whole := int64(seconds) + i.offset // the offset is bounded, so that this does not overflow
	return max(-most, min(most, whole))*1e9 + int64(part)
}
