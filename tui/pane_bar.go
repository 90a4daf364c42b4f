package tui

import (
	"fmt"

	"netlab/timeline"
	"netlab/trace"
)

// timeBar is the time line: every event is as wide as any other, so that a burst can be told apart and an idle second
// takes no room. What has happened is heavy, the recorded future thin, milestones have their signs.
type timeBar struct {
	look   *look
	all    timeline.View
	cursor trace.ID
}

// View draws one line.
func (b timeBar) View(width, height int) string {
	c := newCanvas(width, height, b.look)
	first, last := b.all.First(), b.all.Last()
	from, to, label := b.extent(width)
	c.right(width-1, 0, plain, label)
	span := uint64(last-first) + 1
	column := func(id trace.ID) int {
		if span == 0 || id < first {
			return from
		}
		return from + int(uint64(id-first+1)*uint64(to-from-1)/span)
	}
	here := column(b.cursor)
	if b.cursor < first {
		here = from
	}
	c.fill(from, here, 0, plain, '━')
	c.fill(here, to, 0, dim, '─')
	rank := make([]int, width)
	for _, id := range b.all.Milestones() {
		e, ok := b.all.Event(id)
		if !ok {
			continue
		}
		sign, st, weight := milestoneSign(e)
		x := column(id)
		if x < 0 || x >= width || weight <= rank[x] {
			continue
		}
		rank[x] = weight
		if id > b.cursor {
			st &^= bold
		}
		c.put(x, 0, st, sign)
	}
	c.put(here, 0, bold|reverse, "●")
	return c.String()
}

// extent returns which columns stand for events, and what stands to the right of them.
func (b timeBar) extent(width int) (from, to int, label string) {
	last := b.all.Last()
	label = fmt.Sprintf(" event %d of %d", b.cursor, last)
	if width >= 60 {
		label = fmt.Sprintf("   event %d of %d recorded", b.cursor, last)
	}
	// The label's room depends on what is recorded, not on the cursor: the bar does not move.
	room := textWidth(label) - len(decimal(uint64(b.cursor))) + len(decimal(uint64(last)))
	if to = width - room - 1; to < 9 {
		return 1, width - 1, ""
	}
	return 1, to, label
}

// at returns the event that a column stands for.
func (b timeBar) at(x, width int) trace.ID {
	from, to, _ := b.extent(width)
	first, last := b.all.First(), b.all.Last()
	span := uint64(last-first) + 1
	return first - 1 + trace.ID(uint64(min(max(x, from), to-1)-from)*span/uint64(max(1, to-from-1)))
}

// milestoneSign returns how a milestone is drawn, and which of two in one column is seen.
func milestoneSign(e *trace.Event) (sign string, st style, weight int) {
	switch e.Kind {
	case trace.Lost:
		return "✗", lost | bold, 7
	case trace.Fault:
		return "F", plain | bold, 6
	case trace.Sent:
		return "↻", again | bold, 5
	case trace.Failed, trace.Corrupted:
		return "!", lost | bold, 4
	case trace.TimerExpired:
		return "T", plain | bold, 3
	case trace.Congestion:
		return "C", plain, 2
	}
	return "S", plain, 1
}
