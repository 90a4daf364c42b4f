package udp

import "netlab/wire"

// HeaderLayout declares the UDP header: the figure of RFC 768.
func HeaderLayout() wire.Layout {
	ref := wire.RFC("768", "")
	return wire.Layout{
		Name: "User Datagram Protocol", Key: "udp", Ref: ref,
		Doc: "A single message from one port to another, which may get lost, doubled or overtaken.",
		Fields: []wire.Field{
			{Name: "Source Port", Key: "udp.srcport", Width: 16, Ref: ref, Doc: "The port of the sending end, to which a reply would go; 0 if none is wanted."},
			{Name: "Destination Port", Key: "udp.dstport", Bit: 16, Width: 16, Ref: ref, Doc: "The port of the receiving end."},
			{Name: "Length", Key: "udp.length", Bit: 32, Width: 16, Ref: ref, Doc: "The length of the datagram, header and data, in octets."},
			{
				Name: "Checksum", Key: "udp.checksum", Bit: 48, Width: 16, Format: wire.Hex, Ref: ref,
				Doc: "One's complement checksum over pseudo-header, header and data; 0 if the sender computed none.",
			},
		},
	}
}
