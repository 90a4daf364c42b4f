package ip

import "netlab/wire"

// HeaderLayout declares the IPv4 header without options: the figure of RFC 791, Section 3.1, with the Type of
// Service octet as RFC 2474 and RFC 3168 use it now.
func HeaderLayout() wire.Layout {
	ref := wire.RFC("791", "3.1")
	return wire.Layout{
		Name: "Internet Protocol Version 4", Key: "ip", Ref: ref,
		Doc: "A packet on its way from one address to another, each router passing it on.",
		Fields: []wire.Field{
			{Name: "Version", Key: "ip.version", Width: 4, Ref: ref, Doc: "The version of the Internet Protocol, here always 4."},
			{Name: "IHL", Key: "ip.hdr_len", Bit: 4, Width: 4, Ref: ref, Doc: "The length of the header with its options, in words of 32 bits."},
			{
				Name: "DSCP", Key: "ip.dsfield.dscp", Bit: 8, Width: 6, Ref: wire.RFC("2474", "3"), Names: dscpNames(),
				Doc: "The Differentiated Services Code Point: how routers should treat the packet.",
			},
			{
				Name: "ECN", Key: "ip.dsfield.ecn", Bit: 14, Width: 2, Ref: wire.RFC("3168", "5"), Names: ecnNames(),
				Doc: "Explicit Congestion Notification: whether routers may mark the packet instead of dropping it, and whether one did.",
			},
			{Name: "Total Length", Key: "ip.len", Bit: 16, Width: 16, Ref: ref, Doc: "The length of the packet, header and data, in octets."},
			{
				Name: "Identification", Key: "ip.id", Bit: 32, Width: 16, Format: wire.Hex, Ref: wire.RFC("6864", "4"),
				Doc: "The same number in all fragments of a datagram, so that the receiver can put them together.",
			},
			{Name: "Reserved", Key: "ip.flags.rb", Bit: 48, Width: 1, Format: wire.Flag, Ref: ref, Doc: "Must be zero."},
			{Name: "Don't Fragment", Key: "ip.flags.df", Bit: 49, Width: 1, Format: wire.Flag, Ref: ref, Doc: "A router that would have to cut the packet up must discard it instead."},
			{Name: "More Fragments", Key: "ip.flags.mf", Bit: 50, Width: 1, Format: wire.Flag, Ref: ref, Doc: "This is a fragment, and not the last of its datagram."},
			{Name: "Fragment Offset", Key: "ip.frag_offset", Bit: 51, Width: 13, Ref: ref, Doc: "Where in the datagram this fragment belongs, in units of 8 octets."},
			{
				Name: "Time to Live", Key: "ip.ttl", Bit: 64, Width: 8, Ref: wire.RFC("1812", "5.3.1"),
				Doc: "How many more routers may pass the packet on: each takes one off, and the one that reaches zero discards it.",
			},
			{Name: "Protocol", Key: "ip.proto", Bit: 72, Width: 8, Ref: ref, Names: protocolNames(), Doc: "What the packet carries."},
			{Name: "Header Checksum", Key: "ip.checksum", Bit: 80, Width: 16, Format: wire.Hex, Ref: wire.RFC("1071", "1"), Doc: "One's complement checksum over the header alone; each router computes it anew."},
			{Name: "Source Address", Key: "ip.src", Bit: 96, Width: 32, Format: wire.Address, Ref: ref, Doc: "The address of the host that made the packet."},
			{Name: "Destination Address", Key: "ip.dst", Bit: 128, Width: 32, Format: wire.Address, Ref: ref, Doc: "The address of the host that the packet is for."},
		},
	}
}

// protocolNames are the assigned protocol numbers that one meets.
func protocolNames() []wire.Name {
	return []wire.Name{
		{Value: 0, Text: "Hop-by-Hop Options"},
		{Value: 1, Text: "ICMP"},
		{Value: 2, Text: "IGMP"},
		{Value: 4, Text: "IPv4"},
		{Value: 6, Text: "TCP"},
		{Value: 17, Text: "UDP"},
		{Value: 41, Text: "IPv6"},
		{Value: 43, Text: "Routing Header"},
		{Value: 44, Text: "Fragment Header"},
		{Value: 47, Text: "GRE"},
		{Value: 50, Text: "ESP"},
		{Value: 51, Text: "AH"},
		{Value: 58, Text: "ICMPv6"},
		{Value: 59, Text: "No Next Header"},
		{Value: 60, Text: "Destination Options"},
		{Value: 89, Text: "OSPF"},
		{Value: 103, Text: "PIM"},
		{Value: 112, Text: "VRRP"},
		{Value: 132, Text: "SCTP"},
	}
}

func ecnNames() []wire.Name {
	return []wire.Name{{Value: 0, Text: "Not-ECT"}, {Value: 1, Text: "ECT(1)"}, {Value: 2, Text: "ECT(0)"}, {Value: 3, Text: "CE"}}
}

func dscpNames() []wire.Name {
	return []wire.Name{
		{Value: 0, Text: "Default"},
		{Value: 8, Text: "CS1"},
		{Value: 10, Text: "AF11"},
		{Value: 16, Text: "CS2"},
		{Value: 18, Text: "AF21"},
		{Value: 24, Text: "CS3"},
		{Value: 26, Text: "AF31"},
		{Value: 32, Text: "CS4"},
		{Value: 34, Text: "AF41"},
		{Value: 40, Text: "CS5"},
		{Value: 46, Text: "EF"},
		{Value: 48, Text: "CS6"},
		{Value: 56, Text: "CS7"},
	}
}
