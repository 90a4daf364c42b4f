package filter

import (
	"slices"
	"strconv"
	"strings"
)

// Filter chooses packets. The zero Filter chooses all of them.
type Filter struct {
	expr string
	root node
	nth  int // 0: every match
}

// String returns the expression as it was written.
func (f Filter) String() string { return f.expr }

// Nth returns which of the matching packets is meant; 0 for all of them.
func (f Filter) Nth() int { return f.nth }

// Uses reports whether the expression speaks of one of the fields or words.
func (f Filter) Uses(keys ...string) bool { return f.root.uses(keys) }

func (n *node) uses(keys []string) bool {
	for i := range n.kids {
		if n.kids[i].uses(keys) {
			return true
		}
	}
	return slices.Contains(keys, n.key) || n.comparesFields() && slices.Contains(keys, n.values[0].field)
}

// Parse reads an expression that speaks of fields alone. known are their names; a name that is not among them is an
// error that suggests the nearest. An empty expression chooses all packets. Errors are *Error.
func Parse(expr string, known []string) (Filter, error) { return Words{Fields: known}.Parse(expr) }

// Parse reads an expression.
func (w Words) Parse(expr string) (Filter, error) {
	tokens, err := lex(expr)
	if err != nil {
		return Filter{}, err
	}
	p := &parser{expr: expr, tokens: tokens, words: w}
	f := Filter{expr: expr}
	if !p.at(endToken, "") && !p.at(opToken, "#") {
		if f.root, err = p.or(); err != nil {
			return Filter{}, err
		}
	}
	if p.accept("#") {
		n, err := strconv.Atoi(p.peek().text)
		if err != nil || n < 1 {
			return Filter{}, p.wrong("after # a number from 1 up says which of the matching packets is meant")
		}
		p.next()
		f.nth = n
	}
	if !p.at(endToken, "") {
		return Filter{}, p.wrong("expected and, or, or the end")
	}
	return f, nil
}

type parser struct {
	expr   string
	tokens []token
	words  Words
	depth  int
}

// maxDepth bounds brackets and nots, and so the stack.
const maxDepth = 100

func (p *parser) peek() token { return p.tokens[0] }

func (p *parser) next() token {
	t := p.tokens[0]
	if len(p.tokens) > 1 {
		p.tokens = p.tokens[1:]
	}
	return t
}

func (p *parser) at(kind tokenKind, text string) bool {
	return p.peek().kind == kind && (text == "" || p.peek().text == text)
}

// accept takes the next token if it is one of the given operators or words.
func (p *parser) accept(texts ...string) bool {
	if t := p.peek(); t.kind != textToken && t.kind != endToken && slices.Contains(texts, strings.ToLower(t.text)) {
		p.next()
		return true
	}
	return false
}

func (p *parser) wrong(want string) error { return &Error{p.expr, p.peek().pos, want} }

func (p *parser) or() (node, error) {
	left, err := p.and()
	for err == nil && p.accept("or", "||") {
		var right node
		right, err = p.and()
		left = node{op: "or", kids: []node{left, right}}
	}
	return left, err
}

func (p *parser) and() (node, error) {
	left, err := p.not()
	for err == nil && p.accept("and", "&&") {
		var right node
		right, err = p.not()
		left = node{op: "and", kids: []node{left, right}}
	}
	return left, err
}

func (p *parser) not() (node, error) {
	if p.depth++; p.depth > maxDepth {
		return node{}, p.wrong("too deeply nested")
	}
	defer func() { p.depth-- }()
	if p.accept("not", "!") {
		kid, err := p.not()
		return node{op: "not", kids: []node{kid}}, err
	}
	if p.accept("(") {
		inner, err := p.or()
		if err != nil {
			return node{}, err
		}
		if !p.accept(")") {
			return node{}, p.wrong("expected )")
		}
		return inner, nil
	}
	return p.comparison()
}
