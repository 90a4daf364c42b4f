package link

import (
	"encoding/binary"
	"net/netip"

	"netlab/wire"
)

// Offload is what a sender leaves to the link: network cards sum segments, and cut large ones up, and so does the kernel
// behind a TUN with virtio-net headers. The zero value leaves it nothing: the packet is as it is to go over a wire.
type Offload struct {
	// Segment, if not 0, says that the packet is larger than the MTU allows, and holds a TCP segment that stands for several
	// with so many octets of data each, the last perhaps with fewer.
	Segment int

	// Unsummed says that the TCP checksum is not there. In its field stands the sum of the pseudo-header.
	Unsummed bool
}

// Where things stand in the headers of RFC 791, RFC 8200 and RFC 9293.
const (
	ipv4Length, ipv4ID, ipv4Checksum, ipv4Protocol, ipv4Addresses = 2, 4, 10, 9, 12
	ipv6Length, ipv6Addresses, ipv6Header                         = 4, 8, 40
	tcpSeq, tcpOffset, tcpFlags, tcpChecksum                      = 4, 12, 13, 16
	tcpHeader                                                     = 20
	protocolTCP                                                   = 6

	flagFIN, flagPSH, flagCWR = 0x01, 0x08, 0x80
)

// tcpPlace returns where the TCP header of a packet begins and where its data does; ok is false if the packet is too short
// for that, or holds something else.
func tcpPlace(packet []byte) (header, data int, ok bool) {
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4 && packet[ipv4Protocol] == protocolTCP:
		header = int(packet[0]&0x0f) * 4
	case len(packet) >= ipv6Header && packet[0]>>4 == 6 && packet[6] == protocolTCP:
		header = ipv6Header
	default:
		return 0, 0, false
	}
	if len(packet) < header+tcpHeader {
		return 0, 0, false
	}
	data = header + int(packet[header+tcpOffset]>>4)*4
	return header, data, data >= header+tcpHeader && data <= len(packet)
}

// sumUp fills in a checksum of which the field holds the sum of the pseudo-header: the checksum covers what begins at start, and
// its field lies at octets behind that.
func sumUp(packet []byte, start, at int) {
	if start+at+2 > len(packet) || start < 0 || at < 0 {
		return
	}
	sum := ^wire.Sum(0, packet[start:])
	if sum == 0 {
		sum = 0xffff // the same, and UDP's zero means none (RFC 768); TCP has no such case to tell apart
	}
	binary.BigEndian.PutUint16(packet[start+at:], sum)
}

// cut adds to b the packets that a large one stands for, each with at most size octets of data: copies of its headers with what
// differs. It adds nothing if the packet is none that can be cut up.
func (b *batch) cut(packet []byte, size int) {
	header, data, ok := tcpPlace(packet)
	if !ok || size <= 0 {
		return
	}
	for from, i := data, 0; from < len(packet); i++ {
		to := min(from+size, len(packet))
		start := len(b.octets)
		b.octets = append(append(b.octets, packet[:data]...), packet[from:to]...)
		p := b.octets[start:len(b.octets):len(b.octets)]
		if to < len(packet) {
			p[header+tcpFlags] &^= flagFIN | flagPSH
		}
		if i > 0 {
			p[header+tcpFlags] &^= flagCWR // "on the first new data packet" (RFC 3168, Section 6.1.2)
		}
		binary.BigEndian.PutUint32(p[header+tcpSeq:], binary.BigEndian.Uint32(packet[header+tcpSeq:])+uint32(from-data))
		finish(p, header, i)
		b.packets = append(b.packets, Packet{Octets: p})
		from = to
	}
}

// finish fills in lengths and checksums of piece i of a packet that was cut up.
func finish(p []byte, header, i int) {
	n := len(p) - header
	var src, dst netip.Addr
	if header == ipv6Header && p[0]>>4 == 6 {
		binary.BigEndian.PutUint16(p[ipv6Length:], uint16(n))
		src, dst = addresses(p[ipv6Addresses:], 16)
	} else {
		binary.BigEndian.PutUint16(p[ipv4Length:], uint16(len(p)))
		binary.BigEndian.PutUint16(p[ipv4ID:], binary.BigEndian.Uint16(p[ipv4ID:])+uint16(i))
		binary.BigEndian.PutUint16(p[ipv4Checksum:], 0)
		binary.BigEndian.PutUint16(p[ipv4Checksum:], wire.Checksum(p[:header]))
		src, dst = addresses(p[ipv4Addresses:], 4)
	}
	binary.BigEndian.PutUint16(p[header+tcpChecksum:], wire.PseudoSum(src, dst, protocolTCP, n))
	sumUp(p, header, tcpChecksum)
}

// addresses reads two addresses of n octets.
func addresses(b []byte, n int) (src, dst netip.Addr) {
	src, _ = netip.AddrFromSlice(b[:n])
	dst, _ = netip.AddrFromSlice(b[n : 2*n])
	return src, dst
}
