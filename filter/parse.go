package filter

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"netlab/nearest"
)

// ErrSyntax is what every Error wraps.
var ErrSyntax = errors.New("filter: not a filter")

// Error says what is wrong with an expression, and where.
type Error struct {
	Expr string
	Pos  int    // in octets
	Want string // what is wrong there, or what was expected
}

// Error returns one line: the expression, the place and the fix.
func (e *Error) Error() string {
	return fmt.Sprintf("filter %q, character %d: %s", e.Expr, e.Pos+1, e.Want)
}

// Caret returns two lines for a screen: the expression, and a caret below the place with what is wrong there.
func (e *Error) Caret() string {
	return e.Expr + "\n" + strings.Repeat(" ", e.Pos) + "^ " + e.Want
}

// Unwrap makes errors.Is(err, ErrSyntax) hold.
func (e *Error) Unwrap() error { return ErrSyntax }

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

// Parse reads an expression. known are the names of fields that there are; a name that is not among them is an
// error that suggests the nearest. An empty expression chooses all packets. Errors are *Error.
func Parse(expr string, known []string) (Filter, error) {
	tokens, err := lex(expr)
	if err != nil {
		return Filter{}, err
	}
	p := &parser{expr: expr, tokens: tokens, known: known}
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
	known  []string
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

func (p *parser) comparison() (node, error) {
	if p.peek().kind != wordToken {
		return node{}, p.wrong("expected the name of a field, such as tcp.port")
	}
	if name := p.peek().text; !slices.Contains(p.known, name) && !isAlias(name) {
		want := fmt.Sprintf("no field is called %s", name)
		if near := nearest.Word(name, append(aliases(), p.known...), len(name)/3+1); near != "" {
			want += ": did you mean " + near + "?"
		}
		return node{}, p.wrong(want)
	}
	n := node{op: "is", key: p.next().text}
	for _, op := range []string{"==", "!=", "<=", ">=", "<", ">", "contains"} {
		if p.accept(op) {
			n.op = op
			return p.value(n)
		}
	}
	return n, nil
}

// value reads what a field is compared with.
func (p *parser) value(n node) (node, error) {
	t := p.peek()
	if t.kind != wordToken && t.kind != textToken {
		return node{}, p.wrong("expected a number, an address or a text in quotes")
	}
	n.text = t.text
	if t.kind == wordToken {
		switch number, err := strconv.ParseUint(t.text, 0, 64); {
		case err == nil:
			n.number, n.isNumber = number, true
		case t.text == "true":
			n.number, n.isNumber = 1, true
		case t.text == "false":
			n.isNumber = true
		default:
			if prefix, err := netip.ParsePrefix(t.text); err == nil {
				n.prefix = prefix.Masked()
			} else if addr, err := netip.ParseAddr(t.text); err == nil {
				n.prefix = netip.PrefixFrom(addr, addr.BitLen())
			} else if strings.Trim(t.text, "0123456789./") == "" && strings.Count(t.text, ".") == 3 {
				return node{}, p.wrong("this is no address: 10.77.0.1 has four numbers up to 255, and 10.77.0.0/16 at most /32; a text stands in quotes")
			}
		}
	}
	if slices.Contains([]string{"<", ">", "<=", ">="}, n.op) && !n.isNumber {
		return node{}, p.wrong(n.op + " compares numbers")
	}
	p.next()
	return n, nil
}
