package capture

import (
	"fmt"

	"netlab/ether"
	"netlab/wire"
)

// arp returns the layers of an ARP message in b, which begins at octet at.
func (d *dissector) arp(b []byte, at int) []wire.Node {
	if !d.wants("arp", "eth") {
		return nil
	}
	n := ether.DissectARP(b, 8*at)
	return append([]wire.Node{n}, d.padding(b, n.Width/8, at)...)
}

// padding returns what follows the end of a packet in its frame as a node, or none if there is nothing. b begins at octet at.
func (d *dissector) padding(b []byte, from, at int) []wire.Node {
	if !d.wants("eth") {
		return nil
	}
	nodes := d.leftOver(b, from, at)
	for i := range nodes {
		nodes[i].Name, nodes[i].Key = "Padding", "eth.padding"
		nodes[i].Doc = "Octets after the end of the packet. Ethernet fills short frames up to 60 octets."
	}
	return nodes
}

// arp summarizes an ARP message. everybody says that it is in a frame for all stations on the link.
func (s *Summarizer) arp(b []byte, everybody bool) Summary {
	m, err := ether.ParseARP(b)
	if err != nil {
		return Summary{Proto: "ARP", What: octets(len(b)), Stream: -1, Problem: "not a message about Ethernet and IPv4"}
	}
	sum := Summary{Src: m.Sender.String(), Dst: m.Target.String(), Proto: "ARP", Stream: -1}
	switch {
	case everybody:
		sum.Dst = "all"
	case m.Target.IsUnspecified():
		sum.Dst = m.TargetMAC.String()
	}
	switch {
	case m.IsProbe():
		sum.Src = m.SenderMAC.String()
		sum.What = fmt.Sprintf("who has %s? is it free?", m.Target)
	case m.IsAnnouncement():
		sum.What = fmt.Sprintf("%s is at %s, all take note", m.Sender, m.SenderMAC)
	case m.Operation == ether.Request:
		sum.What = fmt.Sprintf("who has %s? tell %s", m.Target, m.Sender)
	default:
		sum.What = fmt.Sprintf("%s is at %s", m.Sender, m.SenderMAC)
	}
	return sum
}
