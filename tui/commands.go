package tui

import (
	"fmt"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"netlab/trace"
)

// command carries out what was typed after a colon.
func (s *screen) command(o order) tea.Cmd {
	s.notice = ""
	var err error
	switch o.do {
	case goTo:
		var n int
		if n, err = packetNumber(o.arg); err == nil {
			s.playing, s.follow = false, true
			s.moveTo(trace.ID(max(n, 0)))
		}
	case setSpeed:
		if s.src.Live() {
			s.notice = ownPace
			return nil
		}
		err = s.atSpeed(o.arg)
	case mouseOff, mouseOn:
		s.notice = s.giveMouse(o.do == mouseOff)
	case setTheme:
		s.look, err = themed(o.arg, s.look)
	case applyFilter:
		s.beginTyping(o.arg)
		s.applyFilter()
	}
	if err != nil {
		s.notice = "! " + err.Error()
	}
	return tea.Batch(s.tick(), s.record())
}

// command carries out what was typed after a colon.
func (r *replay) command(o order) tea.Cmd {
	r.notice = ""
	var err error
	switch o.do {
	case goTo:
		var n int
		if n, err = packetNumber(o.arg); err == nil {
			r.playing = false
			if r.moveTo(r.position(n)); r.selected != n && r.notice == "" {
				r.notice = fmt.Sprintf("packet %d is not in the list: this is the one nearest to it", n)
			}
		}
	case setSpeed:
		err = r.atSpeed(o.arg)
	case mouseOff, mouseOn:
		r.notice = r.giveMouse(o.do == mouseOff)
	case setTheme:
		r.look, err = themed(o.arg, r.look)
	case applyFilter:
		gather := r.beginTyping(o.arg)
		return tea.Batch(gather, r.applyFilter())
	}
	if err != nil {
		r.notice = "! " + err.Error()
	}
	return r.listen()
}

// palette is the list of all that the home screen starts, with its commands.
func (h *home) palette(opener string) *palette {
	var all []command
	for i, e := range h.entries {
		all = append(all, command{name: e.Name, long: e.Title, do: startEntry + action(i)})
	}
	for _, c := range screenCommands() {
		if c.do == mouseOff || c.do == mouseOn || c.do == setTheme {
			all = append(all, c)
		}
	}
	p := newPalette(nil, append(all, command{name: "quit", long: "leave netlab", do: goBack}))
	p.about, p.opener = "", opener
	return p
}

// obey does what a line of the list says, and closes the list.
func (h *home) obey(o order, closes bool) tea.Cmd {
	if closes {
		h.over = nil
	}
	switch o.do {
	case noAction:
	case mouseOff, mouseOn:
		h.notice = h.giveMouse(o.do == mouseOff)
	case setTheme:
		var err error
		if h.look, err = themed(o.arg, h.look); err != nil {
			h.notice = "! " + err.Error()
		}
	case goBack:
		h.done = back
		return tea.Quit
	case interrupt:
		h.done = quit
		return tea.Quit
	default:
		h.selected = int(o.do - startEntry)
		return h.start(h.selected)
	}
	return nil
}

// filterCommands are the commands of a screen with a list of packets.
func filterCommands() []command {
	return append([]command{{"filter", "EXPR", "show the packets for which it is true, as tcp.port == 80", applyFilter}}, screenCommands()...)
}

// giveMouse gives the mouse to the terminal or takes it back, and says so.
func (p *pointer) giveMouse(off bool) (notice string) {
	p.mouseOff, p.dragging = off, false
	if off {
		return "the mouse is the terminal's: it selects text. :mouse on takes it back"
	}
	return "the mouse is netlab's"
}

// themed returns the style sheet of a theme, with the characters of another.
func themed(name string, like *look) (*look, error) {
	switch name {
	case themeDark, themeLight, themeNone:
		return newLook(name, like.ascii), nil
	}
	return like, fmt.Errorf("there is no theme %q: dark, light, or none", name)
}

// packetNumber reads where to go.
func packetNumber(arg string) (int, error) {
	n, err := strconv.Atoi(arg)
	if err != nil {
		return 0, fmt.Errorf("go %s: want a number of the list", arg)
	}
	return n, nil
}
