package wire

import "fmt"

// Asked says which nodes of a dissection somebody wants: those with one key. If it is empty, all of them. Who asks for one key of many packets, as a
// filter does, gets a tree that has the wanted nodes right under its root, as they are in the whole tree but for their children and notes. For what is
// not wanted neither nodes nor words are made, which is most of the work.
type Asked string

// All reports whether the whole tree is wanted.
func (a Asked) All() bool { return a == "" }

// Wants reports whether nodes with the key are wanted.
func (a Asked) Wants(key string) bool { return a == "" || string(a) == key }

// Dissect is the layout's Dissect with the wanted fields only.
func (a Asked) Dissect(l *Layout, b []byte, bit int) Node {
	n := Node{Name: l.Name, Key: l.Key, Bit: bit, Width: 8 * min(l.Len(), len(b)), Doc: l.Doc, Ref: l.Ref}
	if a.All() {
		n.Children = make([]Node, 0, len(l.Fields)+1)
	}
	for i := range l.Fields {
		f := &l.Fields[i]
		if f.Bit+f.Width > 8*len(b) {
			n.Note = fmt.Sprintf("cut short: %d of %d octets", len(b), l.Len())
			break
		}
		if a.Wants(f.Key) {
			n.Children = append(n.Children, f.Node(b, bit))
		}
	}
	return n
}

// Join appends n to nodes, or if it is not wanted what is under it.
func (a Asked) Join(nodes []Node, n Node) []Node {
	if a.Wants(n.Key) {
		return append(nodes, n)
	}
	return append(nodes, n.Children...)
}
