package quic

import "netlab/wire"

// LongHeaderLayout returns the first five octets of a packet with a long header, by its type and version. open: the protection of the first one is off.
func LongHeaderLayout(kind Type, v Version, open bool) wire.Layout {
	ref := wire.RFC("9000", "17.2")
	l := wire.Layout{Name: "QUIC", Key: "quic", Ref: ref, Doc: "Carries streams over UDP, encrypted with the keys of a TLS handshake that it carries as well."}
	l.Fields = []wire.Field{headerForm(), fixedBit(), {
		Name: "Long Packet Type", Key: "quic.long.packet_type", Bit: 2, Width: 2, Names: typeNames(v), Ref: ref, Doc: "What the packet is for.",
	}}
	switch {
	case kind == VersionNegotiation:
		l.Fields = append(l.Fields[:1], wire.Field{Name: "Unused", Key: "quic.vn.unused", Bit: 1, Width: 7, Format: wire.Hex, Ref: wire.RFC("9000", "17.2.1"), Doc: "Any value: without a version they mean nothing."})
	case kind == Unknown:
		l.Fields = append(l.Fields[:1], wire.Field{Name: "Version-Specific Bits", Key: "quic.version_specific", Bit: 1, Width: 7, Format: wire.Hex, Ref: wire.RFC("8999", "5.1"), Doc: "What they mean depends on the version."})
	case kind == Retry:
		l.Fields = append(l.Fields, wire.Field{Name: "Unused", Key: "quic.retry.unused", Bit: 4, Width: 4, Format: wire.Hex, Ref: wire.RFC("9000", "17.2.5"), Doc: "Any value."})
	case open:
		l.Fields = append(
			l.Fields,
			wire.Field{Name: "Reserved Bits", Key: "quic.long.reserved", Bit: 4, Width: 2, Ref: ref, Doc: "Zero."},
			wire.Field{Name: "Packet Number Length", Key: "quic.packet_number_length", Bit: 6, Width: 2, Names: numberLengths(), Ref: ref, Doc: "How many octets of the packet number are sent, less one."},
		)
	default:
		l.Fields = append(l.Fields, protectedBits(4))
	}
	l.Fields = append(l.Fields, versionField("quic.version", 8))
	return l
}

// ShortHeaderLayout returns the first octet of a packet with a short header.
func ShortHeaderLayout() wire.Layout {
	return wire.Layout{
		Name: "QUIC", Key: "quic", Ref: wire.RFC("9000", "17.3"), Doc: "Carries streams over UDP, encrypted with the keys of a TLS handshake.",
		Fields: []wire.Field{
			headerForm(), fixedBit(),
			{Name: "Spin Bit", Key: "quic.spin_bit", Bit: 2, Width: 1, Format: wire.Flag, Ref: wire.RFC("9000", "17.4"), Doc: "Changes once in a round trip, so that who watches can measure it, if both ends take part."},
			protectedBits(3),
		},
	}
}

func headerForm() wire.Field {
	return wire.Field{
		Name: "Header Form", Key: "quic.header_form", Bit: 0, Width: 1, Names: []wire.Name{{Value: 1, Text: "long"}, {Value: 0, Text: "short"}},
		Ref: wire.RFC("9000", "17.2"), Doc: "Which header: the long one until keys are agreed on, then the short one.",
	}
}

func fixedBit() wire.Field {
	return wire.Field{Name: "Fixed Bit", Key: "quic.fixed_bit", Bit: 1, Width: 1, Format: wire.Flag, Ref: wire.RFC("9000", "17.2"), Doc: "Always set: it tells QUIC from other protocols on the same port."}
}

func protectedBits(bit int) wire.Field {
	return wire.Field{
		Name: "Protected Bits", Key: "quic.protected", Bit: bit, Width: 8 - bit, Format: wire.Hex, Ref: wire.RFC("9001", "5.4"),
		Doc: "The length of the packet number and more, under a mask that only the two ends know.",
	}
}

func versionField(key string, bit int) wire.Field {
	return wire.Field{
		Name: "Version", Key: key, Bit: bit, Width: 32, Format: wire.Hex, Ref: wire.RFC("9000", "15"), Doc: "A version of QUIC; 0: none, the packet says which there are.",
		Names: []wire.Name{{Value: uint64(Negotiation), Text: "Version Negotiation"}, {Value: uint64(Version1), Text: "1"}, {Value: uint64(Version2), Text: "2"}},
	}
}

func typeNames(v Version) []wire.Name {
	var names []wire.Name
	for number := range uint64(4) {
		names = append(names, wire.Name{Value: number, Text: typeOf(byte(number)<<4, v).String()})
	}
	return names
}

func numberLengths() []wire.Name {
	return []wire.Name{{Value: 0, Text: "1 octet"}, {Value: 1, Text: "2 octets"}, {Value: 2, Text: "3 octets"}, {Value: 3, Text: "4 octets"}}
}

// Fields returns the fields that have no place of their own, because what is before them varies in length; those of frames too.
func Fields() []wire.Field {
	header, frame := "17.2", "12.4"
	field := func(name, key, section, doc string) wire.Field {
		return wire.Field{Name: name, Key: key, Ref: wire.RFC("9000", section), Doc: doc}
	}
	number := func(name, key, section, doc string) wire.Field {
		f := field(name, key, section, doc)
		f.Width = 64 // at the most
		return f
	}
	return []wire.Field{
		number("Destination Connection ID Length", "quic.dcil", header, "How many octets the connection ID of the receiver has."),
		field("Destination Connection ID", "quic.dcid", header, "By what the receiver finds the connection, whatever addresses the packet has; the client's first one is random, and the keys of Initial packets are made of it."),
		number("Source Connection ID Length", "quic.scil", header, "How many octets the connection ID of the sender has."),
		field("Source Connection ID", "quic.scid", header, "By what the sender wants to be found."),
		versionField("quic.supported_version", 0),
		number("Token Length", "quic.token_length", "17.2.2", "How many octets of token follow."),
		field("Token", "quic.token", "17.2.2", "What the server gave the client in a Retry, or in an earlier connection: who has it is where it says that it is."),
		number("Length", "quic.length", header, "How many octets of packet number and payload follow: another packet may come behind them in the same datagram."),
		number("Packet Number", "quic.packet_number", "12.3", "Counts the packets of one kind; what is sent again gets a new one."),
		field("Retry Token", "quic.retry_token", "17.2.5", "What the client is to send along when it tries again."),
		field("Retry Integrity Tag", "quic.retry_integrity_tag", "17.2.5", "Shows that the sender has seen the client's packet."),
		field("Protected Payload", "quic.remaining_payload", "12.1", "The packet number and the frames, encrypted with keys that only the two ends have."),
		field("Authentication Tag", "quic.tag", "12.1", "Shows that nobody changed the packet."),
		field("Padding", "quic.coalesced_padding_data", "12.2", "Octets behind the last packet of the datagram."),
		field("Octets", "quic.unknown", "12.2", "Octets that are not what should be here."),
		field("Frame", "quic.frame", frame, "One thing that one end says to the other."),
		number("Frame Type", "quic.frame_type", frame, "What the frame is."),
		number("Padding Length", "quic.padding_length", "19.1", "How many octets of padding: they make the datagram so large that a path which does not carry it shows."),
		number("Largest Acknowledged", "quic.ack.largest_acknowledged", "19.3", "The largest packet number that has arrived."),
		number("ACK Delay", "quic.ack.ack_delay", "19.3", "How long ago that packet had arrived, in units that the handshake agrees on."),
		number("ACK Range Count", "quic.ack.ack_range_count", "19.3", "How many gaps with the ranges below them follow."),
		number("First ACK Range", "quic.ack.first_ack_range", "19.3", "How many packets right before the largest one have arrived too."),
		number("Gap", "quic.ack.gap", "19.3.1", "How many packets in a row have not arrived, less one."),
		number("ACK Range Length", "quic.ack.ack_range", "19.3.1", "How many packets below the gap have arrived, less one."),
		number("ECN Count", "quic.ack.ecn_count", "19.3.2", "How many packets arrived with a mark of explicit congestion notification: of ECT(0), of ECT(1), and of CE."),
		number("Offset", "quic.crypto.offset", "19.6", "Where in the handshake the octets belong."),
		number("Length", "quic.crypto.length", "19.6", "How many octets follow."),
		field("Crypto Data", "quic.crypto.crypto_data", "19.6", "A piece of the TLS handshake, without records."),
		number("Error Code", "quic.cc.error_code", "19.19", "Why the connection is closed."),
		number("Frame Type", "quic.cc.frame_type", "19.19", "What kind of frame led to it; 0: it is not known."),
		number("Reason Phrase Length", "quic.cc.reason_phrase.length", "19.19", "How many octets of reason follow."),
		field("Reason Phrase", "quic.cc.reason_phrase", "19.19", "Why, for people."),
	}
}

// Keys returns the names of all fields.
func Keys() []string {
	keys := []string{"quic", "quic.long.packet_type", "quic.long.reserved", "quic.packet_number_length", "quic.version", "quic.vn.unused", "quic.version_specific", "quic.retry.unused"}
	for _, f := range append(ShortHeaderLayout().Fields, Fields()...) {
		keys = append(keys, f.Key)
	}
	return keys
}
