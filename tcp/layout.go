package tcp

import "netlab/wire"

// HeaderLayout declares the TCP header without options: the figure of RFC 9293, Section 3.1.
func HeaderLayout() wire.Layout {
	ref := wire.RFC("9293", "3.1")
	ecn := wire.RFC("3168", "6.1")
	number := func(name, key string, bit, width int, doc string, ref wire.Ref) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: width, Doc: doc, Ref: ref}
	}
	flag := func(name, key string, bit int, doc string, ref wire.Ref) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: 1, Format: wire.Flag, Doc: doc, Ref: ref}
	}
	hex := func(name, key string, bit, width int, doc string) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: width, Format: wire.Hex, Doc: doc, Ref: ref}
	}
	return wire.Layout{
		Name: "Transmission Control Protocol", Key: "tcp", Ref: ref,
		Doc: "A segment of a TCP connection: a reliable, in-order stream of octets each way.",
		Fields: []wire.Field{
			number("Source Port", "tcp.srcport", 0, 16, "The port of the sending end.", ref),
			number("Destination Port", "tcp.dstport", 16, 16, "The port of the receiving end.", ref),
			number("Sequence Number", "tcp.seq_raw", 32, 32,
				"The number of the segment's first octet of data; with SYN, the initial sequence number.", wire.RFC("9293", "3.4")),
			number("Acknowledgment Number", "tcp.ack_raw", 64, 32,
				"If ACK is set: the next sequence number that the sender of this segment expects to receive.", wire.RFC("9293", "3.4")),
			number("Data Offset", "tcp.hdr_len", 96, 4, "The length of the header with its options, in words of 32 bits.", ref),
			hex("Reserved", "tcp.flags.res", 100, 4, "Kept for future use; must be zero when sent and is ignored when received."),
			flag("CWR", "tcp.flags.cwr", 104, "Congestion Window Reduced: the sender has heard the echo of a congestion mark.", ecn),
			flag("ECE", "tcp.flags.ece", 105, "ECN-Echo: a packet arrived with a congestion mark; with SYN, marks are understood.", ecn),
			flag("URG", "tcp.flags.urg", 106, "The Urgent Pointer is significant.", ref),
			flag("ACK", "tcp.flags.ack", 107, "The Acknowledgment Number is significant.", ref),
			flag("PSH", "tcp.flags.push", 108, "Push: hand what has arrived to the application without waiting for more.", ref),
			flag("RST", "tcp.flags.reset", 109, "Reset the connection.", wire.RFC("9293", "3.5.2")),
			flag("SYN", "tcp.flags.syn", 110, "Synchronize sequence numbers: opens a connection.", wire.RFC("9293", "3.5")),
			flag("FIN", "tcp.flags.fin", 111, "No more data from the sender.", wire.RFC("9293", "3.6")),
			number("Window", "tcp.window_size_value", 112, 16,
				"How many octets from the acknowledged one on the sender will accept, before scaling.", ref),
			hex("Checksum", "tcp.checksum", 128, 16, "One's complement checksum over pseudo-header, header and data."),
			number("Urgent Pointer", "tcp.urgent_pointer", 144, 16,
				"If URG is set: the offset from the sequence number to the octet after the urgent data.", wire.RFC("9293", "3.8.5")),
		},
	}
}

// OptionLayouts declares the options that have a fixed form: no operation, end of list, maximum segment
// size, window scale, SACK permitted, timestamps; and last the one block of a SACK option, which follows
// its kind and length as often as the length says.
func OptionLayouts() []wire.Layout {
	basic, scale := wire.RFC("9293", "3.2"), wire.RFC("7323", "2.2")
	sackPermitted, timestamps := wire.RFC("2018", "2"), wire.RFC("7323", "3.2")
	return []wire.Layout{
		{
			Name: "Option: End of Option List", Key: "tcp.options.eol", Ref: basic,
			Doc: "Nothing but padding follows.", Fields: []wire.Field{kindField(basic)},
		},
		{
			Name: "Option: No-Operation", Key: "tcp.options.nop", Ref: basic,
			Doc: "Fills up, so that the next option begins where it should.", Fields: []wire.Field{kindField(basic)},
		},
		optionLayout("Maximum Segment Size", "tcp.options.mss", "The largest segment that the sender of this option can take.", wire.RFC("9293", "3.7.1"),
			wire.Field{Name: "MSS Value", Key: "tcp.options.mss_val", Width: 16, Doc: "Octets of data in a segment, without headers."}),
		optionLayout("Window Scale", "tcp.options.wscale", "The windows that the sender of this option offers later are to be shifted left.", scale,
			wire.Field{Name: "Shift Count", Key: "tcp.options.wscale.shift", Width: 8, Doc: "By how many bits; at most 14."}),
		optionLayout("SACK Permitted", "tcp.options.sack_perm", "Selective acknowledgments are understood.", sackPermitted),
		optionLayout("Timestamps", "tcp.options.timestamp", "A clock and its echo, to measure round trips and reject old segments.", timestamps,
			wire.Field{Name: "Timestamp Value", Key: "tcp.options.timestamp.tsval", Width: 32, Doc: "The sender's clock."},
			wire.Field{Name: "Timestamp Echo Reply", Key: "tcp.options.timestamp.tsecr", Width: 32, Doc: "The latest clock that the other end sent."}),
		sackBlockLayout(),
		optionLayout("SACK", "tcp.options.sack", "What arrived although something before it is missing.", wire.RFC("2018", "3")),
		optionLayout("unknown", "tcp.options.unknown", "An option that this program does not know, or with an unusual length.", wire.RFC("9293", "3.1")),
	}
}

// OptionLayout returns which of OptionLayouts is that of the fixed octets of an option. One that is unknown or whose length is not its
// kind's is shown as kind, length and octets; the fixed octets of SACK are followed by blocks.
func OptionLayout(layouts []wire.Layout, opt []byte) *wire.Layout {
	switch kind := opt[0]; kind {
	case kindEnd, kindNop:
		return &layouts[kind]
	case kindMSS, kindWindowScale, kindSACKPermitted:
		if l := &layouts[kind]; len(opt) == l.Len() {
			return l
		}
	case kindTimestamps:
		if l := &layouts[5]; len(opt) == l.Len() {
			return l
		}
	case kindSACK:
		if len(opt)%8 == 2 {
			return &layouts[7]
		}
	}
	return &layouts[8]
}

func sackBlockLayout() wire.Layout {
	ref := wire.RFC("2018", "3")
	return wire.Layout{
		Name: "Block", Key: "tcp.options.sack.block", Ref: ref, Doc: "Octets that arrived although some before them are missing.",
		Fields: []wire.Field{
			{Name: "Left Edge", Key: "tcp.options.sack_le", Width: 32, Doc: "The block's first sequence number.", Ref: ref},
			{Name: "Right Edge", Key: "tcp.options.sack_re", Bit: 32, Width: 32, Doc: "The sequence number after the block's last.", Ref: ref},
		},
	}
}

// optionLayout lines up the fields of an option behind its kind and length.
func optionLayout(name, key, doc string, ref wire.Ref, fields ...wire.Field) wire.Layout {
	l := wire.Layout{Name: "Option: " + name, Key: key, Ref: ref, Doc: doc}
	l.Fields = append(l.Fields, kindField(ref), wire.Field{
		Name: "Length", Key: "tcp.option_len", Bit: 8, Width: 8, Doc: "Octets of the whole option.", Ref: wire.RFC("9293", "3.1"),
	})
	bit := 16
	for _, f := range fields {
		f.Bit, f.Ref = bit, ref
		bit += f.Width
		l.Fields = append(l.Fields, f)
	}
	return l
}

func kindField(ref wire.Ref) wire.Field {
	return wire.Field{
		Name: "Kind", Key: "tcp.option_kind", Width: 8, Doc: "Which option this is.", Ref: ref,
		Names: []wire.Name{
			{Value: kindEnd, Text: "End of Option List"},
			{Value: kindNop, Text: "No-Operation"},
			{Value: kindMSS, Text: "Maximum Segment Size"},
			{Value: kindWindowScale, Text: "Window Scale"},
			{Value: kindSACKPermitted, Text: "SACK Permitted"},
			{Value: kindSACK, Text: "SACK"},
			{Value: kindTimestamps, Text: "Timestamps"},
			{Value: 19, Text: "MD5 Signature"},
			{Value: 28, Text: "User Timeout"},
			{Value: 29, Text: "TCP-AO"},
			{Value: 30, Text: "Multipath TCP"},
			{Value: 34, Text: "TCP Fast Open Cookie"},
		},
	}
}
