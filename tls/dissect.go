package tls

import (
	"encoding/binary"
	"fmt"

	"netlab/wire"
)

// maxRecord is how many octets a record may have after its header: 2^14 of plaintext, and what protection adds in TLS 1.2, which is more than
// in TLS 1.3 (RFC 5246, Section 6.2.3).
const maxRecord = 1<<14 + 2048

// Begins reports whether a record begins at the first octet of b. Six octets decide: the header, and one of the content.
func Begins(b []byte) bool {
	if len(b) <= recordHeaderLen || b[1] != 3 || b[2] > byte(VersionTLS13&0xff) {
		return false
	}
	n := int(binary.BigEndian.Uint16(b[3:]))
	switch ContentType(b[0]) {
	case ContentChangeCipherSpec:
		return n == 1 && b[5] == 1
	case ContentAlert:
		return n == 2 && (b[5] == byte(LevelWarning) || b[5] == byte(LevelFatal)) || n > 16 && n <= maxRecord
	case ContentHandshake, ContentApplicationData:
		return n > 0 && n <= maxRecord
	}
	return false
}

// RecordLen returns how many octets the record at the start of b has, with its header; 0 if its header is not there in full.
func RecordLen(b []byte) int {
	if len(b) < recordHeaderLen {
		return 0
	}
	return recordHeaderLen + int(binary.BigEndian.Uint16(b[3:]))
}

// HasHandshake reports whether one of the records in b, a TCP payload, is of the handshake protocol.
func HasHandshake(b []byte) bool {
	if !Begins(b) {
		return false
	}
	for n := RecordLen(b); n > 0; n = RecordLen(b) {
		if ContentType(b[0]) == ContentHandshake {
			return true
		}
		b = b[min(n, len(b)):]
	}
	return false
}

// Dissect returns the records at the start of b, a TCP payload, as a node. If none begins there, all of b is a piece of one that began
// before. bit is the offset of b in the packet.
func Dissect(b []byte, bit int) wire.Node { return NewDissector("").Records(b, bit) }

// Records is Dissect, for what is asked for.
func (d *Dissector) Records(b []byte, bit int) wire.Node {
	root := wire.Node{
		Name: "Transport Layer Security", Key: "tls", Bit: bit, Width: 8 * len(b),
		Doc: "Keeps what two applications say secret, and proves who they are.", Ref: wire.RFC("8446", "5"),
	}
	r := records{view: view{Dissector: d, b: b, bit: bit}}
	if !Begins(b) {
		r.rest(wire.Field{Name: "Piece of a Record", Key: "tls.record.fragment", Doc: "Octets of a record that began in an earlier segment.", Ref: root.Ref}, countOf)
		root.Value, root.Children = "continues", r.nodes
		return root
	}
	if d.asked.Wants(root.Key) {
		root.Value, _ = Summary(b)
	}
	for len(r.b) > 0 {
		r.record()
	}
	root.Children = r.nodes
	return root
}

// records shows records one after another. It knows of earlier ones what the later ones need.
type records struct {
	view
	progress
}

// progress is what the records of one end have said so far.
type progress struct {
	missing   int  // octets that the last handshake message still lacks
	protected bool // a ChangeCipherSpec went by
}

// record shows the record at the start of what is left.
func (r *records) record() {
	l := &r.layouts.record
	if len(r.b) < recordHeaderLen {
		r.partial = true
		r.cut(wire.Field{Name: l.Name, Key: l.Key, Doc: l.Doc, Ref: l.Ref})
		return
	}
	whole := &view{Dissector: r.Dissector, b: r.b, bit: r.bit}
	t := ContentType(whole.field(l.Fields[0]))
	version := Version(whole.field(l.Fields[1]))
	n := int(whole.field(l.Fields[2]))
	if n > maxRecord {
		whole.last().Note = fmt.Sprintf("more than %d octets", maxRecord)
	}
	node := wire.Node{Name: "Record", Key: l.Key, Value: t.String(), Doc: l.Doc, Ref: l.Ref}
	content := &view{Dissector: r.Dissector, b: whole.b[:min(n, len(whole.b))], bit: whole.bit, nodes: whole.nodes, partial: n > len(whole.b)}
	if content.partial {
		node.Note = fmt.Sprintf("%d of %d octets; the record goes on in a later segment", len(content.b), n)
	}
	r.content(content, t, version)
	r.group(node, content.nodes, content.bit)
}

// content shows what a record carries.
func (r *records) content(v *view, t ContentType, version Version) {
	switch {
	case t == ContentHandshake:
		r.handshake(v, min(version, VersionTLS12))
	case t == ContentAlert && len(v.b) > 2:
		v.rest(protectedField("Encrypted Alert", "tls.alert_message"), countOf)
	case t == ContentChangeCipherSpec:
		r.protected = true
		v.plain(version, t)
	default:
		v.plain(version, t)
	}
}

func protectedField(name, key string) wire.Field {
	return wire.Field{Name: name, Key: key, Doc: "Octets that only the two ends can read, and whoever has their secrets.", Ref: wire.RFC("8446", "5.2")}
}

// handshake shows what a handshake record in the clear carries. From TLS 1.2 on that is decided by looking: what was protected looks
// like no message.
func (r *records) handshake(v *view, version Version) {
	if r.missing > 0 {
		n, bit := min(r.missing, len(v.b)), v.bit
		f := wire.Field{Name: "Piece of a Message", Key: "tls.handshake.fragment", Doc: "The message that began in the record before goes on.", Ref: wire.RFC("8446", "5.1")}
		v.octets(f, v.skip(n), bit, countOf)
		r.missing -= n
	}
	lacks, ok := looksLikeMessages(v.b, r.protected)
	if !ok {
		v.rest(protectedField(r.unreadable(), "tls.handshake"), countOf)
		return
	}
	r.missing = lacks
	for len(v.b) > 0 {
		v.message(version)
	}
}

// unreadable names the content of a handshake record that is none in the clear. Without the records before it nobody knows which of the two it is.
func (p *progress) unreadable() string {
	if p.protected {
		return "Encrypted Handshake Message"
	}
	return "Handshake Message, Encrypted or Continued"
}

// looksLikeMessages tells whether b is a row of handshake messages in the clear, and how many octets the last one lacks.
func looksLikeMessages(b []byte, protected bool) (lacks int, ok bool) {
	if protected && len(b) > 0 && HandshakeType(b[0]) == TypeHelloRequest {
		return 0, false // zeros: an explicit nonce
	}
	for len(b) >= messageHeaderLen {
		n := messageHeaderLen + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
		if !knownMessage(HandshakeType(b[0])) || n > 1<<17 {
			return 0, false
		}
		if n > len(b) {
			return n - len(b), true
		}
		b = b[n:]
	}
	return 0, len(b) == 0
}

func knownMessage(t HandshakeType) bool {
	for _, known := range handshakeTypes() {
		if known == t {
			return true
		}
	}
	return false
}

// DissectContent returns nodes of the plaintext of a record, as a Decrypter gives it. bit is the offset of b in what it is part of.
// It takes b to begin where a message begins.
func DissectContent(version Version, t ContentType, b []byte, bit int) []wire.Node {
	v := view{Dissector: NewDissector(""), b: b, bit: bit}
	v.plain(version, t)
	return v.nodes
}

// DissectMessages returns nodes of the handshake messages at the start of b, as a protocol other than TLS's own records carries them. The last one may go on elsewhere.
// bit is the offset of b in what it is part of.
func DissectMessages(b []byte, bit int) []wire.Node {
	v := view{Dissector: NewDissector(""), b: b, bit: bit, partial: true}
	v.plain(VersionTLS13, ContentHandshake)
	return v.nodes
}

// plain shows content that is not protected, or no longer.
func (v *view) plain(version Version, t ContentType) {
	switch t {
	case ContentChangeCipherSpec:
		v.rest(wire.Field{Name: "Change Cipher Spec", Key: "tls.change_cipher_spec", Doc: "In TLS 1.2: what follows is protected. In TLS 1.3: nothing; it is there to look like TLS 1.2.", Ref: wire.RFC("8446", "5")}, nil)
	case ContentAlert:
		v.alert()
	case ContentHandshake:
		for len(v.b) > 0 {
			v.message(version)
		}
	case ContentApplicationData:
		v.rest(wire.Field{Name: "Application Data", Key: "tls.app_data", Doc: "Protected octets: data of the application, and in TLS 1.3 all else that is protected too.", Ref: wire.RFC("8446", "5.2")}, countOf)
	default:
		v.rest(wire.Field{Name: "Data", Key: "tls.data", Doc: "Content that netlab does not take apart.", Ref: wire.RFC("8446", "5.1")}, nil)
	}
}

// alert shows an alert.
func (v *view) alert() {
	n := v.asked.Dissect(&v.layouts.alert, v.b, v.bit)
	if len(v.b) >= 2 {
		a := Alert(v.b[1])
		n.Value = a.String()
		if desc := n.Find("tls.alert_message.desc"); desc != nil {
			desc.Doc, desc.Ref = a.Doc(), a.Ref()
		}
	}
	if n.Width == 0 {
		return
	}
	v.group(n, n.Children, v.bit+n.Width)
	v.tooMany()
}
