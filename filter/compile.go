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

// Fields returns the keys of the fields that the term looks at: two for a name such as ip.addr.
func (t Term) Fields() []string { return keysOf(t.n.key) }

// Exists reports whether the term only asks whether there is such a field, or whether a flag is set.
func (t Term) Exists() bool { return t.n.op == "is" }

// Number reports whether the term compares a field's number with another.
func (t Term) Number() bool {
	switch t.n.op {
	case "<", ">", "<=", ">=":
		return true
	case "==", "!=":
		return t.n.isNumber && !t.n.prefix.IsValid()
	}
	return false
}

// Addresses returns the addresses that the term compares a field with, if it compares addresses.
func (t Term) Addresses() (p netip.Prefix, ok bool) {
	return t.n.prefix, t.n.prefix.IsValid() && (t.n.op == "==" || t.n.op == "!=")
}

// Of decides the term for a packet that has exactly these fields of those it looks at.
func (t Term) Of(fields ...wire.Node) bool {
	equal := false
	for i := range fields {
		equal = equal || t.n.holds(&fields[i])
	}
	return t.decide(len(fields) > 0, equal)
}

// OfNumbers is Of for fields of which only the number counts, as Number says.
func (t Term) OfNumbers(numbers ...uint64) bool {
	equal := false
	for _, v := range numbers {
		switch t.n.op {
		case "<":
			equal = equal || v < t.n.number
		case ">":
			equal = equal || v > t.n.number
		case "<=":
			equal = equal || v <= t.n.number
		case ">=":
			equal = equal || v >= t.n.number
		default:
			equal = equal || v == t.n.number
		}
	}
	return t.decide(len(numbers) > 0, equal)
}

// OfAddresses is Of for fields that are addresses, as Addresses says.
func (t Term) OfAddresses(addrs ...netip.Addr) bool {
	equal := false
	for _, a := range addrs {
		equal = equal || t.n.prefix.Contains(a)
	}
	return t.decide(len(addrs) > 0, equal)
}

// Match decides the term for layers that have all the fields it looks at which the packet has.
func (t Term) Match(layers []wire.Node) bool { return t.n.match(layers) }

// decide turns whether there is a field, and whether one is equal, into the term's answer.
func (t Term) decide(found, equal bool) bool {
	if t.n.op == "!=" {
		return found && !equal
	}
	return equal
}

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
