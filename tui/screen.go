package tui

import (
	"image/color"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/narrate"
	"netlab/timeline"
	"netlab/trace"
	"netlab/wire"
)

// Options of the screen. The zero value is a good one.
type Options struct {
	Version string // shown on the home screen
	Theme   string // "auto" or empty: ask the terminal; "dark", "light", "none"
	ASCII   bool   // nothing but ASCII; by itself in a locale that is not UTF-8
	Paused  bool   // do not play at first
	KeyLog  []byte // of a capture: lines of a TLS key log, which decrypt it

	// KeyLogGiven: the user named the key log, so that what is exported takes it along. Whoever passes a capture on is to know what is in it.
	KeyLogGiven bool
	Speed       float64 // seconds of the run in a second; 0: 0.1 for a lab. A live run goes at 1

	Opened func(name string, packets int) // told of each capture file when all of it was read; nil: nobody wants to know
	Recent func() []Entry                 // further lines of the home screen, asked for whenever it is shown; nil: there are none

	mouseOff bool // the mouse was given to the terminal
}

// pane numbers, as the keys 1 to 5 name them.
type pane int

const (
	network pane = iota + 1
	packets
	octets
	layers
	explain
)

// screen is the model of the live screen.
type screen struct {
	opts  Options
	look  *look
	keys  []binding
	src   Source
	hosts []Host

	width, height int
	shape         shape

	// What is recorded, and where in it the user is.
	gen    int
	all    timeline.View
	cursor trace.ID      // the latest event that has happened on the screen
	clock  time.Duration // what the run's clock shows there
	ended  bool

	player
	ticking bool // a tick is under way

	jobs     []job // what is to be done off this goroutine; the first is being done
	jobsDone int
	notice   string

	// What is looked at.
	focus   pane
	tab     pane // of those that share the lower part of a small screen
	zoomed  bool
	seesTCP bool // the view of TCP is seen
	course  labCourse
	inner   *replay // the run so far as a capture; nil: it is not looked at
	link    int     // index of the selected link
	packet  int     // number of the selected packet; 0: none
	follow  bool    // the selection goes with the cursor
	choice          // of a field
	raw     bool    // sequence numbers as they are on the wire
	scroll  int     // of the explanation
	pointer

	rows       *rows
	open       dissected
	typing     *typing     // the filter is being typed; nil: it is not
	vocabulary *vocabulary // of filters; nil: none was typed yet
	sieved     sieved
	over       *palette // the help, or the list of commands; nil: neither is open
	drawn      panes
	done       outcome
}

// dissected is the selected packet, taken apart.
type dissected struct {
	gen, number int
	layers      []wire.Node
	octets      []byte
}

// outcome says why the screen was left.
type outcome int

const (
	stays outcome = iota
	back
	quit
)

func newScreen(src Source, o Options) *screen {
	s := &screen{
		opts: o, keys: labKeys(), src: src, hosts: src.Hosts(), gen: src.Generation(),
		player: player{speed: o.Speed, playing: !o.Paused}, pointer: pointer{mouseOff: o.mouseOff}, follow: true, focus: packets, tab: layers,
	}
	theme := o.Theme
	if theme == "" || theme == "auto" {
		theme = themeDark // until the terminal has answered
	}
	s.look = newLook(theme, o.ASCII)
	switch {
	case src.Live():
		s.speed = 1
	case s.speed == 0:
		s.speed = 0.1
	}
	s.rows = newRows(s.hosts)
	s.link = s.firstLink()
	s.refresh()
	if src.Live() && s.playing {
		s.moveTo(s.all.Last())
	}
	return s
}

// firstLink is the link that is selected at first: the one where something will happen. That is one that loses packets,
// or the slowest, or the middle one.
func (s *screen) firstLink() int {
	links := s.src.Links(0)
	chosen := max(0, (len(links)-1)/2)
	slowest := int64(math.MaxInt64)
	for i, l := range links {
		if l.Up.Loss > 0 || l.Down.Loss > 0 {
			return i
		}
		if l.Up.Rate > 0 && l.Up.Rate < slowest {
			chosen, slowest = i, l.Up.Rate
		}
	}
	return chosen
}

// Init starts the clock.
func (s *screen) Init() tea.Cmd {
	return tea.Batch(askBackground(s.opts), s.tick(), s.record())
}

// askBackground asks the terminal for its background colour if the theme depends on it.
func askBackground(o Options) tea.Cmd {
	if o.Theme == "" || o.Theme == "auto" {
		return tea.RequestBackgroundColor
	}
	return nil
}

// Update routes a message to what handles it.
func (s *screen) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case insideMsg:
		if s.inner == nil || msg.to != s.inner {
			return s, nil // it has been left
		}
		return s, s.within(msg.msg)
	case tickMsg:
		return s, s.onTick(msg)
	case jobDone:
		return s, tea.Batch(s.onJobDone(msg), s.startInner())
	case tea.WindowSizeMsg:
		s.width, s.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		s.look = lookFor(msg.Color, s.look.ascii)
	}
	if s.inner != nil {
		return s, s.within(msg)
	}
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s, s.key(msg.String(), msg.Text)
	case tea.MouseMsg:
		return s, s.route(msg, s)
	}
	return s, nil
}

func lookFor(background color.Color, ascii bool) *look {
	if (tea.BackgroundColorMsg{Color: background}).IsDark() {
		return newLook(themeDark, ascii)
	}
	return newLook(themeLight, ascii)
}

// key handles a key: the list of keys or commands takes it if it is open.
func (s *screen) key(name, text string) tea.Cmd {
	if s.over != nil {
		return s.obey(s.over.key(name, text))
	}
	if s.typing != nil {
		return s.typeKey(name, text)
	}
	return s.do(lookUp(s.keys, name))
}

// obey does what a line of the list says, and closes the list.
func (s *screen) obey(o order, closes bool) tea.Cmd {
	if closes {
		s.over = nil
	}
	switch o.do {
	case goTo, setSpeed, mouseOff, mouseOn, setTheme, applyFilter:
		return s.command(o)
	}
	return s.do(o.do)
}

// do carries out an action.
func (s *screen) do(a action) tea.Cmd {
	if a == noAction {
		return nil
	}
	s.notice = ""
	switch a {
	case playPause, stepForward, stepBack, nextMilestone, prevMilestone, toStart, toEnd, faster, slower:
		return s.playback(a)
	case cycleLoss, cycleDelay, cycleReorder, cycleDuplicate, cycleCorrupt, cycleBandwidth, pullPlug, dropNext, clearFaults:
		return s.change(a)
	case nextFuture:
		return s.otherFuture()
	case paneNetwork, panePackets, paneBytes, paneLayers, paneExplain, nextPane, prevPane, zoomPane, nextLayout:
		s.arrange(a)
	case sceneList, sceneTCP:
		s.showTCP(a == sceneTCP)
	case sceneTLS, sceneHTTP, sceneMap:
		return s.openCapture(a)
	case pickView:
		s.showTCP(!s.seesTCP)
	case nextLink:
		s.selectLink(1)
	case moveUp, moveDown, moveLeft, moveRight, pageUp, pageDown, nextField, prevField:
		s.move(a)
	case typeFilter:
		s.beginTyping(s.sieved.filter.String())
	case rawNumbers:
		s.raw = !s.raw
	case showHelp:
		s.over = newHelp(s.keys, "lower case changes your view, CAPITALS change the network")
	case showPalette:
		s.over = newPalette(s.keys, filterCommands())
	case goBack:
		switch {
		case s.zoomed:
			s.zoomed = false
			return nil
		case s.seesTCP:
			s.showTCP(false)
			return nil
		case s.sieved.active:
			s.sieved = sieved{}
			return nil
		}
		s.done = back
		return tea.Quit
	case interrupt:
		s.done = quit
		return tea.Quit
	}
	return nil
}

func (s *screen) left() outcome { return s.done }

func (s *screen) close() {
	if s.inner != nil {
		s.inner.close()
	}
	s.src.Close()
}

// refresh takes a new view of what is recorded and brings everything that depends on it up to date.
func (s *screen) refresh() (more bool) {
	if gen := s.src.Generation(); gen != s.gen {
		s.gen = gen
		s.rows = newRows(s.hosts)
	}
	s.all = s.src.View()
	s.ended = s.src.Ended()
	more = s.rows.update(s.all)
	s.sieve()
	return more
}

// now is the run as it is at the cursor.
func (s *screen) now() timeline.View { return s.all.Until(s.cursor) }

// start is when the run's clock shows 0.
func (s *screen) start() time.Time {
	if t := s.src.Start(); !t.IsZero() {
		return t
	}
	if e, ok := s.all.Event(s.all.First()); ok {
		return e.At
	}
	return time.Time{}
}

// selected returns the selected packet as it is at the cursor.
func (s *screen) selected() (timeline.Packet, bool) {
	now := s.now()
	if s.packet == 0 || now.Packets() == 0 {
		return timeline.Packet{}, false
	}
	oldest, ok := now.Packet(0)
	if !ok {
		return timeline.Packet{}, false
	}
	return now.Packet(s.packet - oldest.Number)
}

// dissect returns the selected packet taken apart. It remembers the last one.
func (s *screen) dissect() dissected {
	if s.open.number == s.packet && s.open.gen == s.gen {
		return s.open
	}
	s.open = dissected{gen: s.gen, number: s.packet}
	if p, ok := s.selected(); ok {
		s.open.octets = p.First.Octets
		s.open.layers = capture.Dissect(narrate.LinkType(p.First), p.First.Octets)
	}
	return s.open
}
