package tui

import (
	"strings"

	"netlab/filter"
)

// typing is a filter that is being typed.
type typing struct {
	text       []rune
	wrong      *filter.Error
	vocabulary *vocabulary

	// What can stand at its end.
	begin  int // octet of the text at which the word begins that they are for
	found  []candidate
	begins int  // so many of them begin with the word
	open   bool // they are shown although nothing of a word is typed
	picked int  // 1 + index of the one that stands there; 0: none
	before string
}

func newTyping(text string, v *vocabulary) *typing {
	t := &typing{text: []rune(text), vocabulary: v}
	t.find()
	return t
}

// edit handles a key that changes the text. It reports false if the key does not.
func (t *typing) edit(name, text string) bool {
	switch name {
	case "backspace":
		t.text = t.text[:max(0, len(t.text)-1)]
	case "ctrl+u":
		t.text = nil
	case "ctrl+w": // the last word
		rest := strings.TrimRight(string(t.text), " ")
		t.text = []rune(rest[:strings.LastIndexByte(rest, ' ')+1])
	case "tab", "down":
		t.complete(1)
		return true
	case "shift+tab", "up":
		t.complete(-1)
		return true
	default:
		if text == "" {
			return false
		}
		t.text = append(t.text, []rune(text)...)
	}
	t.open = false
	t.find()
	return true
}

// find looks for what can stand at the end.
func (t *typing) find() {
	text := string(t.text)
	place := filter.PlaceAt(text, t.vocabulary.keys)
	t.wrong, t.picked, t.begin = nil, 0, place.Begin
	t.found, t.begins = t.vocabulary.candidates(place, text[place.Begin:])
}

// complete completes the word at the end as far as it is clear, and then tries one candidate after the other.
func (t *typing) complete(step int) {
	text := string(t.text)
	n := len(t.found)
	switch {
	case n == 0:
		return
	case t.picked > 0:
		t.picked = 1 + (t.picked-1+step+n)%n
	default:
		if common := t.common(); step > 0 && len(common) > len(text)-t.begin {
			t.text = []rune(text[:t.begin] + common)
			t.find()
			return
		}
		if t.begin == len(text) && !t.open {
			t.open = true
			return
		}
		t.before, t.picked = text, 1
		if step < 0 {
			t.picked = n
		} else if n > 1 && t.found[0].text == text[t.begin:] {
			t.picked = 2
		}
	}
	t.wrong = nil
	t.text = []rune(text[:t.begin] + t.found[t.picked-1].text)
}

// common is what all that begin with the word have in common.
func (t *typing) common() string {
	if t.begins == 0 {
		return ""
	}
	common := t.found[0].text
	for _, c := range t.found[1:t.begins] {
		for !strings.HasPrefix(c.text, common) {
			common = common[:len(common)-1]
		}
	}
	return common
}

// unpick takes back what was completed by trying candidates. It reports false if none was tried, and nothing is shown.
func (t *typing) unpick() bool {
	switch {
	case t.picked > 0:
		t.text = []rune(t.before)
		t.find()
	case t.open:
		t.open = false
	default:
		return false
	}
	return true
}

// shown returns which candidates are listed: from which on, and how many.
func (t *typing) shown(height int) (first, n int) {
	const most = 8
	word := string(t.text)[t.begin:]
	if len(t.found) == 0 || t.picked == 0 && !t.open && (word == "" || len(t.found) == 1 && t.found[0].text == word) {
		return 0, 0
	}
	n = max(0, min(most, len(t.found), height-11))
	return max(0, min(t.picked-1-n/2, len(t.found)-n)), n
}

// list draws the candidates, a line each, to stand above the line in which the filter is typed.
func (t *typing) list(width, height int, l *look) *canvas {
	first, n := t.shown(height)
	if n == 0 {
		return newCanvas(width, 0, l)
	}
	c := newCanvas(width, n+1, l)
	c.fill(0, width, 0, dim, '─')
	name := 0
	for _, found := range t.found[first : first+n] {
		name = max(name, textWidth(found.text))
	}
	name = min(name, width/2)
	for i, found := range t.found[first : first+n] {
		y, number := 1+i, first+i+1
		if number == t.picked {
			c.put(1, y, bold, "▶")
		}
		c.putIn(3, y, name, bold, found.text)
		c.putIn(3+name+2, y, width-name-6, plain, found.about)
		if number == t.picked {
			c.restyle(3, width-1, y, reverse)
		}
		c.spot(0, width, y, number)
	}
	return c
}

// over draws the list over the last rows of a screen, if there is room.
func (t *typing) over(rows []string, width, height int, l *look) {
	list := t.list(width, height, l)
	if list.height > 0 && list.height <= len(rows) {
		copy(rows[len(rows)-list.height:], strings.Split(list.String(), "\n"))
	}
}

// click answers a click of the list with what stands there. It reports false if it is elsewhere.
func (t *typing) click(x, y, width, height int, l *look) bool {
	list := t.list(width, height, l)
	i := list.spotAt(x, y-(height-2-list.height))
	t.pick(i)
	return i > 0
}

// pick puts a candidate at the end.
func (t *typing) pick(i int) {
	if i < 1 || i > len(t.found) {
		return
	}
	text := string(t.text)
	t.text = []rune(text[:t.begin] + t.found[i-1].text)
	t.open = false
	t.find()
}

// lines are the last lines of the screen while a filter is typed.
func (t *typing) lines(width int, l *look) []string {
	c := newCanvas(width, 2, l)
	x := c.put(1, 0, bold, "filter: ")
	text := t.text
	if room := width - x - 3; len(text) > room {
		text = text[len(text)-max(room, 0):]
	}
	end := c.put(x, 0, plain, string(text))
	c.put(end, 0, reverse, " ")
	if t.wrong == nil {
		c.putIn(1, 1, width-2, dim, t.hint())
		return strings.Split(c.String(), "\n")
	}
	at := x + t.wrong.Pos - (len(t.text) - len(text))
	if room := width - max(at, x) - 4; textWidth(t.wrong.Want) <= room {
		c.put(max(at, x), 1, lost|bold, "^ "+t.wrong.Want)
	} else {
		c.putIn(1, 1, width-2, lost|bold, "^ at "+decimal(t.wrong.Pos+1)+": "+t.wrong.Want)
	}
	return strings.Split(c.String(), "\n")
}

// hint says what the keys do now.
func (t *typing) hint() string {
	switch {
	case t.picked > 0:
		return decimal(t.picked) + " of " + decimal(len(t.found)) + "  tab next  shift+tab previous  Enter applies  Esc takes it back"
	case len(t.found) > 0:
		return "Enter applies  tab completes (" + decimal(len(t.found)) + ")  Esc leaves it; empty shows all"
	}
	return "Enter applies  tab completes  Esc leaves it; empty shows all"
}
