package ip

import (
	"encoding/binary"
	"net/netip"
	"strconv"

	"netlab/wire"
)

// MessageType is the type of an ICMP message (RFC 792), or that of an ICMPv6 message (RFC 4443) with 256 added: the two
// give the same numbers to different things.
type MessageType uint16

// version6 is what is added to the types of ICMPv6.
const version6 MessageType = 256

// The types of message that netlab knows.
const (
	EchoReply        MessageType = 0
	Unreachable      MessageType = 3
	SourceQuench     MessageType = 4 // deprecated by RFC 6633
	Redirect         MessageType = 5
	EchoRequest      MessageType = 8
	TimeExceeded     MessageType = 11
	ParameterProblem MessageType = 12

	Unreachable6          = version6 + 1
	PacketTooBig          = version6 + 2
	TimeExceeded6         = version6 + 3
	ParameterProblem6     = version6 + 4
	EchoRequest6          = version6 + 128
	EchoReply6            = version6 + 129
	RouterSolicitation    = version6 + 133 // RFC 4861, as the following
	RouterAdvertisement   = version6 + 134
	NeighborSolicitation  = version6 + 135
	NeighborAdvertisement = version6 + 136
	Redirect6             = version6 + 137
)

// String returns "echo request"; "type 9" for one without a name here.
func (t MessageType) String() string {
	switch t {
	case EchoReply, EchoReply6:
		return "echo reply"
	case Unreachable, Unreachable6:
		return "destination unreachable"
	case SourceQuench:
		return "source quench"
	case Redirect, Redirect6:
		return "redirect"
	case EchoRequest, EchoRequest6:
		return "echo request"
	case TimeExceeded, TimeExceeded6:
		return "time exceeded"
	case ParameterProblem, ParameterProblem6:
		return "parameter problem"
	case PacketTooBig:
		return "packet too big"
	case RouterSolicitation:
		return "router solicitation"
	case RouterAdvertisement:
		return "router advertisement"
	case NeighborSolicitation:
		return "neighbor solicitation"
	case NeighborAdvertisement:
		return "neighbor advertisement"
	}
	return "type " + strconv.Itoa(int(t%version6))
}

// TypeOf returns the type that the first octet of a message to dst stands for.
func TypeOf(dst netip.Addr, octet uint8) MessageType {
	if dst.Is6() {
		return version6 + MessageType(octet)
	}
	return MessageType(octet)
}

// Codes of Unreachable (RFC 792; RFC 1122, Section 3.2.2.1; RFC 1812, Section 5.2.7.1).
const (
	NetUnreachable          uint8 = 0
	HostUnreachable         uint8 = 1
	ProtocolUnreachable     uint8 = 2
	PortUnreachable         uint8 = 3
	FragmentationNeeded     uint8 = 4 // with the next link's MTU (RFC 1191, Section 4)
	SourceRouteFailed       uint8 = 5
	NetUnknown              uint8 = 6
	HostUnknown             uint8 = 7
	NetProhibited           uint8 = 9
	HostProhibited          uint8 = 10
	CommunicationProhibited uint8 = 13
)

// Codes of TimeExceeded (RFC 792).
const (
	TTLExceeded        uint8 = 0
	ReassemblyExceeded uint8 = 1
)

// Codes of Unreachable6 (RFC 4443, Section 3.1).
const (
	NoRoute6            uint8 = 0
	Prohibited6         uint8 = 1
	BeyondScope6        uint8 = 2
	AddressUnreachable6 uint8 = 3
	PortUnreachable6    uint8 = 4
)

// Codes of ParameterProblem6 (RFC 4443, Section 3.4; the last RFC 8200, Section 4.5).
const (
	ErroneousField    uint8 = 0
	UnknownNextHeader uint8 = 1
	UnknownOption     uint8 = 2
	IncompleteChain   uint8 = 3
)

const icmpHeader = 8 // octets before the data of every message that netlab sends

// Message is an ICMP (RFC 792) or ICMPv6 message (RFC 4443).
type Message struct {
	Type MessageType
	Code uint8
	Rest uint32 // the second word, which each type uses in its own way: ID, Seq, MTU, Pointer, Gateway read it
	Data []byte // of an echo what is to be sent back; of an error the beginning of the packet it is about
}

// Echo returns an echo request to dst.
func Echo(dst netip.Addr, id, seq uint16, data []byte) Message {
	m := Message{Type: EchoRequest, Rest: uint32(id)<<16 | uint32(seq), Data: data}
	if dst.Is6() {
		m.Type = EchoRequest6
	}
	return m
}

// ParseICMP reads and checks the message in b, which ends where the packet ends and travelled from src to dst. Data is a
// part of b. The error is ErrTruncated or ErrChecksum.
func ParseICMP(src, dst netip.Addr, b []byte) (Message, error) {
	if len(b) < icmpHeader {
		return Message{}, ErrTruncated
	}
	if wire.Sum(icmpPseudo(src, dst, len(b)), b) != 0xffff {
		return Message{}, ErrChecksum
	}
	return Message{Type: TypeOf(dst, b[0]), Code: b[1], Rest: binary.BigEndian.Uint32(b[4:]), Data: b[icmpHeader:]}, nil
}

// icmpPseudo is the part of the checksum that is not over the message: nothing in ICMP, but ICMPv6 covers a
// "pseudo-header" of IPv6 header fields (RFC 4443, Section 2.3).
func icmpPseudo(src, dst netip.Addr, n int) uint16 {
	if dst.Is4() {
		return 0
	}
	return wire.PseudoSum(src, dst, uint8(ICMPv6), n)
}

// Len returns the octets that the message needs.
func (m *Message) Len() int { return icmpHeader + len(m.Data) }

// Put writes the message, which is to go from src to dst, with its checksum into b[:m.Len()].
func (m *Message) Put(b []byte, src, dst netip.Addr) {
	b = b[:m.Len()]
	b[0], b[1], b[2], b[3] = byte(m.Type), m.Code, 0, 0
	binary.BigEndian.PutUint32(b[4:], m.Rest)
	copy(b[icmpHeader:], m.Data)
	binary.BigEndian.PutUint16(b[2:], ^wire.Sum(icmpPseudo(src, dst, len(b)), b))
}

// ID is the identifier of an echo: which ping it belongs to.
func (m *Message) ID() uint16 { return uint16(m.Rest >> 16) }

// Seq is the sequence number of an echo.
func (m *Message) Seq() uint16 { return uint16(m.Rest) }

// MTU is what the next link takes: of PacketTooBig, and of Unreachable with the code FragmentationNeeded, where it is 0
// from a router that does not say (RFC 1191, Section 4).
func (m *Message) MTU() int {
	if m.Type == PacketTooBig {
		return int(m.Rest)
	}
	return int(uint16(m.Rest))
}

// Pointer is the octet of the quoted packet that a parameter problem is about.
func (m *Message) Pointer() int {
	if m.Type == ParameterProblem6 {
		return int(m.Rest)
	}
	return int(m.Rest >> 24)
}

// Gateway is the router that a Redirect recommends.
func (m *Message) Gateway() netip.Addr {
	return netip.AddrFrom4([4]byte{byte(m.Rest >> 24), byte(m.Rest >> 16), byte(m.Rest >> 8), byte(m.Rest)})
}

// IsError reports whether the message is about another packet, the one that it quotes. In ICMPv6 "error messages are
// identified as such by a zero in the high-order bit of their message Type field values" (RFC 4443, Section 2.1).
func (m *Message) IsError() bool {
	switch m.Type {
	case Unreachable, SourceQuench, Redirect, TimeExceeded, ParameterProblem:
		return true
	}
	return m.Type >= version6 && m.Type < version6+128
}

// Quote is the packet that an ICMP error is about, as far as the error quotes it: "The internet header plus
// the first 64 bits of the original datagram's data" (RFC 792), or more.
type Quote struct {
	Header  Header
	Payload []byte // at least 8 octets, if the packet had as many
}

// Quoted returns the packet that an error is about. Its header's checksum is not verified: routers on the
// way may have changed it before they quoted it. It reports false if there is no whole header.
func (m *Message) Quoted() (q Quote, ok bool) {
	if !m.IsError() {
		return Quote{}, false
	}
	if m.Type >= version6 {
		return quoted6(m.Data)
	}
	n, err := headerLen(m.Data)
	if err != nil {
		return Quote{}, false
	}
	q.Header.read4(m.Data, n)
	end := min(max(q.Header.TotalLength, n), len(m.Data))
	q.Payload = m.Data[n:end:end]
	return q, true
}

// quoted6 reads the beginning of an IPv6 packet.
func quoted6(b []byte) (q Quote, ok bool) {
	n := 0
	var err error
	if q.Header, n, err = Peek6(b); err != nil {
		return Quote{}, false
	}
	end := min(max(q.Header.TotalLength, n), len(b))
	q.Payload = b[n:end:end]
	return q, true
}

// Ends returns the two ends of the flow that the quoted TCP segment or UDP datagram belongs to; src is the
// host's own if the error came to the right one. It reports false for other protocols and for fragments
// without ports.
func (q *Quote) Ends() (src, dst netip.AddrPort, ok bool) {
	if q.Header.Protocol != TCP && q.Header.Protocol != UDP || q.Header.FragmentOffset != 0 || len(q.Payload) < 4 {
		return netip.AddrPort{}, netip.AddrPort{}, false
	}
	src = netip.AddrPortFrom(q.Header.Src, binary.BigEndian.Uint16(q.Payload))
	dst = netip.AddrPortFrom(q.Header.Dst, binary.BigEndian.Uint16(q.Payload[2:]))
	return src, dst, true
}

// Seq returns the sequence number of the quoted TCP segment, which tells a true error from a forged one
// (RFC 5927, Section 4.1).
func (q *Quote) Seq() (uint32, bool) {
	if q.Header.Protocol != TCP || q.Header.FragmentOffset != 0 || len(q.Payload) < 8 {
		return 0, false
	}
	return binary.BigEndian.Uint32(q.Payload[4:]), true
}
