package capture

import (
	"fmt"
	"strings"

	"netlab/ether"
	"netlab/wire"
)

// What the capturing machine does to packets is no damage of theirs: it keeps only their beginning (the snap length), sees them before its
// network card has computed checksums, and before the card has cut up large segments, or after it has put small ones together.

// Summarize says what a packet of a capture file is, as Add does. That the file does not hold all of it is not a problem of the packet;
// of one that was cut, only a wrong checksum of what is there can be told for sure.
func (s *Summarizer) Summarize(rec *Record) Summary {
	var sum Summary
	s.number = rec.Number
	if p := rec.view(); p != nil && p.plain && p.readable {
		h := p.header
		sum = s.headed(&h, p.ip, p.sum)
	} else {
		sum = s.Add(rec.LinkType, rec.Packet)
	}
	if rec.Length > len(rec.Packet) && !strings.Contains(sum.Problem, "checksum") {
		sum.Problem = ""
	}
	return sum
}

// isCutShort tells whether a note says that octets are not there.
func isCutShort(note string) bool {
	for _, words := range []string{"cut short", "not there", "are there", "too small"} {
		if strings.Contains(note, words) {
			return true
		}
	}
	return false
}

// DissectRecord returns the layers of a packet of a capture file, as Dissect does, and says where the capture and not the packet
// is the reason for what is odd.
func DissectRecord(rec *Record) []wire.Node {
	nodes := Dissect(rec.LinkType, rec.Packet)
	if missing := rec.Length - len(rec.Packet); missing > 0 {
		for i := range nodes {
			explainCut(&nodes[i], 8*len(rec.Packet))
		}
		nodes = append(nodes, wire.Node{
			Name: "Not Captured", Bit: 8 * len(rec.Packet),
			Value: fmt.Sprintf("%s: the capture kept %d of %d", octets(missing), len(rec.Packet), rec.Length),
			Doc:   "A capture may keep only the beginning of each packet. On the wire the packet was whole.",
		})
	}
	if rec.LinkType == Ether {
		explainSize(nodes, rec.Length)
	}
	return nodes
}

// explainCut takes back notes about octets that only the capture does not hold. It ends at bit end: what is odd right there is so because of that.
func explainCut(n *wire.Node, end int) {
	for i := range n.Children {
		explainCut(&n.Children[i], end)
	}
	if isCutShort(n.Note) || n.Note != "" && n.Bit+n.Width >= end {
		n.Note = ""
		n.Value = strings.TrimSpace(n.Value + " (the rest was not captured)")
	}
}

// maxFrame is what a frame of Ethernet holds besides its header: "maxBasicDataSize" of IEEE 802.3, Section 4.2.7.1, in octets.
const maxFrame = 1500

// explainSize says of a packet that is larger than a frame how that can be.
func explainSize(nodes []wire.Node, length int) {
	link := 0
	var packet *wire.Node
	for i := range nodes {
		if nodes[i].Key == "ip" || nodes[i].Key == "ipv6" {
			packet, link = &nodes[i], nodes[i].Bit/8
			break
		}
	}
	if packet == nil || length-link <= maxFrame || nodes[0].Key != "eth" {
		return
	}
	if source := nodes[0].Find("eth.src"); source == nil || source.Value == (ether.MAC{}).String() {
		return // the loopback interface carries large packets
	}
	packet.Value = strings.TrimSpace(packet.Value + fmt.Sprintf(
		" (%s, more than the %d that a frame usually holds: the network card is to cut it up, or has put it together, unless the link carries jumbo frames)", octets(length-link), maxFrame))
}
