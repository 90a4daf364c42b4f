package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// load reads the file, off the Update goroutine, until its end or until it is stopped.
func (r *replay) load() tea.Cmd {
	if r.stop != nil || r.loaded {
		return nil
	}
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	file := r.file
	return tea.Batch(r.tick(), func() tea.Msg {
		_ = file.Load(ctx, nil) // File remembers what is wrong
		return did((*replay).onLoaded)
	})
}

func (r *replay) onLoaded() tea.Cmd {
	r.stop()
	r.stop = nil
	r.refresh()
	r.pages.stale, r.talk = true, talk{} // later packets tell more of these
	r.renewSecrets()
	r.joining.done = map[int]bool{} // connections may have become longer
	if !r.loaded {
		r.notice = "stopped after " + count(r.packets, "packet") + ": r reads on"
	}
	ask := r.filterAnew()
	if ask == nil {
		ask = r.extendFilter()
	}
	return tea.Batch(ask, r.listen(), r.tellOpened())
}

// tellOpened tells whoever wants to know that the capture was read.
func (r *replay) tellOpened() tea.Cmd {
	opened, name, packets := r.opts.Opened, r.file.Name(), r.packets
	if opened == nil || !r.loaded {
		return nil
	}
	return func() tea.Msg { opened(name, packets); return nil }
}
