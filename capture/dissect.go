package capture

import (
	"fmt"
	"net/netip"

	"github.com/gopacket/gopacket/layers"

	"netlab/dns"
	"netlab/ether"
	"netlab/http"
	"netlab/http2"
	"netlab/ip"
	"netlab/tcp"
	"netlab/tls"
	"netlab/udp"
	"netlab/wire"
)

// Dissect returns the layers of a packet, lowest first: each a tree of fields by the layout of the
// package that owns it, with offsets from the first bit of packet. What nobody takes apart comes last, as one
// node. Whatever is wrong is noted at the node where it is; Dissect never fails.
func Dissect(t LinkType, packet []byte) []wire.Node {
	if foreignLink(t) && len(packet) > 0 {
		found, ours, at := foreignLinkLayers(t, packet)
		return foreignTree(found, ours, at, packet, 0, mostTunnels)
	}
	nodes := dissectLink(t, packet)
	next, n, ok := linkPayload(t, packet)
	switch {
	case !ok && len(nodes) == 0 && len(packet) > 0:
		data := dataNode(packet, 0)
		data.Note = "netlab does not know " + t.String()
		return append(nodes, data)
	case !ok:
		return nodes
	case next == ether.TypeIPv4 || next == ether.TypeIPv6:
		return append(nodes, dissectIP(packet[n:], n)...)
	case next == ether.TypeARP:
		return append(nodes, dissectARP(packet[n:], n)...)
	}
	return append(nodes, dissectForeign(next, packet[n:], n)...)
}

// dissectIP returns the layers of the IP packet in b, which begins at octet at.
func dissectIP(b []byte, at int) []wire.Node { return dissectTunnels(b, at, mostTunnels) }

// dissectTunnels is dissectIP for so many packets in one another.
func dissectTunnels(b []byte, at, most int) []wire.Node {
	node, _, payload, ok := ip.Dissect(b, 8*at)
	nodes := []wire.Node{node}
	if !ok {
		return append(nodes, leftOver(b, node.Width/8, at)...)
	}
	h, _ := parseHeader(b)
	if sum := nodes[0].Find("ip.checksum"); sum != nil && sum.Note != "" && sum.Uint == 0 {
		noteOffload(&nodes[0], "ip.checksum", sumPartial)
	}
	if h.dst.Is6() {
		h.len, h.payload = node.Width/8, payload // an extension header that is cut short is shown all the same
	}
	if h.offset > 0 {
		if len(h.payload) > 0 {
			data := dataNode(h.payload, 8*(at+h.len))
			data.Value = fmt.Sprintf("fragment: octets %d to %d of what was cut up", h.offset, h.offset+len(h.payload)-1)
			nodes = append(nodes, data)
		}
	} else {
		nodes = append(nodes, dissectTransport(&h, at+h.len, most)...)
	}
	return append(nodes, padding(b, h.len+len(h.payload), at)...)
}

// leftOver returns the octets of b from octet from on as one node, or none if there are none. b begins at octet at of the packet.
func leftOver(b []byte, from, at int) []wire.Node {
	if from >= len(b) {
		return nil
	}
	return []wire.Node{dataNode(b[from:], 8*(at+from))}
}

// dissectTransport returns the layers in the payload of an IP packet, which begins at octet at.
func dissectTransport(h *header, at, tunnels int) []wire.Node {
	b := h.payload
	src, dst := h.src, h.dst
	if h.cut > 0 || h.more {
		src, dst = netip.Addr{}, netip.Addr{} // a checksum cannot be right when octets that it covers are not there
	}
	switch {
	case len(b) == 0:
		return nil
	case h.protocol == ip.TCP:
		n := tcp.Dissect(b, 8*at, src, dst)
		noteOffload(&n, "tcp.checksum", checkTransport(h.src, h.dst, ip.TCP, b, 16))
		return append([]wire.Node{n}, dissectStreamData(h, min(n.Width/8, len(b)), at)...)
	case h.protocol == ip.UDP:
		n, data := udp.Dissect(b, 8*at, src, dst)
		header := min(n.Width/8, len(b))
		noteOffload(&n, "udp.checksum", checkTransport(h.src, h.dst, ip.UDP, b[:header+len(data)], 6))
		return append([]wire.Node{n}, dissectDatagramData(h, data, at, tunnels)...)
	case h.protocol == ip.ICMP && h.dst.Is4() || h.protocol == ip.ICMPv6 && h.dst.Is6():
		return []wire.Node{dissectICMP(h, at)}
	}
	if inner, n := h.tunnelled(); inner != nil && tunnels > 0 {
		var nodes []wire.Node
		if n > 0 {
			found, _, _ := foreignBy(layers.LayerTypeGRE, b, b)
			nodes = append(nodes, foreignNode(foreignLayer{found[0].Layer, 0, n}, at, len(b)))
		}
		return append(nodes, dissectTunnels(inner, at+n, tunnels-1)...)
	}
	if d := foreignProtocol(h.protocol); d != nil && !h.more && tunnels > 0 {
		return dissectCarried(d, b, at, tunnels)
	}
	return []wire.Node{dataNode(b, 8*at)}
}

// dissectStreamData returns the layers in the data of a segment, which begins at octet at and has a header of so many octets.
func dissectStreamData(h *header, header, at int) []wire.Node {
	data, bit := h.payload[header:], 8*(at+header)
	switch streamApplication(h, data) {
	case http2Application:
		return http2.Dissect(data, bit)
	case httpApplication:
		return []wire.Node{http.Dissect(data, bit)}
	case dnsApplication:
		return dns.DissectStream(data, bit)
	case webSocketApplication:
		return http.DissectWebSocket(data, bit)
	case tlsApplication:
		return []wire.Node{tls.Dissect(data, bit)}
	}
	return leftOver(h.payload, header, at)
}

// dissectDatagramData returns the layers in the data of a datagram, which begins at octet at, and what follows it.
func dissectDatagramData(h *header, data []byte, at, tunnels int) []wire.Node {
	b := h.payload
	header := min(8, len(b))
	var nodes []wire.Node
	if messages := dissectDatagram(h, data, at+header); messages != nil {
		nodes = append(nodes, messages...)
		header += len(data)
	} else if len(data) > 0 && !h.more && tunnels > 0 {
		if d := foreignDatagram(h); d != nil {
			nodes = append(nodes, dissectCarried(d, data, at+header, tunnels)...)
			header += len(data)
		}
	}
	return append(nodes, leftOver(b, header, at)...)
}

// dissectICMP returns an ICMP message, with as much of the segment or datagram as an error quotes.
func dissectICMP(h *header, at int) wire.Node {
	n, quote, bit, ok := ip.DissectICMP(h.payload, 8*at)
	if h.dst.Is6() {
		n, quote, bit, ok = ip.DissectICMPv6(h.payload, 8*at, h.src, h.dst)
	}
	if h.cut > 0 || h.more {
		for i := range n.Children {
			n.Children[i].Note = "" // a checksum cannot be right when octets that it covers are not there
		}
	}
	if !ok || len(quote.Payload) == 0 || quote.Header.FragmentOffset > 0 {
		return n
	}
	var inner wire.Node
	switch quote.Header.Protocol {
	case ip.TCP:
		inner = tcp.Dissect(quote.Payload, bit, netip.Addr{}, netip.Addr{})
	case ip.UDP:
		inner, _ = udp.Dissect(quote.Payload, bit, netip.Addr{}, netip.Addr{})
		if length := inner.Find("udp.length"); length != nil {
			length.Note = ""
		}
	default:
		return n
	}
	inner.Note = "" // that it is cut short is how errors quote
	inner.Name = "Quoted: " + inner.Name
	n.Children = append(n.Children, inner)
	return n
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
