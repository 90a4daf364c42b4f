package capture

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"strings"

	"netlab/filter"
	"netlab/ip"
	"netlab/tcp"
	"netlab/udp"
	"netlab/wire"
)

// termByOctets returns a test of a term by a packet's row and octets, of which it reads no more than the term asks for.
func termByOctets(t filter.Term) func(*look) filter.Verdict {
	byRow := termByRow(t)
	keys := t.Fields()
	layer, _, _ := strings.Cut(keys[0], ".")
	var test func(l *look) filter.Verdict
	if termOfFile(t, keys[0]) != nil || layer == keys[0] && !t.Exists() {
		return byRow
	}
	switch layer {
	case "eth", "sll", "null", tagLayers()[0]:
		test = termOfLink(t, keys)
	case "ip":
		test = termOfHeader(t, keys, ip.HeaderLayout(), (*look).network, noOptions)
	case "ipv6":
		test = termOfHeader(t, keys, ip.HeaderLayout6(), (*look).network, none)
	case "tcp":
		test = termOfHeader(t, keys, tcp.HeaderLayout(), (*look).transport, byOptions(t, keys[0]))
	case "udp":
		test = termOfHeader(t, keys, udp.HeaderLayout(), (*look).transport, none)
	default:
		test = func(l *look) filter.Verdict { return filter.VerdictOf(t.Match(l.carried())) }
	}
	return func(l *look) filter.Verdict {
		if v := byRow(l); v != filter.Unknown || l.row.kind&regular == 0 {
			return v
		}
		return test(l)
	}
}

func (l *look) network() []byte   { return l.octets[l.row.network:] }
func (l *look) transport() []byte { return l.octets[l.row.transport:] }

// none is what is known of fields beyond a fixed header where there cannot be any.
func none(*look) filter.Verdict { return filter.No }

// noOptions is none for packets without IP options.
func noOptions(l *look) filter.Verdict {
	if int(l.row.transport)-int(l.row.network) == 20 {
		return filter.No
	}
	return filter.Unknown
}

// termOfHeader is the test of a term about fields of a fixed header; of others beyond decides.
func termOfHeader(t filter.Term, keys []string, layout wire.Layout, header func(*look) []byte, beyond func(*look) filter.Verdict) func(*look) filter.Verdict {
	var fields []wire.Field
	for _, key := range keys {
		f, ok := layout.Field(key)
		if !ok {
			return beyond
		}
		fields = append(fields, f)
	}
	if !t.Exists() && !t.Number() && slices.Contains(reworded(), keys[0]) {
		return func(*look) filter.Verdict { return filter.Unknown }
	}
	return func(l *look) filter.Verdict {
		b := header(l)
		if len(fields) == 1 && fields[0].Width <= 64 && t.Number() {
			return filter.VerdictOf(t.OfNumbers(wire.Bits(b, fields[0].Bit, fields[0].Width)))
		}
		nodes := make([]wire.Node, 0, 2)
		for _, f := range fields {
			nodes = append(nodes, f.Node(b, 0))
		}
		return filter.VerdictOf(t.Of(nodes...))
	}
}

// reworded are the fields whose words in a dissection are not those of their layout alone.
func reworded() []string {
	return []string{"ip.hdr_len", "ip.frag_offset", "tcp.hdr_len", "tcp.checksum", "udp.checksum"}
}

// termOfLink is the test of a term about the link header.
func termOfLink(t filter.Term, keys []string) func(*look) filter.Verdict {
	tests := map[uint16]func(*look) filter.Verdict{}
	for _, link := range plainLinks() {
		layout, ok := linkLayout(link)
		if !ok {
			continue
		}
		tests[uint16(link)] = termOfHeader(t, keys, layout, func(l *look) []byte { return l.octets }, func(l *look) filter.Verdict {
			if keys[0] == "eth.padding" && !l.padded() {
				return filter.No
			}
			return filter.Unknown
		})
	}
	return func(l *look) filter.Verdict {
		if test := tests[l.row.link]; test != nil {
			return test(l)
		}
		return filter.Unknown
	}
}

// plainLinks are the link types of regular packets: a link header, and nothing else that a filter could ask for.
func plainLinks() []LinkType { return []LinkType{Ether, RawIP, IPv4, IPv6, LinuxSLL, SLL2, Null, Loop} }

// padded reports whether something may follow the IP packet.
func (l *look) padded() bool {
	b := l.network()
	total := int(binary.BigEndian.Uint16(b[2:]))
	if l.row.kind&six != 0 {
		total = fixedHeader6 + int(binary.BigEndian.Uint16(b[4:]))
	}
	return len(b) > total
}

// byOptions is the test of a term about options of TCP, or else about what only a dissection of the whole header has.
func byOptions(t filter.Term, key string) func(*look) filter.Verdict {
	layouts := tcp.OptionLayouts()
	kinds := map[byte]wire.Layout{2: layouts[2], 3: layouts[3], 4: layouts[4], 8: layouts[5]}
	for kind, layout := range kinds {
		if field, ok := layout.Field(key); layout.Key == key || ok && strings.HasPrefix(key, layout.Key) {
			return func(l *look) filter.Verdict { return ofOption(t, l.transport(), kind, layout, field) }
		}
	}
	return func(l *look) filter.Verdict {
		b := l.transport()
		switch {
		case key == "tcp.options" && t.Exists():
			return filter.VerdictOf(b[12]>>4 > 5)
		case key == "tcp.option_kind" && t.Number():
			if kinds, ok := optionKinds(b); ok {
				return filter.VerdictOf(t.OfNumbers(kinds...))
			}
		}
		if strings.HasPrefix(key, "tcp.option") && b[12]>>4 == 5 {
			return filter.No
		}
		return filter.VerdictOf(t.Match([]wire.Node{tcp.Dissect(b[:l.segmentLen()], 0, netip.Addr{}, netip.Addr{})}))
	}
}

// ofOption is the verdict of a term about a field of an option, or about the option itself, in a segment.
func ofOption(t filter.Term, b []byte, kind byte, layout wire.Layout, field wire.Field) filter.Verdict {
	var nodes []wire.Node
	for options := b[20 : int(b[12]>>4)*4]; len(options) > 0 && options[0] != 0; {
		if options[0] == 1 {
			options = options[1:]
			continue
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return filter.Unknown // an option with an illegal length
		}
		option := options[:options[1]]
		options = options[options[1]:]
		switch {
		case option[0] != kind:
		case len(option) != layout.Len() || field.Key == "" && !t.Exists():
			return filter.Unknown
		case field.Key == "":
			nodes = append(nodes, wire.Node{Key: layout.Key, Width: 8 * len(option)})
		default:
			nodes = append(nodes, field.Node(option, 0))
		}
	}
	return filter.VerdictOf(t.Of(nodes...))
}

// optionKinds returns the kinds of a segment's options; false if that takes a closer look.
func optionKinds(b []byte) (kinds []uint64, ok bool) {
	for options := b[20 : int(b[12]>>4)*4]; len(options) > 0; {
		length := 1
		if options[0] == 0 {
			return nil, false
		}
		if options[0] != 1 {
			if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
				return nil, false
			}
			length = int(options[1])
		}
		kinds = append(kinds, uint64(options[0]))
		options = options[length:]
	}
	return kinds, true
}

// segmentLen is how many octets of the packet's TCP segment were captured.
func (l *look) segmentLen() int { return int(l.transport()[12]>>4)*4 + int(l.row.data) }

// carried returns what the packet's segment or datagram carries, taken apart. It remembers it.
func (l *look) carried() []wire.Node {
	if l.dataRead {
		return l.data
	}
	l.dataRead = true
	h, ok := parseHeader(l.network())
	switch {
	case !ok:
	case h.protocol == ip.TCP:
		l.data = dissectStreamData(&h, int(h.payload[12]>>4)*4, int(l.row.transport))
	case h.protocol == ip.UDP:
		l.data = dissectDatagramData(&h, h.payload[8:8+l.row.data], int(l.row.transport))
	}
	return l.data
}
