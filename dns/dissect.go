package dns

import (
	"encoding/binary"
	"fmt"

	"netlab/wire"
)

// Dissect returns the message in b, the data of a datagram, as a tree: its header, questions and records, with the place of each
// name's labels and pointers. bit is the offset of b in the packet. What is wrong is told in notes.
func Dissect(b []byte, bit int) wire.Node {
	root := HeaderLayout().Dissect(b, bit)
	root.Width = 8 * len(b)
	if len(b) < headerLen {
		return root
	}
	root.Value, _ = Summary(b)
	d := &dissector{b: b, bit: bit, at: headerLen}
	for _, s := range []struct {
		key  string
		read func() (wire.Node, bool)
	}{
		{"dns.count.queries", d.question},
		{"dns.count.answers", func() (wire.Node, bool) { return d.record("Answer") }},
		{"dns.count.auth_rr", func() (wire.Node, bool) { return d.record("Authority") }},
		{"dns.count.add_rr", func() (wire.Node, bool) { return d.record("Additional") }},
	} {
		count := root.Find(s.key)
		for i := range count.Uint {
			if d.at >= len(b) {
				count.Note = fmt.Sprintf("only %d of them are there", i)
				return root
			}
			n, ok := s.read()
			root.Children = append(root.Children, n)
			if !ok {
				return d.finish(root)
			}
		}
	}
	return d.finish(root)
}

// finish adds what stands behind the message.
func (d *dissector) finish(root wire.Node) wire.Node {
	if d.at < len(d.b) {
		rest := d.data("Rest", "", d.at, len(d.b)-d.at, "Octets that belong to no record.", wire.RFC("1035", "4.1"))
		rest.Note = "the message ends before"
		root.Children = append(root.Children, rest)
	}
	return root
}

// DissectStream returns the messages in b, data of a TCP segment in which one begins: each behind its length. Of the last one
// as much as is there.
func DissectStream(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for at := 0; at < len(b); {
		length := LengthLayout().Dissect(b[at:], bit+8*at)
		nodes = append(nodes, length)
		if at += 2; at >= len(b) {
			break
		}
		end := min(len(b), at+int(length.Children[0].Uint))
		if end > at {
			nodes = append(nodes, Dissect(b[at:end:end], bit+8*at))
		}
		at = end
	}
	return nodes
}

// dissector reads a message from octet at on.
type dissector struct {
	b   []byte
	bit int // of b in the packet
	at  int
}

// data is a piece of the message as a node.
func (d *dissector) data(name, key string, at, size int, doc string, ref wire.Ref) wire.Node {
	return wire.Node{Name: name, Key: key, Bit: d.bit + 8*at, Width: 8 * size, Doc: doc, Ref: ref, Value: fmt.Sprintf("%d octets", size)}
}

// name reads a name and moves behind it.
func (d *dissector) name(label, key, doc string, ref wire.Ref) (wire.Node, bool) {
	name, pieces, end, err := readName(d.b, d.at)
	n := wire.Node{Name: label, Key: key, Bit: d.bit + 8*d.at, Width: 8 * (end - d.at), Value: Shown(name), Doc: doc, Ref: ref}
	for _, p := range pieces {
		piece := wire.Node{
			Name: "Label", Bit: d.bit + 8*p.at, Width: 8 * p.size, Value: p.text,
			Doc: "An octet with the length, and as many octets of text.", Ref: wire.RFC("1035", "3.1"),
		}
		switch {
		case p.pointer >= 0:
			piece.Name, piece.Value, piece.Uint = "Compression Pointer", fmt.Sprintf("to octet %d of the message", p.pointer), uint64(p.pointer)
			piece.Doc, piece.Ref = "The name goes on at an octet that was there before.", wire.RFC("1035", "4.1.4")
		case p.size == 1:
			piece.Name, piece.Value, piece.Doc = "Root", "the name ends", "A label without text stands for the root, where every name ends."
		}
		n.Children = append(n.Children, piece)
	}
	d.at = end
	if err != nil {
		n.Note = err.Error()
	}
	return n, err == nil
}

func (d *dissector) question() (wire.Node, bool) {
	from := d.at
	n := d.data("Question", "dns.qry", from, 0, "What is asked.", wire.RFC("1035", "4.1.2"))
	name, ok := d.name("Name", "dns.qry.name", "The name that is asked about.", wire.RFC("1035", "4.1.2"))
	n.Children = append(n.Children, name)
	n.Value = name.Value
	if ok {
		fields := questionLayout().Dissect(d.b[d.at:], d.bit+8*d.at)
		n.Children = append(n.Children, fields.Children...)
		n.Note, ok = fields.Note, fields.Note == ""
		if ok {
			n.Value += " " + nameOf(typeNames(), uint16(fields.Children[0].Uint), "TYPE")
		}
		d.at = min(len(d.b), d.at+4)
	}
	n.Width = 8 * (d.at - from)
	return n, ok
}

// record reads a resource record of a section.
func (d *dissector) record(section string) (wire.Node, bool) {
	from := d.at
	n := d.data(section, "dns.resp", from, 0, "A resource record: a name, what kind of data, for how long, and the data.", wire.RFC("1035", "4.1.3"))
	name, ok := d.name("Name", "dns.resp.name", "The name that the record belongs to.", wire.RFC("1035", "4.1.3"))
	n.Children = append(n.Children, name)
	n.Value = name.Value
	if ok {
		ok = d.body(&n)
	}
	n.Width = 8 * (d.at - from)
	return n, ok
}

// body reads what follows a record's name.
func (d *dissector) body(n *wire.Node) bool {
	rest := d.b[d.at:]
	layout := recordLayout()
	if len(rest) >= 2 && binary.BigEndian.Uint16(rest) == typeOPT {
		layout = optLayout()
	}
	fields := layout.Dissect(rest, d.bit+8*d.at)
	n.Children = append(n.Children, fields.Children...)
	if fields.Note != "" {
		n.Note = fields.Note
		d.at = len(d.b)
		return false
	}
	kind, length := uint16(fields.Children[0].Uint), int(fields.Find("dns.resp.len").Uint)
	d.at += 10
	there := min(length, len(d.b)-d.at)
	data := d.rdata(kind, d.at, there)
	n.Value += " " + nameOf(typeNames(), kind, "TYPE")
	if kind == typeOPT {
		n.Name, n.Key, n.Doc, n.Ref = "EDNS", "dns.opt", "What the sender of the message can do beyond RFC 1035.", wire.RFC("6891", "6.1.1")
		n.Value = fmt.Sprintf("takes datagrams of %d octets", fields.Find("dns.rr.udp_payload_size").Uint)
	} else if data.Value != "" {
		n.Value += " " + data.Value
	}
	if there > 0 {
		n.Children = append(n.Children, data)
	}
	if d.at += there; there < length {
		n.Note = fmt.Sprintf("cut short: %d of %d octets of data", there, length)
		return false
	}
	return true
}
