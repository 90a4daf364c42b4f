package tui

// action is what a key does.
type action int

const (
	noAction action = iota
	playPause
	stepForward
	stepBack
	nextMilestone
	prevMilestone
	toStart
	toEnd
	faster
	slower
	cycleLoss
	cycleDelay
	cycleReorder
	cycleDuplicate
	cycleCorrupt
	cycleBandwidth
	pullPlug
	dropNext
	clearFaults
	nextFuture
	nextLink
	paneNetwork
	panePackets
	paneBytes
	paneLayers
	paneExplain
	paneSix
	paneSeven
	nextPane
	prevPane
	zoomPane
	nextLayout
	moveUp
	moveDown
	moveLeft
	moveRight
	pageUp
	pageDown
	nextField
	prevField
	rawNumbers
	showHelp
	showPalette
	goBack
	interrupt

	typeFilter

	// What only the screen of a capture has.
	followStream
	setMark
	toMark
	copyPacket
	exportShown
	readOn
	escape
	tellAs
	tellSide
	findInStream
	saveStream
	pickView
	sceneList
	sceneTCP
	sceneTLS
	sceneHTTP
	sceneMap
	toList
	zoomIn
	zoomOut

	// What is typed after a colon.
	goTo
	setSpeed
	mouseOff
	mouseOn
	setTheme
	applyFilter
	startEntry // of the home screen; the action after it is of the entry after it, and so on
)

// binding ties keys to an action. The key line, the help and Update all read the one keymap.
type binding struct {
	keys  []string // as Bubble Tea names them; the first is shown
	shown string   // how the keys are written
	brief string   // two words at most, for the key line; empty: not on it
	long  string   // for the help
	do    action
}

// labKeys is the keymap of the live screen. The key line shows the bindings with brief words, in this
// order, as many as there is room for.
func labKeys() []binding {
	return []binding{
		{[]string{"?"}, "?", "help", "this help; type to search, Enter runs the line", showHelp},
		{[]string{"space"}, "space", "play", "play or pause", playPause},
		{[]string{".", "n"}, ".", "step", "one event forward (also n)", stepForward},
		{[]string{",", "b"}, ",", "back", "one event back (also b)", stepBack},
		{[]string{"}"}, "}", "next event", "to the next milestone: a loss, a retransmission, a change of state", nextMilestone},
		{[]string{"{"}, "{", "", "to the previous milestone", prevMilestone},
		{[]string{"X"}, "X", "drop next", "drop the next packet on the selected link", dropNext},
		{[]string{"L"}, "L", "loss", "loss on the selected link: next value", cycleLoss},
		{[]string{"tab"}, "tab", "pane", "next pane", nextPane},
		{[]string{"v"}, "v", "view", "the other view: the lab, or the selected packet's TCP connection (also f2 and f4)", pickView},
		{[]string{"f2"}, "f2", "", "view: the lab", sceneList},
		{[]string{"f4"}, "f4", "", "view: TCP, the selected packet's connection: sequence numbers over time, congestion window, variables of both ends", sceneTCP},
		{[]string{"f5"}, "f5", "", "view: TLS, in the run so far as a capture: what the selected connection agreed on, its messages and keys", sceneTLS},
		{[]string{"f6"}, "f6", "", "view: HTTP, in the run so far as a capture: requests with their responses, on a ruler of time", sceneHTTP},
		{[]string{"f7"}, "f7", "", "view: a map of who talked with whom, in the run so far as a capture", sceneMap},
		{[]string{"l"}, "l", "link", "select the next link", nextLink},
		{[]string{"/"}, "/", "", "filter the list of packets, as in lost or retx; empty: all", typeFilter},
		{[]string{":"}, ":", "commands", "every command and key in one list; type to search, Enter runs the line", showPalette},
		{[]string{"z"}, "z", "zoom", "show one pane alone, and back", zoomPane},
		{[]string{"\\"}, `\`, "", "layout: all panes, a list and one pane, or one pane alone", nextLayout},
		{[]string{"]"}, "]", "faster", "play faster, up to 100x", faster},
		{[]string{"["}, "[", "slower", "play slower, down to 0.01x", slower},
		{[]string{"D"}, "D", "", "delay on the selected link: next value", cycleDelay},
		{[]string{"O"}, "O", "", "reorder packets on the selected link: next value", cycleReorder},
		{[]string{"U"}, "U", "", "duplicate packets on the selected link: next value", cycleDuplicate},
		{[]string{"C"}, "C", "", "corrupt packets on the selected link: next value", cycleCorrupt},
		{[]string{"W"}, "W", "", "bandwidth of the selected link: next value", cycleBandwidth},
		{[]string{"P"}, "P", "", "pull the plug of the selected link: nothing gets through; again: put it back", pullPlug},
		{[]string{"K"}, "K", "", "clear every fault of the selected link", clearFaults},
		{[]string{"o"}, "o", "", "the other future: before and after a fault made it another one", nextFuture},
		{[]string{"<", "home"}, "<", "", "to the start", toStart},
		{[]string{">", "end"}, ">", "", "to the end of what is recorded", toEnd},
		{[]string{"up", "k"}, "↑", "", "up in the pane: packet, field, octet or line", moveUp},
		{[]string{"down", "j"}, "↓", "", "down in the pane", moveDown},
		{[]string{"left"}, "←", "", "previous field; on the map: previous link", moveLeft},
		{[]string{"right"}, "→", "", "next field; on the map: next link", moveRight},
		{[]string{"pgup"}, "pgup", "", "a page up", pageUp},
		{[]string{"pgdown"}, "pgdn", "", "a page down", pageDown},
		{[]string{")"}, ")", "", "next field of the packet, in any pane", nextField},
		{[]string{"("}, "(", "", "previous field of the packet, in any pane", prevField},
		{[]string{"g"}, "g", "", "sequence numbers raw, or counted from the start of the stream", rawNumbers},
		{[]string{"1"}, "1", "", "pane 1: the network", paneNetwork},
		{[]string{"2"}, "2", "", "pane 2: the packets", panePackets},
		{[]string{"3"}, "3", "", "pane 3: the octets of the selected packet", paneBytes},
		{[]string{"4"}, "4", "", "pane 4: its seven layers", paneLayers},
		{[]string{"5"}, "5", "", "pane 5: what the selected field means, and why the packet was sent", paneExplain},
		{[]string{"shift+tab"}, "shift+tab", "", "previous pane", prevPane},
		{[]string{"q", "esc"}, "q", "back", "go back", goBack},
		{[]string{"ctrl+c"}, "ctrl+c", "", "quit", interrupt},
	}
}

// lookUp returns the action of a key.
func lookUp(keys []binding, key string) action {
	for _, b := range keys {
		for _, k := range b.keys {
			if k == key {
				return b.do
			}
		}
	}
	return noAction
}

// keyLine draws the keys that work now: the help first, the way back last, and between them as many as
// there is room for. Each answers a click with its action.
func keyLine(keys []binding, width int, l *look) *canvas {
	c := newCanvas(width, 1, l)
	c.keyLine(0, keys)
	return c
}

func (c *canvas) keyLine(y int, keys []binding) {
	var shown []binding
	for _, b := range keys {
		if b.brief != "" {
			shown = append(shown, b)
		}
	}
	if len(shown) == 0 {
		return
	}
	last := shown[len(shown)-1]
	room := c.width - keyWidth(last) - 1
	x := 1
	for i, b := range shown[:len(shown)-1] {
		if x+keyWidth(b) > room && i > 0 {
			break
		}
		x = c.key(x, y, b) + 2
	}
	c.key(x, y, last)
}

func keyWidth(b binding) int { return textWidth(b.shown) + 1 + textWidth(b.brief) + 2 }

// key draws one item of a key line and returns the column after it.
func (c *canvas) key(x, y int, b binding) int {
	from := x
	x = c.put(x, y, bold, b.shown)
	x = c.put(x+1, y, plain, b.brief)
	c.spot(from, x, y, int(b.do))
	return x
}
