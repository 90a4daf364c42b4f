package udp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"

	"netlab/wire"
)

// Dissector takes datagrams apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked  wire.Asked
	header wire.Layout
}

// NewDissector returns a dissector that shows of datagrams what is asked for.
func NewDissector(asked wire.Asked) *Dissector { return &Dissector{asked, HeaderLayout()} }

// Dissect returns the header of the datagram in b as a tree, and its data as far as it is there. bit is the
// offset of b in the packet. The checksum is verified if src and dst are valid and the datagram is whole. What
// is wrong is told in notes. data is nil if not even the header is whole.
func Dissect(b []byte, bit int, src, dst netip.Addr) (n wire.Node, data []byte) {
	return NewDissector("").Datagram(b, bit, src, dst), Data(b)
}

// Datagram is Dissect, for what is asked for, without the data.
func (d *Dissector) Datagram(b []byte, bit int, src, dst netip.Addr) wire.Node {
	n := d.asked.Dissect(&d.header, b, bit)
	if len(b) < headerLen {
		return n
	}
	length := int(binary.BigEndian.Uint16(b[4:]))
	switch {
	case length < headerLen:
		n.With("udp.length", func(f *wire.Node) { f.Note = "the header alone has 8 octets" })
		n.Note = "malformed: length too small"
		return n
	case length > len(b):
		n.With("udp.length", func(f *wire.Node) {
			f.Note = strconv.Itoa(length-len(b)) + " octets of the datagram are not there"
		})
		return n
	}
	n.With("udp.checksum", func(f *wire.Node) { checkSum(f, b[:length], src, dst) })
	return n
}

// checkSum says of the checksum of the datagram in b when it is absent or wrong.
func checkSum(f *wire.Node, b []byte, src, dst netip.Addr) {
	switch {
	case f.Uint == 0:
		f.Value = "0x0000 (none was sent)"
		if dst.Is6() {
			f.Note = "IPv6 does not allow a datagram without checksum"
		}
	case src.IsValid() && dst.IsValid() && !checksumHolds(src, dst, uint16(f.Uint), b):
		f.Note = fmt.Sprintf("wrong: should be 0x%04x", rightChecksum(src, dst, b))
	}
}

// rightChecksum returns what the checksum field of the datagram b should hold.
func rightChecksum(src, dst netip.Addr, b []byte) uint16 {
	sum := wire.Sum(wire.PseudoSum(src, dst, protocol, len(b)), b[:6])
	if sum = ^wire.Sum(sum, b[headerLen:]); sum == 0 {
		return 0xffff
	}
	return sum
}

// Data returns the data of the datagram in b as far as it is there; nil if not even the header is whole.
func Data(b []byte) []byte {
	if len(b) < headerLen {
		return nil
	}
	if length := int(binary.BigEndian.Uint16(b[4:])); length >= headerLen && length <= len(b) {
		b = b[:length]
	}
	return b[headerLen:]
}
