package ether

import (
	"encoding/binary"
	"errors"
	"net/netip"

	"netlab/wire"
)

// Operation of an ARP message (RFC 826).
type Operation uint16

// The operations.
const (
	Request Operation = 1
	Reply   Operation = 2
)

const arpLen = 28 // octets of a message about Ethernet and IPv4

// What is wrong with an ARP message.
var (
	ErrARPTruncated = errors.New("ether: ARP message cut short")
	ErrARPKind      = errors.New("ether: ARP message of another hardware, protocol or length of addresses")
	ErrARPOperation = errors.New("ether: ARP message that neither asks nor answers")
)

// Message is an ARP message about Ethernet and IPv4.
type Message struct {
	Operation Operation
	SenderMAC MAC
	Sender    netip.Addr // 0.0.0.0 of a probe: the sender has no address yet (RFC 5227, Section 2.1.1)
	TargetMAC MAC        // of a request nobody's
	Target    netip.Addr
}

// ParseARP reads the message at the start of b, behind which there may be padding. The checks are those of RFC 826, Packet
// Reception. The error is ErrARPTruncated, ErrARPKind or ErrARPOperation.
func ParseARP(b []byte) (Message, error) {
	if len(b) < arpLen {
		return Message{}, ErrARPTruncated
	}
	if binary.BigEndian.Uint16(b) != 1 || Type(binary.BigEndian.Uint16(b[2:])) != TypeIPv4 || b[4] != 6 || b[5] != 4 {
		return Message{}, ErrARPKind
	}
	m := Message{
		Operation: Operation(binary.BigEndian.Uint16(b[6:])),
		SenderMAC: MAC(b[8:14]), Sender: netip.AddrFrom4([4]byte(b[14:18])),
		TargetMAC: MAC(b[18:24]), Target: netip.AddrFrom4([4]byte(b[24:28])),
	}
	if m.Operation != Request && m.Operation != Reply {
		return Message{}, ErrARPOperation
	}
	return m, nil
}

// Append appends the message to b.
func (m *Message) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, 1)
	b = binary.BigEndian.AppendUint16(b, uint16(TypeIPv4))
	b = append(b, 6, 4)
	b = binary.BigEndian.AppendUint16(b, uint16(m.Operation))
	b = append(append(b, m.SenderMAC[:]...), m.Sender.AsSlice()...)
	return append(append(b, m.TargetMAC[:]...), m.Target.AsSlice()...)
}

// IsProbe reports whether the message asks if an address is free, and says that its sender wants it: the address of the
// sender is all zeros (RFC 5227, Section 2.1.1).
func (m *Message) IsProbe() bool { return m.Operation == Request && m.Sender.IsUnspecified() }

// IsAnnouncement reports whether the message tells everybody who has an address: sender and target are the same
// (RFC 5227, Section 2.3).
func (m *Message) IsAnnouncement() bool { return m.Sender == m.Target && !m.Sender.IsUnspecified() }

// ARPLayout declares an ARP message about Ethernet and IPv4 (RFC 826).
func ARPLayout() wire.Layout {
	ref := wire.RFC("826", "")
	return wire.Layout{
		Name: "Address Resolution Protocol", Key: "arp", Ref: ref, Doc: "Asks which network card has an IP address, or answers.",
		Fields: []wire.Field{
			{Name: "Hardware Type", Key: "arp.hw.type", Width: 16, Ref: ref, Names: []wire.Name{{Value: 1, Text: "Ethernet"}}, Doc: "What kind of hardware addresses these are."},
			{Name: "Protocol Type", Key: "arp.proto.type", Bit: 16, Width: 16, Format: wire.Hex, Names: TypeNames(), Ref: ref, Doc: "Of which protocol the addresses are that are asked for."},
			{Name: "Hardware Size", Key: "arp.hw.size", Bit: 32, Width: 8, Ref: ref, Doc: "Octets of a hardware address."},
			{Name: "Protocol Size", Key: "arp.proto.size", Bit: 40, Width: 8, Ref: ref, Doc: "Octets of a protocol address."},
			{
				Name: "Operation", Key: "arp.opcode", Bit: 48, Width: 16, Ref: ref, Doc: "Whether this asks or answers.",
				Names: []wire.Name{{Value: uint64(Request), Text: "Request"}, {Value: uint64(Reply), Text: "Reply"}},
			},
			{Name: "Sender MAC Address", Key: "arp.src.hw_mac", Bit: 64, Width: 48, Format: wire.MAC, Ref: ref, Doc: "The network card of whoever says this."},
			{Name: "Sender IP Address", Key: "arp.src.proto_ipv4", Bit: 112, Width: 32, Format: wire.Address, Ref: ref, Doc: "The address of whoever says this; 0.0.0.0 if it asks whether the target is free."},
			{Name: "Target MAC Address", Key: "arp.dst.hw_mac", Bit: 144, Width: 48, Format: wire.MAC, Ref: ref, Doc: "In an answer, whom it is for; in a question it is not known."},
			{Name: "Target IP Address", Key: "arp.dst.proto_ipv4", Bit: 192, Width: 32, Format: wire.Address, Ref: ref, Doc: "The address that is asked for."},
		},
	}
}

// DissectARP returns the message at the start of b as a tree.
func DissectARP(b []byte, bit int) wire.Node {
	n := ARPLayout().Dissect(b, bit)
	if len(b) >= arpLen {
		if _, err := ParseARP(b); err != nil {
			n.Note = "malformed: not a message about Ethernet and IPv4"
		}
	}
	return n
}
