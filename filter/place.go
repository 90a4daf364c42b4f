package filter

import (
	"slices"
	"strings"
)

// Place is what can stand at the end of an expression that is being typed.
type Place struct {
	Begin int // octet at which the word begins that is being typed; the expression's length if none is
	Kind  PlaceKind
	Field string // of Operator and Value: the field in question
}

// PlaceKind says what can stand in a place.
type PlaceKind uint8

// The kinds of places.
const (
	Anything PlaceKind = iota // what nobody can complete: a number, a text in quotes
	Name                      // a field, or a plain word
	Host                      // of the word host
	Link                      // of the word link
	Operator                  // a comparison of a field, or and, or
	Value                     // what a field is compared with
	Joint                     // and, or
)

// PlaceAt returns what can stand at the end of an expression. known are the names of fields.
func PlaceAt(expr string, known []string) Place {
	begin := len(expr)
	for begin > 0 && isWord(rune(expr[begin-1])) {
		begin--
	}
	p := Place{Begin: begin}
	tokens, err := lex(expr[:begin])
	if err != nil { // within quotes
		return p
	}
	tokens = tokens[:len(tokens)-1]
	last := token{}
	if n := len(tokens); n > 0 {
		last = tokens[n-1]
	}
	word := strings.ToLower(last.text)
	switch {
	case last.kind == endToken, last.kind == opToken && slices.Contains([]string{"(", "!", "&&", "||"}, word),
		last.kind == wordToken && slices.Contains([]string{"and", "or", "not", "all", "any"}, word):
		p.Kind = Name
	case last.kind == wordToken && word == "host":
		p.Kind = Host
	case last.kind == wordToken && word == LinkKey:
		p.Kind = Link
	case last.kind == wordToken && (slices.Contains(known, last.text) || isAlias(last.text)):
		p.Kind, p.Field = Operator, last.text
	case isOperator(word) && len(tokens) > 1:
		p.Kind = Anything
		if of := tokens[len(tokens)-2]; of.kind == wordToken {
			p.Kind, p.Field = Value, of.text
		}
	case last.kind == textToken, last.kind == wordToken && word != SpanKey && len(tokens) > 1 && (isOperator(strings.ToLower(tokens[len(tokens)-2].text)) || tokens[len(tokens)-2].text == "host"), word == ")", word == "}":
		p.Kind = Joint
	}
	return p
}

// isOperator reports whether a token compares a field with one value.
func isOperator(word string) bool {
	p := parser{tokens: []token{{wordToken, word, 0}, {}}}
	return word != "in" && p.operator() != ""
}
