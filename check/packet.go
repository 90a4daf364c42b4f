package check

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"

	"netlab/ip"
	"netlab/tcp"
	"netlab/wire"
)

// Ports and addresses of every script. The other connections, 2 and up, come from the ports after peerPort.
const (
	localPort = 8080
	peerPort  = 40000
	floodPort = 10000
)

// Local returns the address of what is tested, Peer that of the script's side.
func Local(ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.MustParseAddr("fd77::1")
	}
	return netip.MustParseAddr("10.77.0.1")
}

// Peer returns the address of the script's side.
func Peer(ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.MustParseAddr("fd77::2")
	}
	return netip.MustParseAddr("10.77.0.2")
}

// pattern fills b with the octets that a stream has from offset on, so that each octet tells where it belongs.
func pattern(b []byte, offset int64) {
	for i := range b {
		n := offset + int64(i)
		b[i] = byte(n%251) ^ byte(n/251%256)
	}
}

// misplaced returns the offset of the first octet of b that a stream does not have at that place; -1: none.
func misplaced(b []byte, offset int64) int {
	want := make([]byte, len(b))
	pattern(want, offset)
	for i := range b {
		if b[i] != want[i] {
			return i
		}
	}
	return -1
}

// numbers are a segment's, as they stand in its header.
type numbers struct {
	seq, ack uint32
	options  []byte
}

// header returns the octets of an IP packet around payload. The payload's checksum is already right.
func header(k *Packet, src, dst netip.Addr, protocol ip.Protocol, payload []byte) []byte {
	h := ip.Header{Src: src, Dst: dst, TTL: 64, Protocol: protocol, DontFragment: k.DF != 0, TOS: uint8(max(0, k.ECN))}
	if k.TTL != 0 {
		h.TTL = uint8(k.TTL)
	}
	b := make([]byte, h.Len()+len(payload))
	h.TotalLength = len(b)
	h.Put(b)
	copy(b[h.Len():], payload)
	return b
}

// segmentOctets builds the TCP segment that a script's line describes.
func segmentOctets(k *Packet, n numbers, src, dst netip.AddrPort) []byte {
	s := &k.Segment
	headerLen := 20 + (len(n.options)+3)&^3
	b := make([]byte, headerLen+s.Length)
	binary.BigEndian.PutUint16(b, src.Port())
	binary.BigEndian.PutUint16(b[2:], dst.Port())
	binary.BigEndian.PutUint32(b[4:], n.seq)
	binary.BigEndian.PutUint32(b[8:], n.ack)
	offset := headerLen / 4
	if s.Offset != 0 {
		offset = s.Offset
	}
	b[12], b[13] = byte(offset<<4|s.Reserved), s.Flags
	window := s.Window
	if window < 0 {
		window = 65535
	}
	binary.BigEndian.PutUint16(b[14:], uint16(window))
	binary.BigEndian.PutUint16(b[18:], uint16(max(0, s.Urgent)))
	copy(b[20:], n.options)
	first := s.Seq
	if s.Flags&uint8(tcp.SYN) != 0 {
		first++
	}
	pattern(b[headerLen:], first-1)
	sum := wire.Sum(wire.PseudoSum(src.Addr(), dst.Addr(), uint8(ip.TCP), len(b)), b)
	if k.BadSum {
		sum++
	}
	binary.BigEndian.PutUint16(b[16:], ^sum)
	return b
}

// seen is a packet that was sent, taken apart.
type seen struct {
	octets  []byte
	header  ip.Header
	payload []byte
	// of a segment
	src, dst uint16
	seq, ack uint32
	flags    uint8
	reserved int
	window   int
	urgent   int
	options  []Option
	raw      []byte // the options' octets
	data     []byte
	icmp     ip.Message
	problem  string // why it is no good packet
}

// look takes a packet apart.
func look(octets []byte) (s seen) {
	s.octets = octets
	var err error
	if s.header, s.payload, err = ip.Parse(octets); err != nil {
		s.problem = err.Error()
		return s
	}
	p := s.payload
	switch s.header.Protocol {
	case ip.TCP:
		if len(p) < 20 || int(p[12]>>4)*4 < 20 || int(p[12]>>4)*4 > len(p) {
			s.problem = "its header is cut short"
			return s
		}
		s.src, s.dst = binary.BigEndian.Uint16(p), binary.BigEndian.Uint16(p[2:])
		s.seq, s.ack = binary.BigEndian.Uint32(p[4:]), binary.BigEndian.Uint32(p[8:])
		s.flags, s.reserved = p[13], int(p[12]&15)
		s.window, s.urgent = int(binary.BigEndian.Uint16(p[14:])), int(binary.BigEndian.Uint16(p[18:]))
		end := int(p[12]>>4) * 4
		s.raw, s.data = p[20:end], p[end:]
		s.options = readOptions(s.raw)
		if !tcp.Verify(s.header.Src, s.header.Dst, p) {
			s.problem = "its TCP checksum is wrong"
		}
	case ip.ICMP, ip.ICMPv6:
		if s.icmp, err = ip.ParseICMP(s.header.Src, s.header.Dst, p); err != nil {
			s.problem = err.Error()
		}
	}
	return s
}

// text writes a segment as a script would, with numbers that f makes relative.
func (s *seen) text(f *flow) string {
	switch {
	case s.header.Protocol == ip.ICMP || s.header.Protocol == ip.ICMPv6:
		return fmt.Sprintf("icmp %v code %d", s.icmp.Type, s.icmp.Code)
	case s.header.Protocol == ip.UDP:
		return fmt.Sprintf("udp (%d)", len(s.payload)-8)
	case s.header.Protocol != ip.TCP:
		return s.header.Protocol.String()
	}
	seq := f.localRel(s.seq, s.flags)
	text := fmt.Sprintf("%s %d:%d(%d)", flagsText(s.flags), seq, seq+int64(len(s.data)), len(s.data))
	if s.flags&uint8(tcp.ACK) != 0 {
		text += fmt.Sprintf(" ack %d", f.peerRel(s.ack))
	}
	text += fmt.Sprintf(" win %d", s.window)
	if s.flags&uint8(tcp.URG) != 0 {
		text += fmt.Sprintf(" urg %d", s.urgent)
	}
	var options []string
	for _, o := range s.options {
		options = append(options, f.relative(o).String())
	}
	if options != nil {
		text += " <" + strings.Join(options, ",") + ">"
	}
	if e := s.header.TOS & 3; e != 0 {
		text = [...]string{"", "[ect1] ", "[ect0] ", "[ce] "}[e] + text
	}
	return text
}
