package filter

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"netlab/nearest"
)

// comparison reads what is asked of a field, or a plain word.
func (p *parser) comparison() (node, error) {
	if p.peek().kind != wordToken {
		return node{}, p.wrong("expected the name of a field, such as tcp.port")
	}
	if n, ok, err := p.plain(); ok {
		return n, err
	}
	every, some := p.quantifier("all"), p.quantifier("any")
	n := node{op: "is", every: every}
	if err := p.subject(&n); err != nil {
		return node{}, err
	}
	if p.accept("&") {
		t := p.peek()
		v, err := p.literal(t)
		if err != nil || !v.isNumber || v.from == 0 {
			return node{}, p.wrong("after & a number says which bits are meant, as in tcp.flags & 0x12")
		}
		p.next()
		n.mask, n.op, n.values = v.from, ">", []value{{isNumber: true}} // alone: some of them are set
	}
	negated := p.at(wordToken, "not") && len(p.tokens) > 1 && strings.EqualFold(p.tokens[1].text, "in")
	if negated {
		p.next()
	}
	at := *p
	op := p.operator()
	if op == "" {
		if every || some || n.givesNumber() || n.givesText() {
			return node{}, p.wrong("expected a comparison, such as ==")
		}
		n.octets = len(n.slices) > 0
		return n, nil
	}
	if some && op == "!=" {
		op = "!=="
	}
	n.op = op
	n.octets = len(n.slices) > 0 || n.isLayer() && (op == "contains" || op == "matches" || n.has(length))
	err := p.operand(&n, at)
	if negated {
		n = node{op: "not", kids: []node{n}}
	}
	return n, err
}

// quantifier takes all or any, if a field follows.
func (p *parser) quantifier(word string) bool {
	if !p.at(wordToken, word) || slices.Contains(p.words.Fields, word) || len(p.tokens) < 2 || p.tokens[1].kind != wordToken {
		return false
	}
	p.next()
	return true
}

// subject reads a field, what of it, and what is made of it.
func (p *parser) subject(n *node) error {
	t := p.peek()
	f := function(strings.ToLower(t.text))
	if functions()[f] != "" && len(p.tokens) > 1 && p.tokens[1].kind == opToken && p.tokens[1].text == "(" {
		p.next()
		p.next()
		if p.depth++; p.depth > maxDepth {
			return p.wrong("too deeply nested")
		}
		defer func() { p.depth-- }()
		if err := p.subject(n); err != nil {
			return err
		}
		if n.givesNumber() {
			return p.wrong(string(n.functions[len(n.functions)-1]) + " gives a number: nothing more can be made of that")
		}
		if !p.accept(")") {
			return p.wrong("expected )")
		}
		n.functions = append(n.functions, f)
		return nil
	}
	if name := t.text; t.kind != wordToken || !slices.Contains(p.words.Fields, name) && !isAlias(name) {
		return p.wrong(p.noField(t))
	}
	n.key = p.next().text
	if p.accept("[") {
		return p.pieces(n)
	}
	return nil
}

// noField says that there is no field of a name.
func (p *parser) noField(t token) string {
	if t.kind != wordToken {
		return "expected the name of a field, such as tcp.port"
	}
	switch t.text {
	case "lost":
		return "lost means nothing here: what is lost shows only afterwards"
	case LinkKey, SpanKey, "retx", "late":
		return t.text + " means nothing here"
	}
	want := "no field is called " + t.text
	near := nearest.Word(t.text, append(append(Aliases(), "host"), p.words.Fields...), len(t.text)/3+1)
	if near != "" {
		want += ": did you mean " + near + "?"
	}
	return want
}

// operator takes an operator, in any of its spellings, and returns the one that nodes have; empty: there is none.
func (p *parser) operator() string {
	for _, op := range [][]string{
		{"==", "eq", "any_eq"},
		{"!=", "ne", "all_ne"},
		{"===", "all_eq"},
		{"!==", "any_ne"},
		{"<=", "le"},
		{">=", "ge"},
		{"<", "lt"},
		{">", "gt"},
		{"contains"},
		{"matches", "~"},
		{"in"},
	} {
		if p.accept(op...) {
			return op[0]
		}
	}
	return ""
}

// operand reads what a field is compared with. at is where the operator stands.
func (p *parser) operand(n *node, at parser) error {
	if n.op == "in" {
		return p.set(n)
	}
	t := p.peek()
	if t.kind != wordToken && t.kind != textToken {
		return p.wrong("expected a number, an address or a text in quotes")
	}
	v, err := p.literal(t)
	if err != nil {
		return err
	}
	if t.kind == wordToken && strings.Contains(t.text, ".") && (slices.Contains(p.words.Fields, t.text) || isAlias(t.text)) {
		v = value{field: t.text}
	}
	n.values = []value{v}
	if err := p.fits(n, &v); err != nil {
		return err
	}
	p.next()
	switch {
	case n.op != "matches":
		return nil
	case n.mask != 0 || n.givesNumber():
		return at.wrong("matches looks at texts")
	}
	const anyCase = "(?i)" // as in Wireshark
	pattern := t.text
	if n.octets {
		pattern = letters(v.octets)
	}
	n.re, err = regexp.Compile(anyCase + pattern)
	if err != nil {
		reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
		return &Error{p.expr, t.pos, "this is no regular expression: " + strings.Replace(reason, anyCase, "", 1)}
	}
	return nil
}

// fits says what is wrong with comparing a field with a value.
func (p *parser) fits(n *node, v *value) error {
	ordered := slices.Contains([]string{"<", ">", "<=", ">="}, n.op)
	switch {
	case v.field != "":
		if n.octets || len(n.functions) > 0 || n.op == "contains" || n.op == "matches" || n.op == "in" {
			return p.wrong("a field is compared with another by == and the like, each as a whole; a text stands in quotes")
		}
		return nil
	case n.op == "matches" && n.octets && v.octets == nil:
		return p.wrong("an expression for octets stands in quotes")
	case n.op == "matches":
		return nil
	case n.mask != 0 || n.givesNumber():
		if !v.isNumber {
			return p.wrong("this is compared with a number")
		}
		return nil
	case n.octets && v.octets == nil:
		return p.wrong("octets are compared with octets in hex, as 00:11:22, or with a text in quotes")
	case n.octets || n.op == "contains":
		return nil
	case ordered && !v.isNumber:
		return p.wrong(n.op + " compares numbers")
	}
	return nil
}

// set reads the values of a set.
func (p *parser) set(n *node) error {
	if !p.accept("{") {
		return p.wrong("in wants a set: {80, 443, 8000..8080}")
	}
	for !p.accept("}") {
		v, err := p.member(n)
		if err != nil {
			return err
		}
		n.values = append(n.values, v)
		if p.at(opToken, "}") {
			continue
		}
		if !p.accept(",") && p.peek().kind != wordToken && p.peek().kind != textToken {
			return p.wrong("expected , or } in a set such as {80, 443, 8000..8080}")
		}
	}
	if len(n.values) == 0 {
		return p.wrong("a set has at least one value: {80, 443, 8000..8080}")
	}
	return nil
}

// member reads a value of a set, or a range.
func (p *parser) member(n *node) (value, error) {
	t := p.peek()
	if t.kind != wordToken && t.kind != textToken {
		return value{}, p.wrong("expected a number, an address or a text in quotes")
	}
	v, err := p.literal(t)
	if err == nil {
		err = p.fits(n, &v)
	}
	if err != nil {
		return v, err
	}
	p.next()
	if !p.accept("..") {
		return v, nil
	}
	end := p.peek()
	last, err := p.literal(end)
	if err != nil {
		return v, err
	}
	switch {
	case v.isNumber && last.isNumber && last.from >= v.from && !n.octets:
		v.to = last.from
	case v.prefix.IsSingleIP() && last.prefix.IsSingleIP() && v.prefix.Addr().BitLen() == last.prefix.Addr().BitLen() && v.prefix.Addr().Compare(last.prefix.Addr()) <= 0:
		v.last = last.prefix.Addr()
	default:
		return v, p.wrong("a range goes from a number or an address to a larger one")
	}
	p.next()
	return v, nil
}

// pieces reads what stands in the square brackets behind a field: 4 is one octet, 0:4 four octets from there on, 0-3 those from one to another, 2: and :2 all to or from
// an end. Several stand with commas between them.
func (p *parser) pieces(n *node) error {
	for {
		t := p.next()
		s, ok := pieceOf(t.text)
		if t.kind != wordToken || !ok {
			return &Error{p.expr, t.pos, "octets are named as [4], [0:4] for four of them from 0 on, [0-3], [4:], [:4] or [-4:]"}
		}
		n.slices = append(n.slices, s)
		if p.accept("]") {
			return nil
		}
		if !p.accept(",") {
			return p.wrong("expected ]")
		}
	}
}

func pieceOf(text string) (slice, bool) {
	if from, count, ok := strings.Cut(text, ":"); ok {
		s := slice{toEnd: count == ""}
		var err error
		if from != "" {
			s.from, err = strconv.Atoi(from)
		}
		length := 0
		if err == nil && count != "" {
			length, err = strconv.Atoi(count)
		}
		s.to = s.from + length
		s.toEnd = s.toEnd || s.from < 0 && s.to == 0
		return s, err == nil && (s.toEnd || length > 0) && s.from > -1<<30 && s.to < 1<<30
	}
	if i := strings.LastIndexByte(text, '-'); i > 0 { // from one to another
		from, err := strconv.Atoi(text[:i])
		last, err2 := strconv.Atoi(text[i+1:])
		return slice{from: from, to: last + 1}, err == nil && err2 == nil && from >= 0 && last >= from && last < 1<<30
	}
	at, err := strconv.Atoi(text)
	return slice{from: at, to: at + 1, toEnd: at == -1}, err == nil && at > -1<<30 && at < 1<<30
}
