package capture

import (
	"fmt"
	"slices"
	"strings"

	"netlab/http"
	"netlab/http2"
	"netlab/wire"
)

// joinedFields are the fields of what is put together of several segments.
func joinedFields() []wire.Field {
	ref := wire.RFC("9293", "2.2")
	return []wire.Field{
		{Key: "tcp.segment_data", Name: "Piece", Ref: ref, Doc: "Octets of a message that has others in other segments, and is shown at the packet that makes it whole."},
		{Key: "tcp.segments", Name: "Put Together", Ref: ref, Doc: "A message that this packet makes whole, after others had pieces of it."},
		{Key: "tcp.segment", Name: "Segment", Ref: ref, Doc: "The number of a packet that has a piece of the message."},
		{Key: "tcp.segment.count", Name: "Segments", Ref: ref, Doc: "In how many segments the message lies."},
		{Key: "tcp.reassembled.length", Name: "Length", Ref: ref, Doc: "Octets of the message."},
	}
}

// isJoined reports whether a key is of one of these.
func isJoined(key string) bool {
	return slices.ContainsFunc(joinedFields(), func(f wire.Field) bool { return f.Key == key })
}

// laying has the dissector take the next segment for one whose data lies in messages so. The octets of those that it makes whole stand behind those of the packet,
// from octet behind on.
func (d *dissector) laying(l *laid, behind int) *dissector {
	d.laid, d.behind = l, behind
	return d
}

// laidData returns the layers in the data of a segment, which begins at octet at and has a header of so many octets, and messages that it makes whole.
func (d *dissector) laidData(l *laid, h *header, header, at int) (nodes []wire.Node) {
	behind := d.behind
	b, bit := h.payload[header:], 8*(at+header)
	take := func(n int) (part []byte, from int) {
		part, from = b[:n], bit
		b, bit = b[n:], bit+8*n
		return part, from
	}
	if b, bit := take(l.again); len(b) > 0 {
		n := dataNode(b, bit)
		n.Value += ", sent before"
		nodes = append(nodes, n)
	}
	known := l.whole
	put := func(m *cutUp) {
		if m.octets != nil {
			nodes = append(nodes, m.segmentsNode(8*behind))
			nodes = append(nodes, d.messagesOf(m.of, m.octets, 8*behind)...)
			behind += len(m.octets)
		}
	}
	if b, bit := take(l.rest); len(b) > 0 {
		nodes = append(nodes, l.pieceNode(b, bit, true))
		if l.ends && len(known) > 0 {
			put(&known[0])
			known = known[1:]
		}
	}
	if b, bit := take(l.head); len(b) > 0 {
		nodes = append(nodes, d.messagesOf(httpApplication, b, bit)...)
	}
	if b, bit := take(len(b) - l.left - l.tail); len(b) > 0 {
		nodes = append(nodes, d.messagesOf(l.of, b, bit)...)
	}
	if b, bit := take(l.left); len(b) > 0 {
		nodes = append(nodes, l.pieceNode(b, bit, false))
	}
	nodes = append(nodes, d.leftOver(b, 0, bit/8)...)
	for i := range known {
		put(&known[i])
	}
	return nodes
}

// has reports whether a segment with some data has messages of an application.
func (l *laid) has(of application) bool {
	for i := range l.whole {
		if l.whole[i].of == of {
			return true
		}
	}
	return l.of == of || l.head > 0 && of == httpApplication
}

// restOf returns what the message is that began earlier.
func (l *laid) restOf() application {
	if l.ends && len(l.whole) > 0 {
		return l.whole[0].of
	}
	return l.of
}

// joined returns the octets of the messages that a segment makes whole.
func (l *laid) joined() (b []byte) {
	if l == nil {
		return nil
	}
	for i := range l.whole {
		b = append(b, l.whole[i].octets...)
	}
	return b
}

// pieceNode is octets of a message that has others in other segments.
func (l *laid) pieceNode(b []byte, bit int, begun bool) wire.Node {
	of := l.of
	if begun {
		of = l.restOf()
	}
	unit := messageWord(of)
	n := wire.Node{
		Name: "Piece of a " + strings.ToUpper(unit[:1]) + unit[1:], Key: "tcp.segment_data", Bit: bit, Width: 8 * len(b),
		Doc: "TCP carries octets, and where a message ends it does not know: one may be cut up over several segments. It is shown as a whole at the packet that completes it.",
		Ref: wire.RFC("9293", "2.2"),
	}
	switch {
	case begun && l.ends:
		n.Value = fmt.Sprintf("the last %s of a %s of %s", octets(len(b)), unit, protocolName(of))
	case begun:
		n.Value = fmt.Sprintf("%s of a %s of %s that began before", octets(len(b)), unit, protocolName(of))
	default:
		n.Value = fmt.Sprintf("the first %s of a %s of %s", octets(len(b)), unit, protocolName(of))
	}
	if l.next > 0 && !(begun && l.ends) {
		n.Value += fmt.Sprintf("; packet %d completes it", l.next)
	}
	return n
}

// segmentsNode tells in which packets the octets of a message are that was put together.
func (m *cutUp) segmentsNode(bit int) wire.Node {
	n := wire.Node{
		Name: "Put Together", Key: "tcp.segments", Bit: bit, Width: 8 * len(m.octets),
		Value: fmt.Sprintf("%s of %s, from %s", octets(len(m.octets)), protocolName(m.of), packetsWords(m.from)),
		Doc:   "A message that was cut up over several segments. Its octets stand behind those of the packet, in the order of the stream.", Ref: wire.RFC("9293", "2.2"),
	}
	for _, p := range m.from {
		n.Children = append(n.Children, wire.Node{
			Name: "Segment", Key: "tcp.segment", Bit: bit, Width: 8 * p.len, Value: fmt.Sprintf("%s of packet %d", octets(p.len), p.packet), Uint: uint64(p.packet),
			Doc: "The packet with these octets.",
		})
		bit += 8 * p.len
	}
	n.Children = append(n.Children,
		wire.Node{Name: "Segments", Key: "tcp.segment.count", Bit: n.Bit, Value: fmt.Sprint(len(m.from)), Uint: uint64(len(m.from))},
		wire.Node{Name: "Length", Key: "tcp.reassembled.length", Bit: n.Bit, Value: fmt.Sprint(m.size), Uint: uint64(m.size)})
	return n
}

// packetsWords names the packets of some pieces: "packets 3, 5 and 6".
func packetsWords(from []piece) string {
	const most = 6
	var b strings.Builder
	b.WriteString("packet")
	if len(from) > 1 {
		b.WriteByte('s')
	}
	for i := range from {
		switch {
		case i == 0:
			b.WriteByte(' ')
		case i == len(from)-1:
			b.WriteString(" and ")
		case i >= most:
			continue
		default:
			b.WriteString(", ")
		}
		fmt.Fprint(&b, from[i].packet)
		if i == most-1 && len(from) > most+1 {
			b.WriteString(", …")
		}
	}
	return b.String()
}

// messagesOf returns the layers of messages, one of which begins at the first octet of b; the last one may be cut short. bit is the offset of b.
func (d *dissector) messagesOf(of application, b []byte, bit int) []wire.Node {
	if !d.wants(string(of), "data") {
		return nil
	}
	switch of {
	case http2Application:
		return http2.Dissect(b, bit)
	case httpApplication:
		return []wire.Node{d.http().Message(b, bit)}
	case dnsApplication:
		return d.dns().Stream(b, bit)
	case webSocketApplication:
		nodes := http.DissectFrames(b, bit)
		n := 0
		for i := range nodes {
			n += nodes[i].Width / 8
		}
		return append(nodes, d.leftOver(b[n:], 0, bit/8+n)...)
	case tlsApplication:
		return []wire.Node{d.tls().Records(b, bit)}
	}
	return d.leftOver(b, 0, bit/8)
}
