package filter

import "netlab/wire"

// Find returns the fields of a name in the layers of a packet, in the order of its octets: those of source and destination for a name such as ip.addr.
func Find(layers []wire.Node, name string) []*wire.Node {
	var found []*wire.Node
	for _, key := range keysOf(name) {
		each(layers, key, func(n *wire.Node) { found = append(found, n) })
	}
	return found
}
