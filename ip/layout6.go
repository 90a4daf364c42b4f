package ip

import "netlab/wire"

// HeaderLayout6 declares the fixed header of IPv6: the figure of RFC 8200, Section 3, with the Traffic Class as RFC 2474
// and RFC 3168 use it.
func HeaderLayout6() wire.Layout {
	ref := wire.RFC("8200", "3")
	return wire.Layout{
		Name: "Internet Protocol Version 6", Key: "ipv6", Ref: ref,
		Doc: "A packet on its way from one address to another, each router passing it on.",
		Fields: []wire.Field{
			{Name: "Version", Key: "ipv6.version", Width: 4, Ref: ref, Doc: "The version of the Internet Protocol, here always 6."},
			{
				Name: "DSCP", Key: "ipv6.tclass.dscp", Bit: 4, Width: 6, Ref: wire.RFC("2474", "3"), Names: dscpNames(),
				Doc: "The Differentiated Services Code Point: how routers should treat the packet.",
			},
			{
				Name: "ECN", Key: "ipv6.tclass.ecn", Bit: 10, Width: 2, Ref: wire.RFC("3168", "5"), Names: ecnNames(),
				Doc: "Explicit Congestion Notification: whether routers may mark the packet instead of dropping it, and whether one did.",
			},
			{
				Name: "Flow Label", Key: "ipv6.flow", Bit: 12, Width: 20, Format: wire.Hex, Ref: wire.RFC("8200", "6"),
				Doc: "The same in all packets of a flow, so that routers can keep them on one way without looking further.",
			},
			{Name: "Payload Length", Key: "ipv6.plen", Bit: 32, Width: 16, Ref: ref, Doc: "Octets after this header, those of extension headers with them."},
			{Name: "Next Header", Key: "ipv6.nxt", Bit: 48, Width: 8, Ref: ref, Names: protocolNames(), Doc: "What follows: an extension header, or what the packet carries."},
			{
				Name: "Hop Limit", Key: "ipv6.hlim", Bit: 56, Width: 8, Ref: ref,
				Doc: "How many more routers may pass the packet on: each takes one off, and the one that reaches zero discards it.",
			},
			{Name: "Source Address", Key: "ipv6.src", Bit: 64, Width: 128, Format: wire.Address, Ref: ref, Doc: "The address of the host that made the packet."},
			{Name: "Destination Address", Key: "ipv6.dst", Bit: 192, Width: 128, Format: wire.Address, Ref: ref, Doc: "The address of the host, or of the group of hosts, that the packet is for."},
		},
	}
}

// ExtensionLayout declares the fixed octets of an extension header (RFC 8200, Section 4); what follows them depends on its kind.
func ExtensionLayout(p Protocol) wire.Layout {
	next := func(key string, ref wire.Ref) wire.Field {
		return wire.Field{Name: "Next Header", Key: key + ".nxt", Width: 8, Ref: ref, Names: protocolNames(), Doc: "What follows this header."}
	}
	length := func(key string, ref wire.Ref) wire.Field {
		return wire.Field{Name: "Length", Key: key + ".len", Bit: 8, Width: 8, Ref: ref, Doc: "Of this header, in units of 8 octets, without the first 8."}
	}
	switch p {
	case HopByHopOptions:
		ref := wire.RFC("8200", "4.3")
		return wire.Layout{
			Name: "Hop-by-Hop Options", Key: "ipv6.hopopts", Ref: ref, Doc: "Options for every router on the way.",
			Fields: []wire.Field{next("ipv6.hopopts", ref), length("ipv6.hopopts", ref)},
		}
	case DestinationOptions:
		ref := wire.RFC("8200", "4.6")
		return wire.Layout{
			Name: "Destination Options", Key: "ipv6.dstopts", Ref: ref, Doc: "Options for the destination alone.",
			Fields: []wire.Field{next("ipv6.dstopts", ref), length("ipv6.dstopts", ref)},
		}
	case RoutingHeader:
		ref := wire.RFC("8200", "4.4")
		return wire.Layout{
			Name: "Routing Header", Key: "ipv6.routing", Ref: ref, Doc: "Hosts or routers that the packet is to visit on its way.",
			Fields: []wire.Field{
				next("ipv6.routing", ref), length("ipv6.routing", ref),
				{Name: "Routing Type", Key: "ipv6.routing.type", Bit: 16, Width: 8, Ref: ref, Doc: "Which kind of list follows. Type 0 is forbidden since RFC 5095."},
				{Name: "Segments Left", Key: "ipv6.routing.segleft", Bit: 24, Width: 8, Ref: ref, Doc: "How many of the list are still to be visited."},
			},
		}
	}
	ref := wire.RFC("8200", "4.5")
	return wire.Layout{
		Name: "Fragment Header", Key: "ipv6.fraghdr", Ref: ref, Doc: "This packet is a piece of a larger one, cut up by its source.",
		Fields: []wire.Field{
			next("ipv6.fraghdr", ref),
			{Name: "Reserved", Key: "ipv6.fraghdr.reserved_octet", Bit: 8, Width: 8, Ref: ref, Doc: "Zero, and ignored."},
			{Name: "Fragment Offset", Key: "ipv6.fraghdr.offset", Bit: 16, Width: 13, Ref: ref, Doc: "Where in the larger packet this piece belongs, in units of 8 octets."},
			{Name: "Reserved", Key: "ipv6.fraghdr.reserved_bits", Bit: 29, Width: 2, Ref: ref, Doc: "Zero, and ignored."},
			{Name: "More Fragments", Key: "ipv6.fraghdr.more", Bit: 31, Width: 1, Format: wire.Flag, Ref: ref, Doc: "This is not the last piece."},
			{Name: "Identification", Key: "ipv6.fraghdr.ident", Bit: 32, Width: 32, Format: wire.Hex, Ref: ref, Doc: "The same number in all pieces of a packet."},
		},
	}
}

// OptionLayout6 declares the first two octets of an option in hop-by-hop or destination options (RFC 8200, Section 4.2);
// Pad1, which is a single zero, has only the first.
func OptionLayout6(kind uint8) wire.Layout {
	ref := wire.RFC("8200", "4.2")
	l := wire.Layout{Name: "Option: unknown", Key: "ipv6.opt", Ref: ref, Doc: "An option that this program does not know; its first two bits say what to do then."}
	l.Fields = []wire.Field{
		{Name: "Option Type", Key: "ipv6.opt.type", Width: 8, Format: wire.Hex, Ref: ref, Doc: "Which option this is; the first two bits say what to do with it if one does not know it."},
		{Name: "Option Length", Key: "ipv6.opt.length", Bit: 8, Width: 8, Ref: ref, Doc: "Octets of data that follow."},
	}
	switch kind {
	case 0:
		l.Name, l.Doc, l.Fields = "Option: Pad1", "One octet of padding.", l.Fields[:1]
	case 1:
		l.Name, l.Doc = "Option: PadN", "Two or more octets of padding."
	case 5:
		l.Name, l.Doc, l.Ref = "Option: Router Alert", "Asks each router to look at the packet although it is not for it.", wire.RFC("2711", "2.1")
	}
	return l
}
