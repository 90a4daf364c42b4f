package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

// mostPlayed is how many packets pass in one tick at most: a capture with more of them in that time plays as fast as this.
const mostPlayed = 10_000

// playback carries out the keys that play the capture, at its own pace times the speed, and step through it.
func (r *replay) playback(a action) tea.Cmd {
	switch a {
	case playPause:
		r.playing, r.ticked = !r.playing, time.Time{}
		if r.playing && r.atEnd() {
			r.stopAtEnd()
		}
		return r.tick()
	case faster:
		r.shift(1)
		return nil
	case slower:
		r.shift(-1)
		return nil
	}
	r.pause()
	by := 1
	if a == stepBack {
		by = -1
	}
	r.moveTo(r.position(r.selected) + by)
	return r.listen()
}

// pause stops the playing where the user has gone somewhere else.
func (r *replay) pause() { r.playing, r.waiting, r.elapsed = false, false, 0 }

// atEnd reports whether no packet follows, and none will.
func (r *replay) atEnd() bool {
	return r.stop == nil && !r.shown.asking && r.position(r.selected)+1 >= r.count()
}

func (r *replay) stopAtEnd() {
	r.pause()
	r.notice = "the capture ends here: < goes to its start"
}

// onTick looks at what has been read since the last tick, and lets the time pass.
func (r *replay) onTick(msg tickMsg) tea.Cmd {
	r.ticking = false
	passed := r.passed(time.Time(msg))
	var more tea.Cmd
	if !r.loaded {
		r.refresh()
		more = r.extendFilter()
	}
	if r.playing {
		r.play(passed)
	}
	return tea.Batch(r.tick(), more, r.listen())
}

// play selects the packets that were captured in so much real time. A packet that was captured before the one that stands before it
// follows at once.
func (r *replay) play(passed time.Duration) {
	i := r.position(r.selected)
	for first, n := true, 0; n < mostPlayed; n++ {
		if i+1 >= r.count() {
			if r.atEnd() {
				r.stopAtEnd()
			}
			return
		}
		next := r.shownAt(i + 1)
		gap := max(0, r.file.At(next).Sub(r.file.At(r.selected)))
		if first {
			r.elapsed += r.step(passed, gap-r.elapsed, gap, false)
			first = false
		}
		if r.elapsed < gap {
			return
		}
		r.elapsed -= gap
		r.pass(next)
		i++
	}
	r.elapsed = 0
}

// tick asks for the next tick, if there will be anything to do.
func (r *replay) tick() tea.Cmd {
	after := frame
	switch {
	case r.ticking:
		return nil
	case r.playing:
	case r.stop != nil:
		after = 2 * frame
	case r.findingOut():
		after = 3 * frame
	default:
		r.ticked = time.Time{}
		return nil
	}
	r.ticking = true
	return tea.Tick(after, func(t time.Time) tea.Msg { return tickMsg(t) })
}
