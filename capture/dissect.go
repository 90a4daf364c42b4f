package capture

import (
	"fmt"
	"net/netip"
	"strconv"

	"netlab/dhcp"
	"netlab/ether"
	"netlab/http"
	"netlab/http2"
	"netlab/ip"
	"netlab/quic"
	"netlab/rip"
	"netlab/udp"
	"netlab/wire"
)

// Dissect returns the layers of a packet, lowest first: each a tree of fields by the layout of the
// package that owns it, with offsets from the first bit of packet. What nobody takes apart comes last, as one
// node. Whatever is wrong is noted at the node where it is; Dissect never fails.
func Dissect(t LinkType, packet []byte) []wire.Node { return newDissector("").packet(t, packet) }

// packet is Dissect.
func (d *dissector) packet(t LinkType, packet []byte) []wire.Node {
	if foreignLink(t) && len(packet) > 0 {
		found, ours, at := foreignLinkLayers(t, packet)
		return d.foreignTree(found, ours, at, packet, 0, mostTunnels)
	}
	var nodes []wire.Node
	if d.wants("eth", "sll", "null", "chdlc", tagLayer, "data") {
		nodes = d.link(t, packet)
	}
	next, n, ok := linkPayload(t, packet)
	switch {
	case !ok && len(nodes) == 0 && len(packet) > 0:
		data := dataNode(packet, 0)
		data.Note = "netlab does not know " + t.String()
		return append(nodes, data)
	case !ok:
		return nodes
	case next == ether.TypeIPv4 || next == ether.TypeIPv6:
		return append(nodes, d.packetOfIP(packet[n:], n, mostTunnels)...)
	case next == ether.TypeARP:
		return append(nodes, d.arp(packet[n:], n)...)
	}
	return append(nodes, d.foreign(next, packet[n:], n)...)
}

// packetOfIP returns the layers of the IP packet in b, which begins at octet at and may be a tunnel of others, so many in one another.
func (d *dissector) packetOfIP(b []byte, at, most int) []wire.Node {
	h, whole := parseHeader(b)
	var nodes []wire.Node
	if d.wants("ip", "ipv6") || !whole || h.problem != "" {
		node, _, payload, ok := d.ip().Header(b, 8*at)
		nodes = append(nodes, node)
		if !ok {
			return append(nodes, d.leftOver(b, node.Width/8, at)...)
		}
		if sum := nodes[0].Find("ip.checksum"); sum != nil && sum.Note != "" && sum.Uint == 0 {
			noteOffload(&nodes[0], "ip.checksum", sumPartial)
		}
		if h.dst.Is6() && h.auth == 0 {
			h.len, h.payload = node.Width/8, payload // an extension header that is cut short is shown all the same
		}
	}
	if h.auth > 0 && d.wants("ah") {
		nodes = append(nodes, authNodes(b[h.len-h.auth:h.len], at+h.len-h.auth)...)
	}
	if h.offset == 0 {
		nodes = append(nodes, d.transport(&h, at+h.len, most)...)
	} else if len(h.payload) > 0 && d.wants("data") {
		data := dataNode(h.payload, 8*(at+h.len))
		data.Value = fmt.Sprintf("fragment: octets %d to %d of what was cut up", h.offset, h.offset+len(h.payload)-1)
		nodes = append(nodes, data)
	}
	return append(nodes, d.padding(b, h.len+len(h.payload), at)...)
}

// leftOver returns the octets of b from octet from on as one node, or none if there are none. b begins at octet at of the packet.
func (d *dissector) leftOver(b []byte, from, at int) []wire.Node {
	if from >= len(b) || !d.wants("data", "eth") {
		return nil
	}
	return []wire.Node{dataNode(b[from:], 8*(at+from))}
}

// transport returns the layers in the payload of an IP packet, which begins at octet at.
func (d *dissector) transport(h *header, at, tunnels int) []wire.Node {
	b := h.payload
	src, dst := h.src, h.dst
	if h.cut > 0 || h.more {
		src, dst = netip.Addr{}, netip.Addr{} // a checksum cannot be right when octets that it covers are not there
	}
	switch {
	case len(b) == 0:
		return nil
	case h.protocol == ip.TCP:
		var nodes []wire.Node
		if d.wants("tcp") {
			n := d.tcp().Segment(b, 8*at, src, dst)
			if h.cut > 0 && !h.more {
				n.With("tcp.len", func(f *wire.Node) { f.Uint += uint64(h.cut); f.Value = strconv.FormatUint(f.Uint, 10) })
			}
			noteOffload(&n, "tcp.checksum", checkTransport(h.src, h.dst, ip.TCP, b, 16))
			nodes = append(nodes, n)
		}
		return append(nodes, d.streamData(h, segmentHeaderLen(b), at)...)
	case h.protocol == ip.UDP:
		var nodes []wire.Node
		if d.wants("udp") {
			n := d.udp().Datagram(b, 8*at, src, dst)
			noteOffload(&n, "udp.checksum", checkTransport(h.src, h.dst, ip.UDP, b[:min(8, len(b))+len(udp.Data(b))], 6))
			nodes = append(nodes, n)
		}
		if inside, ok := d.inside(h, at, tunnels); ok {
			return append(nodes, inside...)
		}
		return append(nodes, d.datagramData(h, udp.Data(b), at, tunnels)...)
	case h.protocol == ip.ICMP && h.dst.Is4() || h.protocol == ip.ICMPv6 && h.dst.Is6():
		if d.wants("icmp", "icmpv6") || d.wants("data") && d.asked != "data" || quotes(h) && d.wants("ip", "ipv6", "tcp", "udp") {
			return []wire.Node{d.icmp(h, at)}
		}
		return nil
	}
	if inside, ok := d.inside(h, at, tunnels); ok {
		return inside
	}
	if f := foreignProtocol(h.protocol); f != nil && !h.more && tunnels > 0 {
		return d.carried(f, b, at, tunnels)
	}
	return d.leftOver(b, 0, at)
}

// streamData returns the layers in the data of a segment, which begins at octet at and has a header of so many octets.
func (d *dissector) streamData(h *header, header, at int) []wire.Node {
	if l := d.laid; l != nil && !l.plain() {
		d.laid = nil
		return d.laidData(l, h, header, at)
	}
	if !d.wants("http", "http2", "websocket", "tls", "dns", "data") {
		return nil
	}
	data, bit := h.payload[header:], 8*(at+header)
	carries := streamApplication(portsOf(h.payload), data)
	switch {
	case carries == noApplication:
		return d.leftOver(h.payload, header, at)
	case !d.wants(string(carries)):
		return nil
	}
	switch carries {
	case http2Application:
		return http2.Dissect(data, bit)
	case httpApplication:
		return []wire.Node{d.http().Message(data, bit)}
	case dnsApplication:
		return d.dns().Stream(data, bit)
	case webSocketApplication:
		return http.DissectWebSocket(data, bit)
	}
	return []wire.Node{d.tls().Records(data, bit)}
}

// datagramData returns the layers in the data of a datagram, which begins at octet at, and what follows it.
func (d *dissector) datagramData(h *header, data []byte, at, tunnels int) []wire.Node {
	b := h.payload
	header := min(8, len(b))
	var nodes []wire.Node
	if carries := datagramApplication(h, data); carries != noApplication {
		nodes = d.datagram(carries, data, at+header)
		header += len(data)
	} else if len(data) > 0 && !h.more && tunnels > 0 {
		if f := foreignDatagram(h); f != nil {
			nodes = append(nodes, d.carried(f, data, at+header, tunnels)...)
			header += len(data)
		}
	}
	return append(nodes, d.leftOver(b, header, at)...)
}

// datagram returns the layers in the data of a datagram, which is known to carry something and begins at octet at.
func (d *dissector) datagram(carries application, data []byte, at int) []wire.Node {
	if !d.wants(string(carries)) && !(carries == quicApplication && d.wants("tls")) {
		return nil
	}
	switch carries {
	case dnsApplication:
		return []wire.Node{d.dns().Message(data, 8*at)}
	case dhcpApplication:
		return []wire.Node{dhcp.Dissect(data, 8*at)}
	case ripApplication:
		return []wire.Node{rip.Dissect(data, 8*at)}
	}
	return quic.Dissect(data, 8*at)
}

// segmentHeaderLen returns how many octets of a segment are its header.
func segmentHeaderLen(b []byte) int {
	if len(b) < segmentHeader {
		return len(b)
	}
	return min(len(b), max(segmentHeader, int(b[12]>>4)*4))
}

// icmp returns an ICMP message, with as much of the segment or datagram as an error quotes.
func (d *dissector) icmp(h *header, at int) wire.Node {
	n, quote, bit, ok := d.ip().ICMP(h.payload, 8*at)
	if h.dst.Is6() {
		n, quote, bit, ok = d.ip().ICMPv6(h.payload, 8*at, h.src, h.dst)
	}
	if h.cut > 0 || h.more {
		for i := range n.Children {
			n.Children[i].Note = "" // a checksum cannot be right when octets that it covers are not there
		}
	}
	if !ok || len(quote.Payload) == 0 || quote.Header.FragmentOffset > 0 || !d.wants("tcp", "udp") {
		return n
	}
	var inner wire.Node
	switch quote.Header.Protocol {
	case ip.TCP:
		inner = d.tcp().Segment(quote.Payload, bit, netip.Addr{}, netip.Addr{})
	case ip.UDP:
		inner = d.udp().Datagram(quote.Payload, bit, netip.Addr{}, netip.Addr{})
		inner.With("udp.length", func(f *wire.Node) { f.Note = "" })
	default:
		return n
	}
	inner.Note = "" // that it is cut short is how errors quote
	inner.Name = "Quoted: " + inner.Name
	n.Children = append(n.Children, inner)
	return n
}

// quotes reports whether an ICMP message may quote the headers of another packet.
func quotes(h *header) bool {
	t := h.payload[0]
	if h.dst.Is6() {
		return t < 128 || t > 136 // not an echo, nor what neighbor discovery and multicast listeners say
	}
	return t != 0 && t != 8
}

// noteOffload corrects what a layer says of a checksum that the capturing machine had left to its
// network card: a capture shows packets before the card has seen them.
func noteOffload(n *wire.Node, key string, state sumState) {
	if sum := n.Find(key); sum != nil && state == sumPartial {
		sum.Note = ""
		sum.Value += " (not computed yet: left to the network card of the machine that captured it)"
	}
}

// dataNode is what nobody takes apart.
func dataNode(b []byte, bit int) wire.Node {
	return wire.Node{
		Name: "Data", Key: "data", Bit: bit, Width: 8 * len(b), Value: octets(len(b)),
		Doc: "Octets that belong to the application, or that netlab does not take apart.",
	}
}

// messageOf tells whether an HTTP message begins in b, and which: "GET /blob", "200 OK".
func messageOf(b []byte) (string, bool) {
	message, ok := http.Summary(b)
	return oneLine(message), ok
}
