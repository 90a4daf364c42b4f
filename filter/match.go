package filter

import (
	"net/netip"
	"strings"

	"netlab/wire"
)

// node is a piece of a parsed expression: a comparison, or and, or, not of others.
type node struct {
	op   string
	kids []node

	key      string
	text     string
	number   uint64
	isNumber bool
	prefix   netip.Prefix
}

// Match reports whether a packet, dissected into its layers, is one that f chooses. It does not count: of a
// filter with `#3` every packet matches that its expression describes (see Nth).
func (f Filter) Match(layers []wire.Node) bool {
	return f.root.op == "" || f.root.match(layers)
}

func (n *node) match(layers []wire.Node) bool {
	switch n.op {
	case "and":
		return n.kids[0].match(layers) && n.kids[1].match(layers)
	case "or":
		return n.kids[0].match(layers) || n.kids[1].match(layers)
	case "not":
		return !n.kids[0].match(layers)
	}
	// "!=" holds where no field of that name is equal, and there is one.
	found, equal := false, false
	for _, key := range keysOf(n.key) {
		each(layers, key, func(field *wire.Node) {
			found = true
			equal = equal || n.holds(field)
		})
	}
	if n.op == "!=" {
		return found && !equal
	}
	return equal
}

// holds compares one field. For "!=" it tells whether the field is equal.
func (n *node) holds(field *wire.Node) bool {
	switch n.op {
	case "is":
		return field.Width != 1 || field.Uint != 0
	case "<":
		return field.Uint < n.number
	case ">":
		return field.Uint > n.number
	case "<=":
		return field.Uint <= n.number
	case ">=":
		return field.Uint >= n.number
	case "contains":
		return strings.Contains(field.Value, n.text)
	}
	if n.prefix.IsValid() {
		addr, err := netip.ParseAddr(field.Value)
		return err == nil && n.prefix.Contains(addr)
	}
	if n.isNumber {
		return field.Uint == n.number
	}
	return strings.EqualFold(field.Value, n.text)
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
	case "tcp.port":
		return []string{"tcp.srcport", "tcp.dstport"}
	case "udp.port":
		return []string{"udp.srcport", "udp.dstport"}
	}
	return []string{name}
}

// aliases returns the names that stand for two fields.
func aliases() []string { return []string{"ip.addr", "ipv6.addr", "tcp.port", "udp.port"} }

func isAlias(name string) bool { return keysOf(name)[0] != name }
