package capture

import (
	"slices"
	"strings"

	"netlab/filter"
	"netlab/wire"
)

// placeFields returns the fields that a packet has by its place in the capture, and not by its octets.
func placeFields() []wire.Field {
	return []wire.Field{
		{Key: "frame", Name: "Frame", Doc: "A packet of the capture, whatever is in it; compared with octets it is all that was captured of it."},
		{Key: "frame.number", Name: "Number", Doc: "Which packet of the capture it is, counted from 1."},
		{Key: "frame.len", Name: "Length on the Wire", Doc: "Octets that the packet had on the wire, its link header included."},
		{Key: "frame.cap_len", Name: "Captured Length", Doc: "Octets that the capture kept of it: fewer than on the wire if the capture has a snap length."},
		{Key: "frame.interface_id", Name: "Interface", Doc: "The number of the interface on which it was captured, counted from 0; a pcap file has only one."},
		{Key: "frame.interface_name", Name: "Interface Name", Doc: "What a pcapng file calls that interface."},
		{Key: "tcp.stream", Name: "TCP Connection", Doc: "The number of its connection, counted from 0 in the order in which they begin in the capture."},
		{Key: "udp.stream", Name: "UDP Flow", Doc: "The number of its flow: the datagrams between two ports of two hosts, counted from 0."},
		{Key: "tcp.seq", Name: "Relative Sequence Number", Ref: wire.RFC("9293", "3.4"), Doc: "The sequence number counted from the beginning of the connection: the SYN is 0, the first octet of data 1; tcp.seq_raw is the one on the wire."},
		{Key: "tcp.ack", Name: "Relative Acknowledgment Number", Ref: wire.RFC("9293", "3.4"), Doc: "The acknowledgment number counted from the beginning of what the other end sends: the octet that is expected next."},
		{Key: retxKey, Name: "Sent Again", Ref: wire.RFC("9293", "3.8.1"), Doc: "It carries only what its sender had sent before."},
		{Key: lateKey, Name: "Late", Ref: wire.RFC("9293", "3.4"), Doc: "It fills a gap that packets before it had left: later ones have overtaken it."},
		{Key: lostKey, Name: "Lost", Ref: wire.RFC("9293", "3.8.1"), Doc: "It was lost after it was captured, as its content was sent again because of that; or octets before it are missing that were lost before they could be captured."},
	}
}

// FileKeys returns the names of fields that a filter of a capture may speak of: those of Keys, and what is known of a packet by its place in
// the capture: its number, its lengths, its interface, its stream, its relative sequence numbers; retx, which says that it carries only what its sender had sent before;
// late, that it fills a gap; lost, that it was lost.
func FileKeys() []string {
	keys := Keys()
	for _, f := range placeFields() {
		keys = append(keys, f.Key)
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Layers reads a packet and returns what the file says of it, its number and its stream, and then its layers as Dissect does. It is what a filter matches. Messages
// that the packet makes whole, as far as Join has looked them up, are among its layers: their octets are those of Joined, and stand behind those of the packet.
func (f *File) Layers(number int) (Record, []wire.Node, error) {
	rec, err := f.Packet(number)
	if err != nil {
		return rec, nil, err
	}
	r, _ := f.row(number)
	l := look{file: f, number: number, row: &r, octets: rec.Packet, known: f.factsFor(filter.Filter{})}
	if p, ok := f.pair(r.pair); ok {
		l.pair, l.from = &p, p.origin()
	}
	rec.Joined = l.laid().joined()
	return rec, append(l.placeNodes(), laidLayers(&rec, &Summary{laid: l.laid()})...), nil
}

// placeNodes is what is known of the packet by its place in the capture.
func (l *look) placeNodes() []wire.Node {
	sum := Summary{Stream: -1, Again: l.row.kind&again != 0, Late: l.row.kind&late != 0, Lost: l.known.lost.Has(l.number)}
	if key, v, ok := l.stream(); ok {
		sum.Stream, sum.Transport = int(v), strings.ToUpper(key[:3])
	}
	if sum.Transport == "TCP" {
		sum.Numbers = l.numbers()
	}
	rec := Record{Number: l.number, LinkType: LinkType(l.row.link), Packet: l.octets, Length: int(l.row.length)}
	rec.Interface, rec.Link = l.known.links.of(l.number)
	return placeNodes(&rec, &sum)
}

// FileLayers returns what a filter with the names of FileKeys matches: what is known of a packet by its place in the capture, and its layers as Dissect returns them.
func FileLayers(rec *Record, sum *Summary) []wire.Node {
	return append(placeNodes(rec, sum), laidLayers(rec, sum)...)
}

// placeNodes is what is known of a packet by its place in the capture.
func placeNodes(rec *Record, sum *Summary) []wire.Node {
	frame := wire.Node{Name: "Frame", Key: "frame", Children: []wire.Node{
		numberNode("Number", "frame.number", rec.Number),
		numberNode("Length on the wire", "frame.len", rec.Length),
		numberNode("Captured length", "frame.cap_len", len(rec.Packet)),
		numberNode("Interface", "frame.interface_id", rec.Interface),
	}}
	if rec.Link != "" {
		frame.Children = append(frame.Children, wire.Node{Name: "Interface Name", Key: "frame.interface_name", Value: rec.Link})
	}
	nodes := []wire.Node{frame, {Name: "Link", Key: filter.LinkKey, Value: rec.Link, Uint: uint64(rec.Interface)}}
	if sum.Stream >= 0 {
		nodes = append(nodes, numberNode("Stream", strings.ToLower(sum.Transport)+".stream", sum.Stream))
	}
	return append(nodes, sum.nodes()...)
}

// nodes returns what a summary tells a filter.
func (s *Summary) nodes() []wire.Node {
	nodes := s.Numbers.nodes()
	if s.Again {
		nodes = append(nodes, numberNode("Sent again", retxKey, 1))
	}
	if s.Late {
		nodes = append(nodes, numberNode("Late", lateKey, 1))
	}
	if s.Lost {
		nodes = append(nodes, numberNode("Lost", lostKey, 1))
	}
	return nodes
}
