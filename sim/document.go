package sim

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"netlab/nearest"
)

// ErrTopology is what every ParseError wraps.
var ErrTopology = errors.New("sim: not a lab file")

// ParseError says what is wrong with a lab file, and where.
type ParseError struct {
	File      string
	Line, Col int    // counted from 1
	Text      string // the line
	Wrong     string // what is wrong there, and what was expected
	width     int    // how many columns the caret marks
}

// Error returns three lines: file, place and what is wrong; the line; a caret below the place.
func (e *ParseError) Error() string {
	number := fmt.Sprintf("%4d", e.Line)
	return fmt.Sprintf("%s:%d:%d: %s\n%s | %s\n%s | %s%s", e.File, e.Line, e.Col, e.Wrong,
		number, e.Text, strings.Repeat(" ", len(number)), indent(e.Text, e.Col-1), strings.Repeat("^", max(1, e.width)))
}

// Unwrap makes errors.Is(err, ErrTopology) hold.
func (e *ParseError) Unwrap() error { return ErrTopology }

// indent returns n columns of white space. Tabs of the line above stay tabs, so that the caret stands
// below its place however wide a terminal makes them.
func indent(line string, n int) string {
	var b strings.Builder
	for i, r := range []rune(line) {
		if i == n {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String() + strings.Repeat(" ", max(0, n-len([]rune(line))))
}

// document is a YAML file while it is read. Where something is wrong, its methods panic with a *ParseError; attempt
// catches it, so that the reading goes on behind the mistake and finds the others too.
type document struct {
	name     string
	lines    []string
	mistakes []*ParseError // in the order in which they were found
}

// value is a place in a document: a scalar, a mapping or a sequence.
type value struct {
	doc  *document
	node ast.Node
}

// entry is a key of a mapping with its value.
type entry struct {
	name string
	key  value
	value
}

// readDocument parses a YAML file and calls read with its root. It returns what is wrong with the file, the first
// mistake first.
func readDocument(name string, b []byte, read func(root value)) []*ParseError {
	doc := &document{name: name, lines: strings.Split(string(b), "\n")}
	doc.attempt(func() { read(doc.parse(b)) })
	return doc.mistakes
}

// attempt calls read, and notes the mistake that ends it, if one does.
func (d *document) attempt(read func()) (ok bool) {
	defer func() {
		switch wrong := recover().(type) {
		case nil:
		case *ParseError:
			d.mistakes = append(d.mistakes, wrong)
		default:
			panic(wrong)
		}
	}()
	read()
	return true
}

// parse returns the root of the file.
func (d *document) parse(b []byte) value {
	file, err := parser.ParseBytes(b, 0)
	var syntax yaml.Error
	switch {
	case errors.As(err, &syntax):
		d.fail(syntax.GetToken(), "%s", syntax.GetMessage())
	case err != nil:
		d.fail(nil, "%v", err)
	case len(file.Docs) == 0 || file.Docs[0].Body == nil:
		d.fail(nil, "the file is empty: a lab has at least hosts and links")
	case len(file.Docs) > 1:
		d.fail(file.Docs[1].Start, "one lab a file: a second document starts here")
	}
	return value{d, file.Docs[0].Body}
}

// fail ends what attempt has called. A nil token is the first line of the file.
func (d *document) fail(at *token.Token, format string, args ...any) {
	panic(d.mistake(at, format, args...))
}

// mistake returns what is wrong at a token.
func (d *document) mistake(at *token.Token, format string, args ...any) *ParseError {
	e := &ParseError{File: d.name, Line: 1, Col: 1, Wrong: fmt.Sprintf(format, args...)}
	if at != nil && at.Position != nil {
		e.Line, e.Col = max(1, at.Position.Line), max(1, at.Position.Column)
		e.width = len([]rune(at.Value))
	}
	if e.Line <= len(d.lines) {
		e.Text = strings.TrimRight(d.lines[e.Line-1], "\r")
	}
	e.width = min(e.width, len([]rune(e.Text))-e.Col+1)
	return e
}

// fail ends what attempt has called with what is wrong at v.
func (v value) fail(format string, args ...any) { v.doc.fail(v.token(), format, args...) }

// token returns where v starts. A mapping's own token is the colon behind its first key.
func (v value) token() *token.Token {
	if m, ok := v.node.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		return m.Values[0].Key.GetToken()
	}
	return v.node.GetToken()
}

// text returns a scalar as it is written.
func (v value) text() string {
	switch n := v.node.(type) {
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.GetToken().Value
	case *ast.NullNode:
		v.fail("a value is missing here")
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		v.fail("anchors, aliases and tags are not known here: write the value itself")
	default:
		v.fail("expected a single value here")
	}
	return ""
}

// entries returns the keys of a mapping and their values, in order. what says what it is, for errors.
func (v value) entries(what string) []entry {
	m, ok := v.node.(*ast.MappingNode)
	if !ok {
		v.fail("%s: expected lines of the form \"key: value\" here", what)
	}
	entries := make([]entry, len(m.Values))
	for i, pair := range m.Values {
		key := value{v.doc, pair.Key}
		entries[i] = entry{key.text(), key, value{v.doc, pair.Value}}
	}
	return entries
}

// items returns the elements of a sequence, in order.
func (v value) items(what string) []value {
	s, ok := v.node.(*ast.SequenceNode)
	if !ok {
		v.fail("%s: expected a list here, each element behind \"- \"", what)
	}
	items := make([]value, len(s.Values))
	for i, n := range s.Values {
		items[i] = value{v.doc, n}
	}
	return items
}

// oneOrMore returns the elements of a sequence, or v itself if it is none.
func (v value) oneOrMore(what string) []value {
	if _, ok := v.node.(*ast.SequenceNode); ok {
		return v.items(what)
	}
	return []value{v}
}

// yes reads true or false.
func (v value) yes() bool {
	text := v.text()
	if text != "true" && text != "false" {
		v.fail("%q is neither true nor false", text)
	}
	return text == "true"
}

// suggest returns what to say behind a word that is not among those known: the nearest of them if there
// is one nearest, else all.
func suggest(word string, known []string) string {
	if near := nearest.Word(word, known, 2); near != "" {
		return fmt.Sprintf(": did you mean %q?", near)
	}
	return ": expected " + strings.Join(known, ", ")
}
