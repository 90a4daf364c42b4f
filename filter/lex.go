package filter

import (
	"strings"
	"unicode"
)

// token is a word, a number, a quoted text or an operator, and where it begins.
type token struct {
	kind tokenKind
	text string
	pos  int // in octets from the start of the expression
}

type tokenKind uint8

const (
	endToken tokenKind = iota
	wordToken
	textToken // in quotes
	opToken
)

// lex cuts an expression into tokens; the last one is an endToken.
func lex(s string) ([]token, error) {
	var tokens []token
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == ' ' || c == '\t':
			i++
		case c == '"':
			end := strings.IndexByte(s[i+1:], '"')
			if end < 0 {
				return nil, &Error{Expr: s, Pos: i, Want: "the quote is not closed"}
			}
			tokens = append(tokens, token{textToken, s[i+1 : i+1+end], i})
			i += end + 2
		case isWord(rune(c)):
			from := i
			for i < len(s) && isWord(rune(s[i])) {
				i++
			}
			tokens = append(tokens, token{wordToken, s[from:i], from})
		default:
			op := operatorAt(s[i:])
			if c == '=' && op == "" {
				return nil, &Error{Expr: s, Pos: i, Want: "equal is written =="}
			}
			if op == "" {
				return nil, &Error{Expr: s, Pos: i, Want: "this character has no meaning in a filter"}
			}
			tokens = append(tokens, token{opToken, op, i})
			i += len(op)
		}
	}
	return append(tokens, token{endToken, "", len(s)}), nil
}

func operatorAt(s string) string {
	for _, op := range []string{"==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "(", ")", "#"} {
		if strings.HasPrefix(s, op) {
			return op
		}
	}
	return ""
}

// isWord holds for the characters of names, numbers, addresses and prefixes.
func isWord(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("._:/-", r))
}
