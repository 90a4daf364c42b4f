package tui

import (
	"strconv"
	"strings"
)

// command is what can be typed after a colon.
type command struct {
	name string // "go"
	arg  string // what follows it: "N"; empty: nothing
	long string // for the list
	do   action
}

func (c command) shown() string { return strings.TrimSpace(":" + c.name + " " + c.arg) }

// screenCommands are the commands of every screen.
func screenCommands() []command {
	return []command{
		{"go", "N", "to number N of the list; a number alone does the same", goTo},
		{"speed", "X", "play X times as fast as it happened, 0.01 to 100", setSpeed},
		{"mouse off", "", "give the mouse back to the terminal, to select text with it", mouseOff},
		{"mouse on", "", "clicks and the wheel are for netlab again", mouseOn},
		{"theme", "NAME", "colours for a dark or a light background: dark, light, or none", setTheme},
	}
}

// palette is the list over the screen in which keys and commands are looked up. Typing searches it, Enter runs the selected line.
// The help is a palette of the keys alone.
type palette struct {
	title, about, prompt string
	opener               string // the key that opened it; it closes it again
	keys                 []binding
	commands             []command
	query                string
	selected             int // of the lines found
}

func newHelp(keys []binding, about string) *palette {
	p := &palette{title: "Help", about: about, prompt: "Search: ", opener: "?"}
	for _, b := range keys {
		if b.do != showHelp {
			p.keys = append(p.keys, b)
		}
	}
	return p
}

func newPalette(keys []binding, commands []command) *palette {
	p := &palette{title: "Commands", about: "and all that keys do", prompt: ":", opener: ":", commands: commands}
	for _, b := range keys {
		if b.do != showPalette {
			p.keys = append(p.keys, b)
		}
	}
	return p
}

// order is what a palette was asked to do.
type order struct {
	do  action
	arg string // of a command
}

// entry is a line of the list.
type entry struct {
	shown, long string
	order
	wants string // the command that wants an argument first
}

// found returns the lines in which every word of the query occurs; only the command if one is typed with its argument.
func (p *palette) found() []entry {
	var found []entry
	query := strings.TrimSpace(strings.ToLower(p.query))
	for _, c := range p.commands {
		if c.arg == "" {
			if query == c.name {
				return []entry{{c.shown(), c.long, order{c.do, ""}, ""}}
			}
			continue
		}
		arg, typed := strings.CutPrefix(strings.TrimSpace(p.query), c.name+" ")
		if _, err := strconv.Atoi(query); err == nil && c.do == goTo {
			arg, typed = query, true
		}
		if typed {
			return []entry{{c.shown(), c.long, order{c.do, strings.TrimSpace(arg)}, ""}}
		}
	}
	add := func(e entry, text string) {
		text = strings.ToLower(text)
		for _, word := range strings.Fields(query) {
			if !strings.Contains(text, word) {
				return
			}
		}
		found = append(found, e)
	}
	for _, c := range p.commands {
		e := entry{c.shown(), c.long, order{c.do, ""}, ""}
		if c.arg != "" {
			e.wants = c.name
		}
		add(e, c.shown()+" "+c.long)
	}
	for _, b := range p.keys {
		e := entry{b.shown, b.long, order{b.do, ""}, ""}
		if b.shown == p.query {
			found = append(found, e)
		} else {
			add(e, b.shown+" "+b.long+" "+b.brief)
		}
	}
	return found
}

// key handles a key, and returns what is to be done, and whether the list closes.
func (p *palette) key(name, text string) (do order, closes bool) {
	switch name {
	case "esc":
		return order{}, true
	case "ctrl+c":
		return order{do: interrupt}, true
	case "enter":
		return p.run()
	case "up":
		p.move(-1)
	case "down":
		p.move(1)
	case "pgup":
		p.move(-10)
	case "pgdown":
		p.move(10)
	case "ctrl+u":
		p.search("")
	case "backspace":
		if p.query == "" {
			return order{}, true
		}
		runes := []rune(p.query)
		p.search(string(runes[:len(runes)-1]))
	default:
		if name == p.opener && p.query == "" {
			return order{}, true
		}
		p.search(p.query + text)
	}
	return order{}, false
}

func (p *palette) search(query string) {
	if query != p.query {
		p.query, p.selected = query, 0
	}
}

func (p *palette) move(by int) {
	p.selected = max(0, min(p.selected+by, len(p.found())-1))
}

// run does what the selected line says. A command that wants an argument is put where it can be typed.
func (p *palette) run() (do order, closes bool) {
	found := p.found()
	if p.selected >= len(found) {
		return order{}, true
	}
	e := found[p.selected]
	if e.wants != "" {
		p.search(e.wants + " ")
		return order{}, false
	}
	return e.order, true
}

// click answers a click: that of a line runs it.
func (p *palette) click(x, y, width, height int, l *look) (do order, closes bool) {
	n := p.paint(width, height, l).spotAt(x, y)
	if n == 0 {
		return order{}, false
	}
	p.selected = n - 1
	return p.run()
}

// View draws the list over the whole screen.
func (p *palette) View(width, height int, l *look) string { return p.paint(width, height, l).String() }

func (p *palette) paint(width, height int, l *look) *canvas {
	c := newCanvas(width, height, l)
	x := c.put(1, 0, bold, p.title)
	c.put(x+3, 0, plain, p.about)
	c.fill(0, width, 1, dim, '─')
	x = c.put(1, 2, plain, p.prompt)
	x = c.put(x, 2, bold, p.query)
	c.put(x, 2, reverse, " ")
	found := p.found()
	if len(found) == 0 {
		c.put(3, 4, plain, "nothing does that; backspace changes the search, Esc closes")
	}
	visible := height - 6
	first := max(0, min(p.selected-visible/2, len(found)-visible))
	for i := first; i < len(found) && i-first < visible; i++ {
		e, y := found[i], 4+i-first
		if i == p.selected {
			c.put(1, y, bold, "▶")
		}
		c.right(16, y, bold, e.shown)
		c.putIn(18, y, width-19, plain, e.long)
		if i == p.selected {
			c.restyle(3, width-1, y, reverse)
		}
		c.spot(0, width, y, i+1)
	}
	if height > 5 {
		c.fill(0, width, height-2, dim, '─')
		c.put(1, height-1, plain, cut("type to search   ↑↓ choose   Enter run this line   Esc close", width-2))
	}
	return c
}
