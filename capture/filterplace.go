package capture

import (
	"slices"

	"netlab/ether"
	"netlab/filter"
	"netlab/ip"
	"netlab/tcp"
	"netlab/udp"
	"netlab/wire"
)

// seekers find the fields that a term looks at, for those terms that compare them with one another or by their octets.
type seekers []seeker

// seeker finds the fields of one key in packets.
type seeker struct {
	key    string
	ofFile bool        // it is not in the packet: it is known by the packet's place in the capture
	fixed  *fixedPlace // nil: it is in no fixed header
	apart  *dissector
}

// fixedPlace is where a field is in the fixed header of regular packets.
type fixedPlace struct {
	field wire.Field
	// from returns at which octet the header begins; false: the packet has no such header.
	from func(*look) (int, bool)
}

func newSeekers(t filter.Term) (all seekers) {
	known := Keys()
	for _, key := range append(t.Fields(), t.Compared()...) {
		if !slices.ContainsFunc(all, func(s seeker) bool { return s.key == key }) {
			all = append(all, seeker{key, !slices.Contains(known, key), placeOf(key), newDissector(key)})
		}
	}
	return all
}

// placeOf returns the place of a field; nil if it has none, or if its words are not those of its layout alone.
func placeOf(key string) *fixedPlace {
	if slices.Contains(append(sums(), "ip.hdr_len", "ip.frag_offset", "tcp.hdr_len"), key) {
		return nil
	}
	six := func(l *look) bool { return l.row.kind&six != 0 }
	for _, h := range []struct {
		layout wire.Layout
		from   func(*look) (int, bool)
	}{
		{ether.HeaderLayout(), func(l *look) (int, bool) { return 0, l.row.link == uint16(Ether) }},
		{ip.HeaderLayout(), func(l *look) (int, bool) { return int(l.row.network), !six(l) }},
		{ip.HeaderLayout6(), func(l *look) (int, bool) { return int(l.row.network), six(l) }},
		{tcp.HeaderLayout(), func(l *look) (int, bool) { return int(l.row.transport), l.row.protocol == ip.TCP }},
		{udp.HeaderLayout(), func(l *look) (int, bool) { return int(l.row.transport), l.row.protocol == ip.UDP }},
	} {
		if f, ok := h.layout.Field(key); ok {
			return &fixedPlace{f, h.from}
		}
	}
	return nil
}

// nodes returns the fields that are looked for.
func (all seekers) nodes(l *look) (nodes []wire.Node) {
	var ofFile []wire.Node
	for _, s := range all {
		switch {
		case s.ofFile:
			if ofFile == nil {
				ofFile = l.placeNodes()
			}
			nodes = withKey(nodes, ofFile, s.key)
		case s.fixed != nil && l.row.kind&regular != 0:
			if at, ok := s.fixed.from(l); ok {
				nodes = append(nodes, s.fixed.field.Node(l.octets[at:], 8*at))
			}
		default:
			l.whole = true
			nodes = withKey(nodes, s.apart.laying(l.laid(), len(l.octets)).packet(LinkType(l.row.link), l.octets), s.key)
		}
	}
	return nodes
}

// withKey appends to found those of nodes, and of their children, that have a key.
func withKey(found, nodes []wire.Node, key string) []wire.Node {
	for i := range nodes {
		if nodes[i].Key == key {
			found = append(found, nodes[i])
			found[len(found)-1].Children = nil
		}
		found = withKey(found, nodes[i].Children, key)
	}
	return found
}
