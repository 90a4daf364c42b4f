package ip

import "netlab/wire"

// MessageLayout declares the fixed octets of an ICMP or ICMPv6 message of the given type and code, mostly 8: the figures of
// RFC 792, RFC 4443 and RFC 4861.
func MessageLayout(t MessageType, code uint8) wire.Layout {
	if t >= version6 {
		return messageLayout6(t)
	}
	ref := wire.RFC("792", "")
	l := wire.Layout{
		Name: "Internet Control Message Protocol", Key: "icmp", Ref: ref,
		Doc: "A message about the network itself: an echo for ping, or what went wrong with another packet.",
		Fields: []wire.Field{
			{Name: "Type", Key: "icmp.type", Width: 8, Ref: ref, Names: typeNames(), Doc: "What kind of message this is."},
			{Name: "Code", Key: "icmp.code", Bit: 8, Width: 8, Ref: ref, Names: codeNames(t), Doc: "Which case of that kind."},
			{Name: "Checksum", Key: "icmp.checksum", Bit: 16, Width: 16, Format: wire.Hex, Ref: ref, Doc: "One's complement checksum over the whole message."},
		},
	}
	unused := func(bit, width int) wire.Field {
		return wire.Field{Name: "Unused", Key: "icmp.unused", Bit: bit, Width: width, Format: wire.Hex, Ref: ref, Doc: "Must be zero."}
	}
	switch {
	case t == EchoRequest || t == EchoReply:
		l.Fields = append(l.Fields,
			wire.Field{Name: "Identifier", Key: "icmp.ident", Bit: 32, Width: 16, Ref: ref, Doc: "Which ping the echo belongs to; the reply has that of the request."},
			wire.Field{Name: "Sequence Number", Key: "icmp.seq", Bit: 48, Width: 16, Ref: ref, Doc: "Which echo of that ping; the reply has that of the request."})
	case t == Unreachable && code == FragmentationNeeded:
		l.Fields = append(l.Fields, unused(32, 16), wire.Field{
			Name: "Next-Hop MTU", Key: "icmp.mtu", Bit: 48, Width: 16, Ref: wire.RFC("1191", "4"),
			Doc: "The size in octets of the largest packet that the next link takes.",
		})
	case t == Redirect:
		l.Fields = append(l.Fields, wire.Field{
			Name: "Gateway Address", Key: "icmp.redir_gw", Bit: 32, Width: 32, Format: wire.Address, Ref: ref,
			Doc: "The router that is a better first hop to the quoted packet's destination.",
		})
	case t == ParameterProblem && code == 0:
		l.Fields = append(l.Fields, wire.Field{
			Name: "Pointer", Key: "icmp.pointer", Bit: 32, Width: 8, Ref: ref, Doc: "The octet of the quoted packet where the problem is, counted from 0.",
		}, unused(40, 24))
	case t == Unreachable || t == TimeExceeded || t == ParameterProblem || t == SourceQuench:
		l.Fields = append(l.Fields, unused(32, 32))
	default:
		l.Fields = append(l.Fields, wire.Field{
			Name: "Rest of Header", Bit: 32, Width: 32, Format: wire.Hex, Ref: ref, Doc: "What this type of message uses in its own way.",
		})
	}
	return l
}

func typeNames() []wire.Name {
	return []wire.Name{
		{Value: 0, Text: "Echo Reply"},
		{Value: 3, Text: "Destination Unreachable"},
		{Value: 4, Text: "Source Quench"},
		{Value: 5, Text: "Redirect"},
		{Value: 8, Text: "Echo Request"},
		{Value: 9, Text: "Router Advertisement"},
		{Value: 10, Text: "Router Solicitation"},
		{Value: 11, Text: "Time Exceeded"},
		{Value: 12, Text: "Parameter Problem"},
		{Value: 13, Text: "Timestamp"},
		{Value: 14, Text: "Timestamp Reply"},
	}
}

// codeNames are the codes of a type (RFC 792; RFC 1122, Section 3.2.2.1; RFC 1812, Section 5.2.7.1).
func codeNames(t MessageType) []wire.Name {
	switch t {
	case Unreachable:
		return []wire.Name{
			{Value: 0, Text: "Network Unreachable"},
			{Value: 1, Text: "Host Unreachable"},
			{Value: 2, Text: "Protocol Unreachable"},
			{Value: 3, Text: "Port Unreachable"},
			{Value: 4, Text: "Fragmentation Needed and DF Set"},
			{Value: 5, Text: "Source Route Failed"},
			{Value: 6, Text: "Network Unknown"},
			{Value: 7, Text: "Host Unknown"},
			{Value: 8, Text: "Source Host Isolated"},
			{Value: 9, Text: "Network Administratively Prohibited"},
			{Value: 10, Text: "Host Administratively Prohibited"},
			{Value: 11, Text: "Network Unreachable for Type of Service"},
			{Value: 12, Text: "Host Unreachable for Type of Service"},
			{Value: 13, Text: "Communication Administratively Prohibited"},
		}
	case Redirect:
		return []wire.Name{{Value: 0, Text: "for the Network"}, {Value: 1, Text: "for the Host"}}
	case TimeExceeded:
		return []wire.Name{{Value: 0, Text: "TTL Exceeded in Transit"}, {Value: 1, Text: "Fragment Reassembly Time Exceeded"}}
	case ParameterProblem:
		return []wire.Name{{Value: 0, Text: "Pointer Indicates the Error"}, {Value: 1, Text: "Required Option Missing"}}
	}
	return nil
}
