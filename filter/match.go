package filter

import (
	"regexp"
	"strings"

	"netlab/wire"
)

// node is a piece of a parsed expression: a comparison, or and, or, not of others.
type node struct {
	op   string // of a comparison "is": there is such a field
	kids []node

	key       string     // the field's name
	functions []function // what is made of the field, in this order
	slices    []slice    // pieces of its octets; nil: it is compared as a whole
	octets    bool       // its octets are compared, not its words
	mask      uint64     // its number is taken with these bits alone; 0: with all
	every     bool       // the comparison is to hold for every field of the name, not for any
	values    []value    // what it is compared with: one, or those of a set
	re        *regexp.Regexp
}

// Match reports whether a packet is one that f chooses: its layers, and the octets that they lie in. It does not count: of a
// filter with `#3` every packet matches that its expression describes (see Nth).
func (f Filter) Match(layers []wire.Node, octets []byte) bool {
	return f.root.op == "" || f.root.match(layers, octets)
}

func (n *node) match(layers []wire.Node, octets []byte) bool {
	switch n.op {
	case "and":
		return n.kids[0].match(layers, octets) && n.kids[1].match(layers, octets)
	case "or":
		return n.kids[0].match(layers, octets) || n.kids[1].match(layers, octets)
	case "not":
		return !n.kids[0].match(layers, octets)
	}
	var against []*wire.Node // the fields that it is compared with
	if n.comparesFields() {
		against = all(layers, n.values[0].field)
		if len(against) == 0 {
			return false
		}
	}
	found, hold := 0, 0
	count := func(field *wire.Node) {
		found++
		if against != nil && n.holdsFor(field, against) || against == nil && n.holds(field, octets) {
			hold++
		}
	}
	for _, key := range keysOf(n.key) {
		each(layers, key, count)
	}
	return n.decide(found, hold)
}

// decide turns how many fields there are, and for how many of them the comparison holds, into the answer. Of "!=", "===" and "!==" those are counted that are equal.
func (n *node) decide(found, hold int) bool {
	if n.counts() {
		return found > 0 && n.compare(uint64(found))
	}
	switch {
	case n.op == "!=":
		return found > 0 && hold == 0
	case n.op == "!==":
		return hold < found
	case n.op == "===", n.every:
		return found > 0 && hold == found
	}
	return hold > 0
}

// holds compares one field.
func (n *node) holds(field *wire.Node, octets []byte) bool {
	if n.counts() {
		return true
	}
	if n.octets {
		b, ok := n.cut(field, octets)
		return ok && (n.op == "is" || n.holdsOctets(b))
	}
	switch n.op {
	case "is":
		return field.Width != 1 || field.Uint != 0
	case "matches":
		return n.re.MatchString(n.words(field))
	case "contains":
		return strings.Contains(n.words(field), n.values[0].text)
	case "<", ">", "<=", ">=":
		return n.compare(n.number(field))
	case SpanKey:
		return n.values[0].overlaps(field.Uint)
	}
	number, words := n.number(field), n.words(field)
	for i := range n.values {
		if n.values[i].equal(number, words) {
			return true
		}
	}
	return false
}

// compare compares a number.
func (n *node) compare(v uint64) bool {
	v = n.masked(v)
	switch n.op {
	case "<":
		return v < n.values[0].from
	case ">":
		return v > n.values[0].from
	case "<=":
		return v <= n.values[0].from
	case ">=":
		return v >= n.values[0].from
	case "!=", "!==":
		if n.counts() {
			return v != n.values[0].from
		}
	case SpanKey:
		return n.values[0].overlaps(v)
	}
	for i := range n.values {
		if n.values[i].from <= v && v <= n.values[i].to {
			return true
		}
	}
	return false
}

func (n *node) masked(v uint64) uint64 {
	if n.mask != 0 {
		return v & n.mask
	}
	return v
}

// comparesFields reports whether one field is compared with another.
func (n *node) comparesFields() bool { return len(n.values) == 1 && n.values[0].field != "" }

// holdsFor compares a field with others.
func (n *node) holdsFor(field *wire.Node, others []*wire.Node) bool {
	for _, other := range others {
		a, b := n.number(field), n.masked(other.Uint)
		equal := a == b && (a != 0 || n.mask != 0 || field.Value == other.Value) || field.Value == other.Value && n.mask == 0
		holds := equal
		switch n.op {
		case "<":
			holds = a < b
		case ">":
			holds = a > b
		case "<=":
			holds = a < b || equal
		case ">=":
			holds = a > b || equal
		}
		if holds {
			return true
		}
	}
	return false
}

// all returns every node that a name stands for, in all layers.
func all(layers []wire.Node, name string) []*wire.Node {
	var found []*wire.Node
	for _, key := range keysOf(name) {
		each(layers, key, func(n *wire.Node) { found = append(found, n) })
	}
	return found
}

// each calls f for every node with the key, in all layers.
func each(nodes []wire.Node, key string, f func(*wire.Node)) {
	for i := range nodes {
		if nodes[i].Key == key {
			f(&nodes[i])
		}
		each(nodes[i].Children, key, f)
	}
}

// keysOf returns the fields that a name stands for.
func keysOf(name string) []string {
	switch name {
	case "ip.addr":
		return []string{"ip.src", "ip.dst"}
	case "ipv6.addr":
		return []string{"ipv6.src", "ipv6.dst"}
	case "eth.addr":
		return []string{"eth.src", "eth.dst"}
	case "tcp.port":
		return []string{"tcp.srcport", "tcp.dstport"}
	case "udp.port":
		return []string{"udp.srcport", "udp.dstport"}
	}
	return []string{name}
}

// Aliases returns the names that stand for two fields.
func Aliases() []string { return []string{"ip.addr", "ipv6.addr", "eth.addr", "tcp.port", "udp.port"} }

func isAlias(name string) bool { return keysOf(name)[0] != name }
