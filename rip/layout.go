package rip

import "netlab/wire"

// HeaderLayout declares what every message begins with: the figure of RFC 2453, Section 3.6.
func HeaderLayout() wire.Layout {
	ref := wire.RFC("2453", "3.6")
	return wire.Layout{
		Name: "Routing Information Protocol", Key: "rip", Ref: ref,
		Doc: "How routers tell their neighbours which networks they reach, and over how many hops.",
		Fields: []wire.Field{
			{
				Name: "Command", Key: "rip.command", Width: 8, Ref: ref, Names: []wire.Name{{Value: 1, Text: "request"}, {Value: 2, Text: "response"}},
				Doc: "Whether the message asks for routes or tells of them.",
			},
			{Name: "Version", Key: "rip.version", Bit: 8, Width: 8, Ref: ref, Doc: "Version 2 says with each network how long its prefix is; version 1 did not."},
			{Name: "Must be zero", Key: "rip.zero", Bit: 16, Width: 16, Format: wire.Hex, Ref: ref, Doc: "Must be zero."},
		},
	}
}

// EntryLayout declares what a message says about one network: the figure of RFC 2453, Section 4.
func EntryLayout() wire.Layout {
	ref := wire.RFC("2453", "4")
	return wire.Layout{
		Name: "Route", Key: "rip.entry", Ref: ref,
		Doc: "A network, and how far it is from the sender of the message.",
		Fields: []wire.Field{
			{
				Name: "Address Family Identifier", Key: "rip.family", Width: 16, Ref: wire.RFC("2453", "3.6"),
				Names: []wire.Name{{Value: 0, Text: "unspecified"}, {Value: 2, Text: "IP"}}, Doc: "What the address is one of.",
			},
			{Name: "Route Tag", Key: "rip.route_tag", Bit: 16, Width: 16, Ref: wire.RFC("2453", "4.2"), Doc: "A mark that is handed on with the route: where it came from."},
			{Name: "IP Address", Key: "rip.ip", Bit: 32, Width: 32, Format: wire.Address, Ref: wire.RFC("2453", "3.6"), Doc: "The network's address."},
			{Name: "Subnet Mask", Key: "rip.netmask", Bit: 64, Width: 32, Format: wire.Address, Ref: wire.RFC("2453", "4.3"), Doc: "Ones for the bits of the address that are the network's."},
			{Name: "Next Hop", Key: "rip.next_hop", Bit: 96, Width: 32, Format: wire.Address, Ref: wire.RFC("2453", "4.4"), Doc: "Where packets for the network should be sent; 0.0.0.0: to the sender of the message."},
			{
				Name: "Metric", Key: "rip.metric", Bit: 128, Width: 32, Ref: wire.RFC("2453", "3.6"), Names: []wire.Name{{Value: Infinity, Text: "infinity: not reachable"}},
				Doc: "How many hops it is from the sender to the network.",
			},
		},
	}
}

// PasswordLayout declares the first entry of a message with authentication: the figure of RFC 2453, Section 4.1.
func PasswordLayout() wire.Layout {
	ref := wire.RFC("2453", "4.1")
	return wire.Layout{
		Name: "Authentication", Key: "rip.auth", Ref: ref,
		Doc: "Says that the sender is one of us. A password that everybody on the link can read protects from mistakes, not from attackers.",
		Fields: []wire.Field{
			{Name: "Address Family Identifier", Key: "rip.auth.family", Width: 16, Format: wire.Hex, Ref: ref, Names: []wire.Name{{Value: familyPassword, Text: "authentication"}}, Doc: "Says that this is no route."},
			{Name: "Authentication Type", Key: "rip.auth.type", Bit: 16, Width: 16, Ref: ref, Names: []wire.Name{{Value: simplePassword, Text: "simple password"}}, Doc: "How the sender shows who it is."},
			{Name: "Authentication", Key: "rip.auth.passwd", Bit: 32, Width: 128, Format: wire.Bytes, Ref: ref, Doc: "The password, with zeros behind it."},
		},
	}
}
