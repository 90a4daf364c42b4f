package tui

import tea "charm.land/bubbletea/v2"

func (r *replay) left() outcome { return r.done }

// close ends the reading and every use of the file.
func (r *replay) close() {
	if r.stop != nil {
		r.stop()
	}
	if r.talk.stop != nil {
		r.talk.stop()
	}
	r.forgetStudies()
	r.work.abandon()
	r.file.Close()
}

// leave stops what is under way, or closes what is open, or leaves the screen.
func (r *replay) leave(a action) tea.Cmd {
	switch {
	case a == escape && r.findingOut():
		r.forgetStudies()
		r.show(asList)
	case a == escape && r.stop != nil:
		r.stop()
		r.notice = "stopping…"
	case a == escape && r.work != nil:
		r.work.stop()
	case r.zoomed:
		r.zoomed = false
	case r.scene != asList && !r.inside:
		r.show(asList)
	case a == escape && r.shown.active:
		r.shown = shown{}
	case a == escape: // which closes what is open, and never leaves
		r.notice = "q goes back"
	default:
		r.done = back
		return tea.Quit
	}
	return nil
}
