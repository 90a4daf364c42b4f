package filter

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"netlab/wire"
)

// function makes something of a field before it is compared.
type function string

const (
	lower  function = "lower"  // its words in small letters
	upper  function = "upper"  // in capitals
	text   function = "string" // the words for its number, without a name
	length function = "len"    // how many octets it has
	number function = "count"  // how many such fields there are in the packet
)

// functions returns all of them, and what each gives.
func functions() map[function]string {
	return map[function]string{lower: "a text", upper: "a text", text: "a text", length: "a number", number: "a number"}
}

// has reports whether a function is applied.
func (n *node) has(f function) bool {
	for _, g := range n.functions {
		if g == f {
			return true
		}
	}
	return false
}

func (n *node) counts() bool { return n.has(number) }

// givesNumber and givesText report whether the functions make a number or a text of a field.
func (n *node) givesNumber() bool { return n.has(length) || n.has(number) }
func (n *node) givesText() bool   { return len(n.functions) > 0 && !n.givesNumber() }

// number returns the number of a field.
func (n *node) number(field *wire.Node) uint64 {
	if n.has(length) {
		if field.Width > 0 {
			return uint64(field.Width+7) / 8
		}
		return uint64(len(field.Value))
	}
	return n.masked(field.Uint)
}

// words returns the words of a field.
func (n *node) words(field *wire.Node) string {
	words := field.Value
	for _, f := range n.functions {
		switch f {
		case lower:
			words = strings.ToLower(words)
		case upper:
			words = strings.ToUpper(words)
		case text:
			if field.Width <= 64 && strings.HasSuffix(words, ")") {
				words = strconv.FormatUint(field.Uint, 10)
			}
		}
	}
	return words
}

// slice is a piece of a field's octets. Negative places count from the end.
type slice struct {
	from, to int
	toEnd    bool
}

// of returns the piece of b; false if b does not have all of it.
func (s slice) of(b []byte) ([]byte, bool) {
	from, to := s.from, s.to
	if from < 0 {
		from += len(b)
	}
	if to < 0 {
		to += len(b)
	}
	if s.toEnd {
		to = len(b)
	}
	if from < 0 || to > len(b) || from >= to {
		return nil, false
	}
	return b[from:to], true
}

// isLayer reports whether the name is that of a whole header, such as tcp. Its octets are those from there to the end of the packet.
func (n *node) isLayer() bool { return !strings.Contains(n.key, ".") }

// cut returns the octets of a field that are compared; false if it has not so many.
func (n *node) cut(field *wire.Node, octets []byte) ([]byte, bool) {
	from, to := field.Octets()
	if n.isLayer() {
		to = len(octets)
	}
	if from > to || to > len(octets) {
		return nil, false
	}
	b := octets[from:to]
	if len(n.slices) == 0 {
		return b, true
	}
	var parts []byte
	for _, s := range n.slices {
		part, ok := s.of(b)
		if !ok {
			return nil, false
		}
		parts = append(parts, part...)
	}
	return parts, true
}

// holdsOctets compares octets.
func (n *node) holdsOctets(b []byte) bool {
	switch {
	case n.has(length):
		return n.compare(uint64(len(b)))
	case n.mask != 0:
		return n.compare(numberOf(b))
	case n.op == "matches" && !bytes.ContainsFunc(b, func(r rune) bool { return r >= utf8.RuneSelf }):
		return n.re.Match(b)
	case n.op == "matches":
		return n.re.MatchString(letters(b))
	case n.op == "contains":
		return bytes.Contains(b, n.values[0].octets)
	}
	for i := range n.values {
		v := &n.values[i]
		c := bytes.Compare(b, v.octets)
		holds := c == 0
		switch n.op {
		case "<":
			holds = c < 0
		case ">":
			holds = c > 0
		case "<=":
			holds = c <= 0
		case ">=":
			holds = c >= 0
		}
		if holds {
			return true
		}
	}
	return false
}

// letters turns each octet into the character of its number, so that \x9c in a regular expression is the octet 0x9c.
func letters(b []byte) string {
	runes := make([]rune, len(b))
	for i, octet := range b {
		runes[i] = rune(octet)
	}
	return string(runes)
}

// numberOf reads octets as a number, the most significant first.
func numberOf(b []byte) (v uint64) {
	for _, octet := range b {
		v = v<<8 | uint64(octet)
	}
	return v
}
