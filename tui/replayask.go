package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// question is one that is answered in a line: the name of a file, a text to look for.
type question struct {
	what   string // "write to"
	hint   string
	text   []rune
	wrong  string // why the answer is none
	answer func(text string) (wrong string, cmd tea.Cmd)
}

// askKey handles a key while a question is open.
func (r *replay) askKey(name, text string) tea.Cmd {
	q := r.question
	switch name {
	case "esc":
		r.question = nil
	case "ctrl+c":
		return r.do(interrupt)
	case "enter":
		wrong, cmd := q.answer(strings.TrimSpace(string(q.text)))
		if q.wrong = wrong; wrong == "" {
			r.question = nil
		}
		return cmd
	case "backspace":
		q.text, q.wrong = q.text[:max(0, len(q.text)-1)], ""
	case "ctrl+u":
		q.text, q.wrong = nil, ""
	default:
		if text != "" {
			q.text, q.wrong = append(q.text, []rune(text)...), ""
		}
	}
	return nil
}

// lines are the last lines of the screen while the question is open.
func (q *question) lines(width int, l *look) []string {
	c := newCanvas(width, 2, l)
	x := c.put(1, 0, bold, q.what+": ")
	text := q.text
	if room := width - x - 3; len(text) > room {
		text = text[len(text)-max(room, 0):]
	}
	c.put(c.put(x, 0, plain, string(text)), 0, reverse, " ")
	if q.wrong != "" {
		c.putIn(1, 1, width-2, lost|bold, "! "+q.wrong)
	} else {
		c.putIn(1, 1, width-2, dim, q.hint)
	}
	return strings.Split(c.String(), "\n")
}
