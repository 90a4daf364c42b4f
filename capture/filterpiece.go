package capture

import (
	"netlab/filter"
	"netlab/ip"
	"netlab/wire"
)

// ofOctets decides a term that looks at octets, if that takes less than all layers.
func (l *look) ofOctets(t filter.Term, apart *dissector, layer, key string) filter.Verdict {
	isRegular, isBare := l.row.kind&regular != 0, l.row.kind&bare != 0
	at, ok := l.layerAt(key)
	switch {
	case ok:
		return filter.VerdictOf(t.Match([]wire.Node{{Key: key, Bit: 8 * at}}, l.octets))
	case !isRegular && !isBare:
		return filter.Unknown
	case layer == "eth" && key != "eth.padding", layer == "sll", layer == "null", layer == tagLayer:
		return filter.VerdictOf(t.Match(apart.link(LinkType(l.row.link), l.octets), l.octets))
	case l.laid() != nil && (key == "data" || isApplication(layer)):
		return filter.Unknown
	case key == "data" && (isBare || l.unknown() == 0), isBare && isApplication(layer):
		return filter.No
	case isRegular && isApplication(layer) && l.application() != application(layer):
		if l.application() == quicApplication {
			return filter.Unknown // it has TLS inside
		}
		return filter.No
	case isRegular && isApplication(layer):
		return filter.VerdictOf(t.Match(l.apart(apart), l.octets))
	}
	return filter.Unknown
}

// layerAt returns at which octet a layer begins, if that is known without taking anything apart, and termByRow has not ruled the layer out.
func (l *look) layerAt(key string) (at int, ok bool) {
	isRegular, isBare := l.row.kind&regular != 0, l.row.kind&bare != 0
	switch key {
	case "frame":
		return 0, true
	case "ip", "ipv6":
		return int(l.row.network), isRegular || isBare
	case "arp":
		return int(l.row.network), isBare
	case "icmp", "icmpv6":
		if isBare && (l.row.protocol == ip.ICMP || l.row.protocol == ip.ICMPv6) {
			return int(l.row.network) + fixedLen(l.network()), true
		}
	case "tcp", "udp":
		return int(l.row.transport), isRegular
	case "data":
		if isRegular && l.row.data > 0 && l.laid() == nil && l.application() == noApplication && l.unknown() == len(l.data()) && l.unknown() > 0 {
			return l.dataAt(), true
		}
	}
	return 0, false
}
