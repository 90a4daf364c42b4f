package ip

import "netlab/wire"

// OptionLayout declares the fixed octets of an option; what follows them (routes, timestamps) repeats.
func OptionLayout(kind OptionKind) wire.Layout {
	ref := wire.RFC("791", "3.1")
	l := wire.Layout{Name: "Option: unknown", Key: "ip.opt", Ref: ref, Doc: "An option that this program does not know."}
	field := func(name, key string, bit, width int, doc string) {
		l.Fields = append(l.Fields, wire.Field{Name: name, Key: key, Bit: bit, Width: width, Doc: doc, Ref: ref})
	}
	field("Option Type", "ip.opt.type", 0, 8, "Which option this is: a copied flag, a class and a number.")
	l.Fields[0].Names = optionNames()
	for _, name := range optionNames() {
		if name.Value == uint64(kind) {
			l.Name = "Option: " + name.Text
		}
	}
	switch kind {
	case OptionEnd:
		l.Doc = "Nothing but padding follows."
		return l
	case OptionNop:
		l.Doc = "Fills up, so that the next option begins where it should."
		return l
	}
	field("Option Length", "ip.opt.len", 8, 8, "Octets of the whole option.")
	switch kind {
	case OptionRecordRoute:
		l.Doc = "Each router on the way writes down its address."
		field("Pointer", "ip.opt.ptr", 16, 8, "Where the next address goes, counted from 1.")
	case OptionLooseRoute:
		l.Doc, l.Ref = "Routers that the packet must pass, others between them allowed; netlab refuses it.", wire.RFC("7126", "4.3")
		field("Pointer", "ip.opt.ptr", 16, 8, "The next address to go to, counted from 1.")
	case OptionStrictRoute:
		l.Doc, l.Ref = "Routers that the packet must pass, no others between them; netlab refuses it.", wire.RFC("7126", "4.4")
		field("Pointer", "ip.opt.ptr", 16, 8, "The next address to go to, counted from 1.")
	case OptionTimestamp:
		l.Doc = "Each router on the way writes down the time."
		field("Pointer", "ip.opt.ptr", 16, 8, "Where the next timestamp goes, counted from 1.")
		field("Overflow", "ip.opt.overflow", 24, 4, "How many hosts found no space left.")
		field("Flag", "ip.opt.flag", 28, 4, "What to write down.")
		l.Fields[4].Names = []wire.Name{{Value: 0, Text: "timestamps only"}, {Value: 1, Text: "address and timestamp"}, {Value: 3, Text: "timestamps of the given addresses"}}
	case OptionRouterAlert:
		l.Doc, l.Ref = "Asks each router to look at the packet although it is not for it.", wire.RFC("2113", "2.1")
		field("Value", "ip.opt.ra", 16, 16, "0: examine the packet.")
	}
	return l
}

func optionNames() []wire.Name {
	return []wire.Name{
		{Value: uint64(OptionEnd), Text: "End of Option List"},
		{Value: uint64(OptionNop), Text: "No Operation"},
		{Value: uint64(OptionRecordRoute), Text: "Record Route"},
		{Value: uint64(OptionTimestamp), Text: "Timestamp"},
		{Value: uint64(OptionLooseRoute), Text: "Loose Source Route"},
		{Value: uint64(OptionStrictRoute), Text: "Strict Source Route"},
		{Value: uint64(OptionRouterAlert), Text: "Router Alert"},
		{Value: 130, Text: "Security"},
		{Value: 134, Text: "Commercial Security"},
	}
}
