package filter

import (
	"net/netip"

	"netlab/wire"
)

// Term is one comparison of an expression: what it asks of a packet's fields.
type Term struct{ n node }

// Verdict is what is known of a packet: that a term holds for it, that it does not, or neither without a closer look.
type Verdict uint8

// The verdicts.
const (
	No Verdict = iota
	Yes
	Unknown
)

// VerdictOf turns a decision into a verdict.
func VerdictOf(holds bool) Verdict {
	if holds {
		return Yes
	}
	return No
}

// Fields returns the keys of the fields that the term looks at: two for a name such as ip.addr. It never holds for a packet that has none of them.
func (t Term) Fields() []string { return keysOf(t.n.key) }

// Whole reports whether the term compares fields with each other, so that only Match can decide it, with all fields that Fields and Compared name.
func (t Term) Whole() bool { return t.n.comparesFields() }

// Compared returns the keys of the fields that the term compares those of Fields with; none if it compares them with values.
func (t Term) Compared() []string {
	if !t.Whole() {
		return nil
	}
	return keysOf(t.n.values[0].field)
}

// Octets reports whether the term looks at octets, so that only Match can decide it.
func (t Term) Octets() bool { return t.n.octets }

// Exists reports whether the term only asks whether there is such a field, or whether a flag is set.
func (t Term) Exists() bool { return t.n.op == "is" && !t.n.octets }

// plain reports whether the term compares what a field is, with values.
func (t Term) plain() bool { return len(t.n.functions) == 0 && !t.Whole() && !t.Octets() }

// Number reports whether the term compares a field's number with others.
func (t Term) Number() bool {
	if !t.plain() {
		return false
	}
	switch t.n.op {
	case "<", ">", "<=", ">=", SpanKey:
		return true
	case "is", "contains", "matches":
		return false
	}
	for i := range t.n.values {
		if !t.n.values[i].isNumber {
			return false
		}
	}
	return true
}

// Addresses reports whether the term compares a field with addresses.
func (t Term) Addresses() bool {
	if !t.plain() {
		return false
	}
	for i := range t.n.values {
		if !t.n.values[i].prefix.IsValid() {
			return false
		}
	}
	return t.n.op != "is"
}

// Of decides the term for a packet that has exactly these fields of those it looks at. It is for terms that are neither Whole nor of Octets.
func (t Term) Of(fields ...wire.Node) bool {
	hold := 0
	for i := range fields {
		if t.n.holds(&fields[i], nil) {
			hold++
		}
	}
	return t.n.decide(len(fields), hold)
}

// OfNumbers is Of for fields of which only the number counts, as Number says.
func (t Term) OfNumbers(numbers ...uint64) bool {
	hold := 0
	for _, v := range numbers {
		if t.n.compare(v) {
			hold++
		}
	}
	return t.n.decide(len(numbers), hold)
}

// OfAddresses is Of for fields that are addresses, as Addresses says.
func (t Term) OfAddresses(addrs ...netip.Addr) bool {
	hold := 0
	for _, a := range addrs {
		for i := range t.n.values {
			if t.n.values[i].contains(a) {
				hold++
				break
			}
		}
	}
	return t.n.decide(len(addrs), hold)
}

// Match decides the term for layers that have all the fields it looks at which the packet has, and for the octets that they lie in, which count only for a term of Octets.
func (t Term) Match(layers []wire.Node, octets []byte) bool { return t.n.match(layers, octets) }

// Compile makes a test of what f chooses, for packets that something is known of without dissecting them. quick is asked once for
// each term, and returns the test of that term; nil if nothing is ever known of it. Like Match, the test does not count.
func Compile[P any](f Filter, quick func(Term) func(P) Verdict) func(P) Verdict {
	return compile(&f.root, quick)
}

func compile[P any](n *node, quick func(Term) func(P) Verdict) func(P) Verdict {
	switch n.op {
	case "":
		return func(P) Verdict { return Yes }
	case "and":
		return both(compile(&n.kids[0], quick), compile(&n.kids[1], quick), No)
	case "or":
		return both(compile(&n.kids[0], quick), compile(&n.kids[1], quick), Yes)
	case "not":
		kid := compile(&n.kids[0], quick)
		return func(p P) Verdict {
			switch kid(p) {
			case Yes:
				return No
			case No:
				return Yes
			}
			return Unknown
		}
	}
	if test := quick(Term{*n}); test != nil {
		return test
	}
	return func(P) Verdict { return Unknown }
}

// both joins two tests: when one gives the verdict that settles it, so do both; when neither does but one does not know, both do not know.
func both[P any](a, b func(P) Verdict, settles Verdict) func(P) Verdict {
	return func(p P) Verdict {
		first := a(p)
		if first == settles {
			return first
		}
		second := b(p)
		if second == settles || first != Unknown {
			return second
		}
		return first
	}
}
