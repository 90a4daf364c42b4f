package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// joining is the looking up of messages that lie in several segments.
type joining struct {
	done    map[int]bool // TCP connections of which it was done
	reading bool
}

// join has messages that are cut up looked up in the connections that are seen.
func (r *replay) join() tea.Cmd {
	if r.joining.reading {
		return nil
	}
	lines, _ := r.wanted()
	var numbers, conns []int
	for _, n := range lines {
		if p, ok := r.file.Place(n); ok && p.Transport == "TCP" && !r.joining.done[p.Stream] {
			numbers, conns = append(numbers, n), append(conns, p.Stream)
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	r.joining.reading = true
	file := r.file
	return func() tea.Msg {
		more, err := file.Join(context.Background(), numbers)
		return did(func(r *replay) tea.Cmd {
			r.joining.reading = false
			for _, c := range conns {
				r.joining.done[c] = true
			}
			if more && err == nil {
				r.pages.stale = true
			}
			return nil
		})
	}
}
