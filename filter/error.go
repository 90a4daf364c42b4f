package filter

import (
	"errors"
	"fmt"
	"strings"
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
