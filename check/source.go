package check

import (
	"strings"
)

// source is a script's text with its comments blanked out, so that offsets stay what they are.
type source struct {
	name     string
	text     string         // as it was
	code     string         // comments and their contents are spaces
	comments map[int]string // by line, from 1 on, without the comment sign
}

// statement is one statement of a script: code[from:to], without surrounding space.
type statement struct{ from, to int }

// newSource takes the comments out: from # or // to the end of the line, and between /* and */.
func newSource(name, text string) *source {
	s := &source{name: name, text: text, comments: map[int]string{}}
	code := []byte(text)
	line := 1
	for i := 0; i < len(code); i++ {
		switch {
		case code[i] == '\n':
			line++
		case code[i] == '`' || code[i] == '"': // shell and strings may hold the signs
			for j := i + 1; j < len(code); j++ {
				if code[j] == code[i] {
					line += strings.Count(text[i:j], "\n")
					i = j
					break
				}
				if code[i] == '"' && code[j] == '\n' {
					break
				}
			}
		case code[i] == '#', strings.HasPrefix(text[i:], "//"):
			end := i + strings.IndexByte(text[i:]+"\n", '\n')
			s.comments[line] = strings.TrimSpace(strings.TrimLeft(text[i:end], "#/"))
			blank(code[i:end])
			i = end - 1
		case strings.HasPrefix(text[i:], "/*"):
			end := len(text)
			if j := strings.Index(text[i+2:], "*/"); j >= 0 {
				end = i + 2 + j + 2
			}
			for k, l := range strings.Split(strings.TrimSuffix(text[i+2:end], "*/"), "\n") {
				s.comments[line+k] = strings.Trim(l, " *\t\r")
			}
			line += strings.Count(text[i:end], "\n")
			blank(code[i:end])
			i = end - 1
		}
	}
	s.code = string(code)
	return s
}

func blank(b []byte) {
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
}

// statements cuts the code: a statement ends with its line, but within brackets, shell and assertion blocks goes on.
func (s *source) statements() (all []statement) {
	begin, depth := 0, 0
	flush := func(end int) {
		from, to := begin, end
		for from < to && isSpace(s.code[from]) {
			from++
		}
		for to > from && isSpace(s.code[to-1]) {
			to--
		}
		if from < to {
			all = append(all, statement{from, to})
		}
		begin, depth = end+1, 0
	}
	for i := 0; i < len(s.code); i++ {
		switch c := s.code[i]; {
		case c == '`':
			if j := strings.IndexByte(s.code[i+1:], '`'); j >= 0 {
				i += 1 + j
			}
		case strings.HasPrefix(s.code[i:], "%{"):
			if j := strings.Index(s.code[i:], "}%"); j >= 0 {
				i += j + 1
			}
		case c == '(' || c == '[' || c == '{':
			depth++
		case c == ')' || c == ']' || c == '}':
			depth--
		case c == '\n' && (depth <= 0 || strings.Count(s.code[begin:i], "\n") > 8):
			flush(i)
		}
	}
	flush(len(s.code))
	return all
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// place returns line and column of an offset, both from 1 on, and the line's text.
func (s *source) place(offset int) (line, column int, text string) {
	offset = min(offset, len(s.text))
	start := strings.LastIndexByte(s.text[:offset], '\n') + 1
	end := start + strings.IndexByte(s.text[start:]+"\n", '\n')
	return strings.Count(s.text[:offset], "\n") + 1, offset - start + 1, strings.TrimRight(s.text[start:end], "\r")
}

// commentBefore returns the block of comment lines that stands nearest before a line and names an RFC; else the one
// nearest before it.
func (s *source) commentBefore(line int) string {
	fallback := ""
	for l := line; l > 0; l-- {
		if _, is := s.comments[l]; !is {
			continue
		}
		first := l
		for first > 1 {
			if _, is := s.comments[first-1]; !is {
				break
			}
			first--
		}
		var block []string
		for i := first; i <= l; i++ {
			block = append(block, s.comments[i])
		}
		text := strings.Join(block, "\n")
		if strings.Contains(text, "RFC") {
			return text
		}
		if fallback == "" {
			fallback = text
		}
		l = first
	}
	return fallback
}
