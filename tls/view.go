package tls

import (
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"

	"netlab/wire"
)

// view makes nodes of octets, from the first to the last, and never fails: a capture holds what others said, rightly or wrongly.
type view struct {
	*Dissector
	b       []byte // what is left
	bit     int    // its offset in the packet, in bits
	nodes   []wire.Node
	leftOut bool   // what was read last is not asked for, so that there is no node of it
	partial bool   // b ends because the rest is somewhere else: in a later record or segment
	value   string // what the node of a vector says of its content
}

func (v *view) skip(n int) []byte {
	taken := v.b[:n]
	v.b, v.bit = v.b[n:], v.bit+8*n
	return taken
}

// field shows a field of whole octets and returns its value.
func (v *view) field(f wire.Field) uint64 {
	n := f.Width / 8
	if len(v.b) < n {
		v.cut(f)
		return 0
	}
	f.Bit = 0
	if v.leftOut = !v.asked.Wants(f.Key); v.leftOut {
		value := uint64(0)
		if n <= 8 {
			value = wire.Bits(v.b, 0, f.Width)
		}
		v.skip(n)
		return value
	}
	v.nodes = append(v.nodes, f.Node(v.b, v.bit))
	v.skip(n)
	return v.last().Uint
}

// last returns the node that was shown last; one that nobody sees if it was left out.
func (v *view) last() *wire.Node {
	if v.leftOut {
		return &wire.Node{}
	}
	return &v.nodes[len(v.nodes)-1]
}

// group shows a node with others under it, which begins where v does and ends at the given bit. If it is left out, those under it that are asked for are not.
func (v *view) group(n wire.Node, under []wire.Node, end int) {
	n.Bit, n.Width, n.Children = v.bit, end-v.bit, under
	v.skip(n.Width / 8)
	v.nodes = v.asked.Join(v.nodes, n)
}

// cut shows what is there of a field that is not there in full.
func (v *view) cut(f wire.Field) {
	if len(v.b) == 0 {
		return
	}
	v.rest(f, nil)
	v.last().Note = "cut short"
	if v.partial {
		v.last().Note = "goes on elsewhere"
	}
}

// rest shows all octets that are left as one field. show says what they are; nil: hex.
func (v *view) rest(f wire.Field, show func([]byte) string) {
	bit := v.bit
	v.octets(f, v.skip(len(v.b)), bit, show)
}

// octets shows b, whose offset is bit, as one field, if there is anything in it.
func (v *view) octets(f wire.Field, b []byte, bit int, show func([]byte) string) {
	if v.leftOut = len(b) == 0 || !v.asked.Wants(f.Key); v.leftOut {
		return
	}
	if show == nil {
		show = hexOf
	}
	v.nodes = append(v.nodes, wire.Node{Name: f.Name, Key: f.Key, Bit: bit, Width: 8 * len(b), Value: show(b), Doc: f.Doc, Ref: f.Ref})
}

// layout shows the fields of a layout.
func (v *view) layout(l *wire.Layout) {
	for _, f := range l.Fields {
		v.field(f)
	}
}

// length shows the length of a vector and returns its content. What is wrong with it is noted.
func (v *view) length(octets int, key, of string, ref wire.Ref) (content *view, ok bool) {
	f := number("", key, octets, "How many octets follow.", ref)
	if v.asked.Wants(key) {
		f.Name = of + " Length"
	}
	if len(v.b) < octets {
		v.cut(f)
		return nil, false
	}
	n := int(v.field(f))
	content = &view{Dissector: v.Dissector, bit: v.bit}
	if n > len(v.b) {
		content.partial = v.partial
		if !v.partial {
			v.last().Note = fmt.Sprintf("%d octets are too many, only %d follow", n, len(v.b))
		}
		n = len(v.b)
	}
	content.b = v.skip(n)
	return content, true
}

// opaque shows a length of some octets and, beside it, as many octets as one field, which it returns.
func (v *view) opaque(octets int, lengthKey string, f wire.Field, show func([]byte) string) []byte {
	content, ok := v.length(octets, lengthKey, f.Name, f.Ref)
	if !ok {
		return nil
	}
	v.octets(f, content.b, content.bit, show)
	return content.b
}

// vector shows a length of some octets and what body makes of as many octets, together as one node.
func (v *view) vector(octets int, lengthKey string, f wire.Field, body func(v *view)) {
	whole := &view{Dissector: v.Dissector, b: v.b, bit: v.bit, partial: v.partial}
	n := wire.Node{Name: f.Name, Key: f.Key, Doc: f.Doc, Ref: f.Ref}
	if content, ok := whole.length(octets, lengthKey, f.Name, f.Ref); ok {
		content.nodes = whole.nodes
		body(content)
		content.tooMany()
		whole.nodes, n.Value = content.nodes, content.value
	}
	if whole.bit > v.bit {
		v.group(n, whole.nodes, whole.bit)
	}
}

// tooMany shows octets that nothing asked for.
func (v *view) tooMany() {
	if len(v.b) > 0 {
		v.rest(wire.Field{Name: "Data", Key: "tls.data", Doc: "Octets that the message should not have."}, nil)
		v.last().Note = "octets too many"
	}
}

// each shows fields of one kind until nothing is left, and tells how many there are.
func (v *view) each(f wire.Field, one, many string) {
	if v.asked.All() {
		v.nodes = slices.Grow(v.nodes, len(v.b)/(f.Width/8))
	}
	v.repeat(one, many, func() { v.field(f) })
}

// repeat calls f until nothing is left.
func (v *view) repeat(one, many string, f func()) {
	count := 0
	for len(v.b) > 0 {
		f()
		count++
	}
	v.value = counted(count, one, many)
}

func counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func hexOf(b []byte) string {
	if len(b) > 64 {
		return hex.EncodeToString(b[:64]) + fmt.Sprintf("… (%d octets)", len(b))
	}
	return hex.EncodeToString(b)
}

// textOf shows octets that are meant to be text.
func textOf(b []byte) string {
	for _, c := range b {
		if c < ' ' || c > '~' {
			return fmt.Sprintf("%q", b)
		}
	}
	return string(b)
}

func countOf(b []byte) string { return counted(len(b), "octet", "octets") }
