package tui

import (
	"netlab/capture"
	"netlab/flow"
	"netlab/narrate"
)

// paneVersion is everything that the picture of a pane depends on, besides its size and the look. What a pane does not show is left zero.
type paneVersion struct {
	focused bool
	beside  string

	packets, selected, mark int
	loaded                  bool
	pages                   int // how often something was read for the screen
	findings, unkept        int
	filtered, filterNext    int // of the packets that are shown
	filter                  string

	choice choice
	raw    bool
	scroll int

	course   *flow.Moment // the first one: another pointer is another course
	lens     lens
	messages *tlsMessage // the first one: another pointer is another reading
	picked   int
	web      *exchange
	pairs    *capture.Traffic
	stage    string // how far what is being found out is

	follow    narrate.Follow
	find      string
	ready     bool
	more      bool
	said      int
	saidSizes [2]int64
}

// version returns what the picture of a pane depends on now.
func (r *replay) version(p pane) paneVersion {
	v := paneVersion{focused: r.focus == p, beside: r.paneName(r.beside(p)), selected: r.selected, loaded: r.loaded}
	if p != inStream {
		v.findings, v.unkept = r.known, r.unkept
	}
	switch p {
	case inList:
		v.packets, v.mark, v.pages = r.packets, r.mark, r.pages.revision
		if v.filtered = -1; r.shown.active {
			v.filter, v.filtered, v.filterNext = r.shown.filter.String(), len(r.shown.numbers), r.shown.next
		}
	case inLadder:
		v.packets, v.mark, v.pages = r.packets, r.mark, r.pages.revision
	case inStream:
		v.follow, v.find, v.ready, v.said, v.saidSizes = r.talk.Follow, r.telling.find, r.talk.ready, len(r.talk.said), r.talk.sizes
		v.more, v.scroll = r.talk.more, r.scroll
	case inExplain, inLayers, inBytes:
		v.pages, v.choice, v.raw, v.scroll = r.pages.revision, r.choice, r.raw, r.scroll
		if p == inExplain {
			v.packets = r.packets // of the connection, as far as it was read
		}
	case inMessages, inAgreed, inSchedule, inFields, inClear:
		v.picked, v.scroll = r.picked, r.scroll
		if r.secrecy.underWay() {
			v.stage = r.secrecy.words()
		}
		if len(r.secrecy.got.messages) > 0 {
			v.messages = &r.secrecy.got.messages[0]
		}
	case inRequests, inExchange:
		v.picked, v.scroll, v.lens, v.mark = r.picked, r.scroll, r.lens, r.mark
		if !r.web.asked {
			v.packets = r.packets
		}
		if r.web.underWay() {
			v.stage = r.web.words()
		}
		if len(r.web.got.exchanges) > 0 {
			v.web = &r.web.got.exchanges[0]
		}
	case inMap, inTraffic, inFlows:
		v.scroll = r.scroll
		if r.traffic.underWay() {
			v.stage = r.traffic.words()
		}
		if len(r.traffic.got.pairs) > 0 {
			v.pairs = &r.traffic.got.pairs[0]
		}
	case inStates, inVariables, inSequence, inWindows:
		v.raw, v.lens, v.mark = r.raw, r.lens, r.mark
		if r.course.underWay() {
			v.stage = r.course.words()
		}
		if len(r.course.got.moments) > 0 {
			v.course = &r.course.got.moments[0]
		}
	}
	return v
}

// pane draws one pane, unless it was drawn before and nothing of it has changed.
func (r *replay) pane(p pane, width, height int) string {
	m := r.drawn[p]
	if m == nil {
		m = &memo[view]{}
		r.drawn[p] = m
	}
	return m.draw(r.version(p), r.look, width, height, func() view { return r.viewOf(p, height) })
}
