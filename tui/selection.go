package tui

import (
	"slices"

	"netlab/sim"
	"netlab/timeline"
	"netlab/wire"
)

// links returns the links as they stand at the cursor.
func (s *screen) links() []sim.LinkState { return s.src.Links(s.cursor) }

func (s *screen) selectedLink() (sim.LinkState, bool) {
	links := s.links()
	if s.link < 0 || s.link >= len(links) {
		return sim.LinkState{}, false
	}
	return links[s.link], true
}

func (s *screen) selectLink(by int) {
	if n := len(s.links()); n > 0 {
		s.link = ((s.link+by)%n + n) % n
	}
}

// arrange carries out the keys that say which panes are seen, and which has the focus.
func (s *screen) arrange(a action) {
	switch a {
	case nextPane:
		s.setFocus(s.paneAfter(1))
	case prevPane:
		s.setFocus(s.paneAfter(-1))
	case zoomPane:
		s.zoomed = !s.zoomed
	case nextLayout:
		s.zoomed = false
		s.shape.next(s.width, s.height)
	default:
		if i := int(a - paneNetwork); i < len(s.panes()) {
			s.setFocus(s.panes()[i])
		}
	}
}

// paneAfter returns the pane so many after the one that has the focus.
func (s *screen) paneAfter(n int) pane {
	all := s.panes()
	return all[(slices.Index(all, s.focus)+n+len(all))%len(all)]
}

func (s *screen) setFocus(p pane) {
	s.focus = p
	if p >= octets && p != labSequence {
		s.tab = p
	}
}

// move carries out the keys that move in the pane which has the focus.
func (s *screen) move(a action) {
	switch a {
	case nextField:
		s.moveField(1)
		return
	case prevField:
		s.moveField(-1)
		return
	}
	page := max(1, s.height/3)
	by := map[action]int{moveUp: -1, moveDown: 1, moveLeft: -1, moveRight: 1, pageUp: -page, pageDown: page}[a]
	sideways := a == moveLeft || a == moveRight
	switch s.focus {
	case network:
		s.selectLink(by)
	case packets:
		if sideways {
			s.moveField(by)
		} else {
			s.movePacket(by)
		}
	case octets:
		if !sideways {
			by *= s.octetsPerLine()
		}
		s.moveOctet(by)
	case layers:
		s.moveField(by)
	case labVariables, labSequence, labWindow:
		s.movePacket(by)
	case explain:
		if sideways {
			s.moveField(by)
		} else {
			s.scroll = max(0, s.scroll+by)
		}
	}
}

// movePacket selects another packet of those that have been sent by now. On the last one the selection
// goes with the cursor again.
func (s *screen) movePacket(by int) {
	now := s.now()
	n := now.Packets()
	oldest, ok := now.Packet(0)
	if !ok {
		return
	}
	if s.sieved.active {
		s.moveChosen(by)
		return
	}
	i := min(max(s.packet-oldest.Number+by, 0), n-1)
	s.packet = oldest.Number + i
	s.follow = i == n-1
	s.scroll = 0
}

// field is a leaf of a dissected packet, and the layer that it is in.
type field struct {
	*wire.Node
	layer *wire.Node
}

// fields returns the fields of a packet in order.
func fields(layers []wire.Node) []field {
	var list []field
	for i := range layers {
		layers[i].Leaves(func(n *wire.Node) {
			if n.Width > 0 {
				list = append(list, field{n, &layers[i]})
			}
		})
	}
	return list
}

// selectedField returns the selected field of a dissected packet. If none was selected, or the packet has no such
// field, it is the one that tells most.
func (s *screen) selectedField(layers []wire.Node) (field, bool) {
	list := fields(layers)
	if i := s.fieldIndex(list); i >= 0 {
		return list[i], true
	}
	return field{}, false
}

func (s *screen) fieldIndex(list []field) int { return s.choice.index(list) }

// telling returns the index of the field that tells most: of a segment the sequence number, or the acknowledgement if
// there is nothing else in it; of an ICMP message, which may quote a segment, its type.
func telling(list []field) int {
	index := map[string]int{}
	for i, f := range list {
		if _, ok := index[f.Key]; !ok {
			index[f.Key] = i
		}
	}
	value := func(key string) uint64 {
		if i, ok := index[key]; ok {
			return list[i].Uint
		}
		return 0
	}
	last := list[len(list)-1]
	if ack, ok := index["tcp.ack_raw"]; ok && last.layer.Key == "tcp" &&
		value("tcp.flags.ack") == 1 && value("tcp.flags.syn")+value("tcp.flags.fin")+value("tcp.flags.reset") == 0 {
		return ack
	}
	for _, key := range []string{"icmp.type", "icmpv6.type", "tcp.seq_raw", "udp.srcport", "arp.dst.proto_ipv4", "ip.src", "ipv6.src"} {
		if i, ok := index[key]; ok {
			return i
		}
	}
	return 0
}

func (s *screen) moveField(by int) {
	s.choice.move(fields(s.dissect().layers), by)
	s.scroll = 0
}

// moveOctet selects the field that holds the octet so many octets from the selected one.
func (s *screen) moveOctet(by int) {
	d := s.dissect()
	s.choice.moveOctet(fields(d.layers), len(d.octets), by)
	s.scroll = 0
}

// number writes a sequence or acknowledgement number: counted from the start of the stream, if that is
// known and wanted.
func (n numbers) number(f *wire.Node, raw bool) (text string, relative bool) {
	base, known := n.seq, n.seqKnown
	if f.Key == "tcp.ack_raw" {
		base, known = n.ack, n.ackKnown
	}
	if raw || !known || (f.Key != "tcp.seq_raw" && f.Key != "tcp.ack_raw") {
		return f.Value, false
	}
	return decimal(uint32(f.Uint) - base), true
}

// firstHop returns the hosts between which a packet travels first.
func firstHop(p timeline.Packet) (from, to string) {
	from = p.First.Host
	return from, other(p.First.Link, from)
}

// octetsPerLine is how many octets the pane shows on a line as it is laid out now.
func (s *screen) octetsPerLine() int {
	a, _ := areaOf(s.areas(), octets)
	return perLine(a.width)
}
