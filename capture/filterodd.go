package capture

import (
	"netlab/ether"
	"netlab/filter"
	"netlab/ip"
	"netlab/wire"
)

// termOfOdd is the test of a term for packets that are neither regular nor bare. It takes apart no more of them than may have the layer.
func termOfOdd(t filter.Term, layer, key string) func(*look) filter.Verdict {
	match := func(nodes ...wire.Node) filter.Verdict { return filter.VerdictOf(t.Match(nodes)) }
	return func(l *look) filter.Verdict {
		b, ok := l.packet()
		if !ok {
			return filter.Unknown
		}
		h := &l.header
		icmp := h.offset == 0 && len(h.payload) > 0 && (h.protocol == ip.ICMP && h.dst.Is4() || h.protocol == ip.ICMPv6 && h.dst.Is6())
		switch layer {
		case "ip", "ipv6":
			if icmp && quotes(h) {
				return filter.Unknown
			}
			n, _, _, _ := ip.Dissect(b, 0)
			return match(n)
		case "icmp", "icmpv6":
			if icmp {
				return match(dissectICMP(h, 0))
			}
			return filter.No
		case "tcp", "udp":
			switch {
			case h.offset > 0, icmp && !quotes(h):
				return filter.No
			case icmp:
				return match(dissectICMP(h, 0))
			}
		case "http", "http2", "websocket", "tls", "dns", "dhcp", "rip", "quic":
			if h.offset > 0 {
				return filter.No
			}
		case "eth", "sll", "null", tagLayer:
			if key != "eth.padding" {
				return match(dissectLink(LinkType(l.row.link), l.octets)...)
			}
		}
		return filter.Unknown
	}
}

// quotes reports whether an ICMP message may quote the headers of another packet.
func quotes(h *header) bool {
	t := h.payload[0]
	if h.dst.Is6() {
		return t < 128 || t > 136 // not an echo, nor what neighbor discovery and multicast listeners say
	}
	return t != 0 && t != 8
}

// packet returns the IP packet right behind the link header, and reads its header. It reports false if there is none, or one that is odd in itself or may hold
// another.
func (l *look) packet() ([]byte, bool) {
	next, n, ok := linkPayload(LinkType(l.row.link), l.octets)
	if !ok || next != ether.TypeIPv4 && next != ether.TypeIPv6 || foreignLink(LinkType(l.row.link)) {
		return nil, false
	}
	b := l.octets[n:]
	if _, at := innermost(b); at > 0 {
		return nil, false
	}
	l.header, ok = parseHeader(b)
	h := &l.header
	holds := foreignProtocol(h.protocol) != nil || h.protocol == ip.UDP && len(h.payload) >= 8 && foreignDatagram(h) != nil
	return b, ok && h.problem == "" && !holds
}
