package tui

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"netlab/capture"
	"netlab/flow"
	"netlab/narrate"
)

// The panes of the screen of a capture, as the keys 1 to 7 name them.
const (
	inList pane = iota + 1
	inFindings
	inStream
	inLadder
	inExplain
	inLayers
	inBytes

	// Those of other scenes.
	inStates
	inVariables
	inSequence
	inWindows
	inMessages
	inAgreed
	inSchedule
	inFields
	inClear
	inRequests
	inExchange
	inMap
	inTraffic
	inFlows
)

// replay is the model of the screen of a capture file.
type replay struct {
	opts Options
	look *look
	keys []binding
	file *capture.File
	name string

	width, height int
	shape         shape

	// What is indexed so far.
	stop       context.CancelFunc // of the pass over the file; nil: none is under way
	packets    int
	read, size int64
	loaded     bool
	damage     error
	findings   []flow.Finding
	unkept     int // findings that were not kept
	known      int // of the file's findings, those in findings

	player
	elapsed time.Duration // of the playing since the selected packet

	// What is looked at.
	shown    shown
	selected int // number of the selected packet; 0: there is none yet
	mark     int // number of the marked packet; 0: none
	focus    pane
	tab      pane // of those that share the lower part of a small screen
	upper    pane // in the upper right part: inLadder or inLayers
	lower    pane // in the lower right part: inExplain or inBytes
	zoomed   bool
	choice        // of a field
	raw      bool // sequence numbers as they are on the wire
	scroll   int  // of the explanation, or of the stream
	pointer

	typing     *typing     // the filter is being typed; nil: it is not
	vocabulary *vocabulary // of filters; nil: none was typed yet
	over       *palette    // the help, or the list of commands; nil: neither is open
	notice     string
	ticking    bool   // a tick is under way
	busy       string // what is being done; empty: nothing

	question *question // that is being answered; nil: none
	work     *work     // a file that is being written; nil: none
	pages    pages
	secrets  secrets
	joining  joining
	telling  manner
	talk     talk
	counts   histogram
	stage
	lens
	picked  int // of several things in the selected packet
	course  study[courseKey, course]
	secrecy study[secrecyKey, secrecy]
	web     study[webKey, web]
	traffic study[bool, traffic]
	drawn   map[pane]*memo[view]
	inside  bool // a lab, which one comes back to
	done    outcome
}

// did is what is to be done with what was found off the Update goroutine.
type did func(*replay) tea.Cmd

// Replay shows a capture file on the terminal until the user leaves, and closes it. The error is that of the file, if it is damaged or cut off: what it held was shown.
func Replay(f *capture.File, name string, o Options) error {
	r := newReplay(f, filepath.Base(name), o.detect(os.Getenv))
	defer r.close()
	err := run(r, os.Stdin, os.Stdout)
	if err == nil {
		err = r.done.err()
	}
	if err == nil {
		_, _, _, err = f.Progress()
	}
	return err
}

func newReplay(f *capture.File, name string, o Options) *replay {
	theme := o.Theme
	if theme == "" || theme == "auto" {
		theme = themeDark
	}
	r := &replay{
		opts: o, look: newLook(theme, o.ASCII), keys: replayKeys(), file: f, name: name,
		player: player{speed: 1}, pointer: pointer{mouseOff: o.mouseOff}, focus: inList, tab: inFindings, upper: inLadder, lower: inExplain, pages: newPages(),
		secrets: newSecrets(o.KeyLog, f), joining: joining{done: map[int]bool{}}, telling: manner{form: narrate.AsText}, drawn: map[pane]*memo[view]{},
	}
	r.refresh()
	return r
}

// Init begins to read the file.
func (r *replay) Init() tea.Cmd {
	return tea.Batch(askBackground(r.opts), r.load())
}

// Update routes a message to what handles it, and has read what is then seen.
func (r *replay) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	cmd := r.receive(msg)
	return r, tea.Batch(cmd, r.readSeen(), r.unseal(), r.join(), r.findOut())
}

func (r *replay) receive(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		r.width, r.height = msg.Width, msg.Height
		return r.listen()
	case tea.BackgroundColorMsg:
		r.look = lookFor(msg.Color, r.look.ascii)
	case tea.KeyPressMsg:
		return r.key(msg.String(), msg.Text)
	case tea.MouseMsg:
		return r.route(msg, r)
	case tickMsg:
		return r.onTick(msg)
	case workTick:
		if r.work != nil {
			return workTicks()
		}
	case did:
		return msg(r)
	}
	return nil
}

// refresh looks at what is indexed by now.
func (r *replay) refresh() {
	r.packets = r.file.Len()
	r.read, r.size, r.loaded, r.damage = r.file.Progress()
	all, more := r.file.Findings()
	if len(all) != r.known || more != r.unkept {
		r.known, r.unkept = len(all), more
		// Some show only after packets that come later, and are to stand where they happened.
		r.findings = slices.Clone(all)
		slices.SortStableFunc(r.findings, func(a, b flow.Finding) int { return a.Packet - b.Packet })
	}
	if r.selected == 0 && r.count() > 0 {
		r.selected = r.shownAt(0)
	}
}

// key handles a key: what is open over the screen takes it first.
func (r *replay) key(name, text string) tea.Cmd {
	switch {
	case r.over != nil:
		return r.obey(r.over.key(name, text))
	case r.typing != nil:
		return r.typeKey(name, text)
	case r.question != nil:
		return r.askKey(name, text)
	case r.picking && name != "ctrl+c":
		return r.pickScene(name)
	}
	return r.do(lookUp(r.keys, name))
}

// obey does what a line of the list says, and closes the list.
func (r *replay) obey(o order, closes bool) tea.Cmd {
	if closes {
		r.over = nil
	}
	switch o.do {
	case goTo, setSpeed, mouseOff, mouseOn, setTheme, applyFilter:
		return r.command(o)
	}
	return r.do(o.do)
}

// do carries out an action.
func (r *replay) do(a action) tea.Cmd {
	if a == noAction {
		return nil
	}
	r.notice = ""
	switch a {
	case typeFilter:
		return r.beginTyping(r.shown.filter.String())
	case followStream:
		return r.follow()
	case setMark:
		r.setMark()
	case toMark:
		r.goMark()
	case copyPacket:
		return r.copy()
	case exportShown:
		r.export()
	case saveStream:
		r.saveStream()
	case findInStream:
		r.findInStream()
	case tellAs:
		r.tellAs()
	case tellSide:
		if r.scene == asTCP {
			r.lens.sender = (r.lens.sender + 1) % 3
		} else {
			r.tellSide()
		}
	case pickView:
		r.picking = true
	case zoomIn:
		r.zoom(1)
	case zoomOut:
		r.zoom(-1)
	case readOn:
		return r.load()
	case rawNumbers:
		r.raw = !r.raw
	case showHelp:
		r.over = newHelp(r.keys, "the keys change your view: the capture stays as it is")
	case showPalette:
		r.over = newPalette(r.keys, filterCommands())
	case playPause, stepForward, stepBack, faster, slower:
		return r.playback(a)
	case nextMilestone, prevMilestone:
		r.jump(a == nextMilestone)
	case escape, goBack:
		return r.leave(a)
	case interrupt:
		r.done = quit
		return tea.Quit
	case nextPane, prevPane, zoomPane, nextLayout:
		r.arrange(a)
	case toList:
		if r.scene == asMap {
			return r.choosePair()
		}
		r.show(asList)
	case sceneList, sceneTCP, sceneTLS, sceneHTTP, sceneMap:
		s, _ := sceneFor(a)
		r.show(s)
	default:
		if i := int(a - paneNetwork); i >= 0 && i < len(r.panes()) && a <= paneSeven {
			r.setFocus(r.panes()[i])
		}
		r.move(a)
	}
	return r.listen()
}
