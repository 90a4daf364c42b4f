package ether

import (
	"encoding/binary"
	"errors"
	"fmt"

	"netlab/wire"
)

// Sizes of a frame in octets, without preamble and frame check sequence, which no capture shows.
const (
	HeaderLen = 14 // addresses and type
	TagLen    = 4  // what an 802.1Q tag adds
	MinLen    = 60 // shorter frames are padded: "minFrameSize" is 64 with the frame check sequence (IEEE 802.3, Section 4.2.3.3)
)

// Type is an EtherType: what a frame carries (https://www.iana.org/assignments/ieee-802-numbers).
type Type uint16

// The types that netlab meets.
const (
	TypeIPv4 Type = 0x0800
	TypeARP  Type = 0x0806
	TypeVLAN Type = 0x8100
	TypeIPv6 Type = 0x86dd
	TypeQinQ Type = 0x88a8 // a provider's tag around the customer's (IEEE 802.1ad)
)

// minType is the least number that is a type; a smaller one, up to 1500, is the length of an IEEE 802.3 frame's data, which
// then says itself what it is (IEEE 802.3, Section 3.2.6).
const minType = 0x0600

// String returns the name of the type: "ARP"; "type 0x88cc" for others.
func (t Type) String() string {
	switch t {
	case TypeIPv4:
		return "IPv4"
	case TypeARP:
		return "ARP"
	case TypeVLAN:
		return "802.1Q VLAN"
	case TypeIPv6:
		return "IPv6"
	case TypeQinQ:
		return "802.1ad service VLAN"
	}
	return fmt.Sprintf("type 0x%04x", uint16(t))
}

// What is wrong with a frame.
var (
	ErrTruncated = errors.New("ether: frame cut short")
	ErrLength    = errors.New("ether: the length of the data is none that a frame can have")
)

// Header is what a frame begins with.
type Header struct {
	Dst, Src MAC
	Tagged   bool   // with an 802.1Q tag
	Tag      uint16 // priority (3 bits), drop eligible (1 bit), VLAN (12 bits)
	Type     Type   // of the payload; 0 if the frame says its length in place of the type
}

// Parse reads the header of a frame and returns what it carries, which may end in padding: how much of it counts is for the
// payload's own length to say. Of a frame that gives its length the payload is that long. The error is ErrTruncated or
// ErrLength.
func Parse(b []byte) (h Header, payload []byte, err error) {
	if len(b) < HeaderLen {
		return Header{}, nil, ErrTruncated
	}
	h = Header{Dst: MAC(b[0:6]), Src: MAC(b[6:12]), Type: Type(binary.BigEndian.Uint16(b[12:]))}
	payload = b[HeaderLen:]
	if h.Type == TypeVLAN {
		if len(payload) < TagLen {
			return Header{}, nil, ErrTruncated
		}
		h.Tagged, h.Tag = true, binary.BigEndian.Uint16(payload)
		h.Type = Type(binary.BigEndian.Uint16(payload[2:]))
		payload = payload[TagLen:]
	}
	if h.Type >= minType {
		return h, payload, nil
	}
	length := int(h.Type)
	h.Type = 0
	switch {
	case length > 1500:
		return Header{}, nil, ErrLength
	case length > len(payload):
		return Header{}, nil, ErrTruncated
	}
	return h, payload[:length:length], nil
}

// VLAN returns the number of the virtual network that a tagged frame belongs to.
func (h *Header) VLAN() int { return int(h.Tag & 0x0fff) }

// Len returns the octets of the header.
func (h *Header) Len() int {
	if h.Tagged {
		return HeaderLen + TagLen
	}
	return HeaderLen
}

// Append appends the frame with its payload to b, and fills it up with zeros to the least length.
func (h *Header) Append(b, payload []byte) []byte {
	start := len(b)
	b = append(append(b, h.Dst[:]...), h.Src[:]...)
	if h.Tagged {
		b = binary.BigEndian.AppendUint16(b, uint16(TypeVLAN))
		b = binary.BigEndian.AppendUint16(b, h.Tag)
	}
	b = append(binary.BigEndian.AppendUint16(b, uint16(h.Type)), payload...)
	for len(b)-start < MinLen {
		b = append(b, 0)
	}
	return b
}

// ref is where frames are described.
func ref() wire.Ref { return wire.Ref{Doc: "IEEE 802.3", Section: "3.1.1"} }

// HeaderLayout declares the header of a frame as captures show it: without preamble and frame check sequence.
func HeaderLayout() wire.Layout {
	return wire.Layout{
		Name: "Ethernet", Key: "eth", Ref: ref(), Doc: "Carries a packet from one network card to the next on the same link.",
		Fields: []wire.Field{
			{
				Name: "Destination", Key: "eth.dst", Bit: 0, Width: 48, Format: wire.MAC, Ref: ref(),
				Doc: "The network card that is to take the frame; all ones for everybody on the link.",
			},
			{Name: "Source", Key: "eth.src", Bit: 48, Width: 48, Format: wire.MAC, Ref: ref(), Doc: "The network card that sent the frame."},
			{Name: "EtherType", Key: "eth.type", Bit: 96, Width: 16, Format: wire.Hex, Names: TypeNames(), Ref: ref(), Doc: "What the frame carries."},
		},
	}
}

// TagLayout declares an 802.1Q tag: what follows the type 0x8100, or 0x88a8 where there are two.
func TagLayout() wire.Layout {
	ref := wire.Ref{Doc: "IEEE 802.1Q", Section: "9.6"}
	return wire.Layout{
		Name: "VLAN tag", Key: "vlan", Ref: ref, Doc: "Says to which of several networks on one cable the frame belongs.",
		Fields: []wire.Field{
			{Name: "Priority", Key: "vlan.priority", Width: 3, Ref: ref, Doc: "How urgent the frame is, from 0 to 7."},
			{Name: "Drop Eligible", Key: "vlan.dei", Bit: 3, Width: 1, Format: wire.Flag, Ref: ref, Doc: "A switch with too much to do may drop the frame first."},
			{Name: "VLAN Identifier", Key: "vlan.id", Bit: 4, Width: 12, Ref: ref, Doc: "The number of the virtual network; 0 for none."},
			{Name: "EtherType", Key: "vlan.etype", Bit: 16, Width: 16, Format: wire.Hex, Names: TypeNames(), Ref: ref, Doc: "What the frame carries."},
		},
	}
}

// TypeNames are the names of the types, for layouts.
func TypeNames() []wire.Name {
	var names []wire.Name
	for _, t := range []Type{TypeIPv4, TypeARP, TypeVLAN, TypeIPv6, TypeQinQ} {
		names = append(names, wire.Name{Value: uint64(t), Text: t.String()})
	}
	return names
}

// maxTags bounds the tags of a frame that are looked at: a customer's, a provider's, and what else somebody made up.
const maxTags = 8

// isTag reports whether a type is that of a tag: 802.1Q, the provider's tag of 802.1ad, and the number used for that before.
func (t Type) isTag() bool { return t == TypeVLAN || t == TypeQinQ || t == 0x9100 }

// Payload returns what the frame in b carries and at which octet that begins, behind any tags. ok is false if the frame is cut short before.
func Payload(b []byte) (next Type, at int, ok bool) {
	if len(b) < HeaderLen {
		return 0, 0, false
	}
	next, at = Type(binary.BigEndian.Uint16(b[12:])), HeaderLen
	for tags := 0; next.isTag() && tags < maxTags; tags++ {
		if len(b) < at+TagLen {
			return 0, 0, false
		}
		next = Type(binary.BigEndian.Uint16(b[at+2:]))
		at += TagLen
	}
	return next, at, true
}

// Dissector takes frames apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked       wire.Asked
	header, tag wire.Layout
}

// NewDissector returns a dissector that shows of frames what is asked for.
func NewDissector(asked wire.Asked) *Dissector { return &Dissector{asked, HeaderLayout(), TagLayout()} }

// Dissect returns the header of the frame in b as a node, and a node for each tag, as far as they are there. bit is the offset of b in the packet.
func Dissect(b []byte, bit int) []wire.Node { return NewDissector("").Frame(b, bit) }

// Frame is Dissect, for what is asked for.
func (d *Dissector) Frame(b []byte, bit int) []wire.Node {
	nodes := []wire.Node{d.asked.Dissect(&d.header, b, bit)}
	next, end, ok := Payload(b)
	if !ok {
		end = len(b)
	}
	for at := HeaderLen; at < end; at += TagLen {
		nodes = append(nodes, d.asked.Dissect(&d.tag, b[at:end], bit+8*at))
	}
	if last := nodes[len(nodes)-1].Children; ok && next < minType && len(last) > 0 {
		last[len(last)-1].Note = "a length, not a type: the frame is one of IEEE 802.3 with LLC"
	}
	return nodes
}
