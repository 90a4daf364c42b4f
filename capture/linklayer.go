package capture

import (
	"encoding/binary"

	"netlab/ether"
	"netlab/wire"
)

// cookedRef is where the pseudo-headers of Linux's "any" interface are described.
func cookedRef(version string) wire.Ref {
	return wire.Ref{Doc: "https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_" + version + ".html"}
}

func cookedTypes() []wire.Name {
	return []wire.Name{
		{Value: 0, Text: "to us"},
		{Value: 1, Text: "broadcast"},
		{Value: 2, Text: "multicast"},
		{Value: 3, Text: "to another host"},
		{Value: 4, Text: "sent by us"},
	}
}

// SLLLayout returns the pseudo-header of a Linux cooked capture.
func SLLLayout() wire.Layout {
	ref := cookedRef("SLL")
	return wire.Layout{
		Name: "Linux cooked capture", Key: "sll", Ref: ref,
		Doc: "Stands for the link header in captures of all interfaces at once. No network carries it.",
		Fields: []wire.Field{
			{Name: "Packet Type", Key: "sll.pkttype", Bit: 0, Width: 16, Names: cookedTypes(), Ref: ref, Doc: "Which way the packet went."},
			{Name: "Device Type", Key: "sll.hatype", Bit: 16, Width: 16, Ref: ref, Doc: "The kind of network card, as Linux numbers them."},
			{Name: "Address Length", Key: "sll.halen", Bit: 32, Width: 16, Ref: ref, Doc: "How many octets of the address are in use."},
			{Name: "Address", Key: "sll.src", Bit: 48, Width: 64, Format: wire.Hex, Ref: ref, Doc: "The sender's link address."},
			{Name: "Protocol", Key: "sll.etype", Bit: 112, Width: 16, Format: wire.Hex, Names: ether.TypeNames(), Ref: ref, Doc: "What follows."},
		},
	}
}

// SLL2Layout returns the pseudo-header of a Linux cooked capture, version 2.
func SLL2Layout() wire.Layout {
	ref := cookedRef("SLL2")
	return wire.Layout{
		Name: "Linux cooked capture 2", Key: "sll", Ref: ref,
		Doc: "Stands for the link header in captures of all interfaces at once. No network carries it.",
		Fields: []wire.Field{
			{Name: "Protocol", Key: "sll.etype", Bit: 0, Width: 16, Format: wire.Hex, Names: ether.TypeNames(), Ref: ref, Doc: "What follows."},
			{Name: "Reserved", Key: "sll.unused", Bit: 16, Width: 16, Ref: ref, Doc: "Not used."},
			{Name: "Interface", Key: "sll.ifindex", Bit: 32, Width: 32, Ref: ref, Doc: "The number of the interface that saw the packet."},
			{Name: "Device Type", Key: "sll.hatype", Bit: 64, Width: 16, Ref: ref, Doc: "The kind of network card, as Linux numbers them."},
			{Name: "Packet Type", Key: "sll.pkttype", Bit: 80, Width: 8, Names: cookedTypes(), Ref: ref, Doc: "Which way the packet went."},
			{Name: "Address Length", Key: "sll.halen", Bit: 88, Width: 8, Ref: ref, Doc: "How many octets of the address are in use."},
			{Name: "Address", Key: "sll.src", Bit: 96, Width: 64, Format: wire.Hex, Ref: ref, Doc: "The sender's link address."},
		},
	}
}

// LoopbackLayout returns the pseudo-header of captures of the loopback interface on BSD and macOS.
func LoopbackLayout() wire.Layout {
	ref := wire.Ref{Doc: "https://www.tcpdump.org/linktypes.html"}
	return wire.Layout{
		Name: "Loopback", Key: "null", Ref: ref, Doc: "Stands for the link header in captures of the loopback interface.",
		Fields: []wire.Field{{
			Name: "Family", Key: "null.family", Bit: 0, Width: 32, Format: wire.Hex, Ref: ref,
			Doc: "2: IPv4; 24, 28 or 30: IPv6, depending on the system. In the byte order of the capturing machine.",
		}},
	}
}

// CHDLCLayout returns the header of Cisco HDLC, which is that of PPP's framing with an EtherType.
func CHDLCLayout() wire.Layout {
	ref := wire.Ref{Doc: "https://www.tcpdump.org/linktypes.html"}
	return wire.Layout{
		Name: "Cisco HDLC", Key: "chdlc", Ref: ref, Doc: "The link header of serial lines between routers.",
		Fields: []wire.Field{
			{Name: "Address", Key: "chdlc.address", Bit: 0, Width: 8, Format: wire.Hex, Names: []wire.Name{{Value: 0x0f, Text: "unicast"}, {Value: 0x8f, Text: "multicast"}}, Ref: ref, Doc: "To one or to all at the other end."},
			{Name: "Control", Key: "chdlc.control", Bit: 8, Width: 8, Format: wire.Hex, Ref: ref, Doc: "Always zero."},
			{Name: "Protocol", Key: "chdlc.protocol", Bit: 16, Width: 16, Format: wire.Hex, Names: ether.TypeNames(), Ref: ref, Doc: "What follows."},
		},
	}
}

// linkLayout returns the link header of a link type; ok is false for link types without a link header
// and for those that are unknown.
func linkLayout(t LinkType) (layout wire.Layout, ok bool) {
	switch t {
	case Ether:
		return ether.HeaderLayout(), true
	case LinuxSLL:
		return SLLLayout(), true
	case SLL2:
		return SLL2Layout(), true
	case Null, Loop:
		return LoopbackLayout(), true
	case CHDLC:
		return CHDLCLayout(), true
	}
	return wire.Layout{}, false
}

// link returns the link header as a node, that of Ethernet with its tag as two.
func (d *dissector) link(t LinkType, b []byte) []wire.Node {
	if t == Ether {
		return d.ether().Frame(b, 0)
	}
	layout, ok := linkLayout(t)
	if !ok {
		return nil
	}
	return []wire.Node{d.asked.Dissect(&layout, b, 0)}
}

// linkPayload returns what follows the link header and how many octets that header has. It reports
// false if b is too short for it, or if the link type is unknown.
func linkPayload(t LinkType, b []byte) (next ether.Type, header int, ok bool) {
	switch t {
	case RawIP, IPv4, IPv6, rawBSD, rawOpenBSD:
		return ipVersion(b), 0, len(b) > 0
	case Ether:
		return ether.Payload(b)
	case LinuxSLL:
		if len(b) < 16 {
			return 0, 0, false
		}
		return ether.Type(binary.BigEndian.Uint16(b[14:])), 16, true
	case SLL2:
		if len(b) < 20 {
			return 0, 0, false
		}
		return ether.Type(binary.BigEndian.Uint16(b)), 20, true
	case CHDLC:
		if len(b) < 4 {
			return 0, 0, false
		}
		return ether.Type(binary.BigEndian.Uint16(b[2:])), 4, true
	case Null, Loop:
		if len(b) < 4 {
			return 0, 0, false
		}
		return ipVersion(b[4:]), 4, true
	}
	if foreignLink(t) {
		if _, ours, at := foreignLinkLayers(t, b); ours != nil {
			return ipVersion(ours), at, true
		}
	}
	return 0, 0, false
}

// ipVersion tells by the first four bits which version of IP a packet is.
func ipVersion(b []byte) ether.Type {
	if len(b) > 0 && b[0]>>4 == 6 {
		return ether.TypeIPv6
	}
	return ether.TypeIPv4
}
