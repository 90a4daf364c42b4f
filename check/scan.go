package check

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"netlab/nearest"
)

// Error is what is wrong with a script, and where.
type Error struct {
	File         string
	Line, Column int // from 1 on
	Text         string
	What         string
}

// Error returns the place and what is wrong, then the line with a caret under the place.
func (e *Error) Error() string {
	mark := ""
	for i := range min(e.Column-1, len(e.Text)) {
		if e.Text[i] == '\t' {
			mark += "\t"
		} else {
			mark += " "
		}
	}
	return fmt.Sprintf("%s:%d:%d: %s\n  %s\n  %s^", e.File, e.Line, e.Column, e.What, e.Text, mark)
}

// scanner reads one statement word by word. After the first error it reads nothing more.
type scanner struct {
	src *source
	at  int
	end int
	err *Error
}

func (s *scanner) fail(at int, format string, args ...any) {
	if s.err == nil {
		line, column, text := s.src.place(at)
		s.err = &Error{s.src.name, line, column, text, fmt.Sprintf(format, args...)}
		s.at = s.end
	}
}

// want fails: something else was expected here.
func (s *scanner) want(what string) {
	s.space()
	found := "the end of the line"
	if w := s.upcoming(); w != "" {
		found = strconv.Quote(w)
	}
	s.fail(s.at, "want %s, found %s", what, found)
}

// wantOneOf fails with the word that is nearest to what stands here.
func (s *scanner) wantOneOf(at int, what, word string, known []string) {
	for _, k := range known {
		if strings.EqualFold(k, word) {
			s.fail(at, "unknown %s %q: did you mean %s?", what, word, k)
			return
		}
	}
	if w := nearest.Word(word, known, 2); w != "" {
		s.fail(at, "unknown %s %q: did you mean %s?", what, word, w)
		return
	}
	if len(known) > 12 {
		s.fail(at, "unknown %s %q (docs/scripts.md lists them)", what, word)
		return
	}
	s.fail(at, "unknown %s %q: there are %s", what, word, strings.Join(known, ", "))
}

func (s *scanner) space() {
	for s.at < s.end && isSpace(s.src.code[s.at]) {
		s.at++
	}
}

func (s *scanner) rest() string { return s.src.code[s.at:s.end] }

func (s *scanner) done() bool { s.space(); return s.at >= s.end }

// upcoming returns the word or sign that follows, for messages.
func (s *scanner) upcoming() string {
	r := s.rest()
	n := 0
	for n < len(r) && isWord(r[n]) {
		n++
	}
	if n == 0 && len(r) > 0 {
		n = 1
	}
	return r[:n]
}

func isWord(c byte) bool {
	return c == '_' || c == '.' || c == '-' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// accept takes sign if it is next.
func (s *scanner) accept(sign string) bool {
	s.space()
	if s.err == nil && strings.HasPrefix(s.rest(), sign) {
		s.at += len(sign)
		return true
	}
	return false
}

func (s *scanner) expect(sign string) {
	if !s.accept(sign) && s.err == nil {
		s.want(strconv.Quote(sign))
	}
}

// peekWord returns the word that is next without taking it.
func (s *scanner) peekWord() string {
	s.space()
	r := s.rest()
	n := 0
	for n < len(r) && isWord(r[n]) {
		n++
	}
	return r[:n]
}

// acceptWord takes word if it is next and ends there.
func (s *scanner) acceptWord(word string) bool {
	if s.err == nil && s.peekWord() == word {
		s.at += len(word)
		return true
	}
	return false
}

func (s *scanner) word(what string) string {
	w := s.peekWord()
	if w == "" {
		s.want(what)
		return ""
	}
	s.at += len(w)
	return w
}

// number reads a decimal or hexadecimal integer, perhaps negative.
func (s *scanner) number(what string) int64 {
	s.space()
	r := s.rest()
	n := 0
	if strings.HasPrefix(r, "-") {
		n++
	}
	for n < len(r) && (r[n] >= '0' && r[n] <= '9' || r[n] == 'x' || r[n] >= 'a' && r[n] <= 'f' && strings.HasPrefix(strings.TrimPrefix(r, "-"), "0x")) {
		n++
	}
	v, err := strconv.ParseInt(r[:n], 0, 64)
	if err != nil && n > 0 {
		v, err = strconv.ParseInt(r[:n], 10, 64) // leading zeros
	}
	if err != nil {
		s.want(what)
		return 0
	}
	s.at += n
	return v
}

// uint reads a number that fits a field of so many bits.
func (s *scanner) uint(what string, bits int) int64 {
	s.space()
	at := s.at
	v := s.number(what)
	if v < 0 || v >= 1<<bits {
		s.fail(at, "%s %d does not fit %d bits", what, v, bits)
	}
	return v
}

// seconds reads a time as scripts write it: "1.5", ".2", "3".
func (s *scanner) seconds() time.Duration {
	s.space()
	r := s.rest()
	n := 0
	for n < len(r) && (r[n] >= '0' && r[n] <= '9' || r[n] == '.' && !strings.HasPrefix(r[n:], "..")) {
		n++
	}
	v, err := strconv.ParseFloat(r[:n], 64)
	if err != nil || v > 1e8 {
		s.want("a time in seconds")
		return 0
	}
	s.at += n
	return time.Duration(v*1e9 + .5)
}

// until reads up to a sign, and takes it.
func (s *scanner) until(sign string) string {
	i := strings.Index(s.rest(), sign)
	if i < 0 {
		s.want(strconv.Quote(sign) + " further on")
		return ""
	}
	text := s.rest()[:i]
	s.at += i + len(sign)
	return text
}
