package tui

import (
	"os"
	"os/exec"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"
)

// Entry is a line of the home screen. One of Open, Command and Report says what it does.
type Entry struct {
	Section string // entries of a section stand together
	Key     string // starts it; empty: only Enter does
	Name    string // "lossy-upload"
	Title   string // "An upload over a lossy link"
	About   string // the preview: sentences, paragraphs apart by an empty line

	Open    func() (Source, error) // a run to show
	Command []string               // a program to run on the terminal, with its arguments
	Report  func() string          // a text to show beside the menu
}

// home is the model of the home screen. A run that was started from it is a screen inside it.
type home struct {
	opts          Options
	look          *look
	entries       []Entry
	width, height int
	selected      int
	reports       map[int]string // of the entries that were asked for one
	notice        string
	opening       bool
	helping       bool
	open          *screen // nil: the menu is seen
	size          tea.WindowSizeMsg
	done          outcome
}

type (
	openedMsg struct {
		src Source
		err error
	}
	reportMsg struct {
		entry int
		text  string
	}
	commandMsg struct{ err error }
)

// Home shows the menu until the user leaves it.
func Home(entries []Entry, o Options) error {
	h := newHome(entries, o.detect(os.Getenv))
	err := run(h, os.Stdin, os.Stdout)
	if h.open != nil {
		h.open.src.Close()
	}
	if err != nil {
		return err
	}
	return h.done.err()
}

func newHome(entries []Entry, o Options) *home {
	theme := o.Theme
	if theme == "" || theme == "auto" {
		theme = themeDark
	}
	return &home{opts: o, look: newLook(theme, o.ASCII), entries: entries, reports: map[int]string{}}
}

// Init asks the terminal for its background.
func (h *home) Init() tea.Cmd { return askBackground(h.opts) }

// Update routes a message: to the run that is open, or to the menu.
func (h *home) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		h.size, h.width, h.height = msg, msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		h.look = lookFor(msg.Color, h.look.ascii)
	case openedMsg:
		return h, h.opened(msg)
	case reportMsg:
		h.reports[msg.entry] = msg.text
	case commandMsg:
		if msg.err != nil {
			h.notice = "! " + msg.err.Error()
		}
	}
	if h.open != nil {
		return h, h.inside(msg)
	}
	if key, ok := msg.(tea.KeyPressMsg); ok {
		return h, h.key(key.String())
	}
	return h, nil
}

// inside hands a message to the open run, and comes back to the menu when it is left.
func (h *home) inside(msg tea.Msg) tea.Cmd {
	_, cmd := h.open.Update(msg)
	switch h.open.done {
	case back:
		src := h.open.src
		h.open = nil
		return func() tea.Msg { src.Close(); return nil }
	case quit:
		h.done = quit
		return tea.Quit
	}
	return cmd
}

func (h *home) opened(msg openedMsg) tea.Cmd {
	h.opening = false
	if msg.err != nil {
		h.notice = "! " + msg.err.Error()
		return nil
	}
	o := h.opts
	o.Theme = h.look.name // what the terminal answered
	h.open = newScreen(msg.src, o)
	h.open.Update(h.size)
	return h.open.Init()
}

func (h *home) key(name string) tea.Cmd {
	h.notice = ""
	if h.helping {
		h.helping = name != "?" && name != "esc" && name != "q"
		if name == "ctrl+c" {
			h.done = quit
			return tea.Quit
		}
		return nil
	}
	switch name {
	case "up", "k":
		h.selected = max(0, h.selected-1)
	case "down", "j":
		h.selected = max(0, min(len(h.entries)-1, h.selected+1))
	case "home":
		h.selected = 0
	case "end":
		h.selected = max(0, len(h.entries)-1)
	case "enter", "space", "right":
		return h.start(h.selected)
	case "?":
		h.helping = true
	case "q":
		h.done = back
		return tea.Quit
	case "ctrl+c":
		h.done = quit
		return tea.Quit
	default:
		if i := slices.IndexFunc(h.entries, func(e Entry) bool { return e.Key != "" && e.Key == name }); i >= 0 {
			h.selected = i
			return h.start(i)
		}
	}
	return nil
}

// start does what an entry says, off the Update goroutine.
func (h *home) start(i int) tea.Cmd {
	if i >= len(h.entries) || h.opening {
		return nil
	}
	e := h.entries[i]
	switch {
	case e.Open != nil:
		h.opening = true
		return func() tea.Msg {
			src, err := e.Open()
			return openedMsg{src, err}
		}
	case len(e.Command) > 0:
		return tea.ExecProcess(exec.Command(e.Command[0], e.Command[1:]...), func(err error) tea.Msg { return commandMsg{err} })
	case e.Report != nil:
		return func() tea.Msg { return reportMsg{i, e.Report()} }
	}
	return nil
}

// View draws the run that is open, or the menu.
func (h *home) View() tea.View {
	if h.open != nil {
		return h.open.View()
	}
	v := tea.NewView(h.text())
	v.AltScreen = true
	v.WindowTitle = "netlab"
	return v
}

func (h *home) text() string {
	c := newCanvas(h.width, h.height, h.look)
	x := c.put(1, 0, bold, "netlab")
	c.put(x+2, 0, plain, "watch a network think")
	if h.width >= 60 {
		c.right(h.width-1, 0, dim, h.opts.Version)
	}
	c.fill(0, h.width, 1, dim, '─')
	bottom := h.height - 3 // the line under the last that the menu may use
	if h.height < 12 {
		bottom = h.height - 1
	}
	left := h.width
	if h.width >= 76 {
		left = h.menuWidth()
	}
	if h.helping {
		h.helpText(c, bottom)
	} else {
		h.menu(c, left, bottom)
		if left < h.width {
			for y := 2; y < bottom; y++ {
				c.put(left, y, dim, "│")
			}
			h.preview(c, left+2, h.width-1, 3, bottom)
		}
	}
	if bottom < h.height-1 {
		c.putIn(1, h.height-3, h.width-2, bold, h.notice)
		c.fill(0, h.width, h.height-2, dim, '─')
	}
	c.fill(0, h.width, h.height-1, plain, 0)
	x = 1
	for _, b := range []binding{{shown: "?", brief: "help"}, {shown: "Enter", brief: "start"}, {shown: "↑↓", brief: "choose"}, {shown: "q", brief: "quit"}} {
		x = c.key(x, h.height-1, b) + 2
	}
	return c.String()
}

// menuWidth is how wide the menu is beside the preview: as wide as its longest line, if that leaves the preview enough.
func (h *home) menuWidth() int {
	widest := 0
	for _, e := range h.entries {
		widest = max(widest, h.titleAt()+textWidth(e.Title)+2)
	}
	return min(max(widest, h.width*9/20), h.width*5/8)
}

// nameAt is the column where the names of the entries begin.
const nameAt = 5

// titleAt is the column where their titles begin.
func (h *home) titleAt() int {
	longest := 0
	for _, e := range h.entries {
		longest = max(longest, textWidth(e.Name))
	}
	return nameAt + min(longest, 16) + 2
}

// menu draws the entries in their sections, scrolled so that the selected one is seen.
func (h *home) menu(c *canvas, width, bottom int) {
	type item struct {
		entry int // -1: a heading or an empty line
		text  string
	}
	var items []item
	at, section := 0, ""
	for i, e := range h.entries {
		if e.Section != section {
			section = e.Section
			items = append(items, item{-1, ""}, item{-1, section})
		}
		if i == h.selected {
			at = len(items)
		}
		items = append(items, item{i, ""})
	}
	visible := bottom - 2
	first := max(0, min(at-visible/2, len(items)-visible))
	if len(items) <= visible {
		first = 0
	}
	for n := first; n < len(items) && n-first < visible; n++ {
		it, y := items[n], 2+n-first
		if it.entry < 0 {
			c.putIn(2, y, width-3, bold, it.text)
			continue
		}
		e := h.entries[it.entry]
		name := e.Name
		if e.Key != "" {
			c.put(3, y, bold, e.Key)
		}
		at := h.titleAt()
		c.putIn(nameAt, y, min(at-nameAt-1, width-nameAt-1), plain, name)
		if width > 40 {
			c.putIn(at, y, width-at-1, plain, e.Title)
		}
		if it.entry == h.selected {
			c.put(1, y, bold, "▶")
			c.restyle(3, width-1, y, reverse)
		}
	}
}

// preview says what the selected entry is, from column x up to column end.
func (h *home) preview(c *canvas, x, end, y, bottom int) {
	if h.selected >= len(h.entries) {
		return
	}
	e := h.entries[h.selected]
	c.putIn(x, y, end-x, bold, e.Title)
	y += 2
	about := e.About
	if r, ok := h.reports[h.selected]; ok {
		about = r
	}
	for _, paragraph := range strings.Split(about, "\n") {
		text := strings.TrimLeft(paragraph, " ")
		indent := len(paragraph) - len(text) // commands stand apart
		lines := wrap(text, end-x-indent)
		if len(lines) == 0 {
			lines = []string{""}
		}
		for _, l := range lines {
			if y < bottom {
				c.put(x+indent, y, plain, l)
			}
			y++
		}
	}
	hint := "Enter starts it."
	switch {
	case h.opening:
		hint = "starting…"
	case e.Report != nil:
		hint = "Enter looks."
	}
	if y+1 < bottom {
		c.put(x, y+1, dim, hint)
	}
}

func (h *home) helpText(c *canvas, bottom int) {
	lines := []string{
		"↑ ↓       choose", "Enter     start the chosen line", "a letter  start the line that it stands before", "q         quit", "",
		"In a lab, ? lists every key. Lower case changes your view, CAPITALS change the network.", "",
		"Without a terminal, or with --plain, each command prints what the screen shows as text.", "", "? or Esc closes this.",
	}
	for i, l := range lines {
		if 3+i < bottom {
			c.putIn(3, 3+i, h.width-4, plain, l)
		}
	}
}
