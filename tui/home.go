package tui

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
)

// Entry is a line of the home screen. One of Open, Capture, Replay, Command and Report says what it does.
type Entry struct {
	Section string // entries of a section stand together
	Key     string // starts it; empty: only Enter does
	Name    string // "lossy-upload"
	Title   string // "An upload over a lossy link"
	About   string // the preview: sentences, paragraphs apart by an empty line

	Open    func() (Source, error) // a run to show
	Capture func() (*capture.File, error)
	Replay  bool          // a capture file, which is to be chosen
	Samples []Sample      // captures that may be chosen besides files
	Command []string      // a program to run on the terminal, with its arguments
	Report  func() string // a text to show beside the menu
}

// inside is a screen that was opened from the home screen.
type inside interface {
	tea.Model
	left() outcome
	close()
}

// home is the model of the home screen. A run or a capture that was opened from it is a screen inside it.
type home struct {
	opts          Options
	look          *look
	entries       []Entry
	lasting       int // of the entries, those that are always there
	width, height int
	selected      int
	reports       map[int]string // of the entries that were asked for one
	notice        string
	opening       bool
	helping       bool
	over          *palette // the list of all that can be started; nil: it is not open
	choosing      *choose  // nil: no capture is being chosen
	open          inside   // nil: the menu is seen
	size          tea.WindowSizeMsg
	done          outcome
	pointer
}

type (
	openedMsg struct {
		screen func(Options) inside // makes the screen of what was opened
		err    error
	}
	insideMsg struct { // what a screen is to be told of its own doings
		to  inside
		msg tea.Msg
	}
	recentMsg []Entry
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
		h.open.close()
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
	return &home{opts: o, look: newLook(theme, o.ASCII), entries: entries, lasting: len(entries), reports: map[int]string{}}
}

// Init asks the terminal for its background.
func (h *home) Init() tea.Cmd { return tea.Batch(askBackground(h.opts), h.recall()) }

// recall asks what was opened lately.
func (h *home) recall() tea.Cmd {
	if h.opts.Recent == nil {
		return nil
	}
	return func() tea.Msg { return recentMsg(h.opts.Recent()) }
}

func (h *home) onRecent(lately []Entry) {
	h.entries = append(h.entries[:h.lasting:h.lasting], lately...)
	h.selected = min(h.selected, max(0, len(h.entries)-1))
}

// Update routes a message: to the run that is open, or to the menu.
func (h *home) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		h.size, h.width, h.height = msg, msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		h.look = lookFor(msg.Color, h.look.ascii)
	case openedMsg:
		return h, h.opened(msg)
	case recentMsg:
		h.onRecent(msg)
		return h, nil
	case reportMsg:
		h.reports[msg.entry] = msg.text
	case listedMsg:
		if h.choosing != nil {
			h.choosing.onListed(msg)
		}
		return h, nil
	case insideMsg:
		if msg.to != h.open {
			return h, nil // it has been left
		}
		return h, h.within(msg.msg)
	case commandMsg:
		if msg.err != nil {
			h.notice = "! " + msg.err.Error()
		}
	}
	if h.open != nil {
		return h, h.within(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return h, h.key(msg.String(), msg.Text)
	case tea.MouseMsg:
		return h, h.route(msg, h)
	}
	return h, nil
}

// within hands a message to the open screen, and comes back to the menu when it is left.
func (h *home) within(msg tea.Msg) tea.Cmd {
	_, cmd := h.open.Update(msg)
	switch h.open.left() {
	case back:
		left := h.open
		h.open = nil
		return tea.Sequence(func() tea.Msg { left.close(); return nil }, h.recall())
	case quit:
		h.done = quit
		return tea.Quit
	}
	return tagged(h.open, cmd)
}

// tagged is a command of a screen, of which no other screen gets the answer: this one may be left meanwhile.
func tagged(of inside, cmd tea.Cmd) tea.Cmd {
	if cmd == nil {
		return nil
	}
	return func() tea.Msg {
		switch msg := cmd().(type) {
		case tea.BatchMsg:
			for i := range msg {
				msg[i] = tagged(of, msg[i])
			}
			return msg
		case tickMsg, jobDone, did, insideMsg:
			return insideMsg{of, msg}
		default:
			return msg
		}
	}
}

func (h *home) opened(msg openedMsg) tea.Cmd {
	h.opening = false
	if msg.err != nil {
		h.notice = "! " + msg.err.Error()
		return nil
	}
	o := h.opts
	o.Theme, o.mouseOff = h.look.name, h.mouseOff // what the terminal answered, and the user
	h.choosing, h.notice = nil, ""
	h.open = msg.screen(o)
	_, first := h.open.Update(h.size)
	return tagged(h.open, tea.Batch(h.open.Init(), first))
}

func (h *home) key(name, text string) tea.Cmd {
	h.notice = ""
	if h.over != nil {
		return h.obey(h.over.key(name, text))
	}
	if h.choosing != nil && name != "ctrl+c" {
		return h.chooseKey(name, text)
	}
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
	case ":", "/":
		h.over = h.palette(name)
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
			return openedMsg{func(o Options) inside { return newScreen(src, o) }, err}
		}
	case e.Capture != nil:
		return h.openCapture(e.Capture, true)
	case e.Replay:
		h.choosing = &choose{samples: e.Samples}
		return list("")
	case len(e.Command) > 0:
		return tea.ExecProcess(exec.Command(e.Command[0], e.Command[1:]...), func(err error) tea.Msg { return commandMsg{err} })
	case e.Report != nil:
		return func() tea.Msg { return reportMsg{i, e.Report()} }
	}
	return nil
}

// chooseKey handles a key while a capture is chosen.
func (h *home) chooseKey(name, text string) tea.Cmd {
	cmd, chosen, leaves := h.choosing.key(name, text)
	switch {
	case leaves:
		h.choosing = nil
	case chosen != nil:
		return h.openCapture(chosen, h.choosing.isFile())
	}
	return cmd
}

// openCapture opens a capture off the Update goroutine. One that lasts is remembered.
func (h *home) openCapture(open func() (*capture.File, error), lasts bool) tea.Cmd {
	if h.opening {
		return nil
	}
	h.opening, h.notice = true, "opening…"
	return func() tea.Msg {
		f, err := open()
		return openedMsg{func(o Options) inside {
			if !lasts {
				o.Opened = nil
			}
			return newReplay(f, filepath.Base(f.Name()), o)
		}, err}
	}
}

// click answers a click: of an entry by selecting it, of the selected entry by starting it, of the key line with what the key does.
func (h *home) click(x, y int) tea.Cmd {
	switch {
	case h.over != nil:
		return h.obey(h.over.click(x, y, h.width, h.height, h.look))
	case h.choosing != nil:
		n := h.choosing.paint(h.width, h.height, h.look, "").spotAt(x, y)
		if n == 0 {
			return nil
		}
		h.choosing.selected = n - 1
		return h.key("enter", "")
	case y == h.height-1:
		if n := h.paint().spotAt(x, y); n > 0 {
			return h.key(h.keys()[n-1].keys[0], "")
		}
	case h.helping:
		h.helping = false
	default:
		if n := h.paint().spotAt(x, y); n == h.selected+1 {
			return h.start(h.selected)
		} else if n > 0 {
			h.selected = n - 1
		}
	}
	return nil
}

func (h *home) drag(int) tea.Cmd { return nil }

// wheel moves in the list.
func (h *home) wheel(_, _, by int) tea.Cmd {
	switch {
	case h.over != nil:
		h.over.move(notch * by)
	case h.choosing != nil:
		h.choosing.move(by)
	default:
		h.selected = max(0, min(len(h.entries)-1, h.selected+by))
	}
	return nil
}
