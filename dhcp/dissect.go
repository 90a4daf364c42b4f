package dhcp

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	"netlab/wire"
)

// Dissect returns the message in b, the data of a datagram, as a tree: its fixed fields and its options. bit is the offset of b in the
// packet. What is wrong is told in notes.
func Dissect(b []byte, bit int) wire.Node {
	root := HeaderLayout().Dissect(b, bit)
	root.Width = 8 * len(b)
	if len(b) < headerLen {
		return root
	}
	root.Value, _ = Summary(b)
	if magic := root.Find("dhcp.cookie"); magic.Uint != cookie {
		magic.Note = "not that of DHCP: no options follow"
		return root
	}
	if hardware := root.Find("dhcp.hw.mac_addr"); b[1] == 1 && b[2] == 6 {
		hardware.Value = HardwareAddr(b[28:34]).String()
	}
	for _, key := range []string{"dhcp.server", "dhcp.file"} {
		field := root.Find(key)
		from, to := (field.Bit-bit)/8, (field.Bit+field.Width-bit)/8
		field.Value = printable(b[from:to])
	}
	return dissectOptions(root, b, bit)
}

// dissectOptions adds the options that begin behind the fixed fields.
func dissectOptions(root wire.Node, b []byte, bit int) wire.Node {
	for at := headerLen; at < len(b); {
		o, err := nextOption(b, at)
		n := optionNode(o, bit)
		if err != nil {
			n.Note = err.Error()
		}
		at += o.size
		if o.code == OptionPad { // many in a row are one
			for at < len(b) && b[at] == byte(OptionPad) {
				at++
			}
			n.Width, n.Value = 8*(at-o.at), fmt.Sprintf("%d octets", at-o.at)
		}
		root.Children = append(root.Children, n)
		if o.code == OptionEnd {
			if at < len(b) {
				root.Children = append(root.Children, wire.Node{
					Name: "Padding", Bit: bit + 8*at, Width: 8 * (len(b) - at), Value: fmt.Sprintf("%d octets", len(b)-at),
					Doc: "Fills the message up to the length that old programs expect.", Ref: wire.RFC("2131", "2"),
				})
			}
			return root
		}
	}
	root.Note = errNoEnd.Error()
	return root
}

// optionNode returns an option with its code, length and value.
func optionNode(o option, bit int) wire.Node {
	spec := specOf(o.code)
	n := wire.Node{Name: "Option: " + spec.name, Key: "dhcp.option", Bit: bit + 8*o.at, Width: 8 * o.size, Doc: spec.doc, Ref: ref(spec.section)}
	field := func(name, key string, at, size int, value string, v uint64) wire.Node {
		return wire.Node{Name: name, Key: key, Bit: bit + 8*(o.at+at), Width: 8 * size, Value: value, Uint: v, Doc: n.Doc, Ref: n.Ref}
	}
	switch o.code {
	case OptionPad:
		n.Name, n.Doc, n.Ref = "Option: Pad", "Fills up, so that options begin where they should.", ref("3.1")
		return n
	case OptionEnd:
		n.Name, n.Doc, n.Ref = "Option: End", "No options follow.", ref("3.2")
		n.Children = []wire.Node{field("Option Code", "dhcp.option.type", 0, 1, "End (255)", 255)}
		return n
	}
	n.Children = append(n.Children, field("Option Code", "dhcp.option.type", 0, 1, fmt.Sprintf("%s (%d)", spec.name, o.code), uint64(o.code)))
	n.Children[0].Doc = "Which option."
	if o.size < 2 {
		return n
	}
	length := field("Option Length", "dhcp.option.length", 1, 1, strconv.Itoa(len(o.data)), uint64(len(o.data)))
	length.Doc = "Octets of data that follow."
	n.Children = append(n.Children, length)
	if len(o.data) == 0 {
		return n
	}
	values := valueNodes(spec, o, field)
	n.Children = append(n.Children, values...)
	var texts []string
	for _, v := range values {
		texts = append(texts, v.Value)
	}
	n.Value = strings.Join(texts, ", ")
	return n
}

// valueNodes returns the data of an option, by its kind: one field, or several addresses or codes.
func valueNodes(spec optionSpec, o option, field func(name, key string, at, size int, value string, v uint64) wire.Node) []wire.Node {
	d := o.data
	var nodes []wire.Node
	switch {
	case (spec.kind == addressKind || spec.kind == addressesKind) && len(d)%4 == 0:
		for at := 0; at < len(d); at += 4 {
			a := netip.AddrFrom4([4]byte(d[at:]))
			nodes = append(nodes, field(spec.name, spec.key, 2+at, 4, a.String(), uint64(binary.BigEndian.Uint32(d[at:]))))
		}
		return nodes
	case spec.kind == secondsKind && len(d) == 4:
		v := uint64(binary.BigEndian.Uint32(d))
		text := strconv.FormatUint(v, 10) + " s"
		if v == 1<<32-1 {
			text = "for ever"
		}
		return []wire.Node{field(spec.name, spec.key, 2, 4, text, v)}
	case spec.kind == messageKind && len(d) == 1:
		return []wire.Node{field(spec.name, spec.key, 2, 1, fmt.Sprintf("%s (%d)", MessageType(d[0]), d[0]), uint64(d[0]))}
	case spec.kind == optionsKind:
		for i, code := range d {
			nodes = append(nodes, field("Parameter", spec.key, 2+i, 1, fmt.Sprintf("%s (%d)", specOf(Option(code)).name, code), uint64(code)))
		}
		return nodes
	case spec.kind == textKind:
		return []wire.Node{field(spec.name, spec.key, 2, len(d), printable(d), 0)}
	case spec.kind == numberKind && len(d) <= 8:
		v := wire.Bits(d, 0, 8*len(d))
		return []wire.Node{field(spec.name, spec.key, 2, len(d), strconv.FormatUint(v, 10), v)}
	}
	value := field(spec.name, spec.key, 2, len(d), fmt.Sprintf("%x", d), 0)
	if spec.name == "unknown" {
		value.Name = "Value"
	}
	return []wire.Node{value}
}

// printable returns text up to its first zero octet, quoted where it does not print.
func printable(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strings.Trim(strconv.QuoteToASCII(s), `"`)
	}
	return s
}

// Summary returns a message in a few words: "DISCOVER from 02:00:00:00:00:01". false: b is no message.
func Summary(b []byte) (string, bool) {
	m, err := Parse(b)
	switch {
	case err == ErrTruncated:
		return "", false
	case err != nil:
		return strings.TrimPrefix(err.Error(), "dhcp: "), true
	}
	switch m.Type {
	case Discover:
		return "DISCOVER: " + m.Hardware.String() + " wants an address", true
	case Offer:
		return fmt.Sprintf("OFFER of %v to %v", m.Your, m.Hardware), true
	case Request:
		wanted := m.Requested
		if !wanted.IsValid() {
			wanted = m.Client
		}
		return fmt.Sprintf("REQUEST for %v by %v", wanted, m.Hardware), true
	case ACK:
		return fmt.Sprintf("ACK: %v is that of %v%s", m.Your, m.Hardware, leaseWords(m)), true
	case NAK:
		return fmt.Sprintf("NAK to %v", m.Hardware), true
	case Decline:
		return fmt.Sprintf("DECLINE of %v: somebody has it", m.Requested), true
	case Release:
		return fmt.Sprintf("RELEASE of %v", m.Client), true
	}
	return m.Type.String() + " from " + m.Hardware.String(), true
}

func leaseWords(m Message) string {
	switch m.Lease {
	case 0:
		return ""
	case Forever:
		return " for ever"
	}
	return " for " + m.Lease.String()
}

// OptionFields returns the declarations of the fields that options have.
func OptionFields() []wire.Field {
	fields := []wire.Field{
		{Key: "dhcp.option", Name: "Option", Doc: "Something that one end tells or asks beyond the fixed fields.", Ref: ref("2")},
		{Key: "dhcp.option.type", Name: "Option Code", Doc: "Which option.", Ref: ref("2")},
		{Key: "dhcp.option.length", Name: "Option Length", Doc: "Octets of data that follow.", Ref: ref("2")},
		{Key: "dhcp.option.value", Name: "Value", Doc: "The data of an option that netlab does not take apart.", Ref: ref("2")},
	}
	for _, s := range optionSpecs() {
		fields = append(fields, wire.Field{Key: s.key, Name: s.name, Doc: s.doc, Ref: ref(s.section)})
	}
	return fields
}

// Keys returns the names of the fields that Dissect finds: what a filter may speak of.
func Keys() []string {
	keys := []string{"dhcp", "dhcp.option", "dhcp.option.type", "dhcp.option.length", "dhcp.option.value"}
	for _, f := range HeaderLayout().Fields {
		keys = append(keys, f.Key)
	}
	for _, s := range optionSpecs() {
		keys = append(keys, s.key)
	}
	return keys
}
