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
		case c == '"', strings.HasPrefix(s[i:], `r"`):
			text, n := quoted(s[i:])
			if n == 0 {
				return nil, &Error{Expr: s, Pos: i, Want: "the quote is not closed"}
			}
			tokens = append(tokens, token{textToken, text, i})
			i += n
		case strings.HasPrefix(s[i:], ".."):
			tokens = append(tokens, token{opToken, "..", i})
			i += 2
		case isWord(rune(c)):
			from := i
			for i < len(s) && isWord(rune(s[i])) && !strings.HasPrefix(s[i:], "..") {
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

// quoted reads a text in quotes at the beginning of s, and returns how many octets it takes; 0: it has no end. In it \" is a quote and \\ a backslash; a
// backslash before anything else stands for itself, as regular expressions want it. With an r before the quotes every backslash does.
func quoted(s string) (text string, n int) {
	raw := s[0] == 'r'
	i := strings.IndexByte(s, '"') + 1
	var b strings.Builder
	for ; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), i + 1
		case s[i] == '\\' && !raw && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
		}
		b.WriteByte(s[i])
	}
	return "", 0
}

func operatorAt(s string) string {
	for _, op := range []string{"===", "!==", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "~", "&", "(", ")", "{", "}", "[", "]", ",", "#"} {
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
