package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// help is the overlay that lists every key. Typing searches it, Enter runs the selected line.
type help struct {
	keys     []binding
	query    string
	selected int // of the lines found
}

func newHelp(keys []binding) *help {
	h := &help{}
	for _, b := range keys {
		if b.do != showHelp {
			h.keys = append(h.keys, b)
		}
	}
	return h
}

// found returns the bindings in which every word of the query occurs.
func (h *help) found() []binding {
	var found []binding
	for _, b := range h.keys {
		text := strings.ToLower(b.shown + " " + b.long + " " + b.brief)
		matches := true
		for _, word := range strings.Fields(strings.ToLower(h.query)) {
			matches = matches && strings.Contains(text, word)
		}
		if matches || b.shown == h.query {
			found = append(found, b)
		}
	}
	return found
}

// helpKey handles a key while the help is open.
func (s *screen) helpKey(name, text string) tea.Cmd {
	run, closes := s.help.key(name, text)
	if closes {
		s.help = nil
	}
	return s.do(run)
}

// key handles a key, and returns what is to be done, and whether the help closes.
func (h *help) key(name, text string) (run action, closes bool) {
	switch name {
	case "esc":
		return noAction, true
	case "ctrl+c":
		return interrupt, true
	case "enter":
		if found := h.found(); h.selected < len(found) {
			return found[h.selected].do, true
		}
		return noAction, true
	case "up":
		h.selected = max(0, h.selected-1)
	case "down":
		h.selected = min(h.selected+1, max(0, len(h.found())-1))
	case "pgup":
		h.selected = max(0, h.selected-10)
	case "pgdown":
		h.selected = min(h.selected+10, max(0, len(h.found())-1))
	case "backspace":
		if h.query == "" {
			return noAction, true
		}
		runes := []rune(h.query)
		h.query, h.selected = string(runes[:len(runes)-1]), 0
	default:
		if name == "?" && h.query == "" {
			return noAction, true
		}
		h.query, h.selected = h.query+text, 0
	}
	return noAction, false
}

// View draws the help over the whole screen.
func (h *help) View(width, height int, l *look) string {
	c := newCanvas(width, height, l)
	x := c.put(1, 0, bold, "Help")
	c.put(x+3, 0, plain, "lower case changes your view, CAPITALS change the network")
	c.fill(0, width, 1, dim, '─')
	x = c.put(1, 2, plain, "Search: ")
	x = c.put(x, 2, bold, h.query)
	c.put(x, 2, reverse, " ")
	found := h.found()
	if len(found) == 0 {
		c.put(3, 4, plain, "no key does that; backspace changes the search, Esc closes the help")
	}
	visible := height - 6
	first := max(0, min(h.selected-visible/2, len(found)-visible))
	for i := first; i < len(found) && i-first < visible; i++ {
		b, y := found[i], 4+i-first
		if i == h.selected {
			c.put(1, y, bold, "▶")
		}
		c.right(13, y, bold, b.shown)
		c.putIn(15, y, width-16, plain, b.long)
		if i == h.selected {
			c.restyle(3, width-1, y, reverse)
		}
	}
	if height > 5 {
		c.fill(0, width, height-2, dim, '─')
		c.put(1, height-1, plain, cut("type to search   ↑↓ choose   Enter run this line   Esc close", width-2))
	}
	return c.String()
}
