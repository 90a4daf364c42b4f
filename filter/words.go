package filter

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/nearest"
	"netlab/wire"
)

// Words are what an expression may speak of.
type Words struct {
	Fields []string // the keys of the fields that there are, and plain words that stand alone, such as retx

	// Hosts returns the addresses of the hosts that have names. It is called only for an expression that names one. nil: addresses alone can be given.
	Hosts func() (map[string][]netip.Addr, error)

	// Links returns the names of the links, or of the interfaces, that packets can be seen on. It is called only for an expression that names one.
	// nil: the word link means nothing here.
	Links func() ([]string, error)

	Spans bool // segments have nodes that Span makes: seq means something
}

// The keys of nodes that say of a packet what its octets do not.
const (
	LinkKey = "link" // over which link it went, or on which interface it was captured: the name, and the number of an interface
	SpanKey = "seq"  // which relative sequence numbers its segment covers, as Span makes it
)

// Span returns the node of a segment that covers so many sequence numbers from the first on, both relative, its SYN and FIN included.
func Span(first, length uint32) wire.Node {
	return wire.Node{Name: "Sequence numbers", Key: SpanKey, Value: strconv.FormatUint(uint64(first), 10) + ".." + strconv.FormatUint(uint64(first)+uint64(length), 10), Uint: uint64(first)<<32 | uint64(length)}
}

// plain reads a plain word that has something behind it. It reports false if there is none.
func (p *parser) plain() (n node, ok bool, err error) {
	word := p.peek().text
	switch {
	case word == "host":
		p.next()
		n, err = p.host()
	case word == LinkKey && p.words.Links != nil:
		p.next()
		n, err = p.link()
	case word == SpanKey && p.words.Spans:
		p.next()
		n, err = p.span()
	default:
		return node{}, false, nil
	}
	return n, true, err
}

// host reads what follows the word host: an address, a network, or a name. It is true where one of the addresses stands as source or destination.
func (p *parser) host() (node, error) {
	t := p.peek()
	if t.kind != wordToken && t.kind != textToken {
		return node{}, p.wrong("expected the name of a host or an address")
	}
	var prefixes []netip.Prefix
	v, err := p.literal(t)
	switch {
	case err != nil:
		return node{}, err
	case v.prefix.IsValid():
		prefixes = append(prefixes, v.prefix)
	default:
		addrs, err := p.named(t)
		if err != nil {
			return node{}, err
		}
		for _, a := range addrs {
			prefixes = append(prefixes, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	p.next()
	var four, six []value
	for _, prefix := range prefixes {
		if prefix.Addr().Is4() {
			four = append(four, value{prefix: prefix})
		} else {
			six = append(six, value{prefix: prefix})
		}
	}
	all := node{op: "in", key: "ip.addr", values: four}
	also := func(key string, values []value) {
		all = node{op: "or", kids: []node{all, {op: "in", key: key, values: values}}}
	}
	if len(six) > 0 {
		also("ipv6.addr", six)
	}
	if len(four) > 0 {
		also("arp.src.proto_ipv4", four)
		also("arp.dst.proto_ipv4", four)
	}
	return all, nil
}

// named returns the addresses of a host that is called by its name.
func (p *parser) named(t token) ([]netip.Addr, error) {
	if p.words.Hosts == nil {
		return nil, p.wrong("no host has a name here: give its address")
	}
	hosts, err := p.words.Hosts()
	if err != nil {
		return nil, p.wrong(err.Error())
	}
	names := slices.Sorted(maps.Keys(hosts))
	for _, name := range names {
		if strings.EqualFold(name, t.text) {
			if len(hosts[name]) == 0 {
				return nil, p.wrong(name + " has no address that is known beforehand: give the one it will have")
			}
			return hosts[name], nil
		}
	}
	return nil, p.wrong(unknown("host", t.text, names, "give an address"))
}

// link reads what follows the word link: "r1-r2" for both directions of a link, "r1>r2" for one, or the name or number of an interface.
func (p *parser) link() (node, error) {
	t := p.peek()
	if t.kind != wordToken && t.kind != textToken {
		return node{}, p.wrong("expected the name of a link")
	}
	links, err := p.words.Links()
	if err != nil {
		return node{}, p.wrong(err.Error())
	}
	at := *p
	p.next()
	n := node{op: "in", key: LinkKey}
	if p.accept(">") {
		to := p.next().text
		way := t.text + ">" + to
		if !slices.Contains(links, way) && !slices.Contains(links, t.text+"-"+to) && !slices.Contains(links, to+"-"+t.text) {
			return node{}, at.wrong(unknown("link", way, links, ""))
		}
		n.values = []value{{text: way}}
		return n, nil
	}
	a, b, joined := strings.Cut(t.text, "-")
	known := slices.Contains(links, t.text)
	n.values = []value{{text: t.text}}
	if joined && (known || slices.Contains(links, b+"-"+a)) {
		known = true
		n.values = append(n.values, value{text: a + ">" + b}, value{text: b + ">" + a}, value{text: b + "-" + a})
	}
	if number, err := strconv.ParseUint(t.text, 10, 32); err == nil {
		n.values = append(n.values, value{from: number, to: number, isNumber: true})
	}
	if !known {
		return node{}, at.wrong(unknown("link", t.text, links, ""))
	}
	return n, nil
}

// unknown says that nothing has a name, and what has.
func unknown(what, name string, names []string, instead string) string {
	say := "no " + what + " is called " + name
	switch near := nearest.Word(name, names, len(name)/3+1); {
	case near != "":
		return say + ": did you mean " + near + "?"
	case len(names) > 0 && len(names) <= 8:
		return say + ": there are " + strings.Join(names, ", ")
	case len(names) == 0 && instead != "":
		return say + ", nor has any other a name: " + instead
	case len(names) == 0:
		return say + ", nor has any other a name"
	}
	return say
}

// span reads what follows the word seq: "5841..7301", relative sequence numbers of which the last is not meant, as in "data 5841..7301"; or a single one.
// It is true where a segment covers some of them. Sequence numbers wrap, and so do these.
func (p *parser) span() (node, error) {
	first, err := p.sequenceNumber()
	if err != nil {
		return node{}, err
	}
	last := first + 1
	if p.accept("..") {
		at := *p
		if last, err = p.sequenceNumber(); err != nil {
			return node{}, err
		}
		if last <= first {
			return node{}, at.wrong("a range goes from a number to a larger one: the one after the last that is meant")
		}
	}
	return node{op: SpanKey, key: SpanKey, values: []value{{from: first, to: last, isNumber: true}}}, nil
}

func (p *parser) sequenceNumber() (uint64, error) {
	v, err := strconv.ParseUint(p.peek().text, 10, 62)
	if err != nil {
		return 0, p.wrong("expected relative sequence numbers, as in seq 5841..7301")
	}
	p.next()
	return v, nil
}

// overlaps reports whether a segment, as Span makes it, covers some of the numbers. All count modulo 2^32 (RFC 9293, Section 3.4).
func (v *value) overlaps(span uint64) bool {
	first, length := uint32(span>>32), uint32(span)
	wanted := min(v.to-v.from, 1<<32-1)
	return uint64(first-uint32(v.from)) < wanted || uint32(v.from)-first < length
}
