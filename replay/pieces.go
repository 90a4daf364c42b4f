package replay

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"netlab/ip"
	"netlab/tcp"
)

// Pieces cuts a TCP segment that is larger than a link's MTU as a network card does to which the system leaves that: a capture made before the card shows
// it whole. The pieces have their sums. Whatever is small enough, or cannot be cut, comes back alone, as it is.
func Pieces(packet []byte, mtu int) [][]byte {
	h, payload, ok := parse(packet)
	if len(packet) <= mtu || !ok || h.Protocol != ip.TCP || h.IsFragment() {
		return [][]byte{packet}
	}
	seg, err := tcp.Parse(payload)
	before := len(packet) - len(seg.Payload) // the headers
	if err != nil || seg.Flags&(tcp.SYN|tcp.RST) != 0 || before >= mtu {
		return [][]byte{packet}
	}
	at := len(packet) - len(payload) // the TCP header
	var pieces [][]byte
	for data, seq := seg.Payload, seg.Seq; len(data) > 0; {
		n := min(len(data), mtu-before)
		piece := slices.Concat(packet[:before], data[:n])
		binary.BigEndian.PutUint32(piece[at+4:], uint32(seq))
		if n < len(data) {
			piece[at+13] &^= byte(tcp.FIN | tcp.PSH)
		}
		if len(pieces) > 0 {
			piece[at+13] &^= byte(tcp.CWR) // RFC 3168, Section 6.1.2: it answers once
		}
		resize(piece, len(pieces), h.Src, h.Dst)
		total(ip.TCP, piece[at:], h.Src, h.Dst)
		pieces = append(pieces, piece)
		data, seq = data[n:], seq.Add(n)
	}
	return pieces
}

// resize writes a packet's length into its IP header, and gives piece i of IPv4 an identification of its own.
func resize(b []byte, i int, src, dst netip.Addr) {
	if b[0]>>4 == 4 {
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
		binary.BigEndian.PutUint16(b[4:], binary.BigEndian.Uint16(b[4:])+uint16(i))
	} else {
		binary.BigEndian.PutUint16(b[4:], uint16(len(b)-40))
	}
	put(b, src, dst)
}

// parse reads a packet whose own sum may have been left to the network card: then it is made right.
func parse(b []byte) (h ip.Header, payload []byte, ok bool) {
	h, payload, err := ip.Parse(b)
	if err != nil && len(b) > 0 && b[0]>>4 == 4 {
		if n := int(b[0]&15) * 4; n >= 20 && n <= len(b) {
			sum := [2]byte(b[10:])
			sum4(b[:n])
			if h, payload, err = ip.Parse(b); err != nil {
				copy(b[10:], sum[:])
			}
		}
	}
	return h, payload, err == nil
}
