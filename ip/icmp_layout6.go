package ip

import (
	"net/netip"

	"netlab/wire"
)

// messageLayout6 is MessageLayout for ICMPv6 (RFC 4443), with the messages of neighbor discovery (RFC 4861, Section 4).
func messageLayout6(t MessageType) wire.Layout {
	ref := sectionOf(t)
	l := wire.Layout{
		Name: "Internet Control Message Protocol v6", Key: "icmpv6", Ref: ref,
		Doc: "A message about the network itself: an echo for ping, what went wrong with another packet, or who is on the link.",
		Fields: []wire.Field{
			{Name: "Type", Key: "icmpv6.type", Width: 8, Ref: wire.RFC("4443", "2.1"), Names: typeNames6(), Doc: "What kind of message this is; below 128 it is an error."},
			{Name: "Code", Key: "icmpv6.code", Bit: 8, Width: 8, Ref: ref, Names: codeNames6(t), Doc: "Which case of that kind."},
			{Name: "Checksum", Key: "icmpv6.checksum", Bit: 16, Width: 16, Format: wire.Hex, Ref: wire.RFC("4443", "2.3"), Doc: "One's complement checksum over the message and a pseudo-header with the addresses."},
		},
	}
	add := func(f wire.Field) {
		f.Ref = ref
		l.Fields = append(l.Fields, f)
	}
	flag := func(name, key string, bit int, doc string) {
		add(wire.Field{Name: name, Key: key, Bit: bit, Width: 1, Format: wire.Flag, Doc: doc})
	}
	reserved := func(bit, width int) {
		add(wire.Field{Name: "Reserved", Key: "icmpv6.reserved", Bit: bit, Width: width, Format: wire.Hex, Doc: "Zero, and ignored."})
	}
	address := func(name, key string, bit int, doc string) {
		add(wire.Field{Name: name, Key: key, Bit: bit, Width: 128, Format: wire.Address, Doc: doc})
	}
	switch t {
	case EchoRequest6, EchoReply6:
		add(wire.Field{Name: "Identifier", Key: "icmpv6.echo.identifier", Bit: 32, Width: 16, Doc: "Which ping the echo belongs to; the reply has that of the request."})
		add(wire.Field{Name: "Sequence Number", Key: "icmpv6.echo.sequence_number", Bit: 48, Width: 16, Doc: "Which echo of that ping; the reply has that of the request."})
	case PacketTooBig:
		add(wire.Field{Name: "MTU", Key: "icmpv6.mtu", Bit: 32, Width: 32, Doc: "The size in octets of the largest packet that the next link takes."})
	case ParameterProblem6:
		add(wire.Field{Name: "Pointer", Key: "icmpv6.pointer", Bit: 32, Width: 32, Doc: "The octet of the quoted packet where the problem is, counted from 0."})
	case NeighborSolicitation:
		l.Doc = "Asks who has an address on this link, or whether the neighbour is still there."
		reserved(32, 32)
		address("Target Address", "icmpv6.nd.ns.target_address", 64, "The address that is asked for.")
	case NeighborAdvertisement:
		l.Doc = "Says who has an address on this link."
		flag("Router", "icmpv6.nd.na.flag.r", 32, "The sender is a router.")
		flag("Solicited", "icmpv6.nd.na.flag.s", 33, "This answers a solicitation, so the neighbour can be reached both ways.")
		flag("Override", "icmpv6.nd.na.flag.o", 34, "What is told here counts more than what was known before.")
		reserved(35, 29)
		address("Target Address", "icmpv6.nd.na.target_address", 64, "The address that this is about.")
	case RouterSolicitation:
		l.Doc = "Asks routers on this link to tell of themselves."
		reserved(32, 32)
	case RouterAdvertisement:
		l.Doc = "A router tells of itself and of the networks on this link."
		add(wire.Field{Name: "Current Hop Limit", Key: "icmpv6.nd.ra.cur_hop_limit", Bit: 32, Width: 8, Doc: "The hop limit that hosts should use; 0: the router does not say."})
		flag("Managed", "icmpv6.nd.ra.flag.m", 40, "Addresses are to be had by DHCPv6.")
		flag("Other", "icmpv6.nd.ra.flag.o", 41, "Other settings are to be had by DHCPv6.")
		reserved(42, 6)
		add(wire.Field{Name: "Router Lifetime", Key: "icmpv6.nd.ra.router_lifetime", Bit: 48, Width: 16, Doc: "For how many seconds it may be used as default router; 0: it is none."})
		add(wire.Field{Name: "Reachable Time", Key: "icmpv6.nd.ra.reachable_time", Bit: 64, Width: 32, Doc: "For how many milliseconds a neighbour counts as reachable once it was; 0: the router does not say."})
		add(wire.Field{Name: "Retransmission Timer", Key: "icmpv6.nd.ra.retrans_timer", Bit: 96, Width: 32, Doc: "Milliseconds between two solicitations; 0: the router does not say."})
	case Redirect6:
		reserved(32, 32)
		address("Target Address", "icmpv6.nd.rd.target_address", 64, "The better first hop to the destination.")
		address("Destination Address", "icmpv6.rd.na.destination_address", 192, "What this is about.")
	case Unreachable6, TimeExceeded6:
		reserved(32, 32)
	default:
		add(wire.Field{Name: "Rest of Header", Bit: 32, Width: 32, Format: wire.Hex, Doc: "What this type of message uses in its own way."})
	}
	return l
}

// EchoRef is what asks a host to answer an echo request to dst.
func EchoRef(dst netip.Addr) wire.Ref {
	if dst.Is6() {
		return wire.RFC("4443", "4.2")
	}
	return wire.RFC("1122", "3.2.2.6")
}

// sectionOf returns where a message is defined.
func sectionOf(t MessageType) wire.Ref {
	switch t {
	case Unreachable6:
		return wire.RFC("4443", "3.1")
	case PacketTooBig:
		return wire.RFC("4443", "3.2")
	case TimeExceeded6:
		return wire.RFC("4443", "3.3")
	case ParameterProblem6:
		return wire.RFC("4443", "3.4")
	case EchoRequest6:
		return wire.RFC("4443", "4.1")
	case EchoReply6:
		return wire.RFC("4443", "4.2")
	case RouterSolicitation:
		return wire.RFC("4861", "4.1")
	case RouterAdvertisement:
		return wire.RFC("4861", "4.2")
	case NeighborSolicitation:
		return wire.RFC("4861", "4.3")
	case NeighborAdvertisement:
		return wire.RFC("4861", "4.4")
	case Redirect6:
		return wire.RFC("4861", "4.5")
	}
	return wire.RFC("4443", "2.1")
}

func typeNames6() []wire.Name {
	return []wire.Name{
		{Value: 1, Text: "Destination Unreachable"},
		{Value: 2, Text: "Packet Too Big"},
		{Value: 3, Text: "Time Exceeded"},
		{Value: 4, Text: "Parameter Problem"},
		{Value: 128, Text: "Echo Request"},
		{Value: 129, Text: "Echo Reply"},
		{Value: 130, Text: "Multicast Listener Query"},
		{Value: 131, Text: "Multicast Listener Report"},
		{Value: 132, Text: "Multicast Listener Done"},
		{Value: 133, Text: "Router Solicitation"},
		{Value: 134, Text: "Router Advertisement"},
		{Value: 135, Text: "Neighbor Solicitation"},
		{Value: 136, Text: "Neighbor Advertisement"},
		{Value: 137, Text: "Redirect"},
		{Value: 143, Text: "Multicast Listener Report v2"},
	}
}

// codeNames6 are the codes of a type (RFC 4443, Section 3; RFC 8200, Section 4.5).
func codeNames6(t MessageType) []wire.Name {
	switch t {
	case Unreachable6:
		return []wire.Name{
			{Value: 0, Text: "No Route to Destination"},
			{Value: 1, Text: "Administratively Prohibited"},
			{Value: 2, Text: "Beyond Scope of Source Address"},
			{Value: 3, Text: "Address Unreachable"},
			{Value: 4, Text: "Port Unreachable"},
			{Value: 5, Text: "Source Address Failed Policy"},
			{Value: 6, Text: "Reject Route to Destination"},
		}
	case TimeExceeded6:
		return []wire.Name{{Value: 0, Text: "Hop Limit Exceeded in Transit"}, {Value: 1, Text: "Fragment Reassembly Time Exceeded"}}
	case ParameterProblem6:
		return []wire.Name{{Value: 0, Text: "Erroneous Header Field"}, {Value: 1, Text: "Unrecognized Next Header"}, {Value: 2, Text: "Unrecognized IPv6 Option"}, {Value: 3, Text: "Incomplete Header Chain in First Fragment"}}
	}
	return nil
}
