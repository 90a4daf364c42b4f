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
	case "tcp.port":
		return []string{"tcp.srcport", "tcp.dstport"}
	case "udp.port":
		return []string{"udp.srcport", "udp.dstport"}
	}
	return []string{name}
}

func isAlias(name string) bool { return keysOf(name)[0] != name }

// nearest returns the known name that differs in the fewest letters, if that is few enough to be a slip.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+2
	for _, k := range append([]string{"ip.addr", "tcp.port", "udp.port"}, known...) {
		if d := distance(name, k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete or change (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
