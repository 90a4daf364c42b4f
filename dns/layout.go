package dns

import "netlab/wire"

// Port is where name servers listen, on UDP and TCP (RFC 1035, Section 4.2).
const Port = 53

// Ports of datagrams that have the format of DNS messages and go to everybody on a link: multicast DNS, and
// link-local multicast name resolution (IANA, Service Name and Transport Protocol Port Number Registry).
const (
	MulticastPort = 5353
	LLMNRPort     = 5355
)

// Lengths in octets.
const (
	headerLen   = 12 // of a message's header
	questionLen = 4  // of what follows the name in a question
	recordLen   = 10 // of what follows the name in a record, up to its data
)

// HeaderLayout declares the header of a message: the figure of RFC 1035, Section 4.1.1, with the
// two bits that DNSSEC has taken from Z (RFC 4035).
func HeaderLayout() wire.Layout {
	ref := wire.RFC("1035", "4.1.1")
	flag := func(name, key string, bit int, doc string) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: 1, Format: wire.Flag, Doc: doc, Ref: ref}
	}
	dnssec := func(name, key string, bit int, doc string) wire.Field {
		f := flag(name, key, bit, doc)
		f.Ref = wire.RFC("4035", "")
		return f
	}
	count := func(name, key string, bit int, doc string) wire.Field {
		return wire.Field{Name: name, Key: key, Bit: bit, Width: 16, Doc: doc, Ref: ref}
	}
	return wire.Layout{
		Name: "Domain Name System", Key: "dns", Ref: wire.RFC("1035", "4.1"),
		Doc: "A question about a name, or the answer to one.",
		Fields: []wire.Field{
			{Name: "Transaction ID", Key: "dns.id", Width: 16, Format: wire.Hex, Ref: ref, Doc: "Chosen by whoever asks; the answer repeats it, so that a forger has to guess it."},
			flag("Response", "dns.flags.response", 16, "Set in answers, not set in questions (QR)."),
			{Name: "Opcode", Key: "dns.flags.opcode", Bit: 17, Width: 4, Names: opcodeNames(), Ref: ref, Doc: "The kind of query."},
			flag("Authoritative Answer", "dns.flags.authoritative", 21, "The server answers from its own zone, not from hearsay (AA)."),
			flag("Truncated", "dns.flags.truncated", 22, "The answer did not fit into a datagram: ask again over TCP (TC)."),
			flag("Recursion Desired", "dns.flags.recdesired", 23, "The server is asked to find the answer elsewhere if it does not have it (RD)."),
			flag("Recursion Available", "dns.flags.recavail", 24, "The server would do so (RA)."),
			flag("Reserved", "dns.flags.z", 25, "Must be zero (Z)."),
			dnssec("Authentic Data", "dns.flags.authenticated", 26, "The server says that it has verified signatures (AD)."),
			dnssec("Checking Disabled", "dns.flags.checkdisable", 27, "The client wants data also if signatures do not hold (CD)."),
			{Name: "Response Code", Key: "dns.flags.rcode", Bit: 28, Width: 4, Names: rcodeNames(), Ref: ref, Doc: "How the query went."},
			count("Questions", "dns.count.queries", 32, "How many questions follow: one."),
			count("Answer Records", "dns.count.answers", 48, "How many records answer the question."),
			count("Authority Records", "dns.count.auth_rr", 64, "How many records say who has authority over the name."),
			count("Additional Records", "dns.count.add_rr", 80, "How many further records may be of use."),
		},
	}
}

// LengthLayout declares the two octets before each message on TCP.
func LengthLayout() wire.Layout {
	ref := wire.RFC("1035", "4.2.2")
	return wire.Layout{
		Name: "DNS Message Length", Key: "dns.length", Ref: ref, Doc: "TCP has no messages of its own, so each one is preceded by its length.",
		Fields: []wire.Field{{Name: "Length", Key: "dns.length", Width: 16, Ref: ref, Doc: "Octets of the message that follows."}},
	}
}

// questionLayout declares what follows the name in a question.
func questionLayout() wire.Layout {
	ref := wire.RFC("1035", "4.1.2")
	return wire.Layout{Fields: []wire.Field{
		{Name: "Type", Key: "dns.qry.type", Width: 16, Names: typeNames(), Ref: ref, Doc: "What is asked for: the type of the records wanted."},
		{Name: "Class", Key: "dns.qry.class", Bit: 16, Width: 16, Format: wire.Hex, Names: classNames(), Ref: ref, Doc: "The class of the records: that of the Internet."},
	}}
}

// recordLayout declares what follows the name in a resource record, up to its data.
func recordLayout() wire.Layout {
	ref := wire.RFC("1035", "4.1.3")
	return wire.Layout{Fields: []wire.Field{
		{Name: "Type", Key: "dns.resp.type", Width: 16, Names: typeNames(), Ref: ref, Doc: "What the data means."},
		{Name: "Class", Key: "dns.resp.class", Bit: 16, Width: 16, Format: wire.Hex, Names: classNames(), Ref: ref, Doc: "The class of the record: that of the Internet."},
		{Name: "Time to Live", Key: "dns.resp.ttl", Bit: 32, Width: 32, Ref: wire.RFC("2181", "8"), Doc: "How many seconds the record may be remembered."},
		{Name: "Data Length", Key: "dns.resp.len", Bit: 64, Width: 16, Ref: ref, Doc: "Octets of data that follow."},
	}}
}

// optLayout declares the same octets of an OPT record, which uses them differently.
func optLayout() wire.Layout {
	ref := wire.RFC("6891", "6.1.3")
	return wire.Layout{Fields: []wire.Field{
		{Name: "Type", Key: "dns.resp.type", Width: 16, Names: typeNames(), Ref: wire.RFC("6891", "6.1.1"), Doc: "OPT: not data, but what the sender of the message can do (EDNS)."},
		{Name: "UDP Payload Size", Key: "dns.rr.udp_payload_size", Bit: 16, Width: 16, Ref: wire.RFC("6891", "6.2.3"), Doc: "The largest message that the sender takes in one datagram, in octets."},
		{Name: "Extended Response Code", Key: "dns.resp.ext_rcode", Bit: 32, Width: 8, Ref: ref, Doc: "Eight more bits above those of the header's response code."},
		{Name: "EDNS Version", Key: "dns.resp.edns0_version", Bit: 40, Width: 8, Ref: ref, Doc: "0 is the only one there is."},
		{Name: "DNSSEC OK", Key: "dns.resp.z.do", Bit: 48, Width: 1, Format: wire.Flag, Ref: wire.RFC("6891", "6.1.4"), Doc: "The sender wants signatures too (DO)."},
		{Name: "Reserved", Key: "dns.resp.z.reserved", Bit: 49, Width: 15, Format: wire.Hex, Ref: wire.RFC("6891", "6.1.4"), Doc: "Must be zero (Z)."},
		{Name: "Data Length", Key: "dns.resp.len", Bit: 64, Width: 16, Ref: wire.RFC("6891", "6.1.2"), Doc: "Octets of options that follow."},
	}}
}

func opcodeNames() []wire.Name {
	return []wire.Name{{Value: 0, Text: "standard query"}, {Value: 1, Text: "inverse query"}, {Value: 2, Text: "server status"}, {Value: 4, Text: "notify"}, {Value: 5, Text: "update"}}
}

func rcodeNames() []wire.Name {
	return []wire.Name{
		{Value: 0, Text: "no error"},
		{Value: 1, Text: "format error"},
		{Value: 2, Text: "server failure"},
		{Value: 3, Text: "no such name"},
		{Value: 4, Text: "not implemented"},
		{Value: 5, Text: "refused"},
	}
}

func classNames() []wire.Name {
	return []wire.Name{{Value: 1, Text: "IN"}, {Value: 3, Text: "CH"}, {Value: 4, Text: "HS"}, {Value: 254, Text: "NONE"}, {Value: 255, Text: "ANY"}}
}

// typeNames are the types that are often seen (RFC 1035, Section 3.2.2 and later ones).
func typeNames() []wire.Name {
	return []wire.Name{
		{Value: 1, Text: "A"},
		{Value: 2, Text: "NS"},
		{Value: 5, Text: "CNAME"},
		{Value: 6, Text: "SOA"},
		{Value: 12, Text: "PTR"},
		{Value: 13, Text: "HINFO"},
		{Value: 15, Text: "MX"},
		{Value: 16, Text: "TXT"},
		{Value: 28, Text: "AAAA"},
		{Value: 33, Text: "SRV"},
		{Value: 35, Text: "NAPTR"},
		{Value: 39, Text: "DNAME"},
		{Value: 41, Text: "OPT"},
		{Value: 43, Text: "DS"},
		{Value: 46, Text: "RRSIG"},
		{Value: 47, Text: "NSEC"},
		{Value: 48, Text: "DNSKEY"},
		{Value: 50, Text: "NSEC3"},
		{Value: 52, Text: "TLSA"},
		{Value: 64, Text: "SVCB"},
		{Value: 65, Text: "HTTPS"},
		{Value: 251, Text: "IXFR"},
		{Value: 252, Text: "AXFR"},
		{Value: 255, Text: "ANY"},
		{Value: 257, Text: "CAA"},
	}
}

// nameOf returns the name of a number: "AAAA", or "TYPE1234" as RFC 3597 writes unknown ones.
func nameOf(names []wire.Name, v uint16, unknown string) string {
	for _, n := range names {
		if n.Value == uint64(v) {
			return n.Text
		}
	}
	return unknown + decimal(int(v))
}
