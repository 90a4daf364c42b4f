package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"
)

// stage is which scene is seen, and what the others were left like.
type stage struct {
	scene   scene
	picking bool           // v was pressed: the next key chooses a scene
	others  map[scene]wing // the focus of those that are not seen
}

// wing is what a scene is left like.
type wing struct{ focus, tab pane }

// panes are those of the scene that is seen.
func (r *replay) panes() []pane { return scenes()[r.scene].panes }

// show goes to a scene, and to the pane that had the focus there.
func (r *replay) show(s scene) {
	if s == r.scene {
		return
	}
	if r.others == nil {
		r.others = map[scene]wing{}
	}
	r.others[r.scene] = wing{r.focus, r.tab}
	r.zoomed, r.scene = false, s
	to, been := r.others[s]
	if !been {
		to.focus = scenes()[s].focus
	}
	r.focus, r.scroll = to.focus, 0
	if r.tab = to.tab; to.tab == 0 {
		r.tab = r.panes()[slices.IndexFunc(r.panes(), func(p pane) bool { return p != scenes()[s].main })]
	}
	r.setFocus(r.focus)
}

// pickScene takes the key after v.
func (r *replay) pickScene(name string) tea.Cmd {
	r.picking = false
	switch a := lookUp(sceneKeys(), name); {
	case a == noAction && name != "v":
		r.notice = "no view has the letter " + name + ": v and one of those that the last line names"
		return nil
	case a == escape:
		return nil
	default:
		return r.do(a)
	}
}

// liveKeys is the keymap with the words that fit now.
func (r *replay) liveKeys() []binding {
	if r.picking {
		return sceneKeys()
	}
	keys := r.fitting(r.keys)
	if r.scene == asList {
		return keys
	}
	for i := range keys {
		b := &keys[i]
		switch b.do {
		case exportShown, followStream, setMark:
			b.brief = ""
		case sceneList:
			b.brief = "list"
		case zoomIn:
			if r.scene == asTCP || r.scene == asHTTP {
				b.brief = "closer"
			}
		case toList:
			if b.brief = "packet"; r.scene == asMap {
				b.brief = "their packets"
			}
		}
	}
	return keys
}

// sceneAreas returns where the panes of a scene other than the list stand when there is room for all.
func (r *replay) sceneAreas(y, height int) []area {
	switch r.scene {
	case asTLS:
		left := r.width * 46 / 100
		return append(
			column(0, y, left, height, area{pane: inMessages}, area{pane: inAgreed, height: height / 2}),
			column(left+1, y, r.width-left-1, height, area{pane: inFields}, area{pane: inClear, height: height / 4}, area{pane: inSchedule, height: min(height*2/5, 18)})...)
	case asHTTP:
		left, lower := r.width*58/100, below(height, len(r.web.got.exchanges)+3)
		return append(
			column(0, y, r.width, height-lower, area{pane: inRequests}),
			area{inStream, 0, y + height - lower, left, lower}, area{inExchange, left + 1, y + height - lower, r.width - left - 1, lower})
	case asMap:
		left, lower := r.width*48/100, below(height, len(r.traffic.got.rows)+1)
		return append(
			column(0, y, r.width, height-lower, area{pane: inMap}),
			area{inTraffic, 0, y + height - lower, left, lower}, area{inFlows, left + 1, y + height - lower, r.width - left - 1, lower})
	default:
		left := r.width * 37 / 100
		return append(
			column(0, y, left, height, area{pane: inStates, height: min(max(height*2/5, 8), 14)}, area{pane: inVariables}),
			column(left+1, y, r.width-left-1, height, area{pane: inSequence}, area{pane: inWindows, height: max(height/4, 6)}, area{pane: inExplain, height: min(max(height/5, 5), 10)})...)
	}
}

// below is how many lines the panes below a list have, which wants so many itself: a third at least, and what it leaves of two thirds.
func below(height, list int) int { return max(height/3, 8, min(height-list, height*2/3)) }
