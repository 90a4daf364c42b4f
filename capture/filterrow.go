package capture

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/dhcp"
	"netlab/dns"
	"netlab/ether"
	"netlab/filter"
	"netlab/ip"
	"netlab/rip"
	"netlab/tcp"
	"netlab/wire"
)

// termByRow returns a test of a term by a packet's row alone.
func termByRow(t filter.Term) func(*look) filter.Verdict {
	keys := t.Fields()
	layer, _, _ := strings.Cut(keys[0], ".")
	if test := termOfFile(t, keys[0]); test != nil {
		return test
	}
	test := termByColumn(t, layer, keys)
	return func(l *look) filter.Verdict {
		switch {
		case l.row.kind&bare != 0:
			if !l.row.bareMayHave(layer) {
				return filter.No
			}
			return filter.Unknown
		case l.row.kind&regular == 0:
			if !l.row.mayHave(layer) {
				return filter.No
			}
			return filter.Unknown
		case l.row.lacks(layer, l):
			return filter.No // whatever a term asks of a field, it does not hold where there is none
		case test == nil:
			return filter.Unknown
		}
		return filter.VerdictOf(test(l))
	}
}

// termOfFile is the test of a term about what the file says of a packet, which is known of each; nil if the key is of a header.
func termOfFile(t filter.Term, key string) func(*look) filter.Verdict {
	var value func(l *look) (uint64, bool)
	switch key {
	case filter.SpanKey, "tcp.seq", "tcp.ack":
		return termOfNumbers(t, key)
	case filter.LinkKey, "frame.interface_name":
		return termOfInterface(t, key)
	case "frame.interface_id":
		value = func(l *look) (uint64, bool) { n, _ := l.known.links.of(l.number); return uint64(n), true }
	case lostKey:
		value = func(l *look) (uint64, bool) { return 1, l.known.lost.Has(l.number) }
	case "frame", "frame.number":
		value = func(l *look) (uint64, bool) { return uint64(l.number), true }
	case "frame.len":
		value = func(l *look) (uint64, bool) { return uint64(l.row.length), true }
	case "frame.cap_len":
		value = func(l *look) (uint64, bool) { return uint64(l.row.captured), true }
	case retxKey:
		value = func(l *look) (uint64, bool) { return 1, l.row.kind&again != 0 }
	case lateKey:
		value = func(l *look) (uint64, bool) { return 1, l.row.kind&late != 0 }
	case "tcp.stream", "udp.stream":
		value = func(l *look) (uint64, bool) {
			k, v, ok := l.stream()
			return v, ok && k == key
		}
	default:
		return nil
	}
	return func(l *look) filter.Verdict {
		v, ok := value(l)
		switch {
		case !ok || t.Exists():
			return filter.VerdictOf(ok)
		case t.Octets() || t.Whole():
			return filter.Unknown
		case key == "frame":
			return filter.VerdictOf(t.Of(wire.Node{Key: key}))
		case t.Number():
			return filter.VerdictOf(t.OfNumbers(v))
		}
		return filter.VerdictOf(t.Of(wire.Node{Key: key, Value: strconv.FormatUint(v, 10), Uint: v}))
	}
}

// lacks reports whether a regular packet certainly has no fields of a layer.
func (r *row) lacks(layer string, l *look) bool {
	switch layer {
	case "ah", "chdlc":
		return true
	case "eth":
		return r.link != uint16(Ether)
	case "sll":
		return r.link != uint16(LinuxSLL) && r.link != uint16(SLL2)
	case "null":
		return r.link != uint16(Null) && r.link != uint16(Loop)
	case "arp", "icmp", "icmpv6":
		return true
	case "ip":
		return r.kind&six != 0
	case "ipv6":
		return r.kind&six == 0
	case "tcp":
		return r.protocol != ip.TCP
	case "udp":
		return r.protocol != ip.UDP
	case "http", "http2", "websocket":
		return r.data == 0 || r.protocol != ip.TCP
	case "tls": // QUIC carries its handshake
		return r.data == 0
	case "quic":
		return r.data == 0 || r.protocol != ip.UDP
	case "dns":
		return r.data == 0 || !l.uses(dns.Port) && !l.uses(dns.MulticastPort) && !l.uses(dns.LLMNRPort)
	case "dhcp":
		return r.data == 0 || !l.uses(dhcp.ServerPort) && !l.uses(dhcp.ClientPort)
	case "rip":
		return r.data == 0 || !l.uses(rip.Port)
	}
	if layer == tagLayer {
		return r.link != uint16(Ether) || r.network == ether.HeaderLen
	}
	return r.data == 0 && r.protocol == ip.TCP
}

// mayHave reports whether a packet that is neither regular nor bare may have fields of a layer. ICMP errors quote the headers of others, and tunnels
// have everything inside.
func (r *row) mayHave(layer string) bool {
	if r.network == withinTunnel || foreignProtocol(r.protocol) != nil || r.protocol == ip.UDP && r.transport > 0 {
		return true
	}
	isICMP := r.protocol == ip.ICMP || r.protocol == ip.ICMPv6
	switch layer {
	case "tcp":
		return r.protocol == ip.TCP || isICMP
	case "udp":
		return r.protocol == ip.UDP || isICMP
	case "http", "http2", "websocket":
		return r.protocol == ip.TCP
	case "dns", "tls":
		return r.protocol == ip.TCP || r.protocol == ip.UDP
	case "dhcp", "rip", "quic":
		return r.protocol == ip.UDP
	case "icmp":
		return r.protocol == ip.ICMP
	case "icmpv6":
		return r.protocol == ip.ICMPv6
	case "arp":
		return r.protocol == 0
	}
	return true
}

// tagLayer is the key of the layer that may come between an Ethernet header and an IP packet: that of ether.TagLayout, which need not be built to know it.
const tagLayer = "vlan"

// bareMayHave reports whether a bare packet may have fields of a layer.
func (r *row) bareMayHave(layer string) bool {
	switch layer {
	case "ah", "chdlc", "tcp", "udp", "http", "http2", "websocket", "tls", "dns", "dhcp", "rip", "quic":
		return false
	case "ip", "icmp":
		return r.protocol == ip.ICMP
	case "ipv6", "icmpv6":
		return r.protocol == ip.ICMPv6
	case "arp":
		return r.protocol == 0
	}
	return true
}

// uses reports whether a packet goes to or comes from a port.
func (l *look) uses(port uint16) bool { return l.pair.aPort == port || l.pair.bPort == port }

// termByColumn is the test of a term for regular packets that have the layer; nil if the index does not know what it asks for.
func termByColumn(t filter.Term, layer string, keys []string) func(*look) bool {
	if t.Octets() || t.Whole() {
		return nil
	}
	if layer == keys[0] && slices.Contains([]string{"eth", "ip", "ipv6", "tcp", "udp"}, layer) && t.Exists() {
		return func(*look) bool { return true }
	}
	if t.Addresses() || t.Exists() {
		if columns := addressColumns(keys); columns != nil {
			return func(l *look) bool {
				src, dst := l.ends()
				addrs := [2]netip.Addr{src.Addr(), dst.Addr()}
				return t.Exists() || t.OfAddresses(addrs[columns[0]:columns[1]]...)
			}
		}
	}
	if columns := portColumns(keys); columns != nil && (t.Number() || t.Exists()) {
		return func(l *look) bool {
			src, dst := l.ports()
			ports := [2]uint64{src, dst}
			return t.Exists() || t.OfNumbers(ports[columns[0]:columns[1]]...)
		}
	}
	var value func(l *look) uint64
	flag := false
	switch key := keys[0]; key {
	case "tcp.len":
		value = func(l *look) uint64 { return uint64(l.row.data) }
	case "tcp.flags":
		value = func(l *look) uint64 { return uint64(l.row.flags) }
	default:
		field, ok := tcp.HeaderLayout().Field(key)
		if !ok || field.Width != 1 || field.Bit/8 != 13 { // not one of the control bits
			return nil
		}
		flag = true
		value = func(l *look) uint64 { return uint64(l.row.flags>>(111-field.Bit)) & 1 }
	}
	switch {
	case keys[0] == "tcp.flags" && !t.Number():
		return flagsByWords(t)
	case t.Exists():
		return func(l *look) bool { return !flag || value(l) != 0 }
	case t.Number():
		return func(l *look) bool { return t.OfNumbers(value(l)) }
	}
	return nil
}

// flagsByWords is the test of a term about the control bits in words, of which there are only so many.
func flagsByWords(t filter.Term) func(*look) bool {
	var holds [256]bool
	for i := range holds {
		flags := tcp.Flags(i)
		holds[i] = t.Of(wire.Node{Value: flags.String(), Uint: uint64(flags), Width: 8})
	}
	return func(l *look) bool { return holds[l.row.flags] }
}

// addressColumns says which of source and destination a term asks for: from the first number to before the second.
func addressColumns(keys []string) []int {
	return columns(keys, "ip.src", "ip.dst", "ipv6.src", "ipv6.dst")
}

func portColumns(keys []string) []int {
	return columns(keys, "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport")
}

func columns(keys []string, names ...string) []int {
	switch i := slices.Index(names, keys[0]); {
	case i < 0:
		return nil
	case len(keys) == 2:
		return []int{0, 2}
	default:
		return []int{i % 2, i%2 + 1}
	}
}

// ports returns the sender's and the receiver's port.
func (l *look) ports() (src, dst uint64) {
	if l.pair.bFirst == (l.row.kind&reverse != 0) {
		return uint64(l.pair.aPort), uint64(l.pair.bPort)
	}
	return uint64(l.pair.bPort), uint64(l.pair.aPort)
}
