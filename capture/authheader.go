package capture

import (
	"fmt"

	"netlab/ip"
	"netlab/wire"
)

// authHeader is the number of the authentication header (RFC 4302). What it protects is in the clear behind it: it is shown, and read over.
const authHeader ip.Protocol = 51

// AuthLayout returns the authentication header but for the integrity check value at its end.
func AuthLayout() wire.Layout {
	ref := wire.RFC("4302", "2")
	return wire.Layout{
		Name: "Authentication Header", Key: "ah", Ref: ref, Doc: "Proves that nobody has changed the packet on its way. It hides nothing.",
		Fields: []wire.Field{
			{Name: "Next Header", Key: "ah.next_header", Bit: 0, Width: 8, Names: []wire.Name{{Value: 4, Text: "IPv4 in IP"}, {Value: 6, Text: "TCP"}, {Value: 17, Text: "UDP"}, {Value: 41, Text: "IPv6 in IP"}, {Value: 58, Text: "ICMPv6"}}, Ref: wire.RFC("4302", "2.1"), Doc: "What follows this header."},
			{Name: "Payload Length", Key: "ah.length", Bit: 8, Width: 8, Ref: wire.RFC("4302", "2.2"), Doc: "The length of this header in words of 32 bits, minus 2."},
			{Name: "Reserved", Key: "ah.reserved", Bit: 16, Width: 16, Ref: wire.RFC("4302", "2.3"), Doc: "Must be zero."},
			{Name: "Security Parameters Index", Key: "ah.spi", Bit: 32, Width: 32, Format: wire.Hex, Ref: wire.RFC("4302", "2.4"), Doc: "Tells the receiver which keys to use."},
			{Name: "Sequence Number", Key: "ah.sequence", Bit: 64, Width: 32, Ref: wire.RFC("4302", "2.5"), Doc: "Counts packets, so that none is accepted twice."},
		},
	}
}

// skipAuth reads over authentication headers at the beginning of the payload, as far as they are whole.
func (h *header) skipAuth() {
	for h.protocol == authHeader && h.offset == 0 {
		n := authLen(h.payload)
		if n == 0 {
			return
		}
		h.protocol = ip.Protocol(h.payload[0])
		h.len, h.auth, h.payload = h.len+n, h.auth+n, h.payload[n:]
	}
}

// authLen returns the length of the authentication header that b begins with; 0 if it is not all there.
func authLen(b []byte) int {
	const least = 12
	if len(b) < least {
		return 0
	}
	if n := 4 * (int(b[1]) + 2); n >= least && n <= len(b) {
		return n
	}
	return 0
}

// authNodes returns the authentication headers that b consists of, which begins at octet at of the packet.
func authNodes(b []byte, at int) []wire.Node {
	var nodes []wire.Node
	for len(b) > 0 {
		n, layout := authLen(b), AuthLayout()
		node := layout.Dissect(b[:n], 8*at)
		node.Width = 8 * n
		if rest := n - layout.Len(); rest > 0 {
			node.Children = append(node.Children, wire.Node{
				Name: "Integrity Check Value", Key: "ah.icv", Bit: 8 * (at + layout.Len()), Width: 8 * rest, Value: fmt.Sprintf("%x", b[layout.Len():n]),
				Doc: "Made of the packet with a secret key.", Ref: wire.RFC("4302", "2.6"),
			})
		}
		nodes = append(nodes, node)
		b, at = b[n:], at+n
	}
	return nodes
}
