package dns

import (
	"encoding/binary"
	"fmt"

	"netlab/wire"
)

// Dissector takes messages apart. It holds what is the same for all of them, so that it is made once for many; several goroutines may use one.
type Dissector struct {
	asked                                 wire.Asked
	header, length, question, record, opt wire.Layout
}

// NewDissector returns a dissector that shows of a message what is asked for.
func NewDissector(asked wire.Asked) *Dissector {
	return &Dissector{asked, HeaderLayout(), LengthLayout(), questionLayout(), recordLayout(), optLayout()}
}

// Dissect returns the message in b, the data of a datagram, as a tree: its header, questions and records, with the place of each
// name's labels and pointers. bit is the offset of b in the packet. What is wrong is told in notes.
func Dissect(b []byte, bit int) wire.Node { return NewDissector("").Message(b, bit) }

// DissectStream returns the messages in b, data of a TCP segment in which one begins: each behind its length. Of the last one
// as much as is there.
func DissectStream(b []byte, bit int) []wire.Node { return NewDissector("").Stream(b, bit) }

// Message is Dissect, for what is asked for.
func (d *Dissector) Message(b []byte, bit int) wire.Node {
	root := d.asked.Dissect(&d.header, b, bit)
	root.Width = 8 * len(b)
	if len(b) < headerLen {
		return root
	}
	if d.asked.Wants(root.Key) {
		root.Value, _ = Summary(b)
	}
	if _, inHeader := d.header.Field(string(d.asked)); inHeader || string(d.asked) == root.Key {
		return root
	}
	m := &message{Dissector: d, b: b, bit: bit, at: headerLen}
	for i, section := range []struct{ name, count string }{
		{"Question", "dns.count.queries"}, {"Answer", "dns.count.answers"}, {"Authority", "dns.count.auth_rr"}, {"Additional", "dns.count.add_rr"},
	} {
		count := int(binary.BigEndian.Uint16(b[4+2*i:]))
		for done := range count {
			if m.at >= len(b) {
				if f := root.Find(section.count); f != nil {
					f.Note = fmt.Sprintf("only %d of them are there", done)
				}
				return root
			}
			n, ok := m.entry(section.name)
			root.Children = d.asked.Join(root.Children, n)
			if !ok {
				m.finish(&root)
				return root
			}
		}
	}
	m.finish(&root)
	return root
}

// Stream is DissectStream, for what is asked for.
func (d *Dissector) Stream(b []byte, bit int) []wire.Node {
	var nodes []wire.Node
	for at := 0; at < len(b); {
		nodes = append(nodes, d.asked.Dissect(&d.length, b[at:], bit+8*at))
		if at+2 >= len(b) {
			break
		}
		length := int(binary.BigEndian.Uint16(b[at:]))
		at += 2
		end := min(len(b), at+length)
		if end > at {
			nodes = append(nodes, d.Message(b[at:end:end], bit+8*at))
		}
		at = end
	}
	return nodes
}

// message is one that is read from octet at on.
type message struct {
	*Dissector
	b   []byte
	bit int // of b in the packet
	at  int
	ttl uint32 // of the record that was read last
}

// entry reads a question or a record.
func (m *message) entry(section string) (wire.Node, bool) {
	if section == "Question" {
		return m.readQuestion()
	}
	return m.readRecord(section)
}

// finish adds what stands behind the message.
func (m *message) finish(root *wire.Node) {
	if m.at < len(m.b) && m.asked.All() {
		rest := m.data("Rest", "", m.at, len(m.b)-m.at, "Octets that belong to no record.", wire.RFC("1035", "4.1"))
		rest.Value, rest.Note = decimal(rest.Width/8)+" octets", "the message ends before"
		root.Children = append(root.Children, rest)
	}
}

// data is a piece of the message as a node.
func (m *message) data(name, key string, at, size int, doc string, ref wire.Ref) wire.Node {
	return wire.Node{Name: name, Key: key, Bit: m.bit + 8*at, Width: 8 * size, Doc: doc, Ref: ref}
}

// says reports whether the words of questions and records are wanted, which are put together of those of their fields.
func (m *message) says() bool {
	return m.asked.Wants("dns.qry") || m.asked.Wants("dns.resp") || m.asked.Wants("dns.resp.data")
}

// name reads a name, adds it to nodes, and moves behind it. It returns what it says, if that is wanted.
func (m *message) name(nodes *[]wire.Node, label, key, doc string, ref wire.Ref) (says string, err error) {
	var text [maxName + 1]byte
	name, end, err := readName(text[:0], m.b, m.at)
	from := m.at
	m.at = end
	wanted := m.asked.Wants(key)
	if wanted || m.says() {
		says = Shown(string(name))
	}
	if !wanted {
		return says, err
	}
	n := wire.Node{Name: label, Key: key, Bit: m.bit + 8*from, Width: 8 * (end - from), Value: says, Doc: doc, Ref: ref}
	if m.asked.All() {
		n.Children = m.pieces(from, end)
	}
	if err != nil {
		n.Note = err.Error()
	}
	*nodes = append(*nodes, n)
	return says, err
}

// readQuestion reads a question.
func (m *message) readQuestion() (wire.Node, bool) {
	from := m.at
	n := m.data("Question", "dns.qry", from, 0, "What is asked.", wire.RFC("1035", "4.1.2"))
	name, err := m.name(&n.Children, "Name", "dns.qry.name", "The name that is asked about.", wire.RFC("1035", "4.1.2"))
	n.Value = name
	ok := err == nil
	if ok {
		rest := m.b[m.at:]
		fields := m.asked.Dissect(&m.question, rest, m.bit+8*m.at)
		n.Children = append(n.Children, fields.Children...)
		n.Note, ok = fields.Note, len(rest) >= questionLen
		if ok && m.says() {
			n.Value += " " + nameOf(m.question.Fields[0].Names, binary.BigEndian.Uint16(rest), "TYPE")
		}
		m.at = min(len(m.b), m.at+questionLen)
	}
	n.Width = 8 * (m.at - from)
	return n, ok
}

// readRecord reads a resource record of a section.
func (m *message) readRecord(section string) (wire.Node, bool) {
	from := m.at
	n := m.data(section, "dns.resp", from, 0, "A resource record: a name, what kind of data, for how long, and the data.", wire.RFC("1035", "4.1.3"))
	if m.asked.All() {
		n.Children = make([]wire.Node, 0, 1+len(m.opt.Fields)+1)
	}
	name, err := m.name(&n.Children, "Name", "dns.resp.name", "The name that the record belongs to.", wire.RFC("1035", "4.1.3"))
	n.Value = name
	ok := err == nil && m.readBody(&n)
	n.Width = 8 * (m.at - from)
	return n, ok
}

// readBody reads what follows a record's name.
func (m *message) readBody(n *wire.Node) bool {
	rest := m.b[m.at:]
	layout := &m.record
	if len(rest) >= 2 && binary.BigEndian.Uint16(rest) == typeOPT {
		layout = &m.opt
	}
	fields := m.asked.Dissect(layout, rest, m.bit+8*m.at)
	n.Children = append(n.Children, fields.Children...)
	if len(rest) < recordLen {
		n.Note = fields.Note
		m.at = len(m.b)
		return false
	}
	kind, length := binary.BigEndian.Uint16(rest), int(binary.BigEndian.Uint16(rest[8:]))
	m.ttl = binary.BigEndian.Uint32(rest[4:])
	m.at += recordLen
	there := min(length, len(m.b)-m.at)
	data := m.rdata(kind, m.at, there)
	if kind == typeOPT {
		n.Name, n.Key, n.Doc, n.Ref = "EDNS", "dns.opt", "What the sender of the message can do beyond RFC 1035.", wire.RFC("6891", "6.1.1")
		n.Value = "takes datagrams of " + decimal(int(binary.BigEndian.Uint16(rest[2:]))) + " octets"
	} else if m.says() {
		n.Value += " " + nameOf(typeNames(), kind, "TYPE")
		if data.Value != "" {
			n.Value += " " + data.Value
		}
	}
	if there > 0 {
		n.Children = m.asked.Join(n.Children, data)
	}
	if m.at += there; there < length {
		n.Note = fmt.Sprintf("cut short: %d of %d octets of data", there, length)
		return false
	}
	return true
}
