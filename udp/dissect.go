package udp

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"netlab/wire"
)

// Dissect returns the header of the datagram in b as a tree, and its data as far as it is there. bit is the
// offset of b in the packet. The checksum is verified if src and dst are valid and the datagram is whole. What
// is wrong is told in notes. data is nil if not even the header is whole.
func Dissect(b []byte, bit int, src, dst netip.Addr) (n wire.Node, data []byte) {
	n = HeaderLayout().Dissect(b, bit)
	if len(b) < headerLen {
		return n, nil
	}
	length, checksum := n.Find("udp.length"), n.Find("udp.checksum")
	switch {
	case length.Uint < headerLen:
		length.Note, n.Note = "the header alone has 8 octets", "malformed: length too small"
		return n, b[headerLen:]
	case int(length.Uint) > len(b):
		length.Note = fmt.Sprintf("%d octets of the datagram are not there", int(length.Uint)-len(b))
		return n, b[headerLen:]
	}
	b = b[:length.Uint]
	switch {
	case checksum.Uint == 0:
		checksum.Value = "0x0000 (none was sent)"
		if dst.Is6() {
			checksum.Note = "IPv6 does not allow a datagram without checksum"
		}
	case src.IsValid() && dst.IsValid() && !checksumHolds(src, dst, uint16(checksum.Uint), b):
		checksum.Note = fmt.Sprintf("wrong: should be 0x%04x", rightChecksum(src, dst, b))
	}
	return n, b[headerLen:]
}

// rightChecksum returns what the checksum field of the datagram b should hold.
func rightChecksum(src, dst netip.Addr, b []byte) uint16 {
	sum := wire.Sum(wire.PseudoSum(src, dst, protocol, len(b)), b[:6])
	if sum = ^wire.Sum(sum, b[headerLen:]); sum == 0 {
		return 0xffff
	}
	return sum
}

// Data returns the data of the datagram in b as Dissect does, without looking at anything else.
func Data(b []byte) []byte {
	if len(b) < headerLen {
		return nil
	}
	if length := int(binary.BigEndian.Uint16(b[4:])); length >= headerLen && length <= len(b) {
		b = b[:length]
	}
	return b[headerLen:]
}
